"""Heads, bodies, cookies, redirects and addresses that browsers take or refuse in their way."""

import gzip
from collections.abc import Callable

from probe.core.judgement.observation import Kind
from tests.cases.federation import HTML, Change, body_of, mire_page, page, raw, redirect
from tests.cases.situation import HUB, IDP, NO_OUTAGE, OK, Right, Severity, failed, situation
from tests.cases.visits import at, with_mire
from tests.fakes.hub import LOGIN_FORM
from tests.fakes.peers import Request

SEVERE, MEDIUM, LOW = Severity.SEVERE, Severity.MEDIUM, Severity.LOW
BODY = body_of(mire_page())

# --- C

C = "C: cookies by RFC 6265, of which an unusable attribute is ignored and not the whole cookie"


def _cookie(
    name: str,
    severity: Severity,
    source: str,
    cookies: str | list[str],
    needed: str | Callable[[str], bool] = "sid=s1",
    kind: str = C,
    right: Right = OK,
) -> None:
    """The IdP sets cookies at its first page, and shows the next one only to who brings what is
    needed.
    """

    @situation(name, severity, kind, source, right)
    async def play(federation):
        given = [cookies] if isinstance(cookies, str) else cookies
        federation.on["GET /authorize"] = redirect("/interaction/x-987654321", 302, [("Set-Cookie", one) for one in given])

        def hook(request: Request) -> bytes | None:
            if request.headers.get("host") != "idp.test":
                return None
            if request.target.partition("?")[0] not in ("/interaction/x-987654321", "/login"):
                return None
            brought = request.headers.get("cookie", "")
            there = needed(brought) if callable(needed) else needed in brought
            return None if there else page("<p>Cookies requis</p>", 400)

        federation.hooks.append(hook)
        return await federation.watched()


_cookie("C1-domain-empty", SEVERE, "psf/requests#4414; jshttp/cookie#271", "sid=s1; Domain=; Path=/; HttpOnly")
_cookie(
    "C2-version1-comment-domain-empty",
    SEVERE,
    "psf/requests#4414",
    "sid=s1;Version=1;Comment=;Domain=;Path=/;Max-Age=3600;Secure;HttpOnly",
)
_cookie("C3-max-age-not-a-number", SEVERE, "httpwg/http-extensions#2214", "sid=s1; Path=/; Max-Age=Session")
_cookie("C4-max-age-decimal", SEVERE, "httpwg/http-extensions#2214", "sid=s1; Path=/; Max-Age=3600.5")
_cookie("C5-max-age-empty", SEVERE, "httpwg/http-extensions#2214", "sid=s1; Path=/; Max-Age=")
_cookie("C7-path-without-slash", SEVERE, "servo/servo#5944", "sid=s1; Path=interaction")
_cookie("C8-latin1-value-comes-back-as-it-was", MEDIUM, "RFC 6265, section 5.4", "sid=\xe9t\xe9; Path=/", "sid=\xe9t\xe9")
_cookie(
    "C9-deleted-by-a-two-digit-1970",
    MEDIUM,
    "h4ckf0r0day/obscura#616; salesforce/tough-cookie#19",
    ["sid=s1; Path=/", "old=1; Path=/; Expires=Thu, 01-Jan-70 00:00:00 GMT"],
    lambda brought: "old=1" not in brought,
)
_cookie("C11-last-domain-wins", LOW, "RFC 6265, section 5.3, step 4", "sid=s1; Domain=other.test; Domain=idp.test; Path=/")
_cookie("C12-port-attribute-ignored", LOW, "RFC 6265, section 5.2", 'sid=s1; Path=/; Port="80"')

# --- D

D = "D: what a browser withholds or refuses, so that every citizen is stuck where the probe passes"


def _hub_session(name: str, severity: Severity, source: str, attributes: str, right: Right) -> None:
    """The hub keeps its session in a cookie, and wants it back after the IdP."""

    @situation(name, severity, D, source, right)
    async def play(federation):
        def begins(request: Request) -> bytes:
            cookie = f"\r\nSet-Cookie: sid=s1; Path=/{attributes}\r\n\r\n".encode()
            return federation.usual(request).replace(b"\r\n\r\n", cookie, 1)

        def goes_on(request: Request) -> bytes:
            if "sid=s1" in request.headers.get("cookie", ""):
                return federation.usual(request)
            return page("<p data-testid='error-code'>Y190001</p>", 401, body_id="fc-error-page")

        federation.hooks += [at("/api/v2/authorize", begins), at("/api/v2/oidc-callback", goes_on)]
        return await federation.watched()


