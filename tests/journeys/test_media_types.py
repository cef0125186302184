"""What kind of document an answer is. Chromium says the same (tests/browser)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.journeys.media_types import MediaType, is_page, read


@pytest.mark.parametrize(
    ("header", "essence", "charset"),
    [
        ("", "", ""),
        ("Text/HTML;Charset=UTF-8", "text/html", "UTF-8"),
        ('text/html; x=y; charset="latin1"; charset=utf-8', "text/html", "latin1"),
        ("text/html;charset=a, text/html", "text/html", "a"),  # of the same kind: it stays
        ("text/html;charset=a, text/plain", "text/plain", ""),
        ("text/html, */*", "text/html", ""),
        ("text/html, odd", "text/html", ""),
        ("text / html", "", ""),
        ("text/html charset=utf-8", "text/html", ""),  # the semicolon is missing
        ("text/html (utf-8); charset=latin1", "text/html", "latin1"),
        ("text/html; charset =utf-8", "text/html", ""),
        ("text/html; charset= utf-8", "text/html", "utf-8"),
        ('text/html; x=",text/plain"', "text/html", ""),
        ("/", "", ""),
    ],
)
def test_the_last_that_is_one_holds(header: str, essence: str, charset: str) -> None:
    """Fetch, "extract a MIME type"."""
    assert read(header) == MediaType(essence, charset)


@pytest.mark.parametrize(
    ("header", "body", "page"),
    [
        ("text/html", b"", True),
        ("application/xhtml+xml", b"", True),
        ("text/htmlx", b"<html>", False),
        ("", b"\xef\xbb\xbf \n<!DOCTYPE html>", True),
        ("*/*", b"<p>", True),
        ("unknown/unknown", b"<odd>", False),
        ("text/plain", b"<html>", False),
    ],
)
def test_a_page_is_one_by_its_kind_or_where_none_is_named_by_its_start(header: str, body: bytes, page: bool) -> None:
    assert is_page(header, body, sniffed=True) is page
    assert is_page(header, body, sniffed=False) is (page and header.startswith(("text/html", "application/xhtml")))


@given(st.text(alphabet='a/;=," \\*é', max_size=60))
def test_whatever_a_server_says_there_is_an_answer(header: str) -> None:
    assert read(header).essence.count("/") <= 1
