"""Finds the form that owns a control (WHATWG HTML, "form element pointer").

While a page is parsed, a control belongs to the form that was begun last and not yet ended,
wherever the tree puts either of them: in a table the form is beside its rows, and a stray `</div>`
ends the element and not the form. The parser's tree does not keep that.
So it is written into the page as attributes, before the page is parsed again.
"""

from probe.journeys.markup import tags

NUMBER = "data-vigie-form"
"""The attribute that a form and its controls share."""

_CONTROLS = frozenset({b"input", b"select", b"textarea", b"button", b"object", b"output", b"fieldset"})


def with_owners(html: str) -> str:
    """Return the page with a number on each form, and on each control that it owns."""
    body, pieces, kept = html.encode("utf-8", "surrogatepass"), list[bytes](), 0
    form: int | None = None
    forms = templates = 0
    for tag in tags(body):
        name = tag["name"].lower()
        if name == b"template":
            templates = max(0, templates + (-1 if tag["close"] else 1))
        elif templates:
            pass  # what is in a template is on no page
        elif name == b"form" and tag["close"]:
            form = None
        elif (name == b"form" and form is None) or (name in _CONTROLS and form is not None and not tag["close"]):
            if name == b"form":
                form = forms = forms + 1
            pieces += body[kept : tag.end("name")], f' {NUMBER}="{form}"'.encode()
            kept = tag.end("name")
    return (b"".join(pieces) + body[kept:]).decode("utf-8", "surrogatepass")
