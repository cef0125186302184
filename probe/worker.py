"""A daemon thread that runs blocking calls for the event loop, one at a time and in order.

asyncio's own threads are few, and the process waits for them when it ends,
so a database server that hangs would keep it alive. This thread does not.
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Worker:
    """Runs the calls that are submitted to it. The thread starts with the first one."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._work: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._loop: asyncio.AbstractEventLoop | None = None

    def submit(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> "asyncio.Future[T]":
        """Queue a call and return its future. Must be called on the loop.

        A call that has started finishes even if the future is cancelled.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def done() -> None:
            try:
                result = work(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001 - it is raised again for whoever awaits the future
                _call_on_loop(loop, _fail, future, error)
            else:
                _call_on_loop(loop, _succeed, future, result)

        if self._loop is None:
            threading.Thread(target=self._run, name=self._name, daemon=True).start()
        self._loop = loop
        self._work.put(done)
        return future

    def notify(self, listener: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
        """Have the loop call a function. A call that this worker is running may use it."""
        if self._loop is None:
            listener(*args, **kwargs)
        else:
            _call_on_loop(self._loop, lambda: listener(*args, **kwargs))

    def _run(self) -> None:
        while True:
            self._work.get()()


def _call_on_loop(loop: asyncio.AbstractEventLoop, function: Callable[..., object], *args: Any) -> None:
    with suppress(RuntimeError):  # the loop is closed: nobody waits for it any more
        loop.call_soon_threadsafe(function, *args)


def _succeed(future: "asyncio.Future[T]", result: T) -> None:
    if not future.done():
        future.set_result(result)


def _fail(future: "asyncio.Future[Any]", error: BaseException) -> None:
    if not future.done():
        future.set_exception(error)
