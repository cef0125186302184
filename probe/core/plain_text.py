"""Rules for the characters that a text of people may hold, for every way in and out: the API, the
commands, mail, alerts, the configuration and the tickets.

    refused    control characters, halves of characters (surrogates), noncharacters, characters
               that turn the reading direction of the text after them (bidi embeddings, overrides,
               isolates), and in a text of one line every character that begins another line
    taken      everything else: no-break spaces, soft hyphens, joiners (emoji, Persian), combining
               marks, letters of either direction and their marks (U+200E, U+200F, U+061C),
               private-use characters (an icon pasted from a word processor), and characters that
               are younger than this Python

A text of a person is checked, and the person learns what is refused (`checked_*`). A text of a
machine or of a mail is cleaned, as nobody is there to correct it (`cleaned_*`). A text that was
cleaned, or that passed one check, passes every check.

Source: The Unicode Standard, 23.1 (control codes), 23.2 (bidi), 23.6 (surrogates) and 23.7
(noncharacters).
"""

import re
import unicodedata

LONGEST_LINE = 1_000  # characters of a name, a title, a reason of one line
LONGEST_BLOCK = 20_000  # characters of a text of several lines

_TURNS = "\u202a-\u202e\u2066-\u2069"
_HALVES = "\ud800-\udfff"
_NONE = "\ufdd0-\ufdef" + "".join(f"{chr(plane * 0x10000 + 0xFFFE)}{chr(plane * 0x10000 + 0xFFFF)}" for plane in range(17))
_LINE_ENDS = "\r\n|[\n\x0b\x0c\r\x1c-\x1e\x85\u2028\u2029]"  # as str.splitlines
_IN_BLOCK = f"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029{_TURNS}{_HALVES}{_NONE}]"
_IN_LINE = f"[\x00-\x1f\x7f-\x9f\u2028\u2029{_TURNS}{_HALVES}{_NONE}]"
_TURNING = f"[{_TURNS}]+"
_BROKEN = f"[{_HALVES}{_NONE}]"
_CONTROLS = "[\x00-\x1f\x7f-\x9f\u2028\u2029]"
_UNSEEN = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Cs"})


def is_blank(text: str) -> bool:
    """Return whether a reader would see nothing of the text."""
    return all(unicodedata.category(character) in _UNSEEN for character in text)


def line_fault(text: str, longest: int = LONGEST_LINE) -> str | None:
    """Return why a text cannot be one line, or None when it can.

    The answer completes a sentence ("the title ..."), and does not repeat the text.
    """
    return _fault(text, longest, _IN_LINE, "must be one line of printable characters")


def block_fault(text: str, longest: int = LONGEST_BLOCK) -> str | None:
    """Return the same about a text of several lines, which end in "\\n"."""
    return _fault(text, longest, _IN_BLOCK, "holds characters that cannot be printed")


def _fault(text: str, longest: int, refused: str, words: str) -> str | None:
    if len(text) > longest:
        return f"is longer than {longest} characters"
    first_refused = None if text.isprintable() else re.search(refused, text)
    if first_refused:
        return f"{words}, without U+{ord(first_refused[0]):04X}"
    return "must not be empty" if is_blank(text) else None


def checked_line(text: str, longest: int = LONGEST_LINE) -> str:
    """Return one line as a person wrote it, without the spaces around it.

    Raises ValueError with the fault of `line_fault`.
    """
    return _checked(text, line_fault(text, longest)).strip()


def checked_block(text: str, longest: int = LONGEST_BLOCK) -> str:
    """Return lines as a person wrote them, each ended by "\\n".

    Raises ValueError with the fault of `block_fault`.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return _checked(lines, block_fault(lines, longest))


def _checked(text: str, fault: str | None) -> str:
    if fault:
        raise ValueError(fault)
    return text


def refused_in_block(text: str) -> bool:
    """Return whether a text holds a character that no text may hold."""
    return not text.isprintable() and re.search(_IN_BLOCK, text) is not None


def fits_header(text: str) -> bool:
    """Return whether a text may be the value of an HTTP header.

    It is made of visible ASCII and spaces, and is not empty.
    """
    return bool(text) and text.isascii() and text.isprintable()


def visible(text: str, instead: str = "\N{REPLACEMENT CHARACTER}") -> str:
    """Return the text with `instead` for each character that a terminal or a log would obey or
    could not show. The spaces of typesetting stay: Python calls them not printable.
    """
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() or character in _SPACES else instead for character in text)


_SPACES = "\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}"


def cleaned_line(text: str, longest: int = LONGEST_LINE) -> str:
    """Return the text as one clean line of at most `longest` characters; "" when nothing shows.

    Only the first `4 * longest` characters are read, so the work does not grow with the text.
    """
    if text.isascii() and text.isprintable():  # most are; nothing in it need be replaced
        flat = text[: 4 * longest]
        return (flat if "  " not in flat else re.sub(" {2,}", " ", flat)).strip()[:longest].rstrip()
    line = re.sub(" {2,}", " ", re.sub(_CONTROLS, " ", _whole(text[: 4 * longest]))).strip()[:longest].rstrip()
    return "" if is_blank(line) else line


def cleaned_block(text: str, longest: int = LONGEST_BLOCK) -> str:
    """Return the text as clean lines of at most `longest` characters; "" when nothing shows."""
    lines = re.sub(_LINE_ENDS, "\n", _whole(text[: 4 * longest])).split("\n")
    block = "\n".join(re.sub(_CONTROLS, " ", line).rstrip() for line in lines).strip()[:longest].rstrip()
    return "" if is_blank(block) else block


def _whole(text: str) -> str:
    """Return the text without characters that turn the direction; halves and noncharacters are
    replaced.
    """
    return re.sub(_BROKEN, "\N{REPLACEMENT CHARACTER}", re.sub(_TURNING, "", text))
