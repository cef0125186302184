"""How the fields of a form are written: WHATWG HTML, "Form submission", and URL, section 5."""

import time
from email import policy
from email.parser import BytesParser
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.journeys.form_data import Enctype, body, output_encoding, urlencoded


@pytest.mark.parametrize(
    ("fields", "encoding", "expected"),
    [
        ([("a", "1"), ("a", "2")], "utf-8", "a=1&a=2"),
        ([("a b", "c+d")], "utf-8", "a+b=c%2Bd"),
        ([("*-._", "~!'()")], "utf-8", "*-._=%7E%21%27%28%29"),
        ([("\u00e9", "\u20ac")], "utf-8", "%C3%A9=%E2%82%AC"),
        ([("\u00e9", "\u20ac")], "windows-1252", "%E9=%80"),
        ([("\u00e9", "\u4f60")], "windows-1252", "%E9=%26%2320320%3B"),
        ([("a", "\x81")], "windows-1252", "a=%81"),
        ([("a", "\u4f60\u597d")], "gbk", "a=%C4%E3%BA%C3"),
        ([("a", "\u65e5")], "shift_jis", "a=%93%FA"),
        ([("a\n", "1\n2\r3\r\n4")], "utf-8", "a%0D%0A=1%0D%0A2%0D%0A3%0D%0A4"),
        ([("", "")], "utf-8", "="),
        ([("a", "\ud800")], "utf-8", "a=%3F"),
        ([], "utf-8", ""),
    ],
)
def test_urlencoded(fields: list[tuple[str, str]], encoding: str, expected: str) -> None:
    assert urlencoded(fields, encoding) == expected
    assert body(fields, encoding, Enctype.URLENCODED) == (expected.encode(), "application/x-www-form-urlencoded")


def test_plain() -> None:
    assert body([("a", "1 &"), ("\u00e9", "2\n3")], "windows-1252", Enctype.PLAIN) == (b"a=1 &\r\n\xe9=2\r\n3\r\n", "text/plain")


def test_multipart() -> None:
    content, kind = body([("a", "1\n2"), ('n"\n', "\u00e9")], "utf-8", Enctype.MULTIPART)
    read = BytesParser(policy=policy.HTTP).parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + content)
    parts = [(part.get_param("name", header="content-disposition"), part.get_payload(decode=True)) for part in read.get_payload()]
    assert parts == [("a", b"1\r\n2"), ("n%22%0D%0A", "\u00e9".encode())]


@given(st.lists(st.tuples(st.text(max_size=9), st.text(max_size=60)), max_size=4))
def test_a_boundary_is_in_no_field(fields: list[tuple[str, str]]) -> None:
    content, kind = body(fields, "utf-8", Enctype.MULTIPART)
    assert content.count(kind.partition("boundary=")[2].encode()) == len(fields) + 1


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(exclude_characters="\r\n", codec="utf-8")),
            st.text(st.characters(exclude_characters="\r\n", codec="utf-8")),
        )
    )
)
def test_what_is_written_is_read_back(fields: list[tuple[str, str]]) -> None:
    assert parse_qsl(urlencoded(fields), keep_blank_values=True) == fields


@pytest.mark.parametrize(
    ("labels", "page", "expected"),
    [
        (None, "windows-1252", "windows-1252"), ("", "gbk", "gbk"), ("utf-8", "gbk", "utf-8"),
        (" nonsense  LATIN1 ", "utf-8", "windows-1252"),
        ("undefined", "big5", "big5"), (None, "utf-16le", "utf-8"), ("utf-16", "gbk", "utf-8"), (None, "replacement", "utf-8"),
    ],
)  # fmt: skip
def test_the_encoding_of_a_form(labels: str | None, page: str, expected: str) -> None:
    assert output_encoding(labels, page) == expected


def test_characters_that_an_encoding_lacks_cost_no_more_than_their_number() -> None:
    def least(count: int) -> float:
        times = []
        for _ in range(3):
            began = time.process_time()
            urlencoded((("a", "\u2603" * count),), "windows-1252")
            times.append(time.process_time() - began)
        return min(times)

    assert least(40_000) < 2.6 * least(20_000)


@given(st.text("a+ %\n\r\u00e9/?&=\u20ac", max_size=12), st.sampled_from(["", "!\"#$'()[]{}~"]))
def test_each_octet_is_written_as_the_standard_says_however_many_differ(text: str, more: str) -> None:
    octets = (text + more).replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n").encode()
    kept = b"*-._0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    written = "".join("+" if each == 0x20 else chr(each) if each in kept else f"%{each:02X}" for each in octets)
    assert urlencoded([("a", text + more)]) == f"a={written}"
