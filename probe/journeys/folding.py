"""Writes texts alike that people read alike: letters small and without accents, one kind of dash.

A page may write a name in capitals, with accents or without them: `Hélène`, `HELENE`, `Helene`.
Where something was found in the folded text, `Folded.span` tells where it stands in the text.
"""

import unicodedata
from functools import lru_cache

_LETTERS = {"œ": "oe", "æ": "ae", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "ŧ": "t", "\u0131": "i", "þ": "th"}
_QUOTES_AND_DASHES = dict.fromkeys("\u2018\u2019\u02bc", "'") | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-")
_ALIKE = _LETTERS | _QUOTES_AND_DASHES
"""What the decompositions of Unicode leave apart."""


@lru_cache(maxsize=4_096)
def _fold(character: str) -> str:
    bare = "".join(each for each in unicodedata.normalize("NFKD", character.casefold()) if not unicodedata.combining(each))
    return "".join(_ALIKE.get(each, each) for each in bare.casefold())


def fold(text: str) -> str:
    """Return a text folded."""
    return text.lower() if text.isascii() else "".join(map(_fold, text))


class Folded:
    """A text with its folded form (`text`), whose length may differ."""

    __slots__ = ("_from", "_length", "text")

    def __init__(self, raw: str) -> None:
        self._length = len(raw)
        self._from: list[int] | None = None  # by place in the folded text: that in the raw one
        if raw.isascii():
            self.text = raw.lower()
            return
        pieces = [_fold(character) for character in raw]
        self.text = "".join(pieces)
        self._from = [at for at, piece in enumerate(pieces) for _ in piece]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where `text[start:end]` stands in the raw text, with the accents that follow.

        The span must not be empty.
        """
        if self._from is None:
            return start, end
        until = self._from[end] if end < len(self._from) else self._length
        return self._from[start], max(until, self._from[end - 1] + 1)
