"""The memory of a hub between two observations, and across restarts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property

from pydantic import TypeAdapter, ValidationError

from probe.core.judgement.corroboration import Neighbours
from probe.core.judgement.fold import HubState, advance
from probe.core.judgement.timeline import LedgerRow
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


class Memories:
    """The memories of all hubs at one instant of the ledger, each recalled once for all questions.

    `contents` gives what is stored, by hub.
    """

    def __init__(self, contents: Callable[[], Mapping[str, bytes]]) -> None:
        self._contents = cache(contents)
        self._now_us: int | None = None
        self._advanced: dict[str, HubMemory] = {}
        self._lapses: list[LedgerRow] = []

    @cached_property
    def stored(self) -> Mapping[str, HubMemory]:
        """The memories as they are stored; nobody may change them.

        Raises LedgerError when one cannot be read.
        """
        return {hub: recall(content) for hub, content in self._contents().items()}

    def at(self, now_us: int) -> Mapping[str, HubMemory]:
        """Return the memories with the time that has passed by `now_us` (UTC microseconds).

        Raises LedgerError when one cannot be read.
        """
        if self._now_us != now_us:
            self._advanced = {hub: recall(content) for hub, content in self._contents().items()}
            self._lapses = [row for memory in self._advanced.values() for row in advance(memory.state, now_us)]
            self._now_us = now_us
        return self._advanced

    def lapses(self, now_us: int) -> list[LedgerRow]:
        """Return the rows that the passing of time alone would write by `now_us`."""
        self.at(now_us)
        return self._lapses
