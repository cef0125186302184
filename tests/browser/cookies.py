"""Cookies: which are kept, and which go along (RFC 6265bis)."""

from tests.browser.row import Headers, bare, html, page, press, row, to

KIND = "cookies"
SITE = "https://www.hub.test/app/login"


def set_by(*cookies: str, end: str = "/app/next", start: str = SITE) -> tuple[dict[str, bytes], str]:
    """An answer that sets cookies and leads on, and where one starts."""
    path = "/" + start.split("/", 3)[3]
    return {path.partition("?")[0]: to(end, 302, *(("Set-Cookie", one) for one in cookies))}, start


def cookies(name: str, *given: str, end: str = "/app/next", start: str = SITE) -> None:
    """A row whose first answer sets cookies and leads to `end`."""
    answers, start = set_by(*given, end=end, start=start)
    row(KIND, name, answers, start=start)


# --- syntax

cookies("no-name", "=value", "only", "  spaced  =  out  ")
cookies("no-value", "a=", "b", "=c", "=")
cookies("odd-octets", 'q="a b,c"; x', "é=ü", 'json={"a":1,"b":[2]}')
cookies("tabs", "a=1\t2", "b\tc=3", "d=4\t", "\te=5", "f\t=\t6", "g=7; Path=/\tx", "h=8;\tPath\t=\t/app\t;", "i=9; Domain=hub.test\tx")
cookies("control-octets", "a=1\x01", "b=\x7f", "c=2")
cookies("equals-and-more", "a=b=c==", "d=e; f=g", "h;i=j")
cookies("empty-attributes", "a=1;;;; Path=/ ;", "b=2; Domain", "c=3; Domain=", "d=4; Path", "e=5; =x; Secure=no")
cookies("the-same-name-twice", "a=1", "a=2", "a=3; Path=/app", "b=1; Path=/", "b=2")
cookies("longest-pair", "a=" + "x" * 4095, "b=" + "y" * 4096, "c" * 4096 + "=", "d=1")
cookies("long-attribute", "a=1; Path=/" + "p" * 1023, "b=1; Path=/" + "p" * 1024, "c=1; Comment=" + "x" * 3000)
cookies("comma-is-no-end", "a=1, b=2", "c=3; Path=/app, /other")

# --- Domain

cookies("domain-of-its-own", "a=1; Domain=hub.test", "b=2; Domain=.hub.test", "c=3; Domain=WWW.Hub.Test", end="https://hub.test/there")
cookies("domain-goes-below", "a=1; Domain=hub.test", "b=2", end="https://id.www.hub.test/there")
cookies("domain-of-others", "a=1; Domain=idp.test", "b=2; Domain=other.hub.test", "c=3; Domain=ub.test", end="/next")
cookies("domain-of-everybody", "a=1; Domain=test", "b=2; Domain=.", "c=3; Domain=..hub.test", "d=4; Domain=hub.test.", end="/next")
cookies("domain-last-holds", "a=1; Domain=idp.test; Domain=hub.test", "b=2; Domain=hub.test; Domain=", end="https://hub.test/there")
cookies("domain-with-port", "a=1; Domain=hub.test:443", "b=2; Domain=www.hub.test; Port=1", end="/next")
cookies(
    "public-suffix",
    "a=1; Domain=gouv.fr",
    "b=2; Domain=impots.gouv.fr",
    end="https://impots.gouv.fr/x",
    start="https://www.impots.gouv.fr/",
)
cookies("private-suffix", "a=1; Domain=github.io", "b=2; Domain=me.github.io", end="https://me.github.io/x", start="https://me.github.io/")
cookies("host-is-suffix", "a=1; Domain=github.io", "b=2", end="https://me.github.io/x", start="https://github.io/")
cookies("an-address", "a=1; Domain=127.0.0.1", "b=2; Domain=0.0.1", "c=3", end="/next", start="https://127.0.0.1/")
cookies("not-the-port", "a=1", "b=2; Domain=hub.test", end="https://www.hub.test:8443/app/x")
cookies("international", "a=1; Domain=xn--hb-xka.test", "b=2; Domain=h\u00fcb.test", end="/next", start="https://xn--hb-xka.test/")

# --- Path

cookies("path-default", "a=1", end="/app", start="https://hub.test/app/x/y")
cookies("path-default-is-a-folder", "a=1", end="/app/x/z", start="https://hub.test/app/x/y?q=/a/b")
cookies("path-is-a-part", "a=1; Path=/app", "b=2; Path=/app/", "c=3; Path=/ap", end="/app")
cookies("path-below", "a=1; Path=/app", "b=2; Path=/app/", "c=3; Path=/apps", end="/app/deep/er")
cookies("path-odd", "a=1; Path=app", 'b=2; Path="/app"', "c=3; Path=", "d=4; Path=/; Path=/x", "e=5; Path=/%61pp", end="/app/x")
cookies("path-capitals", "a=1; Path=/App", "b=2; Path=/app", end="/app/x")
cookies("order", "a=1; Path=/", "b=2; Path=/app/deep", "c=3; Path=/app", "d=4; Path=/", end="/app/deep/x")

