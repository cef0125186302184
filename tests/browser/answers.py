"""Answers as servers write them: codings, heads, lengths, kinds and statuses."""

import gzip
import sys
import zlib

import brotli

from tests.browser.row import bare, html, page, press, raw, row, to

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

KIND = "answers"
PAGE = "<!doctype html><meta charset=utf-8><title>Here</title><p>" + "x" * 300
BODY = PAGE.encode()
HTML = ("Content-Type", "text/html")

EMPTY = "Chromium leaves the citizen before an empty page, or one of signs; Vigie says that it is broken"
CUT = "Chromium displays what came; Vigie says that the connection broke"
HEADS = "libcurl or Vigie refuses it: told as `head_refused`, nobody's outage"
AGAIN = "libcurl does not read it on a kept connection: it is asked for again, on a new one"
NO_HTTP = "Chromium takes it for HTTP/0.9 on port 80; Vigie says that it is no HTTP"
LONG = "libcurl refuses it: told as `too_large`"
UNLIKE = "libcurl refuses two lengths before it sees the chunks: told as `protocol`"
PLAIN = "Chromium undoes over TLS only what it asks for there; Vigie reads it all the same"


def coded(name: str, coding: str, body: bytes, differs: str = "") -> None:
    """A page in a content coding."""
    row(KIND, name, {"/": raw(body, 200, [HTML, ("Content-Encoding", coding)])}, differs=differs)


def wire(name: str, answer: bytes, differs: str = "", start: str = "https://hub.test/") -> None:
    """An answer byte by byte."""
    row(KIND, name, {"/": answer}, differs=differs, start=start)


def raw_deflate(data: bytes) -> bytes:
    """Return data in the deflate coding without zlib's head."""
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def far(log: int) -> bytes:
    """The page in zstd, by a frame that asks for a window of 2 to this power."""
    packer = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: log})
    return packer.compress(BODY) + packer.flush()


ZIPPED = gzip.compress(BODY, mtime=0)
coded("gzip", "GZip", ZIPPED)
coded("x-gzip", "x-gzip", ZIPPED)
coded("gzip-junk-after", "gzip", ZIPPED + b"junk")
coded("gzip-two-members", "gzip", gzip.compress(BODY[:50], mtime=0) + gzip.compress(BODY[50:], mtime=0))
coded("gzip-cut", "gzip", gzip.compress(bytes(BODY) + bytes(range(256)) * 40, mtime=0)[:-40])
coded("gzip-bad-sum", "gzip", ZIPPED[:-8] + b"\0" * 8)
coded("gzip-that-is-none", "gzip", BODY, differs=EMPTY)
coded("gzip-broken-inside", "gzip", ZIPPED[:15] + b"\xff\xff\xff" + ZIPPED[18:], differs=EMPTY)
coded("gzip-empty", "gzip", b"")
coded("deflate", "deflate", zlib.compress(BODY))
coded("deflate-raw", "deflate", raw_deflate(BODY))
coded("deflate-that-is-none", "deflate", BODY, differs=EMPTY)
coded("br", "br", brotli.compress(BODY))
coded("br-junk-after", "br", brotli.compress(BODY) + b"junk")
coded("zstd", "zstd", zstd.compress(BODY))
coded("zstd-junk-after", "zstd", zstd.compress(BODY) + b"junk")
coded("zstd-two-frames", "zstd", zstd.compress(BODY[:50]) + zstd.compress(BODY[50:]))
coded("zstd-second-frame-broken", "zstd", zstd.compress(BODY) + zstd.compress(b"<p>" + bytes(range(256)) * 9)[:40] + b"xxxxxxxxxxx")
coded("zstd-newline-after", "zstd", zstd.compress(BODY) + b"\n")
coded("zstd-skippable-frame", "zstd", b"\x50\x2a\x4d\x18\4\0\0\0abcd" + zstd.compress(BODY))
coded("zstd-cut", "zstd", zstd.compress(BODY + bytes(range(256)) * 2_000)[:-9])
coded("zstd-that-is-none", "zstd", BODY, differs=EMPTY)
coded("zstd-empty", "zstd", b"")
coded("zstd-bad-sum", "zstd", zstd.compress(BODY, options={zstd.CompressionParameter.checksum_flag: 1})[:-4] + b"\0\0\0\0", differs=EMPTY)
coded("zstd-window-of-8-mib", "zstd", far(23))
coded("zstd-window-of-16-mib", "zstd", far(24), differs=EMPTY)
coded("zstd-after-gzip", "gzip, zstd", zstd.compress(ZIPPED))
wire("zstd-without-tls", raw(zstd.compress(BODY), 200, [HTML, ("Content-Encoding", "zstd")]), start="http://hub.test/", differs=PLAIN)
coded("br-cut", "br", brotli.compress(BODY)[:-3])
coded("br-that-is-none", "br", BODY, differs=EMPTY)
coded("twice", "gzip, gzip", gzip.compress(ZIPPED, mtime=0))
coded("two-codings", "deflate, gzip", gzip.compress(zlib.compress(BODY), mtime=0))
coded("unknown", "utf-8", BODY)
coded("unknown-after-gzip", "gzip, odd", ZIPPED)
coded("identity", "identity", BODY)
coded("empty-name", "", BODY)
row(
    KIND,
    "codings-in-two-lines",
    {"/": raw(gzip.compress(zlib.compress(BODY), mtime=0), 200, [HTML, ("Content-Encoding", "deflate"), ("Content-Encoding", "gzip")])},
)
wire("br-without-tls", raw(brotli.compress(BODY), 200, [HTML, ("Content-Encoding", "br")]), start="http://hub.test/", differs=PLAIN)

