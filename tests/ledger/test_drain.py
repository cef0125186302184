"""Between a watch that ends and the next one on the same ledger: once, in order,
by the settings of then.
"""

import asyncio
import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
import structlog
from sqlalchemy import Engine

from probe.audit.replay import first_difference
from probe.clock import SystemClock
from probe.core.judgement.observation import Observation
from probe.errors import LedgerError
from probe.ledger.drain import LastWrites, take_up
from probe.ledger.reader import Reader
from probe.ledger.recorder import Recorder
from probe.ledger.unwritten import Submitted, Unwritten
from probe.ledger.writer import Writer
from tests.builders import BEGUN, SECOND, SPEC, a_day, mire
from tests.fakes.recorder import FakeListener, kept, locked, until
from tests.marks import in_a_file
from tests.service.running import small_files

pytestmark = pytest.mark.usefixtures("quick")

DAY = [Submitted("before", number, one) for number, one in enumerate(a_day(), start=1)]


async def begun(engine: Engine, ear: FakeListener | None = None) -> Recorder:
    """A recorder that has watched the hub before."""
    if not Reader(engine).memory():
        await Recorder(Writer(engine), FakeListener(), {}).configure([SPEC], BEGUN)
    return Recorder(Writer(engine), ear or FakeListener(), Reader(engine).memory())


async def started(engine: Engine, file: Unwritten, ear: FakeListener | None = None) -> bool:
    ear = ear or FakeListener()
    return await take_up(await begun(engine, ear), Reader(engine), file, ear, asyncio.Event())


def contents(paths: Iterable[Path | str]) -> list[bytes]:
    return [Path(path).read_bytes() for path in paths]


def in_the_way(path: Path) -> None:
    """No file can be made beside this ledger."""
    Path(f"{path}-unwritten-new").mkdir()


def out_of_the_way(path: Path) -> None:
    Path(f"{path}-unwritten-new").rmdir()


async def idle(recorder: Recorder) -> None:
    """Until a write that was begun is over: here the process does not end."""
    await until(lambda: not recorder._writing.locked())


@pytest.mark.parametrize("committed", range(0, len(DAY) + 1, 3))
@in_a_file
async def test_wherever_the_taking_up_was_killed_the_rest_is_taken_up_once(path: Path, engine: Engine, committed: int) -> None:
    """The last case: all of it was committed, and the file was not removed yet."""
    file = Unwritten(path)
    file.save(DAY)
    recorder = await begun(engine)
    recorder.take_up(DAY[:committed])
    await recorder.drain()
    assert await started(engine, file)
    assert kept(engine) == a_day()
    assert file.read() is None
    assert first_difference(Reader(engine)) is None


@in_a_file
async def test_a_write_that_ends_after_the_file_was_written_is_not_taken_up_again(path: Path, engine: Engine) -> None:
    """The file holds what was being written when the process lost patience;
    the disk took it after all.
    """
    recorder = await begun(engine)
    for one in a_day():
        recorder.submit(one)
    file = Unwritten(path)
    file.save(recorder.unwritten())
    await recorder.drain()
    assert await started(engine, file)
    assert kept(engine) == a_day()


@in_a_file
async def test_what_the_ledger_refuses_at_the_start_stays_in_the_file(path: Path, engine: Engine) -> None:
    file = Unwritten(path)
    file.save(DAY)
    await begun(engine)
    with locked(path), pytest.raises(LedgerError, match=r"observations of the last run could not be written: .*database is locked"):
        await started(engine, file)
    assert await started(engine, file)
    assert kept(engine) == a_day()


@in_a_file
async def test_a_stop_that_comes_first_leaves_all_of_it(path: Path, engine: Engine) -> None:
    file, stop = Unwritten(path), asyncio.Event()
    file.save(DAY)
    stop.set()
    assert not await take_up(await begun(engine), Reader(engine), file, FakeListener(), stop)
    assert kept(engine) == []
    found = file.read()
    assert found is not None
    assert list(found.observations) == DAY


@pytest.mark.parametrize(
    "odd",
    [replace(mire(3), hub="elsewhere"), replace(mire(3), extract="\ud800"), replace(mire(3), lag_us=2**63)],
    ids=["a hub that this ledger never knew", "half a character", "a number beyond 64 bits"],
)
@in_a_file
async def test_what_this_ledger_can_never_take_is_told_and_its_file_is_kept(path: Path, engine: Engine, odd: Observation) -> None:
    file, ear = Unwritten(path), FakeListener()
    file.save([DAY[0], Submitted("before", 2, odd), *(Submitted("before", one.number + 1, one.observation) for one in DAY[1:])])
    content = contents([file.path])[0]
    with structlog.testing.capture_logs() as logs:
        assert await started(engine, file, ear)
    assert kept(engine) == a_day()
    assert ear.gone == 1
    (line,) = [line for line in logs if line["event"] == "unwritten_file_damaged"]
    assert (line["observations_unwritable"], line["lines_damaged"]) == (1, 0)
    assert contents(line["kept"]) == [content]