# --- Expires, Max-Age

cookies("max-age", "a=1; Max-Age=100", "b=2; Max-Age=0", "c=3; Max-Age=-5", "d=4; Max-Age=+5", "e=5; Max-Age=1.5", "f=6; Max-Age=")
cookies("max-age-odd", 'a=1; Max-Age="10"', "b=2; Max-Age=99999999999999999999", "c=3; Max-Age=-", "d=4; Max-Age=0x10", "e=5; Max-Age= 0")
PAST, FUTURE = "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 2049 23:59:59 GMT"
cookies("expires", f"a=1; Expires={PAST}", f"b=2; Expires={FUTURE}", "c=3; Expires=0", "d=4; Expires=-1", "e=5; Expires=Session")
cookies(
    "expires-forms",
    "a=1; Expires=Thursday, 01-Jan-70 00:00:10 GMT",
    "b=2; Expires=Thu Jan  1 00:00:10 1970",
    "c=3; Expires=1 Jan 1970 0:0:10",
    "d=4; Expires=Wed, 09 Nov 69 10:00:00 GMT",
    "e=5; Expires=Wed, 09 Nov 99 10:00:00 GMT",
    "f=6; Expires=31 Feb 1980 10:00:00",
    "g=7; Expires=01 January 1980 10:00:00 +0200",
    "h=8; Expires=1980 01 Jan 10:00:00",
    "i=9; Expires=Mon, 01 Jan 1600 10:00:00 GMT",
    "j=0; Expires=10:00:60 01 Jan 1980",
    "k=1; Expires=24:00:00 01 Jan 1980",
    "l=2; Expires=10:00:00 00 Jan 1980",
    "m=3; Expires=10:00:00 01 Jan 0099",
    "n=4; Expires=10:00:00 01 Jan 099",
    "o=5; Expires=10:00 01 Jan 1980",
    "p=6; Expires=10:00:00 01 Janvier 1980",
    "q=7; Expires=10:00:00 001 Jan 1980",
    "r=8; Expires=10:00:00 01 Jan 19800",
    "s=9; Expires=10:00:00,01/Jan/1980",
    "t=0; Expires=10:00:00pm 1st Jan 1980",
)
cookies("max-age-over-expires", f"a=1; Max-Age=10; Expires={PAST}", f"b=2; Max-Age=0; Expires={FUTURE}", f"c=3; Max-Age=x; Expires={PAST}")
cookies("deleted", "a=1", "b=2; Path=/", f"a=; Expires={PAST}", "b=x; Max-Age=0")
cookies("last-of-odd-ones", "a=1; Max-Age=0; Max-Age=x", "b=2; Max-Age=x; Max-Age=0", "c=3; Path=/no; Path=x", "d=4; Secure; Secure=x")
cookies("last-of-same-sites", "a=1; SameSite=None; SameSite=Odd", "b=2; SameSite=Odd; SameSite=None; Secure")
cookies("last-of-long-ones", "a=1; Path=/no; Path=/" + "p" * 1024, f"b=2; Expires={PAST}; Expires=" + "x" * 1025)
cookies("last-of-two", f"a=1; Expires={FUTURE}; Expires={PAST}", "b=2; Max-Age=0; Max-Age=9", f"c=3; Expires={PAST}; Expires=odd")

# --- Secure, prefixes

cookies("secure", "a=1; Secure", "b=2; SECURE=false", "c=3", end="http://www.hub.test/app/x")
cookies("secure-without-tls", "a=1; Secure", "b=2", end="https://hub.test/x", start="http://hub.test/")
cookies("secure-is-not-hidden", "a=1; Secure", end="http://www.hub.test/app/back")
row(
    KIND,
    "secure-is-not-replaced",
    {
        "/one": to("http://hub.test/two", 302, ("Set-Cookie", "a=1; Secure; Path=/"), ("Set-Cookie", "b=1; Secure; Path=/deep")),
        "/two": to("https://hub.test/three", 302, ("Set-Cookie", "a=2"), ("Set-Cookie", "b=2; Path=/"), ("Set-Cookie", "c=3")),
    },
    start="https://hub.test/one",
)
cookies("this-machine-is-secure", "a=1; Secure", "b=2; SameSite=None; Secure", end="/x", start="http://127.0.0.1/")
cookies("localhost-is-secure", "a=1; Secure", "__Host-b=2; Secure; Path=/", end="/x", start="http://app.localhost/")
cookies(
    "prefixes",
    "__Secure-a=1",
    "__Secure-b=2; Secure",
    "__Host-c=3; Secure",
    "__Host-d=4; Secure; Path=/",
    "__Host-e=5; Secure; Path=/; Domain=www.hub.test",
    "__host-f=6; Path=/",
    "__SECURE-g=7; Secure",
    "=__Host-h=8; Secure; Path=/",
    "__Host-=9; Path=/; Secure",
    "__Hostess=1",
)
cookies(
    "prefixes-of-no-script",
    "__Http-a=1; Secure; HttpOnly",
    "__Http-b=2; Secure",
    "__Host-Http-c=3; Secure; HttpOnly; Path=/",
    "__Host-Http-d=4; Secure; Path=/",
    "=__Http-e=5; Secure; HttpOnly",
)
cookies("prefix-on-the-root", "__Host-a=1; Secure", "__Host-b=2; Secure; Path=/", end="/x", start="https://hub.test/")

