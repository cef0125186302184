"""Why time was unknown, as far as the ledger still tells."""

from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple


class PastUnknown(StrEnum):
    """Why nobody can tell what was so in a span of past time."""

    NOT_WATCHED = "not_watched"  # no journey started then
    INCONCLUSIVE = "inconclusive"  # journeys said nothing of hub or IdP
    UNDECIDED = "undecided"  # journeys passed or failed, and did not decide
    GONE = "gone"  # the observations of then were deleted
    REST = "rest"  # in short spans that were not looked at


class UnknownPart(NamedTuple):
    """A part of unknown time, in microseconds, and why; `reason`: the commonest of the journeys."""

    why: PastUnknown
    reason: str | None
    us: int


class StartedJourney(NamedTuple):
    """What of a journey tells why time was unknown. It vouched until `until_us` at the longest."""

    started_us: int
    until_us: int
    outcome: str
    reason: str | None


def parts_of_span(start_us: int, end_us: int, journeys: Sequence[StartedJourney]) -> list[UnknownPart]:
    """Return why a span is unknown: the time for which journeys vouched, and the rest of it.

    `journeys`: those that started in it, oldest first.
    """
    vouched_us, reached_us = 0, start_us
    for each in journeys:
        until_us = min(each.until_us, end_us)
        vouched_us += max(0, until_us - max(each.started_us, reached_us))
        reached_us = max(reached_us, until_us)
    silent = UnknownPart(PastUnknown.NOT_WATCHED, None, end_us - start_us - vouched_us)
    return [UnknownPart(*_because(journeys), vouched_us), silent] if journeys else [silent]


def _because(journeys: Iterable[StartedJourney]) -> tuple[PastUnknown, str | None]:
    """Return what the journeys say. One that says nothing tells more than those that passed: they
    may have gone through another IdP.
    """
    reasons = Counter(each.reason for each in journeys if each.outcome == "inconclusive")
    if not reasons:
        return PastUnknown.UNDECIDED, None
    return PastUnknown.INCONCLUSIVE, max(reasons, key=lambda reason: (reasons[reason], reason or ""))


def joined(parts: Iterable[UnknownPart], whole_us: int, most: int) -> list[UnknownPart]:
    """Return the parts by reason, the longest first, `most` at the most; what is left of the whole
    is the last.
    """
    sums: Counter[tuple[PastUnknown, str | None]] = Counter()
    for part in parts:
        sums[part.why, part.reason] += part.us
    told = [UnknownPart(*why, us) for why, us in sums.most_common(most) if us > 0]
    rest_us = whole_us - sum(part.us for part in told)
    return [*told, UnknownPart(PastUnknown.REST, None, rest_us)] if rest_us > 0 and told else told
