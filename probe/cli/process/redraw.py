"""Draws an answer again and again, until Ctrl-C: on a terminal always in the same place."""

import sys
from collections.abc import Callable
from shutil import get_terminal_size
from threading import Event

import click

INTERRUPTED = 130
"""The exit status after Ctrl-C, as shells have it: 128 and the number of SIGINT."""
EVERY = 2.0  # seconds
_NEVER = Event()

_OTHER_SCREEN, _OWN_SCREEN = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"
_TOP, _REST_OF_LINE, _REST_OF_SCREEN = "\x1b[H", "\x1b[K", "\x1b[J"


def redraw(draw: Callable[[], str], every: float = EVERY, pause: Callable[[float], object] = _NEVER.wait) -> int:
    """Print what `draw` returns, again after each pause, and return the exit status after Ctrl-C.

    A terminal shows it on a screen of its own, which is left as it was found, with the last drawing
    printed below. A pipe gets one drawing after the other, with an empty line between.
    """
    terminal, drawn = sys.stdout.isatty(), ""
    try:
        if terminal:
            click.echo(_OTHER_SCREEN, nl=False)
        while True:
            drawn = draw()
            click.echo(_screen(drawn) if terminal else f"{drawn}\n", nl=not terminal)
            pause(every)
    except KeyboardInterrupt:
        return INTERRUPTED
    finally:
        if terminal:
            click.echo(f"{_OWN_SCREEN}{drawn}")


def _screen(text: str) -> str:
    """Return the codes that show the first lines of a text, as many as the terminal has."""
    rows = get_terminal_size().lines
    lines = text.splitlines()
    if len(lines) > rows:
        lines = [*lines[: rows - 1], "..."]
    return _TOP + "\n".join(f"{line}{_REST_OF_LINE}" for line in lines) + _REST_OF_SCREEN
