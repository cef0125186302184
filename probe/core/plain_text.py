"""Which characters a text of people may hold: one answer for the API, the commands, mail, alerts,
the configuration and the tickets.

    refused    control characters, halves of characters (surrogates), noncharacters, what turns the reading direction of what follows
               (bidi embeddings, overrides, isolates), and in one line whatever begins another
    taken      everything else: no-break spaces, soft hyphens, joiners (emoji, Persian), combining marks, letters of either direction
               and their marks (U+200E, U+200F, U+061C), private-use characters (an icon pasted from a word processor), and characters
               that are younger than this Python
A person is told what is refused (`checked_*`). What comes from machines and from mail, where nobody
is there to be told, is cleaned (`cleaned_*`). What was cleaned, or passed one check, passes every
check.
Source: The Unicode Standard, 23.1 (control codes), 23.2 (bidi), 23.6 (surrogates), 23.7 (noncharacters).
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
    """Whether nothing of it can be seen."""
    return all(unicodedata.category(character) in _UNSEEN for character in text)


def line_fault(text: str, longest: int = LONGEST_LINE) -> str | None:
    """Why a text cannot be one line: completes "the title ..."; None when it can. The text is not
    repeated.
    """
    return _fault(text, longest, _IN_LINE, "must be one line of printable characters")


def block_fault(text: str, longest: int = LONGEST_BLOCK) -> str | None:
    """The same of a text of several lines, which end in "\\n"."""
    return _fault(text, longest, _IN_BLOCK, "holds characters that cannot be printed")


def _fault(text: str, longest: int, refused: str, words: str) -> str | None:
    if len(text) > longest:
        return f"is longer than {longest} characters"
    found = None if text.isprintable() else re.search(refused, text)
    if found:
        return f"{words}, without U+{ord(found[0]):04X}"
    return "must not be empty" if is_blank(text) else None


def checked_line(text: str, longest: int = LONGEST_LINE) -> str:
    """One line as a person wrote it, without the spaces around it. Raises ValueError."""
    return _checked(text, line_fault(text, longest)).strip()


def checked_block(text: str, longest: int = LONGEST_BLOCK) -> str:
    """Lines as a person wrote them, their ends made "\\n". Raises ValueError."""
    told = text.replace("\r\n", "\n").replace("\r", "\n")
    return _checked(told, block_fault(told, longest))


def _checked(text: str, fault: str | None) -> str:
    if fault:
        raise ValueError(fault)
    return text


def refused_in_block(text: str) -> bool:
    """Whether a text holds a character that no text may hold."""
    return not text.isprintable() and re.search(_IN_BLOCK, text) is not None


def fits_header(text: str) -> bool:
    """Whether a text may be the value of an HTTP header: visible ASCII and spaces, and not empty."""
    return bool(text) and text.isascii() and text.isprintable()


def visible(text: str, instead: str = "\N{REPLACEMENT CHARACTER}") -> str:
    """A text with each character that a terminal or a log would obey, or could not show, replaced."""
    return text if text.isprintable() else "".join(character if character.isprintable() else instead for character in text)


def cleaned_line(text: str, longest: int = LONGEST_LINE) -> str:
    """One line of whatever it says, cut; "" when nothing of it can be seen. No more of it is looked
    at than could be kept.
    """
    told = re.sub(" {2,}", " ", re.sub(_CONTROLS, " ", _whole(text[: 4 * longest]))).strip()[:longest].rstrip()
    return "" if is_blank(told) else told


def cleaned_block(text: str, longest: int = LONGEST_BLOCK) -> str:
    """Lines of whatever it says, cut; "" when nothing of it can be seen."""
    told = re.sub(_LINE_ENDS, "\n", _whole(text[: 4 * longest]))
    lines = (re.sub(_CONTROLS, " ", one).rstrip() for one in told.split("\n"))
    kept = "\n".join(lines).strip()[:longest].rstrip()
    return "" if is_blank(kept) else kept


def _whole(text: str) -> str:
    """Without halves, without turns."""
    return re.sub(_BROKEN, "\N{REPLACEMENT CHARACTER}", re.sub(_TURNING, "", text))
