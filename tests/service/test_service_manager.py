"""What systemd is told, over a socket of its kind."""

import asyncio
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from probe.service.service_manager import PATIENCE_US, ServiceManager
from tests.fakes.clock import FakeClock
from tests.service.running import Running, Simulator, until

HOUR_US = 3_600_000_000
TOKEN = "for-this-test-alone"


class Systemd:
    """The socket to which a service reports."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address.replace("@", "\0", 1) if address.startswith("@") else address)
        self._socket.setblocking(False)
        self.heard: list[dict[str, str]] = []

    def listen(self) -> list[dict[str, str]]:
        """All that was reported until now."""
        while True:
            try:
                text = self._socket.recv(65_536).decode("utf-8")
            except BlockingIOError:
                return self.heard
            self.heard.append(dict(line.split("=", 1) for line in text.splitlines()))

    def keys(self) -> list[str]:
        """The first word of each report, repeated ones once."""
        words = [next(iter(report)) for report in self.listen()]
        return [word for number, word in enumerate(words) if number == 0 or words[number - 1] != word]

    def status(self) -> str:
        """The line that `systemctl status` shows."""
        return next((report["STATUS"] for report in reversed(self.listen()) if "STATUS" in report), "")

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(params=["file", "abstract"])
def systemd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Systemd]:
    made = Systemd(str(tmp_path / "notify") if request.param == "file" else f"@vigie-test-{os.getpid()}")
    yield made
    made.close()


def manager_of(systemd: Systemd, clock: FakeClock, **more: str) -> ServiceManager:
    return ServiceManager.of({"NOTIFY_SOCKET": systemd.address, **more}, 42, clock)


def test_a_watch_is_ready_reloads_and_stops(systemd: Systemd) -> None:
    manager = manager_of(systemd, FakeClock())
    manager.starting("opening the ledger")
    manager.ready("watching fc: 3 targets")
    manager.reloading()
    manager.reloaded(())
    manager.stopping()
    assert systemd.keys() == ["STATUS", "READY", "RELOADING", "READY", "STOPPING"]
    assert int(systemd.heard[2]["MONOTONIC_USEC"]) == FakeClock().monotonic_us()


def test_a_refused_reload_stays_in_the_status_line(systemd: Systemd) -> None:
    manager = manager_of(systemd, FakeClock())
    manager.ready("watching fc")
    manager.reloading()
    manager.reloaded(["vigie.yml:3: hubs: is missing", "READY=0", "and so on"])
    assert systemd.status() == "watching fc; the last reload was refused: vigie.yml:3: hubs: is missing and 2 more"


def test_a_reload_that_ends_after_the_stop_makes_nothing_ready_again(systemd: Systemd) -> None:
    manager = manager_of(systemd, FakeClock())
    manager.ready("watching fc")
    manager.stopping()
    manager.reloaded(())
    assert systemd.keys() == ["READY", "STOPPING"]


def test_a_line_of_ours_adds_no_line_to_the_protocol(systemd: Systemd) -> None:
    manager_of(systemd, FakeClock()).starting("one\nREADY=1")
    assert systemd.listen() == [{"STATUS": "one READY=1"}]


async def test_signs_of_life_come_three_times_in_the_interval_and_end_when_the_ledger_hangs(systemd: Systemd) -> None:
    clock, stuck_us = FakeClock(), 0
    manager = manager_of(systemd, clock, WATCHDOG_USEC="60000000", WATCHDOG_PID="42")
    living = asyncio.create_task(manager.send_signs_of_life(lambda: stuck_us))
    await clock.advance_us(119_000_000)
    assert [report for report in systemd.listen() if report == {"WATCHDOG": "1"}] == [{"WATCHDOG": "1"}] * 6
    stuck_us = PATIENCE_US
    await clock.advance_us(HOUR_US)
    assert len(systemd.listen()) == 6
    living.cancel()


@pytest.mark.parametrize("environment", [{}, {"WATCHDOG_USEC": "0"}, {"WATCHDOG_USEC": "x"}, {"WATCHDOG_USEC": "9", "WATCHDOG_PID": "41"}])
async def test_nobody_is_told_that_we_live_who_does_not_ask(systemd: Systemd, environment: dict[str, str]) -> None:
    await manager_of(systemd, FakeClock(), **environment).send_signs_of_life(lambda: 0)
    assert systemd.listen() == []


@pytest.mark.parametrize("address", ["", "/nowhere/at/all", "@", "x" * 200, "/a\0b"])
def test_a_manager_that_cannot_be_reached_stops_nobody(address: str) -> None:
    ServiceManager(FakeClock(), address).ready("watching fc")


def test_a_watch_reports_what_it_does_and_reloads_when_asked_and_when_a_file_changes(
    simulator: Simulator, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    systemd = Systemd(str(tmp_path / "notify"))
    request.addfinalizer(systemd.close)
    token = tmp_path / "token"
    token.write_text(TOKEN, "utf-8")
    token.chmod(0o600)
    settings = {"auto_reload": "1s", "api": {"tokens": {"camille": {"file": "token"}}}}
    config = simulator.config(tmp_path / "vigie.yml", lambda document: document.update(settings))
    environment = {"NOTIFY_SOCKET": systemd.address, "WATCHDOG_USEC": "3000000"}
    with Running(config, env=environment) as watch:
        watch.wait(lambda _: systemd.keys()[-1:] not in ([], ["STATUS"]), "it is ready")
        assert systemd.status().startswith("watching fc: ")
        until(lambda: {"WATCHDOG": "1"} in systemd.listen(), "it lives")

        answer = httpx.post(f"http://127.0.0.1:{watch.port()}/-/reload", headers={"authorization": f"Bearer {TOKEN}"}, trust_env=False)
        assert (answer.status_code, answer.text) == (200, "reloaded\n")
        assert watch.lines("reloading")[-1]["by"] == "camille"

        token.write_text(f"{TOKEN}-2", "utf-8")  # a secret changes, as Kubernetes or certbot would
        watch.wait(lambda one: len(one.lines("reloaded")) == 2, "the change is seen")
        good = config.read_text("utf-8")
        config.write_text(good + "nonsense: 1\n", "utf-8")
        watch.wait(lambda one: one.lines("reload_refused"), "the bad file is refused")
        until(lambda: "the last reload was refused" in systemd.status(), "systemd is told")
        assert "reload_refused" in watch.get("/readyz").text
        config.write_text(good, "utf-8")
        watch.wait(lambda one: len(one.lines("reloaded")) == 3, "the good one is taken")
        until(lambda: "refused" not in systemd.status(), "systemd is told")
        assert "refused" not in watch.get("/readyz").text
        assert watch.stop() == 0
    assert systemd.keys()[-1] == "STOPPING"
