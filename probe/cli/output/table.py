"""Lays out tables for people, at any width, without cutting anything.

A table that fits is a row a line. One that does not fit gives up its least important columns,
those of the highest rank first: what they say is then written under each row, with the heads of
the columns. A shared column (the hub) that says the same in every row leaves first, and is written
once, above the table. Where not even the important columns fit, each row is a record: its first
cell, and the others under it.
A column that flows (prose) is broken between words, as long as it stays wide enough to be read.

Every reader of a terminal uses this module; nothing else here knows how wide a table is. It needs
no rendering library: a line is a list of texts, each with the style that repeats what it says.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from probe.core.plain_text import visible

BETWEEN = "  "
_UNDER = 4  # columns by which what stands under a row is indented
_PARTS = "   "  # between two cells under a row
_FLOWS_FROM = 30  # columns that a column of prose needs at least
_NEVER = 0  # the rank of a column that stays in the row
_NARROWEST = 10  # columns: a narrower terminal is taken for one of so many
_WORD = re.compile(
    r"( *)(\d\d/\d\d/\d{4}(?: à| at)? \d\d:\d\d:\d\d"  # a date stays with its time
    r"|\d+(?:[,.]\d+)? (?:j|d|h|min|s|%)(?![^ .,;:)])"  # and a number with its unit
    r"|[^ ]*)"
)


_OURS = frozenset("█✖●◐✔▶…–—’\N{NARROW NO-BREAK SPACE}")
"""Signs of our own that take one column each, beside all the letters before the combining ones."""


def cell_len(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    if all(character < "\u0300" or character in _OURS for character in text):
        return len(text)
    from rich.cells import cell_len as of_any_text  # a quick command does not wait for it

    return of_any_text(text)


class Styled(NamedTuple):
    """A text, and the colour or weight that repeats what it says."""

    text: str
    style: str | None = None


Line = list[Styled]
Cell = str | Styled | Sequence[Styled]


class Heading(NamedTuple):
    """The heading of a column. `rank`: 0 stays in the row, the highest leaves it first.

    `right`: numbers. `flows`: prose, which may be broken between words. `shared`: often the same in
    all rows.
    """

    head: str
    rank: int = _NEVER
    right: bool = False
    flows: bool = False
    shared: bool = False


class Table:
    """Rows of cells under the heads of columns. A column in which nothing stands is left out."""

    def __init__(self, *columns: Heading | str, heads: bool = True, indent: int = 0) -> None:
        self.columns = [column if isinstance(column, Heading) else Heading(column) for column in columns]
        self.heads, self.indent = heads, indent
        self.rows: list[list[Line]] = []

    def add_row(self, *cells: Cell) -> None:
        """Add a row, which has a cell for each column. A line feed in a cell begins a line."""
        self.rows.append([_line(cell) for cell, _ in zip(cells, self.columns, strict=True)])

    def lines(self, width: int | None = None) -> Iterator[Line]:
        """Yield the lines, none wider than `width` columns; None where it is no terminal."""
        room = None if width is None else max(width, _NARROWEST) - self.indent
        layout = _Layout(self, room)
        for line in layout.lines():
            yield [Styled(" " * self.indent), *line] if self.indent and line else line


class _Layout:
    """How one table is written in so many columns."""

    def __init__(self, table: Table, room: int | None) -> None:
        self.rows, self.heads, self.room = table.rows, table.heads, room
        self.columns = table.columns
        filled = [number for number in range(len(self.columns)) if any(_plain(row[number]) for row in self.rows)]
        self.natural = {number: self._natural(number) for number in filled}
        same = [number for number in filled if len(self.rows) > 1 and len({_plain(row[number]) for row in self.rows}) == 1]
        self.once = [number for number in same if self.columns[number].shared]
        self.kept, self.folded = filled, list[int]()
        if self._fits():
            self.once = []
            return
        self.kept = [number for number in filled if number not in self.once]
        while self.kept and not self._fits():
            leaves = max(self.kept, key=lambda number: (self.columns[number].rank, number))
            if self.columns[leaves].rank == _NEVER:
                break
            self.kept.remove(leaves)
            self.folded = sorted([*self.folded, leaves])

    def _natural(self, number: int) -> int:
        cells = max((_widest(row[number]) for row in self.rows), default=0)
        return max(cells, cell_len(self.columns[number].head)) if self.heads else cells

    def _taken(self, numbers: Iterable[int]) -> int:
        widths = [self.natural[number] + len(BETWEEN) for number in numbers]
        return sum(widths) - (len(BETWEEN) if widths else 0)

    def _fits(self) -> bool:
        return self.room is None or self._taken(self.kept) <= self.room or self._flowing() is not None

    def _flowing(self) -> tuple[int, int] | None:
        """Return the column that is to be broken between words, and its width; None for none."""
        if self.room is None or self._taken(self.kept) <= self.room:
            return None
        for number in self.kept:
            left = self.room - self._taken(self.kept) + self.natural[number]
            if self.columns[number].flows and left >= _FLOWS_FROM:
                return number, left
        return None

    def lines(self) -> Iterator[Line]:
        for number in self.once:
            yield from self._apart([number], self.rows[0], 0)
        if not self._fits():
            for row in self.rows:
                yield from self._record(row)
            return
        widths = dict(self.natural)
        if (flowing := self._flowing()) is not None:
            widths[flowing[0]] = flowing[1]
        if self.heads and len(self.kept) > 1:
            yield from self._row([[Styled(column.head, "bold")] for column in self.columns], widths)
        for row in self.rows:
            yield from self._row(row, widths)
            yield from self._apart(self.folded, row, _UNDER)

    def _row(self, row: Sequence[Line], widths: dict[int, int]) -> Iterator[Line]:
        cells = [list(wrapped(row[number], widths[number])) for number in self.kept]
        for at in range(max(map(len, cells), default=0)):
            line = Line()
            for number, cell in zip(self.kept, cells, strict=True):
                part = cell[at] if at < len(cell) else Line()
                gap = " " * (widths[number] - _width(part))
                line += [Styled(gap), *part] if self.columns[number].right else [*part, Styled(gap)]
                line.append(Styled(BETWEEN))
            yield _stripped(line)

    def _record(self, row: Sequence[Line]) -> Iterator[Line]:
        first = next((number for number in self.kept if _plain(row[number])), None)
        if first is not None and self.room is not None:
            yield from hanging(row[first], 0, self.room)
        yield from self._apart([number for number in sorted([*self.kept, *self.folded]) if number != first], row, _UNDER)

    def _apart(self, numbers: Iterable[int], row: Sequence[Line], indent: int) -> Iterator[Line]:
        """Yield cells with the heads of their columns, as many on a line as there is room for."""
        if self.room is None:
            return
        line = Line()
        for number in numbers:
            if not _plain(row[number]):
                continue
            head = self.columns[number].head if self.heads else ""
            part = [Styled(f"{head} ", "dim"), *row[number]] if head else row[number]
            if "\n" in _plain(part) or indent + _width(part) > self.room:
                if line:
                    yield [Styled(" " * indent), *line]
                    line = Line()
                yield from hanging(part, indent, self.room)
            elif line and indent + _width(line) + len(_PARTS) + _width(part) > self.room:
                yield [Styled(" " * indent), *line]
                line = list(part)
            else:
                line = [*line, Styled(_PARTS), *part] if line else list(part)
        if line:
            yield [Styled(" " * indent), *line]


def wrapped(line: Sequence[Styled], width: int, later: int | None = None) -> Iterator[Line]:
    """Yield the lines of a text, broken between words, within a word only where it is wider than a
    line. `later`: the width of all lines but the first, where that is another one.
    """
    for paragraph in _paragraphs(line):
        made, used = Line(), 0
        for spaces, word in _words(paragraph):
            if made and used + spaces + _width(word) > width:
                yield made
                made, used, spaces, width = Line(), 0, 0, later or width
            while _width(word) > width:
                head, word = _split(word, width)
                yield head
                width = later or width
            gap = spaces if used + spaces + _width(word) <= width else 0
            made += [Styled(" " * gap), *word] if gap else word
            used += gap + _width(word)
        yield made
        width = later or width


def hanging(line: Sequence[Styled], indent: int, room: int, further: int = 2) -> Iterator[Line]:
    """Yield the lines of a text that stands alone, so far in, and all but the first one further."""
    for number, each in enumerate(wrapped(line, room - indent, room - indent - further)):
        before = indent + further if number else indent
        yield [Styled(" " * before), *each] if before and each else each


def _line(cell: Cell) -> Line:
    parts = [cell] if isinstance(cell, str | Styled) else cell
    return [_clean(Styled(part) if isinstance(part, str) else part) for part in parts if part]


def _clean(part: Styled) -> Styled:
    """Return a part without control characters, but for line feeds."""
    return Styled("\n".join(visible(line) for line in part.text.split("\n")), part.style)


def _plain(line: Iterable[Styled]) -> str:
    return "".join(part.text for part in line)


def _width(line: Iterable[Styled]) -> int:
    return cell_len(_plain(line))


def _widest(cell: Sequence[Styled]) -> int:
    return max(map(cell_len, _plain(cell).split("\n")))


def _paragraphs(line: Iterable[Styled]) -> Iterator[Line]:
    made = Line()
    for part in line:
        first, *others = part.text.split("\n")
        made.append(Styled(first, part.style))
        for other in others:
            yield made
            made = [Styled(other, part.style)]
    yield made


def _words(line: Iterable[Styled]) -> Iterator[tuple[int, Line]]:
    """Yield each word, which may have several styles, with the number of spaces before it."""
    spaces, word = 0, Line()
    for part in line:
        for before, letters in _WORD.findall(part.text):
            if before and word:
                yield spaces, word
                spaces, word = 0, Line()
            spaces += len(before)
            if letters:
                word.append(Styled(letters, part.style))
    if word:
        yield spaces, word


def _split(word: Line, width: int) -> tuple[Line, Line]:
    """Return what of a word fits, one character at least, and the rest of it."""
    head, left = Line(), max(1, width)
    for at, part in enumerate(word):
        for number, character in enumerate(part.text):
            left -= cell_len(character)
            if left < 0 and (number or head):
                kept = [*head, Styled(part.text[:number], part.style)]
                return kept, [Styled(part.text[number:], part.style), *word[at + 1 :]]
        head.append(part)
    return head, Line()


def _stripped(line: Line) -> Line:
    while line and not line[-1].text.rstrip(" "):
        line.pop()
    return [*line[:-1], Styled(line[-1].text.rstrip(" "), line[-1].style)] if line else line
