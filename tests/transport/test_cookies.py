"""Which cookies are kept, and which go with a request: RFC 6265bis, sections 5.7 and 5.8.

The rows say what the http-state and web-platform tests say, in examples of our own.
What Chromium does otherwise than the text is marked so.
"""

import time

import pytest

from probe.transport.cookies import COOKIES_OF_A_SITE, Jar
from probe.transport.urls import parse

NOW_US = 1_700_000_000_000_000
SECOND = 1_000_000
HUB = "https://www.hub.test/a/b/page?q=/x"


def take(jar: Jar, url: str, *headers: str, at_us: int = NOW_US) -> None:
    jar.take(parse(url), [header.encode("latin-1") for header in headers], at_us)


def sent(jar: Jar, url: str, *, method: str = "GET", by: str | None = None, at_us: int = NOW_US) -> str | None:
    return jar.header(parse(url), at_us, method=method, sent_by=by) or None


def back(header: str, *, of: str = HUB, to: str = HUB, by: str | None = None) -> str | None:
    jar = Jar()
    take(jar, of, header)
    return sent(jar, to, by=by)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (["a=1", "b=2", "a=3"], "a=3; b=2"),  # a new value keeps its place
        (["a=1; Path=/", "b=2; Path=/a/b", "c=3; Path=/a"], "b=2; c=3; a=1"),  # longer paths first
        (["a=1", "a=2; Path=/"], "a=1; a=2"),  # another path is another cookie
        (["a=1", "a=2; Domain=www.hub.test"], "a=1; a=2"),  # and another kind of domain too
        (["=1", "b=2"], "1; b=2"),  # nameless, as browsers do
        (["1"], "1"),
        (["a=1; Max-Age=60", "b=2; Max-Age=60", "a=3; Max-Age=0"], "b=2"),  # set and deleted in one answer
        (["a=1", "a=2; Expires=Thu, 01-Jan-70 00:00:01 GMT"], None),
        (["a=\xe9t\xe9"], "a=\xe9t\xe9"),
        (["A=1", "a=2"], "A=1; a=2"),
        (["a=1; Domain=", "b=2; Max-Age=Session", "c=3; Max-Age=3600.5", "d=4; Path=x", "e=5; Version=1;Comment=", "f=6; Port"],
         "a=1; b=2; c=3; d=4; e=5; f=6"),
    ],
)  # fmt: skip
def test_one_answer(headers: list[str], expected: str | None) -> None:
    jar = Jar()
    take(jar, HUB, *headers)
    assert sent(jar, HUB) == expected


@pytest.mark.parametrize(
    ("domain", "of", "to", "goes"),
    [
        (None, "www.hub.test", "www.hub.test", True),
        (None, "www.hub.test", "WWW.hub.TEST", True),
        (None, "hub.test", "www.hub.test", False),  # host only
        (None, "www.hub.test", "hub.test", False),
        ("hub.test", "www.hub.test", "hub.test", True),
        ("hub.test", "www.hub.test", "deep.login.hub.test", True),
        (".hub.test", "www.hub.test", "hub.test", True),
        ("HUB.test", "www.hub.test", "hub.test", True),
        ("www.hub.test", "hub.test", "www.hub.test", False),  # not for another than oneself
        ("hub.test", "nothub.test", "hub.test", False),
        ("other.test", "hub.test", "other.test", False),
        ("..hub.test", "www.hub.test", "www.hub.test", False),
        ("hub.test.", "www.hub.test", "www.hub.test", False),
        ("test", "www.hub.test", "www.hub.test", False),  # a public suffix
        ("gouv.fr", "hub.gouv.fr", "hub.gouv.fr", False),
        ("github.io", "hub.github.io", "hub.github.io", False),
        ("github.io", "github.io", "github.io", True),  # its own host: host only
        ("github.io", "github.io", "hub.github.io", False),
        ("hub.gouv.fr", "app.hub.gouv.fr", "hub.gouv.fr", True),
        ("localhost", "localhost", "localhost", True),
        ("hub", "hub", "hub", True),
        ("127.0.0.1", "127.0.0.1", "127.0.0.1", True),
        ("0.0.1", "127.0.0.1", "127.0.0.1", False),
        ("[::1]", "[::1]", "[::1]", False),
        ("xn--bcher-kva.test", "www.bücher.test", "bücher.test", True),
    ],
)
def test_domain(domain: str | None, of: str, to: str, goes: bool) -> None:
    header = "a=1; Path=/" + ("" if domain is None else f"; Domain={domain}")
    assert back(header, of=f"https://{of}/", to=f"https://{to}/") == ("a=1" if goes else None)


