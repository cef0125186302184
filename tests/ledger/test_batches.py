"""What waits is written together, and leaves the ledger that writing it one by
one would have left.
"""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, event, select

from probe.audit.replay import first_difference
from probe.audit.verify import verify
from probe.clock import SystemClock
from probe.core.judgement.observation import Fault, Kind, Outcome, Reason
from probe.core.judgement.spec import HubSpec, IdpSpec
from probe.core.judgement.timeline import LedgerRow
from probe.ledger.db import schema
from probe.ledger.memory import HubMemory, remembered
from probe.ledger.reader import Reader
from probe.ledger.recorder import BATCH, Recorder
from probe.ledger.unwritten import Submitted
from probe.ledger.writer import Entry, Writer
from tests.builders import BEGUN, SECOND, SPEC, UNWRITABLE, a_day, journey, mire, no_mire, seen
from tests.core.judgement.strategies import Scenario, scenarios
from tests.fakes.recorder import FakeListener, ImmediateRecorder, in_memory, kept, locked, recording, until
from tests.marks import in_a_file

pytestmark = pytest.mark.usefixtures("quick")

MINE = HubSpec("mine", (IdpSpec("ameli"),), grace_us=20 * SECOND)


def commits(engine: Engine) -> list[int]:
    """Grows with every commit."""
    found: list[int] = []
    event.listen(engine, "commit", lambda _connection: found.append(1))
    return found


def many(count: int) -> list[Any]:
    return [mire(at) for at in range(count)]


async def record(engine: Engine, observations: list[Any], *specs: HubSpec, begun: int = BEGUN) -> FakeListener:
    """All of them at once: they are written in batches."""
    ear = FakeListener()
    async with recording(engine, ear, specs=specs or (SPEC,), at_us=begun) as recorder:
        for one in observations:
            recorder.submit(one)
    return ear


async def test_what_waits_is_written_in_one_transaction_up_to_a_bound(engine: Engine) -> None:
    ear = FakeListener()
    async with recording(engine, ear) as recorder:
        seen_so_far = commits(engine)
        for one in many(2 * BATCH + 5):
            recorder.submit(one)
        await until(lambda: len(ear.heard) == 2 * BATCH + 5)
        assert 3 <= len(seen_so_far) <= 12, "two full ones and what is over; more only where folding took its time"
    assert kept(engine) == many(2 * BATCH + 5)


async def test_one_that_waits_alone_is_written_alone_and_at_once(engine: Engine) -> None:
    ear = FakeListener()
    async with recording(engine, ear) as recorder:
        before = commits(engine)
        for number, one in enumerate(a_day(), start=1):
            recorder.submit(one)
            await until(lambda number=number: len(ear.heard) == number)  # type: ignore[misc]
        assert len(before) == len(a_day())


async def test_a_batch_leaves_the_ledger_that_one_by_one_leaves(engine: Engine) -> None:
    ear = await record(engine, a_day())
    other = in_memory()
    recorder = ImmediateRecorder(other)
    recorder.keep(a_day())
    assert list(Reader(engine).ledger()) == list(Reader(other).ledger())
    assert [row for one in ear.heard for row in one.rows] == recorder.rows[-sum(len(one.rows) for one in ear.heard) :]
    assert ear.observations == a_day()


@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(scenario=scenarios(), data=st.data())
def test_however_what_is_seen_falls_into_batches_the_ledger_is_the_same(scenario: Scenario, data: st.DataObject) -> None:
    sizes = data.draw(st.lists(st.integers(1, 7), min_size=1, max_size=5))

    async def written(size_at: list[int]) -> tuple[Any, ...]:
        engine, ear = in_memory(), FakeListener()
        recorder = Recorder(Writer(engine), ear, {})
        await recorder.configure([scenario.spec], scenario.begun)
        waiting = list(scenario.observations)
        turn = 0
        while waiting:
            size = size_at[turn % len(size_at)]
            for one in waiting[:size]:
                recorder.submit(one)
            await recorder.drain()
            waiting, turn = waiting[size:], turn + 1
        found = (list(Reader(engine).ledger()), Reader(engine).memory(), kept(engine), [(one.rows, one.again) for one in ear.heard])
        engine.dispose()
        return found

    assert asyncio.run(written(sizes)) == asyncio.run(written([1]))


@in_a_file
async def test_a_batch_that_the_file_refuses_is_kept_whole_and_tried_again(path: Path, engine: Engine) -> None:
    ear = FakeListener()
    async with recording(engine, ear) as recorder:
        before = recorder.committed()
        with locked(path):
            for one in a_day():
                recorder.submit(one)
            await until(lambda: ear.failures >= 3)
            assert recorder.waiting == len(a_day())
            assert [one.observation for one in recorder.unwritten()] == a_day()
            assert recorder.committed() == before
        tries = commits(engine)
        await until(lambda: len(ear.heard) == len(a_day()))
        assert len(tries) == 1
    assert kept(engine) == a_day()
    assert first_difference(Reader(engine)) is None


