"""Which of several causes tells most.

docs/domain.md: "The reason of an outage is its most telling one, in this order: the hub's code, the
page, HTTP status, TLS/connect/DNS, reset, time-out; among equals the first."

One failure has many symptoms. A hub whose store fails lets the first journeys time out, answers
later ones with status 502, and shows its error page with a code in the end. The code tells what is
wrong; the time-outs tell only that something is.
"""

from collections.abc import Iterable
from typing import Final

from probe.core.judgement.observation import Reason
from probe.core.judgement.signal import Cause

BY_CODE: Final = 0
BY_PAGE: Final = 1
BY_NOTHING: Final = 6
_BY_REASON: Final = {
    Reason.HTTP_STATUS: 2,
    Reason.TLS: 3,
    Reason.CONNECT: 3,
    Reason.DNS: 3,
    Reason.PROTOCOL: 4,
    Reason.TOO_LARGE: 4,
    Reason.RESET: 4,
    Reason.TIMEOUT: 5,
}
"""The rank of what the wire alone tells. Any other reason was read from a page or an answer."""


def rank(cause: Cause | None) -> int:
    """Return how much a cause tells: the smaller, the more."""
    if cause is None or (cause.code is None and cause.reason is None):
        return BY_NOTHING
    if cause.code is not None:
        return BY_CODE
    return BY_PAGE if cause.reason is None else _BY_REASON.get(cause.reason, BY_PAGE)


def most_telling(causes: Iterable[Cause | None]) -> Cause | None:
    """Return the cause that tells most, the first of equals; None where there is none."""
    return min(causes, key=rank, default=None)
