"""What is read of a message: bounded, whatever it holds."""

import base64
import re
import time
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probe.core.plain_text import refused_in_block
from probe.inbound.email.message import (
    LARGEST_HEAD,
    LONGEST_FIELD,
    LONGEST_NAME,
    LONGEST_SUBJECT,
    LONGEST_TEXT,
    MOST_FIELDS,
    MOST_PARTS,
    Attachment,
    IncomingMail,
    Unreadable,
    UnreadableError,
    read_mail,
)
from probe.inbound.email.senders import dmarc_passed
from tests.fakes.mail import CAMILLE, message, nested, part, parts, raw

LARGEST = 1_000_000


def read(content: bytes | EmailMessage, *, largest: int = LARGEST, attachments: int = 20) -> IncomingMail:
    return read_mail(content if isinstance(content, bytes) else content.as_bytes(policy=SMTP), largest=largest, attachments=attachments)


# --- well-formed


def test_a_plain_message_is_read() -> None:
    made = message("Bonjour,\nles connexions échouent.\n", subject="Panne à Ameli", In_Reply_To="<a@b>", References="<r1@b> <r2@b> <a@b>")
    letter = read(made)
    assert letter.message_id == "m1@ameli.example"
    assert letter.senders == (CAMILLE,)
    assert letter.subject == "Panne à Ameli"
    assert letter.text == "Bonjour,\nles connexions échouent."
    assert letter.threads == ("a@b", "r2@b", "r1@b")
    assert (letter.automatic, letter.return_path, letter.attachments, letter.more_attachments) == (False, None, (), 0)


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "windows-1252", "utf-16"])
def test_text_comes_in_any_usual_charset(charset: str) -> None:
    body = base64.b64encode("déjà coupé".encode(charset))
    letter = read(raw("From: a@b.example", f"Content-Type: text/plain; charset={charset}", "Content-Transfer-Encoding: base64", body=body))
    assert letter.text == "déjà coupé"


def test_a_message_of_html_alone_is_read_as_its_text() -> None:
    page = b"<html><head><style>p{}</style></head><body><p>Bonjour</p><script>alert(1)</script><p>Panne&nbsp;!</p></body></html>"
    letter = read(raw("From: a@b.example", "Content-Type: text/html; charset=utf-8", body=page))
    assert letter.text == "Bonjour\nPanne !"


def test_a_page_whose_head_never_ends_is_read_all_the_same() -> None:
    assert read(raw("From: a@b.example", "Content-Type: text/html", body=b"<html><head><p>Panne</p>")).text == "Panne"


def test_of_two_alternatives_the_plain_one_is_read() -> None:
    made = message("en clair")
    made.add_alternative("<p>en HTML</p>", subtype="html")
    assert read(made).text == "en clair"


@pytest.mark.parametrize("introduced", ["Le lun. 23 nov. 2026 à 10:00, Support <s@desk.example> a écrit :", "On Mon, Support wrote:"])
def test_what_is_quoted_below_is_left_out(introduced: str) -> None:
    assert read(message(f"Réparé.\n\n{introduced}\n> Avez-vous\n> des journaux ?\n")).text == "Réparé."


def test_an_answer_between_quoted_lines_stays_with_them() -> None:
    text = "> Avez-vous des journaux ?\nOui.\n> Depuis quand ?\nMidi."
    assert read(message(text)).text == text


def test_a_message_that_only_quotes_is_kept_whole() -> None:
    assert read(message("> Avez-vous des journaux ?\n")).text == "> Avez-vous des journaux ?"


def test_attachments_are_listed_and_their_content_is_nowhere() -> None:
    made = message("voir")
    made.add_attachment(b"\0" * 1_000, maintype="application", subtype="x-msdownload", filename="../../etc/virus.exe")
    made.add_attachment("secret-word", subtype="html", filename="C:\\temp\\page.html")
    letter = read(made)
    assert letter.attachments == (Attachment("virus.exe", "application/x-msdownload", 1_000), Attachment("page.html", "text/html", 13))
    assert "secret-word" not in repr(letter)


def test_of_many_attachments_the_first_are_listed_and_the_others_counted() -> None:
    made = message("voir")
    for number in range(5):
        made.add_attachment(b"x", maintype="image", subtype="png", filename=f"{number}.png")
    letter = read(made, attachments=2)
    assert ([one.name for one in letter.attachments], letter.more_attachments) == (["0.png", "1.png"], 3)


