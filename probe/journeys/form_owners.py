"""Finds the form that owns a control (WHATWG HTML, "form element pointer").

While a page is parsed, a control belongs to the form that was begun last and not yet ended,
wherever the tree puts either of them: in a table the form is beside its rows, and a stray `</div>`
ends the element and not the form. The parser's tree does not keep that.
So it is written into the page as attributes, before the page is parsed again.
"""

import re

from probe.journeys.markup import RAW_ELEMENTS, TAG

NUMBER = "data-vigie-form"
"""The attribute that a form and its controls share."""

_CONTROLS = frozenset({"input", "select", "textarea", "button", "object", "output", "fieldset"})
_TAG = re.compile(TAG.pattern.decode("ascii"), re.VERBOSE)
_NEXT = re.compile(r"<(?=[a-zA-Z/!?])")
_COMMENT = re.compile(r"<!--(?:-?>|.*?--!?>)", re.DOTALL)
_NO_ELEMENT = re.compile(r"<[!?/][^>]*>")
_RAW = frozenset(name.decode("ascii") for name in RAW_ELEMENTS)


def with_owners(html: str) -> str:
    """Return the page with a number on each form, and on each control that it owns."""
    pieces, kept, at = list[str](), 0, 0
    form: int | None = None
    forms = templates = 0
    while opening := _NEXT.search(html, at):
        tag = _TAG.match(html, opening.start())
        if tag is None:
            comment = html.startswith("<!--", opening.start())
            skipped = (_COMMENT if comment else _NO_ELEMENT).match(html, opening.start())
            if skipped is None:
                break  # the page ends within it
            at = skipped.end()
            continue
        at, name = tag.end(), tag["name"].lower()
        if name == "template":
            templates = max(0, templates + (-1 if tag["close"] else 1))
        elif templates:
            pass  # what is in a template is on no page
        elif name == "form" and tag["close"]:
            form = None
        elif (name == "form" and form is None) or (name in _CONTROLS and form is not None and not tag["close"]):
            if name == "form":
                form = forms = forms + 1
            pieces += html[kept : tag.end("name")], f' {NUMBER}="{form}"'
            kept = tag.end("name")
        if name in _RAW and not tag["close"]:
            at = _end_of_text(html, name, at)
    return "".join(pieces) + html[kept:]


def _end_of_text(html: str, name: str, at: int) -> int:
    """Return where the text of an element that holds text alone ends."""
    if name == "plaintext":
        return len(html)
    end = re.compile(f"</{name}(?=[\\t\\n\\f\\r />])", re.IGNORECASE).search(html, at)
    return end.start() if end else len(html)
