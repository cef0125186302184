"""Redacts text and paths: no secret, no identity, and nothing that may be a token remains.

Evidence is kept and read by people (docs/domain.md, "Journeys": "a redacted extract of the page"),
and is redacted before it leaves the journey.
Masking too much is harmless; masking too little is not.
"""

import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain, islice
from typing import Any

from probe.core.whole_words import WholeWord
from probe.journeys.folding import Folded, fold
from probe.journeys.written_dates import KnownDates, dates_in_words

MASK = "***"
EXTRACT_CHARACTERS = 300
_READ_CHARACTERS = 20_000  # read of a page's text, of which at most 300 characters are kept
_MOST_MARKS = 30
_LONGEST_NAME = 2_000  # characters of a field's or a button's name
_LONGEST_VALUE = 4_000  # characters of a value that is searched for
_MOST_VALUES = 1_000  # found by a journey, beside those of the configuration
# A shorter secret is masked as a whole word only: "1" inside "10" is no leak.
_SHORTEST_ANYWHERE = 4
_MOST_PLACES = 20_000  # of values in one text
_MOST_OVERLAPS = 5
_SHORTEST_APART = 3  # a shorter word beside a digit is part of a code

_EMAIL = re.compile(r"[^\s@<>\"'=:;,()]{1,64}@[^\s@<>\"'=:;,()]{1,255}")
_JWT = re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{4,}+\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_.-]*")
# `impots.gouv.fr`: small letters alone, and an end that is too short for a signature.
_HOST = re.compile(r"(?:[a-z]{2,20}+[.-])+[a-z]{2,6}\.?")
# Hexadecimal, base64, base64url, percent-encoded, UUIDs.
_RUN = re.compile(r"[A-Za-z0-9_+/=%-]{16,}")
# `error=temporarily_unavailable`: names, not tokens.
_WORDS = re.compile(r"(?:error=)?[a-z]{2,15}(?:_[a-z]{2,15})+")
# `loginForm`, `urn:acr:level-1`, `/realms/citizens`: names made of words. A token of this length
# has digits and changes of case that no such name has.
_NAME_PART = r"(?:[a-z]{2,20}+)?(?:[A-Z][a-z]{2,20}+|[A-Z]{2,12}(?![a-z]))*+\d{0,3}+"
_NAME = re.compile(rf"{_NAME_PART}(?:[_/=+%-]{{1,3}}+{_NAME_PART})*+")
_DATE = re.compile(r"\b(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/. ]\d{1,2}[-/. ]\d{4})\b")
_DIGITS = re.compile(r"\d(?:[ .-]?\d){8,}")  # phone and social security numbers
_SUSPECT = re.compile(r"[@.\d]|.{16}", re.DOTALL)  # an ASCII text with none of them is nothing of these
_WHITE = re.compile(r"\s+")
_ONE_WORD = re.compile(r"[^\W\d_]{2}|\d{2}")  # two characters side by side that belong together
_CODE = re.compile(r"\w{2}")


