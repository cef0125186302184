"""The words of a person's data, each of which may stand by itself in a page: one given name of
three, a part of an address.

A value is masked wherever it stands (`probe.journeys.redact`). Its words are masked as whole words
only, lest parts of ordinary words go: `Ange` is in `challenge`.
"""

import re
from collections.abc import Iterator

_ORDINARY = frozenset(
    {"ai", "al", "an", "as", "at", "au", "be", "by", "ce", "ci", "da", "de", "di", "do", "du", "dû", "en", "es", "et", "eu", "go", "he"}
    | {"if", "il", "in", "is", "it", "je", "la", "le", "lu", "ma", "me", "mu", "my", "ne", "ni", "no", "nu", "of", "on", "or", "os", "ou"}
    | {"où", "pu", "sa", "se", "si", "so", "su", "ta", "te", "to", "tu", "un", "up", "us", "va", "vu", "we", "ça"}
)
"""Words of two letters that pages are full of, and particles of names (`de`, `la`)."""
_WORD = re.compile(r"[^\W\d_]{3,}|(?<![^\W_])[^\W\d_]{2}(?![^\W_])|\d{5,}")
"""Two letters beside a digit are a part of an identifier."""


class WholeWord(str):
    """A text that is masked as a whole word only."""

    __slots__ = ()


def words_of(value: str) -> Iterator[WholeWord]:
    """Yield the words of a value of two letters or more, ordinary ones of two letters left out.

    Of an address of mail only what is before the `@` counts. A URL has no words.
    """
    if "://" in value:
        return
    for match in _WORD.finditer(value.split("@", 1)[0]):
        word = match[0]
        if word != value and word.lower() not in _ORDINARY:
            yield WholeWord(word)
