"""The small languages of values."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.config import formats
from probe.config.formats import Address


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("30s", 30_000_000),
        ("1.5m", 90_000_000),
        ("500ms", 500_000),
        ("2h", 7_200_000_000),
        ("90d", 7_776_000_000_000),
        (" 1 us ", 1),
        ("0.000001s", 1),
    ],
)
def test_a_duration_is_exact_microseconds(text: str, micros: int) -> None:
    assert formats.parse_duration(text) == micros


@pytest.mark.parametrize(
    "text", ["30", "", "s", "-1s", "+1s", "1e3s", "1 s 2 m", "٣s", "1,5s", "0s", "0.0ms", "0.5us", "99999d", True, None, 1.5, 0, -1]
)
def test_what_is_no_duration_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match=r"duration|zero|microsecond|ten years"):
        formats.parse_duration(text)


@given(st.integers(1, formats.LONGEST_US))
def test_a_duration_said_and_read_again_is_the_same(micros: int) -> None:
    assert formats.parse_duration(formats.say_duration(micros)) == micros


@given(st.decimals(Decimal("0.001"), 10_000, places=3))
def test_decimals_lose_nothing(seconds: Decimal) -> None:
    assert formats.parse_duration(f"{seconds}s") == int(seconds * 1_000_000)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:9464", Address("127.0.0.1", 9464)),
        ("[::1]:80", Address("::1", 80)),
        ("[2001:db8::1]", Address("2001:db8::1")),
        ("2001:db8::1", Address("2001:db8::1")),
        ("Hub.Example:443", Address("hub.example", 443)),
        ("été.example", Address("été.example")),
    ],
)
def test_addresses_are_read(text: str, address: Address) -> None:
    assert formats.parse_address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":80",
        "a:",
        "a:b",
        "a:70000",
        "[::1",
        "[1.2.3.4.5]:1",
        "a b",
        "-a",
        "a..b",
        "300.1.1.1",
        "a/b",
        "user@host",
        "fe80::1%eth0",
        "x" * 64,
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not|has"):
        formats.parse_address(text)


def test_an_ipv6_address_is_written_in_brackets() -> None:
    assert str(Address("::1", 80)) == "[::1]:80"


@pytest.mark.parametrize(
    "url",
    ["https://hub.example", "http://127.0.0.1:8080/x?y=z", "https://[::1]:8443/", "https://été.example/", "HTTPS://HUB.EXAMPLE/"],
)
def test_good_urls_pass(url: str) -> None:
    assert formats.check_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hub.example",
        "//hub.example",
        "ftp://a",
        "https://",
        "https://a:0",
        "https://a:x",
        "https://[::1",
        "https://a b/",
        "https://u@a/",
        "https://u:p@a/",
        "https://a/#x",
        "https://a\\b",
        "https://a\n",
        "javascript:alert(1)",
        "https://1.2.3",
    ],
)
def test_bad_urls_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"is not|holds|fragment"):
        formats.check_url(url)


@pytest.mark.parametrize(
    ("url", "authority"),
    [
        ("https://Hub.Example/x", "hub.example:443"),
        ("http://a", "a:80"),
        ("https://a:8443", "a:8443"),
        ("https://[::1]/", "[::1]:443"),
        ("https://a./", "a:443"),
    ],
)
def test_the_authority_of_a_url_always_has_its_port(url: str, authority: str) -> None:
    assert formats.authority(url) == authority


def test_a_password_that_looks_like_a_placeholder_is_typed_as_it_is() -> None:
    assert formats.fill("{username}/{password}", "{password}", "{username}\\1") == "{password}/{username}\\1"


@pytest.mark.parametrize("text", ["", "{", "}{", "{}", "{ }", "{0}", "x{username}y"])
def test_braces_that_name_nothing_are_plain_text(text: str) -> None:
    assert formats.check_template(text) == text
    assert formats.fill(text, "u", "p") == text.replace("{username}", "u")