def test_a_message_inside_is_an_attachment() -> None:
    made = message("voir")
    made.add_attachment(message("dedans", sender="eve@elsewhere.example"))
    letter = read(made)
    assert [one.kind for one in letter.attachments] == ["message/rfc822"]
    assert (letter.text, letter.senders) == ("voir", (CAMILLE,))


def test_a_message_without_a_name_is_named_by_what_it_is() -> None:
    one, other = read(message(message_id="")), read(message("autre", message_id=""))
    assert one.message_id == read(message(message_id="")).message_id
    assert one.message_id != other.message_id


def test_the_mailbox_formats_first_line_is_no_header() -> None:
    assert read(b"From camille Mon Nov 23 10:00:00 2026\n" + message().as_bytes()).senders == (CAMILLE,)


# --- what nobody should answer


@pytest.mark.parametrize(
    ("name", "value", "automatic"),
    [
        ("Auto-Submitted", "auto-replied", True),
        ("Auto-Submitted", "auto-generated; owner-email=x", True),
        ("Auto-Submitted", "no", False),
        ("Precedence", "bulk", True),
        ("Precedence", "Junk", True),
        ("Precedence", "list", True),
        ("Precedence", "first-class", False),
        ("List-Id", "<news.example>", True),
        ("List-Unsubscribe", "<mailto:x@y.example>", True),
        ("X-Auto-Response-Suppress", "All", True),
        ("Return-Path", "<>", True),
        ("Return-Path", "<camille@ameli.example>", False),
    ],
)
def test_whether_a_machine_wrote_it(name: str, value: str, automatic: bool) -> None:
    assert read(raw("From: camille@ameli.example", f"{name}: {value}")).automatic is automatic


def test_a_delivery_report_is_automatic() -> None:
    content_type = "Content-Type: multipart/report; report-type=delivery-status; boundary=b"
    assert read(raw("From: mailer-daemon@x.example", content_type, body=b"--b\r\n\r\nfailed\r\n--b--\r\n")).automatic


# --- forged and broken


@pytest.mark.parametrize(
    ("written", "senders"),
    [
        ("Camille <Camille@AMELI.example>", (CAMILLE,)),
        ('"eve@elsewhere.example" <camille@ameli.example>', (CAMILLE,)),
        ("camille@ameli.example (eve@elsewhere.example)", (CAMILLE,)),
        ("=?utf-8?q?camille=40ameli=2Eexample?= <eve@elsewhere.example>", ("eve@elsewhere.example",)),
        ("camille@ameli.example, eve@elsewhere.example", (CAMILLE, "eve@elsewhere.example")),
        ("undisclosed:;", None),
        ("", None),
        ("<>", None),
        ("camille@ameli.example\0", None),
        ("camille@ameli.example@elsewhere.example", None),
        ('"camille@ameli.example"@elsewhere.example', None),
        ("<camille@ameli.example", None),
        ("camille@ameli.example eve@elsewhere.example", None),
        ("eve@elsewhere.example <camille@ameli.example>", None),
        ("camille@ameli.example)eve@elsewhere.example", None),
        ("(camille@ameli.example", None),
        ('(") <eve@elsewhere.example> (") <camille@ameli.example>', None),
        ("camille@ameli.example\\", None),
        ("cam\\xille@ameli.example", None),
        ("Group: camille@ameli.example;", None),
        ("<eve@elsewhere.example><camille@ameli.example>", None),
        ("camille@ameli.exam(x)ple", None),
        ("(" * 3_000 + "camille@ameli.example" + ")" * 3_000, None),
        ('"a\\"b" <camille@ameli.example>', (CAMILLE,)),
    ],
)
def test_who_it_is_from_is_what_the_address_says_and_nothing_beside_it(written: str, senders: tuple[str, ...] | None) -> None:
    found = read(raw(f"From: {written}", "Subject: x")).senders
    if senders is None:
        assert CAMILLE not in found
    else:
        assert found == senders


@pytest.mark.parametrize(
    ("written", "sender"),
    [
        ("zoe@amélie.example", "zoe@xn--amlie-csa.example"),
        ("Zoé <ZOE@amélie.example>", "zoe@xn--amlie-csa.example"),
        ("zoé@ameli.example", "zoé@ameli.example"),
        ("zoe@XN--AMLIE-CSA.example", "zoe@xn--amlie-csa.example"),
        ("\N{KELVIN SIGN}im@ameli.example", "\N{KELVIN SIGN}im@ameli.example"),  # in lower case it would be a k
        ("kim@\N{KELVIN SIGN}eli.example", ""),
        ("kim@fu\N{LATIN SMALL LETTER SHARP S}.example", ""),  # of which older rules of names make fuss.example
        ("kim@ameli\N{IDEOGRAPHIC FULL STOP}example", ""),
        ("kim@" + "é" * 200, ""),
    ],
)
def test_an_address_of_other_letters_is_one_as_its_domain_is_named(written: str, sender: str) -> None:
    """RFC 6532: a header may be in UTF-8."""
    assert read(raw(f"From: {written}", "Subject: x")).senders == (sender,)


