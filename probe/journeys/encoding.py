"""Decodes the bytes of an answer, in the encodings that browsers know and in no others.

The encodings are those of the WHATWG Encoding Standard. A server names the encoding, and Python
has codecs under which decoding takes for ever (`punycode`) or always fails
(`undefined`, `idna`). So the name is looked up in the standard's own list.
Nothing here raises, and the work grows with the length alone.
"""

import codecs
import re
from functools import lru_cache

import webencodings
from webencodings.labels import LABELS

from probe.journeys import media_types
from probe.journeys.markup import tags

UTF_8 = webencodings.UTF8
# Python imports a codec at its first use. It is imported here, at the start:
# during a journey there may be no file descriptor left for it.
codecs.lookup("utf-8-sig")
for _label in LABELS:
    webencodings.lookup(_label)
_BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_BE, "utf-16be"), (codecs.BOM_UTF16_LE, "utf-16le"))
_LONGEST_LABEL = 64
_PRESCANNED = 1_024  # bytes of a page in which a `<meta>` counts
_META_ATTRIBUTE = re.compile(rb"([^\s/>=\"']+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))")
_CONTENT = re.compile(rb"charset\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s;]+)", re.IGNORECASE)
_XML = re.compile(rb"<\?xml[^>]{0,200}?\sencoding\s*=\s*[\"']([^\"'>]+)")
_SEVERAL_BYTES = frozenset(
    {"utf-8", "utf-16be", "utf-16le", "gb18030", "gbk", "big5", "euc-jp", "euc-kr", "iso-2022-jp", "shift_jis", "x-user-defined"}
)
REPLACEMENT = "replacement"
_REPLACED = frozenset({"replacement", "csiso2022kr", "hz-gb-2312", "iso-2022-cn", "iso-2022-cn-ext", "iso-2022-kr"})
"""The labels of encodings that were used for attacks."""
_C1_CONTROLS = range(0x80, 0xA0)


def find_encoding(body: bytes, content_type: str) -> str:
    """Return the name of the encoding of a document.

    A byte order mark decides it, then the charset of the content type, then the page's own `<meta>`
    or XML declaration. One that says nothing is in windows-1252, as for browsers, unless it is
    UTF-8 beyond ASCII: browsers garble it, and its words are to be read here.
    """
    for mark, name in _BYTE_ORDER_MARKS:
        if body.startswith(mark):
            return name
    named, start = media_types.read(content_type), body[:_PRESCANNED]
    declared = name_of(named.charset[:_LONGEST_LABEL]) or _in_meta(start) or _in_xml(start)
    if declared:
        return declared
    return "utf-8" if _is_utf_8(body) or named.essence.endswith("xml") else "windows-1252"


def name_of(label: str) -> str | None:
    """Return the name of the encoding that a label stands for; None for a label that browsers do
    not know.
    """
    if label.strip("\t\n\f\r ").lower() in _REPLACED:
        return REPLACEMENT
    known = webencodings.lookup(label)
    return str(known.name) if known else None


def label(encoding: str) -> str:
    """Return an encoding's name as a form says it (Encoding, section 4.3)."""
    if encoding in ("shift_jis", "big5"):
        return {"shift_jis": "Shift_JIS", "big5": "Big5"}[encoding]
    return encoding.upper() if encoding.startswith(("utf-", "iso-", "koi8-", "euc-", "ibm", "gbk")) else encoding


def decode(body: bytes, encoding: str) -> str:
    """Return `body` as text, without its byte order mark.

    Bytes that cannot be decoded become U+FFFD.
    """
    for mark, name in _BYTE_ORDER_MARKS:
        if name == encoding:
            body = body.removeprefix(mark)
    if encoding == REPLACEMENT:
        return "\ufffd" if body else ""
    known = webencodings.lookup(encoding) or UTF_8
    if known.name in _SEVERAL_BYTES:
        return str(known.codec_info.decode(body, "replace")[0])
    return codecs.charmap_decode(body, "replace", _table(known))[0]


def _is_utf_8(body: bytes) -> bool:
    if body.isascii():
        return False
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _in_meta(start: bytes) -> str | None:
    """Return the encoding that a `<meta>` names. Comments, scripts and values hold none."""
    for tag in tags(start):
        if tag["name"].lower() == b"meta" and not tag["close"]:
            attributes = reversed(_META_ATTRIBUTE.findall(tag[0]))  # the first of its name holds
            label = _meta_label({name.lower(): double or single or bare for name, double, single, bare in attributes})
            if name := name_of(label[:_LONGEST_LABEL]):
                return _read_byte_by_byte(name)
    return None


def _in_xml(start: bytes) -> str | None:
    found = _XML.match(start)
    name = name_of(found[1].decode("latin-1")[:_LONGEST_LABEL]) if found else None
    return _read_byte_by_byte(name) if name else None


def _read_byte_by_byte(name: str) -> str:
    """Return the encoding of a page that was read byte by byte so far: some it cannot be."""
    return {"utf-16le": "utf-8", "utf-16be": "utf-8", "x-user-defined": "windows-1252"}.get(name, name)


def _meta_label(attributes: dict[bytes, bytes]) -> str:
    label = attributes.get(b"charset", b"")
    if not label and attributes.get(b"http-equiv", b"").lower() == b"content-type":
        found = _CONTENT.search(attributes.get(b"content", b""))
        label = found[1].strip(b"\"'") if found else b""
    return label.decode("latin-1")


@lru_cache(maxsize=64)
def _table(encoding: webencodings.Encoding) -> str:
    """Return the character of each byte. Python lacks those that the standard maps to controls."""
    return "".join(_character(encoding, byte) for byte in range(256))


def _character(encoding: webencodings.Encoding, byte: int) -> str:
    try:
        return str(encoding.codec_info.decode(bytes([byte]), "strict")[0])
    except UnicodeError:
        return chr(byte) if byte in _C1_CONTROLS else "\ufffd"
