"""Tells how wide the terminal is. No library is needed, since some commands must start quickly."""

import os
import sys
from shutil import get_terminal_size


def terminal_width() -> int | None:
    """Return how many characters a line of the terminal has; None where standard output is none.

    FORCE_COLOR, as everywhere, asks for the output that a terminal would get.
    """
    return get_terminal_size().columns if sys.stdout.isatty() or os.environ.get("FORCE_COLOR") else None
