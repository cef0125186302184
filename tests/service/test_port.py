"""`vigie run` with its port full of connections that do not ask, do not end, do not read:
it is scraped, and goes on watching.
"""

import os
import socket
import struct
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.marks import unmeasured
from tests.service.clients import Held, allow_many_sockets, ask, drips, hammering, says
from tests.service.running import Running, Simulator, simulating

pytestmark = unmeasured
BOUND_SECONDS = 10.0
"""In which an answer must be there. On an idle machine it takes some milliseconds;
tests share theirs with others.
"""
JOURNEYS = 4  # that must end while the port is held
LOG_BYTES = 20_000  # that may be logged meanwhile
IDLE, DRIPPING = 1_000, 300
ROW = b"Host: a\r\n\r\n"
HALF = b"GET /metrics HTTP/1.1\r\nHost: a\r\nX: "
POSTED = b"POST /api/v1/incidents HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 100\r\n" + ROW
SENT = {
    "half a request line": b"GET /met",
    "a body that never comes": POSTED,
    "a body that is not asked for": b"GET /metrics HTTP/1.1\r\nContent-Length: 9\r\n" + ROW,
    "pipelined halves": (b"GET /healthz HTTP/1.1\r\n" + ROW) * 20 + b"GET /healthz HT",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
    "answers that nobody reads": (b"GET /metrics HTTP/1.1\r\n" + ROW) * 50,
}


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """A federation whose journeys have the time that a busy machine needs."""
    with simulating(tmp_path_factory.mktemp("federation"), "--interval", "6s", "--deadline", "11s", "--idps", "ameli,yris") as made:
        yield made


@pytest.fixture
def config(patient: Simulator, tmp_path: Path) -> Path:
    return patient.config(tmp_path / "vigie.yml")