@pytest.mark.parametrize(
    ("path", "to", "goes"),
    [
        ("/a/b", "/a/b", True), ("/a/b", "/a/b/c", True), ("/a/b", "/a/bc", False), ("/a/b/", "/a/b", False), ("/a/b/", "/a/b/c", True),
        ("/a/b", "/a/b?x", True), ("/", "/", True), ("/%41", "/A", False), ("/A", "/a", False),
        (None, "/a/b/other", True), (None, "/a/b", True), (None, "/a", False), ("x", "/a/b/other", True),
    ],
)  # fmt: skip
def test_path(path: str | None, to: str, goes: bool) -> None:
    header = "a=1" + ("" if path is None else f"; Path={path}")
    assert back(header, to=f"https://www.hub.test{to}") == ("a=1" if goes else None)


@pytest.mark.parametrize(
    ("header", "url", "kept"),
    [
        ("a=1; Secure", "https://hub.test/", True),
        ("a=1; Secure", "http://hub.test/", False),
        ("a=1; Secure", "http://localhost/", True),  # Chromium: this machine needs no TLS
        ("a=1; Secure", "http://127.1.2.3:8080/", True),
        ("a=1; Secure", "http://[::1]/", True),
        ("a=1; Secure", "http://10.0.0.1/", False),
        ("a=1; SameSite=None", "https://hub.test/", False),
        ("a=1; SameSite=None; Secure", "https://hub.test/", True),
        ("__Secure-a=1; Secure", "https://hub.test/", True),
        ("__secure-a=1", "https://hub.test/", False),
        ("__Host-a=1; Secure; Path=/", "https://hub.test/", True),
        ("__Host-a=1; Secure; Path=/; Domain=hub.test", "https://hub.test/", False),
        ("__Host-a=1; Secure", "https://hub.test/", False),  # a path must be said
        ("__HOST-a=1; Path=/", "https://hub.test/", False),
        ("__Host-a=1; Secure; Path=/a", "https://hub.test/a/", False),
        ("=__Host-a=1; Secure; Path=/", "https://hub.test/", False),
        ("__Secure-a; Secure", "https://hub.test/", False),
        ("a=1; Partitioned", HUB, False),
        ("a=1; Partitioned; Secure", HUB, True),
    ],
)
def test_what_a_browser_refuses(header: str, url: str, kept: bool) -> None:
    assert (back(header, of=url, to=url) is not None) is kept


def test_a_secure_cookie_never_goes_without_tls_and_is_not_overwritten_without() -> None:
    jar = Jar()
    take(jar, "https://www.hub.test/login", "a=1; Secure; Path=/; Domain=hub.test")
    assert sent(jar, "http://www.hub.test/") is None
    take(jar, "http://www.hub.test/", "a=2; Path=/", "a=3; Path=/; Domain=hub.test", "b=4")
    assert sent(jar, "http://www.hub.test/") == "b=4"
    assert sent(jar, "https://www.hub.test/") == "a=1; b=4"


