"""Searches with the configuration's regular expressions, each search within a bounded time.

Python's `re` may try a pattern such as `(a|aa)+$` for hours on a page of a hundred letters, and
nothing stops it: the whole watch stands still. The module `regex` reads the same expressions, and
gives a search up in time.
"""

import re
from functools import lru_cache

import regex

LONGEST_S = 0.02
"""The longest that a search takes, in seconds of CPU. Usual ones take microseconds."""
_MOST_GIVEN_UP = 2


class BoundedPattern:
    """One regular expression. A search that takes longer than `LONGEST_S` finds nothing.

    The second one that is given up is the last: the pattern finds nothing more, and the log says
    so. Raises ValueError when it is no regular expression of Python's `re`.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._given_up = 0
        try:
            re.compile(text)
            self._compiled = regex.compile(text)
        except (re.error, regex.error, RecursionError, OverflowError) as error:
            raise ValueError(f"is not a regular expression ({error})") from None

    def search(self, text: str) -> str | None:
        """Return what was found in a text: the first group of the pattern, or all of it."""
        found = self._try(text, whole=False)
        return None if found is None else ((found[1] if self._compiled.groups else found[0]) or "")

    def fullmatch(self, text: str) -> bool:
        """Tell whether a whole text matches."""
        return self._try(text, whole=True) is not None

    def _try(self, text: str, *, whole: bool) -> "regex.Match[str] | None":
        if self._given_up >= _MOST_GIVEN_UP:
            return None
        try:
            return (self._compiled.fullmatch if whole else self._compiled.search)(text, timeout=LONGEST_S)
        except TimeoutError:
            self._given_up += 1
            self._log()
            return None

    def _log(self) -> None:
        import structlog  # which brings rich and asyncio: a quick command does not wait for them

        log = structlog.get_logger(__name__)
        log.error("pattern_too_slow", pattern=self.text, given_up_for_good=self._given_up >= _MOST_GIVEN_UP)


bounded = lru_cache(maxsize=512)(BoundedPattern)
"""Returns the pattern of a text, made once."""
