"""What the passing of time alone makes of the record: where nothing vouches for a state any more, it is unknown.

The ledger learns of a lapse from the next observation (`probe.core.fold.advance`); a reader must not wait for it. While the watch runs
nothing has lapsed, and the judgement need not be imported to know it.
"""

import json
from collections.abc import Iterable
from typing import Any

from probe.core.subject import State
from probe.errors import LedgerError
from probe.history.figures import Lapse


def lapsed(contents: Iterable[bytes], at_us: int) -> list[Lapse]:
    """The lapses of every hub by an instant, from what the fold remembers of each. Raises LedgerError when that cannot be read."""
    return [lapse for content in contents for lapse in _of_hub(content, at_us)]


def _of_hub(content: bytes, at_us: int) -> list[Lapse]:
    if not may_lapse(content, at_us):
        return []
    from probe.history.plain import lapses

    rows = lapses(content, at_us)
    return [Lapse(row.hub, row.subject, row.effective_us, State(row.standing.state), row.standing.condition) for row in rows]


def may_lapse(content: bytes, at_us: int) -> bool:
    """Whether the vouching of any signal ends between the latest finish and an instant. Raises LedgerError."""
    try:
        state: Any = json.loads(content)["state"]
        clock = state["clock_us"]
        signals = [signal for vantage in state["vantages"].values() for signal in vantage["signals"].values()]
        read = [signal["vouched_until"] for signal in signals if signal["last_at"] is not None]
        return any(clock < until <= at_us for until in read)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LedgerError(f"what the ledger remembers of a hub cannot be read ({type(error).__name__})") from error


def idps_of(content: bytes) -> list[str]:
    """The IdPs of a hub, by what the fold remembers of it. Raises LedgerError when that cannot be read."""
    try:
        return [str(idp["name"]) for idp in json.loads(content)["state"]["spec"]["idps"]]
    except (ValueError, KeyError, TypeError) as error:
        raise LedgerError(f"what the ledger remembers of a hub cannot be read ({type(error).__name__})") from error
