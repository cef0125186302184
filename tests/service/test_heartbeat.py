"""The heartbeat: sent while the watch really watches, and never otherwise."""

import asyncio
from collections.abc import Sequence
from functools import partial
from http import HTTPStatus
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from structlog.testing import capture_logs

from exporters.http.texts import Pending
from exporters.metrics.exposition import Format, page
from exporters.metrics.heartbeat import HeartbeatMeters
from probe.config.load import load
from probe.config.secrets import Secrets
from probe.ledger.recorder import Recorded
from probe.logs import Masker
from probe.service import heartbeat
from probe.service.heartbeat import HeartbeatSender
from probe.service.service_manager import PATIENCE_US
from probe.service.settings import WatchSettings
from tests.builders import SECOND, mire
from tests.config.conftest import VALID, write_secret
from tests.fakes.clock import FakeClock
from tests.fakes.deliveries import until
from tests.fakes.peers import Site, serve

TOKEN = "token-for-this-test-alone"
HIDDEN = "/ping/c0ffee-is-a-secret"
NOTHING: list[tuple[str, str]] = []


class Sender:
    """A sender with a clock, a readiness and a ledger in the test's hands."""

    def __init__(self, folder: Path, settings: str) -> None:
        write_secret(folder / "secret")
        write_secret(folder / "token", TOKEN)
        path = folder / "vigie.yml"
        path.write_text(f"{VALID}heartbeat: {settings}\n", "utf-8")
        config = load(path)
        self.clock = FakeClock()
        self.meters = HeartbeatMeters()
        self.pending: list[Pending] = []
        self.stuck_us = 0
        self.sender = HeartbeatSender(
            WatchSettings(config, Secrets.read(config), Masker()),
            self.clock,
            self.meters,
            pending=self._pending,
            stuck_us=lambda: self.stuck_us,
        )
        assert config.heartbeat
        self.wanted = config.heartbeat

    def _pending(self) -> Sequence[Pending]:
        return self.pending

    def observe(self) -> None:
        self.sender.recorded(Recorded(mire(0), (), frozenset()))

    async def beat(self) -> None:
        await self.sender.beat(self.wanted)

    def shown(self) -> dict[str, float]:
        families = text_string_to_metric_families(page([self.meters], Format.TEXT).decode())
        return {
            sample.name.removeprefix("vigie_heartbeat_"): sample.value
            for family in families
            for sample in family.samples
            if "_created" not in sample.name
        }


def site(status: int = HTTPStatus.OK, body: bytes = b"OK", headers: list[tuple[str, str]] = NOTHING) -> Site:
    return Site({HIDDEN: (status, headers, body), "/elsewhere": (HTTPStatus.OK, [], b"")})


async def test_it_is_sent_as_configured_once_the_hub_is_observed(tmp_path: Path) -> None:
    taken = site()
    async with serve(taken) as port:
        write_secret(tmp_path / "url", f"http://127.0.0.1:{port}{HIDDEN}\n")
        watch = Sender(tmp_path, "{secret_url: {file: url}, token: {file: token}, method: POST}")
        await watch.beat()
        assert taken.asked == []
        watch.observe()
        await watch.beat()
    (asked,) = taken.asked
    assert (asked.method, asked.target, asked.headers["authorization"]) == ("POST", HIDDEN, f"Bearer {TOKEN}")
    assert watch.shown() == {
        "interval_seconds": 0, "sent_timestamp_seconds": watch.clock.now_us() / SECOND, "failures_total": 0, "withheld_total": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    "answer",
    [site(HTTPStatus.NOT_FOUND, f"{HIDDEN} {TOKEN}".encode()), site(503, TOKEN.encode()), site(302, b"", [("Location", "/elsewhere")])],
)
async def test_an_answer_other_than_success_is_counted_and_no_redirect_is_followed(answer: Site, tmp_path: Path) -> None:
    async with serve(answer) as port:
        write_secret(tmp_path / "url", f"http://127.0.0.1:{port}{HIDDEN}")
        watch = Sender(tmp_path, "{secret_url: {file: url}, token: {file: token}}")
        watch.observe()
        with capture_logs() as logs:
            await watch.beat()
            await watch.beat()
    assert [asked.target for asked in answer.asked] == [HIDDEN, HIDDEN]
    assert watch.shown()["failures_total"] == 2
    assert [line["event"] for line in logs] == ["heartbeat_not_taken"]  # told once
    assert TOKEN not in str(logs)
    assert HIDDEN not in str(logs)


async def test_a_receiver_that_is_away_or_hangs_costs_its_deadline_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "DEADLINE_SECONDS", 0.2)

    async def silent(reader: object, writer: object) -> None:
        await reader.read()  # type: ignore[attr-defined]

    async with serve(silent) as port:
        watch = Sender(tmp_path, f"{{url: 'http://127.0.0.1:{port}/'}}")
        watch.observe()
        await watch.beat()
    await watch.beat()  # nobody listens there any more
    assert watch.shown()["failures_total"] == 2


WITHHELD = {
    "the ledger refuses": lambda watch: watch.pending.append(Pending.LEDGER_NOT_WRITABLE),
    "the ledger is a minute behind": lambda watch: watch.pending.append(Pending.LEDGER_BEHIND),
    "a write hangs": lambda watch: setattr(watch, "stuck_us", PATIENCE_US),
    "the hub is not observed any more": lambda watch: watch.clock.suspend_us(121 * SECOND),
}


@pytest.mark.parametrize("why", WITHHELD)
async def test_it_is_withheld_while_the_watch_does_not_really_watch(why: str, tmp_path: Path) -> None:
    taken = site()
    async with serve(taken) as port:
        watch = Sender(tmp_path, f"{{url: 'http://127.0.0.1:{port}{HIDDEN}'}}")
        watch.observe()
        watch.clock.suspend_us(119 * SECOND)  # three intervals of 30 s, and the time of a journey that fails
        await watch.beat()
        assert len(taken.asked) == 1
        WITHHELD[why](watch)
        await watch.beat()
        assert len(taken.asked) == 1
        watch.pending.clear()
        watch.stuck_us = 0
        watch.observe()
        await watch.beat()
        assert len(taken.asked) == 2
    assert watch.shown()["withheld_total"] == 1


async def test_a_target_that_was_not_seen_yet_is_no_reason_to_be_silent(tmp_path: Path) -> None:
    taken = site()
    async with serve(taken) as port:
        watch = Sender(tmp_path, f"{{url: 'http://127.0.0.1:{port}{HIDDEN}'}}")
        watch.observe()
        watch.pending.append(Pending.FIRST_ROUND)
        await watch.beat()
    assert len(taken.asked) == 1


def _has(taken: Site, count: int) -> bool:
    return len(taken.asked) >= count


async def test_the_loop_sends_it_at_its_interval_from_the_start_on(tmp_path: Path) -> None:
    taken = site()
    async with serve(taken) as port:
        watch = Sender(tmp_path, f"{{url: 'http://127.0.0.1:{port}{HIDDEN}', interval: 20s}}")
        watch.observe()
        running = asyncio.create_task(watch.sender.run())
        for seconds in range(41):
            await until(partial(_has, taken, seconds // 20 + 1))
            await watch.clock.advance_us(SECOND)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert len(taken.asked) == 3
    assert watch.shown()["interval_seconds"] == 20
