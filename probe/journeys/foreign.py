"""Tells which tags of a page become elements of a picture (SVG) or a formula (MathML).

The rules are those of WHATWG HTML, "The rules for parsing tokens in foreign content": there a tag
means something else. A `title` or a `script` holds no text alone, and a `noscript` is an element as
any other. Some elements lead back to HTML: within them (integration points), or by their start
(`<p>` ends the picture that it stands in).
"""

import re
from collections import Counter
from typing import NamedTuple

from probe.journeys.markup import BREAKOUT, VOID

_ROOTS = frozenset({b"svg", b"math"})
_IN_SVG = frozenset({b"foreignobject", b"desc", b"title"})
_IN_MATH = frozenset({b"mi", b"mo", b"mn", b"ms", b"mtext"})
_ENDS_ALONE = frozenset({b"form", b"body", b"html", b"head"})  # their ends end nothing that is open within them
_STILL_MATH = frozenset({b"mglyph", b"malignmark"})
_HOLDS_HTML = re.compile(rb"""[\s/"']encoding\s*=\s*["']?(?:text/html|application/xhtml\+xml)(?=["'\s>])""", re.IGNORECASE)
_COLOURED = re.compile(rb"""[\s/"'](?:color|face|size)[\s=/>]""", re.IGNORECASE)


class _Open(NamedTuple):
    """An open element of a picture or a formula: its name, its root's, whether it holds HTML."""

    name: bytes
    root: bytes
    holds_html: bool


class ForeignContent:
    """What is open of pictures and formulas while the tags of a page are read one after another.

    `is_foreign`: the element of the last start tag is one of a picture or a formula.
    """

    def __init__(self) -> None:
        self.is_foreign = False
        self._open: list[_Open] = []
        self._outside: Counter[bytes] = Counter()  # elements of HTML that are open, by name

    def start(self, tag: re.Match[bytes], name: bytes) -> None:
        """Take in a start tag and its name in small letters."""
        self.is_foreign = self._takes(tag, name)

    def _takes(self, tag: re.Match[bytes], name: bytes) -> bool:
        if self._is_within(name) and (name in BREAKOUT or (name == b"font" and _COLOURED.search(tag[0]))):
            self._leave()
        elif self._is_within(name):
            last = self._open[-1]
            root = name if (last.name, name) == (b"annotation-xml", b"svg") else last.root
            self._push(tag, name, root)
            return True
        if name in _ROOTS:
            self._push(tag, name, name)
            return True
        if not self._open and name not in VOID and name not in _ENDS_ALONE:
            self._outside[name] += 1
        return False

    def end(self, name: bytes) -> None:
        """Take in an end tag by its name in small letters."""
        if not self._open:
            self._outside[name] = max(0, self._outside[name] - 1)
            return
        for place in reversed(range(len(self._open))):
            if self._open[place].name == name:
                del self._open[place:]
                return
        if not self._open[-1].holds_html and name in (b"br", b"p"):
            self._leave()
        if self._outside[name] and not any(each.holds_html for each in self._open):
            self._outside[name] -= 1
            self._open.clear()

    def _is_within(self, name: bytes) -> bool:
        if not self._open:
            return False
        last = self._open[-1]
        return not last.holds_html or (last.name in _IN_MATH and name in _STILL_MATH)

    def _leave(self) -> None:
        while self._open and not self._open[-1].holds_html:
            self._open.pop()

    def _push(self, tag: re.Match[bytes], name: bytes, root: bytes) -> None:
        if tag[0].endswith(b"/>"):
            return
        points = _IN_SVG if root == b"svg" else _IN_MATH
        holds_html = name in points or (root == b"math" and name == b"annotation-xml" and _HOLDS_HTML.search(tag[0]) is not None)
        self._open.append(_Open(name, root, holds_html))