@pytest.fixture(scope="module")
def usual(patient: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A watch with the usual number of descriptors, for several tests one after the other."""
    with Running(patient.config(tmp_path_factory.mktemp("usual") / "vigie.yml"), descriptors=1_024) as running:
        yield running
        assert running.stop() == 0


class Watched:
    """A watch whose port is held, and how it fares meanwhile."""

    def __init__(self, running: Running) -> None:
        self.running = running
        running.wait(Running.ready, "it is ready")
        port = running.port()
        assert port
        self.port = port
        self._runs, self._bad, self._log = self._ended(), self._not_well(), running.log.stat().st_size

    def _ended(self) -> float:
        return self.running.total("vigie_runs_total")

    def _not_well(self) -> list[str]:
        """The series of journeys that did not pass."""
        wanted = ("vigie_failures_total", "vigie_inconclusive_total")
        return [line for line in self.running.page() if line.startswith(wanted) and not line.endswith(" 0.0")]

    def answers(self, times: int = 5) -> None:
        """Ask for what must be answered, on new connections;
        write how long the slowest answer took.
        """
        longest = 0.0
        for path in ("/healthz", "/metrics") * times:
            began = time.monotonic()
            assert ask(self.port, path, BOUND_SECONDS) == 200
            longest = max(longest, time.monotonic() - began)
        sys.stdout.write(f"the slowest of {2 * times} answers took {longest:.3f} s\n")

    def descriptors(self) -> int:
        return len(os.listdir(f"/proc/{self.running.process.pid}/fd"))

    def goes_on(self) -> None:
        """Journeys end, none is anything but well, and the log stays small."""
        self.running.wait(lambda _: self._ended() >= self._runs + JOURNEYS, "journeys go on")
        assert self._not_well() == self._bad
        assert self.running.log.stat().st_size - self._log < LOG_BYTES


def test_it_is_scraped_beside_a_thousand_idle_and_three_hundred_dripping_connections(config: Path) -> None:
    with Running(config, descriptors=1_024) as running:
        watched = Watched(running)
        with Held(watched.port, IDLE) as idle, Held(watched.port, DRIPPING, says(HALF), drips) as dripping:
            running.wait(lambda _: idle.opened >= IDLE and dripping.opened >= DRIPPING, "they are there")
            watched.answers()
            watched.goes_on()
            assert watched.descriptors() < 512
            assert running.total("vigie_http_connections_dropped_total") > IDLE - 256
            watched.answers()
        assert running.stop() == 0


def test_connections_that_are_never_opened_again_are_gone_after_a_while(config: Path) -> None:
    """2,000 at once, from one who then does nothing."""
    allow_many_sockets()
    with Running(config, descriptors=1_024) as running, ExitStack() as opened:
        watched = Watched(running)
        for _ in range(2_000):
            opened.enter_context(socket.create_connection(("127.0.0.1", watched.port), BOUND_SECONDS))
        watched.answers()
        running.wait(lambda _: running.total("vigie_http_connections") <= 2, "they are ended")
        watched.goes_on()
        assert watched.descriptors() < 64
        assert running.stop() == 0


@pytest.mark.parametrize("sent", SENT.values(), ids=SENT)
def test_it_is_scraped_beside_clients_that_misbehave_in_any_other_way(usual: Running, sent: bytes) -> None:
    watched = Watched(usual)
    with Held(watched.port, 300, says(sent), drips) as held:
        usual.wait(lambda _: held.opened >= 300, "they are there", 60)
        watched.answers()
        watched.goes_on()
        assert watched.descriptors() < 512


@pytest.mark.parametrize("path", ["/healthz", "/metrics"])
def test_it_is_scraped_beside_a_hundred_who_ask_all_the_time(usual: Running, path: str) -> None:
    watched = Watched(usual)
    with hammering(watched.port, 100, path) as told:
        usual.wait(lambda _: len(told) > 200, "they are answered")
        watched.answers()
        watched.goes_on()
    assert set(told) == {200}


def test_connections_that_are_reset_at_once_do_no_harm(usual: Running) -> None:
    watched = Watched(usual)
    for _ in range(1_000):
        with socket.create_connection(("127.0.0.1", watched.port), BOUND_SECONDS) as made:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    watched.answers()
    watched.goes_on()
    usual.wait(lambda _: usual.total("vigie_http_connections") <= 2, "none stays")


def test_it_is_scraped_with_sixty_four_descriptors_in_all(config: Path) -> None:
    with Running(config, descriptors=64) as running:
        watched = Watched(running)
        with Held(watched.port, 200), Held(watched.port, 100, says(HALF), drips):
            time.sleep(1)
            assert watched.descriptors() < 56
            watched.answers()
            watched.goes_on()
        assert running.stop() == 0


def test_it_may_open_as_many_files_as_the_system_lets_it(config: Path) -> None:
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with Running(config) as running:
        running.wait(Running.ready, "it is ready")
        assert resource.prlimit(running.process.pid, resource.RLIMIT_NOFILE) == (hard, hard)


def test_a_watch_out_of_descriptors_says_so_once_waits_and_recovers(config: Path) -> None:
    """Whoever took them: accepting fails, is told once, and costs next to nothing meanwhile."""
    import resource

    with Running(config) as running:
        watched = Watched(running)
        pid = running.process.pid
        before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (4, before[1]))
        with ExitStack() as opened:
            for _ in range(20):
                opened.enter_context(socket.create_connection(("127.0.0.1", watched.port), BOUND_SECONDS))
            running.wait(lambda _: running.lines("accept_failed"), "it is told")
            time.sleep(2)
            turns = _turns(pid)
            time.sleep(2)
            assert _turns(pid) - turns < 1_000
        assert [(line["error"], line["failures"]) for line in running.lines("accept_failed")] == [("EMFILE", 1)]
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
        watched.answers()
        assert running.total("vigie_inconclusive_total", reason="prober_error") > 0
        assert running.total("vigie_failed_runs_total") == 0
        assert running.stop() == 0


def _turns(pid: int) -> int:
    """How often a process has waited: a loop that spins does not, one that turns often does."""
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    return sum(int(line.split()[1]) for line in status.splitlines() if "ctxt_switches" in line)
