"""Folds lines for people at 80 columns, between words: a terminal would break them anywhere."""

from collections.abc import Iterable, Iterator
from textwrap import wrap

COLUMNS = 80


def folded(sentence: str, indent: int = 0) -> str:
    """Return a sentence as lines, each indented by so many spaces. A long word is never broken."""
    lines = wrap(sentence, COLUMNS - indent, break_long_words=False, break_on_hyphens=False)
    return "\n".join(" " * indent + line for line in lines)


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