class Redactor:
    """Masks known values, and anything like a token, an address, a date or a long number.

    The set of known values grows.
    """

    def __init__(self, values: Iterable[Any] = ()) -> None:
        self._values = set[str]()
        self._folded: dict[str, None] = {}  # the folded values, each masked as a whole word
        self._small: dict[str, None] = {}  # those in small letters that are masked anywhere
        self._dates = KnownDates()
        self._overwhelmed = False  # more must be hidden than can be searched for
        self._most = sys.maxsize
        for value in values:
            self.hide(value)
        self._most = len(self._values) + _MOST_VALUES

    def copy(self) -> "Redactor":
        """Return another one that masks the same, and then learns by itself."""
        twin = Redactor()
        twin._values, twin._dates = set(self._values), self._dates.copy()
        twin._folded, twin._small = dict(self._folded), dict(self._small)
        twin._overwhelmed, twin._most = self._overwhelmed, self._most
        return twin

    def hide(self, value: Any) -> None:
        """Mask `value` from now on: a text, a number, or the texts in a list or mapping.

        None hides nothing. A `WholeWord`, and a text of less than four characters, is masked as a
        whole word only. A text is masked with accents and without them; where they are not its own,
        as a whole word only (`Anne` is in `année`). A date is masked as people write it, too.
        """
        for text in _texts(value):
            if self._overwhelmed:
                break  # nothing can be shown any more
            if len(text) > _LONGEST_VALUE or len(self._values) >= self._most:
                self._overwhelmed = True
            elif plain := _plain(text):
                self._values.add(plain)
                self._folded[fold(plain) or plain] = None
                if len(plain) >= _SHORTEST_ANYWHERE and not isinstance(text, WholeWord):
                    self._small[_small(plain)] = None
                self._dates.add(plain)

    def text(self, raw: str, limit: int = EXTRACT_CHARACTERS) -> str:
        """Return `raw` on one line, redacted, at most `limit` characters.

        All of it is masked when more must be hidden than can be searched for.
        """
        beginning = raw[:_READ_CHARACTERS]
        if len(raw) > _READ_CHARACTERS:  # the rest of a secret that the cut split is not recognised
            words = beginning.rsplit(None, 1)
            beginning = words[0] if len(words) == 2 else ""
        redacted = self._mask(_plain(beginning))
        if redacted is None:
            return MASK
        redacted = _without_unknown(redacted, _WORDS)
        return redacted if len(redacted) <= limit else redacted[: limit - 1] + "…"

    def name(self, raw: str, public: Iterable[str] = ()) -> str:
        """Return a name that a stranger gave (of a field, a button, a claim, a key), redacted.

        Known values are masked, and so is what looks like a token, an address, a date or a long
        number. A name may be long when it is made of words. `public` is as for `known`.
        """
        return _without_unknown(self.known(raw, public), _NAME)

    def known(self, raw: str, public: Iterable[str] = ()) -> str:
        """Return a name of the configuration, or an IdP's uid, with known values masked only.

        A known value that stands within one of the `public` names is not masked there: a place of
        birth in the title of an IdP that the configuration gives.
        """
        if len(raw) > _LONGEST_NAME:  # a secret that a cut splits would not be recognised
            return MASK
        masked = self._mask(_plain(raw), public)
        return MASK if masked is None else masked

    def path(self, path: str) -> str:
        """Return a URL's path, with `*` for identifiers and known values.

        Query and fragment are dropped.
        """
        bare = path.partition("?")[0].partition("#")[0][:2_000]
        known = self.masks(bare)
        shown = ["*" if _is_identifier(segment) or (known and self.masks(segment)) else segment for segment in bare.split("/")]
        return "/".join(shown)[:EXTRACT_CHARACTERS]

    def masks(self, text: str) -> bool:
        """Tell whether `text` holds a known value, or there are too many to search for."""
        plain = _plain(text)
        return self._mask(plain) != plain

    def _mask(self, text: str, public: Iterable[str] = ()) -> str | None:
        """Mask the known values in `text`, whatever their case; None when there are too many, or
        too many places of them. What stands within one of the `public` names is left.

        Each value is searched for by itself:
        a pattern of all of them would be tried at each character of the text.
        """
        if self._overwhelmed:
            return None
        folded, small = Folded(text), _small(text)
        alike = folded.text == small  # then what is found anywhere need not be looked for again
        words = [sought for sought in self._folded if sought in folded.text and not (alike and sought in self._small)]
        wholes = chain.from_iterable(_whole_places(sought, folded.text) for sought in words)
        anywhere = chain.from_iterable(_places(sought, small) for sought in [one for one in self._small if one in small])
        spans = list(islice(anywhere, _MOST_PLACES))
        looked_at = list(islice(wholes, _MOST_PLACES))
        if _MOST_PLACES in (len(spans), len(looked_at)):
            return None
        spans += [folded.span(*span) for span in chain(self._dates.spans(folded.text), filter(None, looked_at))]
        if spans and (open_to_all := list(islice(_places_of(public, small), _MOST_PLACES))):
            spans = [span for span in spans if not any(start <= span[0] and span[1] <= end for start, end in open_to_all)]
        return _without(text, spans) if spans else text


def _places_of(names: Iterable[str], small: str) -> Iterator[tuple[int, int]]:
    """Yield where one of the names stands as a whole word in a text in small letters."""
    for name in filter(None, (_small(_plain(name)) for name in names)):
        yield from filter(None, _whole_places(name, small))


def _small(text: str) -> str:
    """Return a text in small letters, of the same length."""
    return text.replace("\u0130", "i").lower()


