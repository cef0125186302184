"""A vantage's part in a shared store, on a real server that comes, goes and hangs;
other probers under the same name; copies of a spool.
"""

import asyncio
import gc
import shutil
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from probe.audit.backup import backup, restore
from probe.clock import SystemClock
from probe.core.judgement.fold import begin, fold
from probe.core.judgement.observation import Observation
from probe.core.judgement.timeline import timelines
from probe.errors import LedgerError
from probe.ledger.db import schema
from probe.ledger.db.postgres import connect
from probe.ledger.db.store import open_store
from probe.ledger.memory import HubMemory, remembered
from probe.ledger.reader import Reader
from probe.ledger.shared import inbox as inbox_module
from probe.ledger.shared.evaluation import Passed, refolded
from probe.ledger.shared.evaluator import Evaluator
from probe.ledger.shared.inbox import Inbox, UnwritableError, VantageTakenError, shared
from probe.ledger.shared.spool import Spool
from probe.ledger.shared.vantage import Shared, SharedVantage
from probe.ledger.writer import Entry, Writer
from tests.builders import BEGUN, SPEC, idp_down, journey, mire
from tests.fakes.recorder import new_ledger
from tests.servers.postgres import Postgres

# A session that the server cut in mid-statement leaves a cursor that cannot be closed any more,
# and psycopg says so when it is collected.
pytestmark = pytest.mark.filterwarnings("ignore:.*was deleted while still open:ResourceWarning")

PATIENCE_S = 60.0
SEEN = [mire(0), journey("ameli", 1), journey("yris", 2), mire(10), idp_down("ameli", 11), idp_down("ameli", 12), mire(20), mire(30)]


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """What a cut session left is collected here, not in another test."""
    yield
    gc.collect()


class Heard:
    """What a vantage was told."""

    def __init__(self) -> None:
        self.away: list[bool] = []
        self.waiting = 0
        self.gone = 0
        self.seated = False
        self.passed: list[Passed] = []
        self.ahead_us: int | None = None

    def store_away(self, away: bool) -> None:
        self.away.append(away)

    def dropped(self, observations: int) -> None:
        self.gone += observations

    def undelivered(self, observations: int, oldest_us: int) -> None:
        self.waiting = observations

    def evaluating(self, seated: bool) -> None:
        self.seated = seated

    def passed_over(self, passed: Any) -> None:
        self.passed += passed

    def ahead(self, us: int) -> None:
        self.ahead_us = us


class Vantage:
    """A spool that is written as a recorder writes it, and the vantage's part in the store."""

    def __init__(self, url: str, path: Path, name: str, clock: SystemClock | None = None, most: int = 1000) -> None:
        self.name = name
        self.engine: Engine = new_ledger(path)
        self.reading = connect(url, writes=False)
        self.heard = Heard()
        self.sharing = SharedVantage(
            Spool(self.engine, name),
            Shared(url, self.reading, Inbox.of(url, name), Evaluator(url)),
            name,
            clock or SystemClock(),
            self.heard,
            most,
            10**18,
        )
        self.sharing.configure([SPEC], BEGUN)
        self._writer = Writer(self.engine)
        self.state, _ = begin(SPEC, BEGUN)

    def see(self, *observations: Observation) -> None:
        for one in observations:
            rows = fold(self.state, replace(one, vantage=self.name))
            memory = {"fc": remembered(HubMemory(self.state))}
            self._writer.write(Entry(rows, memory, replace(one, vantage=self.name)))

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Vantage"]:
        task = asyncio.create_task(self.sharing.run())
        try:
            yield self
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError, LedgerError):
                await task
            await self.sharing.close()
            self.reading.dispose()
            self.engine.dispose()


