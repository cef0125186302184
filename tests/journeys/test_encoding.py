"""Which encoding a document is in (WHATWG HTML, "encoding sniffing algorithm")."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.journeys.encoding import decode, find_encoding


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        (b"", "", "windows-1252"),
        ("é".encode(), "", "utf-8"),  # Chromium garbles it
        (b"\xe9", "", "windows-1252"),
        (b"<a/>", "application/xml", "utf-8"),
        (b"<?xml version='1.0' encoding='latin1'?>", "text/html", "windows-1252"),
        (b"", "text/html; charset=ISO-8859-1", "windows-1252"),
        (b"", 'text/html; foo=1; ChArSeT="latin1"', "windows-1252"),
        (b"", "text/html; charset=undefined", "windows-1252"),
        (b"<meta charset=latin1>", "text/html", "windows-1252"),
        (b"<meta charset=latin1>", "text/html; charset=utf-8", "utf-8"),
        (b"<meta charset=latin1>", "text/html; charset=nonsense", "windows-1252"),
        (b"\xef\xbb\xbf<meta charset=latin1>", "text/html; charset=latin1", "utf-8"),
        (b"\xff\xfe<", "text/html; charset=latin1", "utf-16le"),
        (b"<META content='text/html; Charset = \"gbk\" ;' HTTP-EQUIV=Content-Type>", "", "gbk"),
        (b"<meta http-equiv=refresh content='charset=gbk'>", "", "windows-1252"),
        (b"<script>'<meta charset=gbk>'</script><title><meta charset=gbk></title>", "", "windows-1252"),
        (b"<meta charset=gbk charset=utf-8>", "", "gbk"),
        (b"<!-- <meta charset=gbk> --><meta name='a>b' charset='big5'/>", "", "big5"),
        (b"<meta charset=nonsense><meta charset=gbk>", "", "gbk"),
        (b"<meta charset=utf-16>", "", "utf-8"),
        (b"<meta charset=x-user-defined>", "", "windows-1252"),
        (b" " * 1_024 + b"<meta charset=gbk>", "", "windows-1252"),  # too late
        (b"<meta charset='gbk", "", "windows-1252"),
    ],
)
def test_the_encoding_of_a_document(body: bytes, content_type: str, expected: str) -> None:
    assert find_encoding(body, content_type) == expected


def test_a_byte_order_mark_is_no_text() -> None:
    assert decode("\ufeffa".encode(), "utf-8") == decode(b"\xff\xfea\0", "utf-16le") == "a"


@given(st.binary(max_size=300), st.text(max_size=40))
def test_whatever_comes_is_text(body: bytes, content_type: str) -> None:
    assert isinstance(decode(body, find_encoding(b"<meta " + body, content_type)), str)


@pytest.mark.parametrize("label", ["replacement", "ISO-2022-KR", " hz-gb-2312 ", "iso-2022-cn", "iso-2022-cn-ext", "csiso2022kr"])
def test_encodings_that_were_used_for_attacks_are_one_character(label: str) -> None:
    """Encoding Standard, 4.2 and 14.1: their labels are those of `replacement`."""
    name = find_encoding(b"<p>x", f"text/html; charset={label}")
    assert decode(b"<p>x", name) == "\ufffd"
    assert decode(b"", name) == ""
    assert find_encoding(f"<meta charset='{label}'>".encode(), "") == name