def test_a_header_in_utf_8_is_read_and_bytes_that_are_none_are_marked() -> None:
    letter = read(raw("From: camille@ameli.example", "Subject: Panne d'été =?utf-8?q?=E2=80=94?= Noël"))
    assert letter.subject == "Panne d'été — Noël"
    assert read(raw("From: camille@ameli.example", "Subject: Panne d'été".encode("latin-1"))).subject == "Panne d'\ufffdt\ufffd"


def test_two_from_fields_are_two_senders() -> None:
    assert read(raw("From: camille@ameli.example", "From: eve@elsewhere.example")).senders == (CAMILLE, "eve@elsewhere.example")


def test_a_header_cannot_be_smuggled_through_a_subject() -> None:
    letter = read(raw("From: camille@ameli.example", "Subject: =?utf-8?q?x=0D=0ABcc=3A_eve=40elsewhere=2Eexample?="))
    assert letter.subject == "x Bcc: eve@elsewhere.example"
    assert "\n" not in letter.subject
    assert "\r" not in letter.subject


@pytest.mark.parametrize(
    "charset", ["x-unknown", "zlib", "rot13", "idna", "punycode", "undefined", "unicode_escape", "hex", "é", "utf-8\0", ""]
)
def test_a_charset_of_no_use_is_read_as_utf_8(charset: str) -> None:
    lines = ["From: a@b.example", f"Subject: =?{charset}?b?w6k=?=", f'Content-Type: text/plain; charset="{charset}"']
    letter = read(raw(*lines, body="é".encode()))
    assert letter.text == "é"


