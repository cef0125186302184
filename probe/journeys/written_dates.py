"""Finds dates as people write them, in French and in English: `24 août 1962`, `August 24th, 1962`.

A page that says when a person was born tells the date in its own words, and often in parts. What is
searched is folded (`probe.journeys.folding`): small letters without accents. Each search is one
pass.
"""

import re
from collections.abc import Iterator

Span = tuple[int, int]

_NAMES = (
    "janvier|janv|jan|january",
    "fevrier|fevr|fev|february|feb",
    "mars|mar|march",
    "avril|avr|april|apr",
    "mai|may",
    "juin|jun|june",
    "juillet|juil|jul|july",
    "aout|aou|august|aug",
    "septembre|sept|sep|september",
    "octobre|oct|october",
    "novembre|nov|november",
    "decembre|dec|december",
)
_NUMBERS = {name: number for number, names in enumerate(_NAMES, start=1) for name in names.split("|")}
_A_MONTH = re.compile("|".join(sorted({name[:3] for name in _NUMBERS})))  # each name begins with one of these
_MONTH = rf"({'|'.join(sorted(_NUMBERS, key=len, reverse=True))})(?![^\W\d_])\.?"
_BETWEEN = r"[ ,./-]{1,3}"
_DAY = r"(?<!\d)(0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th|er|eme|e)?(?![^\W_])"
_OF = r"(?:of |de |d')?"
_DAY_MONTH = re.compile(rf"{_DAY}{_BETWEEN}{_OF}{_MONTH}(?:{_BETWEEN}{_OF}((?:19|20)\d\d)(?!\d))?")
_MONTH_DAY = re.compile(rf"(?<![^\W\d_]){_MONTH}{_BETWEEN}(?:the )?{_DAY}(?:{_BETWEEN}((?:19|20)\d\d)(?!\d))?")
_MONTH_YEAR = re.compile(rf"(?<![^\W\d_]){_MONTH}{_BETWEEN}{_OF}'?((?:19|20)?\d\d)(?!\d)")
_THREE = re.compile(r"(?<!\d)(?=(\d{1,4})[ ./-]{1,3}(\d{1,2})[ ./-]{1,3}(\d{1,4})(?!\d))")
_DIGITS = re.compile(r"(?<!\d)(?:\d{8}|\d{6}|\d{4})(?!\d)")
_DIGIT = re.compile(r"\d")
_ISO = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")


def dates_in_words(text: str) -> Iterator[Span]:
    """Yield where a folded text has a whole date, its month in words, whosever it is."""
    for pattern in (_DAY_MONTH, _MONTH_DAY) if _A_MONTH.search(text) else ():
        yield from (match.span() for match in pattern.finditer(text) if match[3])


class KnownDates:
    """Dates of persons, which are searched for in whole and in parts: without the year, without the
    day, the year alone.
    """

    def __init__(self) -> None:
        self._years: set[int] = set()
        self._days: set[tuple[int, int]] = set()  # month, day
        self._months: set[tuple[int, int]] = set()  # year, month
        self._numbers: set[tuple[int, ...]] = set()  # three in any usual order
        self._runs: set[str] = set()

    def copy(self) -> "KnownDates":
        """Return another one that knows the same dates, and then learns by itself."""
        twin = KnownDates()
        twin._years, twin._days, twin._months = set(self._years), set(self._days), set(self._months)
        twin._numbers, twin._runs = set(self._numbers), set(self._runs)
        return twin

    def add(self, value: str) -> None:
        """Search from now on for a date, if the value is one as OpenID Connect writes it.

        That is `YYYY-MM-DD`, or `YYYY`; what is unknown of it may be 0 (OpenID Connect Core 1.0,
        section 5.1, `birthdate`).
        """
        found = _ISO.fullmatch(value)
        if found is None:
            return
        year, month, day = (int(part or 0) for part in found.groups())
        if not 1800 <= year < 2200 or (found[2] is None and month):
            year = 0
        if year:
            self._years.add(year)
        if not 1 <= month <= 12:
            return
        self._months.add((year, month))
        if 1 <= day <= 31:
            self._days.add((month, day))
            for written in (year, year % 100) if year else ():
                self._numbers |= {(day, month, written), (month, day, written), (written, month, day)}
                figures = f"{year}" if written == year else f"{written:02}"
                parts = f"{month:02}", f"{day:02}"
                self._runs |= {figures + "".join(parts), "".join(reversed(parts)) + figures, "".join(parts) + figures}

    def spans(self, text: str) -> Iterator[Span]:
        """Yield where a folded text has one of these dates, or a part of it that tells it."""
        if not _DIGIT.search(text):
            return  # each has one
        named = _A_MONTH.search(text) is not None
        if self._days and named:
            yield from (match.span() for match in _DAY_MONTH.finditer(text) if (_NUMBERS[match[2]], int(match[1])) in self._days)
            yield from (match.span() for match in _MONTH_DAY.finditer(text) if (_NUMBERS[match[1]], int(match[2])) in self._days)
        if self._days:
            for match in _THREE.finditer(text):
                if tuple(int(part) for part in match.groups()) in self._numbers:
                    yield match.start(1), match.end(3)
        if self._months and named:
            written = self._months | {(year % 100, month) for year, month in self._months}
            yield from (match.span() for match in _MONTH_YEAR.finditer(text) if (int(match[2]), _NUMBERS[match[1]]) in written)
        for match in _DIGITS.finditer(text):
            if match[0] in self._runs or (len(match[0]) == 4 and int(match[0]) in self._years):
                yield match.span()
