"""Takes out of a page what browsers show only where they run no scripts.

Where scripts run, the content of a `noscript` element is text (WHATWG HTML, "the noscript
element"): it makes no element, begins no form and ends none. The parser that we have reads pages as
where none run, so the content is taken out before it is parsed.
"""

import re

from probe.journeys.markup import MARKUP, RAW_ELEMENTS, TAG, end_of_comment, end_of_text

_NAME = b"noscript"
_FOREIGN = frozenset({b"svg", b"math"})  # in a picture or a formula the element is one as any other
_MENTION = re.compile("<noscript", re.IGNORECASE)


def without_noscript(html: str) -> str:
    """Return the page without the content of its `noscript` elements."""
    if not _MENTION.search(html):
        return html
    body, pieces, kept, at = html.encode("utf-8", "surrogatepass"), list[bytes](), 0, 0
    foreign = 0
    while opening := MARKUP.search(body, at):
        tag = TAG.match(body, opening.start())
        if tag is None:
            end = end_of_comment(body, opening.start())
            if end is None:
                break  # the page ends within it
            at = end
            continue
        at, name = tag.end(), tag["name"].lower()
        if name in _FOREIGN and not body.endswith(b"/>", tag.start(), at):
            foreign = max(0, foreign + (-1 if tag["close"] else 1))
        elif tag["close"]:
            continue
        elif name == _NAME and not foreign:
            end = end_of_text(body, name, at)
            pieces.append(body[kept:at])
            kept = at = end
        elif name in RAW_ELEMENTS:
            at = end_of_text(body, name, at)
    return (b"".join(pieces) + body[kept:]).decode("utf-8", "surrogatepass")
