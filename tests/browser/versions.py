"""HTTP/2, as the handshake agrees on it: what it carries, and what goes wrong there."""

import gzip

import brotli

from tests.browser.row import Answers, Doing, html, page, press, raw, row, to

KIND = "versions"
START = "https://h2.hub.test/"
REMEMBERED = "https://h2.remembered.test/"  # a window of Chromium's never asks it by HTTP/2 again
BODY = b"<!doctype html><meta charset=utf-8><title>Here</title><p>there"
HTML = ("Content-Type", "text/html")
FORM = html("<input name=a value=1>")
DROPPED = "libcurl leaves out a field that cannot be, and reads on; Chromium refuses the whole answer"
OLDER = "libcurl refuses it over HTTP/2: it is asked for again over HTTP/1.1, and there libcurl's rules for heads hold"
HEADS = "libcurl refuses it, and it is not asked for again: told as `head_refused`, nobody's outage"
ELSE = "Vigie takes the connection of no host for another's, which 421 asks a browser to undo"
SIX = "libcurl tries six times"


def two(name: str, answer: Answers, *doings: Doing, differs: str = "", start: str = START, **more: Answers) -> None:
    """A row over HTTP/2, with what `/` answers; `more` by the names of other paths."""
    row(KIND, name, {"/": answer, **{f"/{path}": given for path, given in more.items()}}, *doings, start=start, differs=differs)


def exact(status: int, *fields: bytes, body: bytes = BODY) -> bytes:
    """An answer whose fields are sent as they are written."""
    return b"\r\n".join([b"EXACT %d" % status, b"content-type: text/html", *fields]) + b"\r\n\r\n" + body


two("page", page("<p>x"))
two("redirect", to("/there"))
two("redirect-to-another-host", to("https://h2.idp.test/there"))
two("redirect-to-http-1.1", to("https://idp.test/there"))
two("redirect-without-tls", to("http://idp.test/there"))
two("cookies", to("/there", 302, ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2; Secure"), ("Set-Cookie", "c=3; Domain=other.test")))
two("many-cookies", to("/there", 302, *(("Set-Cookie", f"c{n}={'x' * 100}") for n in range(60))))
two("form", FORM, press("#go"), to=to("/there", 303))
two("form-again", FORM, press("#go"), to=to("/there", 307))
two("gzip", raw(gzip.compress(BODY, mtime=0), 200, [HTML, ("Content-Encoding", "gzip")]))
two("br", raw(brotli.compress(BODY), 200, [HTML, ("Content-Encoding", "br")]))
two("without-length", exact(200))
two("empty", exact(200, body=b""))
two("no-content", FORM, press("#go"), to=raw("", 204))
two("challenged", raw(BODY, 401, [HTML, ("WWW-Authenticate", "Negotiate")]))
two("misdirected", raw(BODY, 421, [HTML]), differs=ELSE)
two("download", raw(BODY, 200, [HTML, ("Content-Disposition", "attachment")]))
two("kind-twice", exact(200, b"content-type: text/plain"))
two("early-hints", b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + page("<p>x"))
two("odd-octets", exact(302, b"location: /th\xe9re"))
two("name-in-capitals", exact(200, b"Server: x"))
two("connection-field", exact(200, b"connection: close"), differs=OLDER)
two("transfer-encoding", exact(200, b"transfer-encoding: chunked"))
two("upgrade", exact(200, b"upgrade: h2c"), differs=OLDER)
two("pseudo-field-late", exact(200, b":odd: x"), differs=DROPPED)
two("status-of-letters", exact(200).replace(b"EXACT 200", b"EXACT abc"))
two("value-with-nul", exact(200, b"a: b\0c"), differs=DROPPED)
two("value-with-control", exact(200, b"a: b\x01c"), differs=DROPPED)
two(
    "connection-field-of-a-form", FORM, press("#go"), to=exact(303, b"location: /there", b"connection: keep-alive", body=b""), differs=HEADS
)
two(
    "connection-field-everywhere",
    exact(200, b"connection: close", body=FORM.partition(b"\r\n\r\n")[2]),
    press("#go"),
    to=exact(303, b"location: /there", b"connection: keep-alive", body=b""),
    differs=OLDER,
)
two("length-too-long-in-a-redirect", exact(302, b"location: /there", b"content-length: 9", body=b""))
two("name-with-slash", exact(200, b"a/b: c"), differs=DROPPED)
two("body-of-a-redirect-too-long", exact(302, b"location: /there", b"content-length: 1", body=b"xyz"), differs=HEADS)
two("space-in-name", exact(200, b"a b: x"), differs=DROPPED)
two("no-name", exact(200, b": x"), differs=DROPPED)
two("length-too-long", exact(200, b"content-length: 99"))
two("length-too-short", exact(200, b"content-length: 9"), differs=HEADS)
two("lengths-alike", exact(200, *[b"content-length: %d" % len(BODY)] * 2), differs=OLDER)
two("lengths-unlike", exact(200, b"content-length: %d" % len(BODY), b"content-length: 5"), differs=OLDER)
two("length-no-number", exact(200, b"content-length: x"), differs=OLDER)
two("locations-unlike", exact(302, b"location: /a", b"location: /b"))
two("status-of-four-digits", exact(2000), differs=OLDER)
two("reset", b"RST 2")
two("refused-once", [b"RST 7", page("<p>x")])
two("refused-form", FORM, press("#go"), to=[b"RST 7", to("/there", 303)])
two("needs-http-1.1", [b"RST 13", page("<p>x")], start=REMEMBERED)
two("goes-away-once", [b"GOAWAY 0", page("<p>x")])
two("goes-away", b"GOAWAY 0", differs=SIX)
two("goes-away-from-a-form", FORM, press("#go"), to=[b"GOAWAY 0", to("/there", 303)])
