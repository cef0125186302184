"""Measures what each reader of strangers' data costs at its cap, and how the cost grows up to it.

    python -m benchmarks.growth [--most 50] [READER ...]

Each shape is read at a quarter of its cap and at its cap, the best of three times each, in
milliseconds of CPU. The cap of a page's shape is the longest page of it that is parsed.
The exponent is 1 where the time grows with the length, and 2 where it grows with its square.
The exit status is 1 when a shape costs more than `--most` milliseconds at its cap.
"""

import argparse
import json
import math
import random
import sys
import time
from base64 import urlsafe_b64encode
from bisect import bisect_left
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any, NamedTuple

from probe.config import profiles
from probe.core.judgement.detail import DetailKind
from probe.journeys import details, turned_away
from probe.journeys.account_pages import asked_of_the_account
from probe.journeys.addresses import ascii_header, canonical, join
from probe.journeys.encoding import decode, find_encoding
from probe.journeys.exchange import Answer
from probe.journeys.form_data import urlencoded
from probe.journeys.forms import default_button, submit
from probe.journeys.hubpages import HubPage
from probe.journeys.markup import too_complicated
from probe.journeys.outward_form import page_traits, tile_traits
from probe.journeys.pages import Page, query
from probe.journeys.redact import Redactor
from probe.journeys.refresh import read_refresh
from probe.oidc import userinfo
from probe.oidc.documents import load_object
from probe.oidc.keys import load_key_set
from probe.oidc.published import key_traits, metadata_traits
from probe.oidc.signed import encryption_of, header_of, verify
from probe.transport.answer import HEAD_LIMIT, PAGE_LIMIT
from probe.transport.cookies import Jar
from probe.transport.decode import Decoder
from probe.transport.urls import parse

PROFILE = profiles.built_in("franceconnect")
KNOWN = ["Angela Claire Louise", "DUBOIS", "1962-08-24", "a-password-of-20-chars", *(f"value-{number}" for number in range(40))]


class GrowthCost(NamedTuple):
    """What one shape cost one reader: milliseconds of CPU at a quarter of its cap, and at it."""

    reader: str
    shape: str
    quarter_ms: float
    full_ms: float

    @property
    def exponent(self) -> float:
        """With which power of its length the time grows."""
        return math.log(max(self.full_ms, 0.001) / max(self.quarter_ms, 0.001), 4)


# --- shapes: what a stranger sends, of a size in bytes

Shape = Callable[[int], Any]


