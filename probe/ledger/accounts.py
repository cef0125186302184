"""Reads the accounts of a hub out of its stored memory, without the rest of it."""

import json

from pydantic import TypeAdapter, ValidationError

from probe.core.judgement.accounts import Accounts
from probe.errors import LedgerError

_adapter = TypeAdapter(Accounts)


def accounts_of(content: bytes) -> Accounts:
    """Return the accounts in a hub's memory; none in that of a Vigie that remembered none.

    Raises LedgerError when `probe.ledger.memory.remembered` did not write it.
    """
    try:
        return _adapter.validate_python(json.loads(content)["near"].get("accounts", {}))
    except (ValidationError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise LedgerError(f"the ledger's memory of a hub cannot be read ({type(error).__name__})") from error


class KnownAccounts:
    """The accounts of the hubs, for a caller that asks again and again.

    A hub's memory is read again only when it has changed.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[bytes, Accounts]] = {}

    def of(self, hub: str, content: bytes) -> Accounts:
        """Return the accounts of a hub. Raises LedgerError."""
        known = self._known.get(hub)
        if known is None or known[0] != content:
            known = self._known[hub] = (content, accounts_of(content))
        return known[1]
