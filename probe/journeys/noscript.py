"""Takes out of a page what browsers show only where they run no scripts.

Where scripts run, the content of a `noscript` element is text (WHATWG HTML, "the noscript
element"): it makes no element, begins no form and ends none. The parser that we have reads pages as
where none run, so the content is taken out before it is parsed.
"""

import re

from probe.journeys.foreign import ForeignContent
from probe.journeys.markup import RAW_ELEMENTS, end_of_text, tags

_NAME = b"noscript"
_TEXTS = RAW_ELEMENTS | {_NAME}
_MENTION = re.compile("<noscript", re.IGNORECASE)


def without_noscript(html: str) -> str:
    """Return the page without the content of its `noscript` elements.

    In a picture or a formula the element is one as any other, and its content is kept.
    """
    if not _MENTION.search(html):
        return html
    body, pieces, kept = html.encode("utf-8", "surrogatepass"), list[bytes](), 0
    foreign = ForeignContent()
    for tag in tags(body, lambda name: not foreign.is_foreign and name in _TEXTS):
        name = tag["name"].lower()
        if tag["close"]:
            foreign.end(name)
            continue
        foreign.start(tag, name)
        if name == _NAME and not foreign.is_foreign:
            pieces.append(body[kept : tag.end()])
            kept = end_of_text(body, name, tag.end())
    return (b"".join(pieces) + body[kept:]).decode("utf-8", "surrogatepass")
