"""One answer for all who ask for the same thing at the same time."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Batches(Generic[K, V]):
    """Whoever asks while an answer is being made gets the next one, with all who ask meanwhile.

    So a hundred askers cost little more than two, and no answer is older than its question.
    """

    def __init__(self, make: Callable[[K], Awaitable[V]]) -> None:
        self._make = make
        self._current: dict[K, asyncio.Task[V]] = {}
        self._next: dict[K, asyncio.Task[V]] = {}

    async def get(self, key: K) -> V:
        """Raises what `make` raises."""
        task = self._next.get(key)
        if task is None:
            task = self._next[key] = asyncio.create_task(self._after(key, self._current.get(key)))
        return await asyncio.shield(task)  # whoever goes away leaves the others their answer

    async def _after(self, key: K, before: "asyncio.Task[V] | None") -> V:
        if before is not None:
            await asyncio.wait([before])
        task = self._current[key] = self._next.pop(key)
        try:
            return await self._make(key)
        finally:
            if self._current.get(key) is task:
                del self._current[key]
