"""`vigie run` as a process, on the simulated federation as another: what an operator starts,
breaks, reloads and kills.
"""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.service.forked_commands import forking_process

ROOT = Path(__file__).resolve().parents[2]
VIGIE = str(Path(sys.executable).with_name("vigie"))
PATIENCE_SECONDS = 30.0
COMMAND_SECONDS = 90.0
COVERAGE_OF_PROCESSES = "COVERAGE_PROCESS_CONFIG"
"""The setting by which coverage measures the processes that are started."""
LOCAL = httpx.HTTPTransport()  # never through a proxy


def until(holds: Callable[[], Any], what: str, patience: float = PATIENCE_SECONDS) -> Any:
    """The first true value of `holds`. Raises AssertionError when there is none in time."""
    end = time.monotonic() + patience
    while not (found := holds()):
        assert time.monotonic() < end, f"still not after {patience:g} s: {what}"
        time.sleep(0.05)
    return found


class Simulator:
    """`python -m simulator`, and its control."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        command = [sys.executable, "-m", "simulator", "--state-dir", str(folder), "--time-scale", "0.02", *arguments]
        # Coverage measures it in tests/simulator, in their own process: here it only makes it slow.
        env = {name: value for name, value in os.environ.items() if name != COVERAGE_OF_PROCESSES}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, cwd=ROOT, text=True, env=env)
        assert self.process.stdout is not None
        self.about: dict[str, Any] = json.loads(self.process.stdout.readline())
        self.folder = folder
        self.control = httpx.Client(base_url=self.about["control"], trust_env=False, timeout=10)

    def set(self, party: str, fault: str, **options: Any) -> None:
        self.control.post("/faults", json={"party": party, "fault": fault, **options}).raise_for_status()

    def clear(self) -> None:
        self.control.delete("/faults").raise_for_status()

    def reset(self) -> None:
        self.control.post("/reset").raise_for_status()

    def stop(self) -> None:
        self.control.close()
        self.process.terminate()
        self.process.wait(10)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def config(self, path: Path, edit: Callable[[dict[str, Any]], None] = lambda _config: None) -> Path:
        """Its configuration for Vigie, with a ledger beside `path` and any free port,
        and what `edit` makes of it.
        """
        document = yaml.load((self.folder / "vigie.yml").read_text("utf-8"), yaml.BaseLoader)  # noqa: S506 - strings only
        document |= {"store": str(path.with_suffix(".db")), "listen": "127.0.0.1:0", "language": "en"}
        document["hubs"][0]["trusted_device"]["file"] = str(path.with_suffix(".device"))
        edit(document)
        path.write_text(yaml.safe_dump(document, allow_unicode=True), "utf-8")
        return path


@contextmanager
def simulating(folder: Path, *arguments: str) -> Iterator[Simulator]:
    simulator = Simulator(folder, *arguments)
    try:
        yield simulator
    finally:
        simulator.stop()


class Running:
    """One process of `vigie run`. Use as a context manager; what it logs is in `log`."""

    def __init__(self, config: Path, *arguments: str, env: Mapping[str, str] | None = None, descriptors: int | None = None) -> None:
        """`descriptors`: how many files it may open."""
        self.config = config
        self.log = config.with_suffix(".log")
        self._from = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            command = [VIGIE, "run", "--config", str(config), *arguments]
            if descriptors is not None:
                command = ["sh", "-c", f'ulimit -n {descriptors} && exec "$@"', "sh", *command]
            self.process = subprocess.Popen(
                command, stderr=log, stdout=log, stdin=subprocess.DEVNULL, env={**os.environ, **(env or {})}, cwd=config.parent
            )
        self._client: httpx.Client | None = None

    def __enter__(self) -> "Running":
        return self

    def __exit__(self, *_: object) -> None:
        if self._client:
            self._client.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)

    # --- what it says

    def lines(self, message: str | None = None) -> list[dict[str, Any]]:
        """What this process logged, parsed; only those of one message when given."""
        with self.log.open("rb") as log:
            log.seek(self._from)
            found = [json.loads(line) for line in log.read().splitlines(keepends=True) if line.endswith(b"\n")]
        return [line for line in found if message in (None, line["message"])]

    def port(self) -> int | None:
        """The port that it listens on; None as long as it does not."""
        said = self.lines("listening")
        return int(said[0]["port"]) if said else None

    def get(self, path: str, **more: Any) -> httpx.Response:
        """An answer of its HTTP side, once it listens."""
        if self._client is None:
            port = until(lambda: self.port() or self.process.poll() is not None, "it listens")
            assert port is not True, f"it ended with {self.process.returncode}: {self.log.read_text()}"
            self._client = httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=20)
        return self._client.get(path, **more)

    def page(self) -> list[str]:
        """The lines of the metrics page that are no comment."""
        return [line for line in self.get("/metrics").raise_for_status().text.splitlines() if not line.startswith("#")]

    def values(self, name: str, **labels: str) -> list[float]:
        """The values of the series of this name that have these labels. Only they are parsed:
        the page is long, and asked for often.
        """
        mine = "".join(f"{line}\n" for line in self.page() if re.match(rf"{name}[{{ ]", line))
        samples = [one for family in text_string_to_metric_families(mine) for one in family.samples]
        return [one.value for one in samples if labels.items() <= one.labels.items()]

    def total(self, name: str, **labels: str) -> float:
        return sum(self.values(name, **labels))

    def ready(self) -> bool:
        return self.get("/readyz").status_code == 200

    def wait(self, holds: Callable[["Running"], Any], what: str, patience: float = PATIENCE_SECONDS) -> Any:
        """Until it holds, or the process ends."""

        def check() -> Any:
            assert self.process.poll() is None, f"it ended with {self.process.returncode}: {self.log.read_text()[-3000:]}"
            return holds(self)

        return until(check, f"{what}\n{self.log.read_text()[-2000:]}", patience)

    # --- what is done to it

    def reload(self) -> None:
        self.process.send_signal(signal.SIGHUP)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)

    def stop(self, number: int = signal.SIGTERM, patience: float = 15.0) -> int:
        """Its exit status."""
        self.process.send_signal(number)
        return self.process.wait(patience)


def vigie(*arguments: str, config: Path | None = None, forked: bool = True, **more: Any) -> "subprocess.CompletedProcess[str]":
    """Run a command of Vigie to its end.

    Without `forked` it is a process from its start, which may run beside others. So is a watch, as
    it begins with what it is given of descriptors, files and signals.
    """
    command = [VIGIE, *arguments, *(["--config", str(config)] if config else [])]
    if forked and arguments[0] != "run" and not more.keys() - {"cwd"}:
        return forking_process(os.environ.get(COVERAGE_OF_PROCESSES)).run(command, more.get("cwd"), COMMAND_SECONDS)
    settings = {"capture_output": True, "text": True, "timeout": COMMAND_SECONDS, "stdin": subprocess.DEVNULL, **more}
    return subprocess.run(command, check=False, **settings)


def integrity(path: Path) -> str:
    """What SQLite itself says of the file."""
    connection = sqlite3.connect(path)
    try:
        return str(connection.execute("PRAGMA integrity_check").fetchone()[0])
    finally:
        connection.close()


@contextmanager
def small_files(pid: int, limit: int) -> Iterator[None]:
    """A disk that is full for one process: it may write no file beyond `limit` bytes."""
    import resource

    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
