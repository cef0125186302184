"""The deactivation flags in the database: their steps, chained by hashes.

A flag is the result of its steps (`probe.core.incident.deactivation`). As in
`probe.incidents.store.register`, the caller of `write` has a transaction that took `register.hold`.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, insert, select

from probe.core.incident.deactivation import WEBHOOK, Flag, FlagAct, FlagStep, apply
from probe.errors import LedgerError
from probe.incidents.store import outbox
from probe.ledger.db import schema
from probe.ledger.db.chain import append


class WrittenStep(NamedTuple):
    """A written step of a flag, its number, and the flag after it."""

    seq: int
    act: FlagAct
    flag: Flag


class Flags:
    """The latest flag of every IdP that ever had one, by (hub, idp).

    `refresh` reads only the steps that were written since the last time.
    """

    def __init__(self, latest: Mapping[tuple[str, str], Flag] | None = None, seq: int = 0) -> None:
        self.latest = dict(latest or {})
        self.seq = seq

    def copy(self) -> "Flags":
        """Return a copy, for data that may still be rolled back."""
        return Flags(self.latest, self.seq)

    def refresh(self, connection: Connection) -> None:
        """Read the new steps.

        Raises LedgerError for a row that cannot be read, and RefusedActError for a step that cannot
        follow those before it.
        """
        for seq, act in acts_after(connection, self.seq):
            self._take(seq, act)

    def of_hub(self, hub: str) -> dict[str, Flag]:
        return {idp: flag for (name, idp), flag in self.latest.items() if name == hub}

    def write(self, connection: Connection, acts: Iterable[FlagAct], now_us: int) -> list[WrittenStep]:
        """Append steps, in their order.

        Raises RefusedActError when the rules forbid one; the caller must then roll back.
        """
        return [self._write(connection, act, now_us) for act in acts]

    def _write(self, connection: Connection, act: FlagAct, now_us: int) -> WrittenStep:
        apply(self.latest.get((act.hub, act.idp)), act)
        columns = {
            "hub": act.hub,
            "idp": act.idp,
            "at_us": act.at_us,
            "author": act.author,
            "kind": act.step.value,
            "data": {"reason": act.reason, "evidence": dict(act.evidence)},
            "recorded_us": now_us,
        }
        seq = append(connection, schema.flag_act, columns)
        return WrittenStep(seq, act, self._take(seq, act))

    def _take(self, seq: int, act: FlagAct) -> Flag:
        flag = self.latest[act.hub, act.idp] = apply(self.latest.get((act.hub, act.idp)), act)
        self.seq = seq
        return flag


def acts_after(connection: Connection, seq: int = 0, hub: str | None = None, idp: str | None = None) -> Iterator[tuple[int, FlagAct]]:
    """Yield every step after number `seq`, with its number, in the order of writing.

    Raises LedgerError for a row that cannot be read.
    """
    table = schema.flag_act
    query = select(table).where(table.c.seq > seq).order_by(table.c.seq)
    for column, value in ((table.c.hub, hub), (table.c.idp, idp)):
        query = query if value is None else query.where(column == value)
    for row in connection.execute(query).mappings():
        yield row["seq"], to_act(row)


def post(connection: Connection, act: FlagAct, at_us: int) -> None:
    """Write the letter of the latest step to the webhook, in the caller's transaction.

    The letter's `incident` is the number of the flag's first step, its `act` the step's place.
    """
    steps = list(acts_after(connection, 0, act.hub, act.idp))
    first = max(place for place, (_, each) in enumerate(steps) if each.step is FlagStep.PROPOSED)
    row = {"system": WEBHOOK, "incident": steps[first][0], "act": len(steps) - first, "put_us": at_us, "due_us": at_us}
    connection.execute(insert(schema.outbox), {**row, "state": outbox.LetterState.WAITING, "doubt": False})


def steps_of(connection: Connection, first: int) -> list[FlagAct]:
    """Return the steps of the flag whose first step has this number, in their order."""
    row = connection.execute(select(schema.flag_act).where(schema.flag_act.c.seq == first)).mappings().first()
    if row is None:
        return []
    later = [act for _, act in acts_after(connection, first, row["hub"], row["idp"])]
    end = next((place for place, act in enumerate(later) if act.step is FlagStep.PROPOSED), len(later))
    return [to_act(row), *later[:end]]


def to_act(row: Mapping[Any, Any]) -> FlagAct:
    """Read a row. Raises LedgerError when it was not written by Vigie."""
    try:
        data = row["data"]
        return FlagAct(row["hub"], row["idp"], FlagStep(row["kind"]), row["at_us"], row["author"], data["reason"], data["evidence"])
    except (ValueError, KeyError, TypeError) as error:
        raise LedgerError(f"the register holds what Vigie did not write ({type(error).__name__})") from error
