"""Reads the accounts of a hub, and what our settings are doubted for, out of its stored memory,
without the rest of it.
"""

import json
from typing import NamedTuple

from pydantic import TypeAdapter, ValidationError

from probe.core.judgement.accounts import Accounts
from probe.core.judgement.corroboration import NeverPassed
from probe.core.judgement.unproven import latest_unproven
from probe.errors import LedgerError

_accounts = TypeAdapter(Accounts)
_failures = TypeAdapter(dict[str, NeverPassed])


class RememberedParts(NamedTuple):
    """Some of what is remembered of a hub.

    `unproven`: by IdP, when the latest journey started that failed with settings which have never
    passed, in UTC microseconds.
    """

    accounts: Accounts
    unproven: dict[str, int]


def parts_of(content: bytes) -> RememberedParts:
    """Return these parts of a hub's memory; empty in that of a Vigie that remembered none.

    Raises LedgerError when `probe.ledger.memory.remembered` did not write it.
    """
    try:
        near = json.loads(content)["near"]
        failures = (_failures.validate_python(near.get(name, {})) for name in ("never_passed", "unproven"))
        return RememberedParts(_accounts.validate_python(near.get("accounts", {})), latest_unproven(*failures))
    except (ValidationError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise LedgerError(f"the ledger's memory of a hub cannot be read ({type(error).__name__})") from error


class KnownParts:
    """These parts of the memories of the hubs, for a caller that asks again and again.

    A hub's memory is read again only when it has changed.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[bytes, RememberedParts]] = {}

    def of(self, hub: str, content: bytes) -> RememberedParts:
        """Return what is remembered of a hub. Raises LedgerError."""
        known = self._known.get(hub)
        if known is None or known[0] != content:
            known = self._known[hub] = (content, parts_of(content))
        return known[1]
