"""How a command that goes on is told to end."""

import asyncio
import signal


def ending() -> tuple[asyncio.Event, asyncio.Event]:
    """Events of the running loop: SIGTERM or Ctrl-C sets the first, which says to end, and once more the second, which says to hurry."""
    stop, hurry = asyncio.Event(), asyncio.Event()

    def end() -> None:
        (hurry if stop.is_set() else stop).set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, end)
    return stop, hurry
