"""Which characters a text may have, and that all ways in accept the same texts."""

import sys
import unicodedata
from collections.abc import Callable

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from exporters.http import requests
from probe.cli.options.incidents import lines, one_line
from probe.core import plain_text
from probe.errors import InputError
from probe.inbound.alertmanager import Known, place, read
from probe.inbound.email.message import read_mail
from probe.incidents.service import Alert, check_texts
from probe.ledger.figures.corrections import text_problems
from probe.tickets import wording
from tests.fakes.alertmanager import alert, notification

TAKEN = {
    "no-break space": "Attention\N{NO-BREAK SPACE}:",
    "narrow no-break space": "vraiment\N{NARROW NO-BREAK SPACE}?",
    "figure space": "1\N{FIGURE SPACE}000",
    "soft hyphen": "authenti\N{SOFT HYPHEN}fication",
    "a family, joined": "\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}",
    "a heart, coloured": "\N{HEAVY BLACK HEART}\N{VARIATION SELECTOR-16}",
    "combining marks": "e\N{COMBINING ACUTE ACCENT}",
    "Hebrew": "\N{HEBREW LETTER SHIN}\N{HEBREW LETTER LAMED}",
    "Arabic, with its mark": "\N{ARABIC LETTER BEH}\N{RIGHT-TO-LEFT MARK}",
    "Persian, not joined": "\N{ARABIC LETTER MEEM}\N{ZERO WIDTH NON-JOINER}\N{ARABIC LETTER HEH}",
    "private use": "\uf0b7 point",
    "younger than this Python": "\U0001fae9",
    "a flag of a region": "\N{WAVING BLACK FLAG}\U000e0067\U000e0062\U000e007f",
    "a byte order mark inside": "a\N{ZERO WIDTH NO-BREAK SPACE}b",
}
REFUSED = {
    "nul": "a\0b",
    "escape": "a\x1b[2Jb",
    "delete": "a\x7fb",
    "a C1 control": "a\x9bb",
    "next line": "a\x85b",
    "vertical tab": "a\x0bb",
    "a high half": "a\ud800b",
    "a low half": "a\udfffb",
    "an undecodable byte": "a\udcffb",
    "a noncharacter": "a\ufdd0b",
    "another noncharacter": "a\U0010ffffb",
    "right-to-left override": "a\N{RIGHT-TO-LEFT OVERRIDE}b",
    "left-to-right embedding": "a\N{LEFT-TO-RIGHT EMBEDDING}b",
    "an isolate": "a\N{RIGHT-TO-LEFT ISOLATE}b",
    "the end of an isolate": "a\N{POP DIRECTIONAL ISOLATE}b",
    "line separator": "a\N{LINE SEPARATOR}b",
}
BLANK = ["", " ", "\N{NO-BREAK SPACE}", "\N{ZERO WIDTH SPACE}\N{WORD JOINER}", "\N{SOFT HYPHEN}"]
BOTH = TypeAdapter(requests.Line), TypeAdapter(requests.Text)


def _option(callback: Callable[..., str | None]) -> Callable[[str], object]:
    return lambda value: callback(click.Context(click.Command("x")), None, value)


def _desk_line(value: str) -> None:
    check_texts(one_line={"title": value}, block={})


def _desk_block(value: str) -> None:
    check_texts(one_line={}, block={"text": value})


def _correction(value: str) -> None:
    if found := list(text_problems(reason=value)):
        raise InputError("\n".join(found))


LINES: dict[str, Callable[[str], object]] = {
    "core": plain_text.checked_line,
    "API": BOTH[0].validate_python,
    "command": _option(one_line),
    "desk": _desk_line,
    "correction": _correction,
}
BLOCKS: dict[str, Callable[[str], object]] = {
    "core": plain_text.checked_block,
    "API": BOTH[1].validate_python,
    "command": _option(lines),
    "desk": _desk_block,
}
REFUSALS = (ValueError, ValidationError, click.BadParameter, InputError)


@pytest.mark.parametrize("way", [*LINES.items(), *BLOCKS.items()], ids=lambda way: way[0])
@pytest.mark.parametrize("name", TAKEN)
def test_what_people_write_is_taken_every_way(name: str, way: tuple[str, Callable[[str], object]]) -> None:
    way[1](TAKEN[name])


@pytest.mark.parametrize("way", [*LINES.items(), *BLOCKS.items()], ids=lambda way: way[0])
@pytest.mark.parametrize("name", REFUSED)
def test_what_nobody_may_write_is_refused_every_way_and_not_repeated(name: str, way: tuple[str, Callable[[str], object]]) -> None:
    with pytest.raises(REFUSALS) as refused:
        way[1](f"hunter{REFUSED[name]}2")
    assert "hunter" not in str(getattr(refused.value, "message", "") or getattr(refused.value, "args", [""])[:1])


@pytest.mark.parametrize("way", LINES.items(), ids=lambda way: way[0])
@pytest.mark.parametrize("blank", BLANK)
def test_one_line_of_nothing_that_can_be_seen_is_refused(blank: str, way: tuple[str, Callable[[str], object]]) -> None:
    with pytest.raises(REFUSALS):
        way[1](blank)


ANYTHING = st.text(st.characters(codec=None, exclude_categories=[]), max_size=60)


def passes(way: Callable[[str], object], given_: str) -> bool:
    try:
        way(given_)
    except REFUSALS:
        return False
    return True


@given(ANYTHING)
def test_what_passes_one_way_as_a_line_passes_every_way(value: str) -> None:
    assert len({passes(way, value) for way in LINES.values()}) == 1
    if passes(plain_text.checked_line, value):
        assert all(passes(way, value) for way in BLOCKS.values())