# --- heads

HEAD = b"HTTP/1.1 200 OK\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(BODY)
TYPE = b"Content-Type: text/html\r\n"
END = b"\r\n" + BODY


def chunked(*pieces: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    """A body in chunks."""
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + end


CHUNKED = HEAD + TYPE + b"Transfer-Encoding: chunked\r\n\r\n"
wire("no-reason", b"HTTP/1.1 200\r\n" + LENGTH + TYPE + END)
wire("empty-reason", b"HTTP/1.1 200 \r\n" + LENGTH + TYPE + END)
wire("http-1.0-close", b"HTTP/1.0 200 OK\r\n" + TYPE + END)
wire("http-1.0-old-head", b"HTTP/1.0 200 OK\n" + TYPE.replace(b"\r", b"") + b"\n" + BODY)
wire("no-length", HEAD + TYPE + b"Connection: close\r\n" + END)
wire("bare-line-ends", HEAD + LENGTH + TYPE.replace(b"\r", b"") + END)
wire(
    "folded",
    HEAD + LENGTH + b"Content-Type: text/html;\r\n charset=windows-1252\r\n" + b"\r\n" + BODY.replace(b"<meta charset=utf-8>", b" " * 20),
)
wire("folded-tab", HEAD + LENGTH + TYPE + b"X: a\r\n\tb\r\n" + END)
wire("space-before-colon", HEAD + LENGTH + b"Content-Type : text/html\r\n" + END)
wire("space-in-name", HEAD + LENGTH + TYPE + b"X Y: 1\r\n" + END)
wire("no-value", HEAD + LENGTH + TYPE + b"X:\r\n: y\r\n" + END)
wire("odd-octets", HEAD + LENGTH + TYPE + b"X\xe9: \xff\x01\r\n" + END)
wire("name-in-capitals", HEAD + b"CONTENT-LENGTH: %d\r\n" % len(BODY) + b"cOnTeNt-TyPe: text/html\r\n" + END)
wire("lengths-alike", HEAD + LENGTH + LENGTH + TYPE + END)
wire("lengths-unlike", HEAD + LENGTH + b"Content-Length: 5\r\n" + TYPE + END)
wire("lengths-in-one-line", HEAD + b"Content-Length: %d, %d\r\n" % (len(BODY), len(BODY)) + TYPE + END)
wire("length-negative", HEAD + b"Content-Length: -1\r\n" + TYPE + END, differs=HEADS)
wire("length-with-a-plus", HEAD + b"Content-Length: +%d\r\n" % len(BODY) + TYPE + END, differs=HEADS)
wire("length-no-number", HEAD + b"Content-Length: abc\r\n" + TYPE + b"Connection: close\r\n" + END, differs=HEADS)
wire("length-too-long", HEAD + b"Content-Length: %d\r\nConnection: close\r\n" % (len(BODY) + 9) + TYPE + END, differs=CUT)
wire("length-and-chunks", HEAD + TYPE + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(BODY))
wire("chunks", CHUNKED + chunked(BODY[:9], BODY[9:]))
wire("chunks-with-extensions", CHUNKED + b'%x;a=b;c="d"\r\n%s\r\n0;x\r\n\r\n' % (len(BODY), BODY))
wire("chunks-with-zeros", CHUNKED + b"000%X \r\n%s\r\n000\r\n\r\n" % (len(BODY), BODY))
wire("chunks-with-trailers", CHUNKED + chunked(BODY, end=b"0\r\nX: y\r\nContent-Type: text/plain\r\n\r\n"))
wire("chunks-cut", HEAD + TYPE + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n" + b"fff\r\n" + BODY, differs=CUT)
wire("chunks-that-are-none", CHUNKED + BODY, differs=EMPTY)
wire("chunked-in-capitals", HEAD + TYPE + b"Transfer-Encoding: Chunked\r\n\r\n" + chunked(BODY))
wire("chunked-twice", HEAD + TYPE + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(BODY))
wire("transfer-identity", HEAD + TYPE + LENGTH + b"Transfer-Encoding: identity\r\n" + END)
wire("transfer-gzip", HEAD + TYPE + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + chunked(ZIPPED), differs=EMPTY)
wire("interim-102-and-103", b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + HEAD + LENGTH + TYPE + END)
wire("interim-100", b"HTTP/1.1 100 Continue\r\n\r\n" + HEAD + LENGTH + TYPE + END)
wire("status-with-four-digits", b"HTTP/1.1 2000 OK\r\n" + LENGTH + TYPE + END, differs=HEADS)
wire("status-999", b"HTTP/1.1 999 Odd\r\n" + LENGTH + TYPE + END)
wire("status-of-letters", b"HTTP/1.1 abc OK\r\n" + LENGTH + TYPE + END, differs=HEADS)
wire("http-2-in-words", b"HTTP/2 200 OK\r\n" + LENGTH + TYPE + END, differs=HEADS)
wire("junk-before", b"xx" + HEAD + LENGTH + TYPE + END, differs=HEADS)
wire("blank-line-before", b"\r\n" + HEAD + LENGTH + TYPE + END, differs=HEADS)
wire("four-octets-before", b"xxxx" + HEAD + LENGTH + TYPE + END, differs=HEADS)
wire("http-without-version", b"HTTP 200 OK\r\n" + LENGTH + TYPE + END, differs=HEADS)
wire("status-0", b"HTTP/1.1 0 OK\r\n" + LENGTH + TYPE + END, differs=HEADS)
wire("status-99", b"HTTP/1.1 99 OK\r\n" + LENGTH + TYPE + END, differs=HEADS)
wire("http-1.7", b"HTTP/1.7 200 OK\r\n" + LENGTH + TYPE + END, differs=HEADS)
wire("http-1.x", b"HTTP/1.x 200 OK\r\n" + LENGTH + TYPE + END, differs=HEADS)
wire("no-colon", HEAD + LENGTH + TYPE + b"Garbage\r\n" + END, differs=HEADS)
wire("folded-first", HEAD + b" folded\r\n" + LENGTH + TYPE + END, differs=HEADS)
wire("length-empty", HEAD + b"Content-Length:\r\nConnection: close\r\n" + TYPE + END, differs=HEADS)
wire("length-with-a-letter", HEAD + b"Content-Length: %dx\r\nConnection: close\r\n" % len(BODY) + TYPE + END, differs=HEADS)
wire("length-no-number-and-chunks", HEAD + TYPE + b"Content-Length: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(BODY), differs=HEADS)
wire(
    "lengths-unlike-and-chunks",
    HEAD + TYPE + LENGTH + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(BODY),
    differs=UNLIKE,
)
wire("line-of-120-kb", HEAD + LENGTH + TYPE + b"X: " + b"x" * 120_000 + b"\r\n" + END, differs=LONG)
wire("line-of-250-kib", HEAD + LENGTH + TYPE + b"X: " + b"x" * 250 * 1024 + b"\r\n" + END, differs=LONG)
wire("six-thousand-fields", HEAD + LENGTH + TYPE + b"X: y\r\n" * 6_000 + END, differs=LONG)
wire("no-http-at-all", b"<title>Here</title>\r\n\r\n", start="http://hub.test/", differs=NO_HTTP)
wire("head-of-100-kb", HEAD + LENGTH + TYPE + b"X: " + b"x" * 100_000 + b"\r\n" + END)
wire("many-fields", HEAD + LENGTH + TYPE + b"".join(b"X-%d: y\r\n" % n for n in range(500)) + END)
row(
    KIND,
    "more-than-its-length",
    {"/": to("/next").replace(b"Content-Length: 0", b"Content-Length: 3") + b"abcdefHTTP/1.1 200 OK\r\n\r\nno"},
)

# --- what is left on a kept connection, and what comes before the next answer there

for _name, _left in {
    "newline": b"\r\n",
    "spaces": b"   ",
    "whole-answer": HEAD + b"Content-Length: 2\r\n\r\nno",
    "half-a-head": HEAD,
    "half-a-line": b"HTTP/1.1 2",
    "page": BODY,
    "nul": b"\0",
}.items():
    row(KIND, f"left-{_name}", {"/": to("/next") + _left, "/next": [to("/last") + _left]})
row(KIND, "left-before-a-form", {"/": html("") + HEAD + b"Content-Length: 2\r\n\r\nno"}, press("#go"))
row(KIND, "left-after-chunks", {"/": CHUNKED.replace(b"200 OK", b"302 Found\r\nLocation: /next") + chunked(b"x") + b"\r\nleft"})
row(
    KIND,
    "left-after-no-content",
    {"/": html(""), "/to": b"HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n<p>"},
    press("#go"),
)
for _name, _first in {"blank-line-before": b"\r\n", "newline-before": b"\n", "octets-before": b"xx", "space-before": b" "}.items():
    row(KIND, f"{_name}-the-second", {"/": to("/next"), "/next": [_first + page(""), page("")]}, differs=AGAIN)

# --- statuses and kinds

for _status in (200, 201, 202, 203, 206, 400, 401, 403, 404, 407, 410, 418, 429, 500, 503, 599, 799):
    row(KIND, f"status-{_status}", {"/": raw(PAGE, _status, [HTML])})
for _status in (204, 205):
    row(KIND, f"status-{_status}", {"/": page("<form action=/to><button id=go>Go</button></form>"), "/to": raw("", _status)}, press("#go"))
row(KIND, "status-401-basic", {"/": raw(PAGE, 401, [HTML, ("WWW-Authenticate", "Basic realm=x")])})
row(KIND, "status-401-negotiate", {"/": raw(PAGE, 401, [HTML, ("WWW-Authenticate", "Negotiate")])})
row(KIND, "empty-error", {"/": raw("", 404)})
KINDS = {
    "html-capitals": "Text/HTML;charset=UTF-8",
    "xhtml": "application/xhtml+xml",
    "plain": "text/plain",
    "json": "application/json",
    "html-lookalike": "text/htmlx",
    "html-after-comma": "text/plain, text/html",
    "html-before-comma": "text/html, text/plain",
    "no-slash": "html",
    "any": "*/*",
    "unknown": "unknown/unknown",
    "application-unknown": "application/unknown",
    "octets": "application/octet-stream",
    "pdf": "application/pdf",
    "xml": "text/xml",
    "empty": "",
    "semicolon": ";charset=utf-8",
    "space-inside": "text / html",
}
for _name, _kind in KINDS.items():
    _body = (
        PAGE
        if "xml" not in _kind and "xhtml" not in _kind
        else "<html xmlns='http://www.w3.org/1999/xhtml'><head><title>Here</title></head><body/></html>"
    )
    row(KIND, f"kind-{_name}", {"/": raw(_body, 200, [("Content-Type", _kind)])})
row(KIND, "kind-twice", {"/": raw(PAGE, 200, [("Content-Type", "text/plain"), ("Content-Type", "text/html")])})
for _name, _body in {
    "html": PAGE,
    "space-first": " \n\t<HTML><title>Here</title>",
    "comment-first": "<!-- x --><title>Here</title>",
    "text": "Here",
    "tag-unknown": "<odd><title>Here</title>",
    "p": "<p>x<title>Here</title>",
    "form": "<form><title>Here</title></form>",
    "xml": "<?xml version='1.0'?><html/>",
    "lookalike": "<htmlx><title>Here</title>",
    "octets": "\x00\x01\x02",
}.items():
    row(KIND, f"no-kind-{_name}", {"/": raw(_body)})
row(KIND, "no-sniffing", {"/": raw(PAGE, 200, [("X-Content-Type-Options", "nosniff")])})
for _name, _value in {
    "attachment": "attachment",
    "attachment-with-a-name": "Attachment; filename=x.html",
    "inline": "inline; filename=x.html",
    "unknown": "odd",
    "name-alone": "filename=x.html",
    "empty": "",
    "form-data": "form-data; name=x",
    "quoted": '"attachment"',
    "semicolon": "; filename=x",
}.items():
    row(KIND, f"disposition-{_name}", {"/": bare(("Content-Disposition", _value), body=PAGE)})

# --- a kept connection that is closed as something comes over it

row(KIND, "closed-at-a-page", {"/": to("/next"), "/next": [b"", page("<p>x")]})
row(KIND, "closed-at-a-form", {"/": html(""), "/to": [b"", to("/next")]}, press("#go"))
row(KIND, "closed-at-every-form", {"/": html(""), "/to": b""}, press("#go"))
row(KIND, "closed-at-a-form-of-another-host", {"/": html("", action="https://idp.test/to"), "/to": [b"", to("/next")]}, press("#go"))
