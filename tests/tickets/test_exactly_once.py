"""Exactly once per act, in order: whatever fails, wherever, and however often the process dies."""

import asyncio
import os
import random
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import event

from probe.core.incident.model import ActKind
from probe.errors import LedgerError
from probe.incidents.store import outbox
from probe.incidents.store.outbox import LetterState
from probe.ledger.db.store import writing
from probe.tickets.deliverer import Pace
from probe.tickets.message import Message, RefusedLetterError, TemporaryError, Verb
from probe.tickets.wording import TicketWording
from tests.builders import SECOND
from tests.fakes import incident_acts
from tests.fakes.clock import FakeClock
from tests.fakes.deliveries import Deliveries, until
from tests.fakes.recorder import ledger, new_ledger

ROOT = Path(__file__).resolve().parents[2]


class Killed(BaseException):
    """The process is gone: nobody catches it."""


class TicketFile:
    """A ticket system that can be asked what it has, and that fails as it is told:
    before or after it took what was brought.
    """

    def __init__(self) -> None:
        # reference -> keys, in the order in which they were written
        self.tickets: dict[str, list[str]] = {}
        self.marks: dict[str, str] = {}
        self.failures: list[str] = []
        self.proofs = 0

    async def deliver(self, message: Message, reference: str | None) -> str:
        self._fail("lookup")
        if reference is None:
            reference = self.marks.get(message.mark)
            if reference is not None and message.key in self.tickets[reference]:
                return reference
        elif message.doubt and message.key in self.tickets[reference]:
            return reference
        self._fail("before")
        if reference is None:
            reference = str(len(self.tickets) + 1)
            self.marks[message.mark] = reference
            self.tickets[reference] = []
        self.tickets[reference].append(message.key)
        self._fail("after")
        return reference

    def _fail(self, where: str) -> None:
        if not self.failures or not self.failures[0].startswith(where):
            return
        how = self.failures.pop(0).partition(" ")[2]
        if how == "killed":
            raise Killed
        if how == "refused":
            raise RefusedLetterError("no", doubt=where == "after")
        raise TemporaryError("later", doubt=where == "after", away=how == "away")

    async def prove(self) -> bool:
        self.proofs += 1
        self._fail("proof")
        return True

    async def close(self) -> None:
        pass


POINTS = [
    "lookup later", "lookup killed", "before away", "before refused", "before killed",
    "after later", "after refused", "after killed", "after killed",
]  # fmt: skip


class Story(RuleBasedStateMachine):
    """Acts are written and delivered in any interleaving, and anything may fail."""

    @initialize()
    def begin(self) -> None:
        self.folder = TemporaryDirectory()
        self.engine = new_ledger(Path(self.folder.name) / "vigie.db")
        event.listen(self.engine, "commit", self._lose_commit)
        self.commits_left = 0  # the one that fails, counted from now; 0: none
        self.clock = FakeClock(incident_acts.OPENED_US)
        self.systems = {"rt": TicketFile(), "glpi": TicketFile()}
        self.deliveries = Deliveries(self.engine, self.systems, self.clock, Pace(SECOND, 60 * SECOND, 10 * SECOND, 2 * SECOND))
        self.loop = asyncio.new_event_loop()

    def _lose_commit(self, _connection: Any) -> None:
        self.commits_left -= 1
        if self.commits_left == 0:
            raise sqlite3.OperationalError("disk I/O error")

    @rule(number=st.integers(1, 2), count=st.integers(1, 4))
    def write(self, number: int, count: int) -> None:
        for _ in range(count):
            first = number not in self.deliveries.teller.acts
            self.deliveries.put(number, (ActKind.OPENED, {"title": "x"}) if first else (ActKind.COMMENTED, {"text": "y"}))

    @rule(system=st.sampled_from(["rt", "glpi"]), failures=st.lists(st.sampled_from(POINTS), max_size=3), commits=st.integers(0, 6))
    def deliver(self, system: str, failures: list[str], commits: int) -> None:
        self.systems[system].failures = list(failures)
        self.commits_left = commits
        try:
            while self.loop.run_until_complete(self.deliveries.deliverer.deliver_next(system)):
                pass
        except (Killed, LedgerError, sqlite3.OperationalError):
            self.deliveries.deliverer = self.deliveries.another()  # a restart
        self.commits_left = 0
        self.systems[system].failures = []

    @rule(seconds=st.sampled_from([1, 3, 100, -50, -(10**6)]))
    def let_time_pass_or_set_the_clock_back(self, seconds: int) -> None:
        self.clock.step_us(seconds * SECOND)

    @rule()
    def revive(self) -> None:
        with writing(self.engine) as connection:
            outbox.revive(connection, self.clock.now_us())

    @invariant()
    def nothing_came_twice_or_out_of_order(self) -> None:
        for system in getattr(self, "systems", {}).values():
            assert len(system.tickets) == len(system.marks)
            for keys in system.tickets.values():
                assert [int(key.rpartition(".")[2]) for key in keys] == list(range(1, len(keys) + 1))

    def teardown(self) -> None:
        try:
            self.in_the_end_all_of_it_is_there()
        finally:
            self.loop.close()
            self.engine.dispose()
            self.folder.cleanup()

    def in_the_end_all_of_it_is_there(self) -> None:
        for name, system in self.systems.items():
            system.failures = []
            for _ in range(3):
                self.revive()
                self.clock.step_us(2 * outbox.LATEST_US)
                while self.loop.run_until_complete(self.deliveries.deliverer.deliver_next(name)):
                    pass
            told = sorted(len(keys) for keys in system.tickets.values())
            assert told == sorted(map(len, self.deliveries.teller.acts.values()))
        self.nothing_came_twice_or_out_of_order()
        assert all(row.state == LetterState.DELIVERED for row in self.deliveries.rows())