def _places(sought: str, text: str) -> Iterator[tuple[int, int]]:
    at = text.find(sought)
    while at >= 0:
        yield at, at + len(sought)
        at = text.find(sought, at + len(sought))


def _whole_places(sought: str, text: str) -> Iterator[tuple[int, int] | None]:
    """Yield where a text has a word that is part of no longer one, and None where it is.

    Another place may begin within such a one; of those the first ones are looked at, as a row of
    one letter has as many as it has letters.
    """
    at, tries = text.find(sought), 0
    while at >= 0:
        end = at + len(sought)
        whole = _is_whole(text, at, end)
        yield (at, end) if whole else None
        tries += not whole
        at = text.find(sought, at + 1 if not whole and tries <= _MOST_OVERLAPS else end)


def _without_unknown(text: str, harmless: re.Pattern[str]) -> str:
    """Mask what looks like a token, an address, a date or a long number. A long run of characters
    that is `harmless` is kept.
    """
    if text.isascii() and not _SUSPECT.search(text):
        return text
    if "@" in text:
        text = _EMAIL.sub(MASK, text)
    text = _JWT.sub(lambda run: run[0] if _HOST.fullmatch(run[0]) else MASK, text)
    text = _RUN.sub(lambda run: run[0] if harmless.fullmatch(run[0]) else MASK, text)
    folded = Folded(text)
    text = _without(text, (folded.span(*span) for span in dates_in_words(folded.text)))
    for pattern in (_DATE, _DIGITS):
        text = pattern.sub(MASK, text)
    return text


def _is_whole(text: str, start: int, end: int) -> bool:
    """Tell whether `text[start:end]` is part of no longer word or number.

    `angela` is whole in `angela1962` and in `user_angela`, but no short code is in `Y000404`.
    """
    joined = _CODE if end - start < _SHORTEST_APART else _ONE_WORD
    return not ((start and joined.match(text, start - 1)) or (end < len(text) and joined.match(text, end - 1)))


def _without(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """Return `text` with a mask in place of each span; spans that overlap get one mask."""
    pieces, at, masked = list[str](), 0, 0
    for start, end in sorted(spans):
        if start >= masked:
            pieces += [text[at:start], MASK]
        at = masked = max(masked, end)
    return "".join([*pieces, text[at:]])


@lru_cache(maxsize=256)  # the addresses of a journey have the same segments
def _is_identifier(segment: str) -> bool:
    if len(segment) < _LONG and segment.isascii() and segment.isalpha():
        return False  # a short word
    return bool(_IDENTIFIER.search(segment)) or any(map(_random, _LONG_RUN.findall(segment)))


_LONG = 16  # characters of a run that may be a token
_LONG_RUN = re.compile(rf"[A-Za-z0-9_+=.~-]{{{_LONG},}}")
_IDENTIFIER = re.compile(r"@|%|\d{5,}|[^\x21-\x7e]|^(?=[a-fA-F]*\d)(?=\d*[a-fA-F])[0-9a-fA-F]{8,}$")


def redact_path(path: str, hide: Iterable[Any] = ()) -> str:
    """Redact `/interaction/kf8Zq-0aB91.../verify?x=y` to `/interaction/*/verify`.

    The values in `hide` are masked anywhere.
    """
    return Redactor(hide).path(path)


def _random(run: str) -> bool:
    """Tell whether a run of characters is no word: it holds a digit, or mixes cases."""
    return any(c.isdigit() for c in run) or (run != run.lower() and run != run.upper())


def _plain(text: str) -> str:
    """Return one line in Unicode NFC without control characters.

    Values are compared in this form.
    """
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    flat = _WHITE.sub(" ", unicodedata.normalize("NFC", _without_piles(text)))
    return (flat if flat.isprintable() else "".join(c for c in flat if c.isprintable())).strip()


def _without_piles(text: str) -> str:
    """Return `text` with at most 30 combining marks in a row (UAX #15, "Stream-Safe Text Format").

    Normalising a longer row takes time that grows with the square of its length,
    and no language writes one.
    """
    if text.isascii():
        return text
    kept, marks = list[str](), 0
    for character in text:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= _MOST_MARKS:
            kept.append(character)
    return "".join(kept)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list | tuple | set | frozenset):
        for each in value:
            yield from _texts(each)
    elif value is not None and not isinstance(value, bool):
        yield value if isinstance(value, str) else str(value)