@in_a_file
async def test_several_runs_in_one_file_are_each_taken_up_from_where_the_ledger_is(path: Path, engine: Engine) -> None:
    file = Unwritten(path)
    both = [*DAY[:6], *(Submitted("later", number, one.observation) for number, one in enumerate(DAY[6:], start=1))]
    recorder = await begun(engine)
    recorder.take_up(DAY[:4])
    await recorder.drain()
    file.save(both)
    assert await started(engine, file)
    assert kept(engine) == a_day()


# --- the last writes


@in_a_file
async def test_nothing_is_kept_of_what_the_ledger_takes_at_once(path: Path, engine: Engine) -> None:
    recorder = await begun(engine)
    for one in a_day():
        recorder.submit(one)
    assert await LastWrites(recorder, Unwritten(path), SystemClock()).write(10 * SECOND, asyncio.Event()) == 0
    assert kept(engine) == a_day()
    assert [each.name for each in path.parent.iterdir() if "unwritten" in each.name] == []


@in_a_file
async def test_what_the_ledger_does_not_take_in_the_time_allowed_is_in_the_file(path: Path, engine: Engine) -> None:
    recorder = await begun(engine)
    with locked(path):
        for one in a_day():
            recorder.submit(one)
        assert await LastWrites(recorder, Unwritten(path), SystemClock()).write(1 * SECOND, asyncio.Event()) == 0
    found = Unwritten(path).read()
    assert found is not None
    assert [one.observation for one in found.observations] == a_day()


@in_a_file
async def test_who_is_in_a_hurry_waits_for_no_lock(path: Path, engine: Engine) -> None:
    recorder, hurry = await begun(engine), asyncio.Event()
    hurry.set()
    with locked(path):
        for one in a_day():
            recorder.submit(one)
        async with asyncio.timeout(60):
            assert await LastWrites(recorder, Unwritten(path), SystemClock()).write(3600 * SECOND, hurry) == 0
    assert Unwritten(path).read() is not None
    await idle(recorder)
    assert await started(engine, Unwritten(path))
    assert kept(engine) == a_day()


@in_a_file
async def test_what_neither_takes_is_counted(path: Path, engine: Engine) -> None:
    recorder = await begun(engine)
    in_the_way(path)
    with locked(path), structlog.testing.capture_logs() as logs:
        for one in a_day():
            recorder.submit(one)
        assert await LastWrites(recorder, Unwritten(path), SystemClock()).write(1 * SECOND, asyncio.Event()) == len(a_day())
    assert [line["observations"] for line in logs if line["event"] == "observations_lost_at_exit"] == [len(a_day())]


@in_a_file
async def test_of_what_only_one_cannot_be_put_into_words_only_that_one_is_lost(path: Path, engine: Engine) -> None:
    recorder = await begun(engine)
    with locked(path):
        for one in [*a_day(), replace(mire(200), code=object())]:  # type: ignore[arg-type]
            recorder.submit(one)
        assert await LastWrites(recorder, Unwritten(path), SystemClock()).write(1 * SECOND, asyncio.Event()) == 1
    assert await started(engine, Unwritten(path))
    assert kept(engine) == a_day()


@in_a_file
async def test_a_disk_with_little_room_left_takes_the_first_of_what_waits(path: Path, engine: Engine) -> None:
    """Neither the ledger nor the whole file finds room: RLIMIT_FSIZE stands for the disk."""
    recorder, ear = await begun(engine), FakeListener()
    for one in a_day():
        recorder.submit(one)
    with small_files(os.getpid(), 12_000), structlog.testing.capture_logs() as logs:
        lost = await LastWrites(recorder, Unwritten(path), SystemClock()).write(1 * SECOND, asyncio.Event())
    left = len(a_day()) - lost
    assert 5 < left < len(a_day())
    assert [line["observations"] for line in logs if line["event"] == "observations_lost_at_exit"] == [lost]
    assert await started(engine, Unwritten(path), ear)
    assert kept(engine) == a_day()[:left]
    assert ear.gone == 0


@in_a_file
async def test_a_file_that_holds_most_is_not_replaced_by_one_that_holds_less(path: Path, engine: Engine) -> None:
    recorder, hurry = await begun(engine), asyncio.Event()
    last = LastWrites(recorder, Unwritten(path), SystemClock())
    with locked(path):
        for one in a_day():
            recorder.submit(one)
        writing = asyncio.ensure_future(last.write(3600 * SECOND, hurry))
        await until(Path(f"{path}-unwritten").exists)
        in_the_way(path)
        recorder.submit(mire(300))
        hurry.set()
        assert await writing == 1
    out_of_the_way(path)
    await idle(recorder)
    assert await started(engine, Unwritten(path))
    assert kept(engine) == a_day()