@pytest.mark.parametrize("bad", UNWRITABLE.values(), ids=UNWRITABLE)
@pytest.mark.parametrize("at", [0, 11, 26])
async def test_one_that_can_never_be_written_does_not_take_its_batch_with_it(engine: Engine, bad: Any, at: int) -> None:
    day = a_day()
    day.insert(at, bad)
    with structlog.testing.capture_logs() as logs:
        ear = await record(engine, day)
    assert kept(engine) == ear.observations == a_day()
    assert (ear.gone, ear.failures) == (1, 0)
    assert [line["event"] for line in logs] == ["observation_unwritable"]
    assert first_difference(Reader(engine)) is None


async def test_several_that_can_never_be_written_are_each_given_up_alone(engine: Engine) -> None:
    day = a_day()
    for at in (3, 4, 20):
        day.insert(at, replace(mire(at), lag_us=2**63))
    ear = await record(engine, day)
    assert kept(engine) == ear.observations == a_day()
    assert ear.gone == 3


async def test_of_a_batch_over_several_hubs_each_is_remembered_as_it_is(engine: Engine) -> None:
    down = seen(Kind.CONTROL, 12, Outcome.FAILED, "outside", reason=Reason.CONNECT, fault=Fault.NETWORK)
    mine = [replace(one, hub="mine") for one in a_day() if one.idp != "yris"]
    both = sorted([*a_day(), *mine, down], key=lambda one: one.finished_us)
    await record(engine, both, SPEC, MINE)
    alone = in_memory()
    ear = FakeListener()
    async with recording(alone, ear, specs=(SPEC, MINE)) as recorder:
        for number, one in enumerate(both, start=1):
            recorder.submit(one)
            await until(lambda number=number: len(ear.heard) == number)  # type: ignore[misc]
    assert Reader(engine).memory() == Reader(alone).memory()
    assert list(Reader(engine).ledger()) == list(Reader(alone).ledger())
    with engine.connect() as connection:
        assert verify(connection).findings == []


# --- what follows from rows follows from each as it stood


async def test_who_is_told_of_rows_finds_the_ledger_as_each_observation_left_it(engine: Engine) -> None:
    """The register opens an incident when an outage is confirmed:
    one that is over at the end of the batch is seen all the same.
    """

    def told(target: Engine, batched: bool) -> list[Any]:
        found: list[Any] = []

        def follow(connection: Connection, rows: Any) -> None:
            if rows:
                intervals = connection.execute(select(schema.interval.c.subject, schema.interval.c.state, schema.interval.c.start_us))
                memory = connection.execute(select(schema.memory))
                number = connection.scalar(select(schema.observation.c.id).order_by(schema.observation.c.id.desc()).limit(1))
                found.append((number, list(rows), sorted(map(tuple, intervals)), sorted(map(tuple, memory))))

        async def write() -> None:
            recorder = Recorder(Writer(target, follow), FakeListener(), {})
            await recorder.configure([SPEC], BEGUN)
            for one in a_day():
                recorder.submit(one)
                if not batched:
                    await recorder.drain()
            await recorder.drain()

        asyncio.run(write())
        return found

    together, one_by_one = await asyncio.to_thread(told, engine, True), await asyncio.to_thread(told, in_memory(), False)
    assert len(together) > 8
    assert together == one_by_one


