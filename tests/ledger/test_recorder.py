"""From an observation to a durable fact, whatever the file,
the observation or the listener is up to.
"""

import asyncio
import threading
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event

from probe.audit.replay import first_difference
from probe.core.judgement.condition import State
from probe.core.judgement.observation import Fault, Kind, Outcome, Reason, Step
from probe.core.judgement.spec import HubSpec, IdpSpec
from probe.errors import LedgerError
from probe.ledger.db.store import open_store
from probe.ledger.reader import Reader
from probe.ledger.recorder import Recorded, Recorder
from probe.ledger.writer import Entry, Writer
from tests.builders import BEGUN, SECOND, SPEC, UNWRITABLE, a_day, idp_down, journey, mire, no_mire, seen
from tests.core.judgement.strategies import Scenario, scenarios
from tests.fakes.clock import HurriedClock
from tests.fakes.recorder import FakeListener, ImmediateRecorder, in_memory, kept, locked, recording, until
from tests.marks import in_a_file

pytestmark = pytest.mark.usefixtures("quick")

MINE = HubSpec("mine", (IdpSpec("ameli"),), grace_us=20 * SECOND)


def refused(at: float) -> Any:
    return seen(
        Kind.IDENTITY, at, Outcome.INCONCLUSIVE, "ameli", fault=Fault.SP, reason=Reason.CREDENTIALS_REFUSED, step=Step.IDP_LOGIN
    )  # fmt: skip


def whole(engine: Engine) -> bool:
    reader = Reader(engine)
    return reader.first_altered() is None and first_difference(reader) is None


# --- the ordinary way


async def test_what_is_submitted_is_written_in_order_and_told_after_the_commit(engine: Engine) -> None:
    class Checking(FakeListener):
        def recorded(self, recorded: Recorded) -> None:
            super().recorded(recorded)
            assert kept(engine)[len(self.heard) - 1] == recorded.observation

    ear = Checking()
    async with recording(engine, ear) as recorder:
        for one in a_day():
            recorder.submit(one)
        await until(lambda: len(ear.heard) == len(a_day()))
        assert recorder.committed() == Reader(engine).memory()
    assert ear.observations == kept(engine) == a_day()
    assert (ear.failures, ear.gone, ear.backlogs[-1]) == (0, 0, 0)
    assert whole(engine)


async def test_what_waits_at_the_end_is_written(engine: Engine, ear: FakeListener) -> None:
    async with recording(engine, ear) as recorder:
        for one in a_day():
            recorder.submit(one)
    assert kept(engine) == a_day()


async def test_a_control_target_is_every_hubs_neighbour(engine: Engine, ear: FakeListener) -> None:
    """What all control targets say settles both hubs' failures, and only those after it."""
    down = seen(Kind.CONTROL, 0, Outcome.FAILED, "outside", reason=Reason.CONNECT, fault=Fault.NETWORK)
    mine = replace(no_mire(0), hub="mine", reason=Reason.CONNECT)
    async with recording(engine, ear, specs=(SPEC, MINE)) as recorder:
        for one in (no_mire(0, reason=Reason.CONNECT), down, no_mire(0, reason=Reason.CONNECT), mine):
            recorder.submit(one)
    assert [one.outcome for one in ear.observations if one.kind is Kind.MIRE] == [
        Outcome.FAILED,
        Outcome.INCONCLUSIVE,
        Outcome.INCONCLUSIVE,
    ]
    assert kept(engine) == ear.observations
    assert whole(engine)


# --- the file refuses


@in_a_file
async def test_a_locked_file_is_told_tried_again_and_nothing_is_lost_or_doubled(path: Path, engine: Engine, ear: FakeListener) -> None:
    day = a_day()
    async with recording(engine, ear) as recorder:
        recorder.submit(day[0])
        await until(lambda: len(ear.heard) == 1)
        with structlog.testing.capture_logs() as logs, locked(path):
            for one in day[1:]:
                recorder.submit(one)
            await until(lambda: ear.failures >= 3)
            assert recorder.waiting == len(day) - 1
            assert recorder.committed() == Reader(engine).memory()
        told = [line for line in logs if line["event"] == "ledger_write_failed"]
        assert len(told) == ear.failures
        assert "database is locked" in told[0]["error"]
        assert told[0]["log_level"] == "error"
        await until(lambda: len(ear.heard) == len(day))
    assert kept(engine) == ear.observations == day
    assert whole(engine)


