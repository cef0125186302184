"""What a stranger sends is read in linear time under a cap that is checked before the work,
and what it makes us raise is the stranger's.

Each answer below took a version of Vigie seconds to hours, or a gigabyte;
a journey over it now takes less than a second of CPU.
"""

import random
import subprocess
import sys
import time
from collections.abc import Callable
from typing import NoReturn

import pytest
from selectolax.lexbor import LexborHTMLParser

from probe.core.judgement.detail import Detail, DetailKind
from probe.core.judgement.observation import Fault, Kind, Outcome, Reason, Step
from probe.journeys import media_types, pages
from probe.journeys.exchange import Answer
from tests.fakes.hub import LOGIN_FORM, UID, FakeHub, document, html, mire, run, tile, to

CAP = 2 * 1024 * 1024
MARKS = "\u0301\u0316"
MIRE, LOGIN_PAGE = "GET /api/v2/interaction/i-123456789", "GET /interaction/x-987654321"
AUTHORIZE, CHOICE = "GET /api/v2/authorize", "POST /api/v2/redirect-to-idp"


CHARSETS = [
    *("punycode", "idna", "undefined", "utf-7", "unicode_escape", "raw_unicode_escape", "uu", "bz2", "zlib", "base64", "quopri", "rot13"),
    *("hex", "mbcs", "oem", "x" * 60_000, "utf-16", "utf-32", "gb18030", "iso-2022-jp", "replacement", "windows-1252"),
]


def page(body: str, **headers: str) -> Answer:
    return Answer("", 200, {"content-type": "text/html; charset=utf-8"} | headers, body.encode()[:CAP])


