"""An outbox in the tests' hands: letters put as a register would,
and a deliverer that tells them.
"""

import asyncio
import random
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Engine, select

from probe.clock import Clock, SystemClock
from probe.core.incident.model import Act, ActKind, Severity
from probe.incidents.store import outbox
from probe.incidents.store.outbox import Outbox, Route
from probe.ledger.db import schema
from probe.ledger.db.store import writing
from probe.ledger.figures.runs import on
from probe.tickets.deliverer import Deliverer, Pace
from probe.tickets.message import TicketSystem
from probe.tickets.wording import Sites, TicketWording
from tests.fakes import incident_acts

ALL = frozenset(Severity)
QUICK = Pace(first_us=20_000, longest_us=200_000, deadline_us=30_000_000, doubt_us=20_000)


class Deliveries:
    """A store with an outbox, the acts it tells, and a deliverer."""

    def __init__(self, engine: Engine, systems: Mapping[str, TicketSystem], clock: Clock | None = None, pace: Pace = QUICK) -> None:
        self.engine = engine
        self.clock = clock or SystemClock()
        self.teller = incident_acts.FakeHistory()
        self.systems = systems
        self.routes = [Route(name, ALL) for name in systems]
        self.outbox = Outbox(outbox.on_file(engine))
        self.pace = pace
        self.deliverer = self.another()

    def another(self, **changed: Any) -> Deliverer:
        """A deliverer of the same outbox, as after a restart."""
        words = TicketWording("fr", "Europe/Paris", Sites("https://vigie.example", "https://grafana.example"))
        paces = dict.fromkeys(self.systems, self.pace)
        given: dict[str, Any] = {"paces": paces, "chance": random.Random(7), **changed}
        return Deliverer(given.pop("outbox", self.outbox), self.systems, self.teller, words, self.clock, **given)

    def put(self, number: int, *what: tuple[ActKind, dict[str, Any]], severity: Severity = Severity.MAJOR) -> None:
        """Further acts of an incident, committed with their letters."""
        told = self.teller.acts.setdefault(number, [])
        told += incident_acts.acts(number, [*((act.kind, dict(act.data)) for act in told), *what])[len(told) :]
        with writing(self.engine) as connection:
            outbox.put(connection, self.routes, incident_acts.incident(told, severity), self.clock.now_us())

    def acts(self, number: int) -> list[Act]:
        return self.teller.acts[number]

    async def settle(self, seconds: float = 60.0) -> None:
        """Run the deliverer until nothing waits."""
        running = asyncio.create_task(self.deliverer.run())
        try:
            async with asyncio.timeout(seconds):
                while any(row.waiting for row in self.standing().values()):
                    if running.done():
                        running.result()
                    await asyncio.sleep(0.05)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    async def drain(self, system: str) -> None:
        """Deliver what is due, once."""
        while await self.deliverer.deliver_next(system):
            pass

    def standing(self) -> dict[str, outbox.QueueCounts]:
        with self.engine.connect() as connection:
            return outbox.queue_counts(on(connection))

    def listed(self) -> list[outbox.UndeliveredLetter]:
        with self.engine.connect() as connection:
            return outbox.listed(on(connection))

    def ticket(self, number: int) -> str:
        """The reference of an incident's only ticket."""
        with self.engine.connect() as connection:
            (found,) = outbox.tickets(on(connection), number)
            return found.reference

    def rows(self) -> list[Any]:
        with self.engine.connect() as connection:
            return list(
                connection.execute(select(schema.outbox).order_by(schema.outbox.c.system, schema.outbox.c.incident, schema.outbox.c.act))
            )


async def until(done: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for something. Raises AssertionError when it does not come."""
    end = asyncio.get_running_loop().time() + seconds
    while not done():
        assert asyncio.get_running_loop().time() < end
        await asyncio.sleep(0.02)
