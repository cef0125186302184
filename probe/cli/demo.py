"""`vigie demo`: watches an embedded federation that fails and recovers by a scenario.

The federation is a process of its own, so that its work is not in the measured times. The demo
breaks and mends it over HTTP.
"""

import asyncio
import json
import shutil
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

import click
import httpx
from rich.live import Live
from rich.text import Text as RichText

from exporters.http.server import ListenError, listen
from probe.cli.demo_scenarios import LENGTH_SECONDS, SCENARIOS, Scene
from probe.cli.help import Command
from probe.cli.options.common import past, reading
from probe.cli.options.language import language_of_reader
from probe.cli.options.paths import demo_folder
from probe.cli.output import status
from probe.cli.output.fitting import rich_line
from probe.cli.output.live_table import day_and_zone, screen
from probe.cli.output.outages import outage_table
from probe.cli.output.table import Line, Styled
from probe.cli.output.texts import CommandTexts
from probe.cli.process.descriptors import raise_limit
from probe.cli.process.signals import ending
from probe.clock import SystemClock
from probe.config.load import load
from probe.config.models import Config
from probe.config.titles import titles
from probe.core.judgement.condition import HUB, State
from probe.core.judgement.observation import Kind, Observation
from probe.core.judgement.timeline import LedgerRow
from probe.core.times import rfc3339
from probe.errors import VigieError
from probe.ledger.db.file_lock import Claim
from probe.ledger.db.private_files import private_folder
from probe.ledger.recorder import Recorded
from probe.logs import configure as configure_logs
from probe.service.build import build
from probe.texts.bilingual import Language
from probe.texts.columns import DECIMAL
from probe.texts.moments import local
from probe.texts.subjects import subject_title, titles_of

INTERVAL = "2s"
DEADLINE = "10s"  # of a journey: so long only where the machine is busy
TIME_SCALE = "0.1"  # the federation's own delays, compressed as the story is
START_SECONDS = 30.0
LONGER_SECONDS = 30.0  # how much longer a scene may last on a slow machine, so that it is seen
EVENTS_KEPT = 100  # more than the highest terminal shows


@click.command(cls=Command)
@click.option(
    "--scenario", type=click.Choice(sorted(SCENARIOS)), default="story", show_default=True, help="What happens to the federation."
)
@click.option(
    "--for",
    "seconds",
    type=click.FloatRange(min=30),
    metavar="SECONDS",
    help="End after so long, and not before the story was told once. Default: again and again until Ctrl-C.",
)
@click.option("--port", type=click.IntRange(0, 65535), default=9464, show_default=True, help="Of the metrics; a free one when it is taken.")
@click.option("--language", type=click.Choice(["fr", "en"]), help="Default: VIGIE_LANG, else the system's (LANG), else fr.")
def demo(scenario: str, seconds: float | None, port: int, language: str | None) -> None:
    """Watch an embedded federation in which each unavailability happens and ends.

    The configuration and the ledger are kept in ~/.local/state/vigie/demo until the next demo,
    which deletes them: `vigie outages` and `vigie status` read them afterwards.
    """
    raise_limit()
    folder = demo_folder()
    with Claim(folder), _fresh(folder) as log:
        asyncio.run(_demo(_DemoRun(folder, SCENARIOS[scenario], seconds, port, language or language_of_reader(), log)))


@contextmanager
def _fresh(folder: Path) -> Iterator[TextIO]:
    """Empty the demo's folder and open its log.

    Raises VigieError when the folder cannot be written.
    """
    try:
        shutil.rmtree(folder, ignore_errors=True)
        private_folder(folder)
        log = (folder / "demo.log").open("w", encoding="utf-8")
    except OSError as error:
        raise VigieError(f"{folder}: the demo cannot keep its files here: {error.strerror}") from error
    with log:
        yield log


