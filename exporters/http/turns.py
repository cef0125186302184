"""A few things in each turn of the loop, which the journeys share: who asks much holds up nobody."""

import asyncio
from collections import deque


class Turns:
    """Lets `most` callers of `take` pass in one turn of the loop, in the order in which they came."""

    def __init__(self, most: int) -> None:
        self._most = self._left = most
        self._queue: deque[asyncio.Future[None]] = deque()
        self._announced = False

    async def take(self) -> None:
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
        """A new turn of the loop begins."""
        self._announced = False
        self._left = self._most
        while self._left and self._queue:
            turn = self._queue.popleft()
            if not turn.done():  # nobody waits for it any more
                turn.set_result(None)
                self._left -= 1
        if self._left < self._most:
            self._announce()