@pytest.mark.parametrize(
    ("same_site", "method", "age", "goes"),
    [
        ("Strict", "GET", 0, False),
        ("Lax", "GET", 0, True),
        ("Lax", "POST", 0, False),
        ("None; Secure", "POST", 900, True),
        (None, "GET", 900, True),
        (None, "POST", 119, True),  # Chromium's two minutes
        (None, "POST", 121, False),
        ("odd", "POST", 121, False),
    ],
)
def test_a_page_of_another_site_asks(same_site: str | None, method: str, age: int, goes: bool) -> None:
    jar = Jar()
    take(jar, "https://hub.test/", "a=1" + (f"; SameSite={same_site}" if same_site else ""))
    at_us = NOW_US + age * SECOND
    assert (sent(jar, "https://hub.test/", method=method, by="https://idp.test/login", at_us=at_us) is not None) is goes
    for own in ("https://hub.test/", "https://login.hub.test:8443/x", None):
        assert sent(jar, "https://hub.test/", method=method, by=own, at_us=at_us) == "a=1"


@pytest.mark.parametrize(
    ("by", "goes"),
    [
        ("http://hub.gouv.fr/", False),  # another scheme is another site
        ("https://app.hub.gouv.fr/", True),
        ("https://other.gouv.fr/", False),  # gouv.fr is no site
        ("https://hub.gouv.fr.test/", False),
    ],
)
def test_what_one_site_is(by: str, goes: bool) -> None:
    assert back("a=1; SameSite=Strict", of="https://hub.gouv.fr/", to="https://hub.gouv.fr/", by=by) == ("a=1" if goes else None)


def test_a_cookie_ends_at_its_instant() -> None:
    jar = Jar()
    take(jar, HUB, "a=1; Max-Age=60")
    assert sent(jar, HUB, at_us=NOW_US + 59 * SECOND) == "a=1"
    assert sent(jar, HUB, at_us=NOW_US + 60 * SECOND) is None
    assert jar.find("a", "www.hub.test") is None


def test_a_site_fills_the_jar_with_its_own_only() -> None:
    jar = Jar()
    take(jar, "https://idp.test/", "kept=1")
    take(jar, "https://hub.test/", *[f"n{number}=1" for number in range(COOKIES_OF_A_SITE + 20)])
    names = [pair.partition("=")[0] for pair in (sent(jar, "https://hub.test/") or "").split("; ")]
    assert names == [f"n{number}" for number in range(20, COOKIES_OF_A_SITE + 20)]  # the oldest went
    assert sent(jar, "https://idp.test/") == "kept=1"


@pytest.mark.parametrize(
    ("url", "header", "left"),
    [
        (HUB, '"cookies"', (None, "b=2")),
        (HUB, '"cache", "*"', (None, "b=2")),
        ("https://hub.test/", '"cookies"', (None, "b=2")),  # of the same site
        (HUB, '"storage"', ("a=1; c=3", "b=2")),
        (HUB, "cookies", ("a=1; c=3", "b=2")),  # words stand in quotes
        ("http://www.hub.test/", '"cookies"', ("a=1; c=3", "b=2")),  # heeded over TLS alone
    ],
)
def test_an_answer_may_clear_the_cookies_of_its_site(url: str, header: str, left: tuple[str | None, str | None]) -> None:
    """Clear Site Data, section 3.1: its own cookies are among them."""
    jar = Jar()
    take(jar, HUB, "a=1; Domain=hub.test; Path=/")
    take(jar, "https://idp.test/", "b=2")
    take(jar, url, "c=3; Domain=hub.test; Path=/")
    jar.clear(parse(url), [header.encode()])
    assert (sent(jar, HUB), sent(jar, "https://idp.test/")) == left


def test_a_cookie_is_found_by_its_host() -> None:
    jar = Jar()
    take(jar, "https://app.hub.test/", "own=1", "wide=2; Domain=hub.test")
    assert [(cookie and cookie.value) for cookie in (jar.find("own", "app.hub.test"), jar.find("wide", "hub.test"))] == ["1", "2"]
    assert [jar.find("own", "hub.test"), jar.find("wide", "other.test"), jar.find("none", "hub.test")] == [None] * 3


def test_thousands_of_cookies_in_one_answer_cost_little() -> None:
    jar, headers = Jar(), [f"n{number}=1" for number in range(14_000)]
    began = time.process_time()
    take(jar, "https://hub.test/", *headers)
    assert time.process_time() - began < 1
    assert (sent(jar, "https://hub.test/") or "").endswith("; n13999=1")