async def until(holds: Callable[[], Any], what: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while not (await asyncio.to_thread(holds)):
        assert time.monotonic() < end, what
        await asyncio.sleep(0.1)


def stored(url: str, name: str) -> list[Observation]:
    """What the store holds of a vantage; nothing before there is a store."""
    try:
        engine = open_store(url, create=False)
    except LedgerError:
        return []
    try:
        return [one for _, one in Reader(engine).observations() if one.vantage == name]
    finally:
        engine.dispose()


def evaluated(url: str) -> int:
    engine = open_store(url, create=False)
    try:
        with engine.connect() as connection:
            return connection.scalar(select(schema.evaluation.c.observation)) or 0
    finally:
        engine.dispose()


def named(observations: list[Observation], name: str) -> list[Observation]:
    return [replace(one, vantage=name) for one in observations]


def assert_the_ledger_of(url: str, observations: list[Observation]) -> None:
    state, rows = begin(shared(SPEC), BEGUN)
    for one in observations:
        rows += fold(state, one)
    engine = open_store(url, create=False)
    reader = Reader(engine)
    for (hub, subject), timeline in timelines(rows).items():
        assert [(each.start_us, each.status) for each in reader.intervals(hub, subject, state.clock_us)] == timeline.points, subject
    with engine.connect() as connection:
        assert refolded(connection).unlike == []
    assert reader.first_altered() is None
    engine.dispose()


@pytest.fixture
def url(running_postgres: Postgres) -> str:
    return running_postgres.database()


# --- a store that is away


async def test_a_store_that_is_stopped_is_caught_up_with_when_it_is_back(postgres: Postgres, tmp_path: Path) -> None:
    url = postgres.database()
    async with Vantage(url, tmp_path / "spool.db", "brest").running() as brest:
        brest.see(*SEEN[:4])
        await until(lambda: len(stored(url, "brest")) == 4, "delivered")
        await until(lambda: brest.heard.seated, "it evaluates")
        await asyncio.to_thread(postgres.stop)
        brest.see(*SEEN[4:6])
        await until(lambda: brest.heard.away == [True], "it says that the store is away")
        await until(lambda: brest.heard.waiting == 2, "and what waits for it")
        brest.see(*SEEN[6:])
        await asyncio.to_thread(postgres.start)
        await until(lambda: brest.heard.away == [True, False], "it is back")
        await until(lambda: brest.heard.waiting == 0, "nothing waits")
        assert stored(url, "brest") == named(SEEN, "brest")
        await until(lambda: evaluated(url) == len(SEEN), "evaluated")
    await asyncio.to_thread(assert_the_ledger_of, url, named(SEEN, "brest"))


async def test_a_server_that_hangs_is_away_and_holds_neither_the_vantage_nor_its_end(postgres: Postgres, tmp_path: Path) -> None:
    url = postgres.database()
    async with asyncio.timeout(2 * PATIENCE_S):
        async with Vantage(url, tmp_path / "spool.db", "brest").running() as brest:
            brest.see(*SEEN[:4])
            await until(lambda: len(stored(url, "brest")) == 4, "delivered")
            with postgres.frozen():
                brest.see(*SEEN[4:])
                await until(lambda: brest.heard.away == [True], "it says that the store is away")
                await until(lambda: brest.heard.waiting == len(SEEN) - 4, "and what waits for it")
            await until(lambda: brest.heard.away == [True, False], "it goes on where it hung")
            await until(lambda: len(stored(url, "brest")) == len(SEEN), "delivered")
            brest.see(journey("yris", 40))
            frozen = postgres.frozen()
            frozen.__enter__()
        frozen.__exit__(None, None, None)
    assert stored(url, "brest")[: len(SEEN)] == named(SEEN, "brest"), "nothing twice"


async def test_what_waits_is_bounded_and_what_is_given_up_is_counted(postgres: Postgres, tmp_path: Path) -> None:
    url = postgres.database()
    postgres.stop()
    async with Vantage(url, tmp_path / "spool.db", "brest", most=5).running() as brest:
        brest.see(*SEEN)
        await until(lambda: brest.heard.gone == len(SEEN) - 5, "the oldest are given up")
        assert brest.heard.waiting == 5
        await asyncio.to_thread(postgres.start)
        await until(lambda: len(stored(url, "brest")) == 5, "the newest are delivered")
        assert brest.heard.gone == len(SEEN) - 5, "each is counted once"
    assert stored(url, "brest") == named(SEEN[-5:], "brest")


async def test_a_server_that_took_anothers_place_and_knows_less_is_told_again(postgres: Postgres, tmp_path: Path) -> None:
    """A replica that lagged behind: the last deliveries are gone with the server that had taken
    them.
    """
    url, replica = postgres.database(), postgres.database()
    async with Vantage(url, tmp_path / "spool.db", "brest").running() as brest:
        brest.see(*SEEN[:5])
        await until(lambda: len(stored(url, "brest")) == 5, "delivered")
        await until(lambda: evaluated(url) == 5, "evaluated")
        await asyncio.to_thread(copied, url, replica, tmp_path / "copy.gz")
        brest.see(*SEEN[5:])
        await until(lambda: evaluated(url) == len(SEEN), "what the replica does not know yet is delivered and evaluated")
        await asyncio.to_thread(put_in_place, postgres, replica, url)
        await until(lambda: len(stored(url, "brest")) == len(SEEN), "delivered again")
        await until(lambda: evaluated(url) == len(SEEN), "evaluated again")
    assert stored(url, "brest") == named(SEEN, "brest")
    await asyncio.to_thread(assert_the_ledger_of, url, named(SEEN, "brest"))


def copied(url: str, to: str, path: Path) -> None:
    source, target = open_store(url, create=False), open_store(to)
    backup(source, path)
    restore(target, path)
    source.dispose()
    target.dispose()


def put_in_place(postgres: Postgres, url: str, of: str) -> None:
    """One database in the place of another, whose sessions are ended."""
    new, old = url.rpartition("/")[2], of.rpartition("/")[2]
    with postgres.connect() as connection:
        connection.execute(f"ALTER DATABASE {old} ALLOW_CONNECTIONS false")
        connection.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [old])
        connection.execute(f"ALTER DATABASE {old} RENAME TO gone")
        connection.execute(f"ALTER DATABASE {new} RENAME TO {old}")