@given(ANYTHING)
def test_what_passes_one_way_as_lines_passes_every_way(value: str) -> None:
    seen = {name: passes(way, value) for name, way in BLOCKS.items() if name != "desk"}
    assert len(set(seen.values())) == 1
    if seen["core"]:
        _desk_block(plain_text.checked_block(value))


@given(ANYTHING, st.integers(1, 50))
def test_what_was_cleaned_passes_every_way(value: str, longest: int) -> None:
    one, more = plain_text.cleaned_line(value, longest), plain_text.cleaned_block(value, longest)
    assert len(one) <= longest >= len(more)
    assert not one or all(passes(way, one) for way in LINES.values())
    assert not more or all(passes(way, more) for way in BLOCKS.values())
    assert (plain_text.cleaned_line(one, longest), plain_text.cleaned_block(more, longest)) == (one, more)


@given(ANYTHING)
def test_mail_alerts_and_tickets_bring_nothing_that_is_refused_elsewhere(value: str) -> None:
    head = f"From: c@a.example\r\nSubject: {value}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{value}"
    letter = read_mail(head.encode("utf-8", "replace"), largest=100_000, attachments=5)
    told = place(read(notification({**alert(), "annotations": {"summary": value, "description": value}})).alerts[0], Known({"fc": ()}))
    assert isinstance(told, Alert)
    for each in (letter.subject, letter.text, told.title, told.detail, wording.line(value), wording.block(value)):
        assert plain_text.block_fault(each) in (None, "must not be empty")
    for each in (letter.subject, told.title, wording.line(value)):
        assert plain_text.line_fault(each) in (None, "must not be empty")


@pytest.mark.parametrize("name", TAKEN)
def test_a_mail_an_alert_and_a_ticket_keep_what_people_may_write(name: str) -> None:
    value = TAKEN[name]
    head = f"From: c@a.example\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{value}"
    assert read_mail(head.encode(), largest=100_000, attachments=5).text == value
    told = place(read(notification({**alert(), "annotations": {"summary": value}})).alerts[0], Known({"fc": ()}))
    assert isinstance(told, Alert)
    assert (told.title, wording.line(value), wording.block(value)) == (value, value, value)


def test_every_character_is_either_taken_or_refused_by_its_kind() -> None:
    refused = {chr(code) for code in range(sys.maxunicode + 1) if plain_text.refused_in_block(chr(code))}
    kinds = {unicodedata.category(one) for one in refused}
    assert kinds == {"Cc", "Cs", "Cn", "Cf", "Zl", "Zp"}
    # Controls but tab and line feed, halves, noncharacters, turns, separators.
    assert len(refused) == (65 - 2) + 2_048 + 66 + 9 + 2


def test_a_text_may_be_as_long_as_it_may_be_and_no_longer() -> None:
    for checked in (plain_text.checked_line, plain_text.checked_block):
        assert checked("abc", 3) == "abc"
        with pytest.raises(ValueError, match=r"^is longer than 2 characters$"):
            checked("abc", 2)


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (plain_text.line_fault("a\nb"), "must be one line of printable characters, without U+000A"),
        (plain_text.block_fault("a\x0bb"), "holds characters that cannot be printed, without U+000B"),
        (plain_text.line_fault(" "), "must not be empty"),
    ],
)
def test_a_fault_completes_a_sentence_and_names_the_character(fault: str | None, says: str) -> None:
    assert fault == says


def test_lines_end_as_they_do_on_one_system() -> None:
    assert plain_text.checked_block("a\r\nb\rc\nd") == "a\nb\nc\nd"
    assert plain_text.checked_line("  a  ") == "a"


@pytest.mark.parametrize(
    ("text", "longest", "line", "block"),
    [
        ("  a \t  b  ", 9, "a b", "a    b"),
        ("a\nb \r\n c", 9, "a b c", "a\nb\n c"),
        ("a\x00b", 9, "a b", "a b"),
        ("a\ud800b", 9, "a\N{REPLACEMENT CHARACTER}b", "a\N{REPLACEMENT CHARACTER}b"),
        ("a\N{RIGHT-TO-LEFT OVERRIDE}b", 9, "ab", "ab"),
        ("\N{ZERO WIDTH SPACE}", 9, "", ""),
        ("abcdefgh", 4, "abcd", "abcd"),
        ("abc defgh", 4, "abc", "abc"),
        (" " * 15 + "a", 4, "a", "a"),
        (" " * 16 + "a", 4, "", ""),  # no more is read than four times what is kept
    ],
)
def test_a_text_that_nobody_can_correct_is_cleaned(text: str, longest: int, line: str, block: str) -> None:
    assert (plain_text.cleaned_line(text, longest), plain_text.cleaned_block(text, longest)) == (line, block)


def test_what_a_terminal_would_obey_is_shown_by_another_character() -> None:
    assert plain_text.visible("été") == "été"
    assert plain_text.visible("a\x1bb\n") == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}"
    assert plain_text.visible("a\x1bb", "?") == "a?b"
    french = "C1\N{NO-BREAK SPACE}: 31\N{NARROW NO-BREAK SPACE}536 s"
    assert plain_text.visible(french) == french


@pytest.mark.parametrize(("text", "fits"), [("a b", True), ("", False), ("é", False), ("a\n", False)])
def test_a_header_is_visible_ascii(text: str, fits: bool) -> None:
    assert plain_text.fits_header(text) is fits


@pytest.mark.parametrize(("text", "refused"), [("a\nb\tc", False), ("abc", False), ("a\x00", True), ("\u202e", True)])
def test_a_block_refuses_what_no_text_may_hold(text: str, refused: bool) -> None:
    assert plain_text.refused_in_block(text) is refused