class _DemoRun:
    """One demo's settings, and the events that it printed so far."""

    def __init__(self, folder: Path, scenes: list[Scene], seconds: float | None, port: int, language: str, log: TextIO) -> None:
        self.folder, self.scenes, self.seconds, self.port, self.language, self.log = folder, scenes, seconds, port, language, log
        self.events: list[Line] = []
        self.title = ""
        self.printed_states: dict[str, object] = {}  # the last one of each subject
        self.played: list[dict[str, Any]] = []
        self.missing: Counter[tuple[Kind, str | None]] = Counter()
        self.seen = asyncio.Event()
        self.out = status.console()

    @property
    def pace(self) -> float:
        """How many real seconds one second of the story takes: a demo shorter than the story plays
        it faster.
        """
        return min(1.0, self.seconds / LENGTH_SECONDS) if self.seconds else 1.0

    def begin(self, scene: Scene, at_us: int, missing: Counter[tuple[Kind, str | None]]) -> None:
        """Play a scene from now on, until so many journeys of each kind and IdP have seen it."""
        self.title = scene.english if self.language == "en" else scene.french
        self.played.append(
            {"at_us": at_us, "at": rfc3339(at_us), "title": scene.english, "faults": [list(fault[:2]) for fault in scene.faults]}
        )
        self.missing = missing
        self.seen.clear()

    def note(self, journey: Observation) -> None:
        if self.played and journey.started_us >= self.played[-1]["at_us"]:
            self.missing -= Counter([(journey.kind, journey.idp)])
            if not self.missing:
                self.seen.set()

    def say(self, line: Line) -> None:
        """Keep an event for the live table; without a terminal, print it."""
        self.events = [*self.events[1 - EVENTS_KEPT :], line]
        if not self.out.is_terminal:
            self.out.print(rich_line(line), soft_wrap=True)
            self.out.file.flush()


async def _demo(run: _DemoRun) -> None:
    masker = configure_logs(stream=run.log)
    stop, hurry = ending()
    async with _federation(run.folder) as control:
        config = _config(run)
        watch = build(config, masker=masker, after=lambda recorded: _note(run, config, recorded))
        tasks = [asyncio.create_task(_show(run, config, stop))]

        def bound(port: int) -> None:
            run.out.print(CommandTexts.of(config).metrics_at.format(url=f"http://127.0.0.1:{port}/metrics"))
            run.out.file.flush()
            tasks.append(asyncio.create_task(_play(run, config, control, stop)))

        try:
            await watch.run(stop, hurry=hurry, bound=bound)
        finally:
            stop.set()
            await asyncio.gather(*tasks)
    _end(run, config)


@asynccontextmanager
async def _federation(folder: Path) -> AsyncIterator[str]:
    """Start the simulator as a process, and yield the URL of its control.

    Raises VigieError when it does not start.
    """
    arguments = ["-m", "simulator", "--state-dir", str(folder), "--interval", INTERVAL, "--deadline", DEADLINE, "--time-scale", TIME_SCALE]
    with (folder / "federation.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=log, start_new_session=True
        )  # fmt: skip
        try:
            yield await _control_of(process, folder)
        finally:
            if process.returncode is None:
                process.terminate()
                await process.wait()


async def _control_of(process: asyncio.subprocess.Process, folder: Path) -> str:
    """Wait until the federation is ready, and return the URL of its control. Raises VigieError."""
    assert process.stdout is not None
    try:
        line = await asyncio.wait_for(process.stdout.readline(), START_SECONDS)
    except TimeoutError:
        line = b""
    if not line:
        raise VigieError(f"the embedded federation did not start: see {folder / 'federation.log'}")
    return str(json.loads(line)["control"])


def _config(run: _DemoRun) -> Config:
    """Load the configuration that the federation wrote, with the demo's own address and language.

    The file is kept for the other commands.
    """
    path = run.folder / "vigie.yml"
    port = run.port if _free(run.port) else 0
    with path.open("a", encoding="utf-8") as file:
        file.write(f"\nlisten: 127.0.0.1:{port}\nlanguage: {run.language}\n")
    return load(path)


def _free(port: int) -> bool:
    try:
        listen("127.0.0.1", port).close()
    except ListenError:
        return False
    return True


async def _play(run: _DemoRun, config: Config, control: str, stop: asyncio.Event) -> None:
    """Break and mend the federation, scene by scene, until the time is over and the story was told.

    Raises VigieError when the federation is gone.
    """
    loop = asyncio.get_running_loop()
    ends = loop.time() + run.seconds if run.seconds else None
    again = False
    try:
        async with httpx.AsyncClient(base_url=control, trust_env=False, timeout=10) as client:
            while not stop.is_set():
                for scene in run.scenes:
                    await _play_scene(run, config, client, scene)
                    if await _over(stop, scene.seconds * run.pace, ends if again else None):
                        break
                    await _seen(run, stop)
                again = True
                if ends is not None and loop.time() >= ends - 0.05:
                    stop.set()
    except httpx.HTTPError as error:
        raise VigieError(f"the embedded federation does not answer any more: see {run.folder / 'federation.log'}") from error
    finally:
        stop.set()


