"""Staleness: a state without a fresh observation becomes unknown by the passing of time alone.

Such a change is a *lapse*. The ledger learns of a lapse from the next observation
(`probe.core.judgement.fold.advance`), but a reader must not wait for that. While the watch runs,
nothing has lapsed, and this module finds that without importing the judgement.
"""

import json
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from probe.core.judgement.subject import State
from probe.errors import LedgerError
from probe.ledger.figures.tracks import Lapse

if TYPE_CHECKING:
    from probe.core.judgement.timeline import LedgerRow


def lapsed(contents: Iterable[bytes], at_us: int) -> list[Lapse]:
    """Return the lapses of every hub by an instant.

    `contents`: the stored memory of each hub. Raises LedgerError when one cannot be read.
    """
    return [lapse for content in contents for lapse in _of_hub(content, at_us)]


def _of_hub(content: bytes, at_us: int) -> list[Lapse]:
    if not may_lapse(content, at_us):
        return []
    from probe.ledger.figures.fast_memory import lapses

    rows = lapses(content, at_us)
    return [Lapse(row.hub, row.subject, row.effective_us, State(row.status.state), row.status.condition) for row in rows]


def may_lapse(content: bytes, at_us: int) -> bool:
    """Return whether any signal's latest reading stops being fresh by an instant.

    Counted from the latest finish of an observation. Raises LedgerError.
    """
    return any(end <= at_us for end in _ends(content))


def _ends(content: bytes) -> list[int]:
    """Return the instants, in order, at which signals stop being fresh after the latest finish.

    Raises LedgerError.
    """
    try:
        state: Any = json.loads(content)["state"]
        clock = state["clock_us"]
        signals = [signal for vantage in state["vantages"].values() for signal in vantage["signals"].values()]
        read = [signal["vouched_until"] for signal in signals if signal["last_at"] is not None]
        return sorted(until for until in read if clock < until)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LedgerError(f"the ledger's memory of a hub cannot be read ({type(error).__name__})") from error


class Lapses:
    """The lapses of the hubs, for a caller that asks again and again.

    A hub's memory is read again only when it has changed, and judged again only when another
    signal has stopped being fresh.
    """

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}

    def rows(self, hub: str, content: bytes, at_us: int) -> Sequence["LedgerRow"]:
        """Return the rows that the passing of time alone would write by an instant.

        Raises LedgerError.
        """
        known = self._known.get(hub)
        if known is None or known.content != content:
            known = self._known[hub] = _Known(content, _ends(content))
        return known.rows(at_us)


class _Known:
    """The lapses of one hub, as long as its memory stays the same."""

    def __init__(self, content: bytes, ends: list[int]) -> None:
        self.content = content
        self._ends = ends
        self._judged: tuple[int, Sequence[LedgerRow]] = (0, ())  # after so many ends

    def rows(self, at_us: int) -> Sequence["LedgerRow"]:
        ended = bisect_right(self._ends, at_us)
        if self._judged[0] != ended:
            from probe.ledger.figures.fast_memory import lapses

            self._judged = (ended, lapses(self.content, at_us) if ended else ())
        return self._judged[1]


def idps_of(content: bytes) -> list[str]:
    """Return the IdPs of a hub, from its stored memory. Raises LedgerError when that cannot be
    read.
    """
    try:
        return [str(idp["name"]) for idp in json.loads(content)["state"]["spec"]["idps"]]
    except (ValueError, KeyError, TypeError) as error:
        raise LedgerError(f"the ledger's memory of a hub cannot be read ({type(error).__name__})") from error
