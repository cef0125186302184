"""The deliverer: takes letters from the outbox, one at a time for each system, and records the
result.

It runs beside the watch and never delays it: a thread asks the store, a try has one deadline, and
each system has a loop of its own. A failed try is repeated after a pause that doubles, with jitter,
up to a bound. When a system cannot be reached, all its letters wait; once it answers, all of them
are due. A letter that is refused for good is dead until a person looks at it.

A system that has not been asked anything for a while is asked for something that changes nothing,
so that a dead way is known before an incident needs it.

A try that is broken off (by a stop, `kill -9`, a lost store) leaves its letter in doubt: the next
try asks the system first whether it has the message.
"""

import asyncio
import random
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import ParamSpec, Protocol, TypeVar

import structlog

from probe.clock import Clock
from probe.errors import LedgerError
from probe.incidents.store.outbox import LONGEST_ERROR, Outbox, OutboxMessage
from probe.ledger.db.session_lock import SessionLock
from probe.logs import Masker, frames
from probe.tickets.message import Message, RefusedLetterError, TemporaryError, TicketError, TicketSystem
from probe.tickets.wording import Story, TicketWording
from probe.waiting import backoff_us, set_within
from probe.worker import Worker

QUIET_US = 1_000_000  # between two looks into an empty outbox
LEADER_US = 3_000_000  # between two looks at the leader's lock
AGAIN_US = 300_000_000  # after a proof that failed, at most
LATER = 1 << 62  # never
STORE_AWAY_US = 3_000_000  # after the store could not be asked

_STOP_SECONDS = 5.0

P = ParamSpec("P")
R = TypeVar("R")

log = structlog.get_logger(__name__)

ReadStory = Callable[[int, int], Story]
"""Incident and act -> the incident up to that act.

It runs in a thread, and raises LedgerError when the store cannot be read.
"""

Compose = Callable[[OutboxMessage], Message]
"""The letter of a system without incidents -> its message.

It runs in a thread, and raises LedgerError or RefusedLetterError.
"""


class DeliveryListener(Protocol):
    """Counts the deliveries."""

    def ticket_delivered(self, system: str) -> None: ...
    def ticket_failed(self, system: str) -> None: ...
    def system_reached(self, system: str, at_us: int) -> None: ...
    def system_unreachable(self, system: str) -> None: ...


class NoDeliveryListener:
    """A listener that does nothing."""

    def ticket_delivered(self, system: str) -> None:
        pass

    def ticket_failed(self, system: str) -> None:
        pass

    def system_reached(self, system: str, at_us: int) -> None:
        pass

    def system_unreachable(self, system: str) -> None:
        pass


