"""Which URLs can be asked, and under which name the configuration knows their host."""

import pytest

from probe.transport.failure import NotHttpError
from probe.transport.urls import parse, place


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://hub.example/a", "hub.example"),
        ("https://HUB.example:443/a", "hub.example"),
        ("http://hub.example:80", "hub.example"),
        ("https://hub.example:80", "hub.example:80"),
        ("http://hub.example:8080/", "hub.example:8080"),
        ("https://user:secret@hub.example/", "hub.example"),
        ("https://[::1]:8443/", "[::1]:8443"),
    ],
)
def test_a_host_is_named_with_its_port_when_it_is_not_the_schemes_own(url: str, expected: str) -> None:
    assert parse(url).authority == expected


@pytest.mark.parametrize(("url", "expected"), [("http://a/", 80), ("https://a/", 443), ("https://a:8443/", 8443)])
def test_a_port_is_the_urls_or_the_schemes(url: str, expected: int) -> None:
    assert parse(url).port == expected


@pytest.mark.parametrize(
    "url",
    [
        "", "/relative", "//hub.example/", "mailto:a@hub.example", "ftp://hub.example/", "javascript:alert(1)", "https://", "https:///a",
        "https://hub.example:0/", "https://hub.example:65536/", "https://hub.example:x/", "https://a b/", "https://a%00b/", "https://[::1/",
        "https://hub.example\x00/", "https:/hub.example/", "https:\\\\hub.example/", " https://hub.example/", "https://a/\ud800",
        f"https://hub.example/{'a' * 65_536}",
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_and_has_no_place(url: str) -> None:
    with pytest.raises(NotHttpError):
        parse(url)
    assert place(url) == ("", "")


def test_a_place_leaves_out_the_query_which_may_hold_a_code() -> None:
    assert place("https://Hub.example:8443/cb?code=secret#token=secret") == ("hub.example:8443", "/cb")
