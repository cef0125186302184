"""The words of a person's data, each of which may stand by itself in a page: one given name of
three, a part of an address.

A value is masked wherever it stands (`probe.journeys.redact`). Its words are masked as whole words
only, lest parts of ordinary words go: `Ange` is in `challenge`.
"""

import re
import unicodedata
from collections.abc import Iterator

SHORTEST_WORD = 3
"""Shorter ones (`de`, `la`) name nobody."""
_WORD = re.compile(r"[^\W\d_]+|\d{5,}")


class WholeWord(str):
    """A text that is masked as a whole word only."""

    __slots__ = ()


def words_of(value: str) -> Iterator[WholeWord]:
    """Yield the words of a value, and each without its accents, as capitals are often written.

    Of an address of mail only what is before the `@` counts. A URL has no words.
    """
    if "://" in value:
        return
    for match in _WORD.finditer(value.split("@", 1)[0]):
        for word in dict.fromkeys((match[0], _without_accents(match[0]))):
            if len(word) >= SHORTEST_WORD and word != value:
                yield WholeWord(word)


def _without_accents(word: str) -> str:
    return "".join(each for each in unicodedata.normalize("NFD", word) if not unicodedata.combining(each))