_hub_session("D0-samesite-lax-passes", SEVERE, "RFC 6265bis, section 5.6.7", "; Secure; SameSite=Lax", OK)
_hub_session(
    "D1-samesite-strict",
    SEVERE,
    "Forceu/Gokapi#408; mozilla/mozilla-django-oidc#497; oauth2-proxy#1663",
    "; Secure; HttpOnly; SameSite=Strict",
    HUB,
)
_hub_session("D3-samesite-none-without-secure", MEDIUM, "RFC 6265bis, section 5.5", "; SameSite=None", HUB)
_cookie(
    "D5-__Host-with-domain",
    MEDIUM,
    "RFC 6265bis, section 4.1.3; kind of roundcube/roundcubemail#10212",
    "__Host-sid=s1; Path=/; Secure; Domain=idp.test",
    "__Host-sid=s1",
    D,
    IDP,
)
_cookie("D6-__Secure-without-secure", MEDIUM, "RFC 6265bis, section 4.1.3", "__Secure-sid=s1; Path=/", "__Secure-sid=s1", D, IDP)
with_mire(
    "D7-csp-form-action-self-on-the-mire",
    SEVERE,
    D,
    "w3c/webappsec-csp#8; geteduroam/letswifi-portal#78; hackclub/attend#44",
    mire_page(headers=[("Content-Security-Policy", "default-src 'self'; form-action 'self'")]),
    failed(),
    Kind.LOGIN_PAGE,
)
with_mire(
    "D8-mire-is-a-download",
    MEDIUM,
    D,
    "RFC 6266",
    raw(BODY, 200, [*HTML, ("Content-Disposition", "attachment; filename=p.html")]),
    failed(),
)

# --- E

E = "E: content codings that browsers let pass, and what follows a compressed stream"
for _name, _severity, _source, _coding, _data in (
    (
        "E1-coding-utf-8",
        SEVERE,
        "encode/httpx#195; apache/httpcomponents-client#698; yhirose/cpp-httplib#2518",
        "UTF-8",
        BODY,
    ),
    ("E2-coding-none", SEVERE, "hgoebl/DavidWebb#31", "none", BODY),
    ("E3-gzip-newline-after", SEVERE, "nodejs/node#7502", "gzip", gzip.compress(BODY) + b"\n"),
    ("E4-gzip-comment-after", SEVERE, "icsharpcode/SharpZipLib#116", "gzip", gzip.compress(BODY) + b"<!-- cached -->"),
    ("E5-gzip-zeros-after", MEDIUM, "nodejs/node#7502", "gzip", gzip.compress(BODY) + b"\0" * 8),
    ("E6-gzip-without-trailer", LOW, "bixo/bixo#68; sindresorhus/decompress-response#19", "gzip", gzip.compress(BODY)[:-8]),
):
    with_mire(_name, _severity, E, _source, raw(_data, 200, [*HTML, ("Content-Encoding", _coding)]))

# --- F

F = "F: heads of which browsers skip a bad line and read on"


def _mire_with(line: bytes, start: bytes = b"HTTP/1.1 200 OK\r\n") -> bytes:
    return start + line + b"Content-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY


_CHUNKED = b"\r\n%x\r\n" % len(BODY) + BODY + b"\r\n0\r\n\r\n"
for _name, _severity, _source, _data in (
    ("F1-name-with-space", SEVERE, "python-hyper/h11#130; encode/httpx#1363", _mire_with(b"X Powered By: foo\r\n")),
    ("F2-name-with-slash", SEVERE, "encode/httpx#1561", _mire_with(b"cache/result.php: not supported\r\n")),
    ("F3-line-without-colon", SEVERE, "curl/curl#11802", _mire_with(b"Garbage\r\n")),
    ("F4-space-before-colon", SEVERE, "kind of pydantic/httpx2#278", _mire_with(b"X-Foo : bar\r\n")),
    ("F5-name-not-ascii", SEVERE, "kind of python-hyper/h11#95", _mire_with("X-Té: a\r\n".encode())),
    (
        "F6-chunked-twice",
        SEVERE,
        "encode/httpx#1862",
        b"HTTP/1.1 200 OK\r\n" + b"Transfer-Encoding: chunked\r\n" * 2 + b"Content-Type: text/html\r\n" + _CHUNKED,
    ),
    ("F7-transfer-encoding-identity", MEDIUM, "kind of python-hyper/h11#95", _mire_with(b"Transfer-Encoding: identity\r\n")),
    ("F8-head-of-120-KiB", LOW, "kind of pydantic/httpx2#278", _mire_with(b"X-Big: " + b"a" * 120_000 + b"\r\n")),
):
    with_mire(_name, _severity, F, _source, _data, NO_OUTAGE if _name.startswith("F3") else OK)

# --- G

