"""Limits how much begins in one turn of the event loop.

The journeys share the loop, and many requests at once must not delay them.
"""

import asyncio
from collections import deque


class Turns:
    """Lets `most` callers of `take` go on in each turn of the event loop, in their order."""

    def __init__(self, most: int) -> None:
        self._most = self._left = most
        self._queue: deque[asyncio.Future[None]] = deque()
        self._announced = False

    async def take(self) -> None:
        """Wait until it is this caller's turn."""
        if self._left and not self._queue:
            self._left -= 1
            self._announce()
            return
        turn = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        self._announce()
        await turn

    def _announce(self) -> None:
        if not self._announced:
            self._announced = True
            asyncio.get_running_loop().call_soon(self._next)

    def _next(self) -> None:
        """Wake the next callers, in a new turn of the loop."""
        self._announced = False
        self._left = self._most
        while self._left and self._queue:
            turn = self._queue.popleft()
            if not turn.done():  # it is done when its caller was cancelled
                turn.set_result(None)
                self._left -= 1
        if self._left < self._most:
            self._announce()
