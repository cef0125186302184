"""Writes the fields of a form as browsers send them (WHATWG HTML, "Form submission"; URL, 5).

A form is sent in an encoding of its own. A character that the encoding lacks is written as a
reference (`&#8364;`). Line ends are CR LF.
"""

import codecs
import hashlib
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from typing import Final

import webencodings

from probe.journeys.encoding import REPLACEMENT, name_of

Fields = tuple[tuple[str, str], ...]


class Enctype(StrEnum):
    """How a form is written into a body."""

    URLENCODED = "application/x-www-form-urlencoded"
    MULTIPART = "multipart/form-data"
    PLAIN = "text/plain"


class _NoFile(str):
    """The value of a field for a file for which none was chosen."""

    __slots__ = ()


NO_FILE: Final = _NoFile()
_NO_FILE_PART = b'; filename=""\r\nContent-Type: application/octet-stream'

_KEPT = frozenset(b"*-._0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
_USUAL = b"% +\n/=&:"  # those that are looked for by themselves: a set of a long text takes long to make
_KEPT_OR_USUAL = bytes(_KEPT) + _USUAL
_LINE_FEED = 0x0A
_WRITTEN = [chr(byte) if byte in _KEPT else "+" if byte == 0x20 else f"%{byte:02X}" for byte in range(256)]
_WRITTEN[_LINE_FEED] = "%0D%0A"
_FEW = 8  # other octets, each of which is written in one pass
_QUOTED = str.maketrans({"\r": "%0D", "\n": "%0A", '"': "%22"})
_REFERENCE = "vigie-reference"
_PIECE = 1_024  # characters
_C1_CONTROLS = range(0x80, 0xA0)


def output_encoding(labels: str | None, page: str) -> str:
    """Return the name of the encoding that a form is sent in.

    `labels`: its `accept-charset`. `page`: the encoding of its page.
    Encodings in which no form can be sent give way to UTF-8.
    """
    chosen = next(filter(None, map(name_of, (labels or "").replace(",", " ").split())), page)
    return "utf-8" if chosen in ("utf-16le", "utf-16be", REPLACEMENT, "x-user-defined") else chosen


def urlencoded(fields: Iterable[tuple[str, str]], encoding: str = "utf-8") -> str:
    """Return the fields as `application/x-www-form-urlencoded`."""
    return "&".join(f"{_percent(name, encoding)}={_percent(value, encoding)}" for name, value in fields)


def body(fields: Iterable[tuple[str, str]], encoding: str, enctype: Enctype) -> tuple[bytes, str]:
    """Return the body of a form that is posted, and its content type."""
    if enctype is Enctype.URLENCODED:
        return urlencoded(fields, encoding).encode("ascii"), enctype.value
    if enctype is Enctype.PLAIN:
        lines = (f"{_lines(name)}={_lines(value)}\r\n" for name, value in fields)
        return _encoded("".join(lines), encoding), enctype.value
    parts = [
        (_encoded(_lines(name).translate(_QUOTED), encoding), _NO_FILE_PART if value is NO_FILE else b"", _encoded(_lines(value), encoding))
        for name, value in fields
    ]
    # A boundary that no field can hold: it is made of all of them.
    boundary = "----" + hashlib.sha256(repr(parts).encode()).hexdigest()[:32]
    written = b"".join(
        b'--%s\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n' % (boundary.encode(), name, more, value)
        for name, more, value in parts
    )
    return written + f"--{boundary}--\r\n".encode(), f"{enctype.value}; boundary={boundary}"


def in_encoding(address: str, encoding: str) -> str:
    """Return an address whose query is written in an encoding (URL, "query state")."""
    if address.isascii():
        return address
    before, mark, rest = address.partition("?")
    written, hash_, fragment = rest.partition("#")
    if not mark or "#" in before:
        return address
    octets = (character if character.isascii() else _percent_all(character, encoding) for character in written)
    return f"{before}?{''.join(octets)}{hash_}{fragment}"


def _percent_all(text: str, encoding: str) -> str:
    encoded = _encoded(text, output_encoding(None, encoding))
    return "".join(chr(byte) if chr(byte).isascii() and chr(byte).isalnum() else f"%{byte:02X}" for byte in encoded)


def _percent(text: str, encoding: str) -> str:
    octets = _encoded(_line_feeds(text), encoding)
    others = {octet for octet in _USUAL if octet in octets} | set(octets.translate(None, _KEPT_OR_USUAL))
    if len(others) > _FEW:
        return "".join(map(_WRITTEN.__getitem__, octets))
    for octet in sorted(others, key=b" +%".find, reverse=True):  # `%` first and ` ` last, as what is written holds `%` and `+`
        octets = octets.replace(bytes([octet]), _WRITTEN[octet].encode())
    return octets.decode("ascii")


def _lines(text: str) -> str:
    return _line_feeds(text).replace("\n", "\r\n")


def _line_feeds(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


_named = lru_cache(maxsize=64)(webencodings.lookup)  # each name and each value of a form asks


def _encoded(text: str, encoding: str) -> bytes:
    known = _named(encoding) or webencodings.UTF8
    if known.name == "utf-8":
        return text.encode("utf-8", "replace")
    # Piece by piece: Python's codecs copy all that is written at each character that they lack.
    pieces = (text[at : at + _PIECE] for at in range(0, len(text), _PIECE))
    encoder = codecs.getincrementalencoder(known.codec_info.name)(_REFERENCE)
    return b"".join([*(encoder.encode(piece) for piece in pieces), encoder.encode("", final=True)])


def _reference(error: UnicodeError) -> tuple[str | bytes, int]:
    """Stand in for a character that an encoding lacks.

    Python's codecs lack the controls that the Encoding Standard has.
    """
    assert isinstance(error, UnicodeEncodeError)
    character = error.object[error.start]
    if ord(character) in _C1_CONTROLS:
        return bytes([ord(character)]), error.start + 1
    if character == "\N{EURO SIGN}" and error.encoding == "gbk":
        return b"\x80", error.start + 1
    return f"&#{ord(character)};", error.start + 1


codecs.register_error(_REFERENCE, _reference)
