"""Prints tables and sentences on a terminal of any width, and in full where there is none."""

from collections.abc import Iterable, Iterator
from typing import Any

from rich.console import Console
from rich.text import Text

from probe.cli.output.table import Line, Styled, Table, wrapped


class FittingConsole(Console):
    """A console on which no table is cut, and no text of a stranger is read as markup.

    Where the reader of a pipe has left it raises BrokenPipeError, as any other writing does.
    """

    def __init__(self, **how: Any) -> None:
        super().__init__(**{"highlight": False, "markup": False, "emoji": False} | how)

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError

    def print(self, *objects: Any, **how: Any) -> None:
        """Print tables and sentences, neither wider than the terminal, and anything else as is."""
        width = self.width if self.is_terminal else None
        for each in objects or ("",):
            if isinstance(each, str | Styled | Table):
                for line in lines(each, width):
                    super().print(rich_line(line), soft_wrap=True, **how)
            else:
                super().print(each, **how)


def lines(what: str | Styled | Table, width: int | None) -> Iterator[Line]:
    """Yield the lines of a table or a sentence at a width; None where there is no terminal."""
    if isinstance(what, Table):
        yield from what.lines(width)
        return
    sentence = [Styled(what) if isinstance(what, str) else what]
    yield from [sentence] if width is None else wrapped(sentence, width)


def rich_line(line: Iterable[Styled]) -> Text:
    """Return a line as the rendering library has it."""
    return Text.assemble(*((part.text, part.style or "") for part in line))
