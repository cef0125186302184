"""Turns signals into events, for a command that runs until it is stopped."""

import asyncio
import signal


def ending() -> tuple[asyncio.Event, asyncio.Event]:
    """Return two events of the running loop: `stop` and `hurry`.

    The first SIGTERM or Ctrl-C sets `stop`, the next one sets `hurry`.
    """
    stop, hurry = asyncio.Event(), asyncio.Event()

    def end() -> None:
        (hurry if stop.is_set() else stop).set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, end)
    return stop, hurry
