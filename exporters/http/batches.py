"""Makes one answer for all requests that ask for the same at the same time."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Batches(Generic[K, V]):
    """Makes answers by `make`, at most one for each key at a time.

    A call while an answer is being made gets the next answer, together with all other such calls.
    So a hundred calls cost little more than two, and no answer is older than its request.
    """

    def __init__(self, make: Callable[[K], Awaitable[V]]) -> None:
        self._make = make
        self._current: dict[K, asyncio.Task[V]] = {}
        self._next: dict[K, asyncio.Task[V]] = {}

    async def get(self, key: K) -> V:
        """Return an answer that was begun after this call. Raises the exceptions of `make`."""
        task = self._next.get(key)
        if task is None:
            task = self._next[key] = asyncio.create_task(self._after(key, self._current.get(key)))
        return await asyncio.shield(task)  # a caller that is cancelled must not cancel the others

    async def _after(self, key: K, before: "asyncio.Task[V] | None") -> V:
        if before is not None:
            await asyncio.wait([before])
        task = self._current[key] = self._next.pop(key)
        try:
            return await self._make(key)
        finally:
            if self._current.get(key) is task:
                del self._current[key]