async def _over(stop: asyncio.Event, seconds: float, ends: float | None) -> bool:
    """Wait for the end of a scene. Return whether the demo is over."""
    loop = asyncio.get_running_loop()
    left = seconds if ends is None else min(seconds, ends - loop.time())
    try:
        await asyncio.wait_for(stop.wait(), max(0.0, left))
    except TimeoutError:
        return ends is not None and loop.time() >= ends - 0.05
    return True


async def _seen(run: _DemoRun, stop: asyncio.Event) -> None:
    """Wait until the scene was seen: a slow machine needs longer for it."""
    waiting = [asyncio.ensure_future(each.wait()) for each in (run.seen, stop)]
    await asyncio.wait(waiting, timeout=LONGER_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    for each in waiting:
        each.cancel()


def _watched(config: Config) -> Counter[tuple[Kind, str | None]]:
    """Return how many journeys must see a scene: a second one confirms what the first one saw."""
    (hub,) = config.hubs
    journeys: list[tuple[Kind, str | None]] = [(Kind.MIRE, None), *((Kind.IDENTITY, idp.name) for idp in hub.idps)]
    return Counter(dict.fromkeys(journeys, 2))


async def _play_scene(run: _DemoRun, config: Config, client: httpx.AsyncClient, scene: Scene) -> None:
    (await client.delete("/faults")).raise_for_status()
    for party, fault, options in scene.faults:
        (await client.post("/faults", json={"party": party, "fault": fault, **options})).raise_for_status()
    now = SystemClock().now_us()
    run.begin(scene, now, _watched(config))
    (run.folder / "story.json").write_text(json.dumps(run.played, indent=2), encoding="utf-8")
    run.say([Styled(f"{_clock(now, config.timezone, config.language)}  ▶ {run.title}", "bold")])


def _clock(us: int, zone: str, language: Language) -> str:
    """Write the time of day in a zone, to the tenth of a second."""
    return f"{local(us, zone):%H:%M:%S}{DECIMAL.in_language(language)}{us // 100_000 % 10}"


def _note(run: _DemoRun, config: Config, recorded: Recorded) -> None:
    """Print what changed.

    A correction of the past that leaves the present as it was is not printed.
    """
    run.note(recorded.observation)
    for subject, row in {row.subject: row for row in recorded.rows}.items():
        state = (row.status.state, row.status.cause.reason if row.status.cause else None)
        if subject != HUB and row.status.state is not State.BLIP and run.printed_states.get(subject) != state:
            run.printed_states[subject] = state
            run.say(_event(config, row))


def _event(config: Config, row: LedgerRow) -> Line:
    name = subject_title(row.subject, titles_of(row.hub, titles(config))).in_language(config.language)
    cells = status.cause_cells(row.status.cause, row.status.condition or row.subject, config.language)
    return [
        Styled(f"{_clock(row.effective_us, config.timezone, config.language)}    "),
        status.state_text(row.status, row.subject, config.language),
        Styled(f"  {name}"),
        *(Styled(f"  {cell}", "dim") for cell in cells if cell),
    ]


async def _show(run: _DemoRun, config: Config, stop: asyncio.Event) -> None:
    """Show a live table on a terminal; elsewhere only the events are printed."""
    if not run.out.is_terminal:
        await stop.wait()
        return
    with reading(config) as reader, Live(console=run.out, refresh_per_second=4, vertical_overflow="crop") as live:
        while not stop.is_set():
            statuses = await asyncio.to_thread(reader.statuses, SystemClock().now_us())
            live.update(_screen(run, config, statuses))
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), 0.5)


def _screen(run: _DemoRun, config: Config, statuses: status.Statuses) -> RichText:
    """Return what the terminal shows now; its last line is left to the cursor."""
    said = CommandTexts.of(config)
    title = f"{run.title} - {day_and_zone(SystemClock().now_us(), said)}"
    size = (run.out.width, run.out.height - 1)
    return RichText("\n", no_wrap=True).join(rich_line(line) for line in screen(statuses, run.events, title, size, said, titles(config)))


def _end(run: _DemoRun, config: Config) -> None:
    with past(config) as ledger:
        found = ledger.outages(SystemClock().now_us())
    run.out.print()
    said = CommandTexts.of(config)
    run.out.print(outage_table(found, said, titles(config)))
    run.out.print(said.times, style="dim")
    run.out.print(said.story_over)