# --- names


async def test_a_second_prober_under_the_same_name_is_refused_and_delivers_nothing(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("probe.ledger.shared.vantage.CLAIM_US", 2_000_000)
    async with Vantage(url, tmp_path / "one.db", "brest").running() as one:
        one.see(*SEEN[:2])
        await until(lambda: len(stored(url, "brest")) == 2, "the first delivers")
        other = Vantage(url, tmp_path / "other.db", "brest")
        other.see(*SEEN[2:])
        with pytest.raises(VantageTakenError, match="another prober already watches as vantage brest: give each a name of its own"):
            async with asyncio.timeout(PATIENCE_S):
                await other.sharing.run()
        assert other.heard.away == [True]
        await other.sharing.close()
        other.engine.dispose()
        assert stored(url, "brest") == named(SEEN[:2], "brest")
    async with Vantage(url, tmp_path / "other.db", "brest").running():
        await until(lambda: len(stored(url, "brest")) == len(SEEN), "once the first is gone, what the other saw is delivered")


async def test_a_prober_that_lost_its_name_while_its_session_was_cut_goes_on_watching_and_waits(
    url: str, running_postgres: Postgres, tmp_path: Path
) -> None:
    async with Vantage(url, tmp_path / "one.db", "brest").running() as one:
        one.see(*SEEN[:2])
        await until(lambda: len(stored(url, "brest")) == 2, "delivered")
        other = Inbox.of(url, "brest")
        with running_postgres.connect(url.rpartition("/")[2]) as connection:
            ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            connection.execute(ended)
            await asyncio.to_thread(claim_soon, other)
        one.see(*SEEN[2:4])
        await until(lambda: one.heard.waiting == 2, "what it sees waits")
        assert len(stored(url, "brest")) == 2
        other.close()
        await until(lambda: len(stored(url, "brest")) == 4, "the name is free again")


def claim_soon(inbox: Inbox) -> None:
    for _ in range(200):
        with suppress(VantageTakenError):
            return inbox.claim()
    pytest.fail("the name was never free")


# --- copies of a spool


async def deliver(url: str, path: Path, name: str, observations: list[Observation]) -> None:
    """A prober's whole life: it sees this, delivers it, and is gone."""
    async with Vantage(url, path, name).running() as vantage:
        before = len(stored(url, name)) if observations else 0
        vantage.see(*observations)
        await until(lambda: vantage.heard.waiting == 0 and len(stored(url, name)) == before + len(observations), "delivered")


async def test_a_spool_put_back_from_a_copy_loses_and_doubles_nothing(url: str, tmp_path: Path) -> None:
    spool, copy = tmp_path / "spool.db", tmp_path / "copy.db"
    open_store(url).dispose()
    await deliver(url, spool, "brest", SEEN[:3])
    shutil.copy(spool, copy)
    await deliver(url, spool, "brest", SEEN[3:5])
    shutil.copy(copy, spool)
    await deliver(url, spool, "brest", SEEN[5:])
    assert stored(url, "brest") == named(SEEN, "brest")


async def test_two_vantages_with_copies_of_one_spool_lose_nothing(url: str, tmp_path: Path) -> None:
    """A machine that was cloned, and given a name of its own."""
    spool, clone = tmp_path / "spool.db", tmp_path / "clone.db"
    open_store(url).dispose()
    await deliver(url, spool, "brest", SEEN[:3])
    shutil.copy(spool, clone)
    await asyncio.gather(deliver(url, spool, "brest", SEEN[3:]), deliver(url, clone, "lille", SEEN[3:]))
    assert stored(url, "brest") == named(SEEN, "brest")
    assert stored(url, "lille") == named(SEEN[3:], "lille")


async def test_what_was_not_delivered_before_a_restart_is_after_it(url: str, tmp_path: Path) -> None:
    spool = tmp_path / "spool.db"
    open_store(url).dispose()
    for number in range(0, 6, 2):  # three lives without the store
        life = Vantage("postgresql://vigie@127.0.0.1:1/vigie", spool, "brest")
        life.see(*SEEN[number : number + 2])
        life.engine.dispose()
        life.reading.dispose()
    async with Vantage(url, spool, "brest").running() as last:
        last.see(*SEEN[6:])
        await until(lambda: len(stored(url, "brest")) == len(SEEN), "delivered")
    assert stored(url, "brest") == named(SEEN, "brest")


# --- clocks, and what cannot be stored


class Ahead(SystemClock):
    """A machine whose clock is ten minutes ahead."""

    def now_us(self) -> int:
        return super().now_us() + 600_000_000


async def test_a_clock_that_differs_from_the_stores_is_told(url: str, tmp_path: Path) -> None:
    async with Vantage(url, tmp_path / "one.db", "brest", Ahead()).running() as ahead:
        await until(lambda: ahead.heard.ahead_us is not None, "told")
        assert ahead.heard.ahead_us is not None
        assert 590_000_000 < ahead.heard.ahead_us < 610_000_000
    async with Vantage(url, tmp_path / "other.db", "lille").running() as right:
        await until(lambda: right.heard.ahead_us is not None, "told")
        assert right.heard.ahead_us is not None
        assert abs(right.heard.ahead_us) < 10_000_000


async def test_what_the_store_can_never_take_is_given_up_and_the_rest_delivered(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a number that is too large for the server would be."""
    real = inbox_module._columns

    def columns(seen: Observation, source: str, number: int, received_us: int) -> dict[str, Any]:
        return {**real(seen, source, number, received_us), **({"lag_us": 2**63} if number in (2, 7) else {})}

    monkeypatch.setattr(inbox_module, "_columns", columns)
    async with Vantage(url, tmp_path / "spool.db", "brest").running() as brest:
        brest.see(*SEEN)
        await until(lambda: brest.heard.gone == 2 and brest.heard.waiting == 0, "given up")
    assert stored(url, "brest") == named([one for number, one in enumerate(SEEN, start=1) if number not in (2, 7)], "brest")


@pytest.fixture
def inbox(url: str) -> Iterator[Inbox]:
    open_store(url).dispose()
    inbox = Inbox.of(url, "brest")
    yield inbox
    inbox.close()


def test_odd_characters_are_stored_as_far_as_the_server_can(inbox: Inbox, url: str) -> None:
    odd = replace(mire(0), vantage="brest", extract="a\0b \U0001f600", code="Y\0", tiles=(replace(mire(0).tiles[0], uid="u\0id"),))
    inbox.deliver("x", "brest", [(1, odd)], 0)
    [one] = stored(url, "brest")
    assert one.tiles[0].uid == "u\0id"
    assert one.extract == "a\N{REPLACEMENT CHARACTER}b \U0001f600"
    assert one.code == "Y\N{REPLACEMENT CHARACTER}"


def test_numbers_leave_none_out_where_transactions_fail(inbox: Inbox, url: str) -> None:
    """A replay tells by them that nothing was deleted."""
    inbox.deliver("x", "brest", [(1, mire(0))], 0)
    for _ in range(3):
        with pytest.raises(UnwritableError):
            inbox.deliver("x", "brest", [(2, replace(mire(1), lag_us=2**63))], 0)
    inbox.deliver("x", "brest", [(2, mire(2)), (3, mire(3))], 0)
    engine = open_store(url, create=False)
    assert [number for number, _ in Reader(engine).observations()] == [1, 2, 3]
    engine.dispose()