def filled(unit: str, before: str = "", after: str = "") -> Shape:
    """Return the shape of one unit again and again."""
    return lambda size: (before + unit * ((size - len(before) - len(after)) // len(unit.encode())) + after).encode()


def numbered(unit: Callable[[int], str], before: str = "", after: str = "") -> Shape:
    """Return the shape of units that all differ."""

    def made(size: int) -> bytes:
        parts, length, number = [before], len(before) + len(after), 0
        while length < size:
            parts.append(unit(number))
            length, number = length + len(parts[-1]), number + 1
        return "".join([*parts, after]).encode()[: size - len(after)] + (after.encode() if after else b"")

    return made


def noise(size: int) -> bytes:
    """Return bytes without any shape."""
    return random.Random(1).randbytes(size)


PAGES: dict[str, Shape] = {
    "text": filled("word ", "<p>"),
    "one long word": filled("a", "<p>"),
    "beginnings of tokens": filled("aaaa.", "<p>"),
    "beginnings of mail addresses": filled("a@", "<p>"),
    "digits": filled("1 ", "<p>"),
    "piled-up marks": filled("\u0301\u0316", "<h1>a"),
    "entities": filled("&amp;&notit;&#x41;", "<p>"),
    "noughts": filled("\0", "<p>"),
    "elements": filled("<p>x"),
    "elements within elements": filled("<div>"),
    "ends of nothing": filled("</z>"),
    "processing instructions": filled("<?x>"),
    "declarations": filled("<!x>"),
    "comments": filled("<!---->"),
    "comments that never end": filled("<!--"),
    "comments that end oddly": filled("<!--a--!>"),
    "less-than signs": filled("<"),
    "beginnings of tags": filled("<a "),
    "attributes on one element": numbered(lambda number: f" a{number}", "<p ", ">"),
    "attributes on many elements": numbered(lambda number: f"<p a{number} b c=d>"),
    "quotes": filled("'", "<p a="),
    "spaces in a tag": filled(" ", "<p", ">"),
    "scripts": filled("<script></script>"),
    "scripts in scripts": filled("<script><!--<script></script>-->", "", "</script>"),
    "a long script": filled("x<", "<script>"),
    "styles in a picture": filled("<style><g></style>", "<svg>"),
    "tables": filled("<table><tr><td>"),
    "hidden fields": numbered(lambda number: f"<input type=hidden name=a{number} value=b>", "<form>"),
    "forms": numbered(lambda number: f"<form id=f{number} action=/x><input name=a>"),
    "fields of other forms": numbered(lambda number: f"<input form=f{number} name=a>", "<form id=f1><table><form>"),
    "buttons": numbered(lambda number: f"<button name=b{number}>go</button>", "<form>"),
    "radio buttons": numbered(lambda number: f"<input type=radio name=a{number % 9} checked>", "<form>"),
    "options": filled("<option>x", "<form><select name=a>"),
    "tiles": numbered(lambda number: f"<form action=/redirect-to-idp method=post><input name=providerUid value=u{number}><button>x</form>"),
    "identifiers": numbered(lambda number: f"<i id=name-{number}x>"),
    "banners": numbered(lambda number: f"<div class='fr-alert message-{number}'><div>"),
    "scripts from everywhere": numbered(lambda number: f"<script src=//h{number}.example/></script>"),
    "refreshes": filled("<meta http-equiv=refresh content='0;url=/x'>"),
    "a refresh of spaces": filled(" ", "<meta http-equiv=refresh content='", "x'>"),
    "policies": filled("<meta http-equiv=content-security-policy content='form-action a b c'>", "<head>"),
    "a policy": filled("form-action a.example b.example;", "<head><meta http-equiv=content-security-policy content='", "'>"),
    "an address of piled-up marks": filled("\u0301\u0316", "<form action='https://a", "'>"),
    "templates": filled("<template>"),
    "contents of noscript": filled("<noscript><p></noscript>"),
    "short elements": filled("<b></b>"),
    "text of a textarea": filled("x\n", "<form><textarea name=a>", "</textarea>"),
}  # fmt: skip


def answer(body: bytes) -> Answer:
    """Return a page of the hub."""
    return Answer("https://hub.example/mire?x=y", 200, {"content-type": "text/html; charset=utf-8"}, body)


# --- readers


def _parsed(body: bytes) -> None:
    page = Page(answer(body))
    page.first("form")


def _whole_page(read: Callable[[Page], object]) -> Callable[[bytes], object]:
    return lambda body: read(Page(answer(body)))


def _forms(page: Page) -> None:
    for form in page.all("form")[:3]:
        sent = submit(page, form, default_button(page, form))
        urlencoded(sent.fields or (), sent.encoding)
    list(details.forms(page))


def _details(page: Page) -> None:
    redactor = Redactor(KNOWN)
    details.detail(redactor, DetailKind.FIELD_MISSING, details.buttons(page, labels=True), details.forms(page))


def _shown(page: Page) -> None:
    Redactor(KNOWN).text(f"{page.title} {page.heading} {page.visible_text}")


def _leads(page: Page) -> None:
    page.refresh, page.base, page.form_policy.allows("https://hub.example/")


def _hub(page: Page) -> None:
    read = HubPage(page, PROFILE)
    read.is_mire, read.error, read.listed, read.consent()


def _traits(page: Page) -> None:
    redactor, read = Redactor(KNOWN), HubPage(page, PROFILE)
    page_traits(page, redactor, read)
    tile_traits(read, redactor)


READERS_OF_PAGES: dict[str, Callable[[bytes], object]] = {
    "markup": too_complicated,
    "parser": _parsed,
    "forms": _whole_page(_forms),
    "details": _whole_page(_details),
    "text": _whole_page(_shown),
    "leads": _whole_page(_leads),
    "hub": _whole_page(_hub),
    "traits": _whole_page(_traits),
    "account": _whole_page(asked_of_the_account),
    "turned away": _whole_page(lambda page: turned_away.turned_away(page.answer, page)),
}


def document(unit: Callable[[int], tuple[str, Any]]) -> Shape:
    """Return the shape of a JSON object with a member for each number."""

    def made(size: int) -> bytes:
        members, length, number = dict[str, Any](), 2, 0
        while length < size:
            name, value = unit(number)
            members[name] = value
            length, number = length + len(json.dumps({name: value})), number + 1
        return json.dumps(members).encode()

    return made


DOCUMENTS: dict[str, Shape] = {
    "members": document(lambda number: (f"m{number}", number)),
    "long names": document(lambda number: (f"m{number}" + "n" * 500, "")),
    "addresses": document(lambda number: (f"m{number}_endpoint", f"https://hub.example/{number}")),
    "mail addresses": document(lambda number: (f"c{number}@example.org", "")),
    "lists": document(lambda number: (f"m{number}", ["a", "b", "c"])),
    "one list": lambda size: json.dumps({"scopes_supported": [f"s{number}" for number in range(size // 8)]}).encode(),
    "lists of lists": document(lambda number: (f"m{number}", [[]])),
    "objects": document(lambda number: (f"m{number}", {"a": {}})),
    "one object": lambda size: json.dumps({"m": {f"s{number}": number for number in range(size // 16)}}).encode(),
    "digits": filled("1", '{"m":', "}"),
    "many numbers": document(lambda number: (f"m{number}", 10**300 + number)),
    "escapes": filled("\\u00e9", '{"m":"', '"}'),
    "marks": filled("\u0301\u0316", '{"m":"', '"}'),
    "text": filled("a", '{"m":"', '"}'),
    "spaces": filled(" ", "{", "}"),
    "brackets": filled("[", '{"m":'),
}


def _metadata(body: bytes) -> None:
    loaded = load_object(body)
    if loaded is not None:
        metadata_traits(loaded)


def _claims(body: bytes) -> None:
    claims = load_object(body) or {}
    problem = userinfo.compare({"given_name": "Hélène", "m": "é" * 1_000, "m1": {"a": "b"}}, claims)
    if problem is not None:
        details.detail(Redactor(KNOWN), problem.kind, problem.names, problem.others)


def _hidden(body: bytes) -> None:
    redactor = Redactor(KNOWN)
    redactor.hide(load_object(body))
    redactor.text("a text of a page " * 30)


def key(number: int) -> dict[str, str]:
    """Return an RSA key that nobody has, and that can be read."""
    modulus = urlsafe_b64encode(b"\xff" * 252 + number.to_bytes(4, "big")).decode().rstrip("=")
    return {"kty": "RSA", "n": modulus, "e": "AQAB", "kid": f"k{number}", "use": "sig"}


def keys(each: Callable[[int], dict[str, Any]]) -> Shape:
    """Return the shape of a key set."""
    return lambda size: json.dumps({"keys": [each(number) for number in range(size // (len(json.dumps(each(1))) + 2))]}).encode()


KEY_SETS: dict[str, Shape] = {
    "keys": keys(key),
    "keys of one id": keys(lambda number: key(number) | {"kid": "k"}),
    "weak keys": keys(lambda number: {"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": f"k{number}"}),
    "points on no curve": keys(lambda number: {"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43, "kid": f"k{number}"}),
    "other keys": keys(lambda number: {"kty": "oct", "k": f"{number}"}),
    "long ids": keys(lambda number: key(number) | {"kid": f"{number}" * 400}),
    "operations": keys(lambda number: key(number) | {"key_ops": ["verify"] * 500}),
    "no keys": keys(lambda _: {}),
}


def _keys(body: bytes) -> None:
    read = load_key_set(body)
    if read is not None:
        key_traits(read)
        verify(TOKEN, ["RS256"], read, None)


def part(content: bytes) -> str:
    """Return a part of a compact token."""
    return urlsafe_b64encode(content).decode().rstrip("=")


TOKEN = f"{part(json.dumps({'alg': 'RS256'}).encode())}.{part(b'{}')}.{part(bytes(256))}"
LONGEST_TOKEN = 200_000
_RS256 = part(b'{"alg":"RS256"}')
_JWE = part(b'{"alg":"RSA-OAEP","enc":"A256GCM"}')
_EMPTY = part(b"{}")
TOKENS: dict[str, Shape] = {
    "a long payload": lambda size: f"{_RS256}.{'A' * size}.{'A' * 342}",
    "a long signature": lambda size: f"{_RS256}.{_EMPTY}.{'A' * size}",
    "a long header": lambda size: f"{'A' * size}.{_EMPTY}.AAAA",
    "a header of members": lambda size: f"{part(document(lambda number: (f'm{number}', 1))(size // 2))}.{_EMPTY}.AAAA",
    "dots": lambda size: "." * size,
    "parts": lambda size: "a." * (size // 2),
    "encrypted": lambda size: f"{_JWE}.{'A' * size}.A.A.A",
    "no token": lambda size: "é" * (size // 2),
}
SOME_KEYS = load_key_set(KEY_SETS["keys"](30_000))


def _token(token: str) -> None:
    header_of(token)
    encryption_of(token)
    verify(token, ["RS256", "HS256"], SOME_KEYS, "a secret of the client, 32 octets")


def as_text(shape: Shape) -> Shape:
    """Return a shape as a text."""
    return lambda size: shape(size).decode("latin-1")


LINES: dict[str, Shape] = {
    name: as_text(make)
    for name, make in {
        "letters": filled("a"),
        "semicolons": filled(";"),
        "commas": filled(", "),
        "spaces": filled(" ", "a", "b"),
        "equals": filled("a=b;"),
        "attributes": filled("; expires=Thu, 01 Jan 2099 00:00:00 GMT", "a=b"),
        "many parts": numbered(lambda number: f"; m{number}=Max-Age", "a=b"),
        "digits": filled("1"),
        "digits of a date": filled("1 ", "a=b; expires="),
        "slashes": filled("/", "https://hub.example"),
        "dots": filled("/..", "https://hub.example"),
        "percents": filled("%2e%41", "https://hub.example/"),
        "percent signs": filled("%", "https://hub.example/"),
        "parameters": numbered(lambda number: f"&a{number}=b", "https://hub.example/?x"),
        "labels of a host": filled("a.", "https://"),
        "labels of another script": filled("xn--", "https://"),
        "marks": filled("\u0301", "https://a"),
        "at signs": filled("@", "https://a"),
        "backslashes": filled("\\", "https:"),
        "colons": filled(":", "https://["),
        "quotes": filled("'", "0;url='"),
        "bytes": noise,
    }.items()
}


def _cookies(line: str) -> None:
    longest = max(1, len(line) // 180)
    heads = [line[at : at + longest].encode("latin-1") for at in range(0, len(line), longest)]
    url = parse("https://hub.example/")
    for given in ([line.encode("latin-1")], heads):
        jar = Jar()
        jar.take(url, given, 0)
        jar.header(url, 0)


def _address(line: str) -> None:
    target = join("https://hub.example/a/b", line)
    canonical(target)
    query(target)
    ascii_header(line.encode("latin-1"))
    Redactor(KNOWN).path(target)


def _redacted(line: str) -> None:
    redactor = Redactor(KNOWN)
    redactor.text(line)
    redactor.name(line)
    redactor.known(line)
    redactor.path(line)


def _content_type(line: str) -> None:
    find_encoding(line.encode("latin-1"), f"text/html; {line}")


ENCODINGS = (
    *("utf-8", "utf-16le", "utf-16be", "windows-1252", "gb18030", "gbk", "big5", "euc-jp", "euc-kr", "iso-2022-jp", "shift_jis"),
    *("macintosh", "x-user-defined"),
)


def _decoded(body: bytes) -> None:
    for coding in ("gzip", "deflate", "br", "zstd"):
        decoder = Decoder([coding], PAGE_LIMIT)
        try:
            for at in range(0, len(body), 16_384):
                decoder.feed(body[at : at + 16_384])
        except Exception:  # noqa: BLE001, S112 - what cannot be decoded is refused: the time counts
            continue


class Reader(NamedTuple):
    """A reader, the shapes that it is given, and its cap in bytes."""

    name: str
    read: Callable[[Any], object]
    shapes: dict[str, Shape]
    cap: int


READERS = [
    *(Reader(name, read, PAGES, PAGE_LIMIT) for name, read in READERS_OF_PAGES.items()),
    Reader("document", load_object, DOCUMENTS, PAGE_LIMIT),
    Reader("metadata", _metadata, DOCUMENTS, PAGE_LIMIT),
    Reader("claims", _claims, DOCUMENTS, PAGE_LIMIT),
    Reader("hidden", _hidden, DOCUMENTS, PAGE_LIMIT),
    Reader("keys", _keys, KEY_SETS, PAGE_LIMIT),
    Reader("token", _token, TOKENS, LONGEST_TOKEN),
    Reader("cookies", _cookies, LINES, HEAD_LIMIT),
    Reader("address", _address, LINES, HEAD_LIMIT),
    Reader("refresh", read_refresh, LINES, PAGE_LIMIT),
    Reader("redactor", _redacted, LINES, PAGE_LIMIT),
    Reader("content type", _content_type, LINES, HEAD_LIMIT),
    Reader("codings", _decoded, {"noise": noise, "noughts": filled("\0")}, PAGE_LIMIT),
    *(Reader("encoding", partial(decode, encoding=name), {name: noise}, PAGE_LIMIT) for name in ENCODINGS),
]


def cost(reader: Reader, shape: str) -> GrowthCost:
    """Measure one shape."""
    made, cap = reader.shapes[shape], reader.cap
    if reader.shapes is PAGES and reader.read is not too_complicated:
        cap = _longest_parsed(shape)
    return GrowthCost(reader.name, shape, *(_best_ms(reader.read, made(size)) for size in (cap // 4, cap)))


@cache
def _longest_parsed(shape: str) -> int:
    """Return the size of the longest page of a shape that is not refused before it is parsed."""
    made, refused = PAGES[shape], PAGE_LIMIT + 1
    return bisect_left(range(refused), True, key=lambda size: too_complicated(made(size))) - 1


def _best_ms(read: Callable[[Any], object], given: Any) -> float:
    best = math.inf
    for _ in range(3):
        began = time.process_time()
        read(given)
        best = min(best, (time.process_time() - began) * 1_000)
    return best


def costs(names: list[str]) -> Iterator[GrowthCost]:
    """Measure every shape of the readers of these names; of all without any."""
    for reader in READERS:
        if not names or reader.name in names:
            yield from (cost(reader, shape) for shape in reader.shapes)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("readers", nargs="*", metavar="READER", help=", ".join(dict.fromkeys(reader.name for reader in READERS)))
    parser.add_argument("--most", type=float, default=50.0, help="milliseconds of CPU at the cap")
    options = parser.parse_args()
    dear = 0
    for each in costs(options.readers):
        over = each.full_ms > options.most
        dear += over
        print(f"{each.reader:13} {each.shape:34} {each.full_ms:8.1f} ms  ~ n^{each.exponent:4.1f}{'  OVER' if over else ''}", flush=True)
    print(f"{dear} over {options.most:g} ms")
    return 1 if dear else 0


if __name__ == "__main__":
    sys.exit(main())
