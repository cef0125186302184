"""Addresses as browsers read them: the WHATWG URL text, in examples of our own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.journeys.addresses import LONGEST, ascii_header, canonical, join

BASE = "https://hub.test/a/b?q"


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("c", "https://hub.test/a/c"),
        ("?x", "https://hub.test/a/b?x"),
        ("#x", "https://hub.test/a/b?q"),
        ("", "https://hub.test/a/b?q"),
        ("/c/../d/./e/..", "https://hub.test/d/"),
        ("%2e%2E/c", "https://hub.test/c"),
        ("\\\\idp.test\\c", "https://idp.test/c"),  # backslashes are slashes
        ("\\c", "https://hub.test/c"),
        ("https:\\\\idp.test\\c", "https://idp.test/c"),
        ("https:c", "https://hub.test/a/c"),  # the page's own scheme says nothing
        ("https:/c", "https://hub.test/c"),
        ("http:/idp.test/c", "http://idp.test/c"),
        ("http:idp.test", "http://idp.test/"),
        ("https:///idp.test/c", "https://idp.test/c"),
        ("////idp.test/c", "https://idp.test/c"),
        (" ht\ntps://idp.test/c\t ", "https://idp.test/c"),
        ("//IDP.test:443/c", "https://idp.test/c"),
        ("//idp.test:8443", "https://idp.test:8443/"),
        ("//user:pass@idp.test/c", "https://idp.test/c"),
        ("//idp\u00e9.test/\u00e9?\u00e9", "https://xn--idp-dma.test/%C3%A9?%C3%A9"),
        ("//XN--IDP-DMA.test/", "https://xn--idp-dma.test/"),
        ("//fa\u00df.test/", "https://xn--fa-hia.test/"),
        ("//0x7f.1/", "https://127.0.0.1/"),
        ("//[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/"),
        ("/a b|c", "https://hub.test/a%20b%7Cc"),
        ("data:,x", "data:,x"),
        ("app:a|b#c", "app:a|b"),  # no address of a page, and nothing that raises
        ("javascript:void(0)", "javascript:void(0)"),
        ("//idp.test:65536/", ""),
        ("//a b/", ""),
        ("http://[::1", ""),
        ("https://", ""),
        ("\ud800", ""),
        ("x" * (LONGEST + 1), ""),
        ("\u00e9" * LONGEST, ""),  # too long once it is written out
    ],
)
def test_join(target: str, expected: str) -> None:
    assert join(BASE, target) == expected


@pytest.mark.parametrize("base", ["", "x", "about:blank"])
def test_a_base_that_is_none_leads_nowhere(base: str) -> None:
    assert join(base, "c") == ""


@given(st.text(max_size=300), st.text(max_size=300))
def test_whatever_a_page_says_is_an_ascii_address_or_none(base: str, target: str) -> None:
    for one in (base, BASE):
        joined = join(one, target)
        assert joined.isascii()
        assert "#" not in joined
        assert joined in ("", join(joined, ""))  # once joined, it is joined


@pytest.mark.parametrize(
    "spelt",
    [
        "https://sp.test/callback~1", "https://SP.test/callback~1", "https://sp.test:443/callback~1", "https://sp.test/%63allback%7e1",
        "https://sp.test/x/../callback~1", "https://sp.test/callback~1?code=1", "https:\\\\sp.test\\callback~1",
    ],
)  # fmt: skip
def test_one_place_in_several_spellings(spelt: str) -> None:
    assert canonical(spelt) == canonical("https://sp.test/callback~1") == ("https:", "sp.test", "/callback~1")


@pytest.mark.parametrize(
    "other",
    [
        "https://sp.test/callback", "http://sp.test/callback~1", "https://sp.test:8443/callback~1", "https://sp.test/callback~1/",
        "https://sp.test/callback~1%2F", "https://sp.test/Callback~1", "https://sp.test.evil.test/callback~1", "callback~1", "",
    ],
)  # fmt: skip
def test_another_place(other: str) -> None:
    assert canonical(other) != canonical("https://sp.test/callback~1")


def test_bytes_of_a_location_that_are_not_ascii_are_written_out() -> None:
    assert ascii_header("/é?a b%20".encode("latin-1")) == "/%E9?a b%20"
    assert ascii_header("/é".encode()) == "/%C3%A9"