G = "G: bytes left on a kept connection that are taken for the next answer"
with_mire(
    "G1-body-longer-than-announced",
    SEVERE,
    G,
    "nghttp2/nghttp2#164; encode/httpx#1474",
    raw(BODY, 200, HTML) + b"<!-- trailing -->",
    journey=Kind.LOGIN_PAGE,
)
with_mire("G3-blank-line-before-status-line", MEDIUM, G, "OISF/libhtp#50", b"\r\n" + _mire_with(b""), NO_OUTAGE)

# --- H, I, U: where a redirect leads


def _redirected(
    name: str,
    severity: Severity,
    kind: str,
    source: str,
    location: bytes,
    path: str = "/a",
    change: Change | None = None,
    times: int = 1,
) -> None:
    """The hub sends to the IdP so. Its login page is at `path`."""

    @situation(name, severity, kind, source)
    async def play(federation):
        line = b"Location: " + location + b"\r\n"
        federation.on["POST /api/v2/redirect-to-idp"] = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n" + line * times + b"\r\n"
        federation.on[f"GET {path}"] = page(LOGIN_FORM)
        return await federation.watched(Kind.LOGIN_PAGE, change=change)


def _international(document, port):
    """The IdP is also known by a name that is not ASCII."""
    hub = document["hubs"][0]
    hub["idps"][0]["hosts"] = ["idp.test", "xn--idp-dma.test"]
    for network in (hub["network"], hub["idps"][0]["network"]):
        network["resolve"]["xn--idp-dma.test"] = f"127.0.0.1:{port}"


H = "H: a header that may occur once, joined by a comma"
_redirected(
    "H1-identical-location-twice",
    SEVERE,
    H,
    "psf/requests#4037, #2939; jnunemaker/httparty#478; opennextjs-netlify#3332",
    b"https://idp.test/a",
    times=2,
)
_redirected("H2-identical-location-three-times", MEDIUM, H, "RFC 9110, section 5.3", b"https://idp.test/a", times=3)
_redirected(
    "H3-identical-location-in-other-letters", MEDIUM, H, "RFC 9110, section 5.1", b"https://idp.test/a\r\nLOCATION: https://idp.test/a"
)
I = "I: internationalised names of hosts"  # noqa: E741 - the letter of its kind
_redirected("I1-idp-host-xn--", SEVERE, I, "encode/httpx#3332, #3710", b"https://xn--idp-dma.test/a", change=_international)
_redirected(
    "I2-idp-host-in-utf-8",
    SEVERE,
    I,
    "encode/httpx#3332; apache/httpcomponents-client#607",
    "https://idpé.test/a".encode(),
    change=_international,
)
_redirected("I3-idp-host-in-capitals", SEVERE, I, "UTS 46, mapping", "https://IDP\u00c9.test/a".encode(), change=_international)
_redirected("I4-idp-host-percent-encoded", MEDIUM, I, "WHATWG URL, host parsing", b"https://idp%C3%A9.test/a", change=_international)
_redirected("I5-idp-host-decomposed", MEDIUM, I, "UTS 46, normalisation", "https://idpe\u0301\uff0etest/a".encode(), change=_international)
U = "U: addresses by RFC 3986 where browsers follow the URL Standard"
_redirected("U1-backslashes", MEDIUM, U, "WHATWG URL, special relative", b"https:\\\\idp.test\\a")
_redirected("U2-three-slashes", LOW, U, "WHATWG URL", b"https:///idp.test/a")
_redirected("U3-latin-1-bytes", MEDIUM, U, "Fetch, location URL", b"https://idp.test/\xe9?x=\xe9", "/%E9")
_redirected(
    "U4-http-to-the-same-host",  # HSTS, or a redirect, brings the browser back to https
    MEDIUM,
    U,
    "mitreid-connect#1026; christiaangoossens/hass-oidc-auth#298",
    b"http://idp.test/a",
)

# --- R

R = "R: a redirect_uri that is compared as text"


def _callback(name: str, severity: Severity, source: str, spelt: str) -> None:
    @situation(name, severity, R, source)
    async def play(federation):
        def back(request: Request) -> bytes:
            return redirect(federation.hub.callback().replace("https://sp.test/callback", spelt), 303)

        federation.hooks.append(at("/api/v2/authorize/i-123456789", back))
        return await federation.watched()


_callback(
    "R1-explicit-port-443",
    SEVERE,
    "internetstandards/Internet.nl#1291; spring-security#5756",
    "https://sp.test:443/callback",
)
_callback("R3-host-in-capitals", MEDIUM, "RFC 3986, section 6.2.2.1", "https://SP.Test/callback")
_callback("R4-dot-segments", LOW, "RFC 3986, section 6.2.2.3", "https://sp.test/./x/../callback")
_callback("R2-unreserved-percent-encoded", LOW, "RFC 3986, section 6.2.2.2", "https://sp.test/%63allback")