async def test_a_full_disk_is_told_tried_again_and_nothing_is_lost_or_doubled(path: Path, ear: FakeListener) -> None:
    full = [False]
    engine = open_store(path)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count = {1 if full[0] else 1_000_000}"))
    big = [replace(one, extract="x" * 20_000) for one in a_day()]
    async with recording(engine, ear) as recorder:
        recorder.submit(big[0])
        await until(lambda: len(ear.heard) == 1)
        full[0] = True
        with structlog.testing.capture_logs() as logs:
            for one in big[1:]:
                recorder.submit(one)
            await until(lambda: ear.failures >= 3)
        assert "disk is full" in logs[0]["error"]
        assert kept(engine) == big[:1]
        full[0] = False
    assert kept(engine) == big
    assert whole(engine)
    engine.dispose()


@in_a_file
async def test_the_pauses_grow_up_to_a_limit_and_start_again_small(path: Path, engine: Engine, ear: FakeListener) -> None:
    clock = HurriedClock(1_000)
    async with recording(engine, ear, clock=clock) as recorder:
        for at in (0, 10):
            with locked(path):
                recorder.submit(mire(at))
                failures = ear.failures
                await until(lambda failures=failures: ear.failures >= failures + 9)  # type: ignore[misc]
            await until(lambda at=at: len(ear.heard) == at // 10 + 1)  # type: ignore[misc]
    pauses = [us / 1_000_000 for us in clock.asked_us if us]
    assert pauses[:9] == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    assert pauses.count(0.5) == 2
    assert max(pauses) == 30


@in_a_file
async def test_beyond_the_backlog_the_oldest_are_dropped_and_counted_exactly(path: Path, engine: Engine, ear: FakeListener) -> None:
    day = a_day()
    async with recording(engine, ear, backlog=5) as recorder:
        with locked(path):
            for one in day:
                recorder.submit(one)
                await asyncio.sleep(0.002)
            await until(lambda: ear.failures >= 2)
            assert max(ear.backlogs) == recorder.waiting == 5
    assert ear.gone == len(day) - 5
    # the first was being written: what may be committed is not called dropped
    assert kept(engine) == [day[0], *day[-4:]]
    assert ear.observations == kept(engine)
    assert whole(engine)


@in_a_file
async def test_the_time_of_what_was_dropped_is_unknown(path: Path, engine: Engine, ear: FakeListener) -> None:
    async with recording(engine, ear, backlog=2) as recorder:
        recorder.submit(mire(0))
        await until(lambda: len(ear.heard) == 1)
        with locked(path):
            for at in range(10, 200, 10):
                recorder.submit(mire(at))
                await asyncio.sleep(0.002)
            await until(lambda: ear.failures >= 2)
    states = [(one.start_us - BEGUN, one.status.state) for one in Reader(engine).intervals("fc", "mire_missing", BEGUN + 190 * SECOND)]
    assert (40 * SECOND, State.UNKNOWN) in states
    assert ear.gone == 17


@in_a_file
async def test_settings_are_not_taken_while_the_file_refuses(path: Path, engine: Engine, ear: FakeListener) -> None:
    async with recording(engine, ear, specs=(SPEC, MINE)) as recorder:
        before = recorder.committed()
        with locked(path), pytest.raises(LedgerError):
            await recorder.configure([replace(SPEC, failures=5), replace(MINE, failures=6)], BEGUN + SECOND)
        assert recorder.committed() == before
        assert recorder.memory("fc").state.spec == SPEC
        assert Reader(engine).specs() == {"fc": SPEC, "mine": MINE}
        await recorder.configure([replace(SPEC, failures=5), replace(MINE, failures=6)], BEGUN + SECOND)
        assert [spec.failures for spec in Reader(engine).specs().values()] == [5, 6]
    assert whole(engine)


# --- an observation that can never be written


@pytest.mark.parametrize("bad", UNWRITABLE.values(), ids=UNWRITABLE)
async def test_an_observation_that_can_never_be_written_is_dropped_and_the_next_ones_are_written(
    engine: Engine, ear: FakeListener, bad: Any
) -> None:
    good = [mire(0), mire(20), mire(30)]
    with structlog.testing.capture_logs() as logs:
        async with recording(engine, ear) as recorder:
            for one in (good[0], bad, *good[1:]):
                recorder.submit(one)
            await until(lambda: len(ear.heard) == 3)
            assert recorder.committed() == Reader(engine).memory()
    assert ear.observations == kept(engine) == good
    assert (ear.gone, ear.failures, recorder.waiting) == (1, 0, 0)
    assert [line["event"] for line in logs] == ["observation_unwritable"]
    assert whole(engine)


async def test_what_was_dropped_leaves_no_trace_in_the_judgement(engine: Engine, ear: FakeListener) -> None:
    """A failing observation that was not kept confirms nothing."""
    async with recording(engine, ear) as recorder:
        for one in (mire(0), no_mire(10, extract="\ud800"), no_mire(11)):
            recorder.submit(one)
    assert Reader(engine).outages(BEGUN + 12 * SECOND) == []
    assert whole(engine)


async def test_a_listener_that_fails_stops_nobody(engine: Engine) -> None:
    class Deaf(FakeListener):
        def recorded(self, recorded: Recorded) -> None:
            super().recorded(recorded)
            raise BrokenPipeError("nobody reads what I say")

    deaf = Deaf()
    with structlog.testing.capture_logs() as logs:
        async with recording(engine, deaf) as recorder:
            for one in a_day():
                recorder.submit(one)
    assert kept(engine) == deaf.observations == a_day()
    assert {line["event"] for line in logs} == {"listener_failed"}


# --- the end comes in the middle of a write


class Slow(Writer):
    """A disk that takes its time, and a test that decides when it is over."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.begun, self.go_on = threading.Event(), threading.Event()

    def write(self, *entries: Entry) -> None:
        if any(entry.observation is not None for entry in entries):
            self.begun.set()
            self.go_on.wait(10)
        super().write(*entries)


async def test_a_stop_in_the_middle_of_a_write_doubles_nothing(engine: Engine, ear: FakeListener) -> None:
    slow = Slow(engine)
    recorder = Recorder(slow, ear, {})
    await recorder.configure([SPEC], BEGUN)
    task = asyncio.create_task(recorder.run())
    for one in a_day():
        recorder.submit(one)
    await asyncio.to_thread(slow.begun.wait, 10)
    task.cancel()
    await asyncio.wait({task})
    draining = asyncio.create_task(recorder.drain())
    await asyncio.sleep(0.02)
    slow.go_on.set()
    await draining
    assert kept(engine) == ear.observations == a_day()
    assert whole(engine)


@in_a_file
async def test_a_drain_that_is_given_up_leaves_a_whole_ledger(path: Path, engine: Engine, ear: FakeListener) -> None:
    async with recording(engine, ear) as recorder:
        with locked(path):
            for one in a_day():
                recorder.submit(one)
            await until(lambda: ear.failures >= 1)
            await asyncio.wait_for(recorder.drain(), 10)
            assert recorder.waiting == len(a_day())
    assert whole(engine)


# --- restarts


# `quick` is the same for every example
@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(scenario=scenarios(), data=st.data())
def test_a_restart_anywhere_changes_no_row(scenario: Scenario, data: st.DataObject) -> None:
    """Same settings, any number of restarts between observations: the same ledger as without them,
    bit for bit.
    """
    cuts = sorted(data.draw(st.integers(0, len(scenario.observations))) for _ in range(2))

    async def record(edges: list[int]) -> tuple[list[Any], Any]:
        engine = in_memory()
        for first, last in pairwise([0, *edges, len(scenario.observations)]):
            async with recording(engine, FakeListener(), specs=(scenario.spec,), at_us=scenario.begun) as recorder:
                for one in scenario.observations[first:last]:
                    recorder.submit(one)
        written = list(Reader(engine).ledger()), Reader(engine).memory()
        engine.dispose()
        return written

    assert asyncio.run(record([])) == asyncio.run(record(cuts))


async def test_an_outage_goes_on_over_a_restart_and_the_gap_is_unknown(engine: Engine, ear: FakeListener) -> None:
    async with recording(engine, ear) as recorder:
        for one in (mire(0), no_mire(10), no_mire(11), no_mire(20)):
            recorder.submit(one)
    async with recording(engine, ear, at_us=BEGUN + 300 * SECOND) as recorder:
        for one in (no_mire(301), no_mire(311), mire(321), mire(322)):
            recorder.submit(one)
    (outage,) = Reader(engine).outages(BEGUN + 330 * SECOND)
    assert (outage.start_us, outage.end_us) == (BEGUN + 10 * SECOND, BEGUN + 321 * SECOND)
    assert outage.unknown_us >= 240 * SECOND
    assert outage.down_us + outage.unknown_us == 311 * SECOND
    assert whole(engine)


async def test_a_memory_that_cannot_be_read_is_a_clear_error(engine: Engine, ear: FakeListener) -> None:
    ImmediateRecorder(engine).writer.write(Entry([], {"fc": b"{}"}))
    with pytest.raises(LedgerError, match="cannot be read"):
        Recorder(Writer(engine), ear, Reader(engine).memory())


# --- the lock-out guard


async def test_the_lock_out_guard_survives_a_restart_and_ends_with_a_reload(engine: Engine, ear: FakeListener) -> None:
    async with recording(engine, ear) as recorder:
        for at in (0, 10, 20):
            assert not recorder.suspended("fc", "ameli")
            recorder.submit(refused(at))
            await until(lambda at=at: len(ear.heard) == at // 10 + 1)  # type: ignore[misc]
        assert recorder.suspended("fc", "ameli")
        assert not recorder.suspended("fc", "yris")
    async with recording(engine, ear, at_us=BEGUN + 100 * SECOND) as recorder:
        assert recorder.suspended("fc", "ameli")
        await recorder.configure([SPEC], BEGUN + 101 * SECOND, release=True)
        assert not recorder.suspended("fc", "ameli")
    async with recording(engine, ear, at_us=BEGUN + 200 * SECOND) as recorder:
        assert not recorder.suspended("fc", "ameli")
    assert Reader(engine).outages(BEGUN + 300 * SECOND) == []
    assert whole(engine)


@in_a_file
async def test_refusals_that_the_file_has_not_taken_yet_stop_the_account_all_the_same(
    path: Path, engine: Engine, ear: FakeListener
) -> None:
    async with recording(engine, ear) as recorder:
        with locked(path):
            for count, at in enumerate((0, 10, 20), start=1):
                assert not recorder.suspended("fc", "ameli")
                recorder.submit(refused(at))
                await until(lambda count=count: ear.failures >= count)  # type: ignore[misc]
            assert recorder.suspended("fc", "ameli")
            assert not recorder.suspended("fc", "yris")
        await until(lambda: len(ear.heard) == 3)
        assert recorder.suspended("fc", "ameli")


async def test_a_good_login_ends_the_row_of_refusals(engine: Engine, ear: FakeListener) -> None:
    async with recording(engine, ear) as recorder:
        for one in (refused(0), refused(10), journey("ameli", 20), refused(30), refused(40)):
            recorder.submit(one)
        await until(lambda: len(ear.heard) == 5)
        assert not recorder.suspended("fc", "ameli")


# --- settings


async def test_unchanged_settings_are_not_written_again(engine: Engine, ear: FakeListener) -> None:
    for at in (0, 100, 200):
        async with recording(engine, ear, at_us=BEGUN + at * SECOND):
            pass
    assert len(Reader(engine).settings()) == 1


async def test_a_reload_takes_effect_between_two_observations(engine: Engine, ear: FakeListener) -> None:
    async with recording(engine, ear) as recorder:
        for one in (mire(0), no_mire(10)):
            recorder.submit(one)
        await until(lambda: len(ear.heard) == 2)
        await recorder.configure([replace(SPEC, failures=3)], BEGUN + 12 * SECOND)
        for one in (no_mire(20), mire(30)):
            recorder.submit(one)
    assert Reader(engine).outages(BEGUN + 40 * SECOND) == []
    assert whole(engine)


async def test_an_idp_that_leaves_is_unknown_and_one_that_comes_starts_so(engine: Engine, ear: FakeListener) -> None:
    async with recording(engine, ear) as recorder:
        for one in (mire(0), journey("ameli", 1), journey("yris", 2), idp_down("ameli", 10), idp_down("ameli", 11)):
            recorder.submit(one)
        await until(lambda: len(ear.heard) == 5)
        await recorder.configure([replace(SPEC, idps=(IdpSpec("yris"), IdpSpec("msa")))], BEGUN + 13 * SECOND)
        recorder.submit(idp_down("ameli", 12))  # it was under way
        recorder.submit(journey("yris", 14))
    standings = Reader(engine).statuses(BEGUN + 16 * SECOND)
    assert standings["fc", "idp:ameli"][1].state is State.UNKNOWN
    assert standings["fc", "idp:ameli"][0] == BEGUN + 13 * SECOND
    assert standings["fc", "idp:msa"][1].state is State.UNKNOWN
    assert standings["fc", "idp:yris"][1].state is State.UP
    assert whole(engine)


async def test_a_hub_that_leaves_is_committed_no_more_and_comes_back_with_its_history(engine: Engine, ear: FakeListener) -> None:
    async with recording(engine, ear, specs=(SPEC, MINE)) as recorder:
        recorder.submit(replace(mire(0), hub="mine"))
        await until(lambda: len(ear.heard) == 1)
        await recorder.configure([SPEC], BEGUN + 2 * SECOND)
        assert list(recorder.committed()) == ["fc"]
        recorder.submit(replace(mire(1), hub="mine"))  # it was under way
        await until(lambda: len(ear.heard) == 2)
        assert Reader(engine).statuses(BEGUN + 900 * SECOND)["mine", "mire_missing"][1].state is State.UNKNOWN
        await recorder.configure([SPEC, MINE], BEGUN + 1000 * SECOND)
        recorder.submit(replace(mire(1001), hub="mine"))
    states = [(one.start_us, one.status.state) for one in Reader(engine).intervals("mine", "mire_missing", BEGUN + 1002 * SECOND)]
    assert states == [
        (BEGUN, State.UP),
        (BEGUN + 31 * SECOND, State.UNKNOWN),
        (BEGUN + 1001 * SECOND, State.UP),
    ]  # fmt: skip
    assert whole(engine)