Story.TestCase.settings = settings(
    max_examples=15, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
TestStory = Story.TestCase


# --- kill -9


_CHILD = """
    import asyncio, json, os, sys
    from pathlib import Path
    sys.path.insert(0, {root!r})
    from probe.ledger.db.store import open_store
    from probe.tickets.message import Verb
    from tests.fakes import incident_acts
    from tests.fakes.deliveries import Deliveries

    class Slow:
        '''A ticket system in a file; it answers slowly, so that the end comes between what it did and what we wrote.'''
        async def deliver(self, message, reference):
            place = Path({system!r})
            lines = place.read_text().splitlines() if place.exists() else []
            asked = reference is None or message.doubt
            if not (asked and message.key in lines):
                with place.open("a") as out:
                    out.write(message.key + "\\n")
                await asyncio.sleep({pause!r})
            return "T1"

        async def prove(self):
            return False

        async def close(self):
            pass

    deliveries = Deliveries(open_store(Path({store!r})), {{"rt": Slow()}})
    deliveries.teller.acts[1] = incident_acts.acts(1)
    print("ready", flush=True)
    asyncio.run(deliveries.deliverer.run())
"""


def child(store: Path, system: Path, pause: float) -> "subprocess.Popen[str]":
    code = textwrap.dedent(_CHILD.format(root=str(ROOT), store=str(store), system=str(system), pause=pause))
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT)


def test_killed_between_the_answer_and_the_commit_nothing_is_told_twice(tmp_path: Path) -> None:
    place, system, chance = tmp_path / "vigie.db", tmp_path / "system", random.Random(3)
    with ledger(place) as engine:
        deliveries = Deliveries(engine, {"rt": None})  # type: ignore[dict-item]  # another process delivers
        deliveries.put(1, *incident_acts.WHOLE)
        kills, end = 0, time.monotonic() + 240
        while deliveries.standing() and time.monotonic() < end:
            lines = len(system.read_text().splitlines()) if system.exists() else 0
            process = child(place, system, 0.0 if kills >= 5 else 3600.0)
            try:
                assert process.stdout is not None
                assert process.stdout.readline() == "ready\n"
                if kills >= 5:
                    while deliveries.standing() and time.monotonic() < end:
                        time.sleep(0.05)
                else:
                    while not system.exists() or len(system.read_text().splitlines()) == lines:
                        assert time.monotonic() < end
                        time.sleep(0.02)
                    time.sleep(chance.random() * 0.1)
            finally:
                os.kill(process.pid, signal.SIGKILL)
                process.wait()
                process.stdout.close()
            kills += 1
    told = [int(key.rpartition(".")[2]) for key in system.read_text().splitlines()]
    assert told == list(range(1, len(incident_acts.WHOLE) + 1))
    assert kills == 6