def filled(unit: str, before: str = "") -> Answer:
    return page(before + unit * (CAP // len(unit.encode())))


def numbered(unit: Callable[[int], str], count: int = 90_000) -> Answer:
    return page("".join(map(unit, range(count))))


def in_octets(octets: bytes, charset: str) -> Answer:
    return Answer("", 200, {"content-type": f"text/html; charset={charset}"}, octets)


def in_charset(charset: str) -> Answer:
    return in_octets(random.Random(1).randbytes(CAP), charset)


PAGES: dict[str, Answer] = {
    "a refresh full of spaces": page(f"<meta http-equiv=refresh content='{' ' * 2_000_000}x'>"),
    "a refresh full of digits": page(f"<meta http-equiv=refresh content='{'1' * 1_000_000}{';' * 1_000_000}'>"),
    "a refresh full of urls": page(f"<meta http-equiv=refresh content='0;{'url = ' * 300_000}'>"),
    "many refreshes": filled("<meta http-equiv=refresh content='0'>"),
    "attributes on one element": numbered(lambda i: f" a{i}" if i else "<p ", 200_000),
    "attributes on many elements": filled("<p " + " ".join(f"a{i}" for i in range(900)) + ">"),
    "attributes on the body again and again": numbered(lambda i: f"<body a{i}>"),
    "an end tag of attributes": numbered(lambda i: f" a{i}" if i else "</p ", 200_000),
    "an end tag of attributes that ends": page("</p " + " ".join(f"a{i}" for i in range(200_000)) + "><p>"),
    "attributes on one element that ends": page("<p " + " ".join(f"a{i}" for i in range(200_000)) + "><p>"),
    "an attribute that never ends": page("<p a='" + "<p>" * 600_000),
    "formatting elements and ends of nothing": numbered(lambda i: f"<b a={i}></z>"),
    "elements and ends of nothing": filled("<div></z>"),
    "elements whose end a table hides": filled("<div><table></div></table>"),
    "elements whose end a select hides": filled("<div><select></div></select>"),
    "elements whose end a comment hides": filled("<div><!--</div>-->"),
    "elements whose end an attribute hides": filled("<div a='</div>'>"),
    "elements whose end a script hides": filled("<div><script></div></script>"),
    "elements whose end a script in a script hides": filled("<div><script><!--<script></script></div></script>-->"),
    "elements whose end a style in a picture hides": filled("<svg><style><g></style>"),
    "formatting elements opened again by each paragraph": numbered(lambda i: f"<p><b a={i}>x</p>"),
    "formatting elements opened again by each table": numbered(lambda i: f"<table><b a={i}></table>"),
    "options of one select": filled("<option>x", before="<form><select name=a>"),
    "list items in definition terms": filled("<li><dt>"),
    "inputs in deep groups that one disabled group darkens": page("<fieldset disabled></fieldset>" + "<div>" * 480 + "<input>" * 250_000),
    "legends of a disabled group": filled("<legend><input></legend>", before="<form><fieldset disabled>"),
    "hidden fields": filled("<input type=hidden name=a value=b>", before="<form>"),
    "formatting elements opened again three by three": page("<p>" + "<b><i><u><s><em><tt><big><code>" * 3 + "<p>x" * 19_900),
    "comments that never end": filled("<!--"),
    "character data that never ends": filled("<![CDATA[", before="<svg>"),
    "an address of piled-up marks": page(f"<base href='https://a{MARKS * 300_000}/'><form><input name=login>"),
    "a form to an address of piled-up marks": page(f"<form action='https://a{MARKS * 300_000}/'><input name=login><input name=password>"),
    "elements within elements in UTF-16": in_octets(("<div>" * 190_000).encode("utf-16le"), "utf-16le"),
    "elements after a comment that is Japanese": in_octets(b"\x1b$B<!--\x1b(B" + b"<div>" * 190_000, "iso-2022-jp"),
    "noughts": filled("\0", before="<p>"),
    "quotes in a tag": filled("'", before="<p a="),
    "text of piled-up marks": filled(MARKS, before="<h1>a"),
    "text like tokens": filled("a", before="<p>"),
    "text like the beginnings of tokens": filled("aaaa.", before="<p>"),
    "text like mail addresses": filled("a@", before="<p>"),
    "entities": filled("&amp;&notit;&#x41;"),
    **{f"charset {name}": in_charset(name) for name in CHARSETS},
}  # fmt: skip


def told_in_a_moment(hub: FakeHub, kind: Kind = Kind.IDENTITY) -> tuple[Outcome, Fault | None, Reason | None]:
    began = time.process_time()
    verdict = run(hub, kind).verdict
    assert time.process_time() - began < 1
    assert verdict.reason is not Reason.PROBER_ERROR
    return verdict.outcome, verdict.fault, verdict.reason


@pytest.mark.parametrize("answer", PAGES.values(), ids=PAGES.keys())
def test_an_idp_whose_login_page_is_hostile_is_told_in_a_moment(answer: Answer) -> None:
    assert told_in_a_moment(FakeHub().on(LOGIN_PAGE, answer))[:2] == (Outcome.FAILED, Fault.IDP)


@pytest.mark.parametrize("answer", PAGES.values(), ids=PAGES.keys())
def test_a_hub_whose_mire_is_hostile_is_told_in_a_moment(answer: Answer) -> None:
    assert told_in_a_moment(FakeHub().on(MIRE, answer), Kind.MIRE)[:2] == (Outcome.FAILED, Fault.HUB)


@pytest.mark.parametrize("status", [500, 503])
@pytest.mark.parametrize("charset", ["undefined", "idna", "punycode", "unicode_escape", "x-no-such"])
def test_an_outage_is_an_outage_whatever_charset_its_page_claims(charset: str, status: int) -> None:
    down = Answer("", status, {"content-type": f"text/html; charset={charset}"}, b"<h1>Indisponible</h1>")
    assert told_in_a_moment(FakeHub().on(AUTHORIZE, down), Kind.MIRE) == (Outcome.FAILED, Fault.HUB, Reason.HTTP_STATUS)
    assert told_in_a_moment(FakeHub().on(LOGIN_PAGE, down)) == (Outcome.FAILED, Fault.IDP, Reason.HTTP_STATUS)
    assert told_in_a_moment(FakeHub().on("GET /health", down), Kind.DIRECT) == (Outcome.FAILED, Fault.IDP, Reason.HTTP_STATUS)


@pytest.mark.parametrize(
    "location",
    [
        f"/{'1a' * 900}g",
        "/" + "/".join(["1a" * 100 + "g"] * 300),
        f"https://a{MARKS * 16_000}/",
        f"//a{MARKS * 16_000}/",
        "https://" + "[" * 60_000,
        "/" + "../" * 20_000,
        "?" + "a=b&" * 15_000,
        "x" * 60_000 + ":",
    ],
    ids=lambda location: location[:12],
)
def test_an_address_that_the_browser_is_sent_to_is_read_in_a_moment(location: str) -> None:
    for where in (AUTHORIZE, CHOICE, LOGIN_PAGE):
        assert told_in_a_moment(FakeHub().on(where, to(location)))[0] is Outcome.FAILED


def test_a_claim_of_piled_up_marks_is_compared_in_a_moment() -> None:
    hub = FakeHub()
    hub.on("GET /api/v2/userinfo", lambda _: document(hub.userinfo() | {"given_name": "a" + MARKS * 80_000}))
    assert told_in_a_moment(hub) == (Outcome.FAILED, Fault.HUB, Reason.CLAIMS_MISMATCH)


def test_a_claim_is_compared_whichever_way_its_accents_are_written() -> None:
    from probe.oidc.userinfo import compare

    for written in ("Zoé", "Zoe\u0301"):
        assert compare({"given_name": written}, {"given_name": "Zoe\u0301"}) is None
        assert compare({"given_name": written}, {"given_name": "Zoé"}) is None
        assert compare({"given_name": written}, {"given_name": "Zoe"}) is not None
    # four characters for one: the most there are
    assert compare({"x": "\u1f82"}, {"x": "\u03b1\u0313\u0300\u0345"}) is None


@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"])
def test_metadata_with_an_address_of_piled_up_marks_is_read_in_a_moment(name: str) -> None:
    metadata = {"issuer": "https://hub.test/api/v2", name: f"https://a{MARKS * 100_000}/"}
    hub = FakeHub().on("GET /api/v2/.well-known/openid-configuration", document(metadata))
    began = time.process_time()
    run(hub, Kind.IDENTITY)
    assert time.process_time() - began < 1


def test_a_form_that_sends_thousands_of_values_to_the_service_is_told_in_a_moment() -> None:
    fields = "".join(f"<input type=hidden name=n{i} value=value-{i}-{'é' * 20}>" for i in range(15_000))
    form = f"<form method=post action='https://sp.test/callback'>{fields}<button>Continuer</button></form>"
    hub = FakeHub().on(
        "GET /api/v2/interaction/i-123456789/consent", html(f"{form}<p data-testid=consent-form></p>", body_id="fc-consent-page")
    )
    assert told_in_a_moment(hub)[0] is Outcome.FAILED


def test_error_codes_within_error_codes_are_read_in_a_moment() -> None:
    body = "<div data-testid=error-code>" * 2_500 + "x" * 1_900_000
    hub = FakeHub().on(AUTHORIZE, html(body, 400, body_id="fc-error-page"))
    assert told_in_a_moment(hub, Kind.MIRE)[0] is Outcome.FAILED


def test_a_form_whose_long_values_begin_alike_is_told_in_a_moment() -> None:
    values = {f"n{i}": f"{'a' * (3_700 + i)}b" for i in range(190)} | {"z": "zzzz", "error": "access_denied"}
    values["error_description"] = f"zzzz {'a' * 15_000}b"
    fields = "".join(f"<input type=hidden name={name} value='{value}'>" for name, value in values.items())
    form = f"<form method=post action='https://sp.test/callback'>{fields}<input name=login><input name=password></form>"
    assert told_in_a_moment(FakeHub().on(LOGIN_PAGE, html(form)))[0] is not Outcome.OK


@pytest.mark.parametrize("body", [b'{"keys":[' + b"[]," * 690_000 + b"0]}", b"{" * 1_000_000, b'{"a":1' + b',"a":{}' * 300_000 + b"}"])
def test_documents_of_very_many_parts_are_read_in_a_moment(body: bytes) -> None:
    answer = Answer("", 200, {"content-type": "application/json"}, body[:CAP])
    for where in ("POST /api/v2/token", "GET /api/v2/jwks", "GET /api/v2/userinfo"):
        assert told_in_a_moment(FakeHub().on(where, answer))[:2] == (Outcome.FAILED, Fault.HUB)


def test_an_endpoint_that_is_no_text_of_unicode_is_the_hubs_failure() -> None:
    from probe.config.formats import check_url

    with pytest.raises(ValueError, match="is not a URL"):
        check_url("https://hub.test/authorize?x=\ud800")


# --- what a browser reads is read -----------------------------------------------------------------


def picture(count: int) -> str:
    return f"<svg viewBox='0 0 9 9'>{'<path d=M0/>' * count}{'<use href=#a />' * count}</svg>"


DECORATIONS = {
    "a picture of 1,200 elements that close themselves": picture(600),
    "markup in an attribute": f"<div title='{'<i>' * 600}'></div>",
    "markup in a script": f"<script>let a = '{'<div><b>' * 600}'</script>",
    "markup in a style": f"<style>/* {'<div>' * 600} */</style>",
    "markup in a comment": f"<!-- {'<div>' * 2_000} -->",
    "markup in a text area": f"<textarea>{'<div>' * 2_000}</textarea>",
    "markup in character data of a picture": f"<svg><desc><![CDATA[{'<b>' * 600}]]></desc></svg>",
    "600 nested elements": "<div>" * 600 + "</div>" * 600,
    "2,000 paragraphs and items that nothing closes": "<p>x" * 1_000 + "<ul>" + "<li>x" * 1_000 + "</ul>",
    "a table of 2,000 cells that nothing closes": "<table>" + "<tr><td>a<td>b" * 1_000 + "</table>",
    "300 formatting elements that cross": "<b><i>x</b></i>" * 300,
    "a select of 1,500 options": "<select>" + "<option value=1>one" * 1_500 + "</select>",
    "JSON of 2,000 members in an attribute": "<div data-config='{" + '"key": "value", ' * 2_000 + "}'></div>",
    "a path of 7,000 numbers": f"<svg><path d='{'M 1 2 ' * 3_500}'/></svg>",
    "pictures within the page": "<img src='data:image/png;base64," + "a/b+" * 150_000 + "'>",
    "a style of 40 kB": f"<div style='{'color: red; ' * 3_500}'></div>",
    "an element with 200 attributes": "<div " + " ".join(f"data-{i}=x" for i in range(200)) + "></div>",
    "900 kB of text": "mot " * 230_000,
}  # fmt: skip


@pytest.mark.parametrize("decoration", DECORATIONS.values(), ids=DECORATIONS.keys())
def test_what_decorates_a_page_hides_nothing_of_it(decoration: str) -> None:
    assert run(FakeHub().on(MIRE, mire(tile(UID), extra=decoration)), Kind.MIRE).verdict.outcome is Outcome.OK
    assert run(FakeHub().on(LOGIN_PAGE, html(decoration + LOGIN_FORM))).verdict.outcome is Outcome.OK
    error = html(f"{decoration}<p data-testid='error-code'>Erreur Y04EA6EF</p>", 400, body_id="fc-error-page")
    assert run(FakeHub().on(AUTHORIZE, error), Kind.MIRE).verdict.code == "Y04EA6EF"


# --- what an answer makes us raise ----------------------------------------------------------------


def raising(*_: object) -> NoReturn:
    raise KeyError("what the page said")


@pytest.mark.parametrize(
    ("kind", "fault", "step"),
    [
        (Kind.MIRE, Fault.HUB, Step.MIRE),
        (Kind.LOGIN_PAGE, Fault.HUB, Step.MIRE),
        (Kind.IDENTITY, Fault.HUB, Step.MIRE),
        (Kind.DIRECT, Fault.IDP, Step.DIRECT),
    ],
)
def test_an_answer_that_a_reader_cannot_take_is_its_senders_failure(
    kind: Kind, fault: Fault, step: Step, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media_types, "_charset", raising)
    verdict = run(FakeHub().on("GET /health", html("well")), kind).verdict
    assert (verdict.outcome, verdict.fault, verdict.reason, verdict.step) == (Outcome.FAILED, fault, Reason.PROTOCOL, step)
    assert verdict.detail == Detail(DetailKind.UNREADABLE, ("KeyError",))


def test_an_answer_that_cannot_be_read_after_the_login_is_told_as_after_the_login(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = media_types._charset

    def fails_at_the_consent(content_type: str) -> str:
        return whole(content_type) if "odd" not in content_type else raising()

    monkeypatch.setattr(media_types, "_charset", fails_at_the_consent)
    consent = Answer("", 200, {"content-type": "text/html; odd"}, b"<p>")
    verdict = run(FakeHub().on("GET /api/v2/interaction/i-123456789/consent", consent)).verdict
    assert (verdict.fault, verdict.authenticated, verdict.on_hub, verdict.tiles != ()) == (Fault.HUB, True, True, True)


def test_a_negative_journey_over_an_answer_that_cannot_be_read_learns_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media_types, "_charset", raising)
    for name in ("client", "idp"):
        assert run(FakeHub(), Kind.NEGATIVE, name=name).verdict.outcome is Outcome.INCONCLUSIVE


def test_a_mistake_of_ours_is_nobodys_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    from probe.journeys.walk import Walk

    monkeypatch.setattr(Walk, "choose", raising)
    with pytest.raises(KeyError):
        run(FakeHub())


def test_what_was_a_bomb_for_the_memory_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[int] = []

    def counting(text: str) -> LexborHTMLParser:
        parsed.append(len(text))
        return LexborHTMLParser(text)

    monkeypatch.setattr(pages, "LexborHTMLParser", counting)
    body = "".join(f"<p><b a={i}>x</p>" for i in range(2_500))
    three = (
        "<p>"
        + "".join(f"<{name}>" * 3 for name in ["b", "i", "u", "s", "em", "tt", "big", "code", "strong", "small", "strike", "font"])
        + "<p>x" * 19_000
    )
    for each in (body, three):
        run(FakeHub().on(LOGIN_PAGE, html(each)), Kind.LOGIN_PAGE)
    assert max(parsed) < 5_000


@pytest.mark.parametrize("error", [OSError(24, "Too many open files"), ImportError("no such codec"), MemoryError()])
def test_a_reader_that_finds_no_descriptor_or_no_memory_tells_of_this_machine(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def without(*_: object) -> NoReturn:
        raise error

    monkeypatch.setattr(media_types, "_charset", without)
    with pytest.raises(type(error)):
        run(FakeHub(), Kind.MIRE)


def test_no_codec_is_imported_by_a_journey() -> None:
    code = """
import sys
from webencodings.labels import LABELS
from probe.journeys import guard
from probe.journeys.encoding import find_encoding
known = set(sys.modules)
for label in LABELS:
    find_encoding(b"a", f"text/html; charset={label}")
b"".decode("utf-8-sig")
print(sorted(set(sys.modules) - known))
"""
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60).stdout.strip() == "[]"
