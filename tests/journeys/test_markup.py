"""The work that a page is for the parser is bounded before it is parsed."""

import pytest

from benchmarks import tag_soup
from probe.journeys import markup


@pytest.mark.parametrize("first", range(0, 80, 8))
def test_what_is_let_through_does_not_keep_the_parser_busy(first: int) -> None:
    """The dearest of some 3,000 such pages took 15 ms; without the bound,
    seconds and a gigabyte.
    """
    costs = [found for seed in range(first, first + 8) if (found := tag_soup.cost(seed))]
    assert all(each.seconds < 0.5 for each in costs)


def steps(body: str) -> int:
    reading = markup.WorkEstimate(body.encode())
    reading.read()
    return reading.steps


@pytest.mark.parametrize(
    ("plain", "hidden"),
    [
        ("<div></div>", "<div><!--</div>--></div>"),
        ("<div></div>", "<div a='</div>'></div>"),
        ("<div></div>", "<div><title></div></title></div>"),
        ("<div></div>", "<div><script></div></script></div>"),
        ("<div></div>", "<div><script><!--<script></script></div></script>--></script></div>"),
    ],
)
def test_an_end_tag_that_is_none_closes_nothing(plain: str, hidden: str) -> None:
    """Were it taken for an end, the real one would find nothing to close,
    and the elements after it would count as less deep.
    """
    inner = "<i></i>" * 50
    assert steps(hidden + inner) >= steps(plain + inner)
    assert steps(hidden.removesuffix("</div>") * 1_000) > 10 * steps(plain * 1_000)


@pytest.mark.parametrize(
    "hiding", ["<table></div></table>", "<select></div></select>", "<object></div></object>", "<svg><desc></div></desc></svg>"]
)
def test_an_end_tag_that_might_close_nothing_closes_nothing(hiding: str) -> None:
    assert steps(f"<div>{hiding}" * 1_000) > 1_000 * 1_000 // 2


@pytest.mark.parametrize(
    "body",
    [
        "<",
        "<a",
        "</",
        "</a",
        "<a b='",
        "<!",
        "<!-",
        "<!--",
        "<!-->",
        "<!--->",
        "<!----!>",
        "<?",
        "<a/",
        "<script",
        "<script>",
        "<script><!--",
        "\0<\0",
    ],
)
def test_a_page_that_ends_anywhere_is_read_to_its_end(body: str) -> None:
    assert steps(body) <= 200


def test_a_common_page_costs_next_to_nothing_of_what_is_allowed() -> None:
    button = "<button id=b class='c d'><img src=/e alt=''></button>"
    tile = f"<li><form name=a method=post action=/x>{button}<input type=hidden name=f value=g></form></li>"
    assert steps(f"<!doctype html><html><body><ul>{tile * 100}</ul></body></html>") < markup.MOST_STEPS // 100


@pytest.mark.parametrize("shape", [b"<x y='", b'<x / y="', b"<x y='a' '"])
def test_a_quote_that_is_never_closed_raises_nothing(shape: bytes) -> None:
    """Python 3.11's `re` raises SystemError where a group with a name repeats and then fails."""
    markup.too_complicated(shape * 600 + b"<tr><td><input>" + b"<" * 600)


@pytest.mark.parametrize(
    ("tag", "closes"), [(b"<path/>", True), (b"<path d='M0 0' />", True), (b"<path d/>", True), (b"<path d=M/>", False)]
)
def test_a_tag_closes_itself_unless_its_slash_is_of_a_value(tag: bytes, closes: bool) -> None:
    """In SVG, of 3,000 elements that close themselves none is within another."""
    body = b"<svg>" + tag * 3_000
    reading = markup.WorkEstimate(body)
    reading.read()
    assert (reading.steps < 2_000_000) is closes


@pytest.mark.parametrize("unit", ["<?x>", "<!x>", "<!---->", "<!--a--!>", "</z>", "<script><!--<script></script>-->", "<", "<a "])
def test_what_makes_no_element_is_bounded_too(unit: str) -> None:
    """However little the parser makes of it, it takes time to read."""
    assert markup.too_complicated(unit.encode() * (2_000_000 // len(unit)))
    assert not markup.too_complicated(unit.encode() * 500)


def test_a_tag_of_very_many_attributes_is_not_read_to_its_end() -> None:
    def tag(attributes: int) -> bytes:
        return b"<p " + b" ".join(b"a%d" % number for number in range(attributes)) + b">"

    assert markup.too_complicated(tag(markup.MOST_ATTRIBUTES + 1))
    assert not markup.too_complicated(tag(markup.MOST_ATTRIBUTES - 500))
