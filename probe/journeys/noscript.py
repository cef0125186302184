"""Takes out of a page what browsers show only where they run no scripts.

Where scripts run, the content of a `noscript` element is text (WHATWG HTML, "the noscript
element"): it makes no element, begins no form and ends none. The parser that we have reads pages as
where none run, so the content is taken out before it is parsed.
"""

import re
from collections import Counter

from probe.journeys.markup import RAW_ELEMENTS, end_of_text, tags

_NAME = b"noscript"
_FOREIGN = frozenset({b"svg", b"math"})  # in a picture or a formula the element is one as any other
_MENTION = re.compile("<noscript", re.IGNORECASE)


def without_noscript(html: str) -> str:
    """Return the page without the content of its `noscript` elements."""
    if not _MENTION.search(html):
        return html
    body, pieces, kept = html.encode("utf-8", "surrogatepass"), list[bytes](), 0
    foreign = Counter[bytes]()  # by name, those that are open

    def is_text(name: bytes) -> bool:
        return name in RAW_ELEMENTS or (name == _NAME and not foreign.total())

    for tag in tags(body, is_text):
        name = tag["name"].lower()
        if name in _FOREIGN and not tag[0].endswith(b"/>"):
            foreign[name] = max(0, foreign[name] + (-1 if tag["close"] else 1))
        elif name == _NAME and not tag["close"] and is_text(name):
            pieces.append(body[kept : tag.end()])
            kept = end_of_text(body, name, tag.end())
    return (b"".join(pieces) + body[kept:]).decode("utf-8", "surrogatepass")
