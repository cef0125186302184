"""What a `Set-Cookie` header says, as browsers read it: RFC 6265bis, sections 5.1.1 and 5.6."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.transport.set_cookie import MAX_ATTRIBUTE, MAX_PAIR, SameSite, SetCookie, cookie_date, read

NOW = 1_700_000_000  # seconds since 1970: 14 November 2023


@pytest.mark.parametrize(
    ("header", "name", "value"),
    [
        ("a=b", "a", "b"),
        (" a\t=  b c ", "a", "b c"),
        ("a=b=c", "a", "b=c"),
        ("a= == b", "a", "== b"),
        ('a="b ; Path=/"', "a", '"b'),  # quotes keep nothing together
        ('a="b"', "a", '"b"'),  # and are part of the value
        ("a=x, b=y", "a", "x, b=y"),  # a comma parts no cookies
        ("a=", "a", ""),
        ("=b", "", "b"),
        ("b", "", "b"),
        ("b; Path=/", "", "b"),
        ("\xe9=\xe8", "\xe9", "\xe8"),
    ],
)
def test_the_pair(header: str, name: str, value: str) -> None:
    cookie = read(header, NOW)
    assert cookie is not None
    assert (cookie.name, cookie.value) == (name, value)


@pytest.mark.parametrize("header", ["", "=", "  ", ";", "; a=b", "= ; Path=/", "a=b\x00c", "a=b\x7f", "a=b; Path=/\x01", "a\nb=c"])
def test_no_cookie_at_all(header: str) -> None:
    assert read(header, NOW) is None


def test_a_pair_of_4096_octets_is_the_longest() -> None:
    assert read("a=" + "x" * (MAX_PAIR - 1), NOW) is not None
    assert read("a=" + "x" * MAX_PAIR, NOW) is None


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ("", {}),
        ('Comment=x; Version=1; HttpOnly; Port="80"; Discard; qux', {"http_only": True}),
        ("Path=/a", {"path": "/a"}),
        ("path  =  /a  ", {"path": "/a"}),
        ("Path=/a; Path=/b", {"path": "/b"}),
        ("Path=/a; Path", {}),  # the last one holds, and says nothing
        ("Path=/a; Path=b", {}),
        ('Path="/a"', {}),
        ("Path=/" + "a" * MAX_ATTRIBUTE, {}),
        ("Domain=hub.test", {"domain": "hub.test"}),
        ("Domain=.HUB.test", {"domain": "hub.test"}),
        ("Domain=..hub.test", {"domain": ".hub.test"}),
        ("Domain=a.test; Domain=b.test", {"domain": "b.test"}),
        ("Domain=a.test; Domain=", {}),
        ("Domain", {}),
        ("Secure", {"secure": True}),
        ("SECURE=no", {"secure": True}),
        ("Secure =x", {"secure": True}),
        ('"Secure"', {}),
        ("Secure x", {}),
        ("SameSite=Strict", {"same_site": SameSite.STRICT}),
        ("samesite=LAX", {"same_site": SameSite.LAX}),
        ("SameSite=None", {"same_site": SameSite.NONE}),
        ("SameSite=Strict; SameSite=odd", {}),
        ("SameSite", {}),
        ("SameSite=default", {}),
        ("Max-Age=60", {"expires": NOW + 60}),
        ("Max-Age=0", {"expires": NOW}),
        ("Max-Age=-1", {"expires": NOW - 1}),
        ("Max-Age=60; Max-Age=30", {"expires": NOW + 30}),
        ("Max-Age=60; Max-Age=x", {}),
        ("Max-Age=60.5", {}),
        ("Max-Age=Session", {}),
        ("Max-Age=", {}),
        ("Max-Age=+5", {}),
        ("Max-Age=1,000", {}),
        ("Max-Age=\u0661", {}),  # a digit, and none of ASCII's
        ("Max-Age=" + "9" * 500, {"expires": NOW + 400 * 86_400}),
        ("Max-Age=-" + "9" * 500, {"expires": NOW - 10**18}),
        ("Expires=Thu, 01 Jan 1970 00:00:10 GMT", {"expires": 10}),
        ("Expires=Thu, 01 Jan 1970 00:00:10 GMT; Max-Age=60", {"expires": NOW + 60}),
        ("Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:10 GMT", {"expires": NOW + 60}),
        ("Expires=never", {}),
        ("Expires=Thu, 01 Jan 2099 00:00:00 GMT", {"expires": NOW + 400 * 86_400}),
    ],
)
def test_attributes(attributes: str, expected: dict[str, object]) -> None:
    assert read(f"a=b; {attributes}", NOW) == SetCookie("a", "b", **expected)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "year", "month", "day", "time"),
    [
        ("Wed, 18 Mar 2026 07:05:09 GMT", 2026, 3, 18, (7, 5, 9)),  # as servers should write
        ("Wed, 18-Mar-2026 07:05:09 GMT", 2026, 3, 18, (7, 5, 9)),
        ("Wednesday, 18-Mar-26 07:05:09 GMT", 2026, 3, 18, (7, 5, 9)),
        ("Wed Mar 18 07:05:09 2026", 2026, 3, 18, (7, 5, 9)),  # asctime
        ("Wed Mar 18 2026 07:05:09 GMT-0500 (EST)", 2026, 3, 18, (7, 5, 9)),  # a zone counts for nothing
        ("Thursday, 01-Jan-70 00:00:00 GMT", 1970, 1, 1, (0, 0, 0)),
        ("01-Jan-69 00:00:00", 2069, 1, 1, (0, 0, 0)),
        ("18/mar\\2026 7:5:9", 2026, 3, 18, (7, 5, 9)),
        ("7:5:9 2026 MARCH 18", 2026, 3, 18, (7, 5, 9)),
        ("no day , 18-Marche-26 7:5:9 7:8:9", 2026, 3, 18, (7, 5, 9)),
        ("18 Mar 2026 07:05:09.123", 2026, 3, 18, (7, 5, 9)),
        ("18 Mar 1601 00:00:00", 1601, 3, 18, (0, 0, 0)),
        ("18 Mar 26ad 7:5:9pm", 2026, 3, 18, (7, 5, 9)),
        ("18 Mar 1600 7:5:9", 1970, 1, 1, (0, 0, 0)),  # long past
    ],
)
def test_dates(text: str, year: int, month: int, day: int, time: tuple[int, int, int]) -> None:
    assert cookie_date(text) == datetime(year, month, day, *time, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    "text",
    [
        "", "never", "18 Mar 2026", "18 2026 7:5:9", "Mar 2026 7:5:9", "18 Mar 7:5:9", "18th Mar 2026 7:5:9", "31 Feb 2026 7:5:9",
        "18 Mar 2026 24:0:0", "18 Mar 2026 7:60:9", "18 Mar 2026 7:5:60", "00 Mar 2026 7:5:9", "018 Mar 2026 7:5:9", "18 Mar 202666 7:5:9",
        "18 Mar 2026 7:5: 9", "18 Mar 2026 7:5:999", "18 Ma 2026 7:5:9", "\u0661\u0668 Mar 2026 7:5:9",
    ],
)  # fmt: skip
def test_no_dates(text: str) -> None:
    assert cookie_date(text) is None


@given(st.text(st.characters(max_codepoint=255)), st.integers(0, 2**40))
def test_whatever_a_server_sends_is_read_or_dropped(header: str, now: int) -> None:
    cookie = read(header, now)
    assert cookie is None or (cookie.name + cookie.value and cookie.path[:1] in ("", "/") and not cookie.name.startswith(" "))


def test_the_first_attributes_of_a_cookie_are_read() -> None:
    assert (found := read("a=b; x" + "; x" * 30 + "; Secure", 0)) is not None
    assert found.secure
    assert (found := read("a=b; Secure" + "; x=y" * 100_000 + "; Max-Age=1", 0)) is not None
    assert (found.secure, found.expires) == (True, None)
