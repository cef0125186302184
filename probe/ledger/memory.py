"""The memory of a hub between two observations, and across restarts."""

from dataclasses import dataclass, field

from pydantic import TypeAdapter, ValidationError

from probe.core.judgement.corroboration import Neighbours
from probe.core.judgement.fold import HubState
from probe.errors import LedgerError


@dataclass(slots=True)
class HubMemory:
    """The fold's state of one hub, and the neighbours that its observations are corroborated by."""

    state: HubState
    near: Neighbours = field(default_factory=Neighbours)


_adapter = TypeAdapter(HubMemory)


def remembered(memory: HubMemory) -> bytes:
    """Return the memory as it is stored (JSON)."""
    return _adapter.dump_json(memory)


def recall(content: bytes) -> HubMemory:
    """Return the memory that was stored. Raises LedgerError when `remembered` did not write it."""
    try:
        return _adapter.validate_json(content)
    except ValidationError as error:
        raise LedgerError(f"the ledger's memory of a hub cannot be read ({error.error_count()} problems)") from error
