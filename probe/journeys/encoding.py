"""Decodes the bytes of an answer, in the encodings that browsers know and in no others.

The encodings are those of the WHATWG Encoding Standard. A server names the encoding, and Python
has codecs under which decoding takes for ever (`punycode`) or always fails
(`undefined`, `idna`). So the name is looked up in the standard's own list.
Nothing here raises, and the work grows with the length alone.
"""

import codecs
from functools import lru_cache

import webencodings
from webencodings.labels import LABELS

UTF_8 = webencodings.UTF8
# Python imports a codec at its first use. It is imported here, at the start:
# during a journey there may be no file descriptor left for it.
codecs.lookup("utf-8-sig")
for _label in LABELS:
    webencodings.lookup(_label)
_BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_BE, "utf-16be"), (codecs.BOM_UTF16_LE, "utf-16le"))
_LONGEST_LABEL = 64
_SEVERAL_BYTES = frozenset(
    {"utf-8", "utf-16be", "utf-16le", "gb18030", "gbk", "big5", "euc-jp", "euc-kr", "iso-2022-jp", "shift_jis", "x-user-defined"}
)
_C1_CONTROLS = range(0x80, 0xA0)


def decode(body: bytes, content_type: str) -> str:
    """Return `body` as text.

    A byte order mark decides the encoding, then the charset of the content type, then UTF-8.

    Bytes that cannot be decoded become U+FFFD.
    """
    for mark, name in _BYTE_ORDER_MARKS:
        if body.startswith(mark):
            return codecs.decode(body[len(mark) :], name, "replace")
    encoding = webencodings.lookup(_charset(content_type)[:_LONGEST_LABEL]) or UTF_8
    if encoding.name == "replacement":
        # The standard decodes encodings that were used for attacks to this character.
        return "\ufffd" if body else ""
    if encoding.name in _SEVERAL_BYTES:
        return str(encoding.codec_info.decode(body, "replace")[0])
    return codecs.charmap_decode(body, "replace", _table(encoding))[0]


def _charset(content_type: str) -> str:
    """Return the `charset` parameter, whose name may be in any case; empty when there is none."""
    for parameter in content_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip("\"'")
    return ""


@lru_cache(maxsize=64)
def _table(encoding: webencodings.Encoding) -> str:
    """Return the character of each byte. Python lacks those that the standard maps to controls."""
    return "".join(_character(encoding, byte) for byte in range(256))


def _character(encoding: webencodings.Encoding, byte: int) -> str:
    try:
        return str(encoding.codec_info.decode(bytes([byte]), "strict")[0])
    except UnicodeError:
        return chr(byte) if byte in _C1_CONTROLS else "\ufffd"