async def test_the_memory_of_a_hub_is_made_once_a_batch_where_nobody_is_told(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[HubMemory] = []

    def counting(memory: HubMemory) -> bytes:
        made.append(memory)
        return remembered(memory)

    monkeypatch.setattr("probe.ledger.recorder.remembered", counting)
    recorder = Recorder(Writer(engine), FakeListener(), {})
    await recorder.configure([SPEC], BEGUN)
    made.clear()
    for one in a_day():
        recorder.submit(one)
    await recorder.drain()
    assert len(made) == 1


async def test_a_checkpoint_in_the_middle_of_a_batch_can_be_replayed_from(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probe.ledger.writer.CHECKPOINT_EVERY", 10)
    monkeypatch.setattr("probe.ledger.recorder.BATCH", 7)
    await record(engine, a_day())
    with engine.connect() as connection:
        taken = sorted(connection.scalars(select(schema.checkpoint.c.after_observation)))
    assert taken == [14, 21]
    Writer(engine).forget(sorted(one.started_us for one in a_day())[15])
    assert Reader(engine).kept()[0] > 1
    assert first_difference(Reader(engine)) is None


# --- the loop


class Dear(SystemClock):
    """Everything takes a while: each look at the clock is three milliseconds
    after the one before.
    """

    def __init__(self) -> None:
        self.us = 0

    def monotonic_us(self) -> int:
        self.us += 3_000
        return self.us


async def test_others_have_a_turn_while_a_batch_is_folded(engine: Engine) -> None:
    recorder = Recorder(Writer(engine), FakeListener(), {}, clock=Dear())
    await recorder.configure([SPEC], BEGUN)
    for one in many(60):
        recorder.submit(one)
    draining = asyncio.ensure_future(recorder.drain())
    turns = 0
    while not draining.done():
        turns += 1
        await asyncio.sleep(0)
    assert turns > 20
    assert kept(engine) == many(60)


async def test_a_batch_that_takes_long_to_fold_is_written_before_the_whole_backlog_is(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("probe.ledger.recorder.FOLDING_US", 30_000)
    recorder = Recorder(Writer(engine), FakeListener(), {}, clock=Dear())
    await recorder.configure([SPEC], BEGUN)
    before = commits(engine)
    for one in many(60):
        recorder.submit(one)
    await recorder.drain()
    assert len(before) >= 5
    assert kept(engine) == many(60)


@in_a_file
async def test_refusals_that_are_folded_and_not_committed_count_once(path: Path, engine: Engine) -> None:
    def refused(at: float) -> Any:
        return seen(Kind.IDENTITY, at, Outcome.INCONCLUSIVE, "ameli", fault=Fault.SP, reason=Reason.CREDENTIALS_REFUSED)

    ear = FakeListener()
    async with recording(engine, ear) as recorder:
        with locked(path):
            recorder.submit(refused(0))
            recorder.submit(refused(10))
            await until(lambda: ear.failures >= 2)
            for _ in range(50):
                assert not recorder.suspended("fc", "ameli")
                await asyncio.sleep(0.001)
            recorder.submit(refused(20))
            assert recorder.suspended("fc", "ameli")
        await until(lambda: len(ear.heard) == 3)
        assert recorder.suspended("fc", "ameli")


# --- settings, and what was seen before them


@in_a_file
async def test_new_settings_come_after_what_waits(path: Path, engine: Engine) -> None:
    """A reload while the ledger lags: what was seen before it is judged by the settings of then."""
    ear = FakeListener()
    async with recording(engine, ear) as recorder:
        for one in (mire(0), no_mire(10), no_mire(11)):
            recorder.submit(one)
        await recorder.configure([replace(SPEC, failures=5)], BEGUN + 12 * SECOND)
        recorder.submit(mire(20))
    (outage,) = Reader(engine).outages(BEGUN + 30 * SECOND)
    assert outage.start_us == BEGUN + 10 * SECOND
    assert [setting.after_observation for setting in Reader(engine).settings()] == [0, 3]
    assert first_difference(Reader(engine)) is None


async def test_what_is_taken_up_keeps_its_name_and_comes_first(engine: Engine) -> None:
    await record(engine, a_day()[:4])
    left = [Submitted("before", number, one) for number, one in enumerate(a_day()[4:12], start=5)]
    ear = FakeListener()
    recorder = Recorder(Writer(engine), ear, Reader(engine).memory())
    recorder.take_up(left)
    await recorder.configure([SPEC], BEGUN + 100 * SECOND)
    assert [one.observation for one in ear.heard] == a_day()[4:12]
    assert Reader(engine).written_upto("before") == 12
    recorder.submit(journey("ameli", 101))
    await recorder.drain()
    assert kept(engine) == [*a_day()[:12], journey("ameli", 101)]
    assert first_difference(Reader(engine)) is None


async def test_one_name_is_never_written_twice(engine: Engine) -> None:
    """Whatever went wrong before: the ledger itself refuses."""
    entry: list[LedgerRow] = []
    ImmediateRecorder(engine).writer.write(Entry(entry, {}, mire(0), source="a", number=1))
    with structlog.testing.capture_logs() as logs:
        recorder = Recorder(Writer(engine), FakeListener(), Reader(engine).memory())
        recorder.take_up([Submitted("a", 1, mire(0)), Submitted("a", 2, mire(1))])
        await recorder.drain()
    assert kept(engine) == [mire(0), mire(1)]
    assert [line["event"] for line in logs] == ["observation_unwritable"]


@in_a_file
async def test_the_age_is_that_of_the_oldest_that_waits(path: Path, engine: Engine) -> None:
    class Set(SystemClock):
        us = 0

        def boottime_us(self) -> int:
            return self.us

    clock = Set()
    recorder = Recorder(Writer(engine), FakeListener(), {}, clock=clock)
    await recorder.configure([SPEC], BEGUN)
    assert recorder.late_us == 0
    with locked(path):
        for at in range(3):
            clock.us = at * SECOND
            recorder.submit(mire(at))
        await recorder.drain()
        clock.us = 70 * SECOND
        assert recorder.late_us == 70 * SECOND
    await recorder.drain()
    assert recorder.late_us == 0