# --- the loop


@pytest.fixture
def deliveries(tmp_path: Path) -> Iterator[Deliveries]:
    with ledger(tmp_path / "vigie.db") as engine:
        yield Deliveries(engine, {"rt": TicketFile(), "mail": TicketFile()})


class Hanging(TicketFile):
    async def deliver(self, message: Message, reference: str | None) -> str:
        await asyncio.Event().wait()
        raise AssertionError


async def test_a_system_that_hangs_keeps_no_other_waiting_and_is_left_in_doubt_at_the_stop(deliveries: Deliveries) -> None:
    deliveries.systems = {"rt": Hanging(), "mail": TicketFile()}
    deliveries.deliverer = deliveries.another()
    deliveries.put(1, *incident_acts.WHOLE)
    running = asyncio.create_task(deliveries.deliverer.run())
    await until(lambda: "mail" not in deliveries.standing())
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert deliveries.standing()["rt"].waiting == len(incident_acts.WHOLE)
    assert [row.doubt for row in deliveries.rows() if row.system == "rt"][:2] == [True, False]


async def test_a_try_ends_at_its_deadline(deliveries: Deliveries) -> None:
    deliveries.systems, deliveries.pace = {"rt": Hanging()}, Pace(deadline_us=50_000)
    deliveries.deliverer = deliveries.another()
    deliveries.put(1, *incident_acts.WHOLE[:1])
    assert await deliveries.deliverer.deliver_next("rt")
    assert [row.error for row in deliveries.listed() if row.system == "rt"] == ["no answer within the deadline"]


class Buggy(TicketFile):
    async def deliver(self, message: Message, reference: str | None) -> str:
        raise ZeroDivisionError("hunter2000")


async def test_a_bug_of_ours_is_a_dead_letter_and_no_end_of_the_watch(deliveries: Deliveries) -> None:
    deliveries.systems = {"rt": Buggy()}
    deliveries.deliverer = deliveries.another()
    deliveries.put(1, *incident_acts.WHOLE[:1])
    await deliveries.drain("rt")
    assert [(row.state, row.error) for row in deliveries.listed() if row.system == "rt"] == [
        (LetterState.DEAD, "a bug of ours (ZeroDivisionError)")
    ]


async def test_what_is_put_while_it_runs_is_delivered_at_once(deliveries: Deliveries) -> None:
    running = asyncio.create_task(deliveries.deliverer.run())
    await asyncio.sleep(0.2)
    for act in incident_acts.WHOLE:
        deliveries.put(1, act)
        deliveries.deliverer.wake()
    await until(lambda: not deliveries.standing())
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert all(len(system.tickets["1"]) == len(incident_acts.WHOLE) for system in deliveries.systems.values())  # type: ignore[attr-defined]


async def test_a_system_that_answers_again_is_told_all_that_waits_at_once(deliveries: Deliveries) -> None:
    clock = FakeClock(incident_acts.OPENED_US)
    deliveries.clock, deliveries.pace = clock, Pace()
    deliveries.deliverer = deliveries.another()
    for number in range(1, 6):
        deliveries.put(number, *incident_acts.WHOLE[:2])
    system = deliveries.systems["rt"]
    assert isinstance(system, TicketFile)
    system.failures = ["before away"]
    await deliveries.drain("rt")
    assert system.tickets == {}
    clock.step_us(5 * SECOND)
    await deliveries.drain("rt")
    assert [len(keys) for keys in system.tickets.values()] == [2] * 5


def test_pauses_double_up_to_their_bound_and_are_never_in_step() -> None:
    pace, chance = Pace(first_us=5 * SECOND, longest_us=300 * SECOND), random.Random(1)
    for tries, longest in ((1, 5), (2, 10), (3, 20), (6, 160), (7, 300), (100, 300), (10_000, 300)):
        pauses = [pace.pause_us(tries, chance) for _ in range(100)]
        assert longest * SECOND // 2 <= min(pauses) < max(pauses) <= longest * SECOND
        assert len(set(pauses)) > 90


def test_every_verb_is_some_acts() -> None:
    words = TicketWording("fr", "Europe/Paris")
    whole = incident_acts.acts(1)
    told = {words.message(incident_acts.story(whole[:count])).verb for count in range(1, len(whole) + 1)}
    assert told == set(Verb)