# --- SameSite

ALL = (
    "s=1; SameSite=Strict",
    "l=2; SameSite=Lax",
    "n=3; SameSite=None; Secure",
    "m=4; SameSite=None",
    "d=5",
    "o=6; SameSite=Odd",
    "e=7; SameSite",
)
SETS = tuple(("Set-Cookie", one + "; Path=/") for one in ALL)


def comes_back(name: str, at_the_idp: bytes, more: dict[str, bytes] | None = None, headers: Headers = SETS) -> None:
    """The hub sets cookies and sends to the IdP, whose page leads back."""
    answers = {"hub.test/": to("https://idp.test/login", 302, *headers), "idp.test/login": at_the_idp, **(more or {})}
    row(KIND, name, answers, *([press("#go")] if b"id=go" in at_the_idp else []))


comes_back("same-site-of-a-post", html("", action="https://hub.test/back"))
comes_back("same-site-of-a-get", html("", action="https://hub.test/back", method="get"))
comes_back("same-site-of-a-redirect", to("https://hub.test/back"))
comes_back("same-site-of-a-refresh", page(head="<meta http-equiv=refresh content='0;url=https://hub.test/back'>"))
comes_back("same-site-of-a-post-redirected", html("", action="/sent"), {"idp.test/sent": to("https://hub.test/back", 307)})
comes_back("same-site-of-a-post-seen-other", html("", action="/sent"), {"idp.test/sent": to("https://hub.test/back", 303)})
comes_back("same-site-after-a-stop-at-home", html("", action="https://hub.test/on"), {"hub.test/on": to("https://hub.test/back", 303)})
comes_back(
    "same-site-below",
    html("", action="https://id.hub.test/back"),
    headers=[("Set-Cookie", "a=1; Domain=hub.test; SameSite=Strict")],
)
row(
    KIND,
    "same-site-is-of-a-scheme",
    {"http://hub.test/": b"", "/": html("", action="https://hub.test/back"), "/one": to("http://hub.test/", 302, *SETS)},
    press("#go"),
    start="https://hub.test/one",
)
row(
    KIND,
    "same-site-between-neighbours",
    {"www.hub.test/": html("", action="https://id.hub.test/back"), "id.hub.test/one": to("https://www.hub.test/", 302, *SETS)},
    press("#go"),
    start="https://id.hub.test/one",
)
row(
    KIND,
    "same-site-between-private-suffixes",
    {"a.github.io/": html("", action="https://b.github.io/back"), "b.github.io/one": to("https://a.github.io/", 302, *SETS)},
    press("#go"),
    start="https://b.github.io/one",
)
row(
    KIND,
    "set-with-a-post-from-elsewhere",
    {"idp.test/": html("", action="https://hub.test/in"), "hub.test/in": to("/back", 303, *SETS)},
    press("#go"),
    start="https://idp.test/",
)
row(
    KIND,
    "set-with-a-page-from-elsewhere",
    {"idp.test/": to("https://hub.test/in"), "hub.test/in": page("<form action=/to><button id=go>Go</button></form>", *SETS)},
    press("#go"),
    start="https://idp.test/",
)

# --- in which answers

WITH_FORM = "<title>Here</title><form action=/to><button id=go>Go</button></form>"
row(KIND, "in-any-answer", {"/": bare(("Set-Cookie", "a=1"), status=404, body=WITH_FORM, kind="text/html; charset=utf-8")}, press("#go"))
row(KIND, "in-an-interim-answer", {"/": b"HTTP/1.1 103 Early Hints\r\nSet-Cookie: early=1\r\n\r\n" + html("")}, press("#go"))
row(KIND, "set-cookie-2", {"/": to("/x", 302, ("Set-Cookie2", "a=1"), ("SET-COOKIE", "b=2"))})
