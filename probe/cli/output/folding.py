"""Folds lines for people at 80 columns, between words: a terminal would break them anywhere."""

from collections.abc import Iterable, Iterator

import click

from probe.cli.output.table import Styled, wrapped
from probe.cli.output.terminal import terminal_width

COLUMNS = 80


def folded(sentence: str, indent: int = 0) -> str:
    """Return a sentence as lines, each indented by so many spaces, for a terminal of 80 columns or
    of less. A long word is broken only where a line has no room for it.
    """
    width = terminal_width()
    room = COLUMNS if width is None else min(COLUMNS, width)
    lines = wrapped([Styled(sentence)], max(room - indent, 10))
    return "\n".join(" " * indent + "".join(part.text for part in line) for line in lines)


def packed(parts: Iterable[str], width: int, between: str = "   ") -> Iterator[str]:
    """Yield lines of so many columns, of parts that are not broken. A wider part has its own."""
    line = ""
    for part in parts:
        if line and len(line) + len(between) + len(part) > width:
            yield line
            line = part
        else:
            line = f"{line}{between}{part}" if line else part
    if line:
        yield line


def say(sentence: str) -> None:
    """Print a sentence, on a terminal in lines that are no wider than it."""
    width = terminal_width()
    for line in [[Styled(sentence)]] if width is None else wrapped([Styled(sentence)], width):
        click.echo("".join(part.text for part in line))
