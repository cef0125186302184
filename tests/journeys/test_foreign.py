"""Which tags become elements of a picture or a formula, as Chromium reads the same pages."""

import pytest

from probe.journeys.foreign import ForeignContent
from probe.journeys.markup import tags


def foreign_names(body: str) -> list[str]:
    """The names of the start tags whose elements are foreign, when all content is read as tags."""
    content, found = ForeignContent(), []
    for tag in tags(body.encode(), lambda _: False):
        name = tag["name"].lower()
        if tag["close"]:
            content.end(name)
            continue
        content.start(tag, name)
        found += [name.decode()] if content.is_foreign else []
    return found


@pytest.mark.parametrize(
    ("body", "foreign"),
    [
        ("<p><noscript>", []),
        ("<svg><noscript></noscript></svg><noscript>", ["svg", "noscript"]),
        ("<svg/><noscript>", ["svg"]),
        ("<svg><g/><noscript>", ["svg", "g", "noscript"]),
        ("<svg><p><noscript>", ["svg"]),
        ("<svg><font><font color=x><noscript>", ["svg", "font"]),
        ("<svg></p><noscript>", ["svg"]),
        ("<svg><foreignObject><noscript>", ["svg", "foreignobject"]),
        ("<svg><desc></desc><noscript>", ["svg", "desc", "noscript"]),
        ("<svg><title><svg><g>", ["svg", "title", "svg", "g"]),
        ("<math><title><noscript>", ["math", "title", "noscript"]),
        ("<math><mi><noscript></mi><noscript>", ["math", "mi", "noscript"]),
        ("<math><mi><mglyph><noscript>", ["math", "mi", "mglyph", "noscript"]),
        ("<math><annotation-xml><noscript>", ["math", "annotation-xml", "noscript"]),
        ("<math><annotation-xml encoding='text/html'><noscript>", ["math", "annotation-xml"]),
        ("<math><annotation-xml><svg><desc><noscript>", ["math", "annotation-xml", "svg", "desc"]),
        ("<div><svg></div><noscript>", ["svg"]),
        ("<svg></div><noscript>", ["svg", "noscript"]),
        ("<form><svg></form><noscript>", ["svg", "noscript"]),
    ],
)
def test_an_element_is_foreign_where_chromium_makes_it_one(body: str, foreign: list[str]) -> None:
    assert foreign_names(body) == foreign