@dataclass(frozen=True, slots=True)
class Pace:
    """The pauses between tries, in microseconds.

    `first_us`: after the first failure. `longest_us`: the bound. `deadline_us`: how long one try
    may take. `doubt_us`: the least pause after a try that may have succeeded, since a system that
    still works on it does not show its result yet. `proof_us`: after so long without an exchange
    the system is asked for something that changes nothing; 0: never.
    """

    first_us: int = 5_000_000
    longest_us: int = 300_000_000
    deadline_us: int = 60_000_000
    doubt_us: int = 60_000_000
    proof_us: int = 0

    def pause_us(self, tries: int, chance: random.Random) -> int:
        """Return the pause after that many tries: doubled each time, and bounded.

        It is shortened at random by up to a half, so that letters are not retried all at once.
        """
        longest = backoff_us(tries, self.first_us, self.longest_us)
        return longest - chance.randrange(longest // 2 + 1)


class Deliverer:
    """Delivers the outbox to ticket systems.

    `leader`: the lock of a shared store, where one prober of several delivers; None for a store of
    one prober.
    """

    def __init__(
        self,
        outbox: Outbox,
        systems: Mapping[str, TicketSystem],
        read_story: ReadStory,
        words: TicketWording,
        clock: Clock,
        *,
        leader: SessionLock | None = None,
        listener: DeliveryListener | None = None,
        masker: Masker | None = None,
        paces: Mapping[str, Pace] | None = None,
        chance: random.Random | None = None,
        composed: Mapping[str, Compose] | None = None,
    ) -> None:
        """`composed`: for each system that gets no incidents, how its messages are made."""
        self._outbox = outbox
        self._composed = dict(composed or {})
        self._systems = dict(systems)
        self._read_story = read_story
        self._words = words
        self._clock = clock
        self._leader = leader
        self._listener = listener or NoDeliveryListener()
        self._masker = masker or Masker()
        self._paces = {name: (paces or {}).get(name, Pace()) for name in self._systems}
        self._chance = chance or random.SystemRandom()
        self._away: set[str] = set()
        self._worker = Worker("outbox")  # its own thread, which a store that hangs may block
        self._news = {name: asyncio.Event() for name in self._systems}
        self._prove_us = {name: 0 for name, pace in self._paces.items() if pace.proof_us}  # when next, on the monotonic clock

    def wake(self) -> None:
        """Look into the outbox at once. To be called in the loop's thread."""
        for news in self._news.values():
            news.set()

    async def run(self) -> None:
        """Deliver until cancelled. A try that is under way is broken off, and left in doubt."""
        try:
            while True:
                if self._systems and (self._leader is None or await self._take_lead(self._leader)):
                    await self._deliver_all()
                await self._clock.sleep_us(LEADER_US)
        finally:
            await self._close()

    async def _close(self) -> None:
        for system in self._systems.values():
            with suppress(TicketError, OSError):
                await system.close()
        if self._leader is not None:
            await self._in_store(self._leader.close)

    async def _take_lead(self, leader: SessionLock) -> bool:
        try:
            taken = await self._in_store(leader.take)
        except LedgerError as error:
            log.warning("outbox_away", error=str(error))
            return False
        if taken:
            log.info("delivering_tickets")
        return taken

    async def _deliver_all(self) -> None:
        """Deliver to all systems at once, until cancelled or until the lead is lost."""
        async with asyncio.TaskGroup() as group:
            loops = [group.create_task(self._serve(name)) for name in self._systems]
            if self._leader is None:
                return
            await self._hold(self._leader)
            for loop in loops:
                loop.cancel()

    async def _hold(self, leader: SessionLock) -> None:
        """Keep the lead; return once it is lost."""
        while leader.held:
            try:
                await self._in_store(leader.hold)
            except LedgerError as error:
                log.warning("outbox_away", error=str(error))
                return
            await self._clock.sleep_us(LEADER_US)

    async def _serve(self, name: str) -> None:
        """Deliver to one system until cancelled.

        A cancellation that comes together with a system's answer is lost in `asyncio.wait_for` of
        Python 3.11, by which libraries wait. So it is looked for after each letter.
        """
        while not _is_cancelled():
            try:
                busy = await self.deliver_next(name)
            except LedgerError as error:
                log.warning("outbox_away", system=name, error=str(error))
                await self._clock.sleep_us(STORE_AWAY_US)
                continue
            if not busy:
                await self.prove_if_due(name)
                await set_within(self._news[name], QUIET_US, self._clock)
                self._news[name].clear()
        raise asyncio.CancelledError

    async def deliver_next(self, name: str) -> bool:
        """Deliver the next letter of a system that is due, and return whether there was one.

        Raises LedgerError when the store cannot be asked.
        """
        letter = await self._in_store(self._outbox.take, name, self._clock.now_us(), self._paces[name].doubt_us)
        if letter is None:
            return False
        try:
            reference = await self._try(letter)
        except TicketError as error:
            self._listener.ticket_failed(name)
            self._contacted(name, error)
            await self._failed(letter, error)
            return True
        self._contacted(name)
        await self._in_store(self._outbox.delivered, letter, reference, self._clock.now_us())
        self._listener.ticket_delivered(name)
        log.info("ticket_delivered", system=name, incident=letter.incident, act=letter.act, ticket=reference)
        if name in self._away:
            self._away.discard(name)
            await self._in_store(self._outbox.hurry, name, self._clock.now_us())
        return True

    async def prove_if_due(self, name: str) -> None:
        """Ask a system for something that changes nothing, if no exchange proved it for a while."""
        if self._clock.monotonic_us() < self._prove_us.get(name, LATER):
            return
        try:
            async with asyncio.timeout(self._paces[name].deadline_us / 1_000_000):
                provable = await self._systems[name].prove()
        except TimeoutError:
            self._not_proved(name, TemporaryError("no answer within the deadline", away=True))
        except TicketError as error:
            self._not_proved(name, error)
        except Exception as error:  # noqa: BLE001 - our bug must not end the delivery
            log.error("ticket_bug", system=name, error=type(error).__name__, frames=frames(error))
            del self._prove_us[name]
        else:
            if not provable:
                del self._prove_us[name]
                return
            self._contacted(name)

    def _not_proved(self, name: str, error: TicketError) -> None:
        log.warning("ticket_system_not_proved", system=name, error=self._masker.text(str(error))[:LONGEST_ERROR])
        self._contacted(name, error, letter=False)

    def _contacted(self, name: str, error: TicketError | None = None, *, letter: bool = True) -> None:
        """Take note of an exchange with a system, and set when the next proof is due.

        A letter that is refused for what it says proves the system as well as one that is taken.
        """
        failed = error is not None and not (letter and isinstance(error, RefusedLetterError))
        if failed:
            self._listener.system_unreachable(name)
        else:
            self._listener.system_reached(name, self._clock.now_us())
        if name in self._prove_us:
            wait_us = self._paces[name].proof_us
            self._prove_us[name] = self._clock.monotonic_us() + (min(wait_us, AGAIN_US) if failed else wait_us)

    async def _try(self, letter: OutboxMessage) -> str:
        """Try once, and return the ticket's reference. Raises TicketError, LedgerError."""
        try:
            message = await self._message(letter)
            async with asyncio.timeout(self._paces[letter.system].deadline_us / 1_000_000):
                return await self._systems[letter.system].deliver(message, letter.reference)
        except TimeoutError:
            raise TemporaryError("no answer within the deadline", away=True) from None
        except (TicketError, LedgerError):
            raise
        except Exception as error:  # noqa: BLE001 - our bug must not end the watch; the letter is dead
            log.error("ticket_bug", system=letter.system, error=type(error).__name__, frames=frames(error))
            raise RefusedLetterError(f"a bug of ours ({type(error).__name__})") from None

    async def _message(self, letter: OutboxMessage) -> Message:
        compose = self._composed.get(letter.system)
        if compose is not None:
            return await self._in_store(compose, letter)
        story = await self._in_store(self._read_story, letter.incident, letter.act)
        return self._words.message(story, doubt=letter.doubt)

    async def _failed(self, letter: OutboxMessage, error: TicketError) -> None:
        now_us = self._clock.now_us()
        text = self._masker.text(str(error))[:LONGEST_ERROR]
        doubt = letter.doubt or error.doubt
        if not isinstance(error, TemporaryError):
            log.error("ticket_refused", system=letter.system, incident=letter.incident, act=letter.act, error=text)
            await self._in_store(self._outbox.refuse, letter, text, now_us, doubt=doubt)
            return
        pace = self._paces[letter.system]
        due_us = now_us + max(pace.pause_us(letter.tries, self._chance), error.after_us, pace.doubt_us if error.doubt else 0)
        log.warning("ticket_not_delivered", system=letter.system, incident=letter.incident, act=letter.act, tries=letter.tries, error=text)
        await self._in_store(self._outbox.fail, letter, text, due_us, doubt=doubt)
        if error.away:
            self._away.add(letter.system)
            await self._in_store(self._outbox.hold, letter.system, due_us)

    async def _in_store(self, call: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
        """Run a call on the store in the worker thread.

        A caller that is cancelled waits for its end for a few seconds, so that a result which is
        known is also recorded.
        """
        under_way = self._worker.submit(call, *arguments, **named)
        try:
            return await asyncio.shield(under_way)
        except asyncio.CancelledError:
            done, _ = await asyncio.wait((under_way,), timeout=_STOP_SECONDS)
            for one in done:
                one.exception()  # retrieved, so that asyncio logs no warning
            raise


def _is_cancelled() -> bool:
    """Whether somebody asked the current task to end."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
