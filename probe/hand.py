"""A thread that does one thing after the other for the loop, and never keeps the process from ending.

The loop's own threads are few, and the process waits for them when it ends: a database server that hangs would hold it.
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Hand:
    """What is handed over is done in order, one thing at a time."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._work: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._loop: asyncio.AbstractEventLoop | None = None

    def do(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> "asyncio.Future[T]":
        """Have it done. Called on the loop; what is begun goes on to its end, whether or not somebody still waits for it."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def done() -> None:
            try:
                result = work(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001 - whoever waits is told, whatever it is
                _tell(loop, _fail, future, error)
            else:
                _tell(loop, _succeed, future, result)

        if self._loop is None:
            threading.Thread(target=self._run, name=self._name, daemon=True).start()
        self._loop = loop
        self._work.put(done)
        return future

    def tell(self, listener: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
        """From within what is done: have the loop call this."""
        if self._loop is None:
            listener(*args, **kwargs)
        else:
            _tell(self._loop, lambda: listener(*args, **kwargs))

    def _run(self) -> None:
        while True:
            self._work.get()()


def _tell(loop: asyncio.AbstractEventLoop, what: Callable[..., object], *args: Any) -> None:
    with suppress(RuntimeError):  # the loop is closed: nobody is left to be told
        loop.call_soon_threadsafe(what, *args)


def _succeed(future: "asyncio.Future[T]", result: T) -> None:
    if not future.done():
        future.set_result(result)


def _fail(future: "asyncio.Future[Any]", error: BaseException) -> None:
    if not future.done():
        future.set_exception(error)
