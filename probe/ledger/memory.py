"""What is remembered of a hub between two observations, and across restarts."""

from dataclasses import dataclass, field

from pydantic import TypeAdapter, ValidationError

from probe.core.judgement.corroboration import Neighbours
from probe.core.judgement.fold import HubState
from probe.errors import LedgerError


@dataclass(slots=True)
class HubMemory:
    """The fold's state and the settling's neighbours of one hub."""

    state: HubState
    near: Neighbours = field(default_factory=Neighbours)


_adapter = TypeAdapter(HubMemory)


def remembered(memory: HubMemory) -> bytes:
    """The memory as it is stored (JSON)."""
    return _adapter.dump_json(memory)


def recall(content: bytes) -> HubMemory:
    """The memory that was stored. Raises LedgerError when it was not written by `remembered`."""
    try:
        return _adapter.validate_json(content)
    except ValidationError as error:
        raise LedgerError(f"what the ledger remembers of a hub cannot be read ({error.error_count()} problems)") from error
