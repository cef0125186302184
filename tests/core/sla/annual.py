"""The annual figure once more, by brute force: instant by instant, from docs/domain.md alone.

It shares nothing with `availability`, `correction` or `statement`. Time is cut into ticks;
what holds at a tick's start holds for the tick, so everything is placed on ticks.
Each tick is judged on its own, by asking every record what it says of it, and then counted.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

UP, BLIP, DOWN, UNKNOWN, EXCLUDED = "up", "blip", "down", "unknown", "excluded"
CONDITIONS = ("mire_missing", "identity_not_returned", "all_idps_unavailable")
HUB = "hub"
PARIS = ZoneInfo("Europe/Paris")


@dataclass(frozen=True)
class Said:
    """One thing that a person stated: `act` up, unknown or excluded, of a subject,
    from `start` to `end`; later ones win.
    """

    act: str
    subject: str
    start: int
    end: int


@dataclass(frozen=True)
class Record:
    """What is recorded: per subject, from `begins` on, one state a tick; the last one goes on."""

    tick: int
    begins: dict[str, int]
    states: dict[str, list[str]]

    def at(self, subject: str, instant: int) -> str | None:
        """The recorded state at an instant; None before the beginning."""
        if instant < self.begins[subject]:
            return None
        states = self.states[subject]
        return states[min((instant - self.begins[subject]) // self.tick, len(states) - 1)]


def amended(record: Record, said: Sequence[Said], subject: str, instant: int) -> str | None:
    """The state at an instant once people were heard."""
    state = record.at(subject, instant)
    heard = [one for one in said if one.start <= instant < one.end]
    if state is None:
        return None
    if any(one.act == EXCLUDED for one in heard):
        return EXCLUDED
    if state != DOWN:
        return state  # a correction speaks of down time only
    own = [one.act for one in heard if one.act != EXCLUDED and (one.subject == subject or (one.subject == HUB and subject in CONDITIONS))]
    if own:
        return own[-1]
    if subject == HUB:
        holding = [name for name in CONDITIONS if name in record.states and record.at(name, instant) == DOWN]
        after = [amended(record, said, name, instant) for name in holding]
        if holding and DOWN not in after:
            return UNKNOWN if UNKNOWN in after else UP
    return DOWN


@dataclass(frozen=True)
class Counted:
    """The figure of one subject over one window."""

    since: int
    up: int
    blip: int
    down: int
    unknown: int
    excluded: int
    outages: int
    months: dict[tuple[int, int], Counter[str]]

    def ratio(self, unknown_as: str | None = None) -> Fraction | None:
        up = self.up + self.blip + (self.unknown if unknown_as == UP else 0)
        down = self.down + (self.unknown if unknown_as == DOWN else 0)
        return Fraction(up, up + down) if up + down else None

    @property
    def lowest(self) -> Fraction | None:
        whole = self.up + self.blip + self.down + self.unknown
        return 1 - Fraction(self.down + self.unknown + self.blip, whole) if whole else None


def counted(record: Record, said: Sequence[Said], subject: str, start: int, end: int) -> Counted:
    """Tick by tick."""
    total: Counter[str] = Counter()
    months: dict[tuple[int, int], Counter[str]] = {}
    outages, before = 0, None
    since = end
    for instant in range(start, end, record.tick):
        state = amended(record, said, subject, instant)
        local = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant)).astimezone(PARIS)
        months.setdefault((local.year, local.month), Counter())[state or "nothing"] += record.tick
        if state is None:
            continue
        since = min(since, instant)
        total[state] += record.tick
        outages += state == DOWN and before != DOWN
        before = state
    return Counted(since, total[UP], total[BLIP], total[DOWN], total[UNKNOWN], total[EXCLUDED], outages, months)


def edges(record: Record, said: Sequence[Said], subject: str, start: int, end: int) -> list[int]:
    """Instants inside the window at which the subject was seen to go down or to come back,
    and which nobody made void.
    """
    found = []
    for instant in range(max(start, record.begins[subject]), end + 1, record.tick):
        if not start < instant < end:
            continue
        now, before = record.at(subject, instant), record.at(subject, instant - record.tick)
        falls = now == DOWN and before != DOWN
        rises = now != DOWN and before == DOWN
        if falls and amended(record, said, subject, instant) == DOWN:
            found.append(instant)
        if rises and amended(record, said, subject, instant - record.tick) == DOWN:
            found.append(instant)
    return found


def allowed(down_at: Callable[[int], bool], tick: int, start: int, end: int, budget: int) -> int:
    """The longest outage from `end` on, tick by tick: at each of its instants the window
    that ends there is within the budget.
    """
    spent = sum(tick for instant in range(start, end, tick) if down_at(instant))
    lasted = 0
    while spent <= budget and lasted < end - start:
        spent += tick - (tick if down_at(start + lasted) else 0)
        if spent > budget:
            break
        lasted += tick
    return lasted if spent <= budget or lasted else 0
