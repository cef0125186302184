"""Shows a table on a terminal that is too narrow for it, without cutting anything.

Each row then becomes a paragraph: its first two cells, then the others with the heads of their
columns. An instant, a name that is typed again, or a reason is never cut.
"""

from collections.abc import Iterator
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

_FIRST = 2  # cells of a row that name it


class FittingConsole(Console):
    """A console on which no table is cut.

    Where the reader of a pipe has left it raises BrokenPipeError, as any other writing does.
    """

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError

    def print(self, *objects: Any, **how: Any) -> None:
        """Print objects, a table that does not fit as paragraphs."""
        super().print(*(fitted(each, self) if isinstance(each, Table) else each for each in objects), **how)


def terminal_width() -> int | None:
    """Return how many characters a line of the terminal has; None where standard output is none."""
    out = Console()
    return out.width if out.is_terminal else None


def fitted(table: Table, out: Console) -> RenderableType:
    """Return the table, or its rows as paragraphs where it is wider than the terminal."""
    if not out.is_terminal or Measurement.get(out, out.options.update(max_width=10_000), table).maximum <= out.width:
        return table
    return Group(*_paragraphs(table))


def _paragraphs(table: Table) -> Iterator[RenderableType]:
    heads = [_text(column.header).plain for column in table.columns]
    for cells in zip(*(column.cells for column in table.columns), strict=True):
        named = [(head, _text(cell)) for head, cell in zip(heads, cells, strict=True)]
        yield Text("  ").join(cell for _, cell in named[:_FIRST] if cell.plain)
        rest = [Text.assemble((f"{head} ", "dim"), cell) if head else cell for head, cell in named[_FIRST:] if cell.plain]
        if rest:
            yield Padding(Text("  ").join(rest), (0, 0, 0, 4))


def _text(cell: RenderableType) -> Text:
    return cell if isinstance(cell, Text) else Text.from_markup(str(cell))