class Deaf:
    """A ticket system whose library takes a cancellation for itself, as `asyncio.wait_for` of
    Python 3.11 does when its answer comes in the same turn.
    """

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    async def deliver(self, message: object, reference: str | None) -> str:
        self.asked.set()
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        return "1"

    async def prove(self) -> bool:
        return False

    async def close(self) -> None:
        pass


async def test_a_cancellation_that_a_library_takes_for_itself_ends_the_deliverer(tmp_path: Path) -> None:
    deaf = Deaf()
    deliveries = Deliveries(new_ledger(tmp_path / "l.db"), {"deaf": deaf})
    deliveries.put(1, *incident_acts.WHOLE[:1])
    running = asyncio.create_task(deliveries.deliverer.run())
    await asyncio.wait_for(deaf.asked.wait(), 20)
    running.cancel()
    done, _ = await asyncio.wait([running], timeout=20)
    assert done
    assert running.cancelled()
    assert not any(row.waiting for row in deliveries.standing().values())


# --- the proof of a way


class Ways:
    """Hears what the deliverer learns of each way."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []

    def ticket_delivered(self, system: str) -> None:
        self.heard.append((system, "delivered"))

    def ticket_failed(self, system: str) -> None:
        self.heard.append((system, "failed"))

    def system_reached(self, system: str, at_us: int) -> None:
        self.heard.append((system, "reached"))

    def system_unreachable(self, system: str) -> None:
        self.heard.append((system, "unreachable"))


PROVED = Pace(proof_us=900 * SECOND)


@pytest.fixture
def proved(tmp_path: Path) -> tuple[Deliveries, TicketFile, FakeClock, Ways]:
    clock, system, ways = FakeClock(incident_acts.OPENED_US), TicketFile(), Ways()
    deliveries = Deliveries(new_ledger(tmp_path / "l.db"), {"rt": system}, clock, PROVED)
    deliveries.deliverer = deliveries.another(listener=ways)
    return deliveries, system, clock, ways


async def test_a_system_is_proved_at_the_start_and_after_every_quarter_of_an_hour_of_silence(
    proved: tuple[Deliveries, TicketFile, FakeClock, Ways],
) -> None:
    deliveries, system, clock, ways = proved
    for seconds in (0, 1, 899, 1, 600):
        await clock.advance_us(seconds * SECOND)
        await deliveries.deliverer.prove_if_due("rt")
    assert (system.proofs, ways.heard) == (2, [("rt", "reached")] * 2)


async def test_a_message_proves_a_system_as_well(proved: tuple[Deliveries, TicketFile, FakeClock, Ways]) -> None:
    deliveries, system, _, ways = proved
    deliveries.put(1, *incident_acts.WHOLE[:1])
    await deliveries.drain("rt")
    await deliveries.deliverer.prove_if_due("rt")
    assert (system.proofs, ways.heard) == (0, [("rt", "reached"), ("rt", "delivered")])


@pytest.mark.parametrize("how", ["proof away", "proof refused", "proof later"])
async def test_a_proof_that_fails_is_told_and_repeated_soon(how: str, proved: tuple[Deliveries, TicketFile, FakeClock, Ways]) -> None:
    deliveries, system, clock, ways = proved
    system.failures = [how]
    for seconds in (0, 299, 1):
        await clock.advance_us(seconds * SECOND)
        await deliveries.deliverer.prove_if_due("rt")
    assert ways.heard == [("rt", "unreachable"), ("rt", "reached")]


async def test_a_message_that_is_refused_for_what_it_says_is_no_dead_way(proved: tuple[Deliveries, TicketFile, FakeClock, Ways]) -> None:
    deliveries, system, _, ways = proved
    deliveries.put(1, *incident_acts.WHOLE[:1])
    system.failures = ["before refused"]
    await deliveries.drain("rt")
    assert ways.heard == [("rt", "failed"), ("rt", "reached")]


async def test_a_message_that_does_not_arrive_is_a_dead_way(proved: tuple[Deliveries, TicketFile, FakeClock, Ways]) -> None:
    deliveries, system, _, ways = proved
    deliveries.put(1, *incident_acts.WHOLE[:1])
    system.failures = ["before away"]
    await deliveries.drain("rt")
    assert ways.heard == [("rt", "failed"), ("rt", "unreachable")]