@pytest.mark.parametrize(
    "lines",
    [
        ["Subject"],
        ["Subject: =?utf-8?b?====?="],
        ["Subject: =?utf-8?q?" + "=" * 100 + "?="],
        [b"Subject: \xff\xfe\x00"],
        ["Content-Type: multipart/mixed"],
        ['Content-Type: multipart/mixed; boundary=""'],
        ["Content-Type: multipart/mixed; boundary=" + "x" * 5_000],
        ["Content-Type: /"],
        ["Content-Type: text/plain; charset*=x'y'%zz; charset*0*=a; name*1=b"],
        ["Content-Disposition: attachment; filename*=utf-99''%ff"],
        ["Content-Disposition: ;;;;=;"],
        ["Content-Transfer-Encoding: base64", "Content-Type: text/plain"],
        ["Content-Transfer-Encoding: x-uuencode", "Content-Type: application/x"],
        ["Content-Transfer-Encoding: nonsense"],
        ["Date: not a date", "Message-ID: <<>>", "References: < > <@> <a@>", "In-Reply-To: (((("],
        ["From: " + "(" * 3_000],
        ["From: " + "<" * 3_000 + "a@b" + ">" * 3_000],
        ["From: " + "a@b," * 1_000],
        ["From: " + '"\\' * 2_000],
    ],
)
def test_what_is_merely_broken_is_read_as_well_as_it_can_be(lines: list[str | bytes]) -> None:
    read(raw(*lines, body=b"=?\xff begin 644 x\r\n\0\r\n--\r\n"))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", Unreadable.NO_HEADER),
        (b"\r\n\r\n", Unreadable.NO_HEADER),
        (b"x" * (LARGEST + 1), Unreadable.TOO_LARGE),
        (raw("Subject: " + "x" * (LONGEST_FIELD + 1)), Unreadable.LONG_FIELD),
        (raw("Subject: x", *("X-Field: y" for _ in range(MOST_FIELDS + 1))), Unreadable.MANY_FIELDS),
        (raw(*("X-Field: " + "y" * 9_000 for _ in range(LARGEST_HEAD // 9_000 + 1))), Unreadable.LARGE_HEADER),
        (nested(200), Unreadable.MANY_MULTIPARTS),
        (nested(5_000), Unreadable.MANY_MULTIPARTS),
        (part("X-Field: " + "y" * LONGEST_FIELD), Unreadable.LONG_FIELD),
        (parts(MOST_PARTS + 1), Unreadable.MANY_PARTS),
        (parts(10_000), Unreadable.MANY_SEPARATORS),
    ],
    ids=["empty", "blank", "large", "field", "fields", "head", "nested", "deeply nested", "field of a part", "parts", "many parts"],
)
def test_what_nobody_should_parse_is_refused_before_it_is_parsed(content: bytes, why: Unreadable) -> None:
    started = time.monotonic()
    with pytest.raises(UnreadableError) as refused:
        read(content)
    assert refused.value.why is why
    assert time.monotonic() - started < 10


def test_a_subject_of_ten_megabytes_is_refused_at_once() -> None:
    started = time.monotonic()
    with pytest.raises(UnreadableError):
        read(raw("From: camille@ameli.example", b"Subject: " + b"=?utf-8?q?" + b"a" * 10_000_000 + b"?="), largest=50_000_000)
    assert time.monotonic() - started < 10


SLOW = {
    "comments": raw("From: " + "(" * 4_000, "Authentication-Results: " + "(" * 60_000),
    "quotes": raw('From: "' + '\\"' * 2_000, 'Authentication-Results: mx; dmarc="' + '\\"' * 30_000),
    "encoded words": raw("Subject: " + "=?utf-8?q?=41?= " * 4_000),
    "references": raw("References: " + "<a@" * 20_000, "In-Reply-To: " + "<" * 60_000),
    "parameters": raw("Content-Type: text/plain" + "; name*0*=a" * 5_000, "Content-Disposition: attachment" + "; filename*9=b" * 4_000),
    "parameters of a part": part("Content-Type: text/plain" + ";" * 65_000, "Content-Disposition: attachment" + ";" * 65_000, count=7),
    "asides": raw("From: " + "(a)" * 20_000, "Subject: " + "a=?utf-8?q?a" * 5_000),
    "tags": raw("Content-Type: text/html", body=b"<div>" * 180_000),
    "entities": raw("Content-Type: text/html", body=b"&amp" * 200_000),
    "tables": raw("Content-Type: text/html", body=b"<table><tr><td>" * 60_000),
    "lines": raw("Subject: x", body=b"> a\n" * 200_000),
    "quoted printable": raw("Content-Transfer-Encoding: quoted-printable", body=b"=" * 900_000),
    "base64": raw("Content-Transfer-Encoding: base64", body=b"=\n" * 400_000),
    "uuencode": raw("Content-Transfer-Encoding: x-uuencode", body=b"begin 644 x\n" + b"M\n" * 400_000),
    "introductions": raw("Subject: x", body=b"On a wrote" * 6_000 + b"\n"),
}


@pytest.mark.parametrize("name", SLOW)
def test_nothing_that_is_parsed_takes_long(name: str) -> None:
    started = time.monotonic()
    letter = read(SLOW[name])
    dmarc_passed(letter.results, "mx", "a.example")
    assert time.monotonic() - started < 10


def test_everything_that_is_kept_is_bounded_and_can_be_shown() -> None:
    made = message("a\x1b[2J\x07\u202eb\n" + "long " * 10_000, subject="s" * 5_000)
    made.add_attachment(b"x", maintype="image", subtype="png", filename="\x1b" + "n" * 3_000)
    letter = read(made)
    assert (len(letter.subject), len(letter.text), len(letter.attachments[0].name)) == (LONGEST_SUBJECT, LONGEST_TEXT, LONGEST_NAME)
    assert not any(refused_in_block(text) for text in (letter.subject, letter.text, letter.attachments[0].name))


HEADER_BITS = rb"""From: |Subject: |Content-Type: |multipart/mixed; boundary=b|message/rfc822|text/html|References: <a@b>|=?utf-8?q?
Auto-Submitted: |Content-Disposition: attachment; filename=|Content-Transfer-Encoding: base64
Authentication-Results: mx; dmarc=pass|quoted-printable|?=
--b|--b--|camille@ameli.example|<|>|"|\|(|)|,|;|; charset=|; name*0*=|begin 644 x"""
SNIPPETS = st.sampled_from([*re.split(rb"[|\n]", HEADER_BITS), b"\r\n", b"\n", b"\r", b"\r\n\r\n", b"\0", b"\xff", b" ", b"\t"])


@settings(max_examples=400, deadline=None)
@given(st.lists(st.one_of(SNIPPETS, st.binary(max_size=20)), max_size=60).map(b"".join))
def test_any_bytes_are_a_letter_or_are_refused(content: bytes) -> None:
    try:
        letter = read(content, largest=10_000)
    except UnreadableError:
        return
    shown = (letter.subject, letter.text, *letter.senders, *letter.results, *(one.name + one.kind for one in letter.attachments))
    assert not any(refused_in_block(text) for text in (*shown, letter.message_id, *letter.threads))
