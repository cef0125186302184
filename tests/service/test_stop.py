"""A watch that is ended while its ledger lags behind: every observation is in the ledger once,
whoever ended it, and however.
"""

import json
import os
import signal
import socket
import socketserver
import sqlite3
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from probe.ledger.unwritten import Submitted, Unwritten
from tests.marks import unmeasured
from tests.service.running import Running, Simulator, until, vigie

pytestmark = unmeasured
MANY = int(os.environ.get("VIGIE_BACKLOG", "400"))
"""How many observations wait when the watch is ended, at least, in the tests that want many."""
LONG = int(os.environ.get("VIGIE_TAKEN_UP", "1500"))
"""How many are taken up when that is ended in the middle."""
TARGETS = 12


class Counting(socketserver.ThreadingTCPServer):
    """A control target that knows how often it was asked, and takes its time to answer when it is
    told to.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.asked = 0
        self.seconds = 0.0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def finish_request(self, request: Any, client_address: Any) -> None:
        self.asked += 1
        super().finish_request(request, client_address)


class Answering(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        self.request.recv(4096)
        assert isinstance(self.server, Counting)
        time.sleep(self.server.seconds)
        self.request.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")


@pytest.fixture
def asked() -> Iterator[Counting]:
    with Counting() as server:
        yield server
        server.shutdown()


@pytest.fixture
def config(simulator: Simulator, asked: Counting, tmp_path: Path) -> Path:
    """Many observations a second, most of them cheap."""
    url = f"http://127.0.0.1:{asked.server_address[1]}/"

    def busy(document: dict[str, Any]) -> None:
        targets = [{"name": f"outside-{number}", "url": url} for number in range(TARGETS)]
        document |= {"control": {"interval": "100ms", "deadline": "200ms", "targets": targets}, "drain": "20s"}
        document["politeness"] = {"requests": "1000", "period": "1s"}

    return simulator.config(tmp_path / "vigie.yml", busy)


def edit(config: Path, change: Callable[[dict[str, Any]], None]) -> None:
    document = yaml.load(config.read_text("utf-8"), yaml.BaseLoader)  # noqa: S506 - strings only
    change(document)
    config.write_text(yaml.safe_dump(document, allow_unicode=True), "utf-8")


def store(config: Path) -> Path:
    return config.with_suffix(".db")


def file_of(config: Path) -> Path:
    return Path(f"{store(config)}-unwritten")


class Lock:
    """Another process's lock on the ledger, in effect."""

    def __init__(self, config: Path) -> None:
        self._connection = sqlite3.connect(store(config), isolation_level=None, timeout=30)
        self._connection.execute("BEGIN EXCLUSIVE")

    def release(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def close(self) -> None:
        self.release()
        self._connection.close()


@contextmanager
def locked(config: Path) -> Iterator[Lock]:
    lock = Lock(config)
    try:
        yield lock
    finally:
        lock.close()


def backlog(watch: Running, least: int) -> int:
    """How many wait, once so many do."""
    found = [0]

    def enough(one: Running) -> bool:
        found[0] = int(one.total("vigie_ledger_backlog"))
        return found[0] >= least

    watch.wait(enough, f"{least} wait", 120)
    return found[0]


def end(watch: Running, patience: float = 60) -> int:
    return watch.stop(patience=patience)


def taken(config: Path) -> dict[str, tuple[int, int, int]]:
    """Of every watch on this ledger: how many observations,
    the first and the last by its own count.
    """
    connection = sqlite3.connect(store(config))
    try:
        query = "SELECT source, count(*), min(number), max(number) FROM observation GROUP BY source"
        return {source: (count, first, last) for source, count, first, last in connection.execute(query)}
    finally:
        connection.close()


def assert_all_once(config: Path, *, file_is_gone: bool = True) -> None:
    """No observation of any watch is missing, none is there twice,
    and the ledger is what a replay makes of them.
    """
    for source, (count, first, last) in taken(config).items():
        assert (count, first) == (last, 1), f"watch {source}: {count} of {first} to {last}"
    assert file_of(config).exists() != file_is_gone
    for command in ("verify", "replay"):
        done = vigie(command, config=config)
        assert done.returncode == 0, done.stdout + done.stderr


def asked_and_kept(asked: Counting, config: Path) -> tuple[int, int]:
    connection = sqlite3.connect(store(config))
    try:
        return asked.asked, connection.execute("SELECT count(*) FROM observation WHERE kind = 'control'").fetchone()[0]
    finally:
        connection.close()


def status(config: Path) -> str:
    done = vigie("status", config=config)
    assert done.stderr == ""
    return " ".join(done.stdout.split())


def start_again(config: Path) -> None:
    """Start, see that it comes to watch, and end it."""
    with Running(config) as watch:
        watch.wait(Running.ready, "ready", 90)
        assert end(watch) == 0


def left_behind(config: Path, least: int) -> int:
    """A watch that is ended twice while its ledger is locked.
    Returns how many observations its file holds.
    """
    with Running(config) as watch:
        watch.wait(Running.ready, "ready", 90)
        with locked(config):
            waiting = backlog(watch, least)
            watch.process.terminate()
            until(file_of(config).exists, "the file is there before anybody loses patience")
            assert end(watch) == 0, "the second signal"
        (line,) = watch.lines("observations_left_for_the_next_start")
        assert line["observations"] >= waiting
    return int(line["observations"])


# --- behind a lock


def test_what_waits_behind_a_lock_is_kept_in_a_file_and_taken_up_by_the_next_start(asked: Counting, config: Path) -> None:
    edit(config, lambda document: document.update(drain="1s"))
    with Running(config) as watch:
        watch.wait(Running.ready, "ready", 90)
        with locked(config):
            waiting = backlog(watch, MANY)
            assert end(watch) == 0
        (line,) = watch.lines("observations_left_for_the_next_start")
        assert line["observations"] >= waiting
        assert not watch.lines("observations_lost_at_exit")
    assert stat.S_IMODE(file_of(config).stat().st_mode) == 0o600
    found = Unwritten(store(config)).read()
    assert found is not None
    assert (len(found.observations), found.damaged) == (line["observations"], 0)
    assert f"{line['observations']} observation(s) wait to be written" in status(config)
    start_again(config)
    assert_all_once(config)
    assert "could not be written" not in status(config)
    sent, kept = asked_and_kept(asked, config)
    assert abs(sent - kept) <= 6 * TARGETS < waiting, "but for those under way at the two stops, whoever was asked is in the ledger"


def test_a_lock_that_ends_during_the_draining_leaves_no_file(config: Path) -> None:
    with Running(config) as watch:
        watch.wait(Running.ready, "ready", 90)
        with locked(config) as lock:
            backlog(watch, MANY)
            watch.process.terminate()
            until(file_of(config).exists, "it is kept while it drains")
            lock.release()
            assert watch.process.wait(60) == 0
        assert not watch.lines("observations_left_for_the_next_start")
    assert_all_once(config)


def test_a_second_signal_ends_the_draining_at_once(config: Path) -> None:
    edit(config, lambda document: document.update(drain="10m"))
    left_behind(config, 50)
    start_again(config)
    assert_all_once(config)


def test_a_kill_during_the_draining_loses_nothing(config: Path) -> None:
    with Running(config) as watch:
        watch.wait(Running.ready, "ready", 90)
        with locked(config):
            backlog(watch, 50)
            watch.process.terminate()
            until(file_of(config).exists, "the file is there")
            watch.kill()
    start_again(config)
    assert_all_once(config)


# --- taking up


def lengthened(config: Path) -> int:
    """Make the file of a stop as long as one of a long lock.
    Returns how many observations it holds then.
    """
    file = Unwritten(store(config))
    found = file.read()
    assert found is not None
    *_, (source, last, seen) = found.observations
    more = (
        Submitted(
            source, last + number, replace(seen, started_us=seen.started_us + 100 * number, finished_us=seen.finished_us + 100 * number)
        )
        for number in range(1, LONG + 1)
    )
    return len(file.save([*found.observations, *more]))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_an_end_in_the_middle_of_the_taking_up_doubles_and_loses_nothing(config: Path, number: signal.Signals) -> None:
    left_behind(config, 20)
    before = sum(count for count, _, _ in taken(config).values())
    left = lengthened(config)
    in_the_middle = 0
    for _ in range(3):
        so_far = sum(count for count, _, _ in taken(config).values())
        with Running(config) as watch:
            until(lambda so_far=so_far: sum(count for count, _, _ in taken(config).values()) > so_far, "it has taken up some")  # type: ignore[misc]
            watch.stop(number, 60)
        in_the_middle += file_of(config).exists()
    assert in_the_middle, "it was ended before the last was taken up"
    start_again(config)
    assert_all_once(config)
    assert sum(count for count, _, _ in taken(config).values()) >= before + left


def test_a_start_that_fails_after_the_taking_up_loses_nothing(config: Path) -> None:
    left_behind(config, 50)
    with socket.create_server(("127.0.0.1", 0)) as other:
        edit(config, lambda document: document.update(listen=f"127.0.0.1:{other.getsockname()[1]}"))
        done = vigie("run", config=config)
        assert done.returncode == 1
        assert "cannot listen on" in done.stderr
    assert_all_once(config)


def test_a_ledger_that_is_still_locked_at_the_next_start_is_a_clear_error_and_loses_nothing(config: Path) -> None:
    left = left_behind(config, 50)
    with locked(config):
        done = vigie("run", config=config)
    assert done.returncode == 1
    assert "the ledger cannot be opened: database is locked" in done.stderr
    found = Unwritten(store(config)).read()
    assert found is not None
    assert len(found.observations) == left
    start_again(config)
    assert_all_once(config)


def test_what_was_seen_is_judged_by_the_settings_of_then(config: Path) -> None:
    """Meanwhile the hub got another name, and the thresholds changed:
    the old hub's observations are the old hub's.
    """
    left_behind(config, 50)

    def change(document: dict[str, Any]) -> None:
        document["hubs"][0]["name"] = "autre"
        document["hubs"][0]["thresholds"] = {"failures": "5"}

    edit(config, change)
    start_again(config)
    assert_all_once(config)
    connection = sqlite3.connect(store(config))
    earliest = "SELECT source FROM observation ORDER BY id LIMIT 1"
    query = f"SELECT hub, max(id) FROM observation WHERE source = ({earliest}) AND hub != '' GROUP BY hub"  # noqa: S608 - our own words
    first = dict(connection.execute(query))
    settings = dict(connection.execute("SELECT hub, after_observation FROM setting"))
    connection.close()
    assert set(first) == {"fc"}
    assert settings["autre"] >= first["fc"], "the new settings came after all that the last run saw"


# --- what is damaged, and what cannot be


def test_a_damaged_file_is_taken_up_as_far_as_it_can_be_read_and_is_kept(config: Path) -> None:
    left = left_behind(config, 50)
    lines = file_of(config).read_bytes().splitlines(keepends=True)
    lines[7] = lines[7].replace(b'"ok"', b'"no"', 1)
    lines[-1] = lines[-1][:-20]
    file_of(config).write_bytes(b"".join(lines))
    with Running(config) as watch:
        watch.wait(Running.ready, "ready", 90)
        (line,) = watch.lines("unwritten_file_damaged")
        assert line["lines_damaged"] == 2
        assert [Path(path).read_bytes() for path in line["kept"]] == [b"".join(lines)]
        assert watch.total("vigie_ledger_dropped_total") == 2
        assert watch.lines("observations_taken_up")[0]["observations"] == left - 2
        assert end(watch) == 0
    assert not file_of(config).exists()
    assert [vigie(command, config=config).returncode for command in ("verify", "replay")] == [0, 0]


def test_what_not_even_the_file_takes_is_counted_and_the_exit_status_says_so(config: Path) -> None:
    edit(config, lambda document: document.update(drain="1s"))
    with Running(config) as watch:
        watch.wait(Running.ready, "ready", 90)
        Path(f"{file_of(config)}-new").mkdir()
        with locked(config):
            waiting = backlog(watch, 50)
            assert end(watch) == 1
    *logged, said = watch.log.read_text("utf-8").splitlines()
    (lost,) = (line["observations"] for line in map(json.loads, logged) if line["message"] == "observations_lost_at_exit")
    assert lost >= waiting
    assert said.startswith(f"vigie: {lost} observations are lost")
    assert "Traceback" not in "".join(logged)


# --- while it lags


def test_a_backlog_is_told_by_its_age(config: Path) -> None:
    """From which age on it is not ready: tests/service/test_readiness.py."""
    with Running(config) as watch:
        watch.wait(Running.ready, "ready", 90)
        assert watch.total("vigie_ledger_backlog_age_seconds") < 60
        with locked(config):
            backlog(watch, 20)
            first = watch.total("vigie_ledger_backlog_age_seconds")
            assert first > 0
            watch.wait(lambda one: one.total("vigie_ledger_backlog_age_seconds") > first, "it grows older")
        watch.wait(lambda one: one.total("vigie_ledger_backlog_age_seconds") < first, "it is written", 90)
        assert end(watch) == 0
    assert_all_once(config)


# --- journeys that are not recorded yet


def test_a_failed_journey_that_waits_for_the_control_targets_is_recorded_all_the_same(
    simulator: Simulator, asked: Counting, config: Path
) -> None:
    """Whose failure it is they alone can tell: it is not recorded before they answer."""
    edit(config, lambda document: document["control"].update(interval="10s", deadline="5s", targets=document["control"]["targets"][:1]))
    with Running(config) as watch:
        watch.wait(Running.ready, "ready", 90)
        simulator.set("hub", "down")
        asked.seconds = 3.0
        before = asked.asked
        until(lambda: asked.asked > before + 1, "a failed journey asks whether it is the network")
        ended = time.time_ns() // 1000
        assert end(watch) == 0
        assert not watch.lines("journeys_given_up_at_exit")
    connection = sqlite3.connect(store(config))
    query = "SELECT count(*) FROM observation WHERE kind = 'mire' AND reason = 'connect' AND finished_us BETWEEN ? AND ?"
    assert connection.execute(query, (ended - 2_500_000, ended)).fetchone()[0] >= 1
    connection.close()
    assert_all_once(config)


# --- a ledger that is gone


def test_a_ledger_that_is_removed_is_told_and_what_was_seen_since_is_kept(config: Path) -> None:
    with Running(config) as watch:
        watch.wait(Running.ready, "ready", 90)
        for path in config.parent.glob(f"{store(config).name}*"):
            path.unlink()
        watch.wait(lambda one: "ledger_not_writable" in one.get("/readyz").text, "it is told", 60)
        waiting = backlog(watch, 5)
        assert end(watch) == 0
        assert watch.lines("observations_left_for_the_next_start")
    found = Unwritten(store(config)).read()
    assert found is not None
    assert len(found.observations) >= waiting
