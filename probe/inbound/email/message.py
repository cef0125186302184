"""Parses a message, bounded at every step (RFC 5322, RFC 2045 to 2047, RFC 3834).

A message that would keep a parser busy for hours is refused before it is parsed: too many bytes,
headers, levels or parts. A message that is merely wrong (a bad charset, broken base64, no date)
is read as well as possible.

The standard library parses under its older policy, `compat32`, which keeps header fields raw; they
are decoded here. Under `email.policy.default` it would decode them too, and its parser of headers
takes time that grows with the square of a field (CPython 3.11): a From field of 16 KB of `(a)`
takes 4 s, a Content-Type of 16 KB of `;` takes 6 s, and a header may hold a thousand fields. It
also guesses at addresses that are malformed, and who may write to the support is decided by them.
"""

import codecs
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.errors import HeaderParseError, MessageError
from email.header import decode_header
from email.message import Message
from email.parser import BytesParser
from email.policy import Compat32
from enum import Enum
from html import unescape

from probe.core.plain_text import cleaned_block, cleaned_line
from probe.errors import InputError

LARGEST_HEAD = 262_144  # bytes of the header
MOST_FIELDS = 1_000
LONGEST_FIELD = 65_536  # bytes of one field, of the message or of a part
# Characters read of a Content-Type and of its like: the standard library parses their parameters
# several times for each part, in time that grows with the square of the field.
LONGEST_PARAMETERS = 2_048
MOST_BOUNDARIES = 50  # multiparts
MOST_SEPARATORS = 2_000  # lines that may separate parts
MOST_PARTS = 200
LONGEST_TEXT = 8_000  # characters kept of the text
LARGEST_HTML = 1_048_576  # bytes of HTML that is read
LONGEST_SUBJECT = 200
LONGEST_FROM = 4_096
LONGEST_NAME = 120  # characters of an attachment's name
_ADDRESS = re.compile(r"[^@\s<>\"(),:;\\\[\]]{1,64}@[^@\s<>\"(),:;\\\[\]]{1,255}")
_BRACKETED = re.compile(r"<([^<>]*)>")
_NAMED = re.compile(r"[^<>@]*<([^<>]*)>")
_ENCODED = re.compile(r"=\?[ -~]*\?=")
_MARK = "<<"
_MESSAGE_ID = re.compile(r"<([^<>\s@]{1,400}@[^<>\s@]{1,400})>")
_CHARSETS = re.compile(
    r"us-ascii|ascii|utf-?(8|16|16le|16be|32)|iso-?8859-?\d{1,2}|latin-?\d{1,2}|(windows-|cp)\d{3,4}|koi8-[ru]|gb\w{1,6}|big5|euc-\w{2}|shift_jis|iso-2022-\w{2}"
)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})[^<>]{0,2000}>")
_HIDDEN = ("head", "noscript", "script", "style", "template", "title")
_BREAKS = ("blockquote", "br", "div", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "table", "tr", "ul")
_BULK = ("bulk", "list", "junk")
_QUOTED = re.compile(r"^(Le|On) .{1,200} (a écrit|wrote)\s?:\s*$", re.MULTILINE)


class Unreadable(Enum):
    """Why a message is not read."""

    BROKEN = "cannot be parsed"
    TOO_LARGE = "too many bytes"
    NO_HEADER = "no header"
    LARGE_HEADER = "too many bytes of header"
    MANY_FIELDS = "too many header fields"
    LONG_FIELD = "too many bytes in one header field"
    MANY_MULTIPARTS = "too many multiparts"
    MANY_MESSAGES = "too many messages in it"
    MANY_SEPARATORS = "too many lines that may separate parts"
    MANY_PARTS = "too many parts"


class UnreadableError(InputError):
    """The input is no message, or one that must not be parsed. The text repeats none of it.

    `why` is the reason, and `most` the limit that was passed: bytes or a number, by the reason; 0
    where there is no limit. What a person reads is in `replies.ReplyTexts`.
    """

    def __init__(self, why: Unreadable, most: int = 0) -> None:
        super().__init__(f"the message cannot be read: {why.value}" + (f" (at most {most})" if most else ""))
        self.why = why
        self.most = most


@dataclass(frozen=True, slots=True)
class Attachment:
    """The facts about an attachment: never its content."""

    name: str
    kind: str
    size: int  # bytes, decoded


@dataclass(frozen=True, slots=True)
class IncomingMail:
    """A message that was read. Addresses are in lower case.

    `senders` holds all addresses of all From fields, in their order. `message_id` has no brackets;
    a message without one is named by its digest. `threads` holds the Message-IDs that it answers,
    the nearest first. `results` holds the Authentication-Results fields, topmost first.
    `automatic`: no person wrote it, or it went to a list.
    """

    message_id: str
    senders: tuple[str, ...]
    return_path: str | None  # None: no such field; "": a bounce
    subject: str
    text: str
    threads: tuple[str, ...]
    results: tuple[str, ...]
    automatic: bool
    attachments: tuple[Attachment, ...]
    more_attachments: int  # beyond those listed


def read_mail(content: bytes, *, largest: int, attachments: int) -> IncomingMail:
    """Read a message of at most `largest` bytes, and list at most `attachments` attachments.

    Raises UnreadableError.
    """
    _bounded(content, largest)
    try:
        return _understood(content, attachments)
    except (MessageError, ValueError, LookupError, RecursionError, AttributeError, TypeError):
        raise UnreadableError(Unreadable.BROKEN) from None


def _understood(content: bytes, attachments: int) -> IncomingMail:
    """Parse the message. Raises every exception of the standard library's parser."""
    message = BytesParser(policy=_BoundedFields()).parsebytes(_without_envelope_line(content))
    attached: list[Attachment] = []
    inline: list[Message] = []
    for part in _parts(message):
        if _is_attachment(part):
            attached.append(_attachment(part))
        else:
            inline.append(part)
    return IncomingMail(
        message_id=_message_id(message) or f"{hashlib.sha256(content).hexdigest()}@digest",
        senders=tuple(_senders(message)),
        return_path=_return_path(message),
        subject=_subject(message),
        text=_text(inline),
        threads=tuple(_threads(message)),
        results=tuple(_fields(message, "authentication-results")),
        automatic=_automatic(message),
        attachments=tuple(attached[:attachments]),
        more_attachments=max(0, len(attached) - attachments),
    )


# --- before parsing


def _bounded(content: bytes, largest: int) -> None:
    """Refuse a message that would cost too much to parse. Raises UnreadableError."""
    if len(content) > largest:
        raise UnreadableError(Unreadable.TOO_LARGE, largest)
    head = re.split(rb"\r?\n\r?\n|\r\r", content, maxsplit=1)[0]
    if not head.strip():
        raise UnreadableError(Unreadable.NO_HEADER)
    if len(head) > LARGEST_HEAD:
        raise UnreadableError(Unreadable.LARGE_HEADER, LARGEST_HEAD)
    fields = re.split(rb"[\r\n]+(?![ \t])", head)
    if len(fields) > MOST_FIELDS:
        raise UnreadableError(Unreadable.MANY_FIELDS, MOST_FIELDS)
    if any(len(field) > LONGEST_FIELD for field in fields):
        raise UnreadableError(Unreadable.LONG_FIELD, LONGEST_FIELD)
    if len(re.findall(rb"boundary\s*[*=]", content, re.IGNORECASE)) > MOST_BOUNDARIES:
        raise UnreadableError(Unreadable.MANY_MULTIPARTS, MOST_BOUNDARIES)
    if len(re.findall(rb"message/", content, re.IGNORECASE)) > MOST_BOUNDARIES:
        raise UnreadableError(Unreadable.MANY_MESSAGES, MOST_BOUNDARIES)
    if len(re.findall(rb"[\r\n]--", content)) > MOST_SEPARATORS:
        raise UnreadableError(Unreadable.MANY_SEPARATORS, MOST_SEPARATORS)


class _BoundedFields(Compat32):
    """Bounds every field, of a part too, before the parser looks into it."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """Take one field as it is written; cut its parameters. Raises UnreadableError."""
        name, value = super().header_source_parse(sourcelines)
        if len(name) + len(value) > LONGEST_FIELD:
            raise UnreadableError(Unreadable.LONG_FIELD, LONGEST_FIELD)
        return name, value[:LONGEST_PARAMETERS] if name.lower().startswith("content-") else value


def _without_envelope_line(content: bytes) -> bytes:
    """Drop the mbox format's `From ` line, which some pipes put first."""
    return content.split(b"\n", 1)[-1] if content.startswith(b"From ") else content


# --- header fields


def _written(message: Message, name: str) -> list[str]:
    """Return all fields of a name as written (RFC 6532); what is no UTF-8 becomes marks."""
    raw = (str(value) for field, value in message.raw_items() if field.lower() == name)
    return [value.encode("utf-8", "surrogateescape").decode("utf-8", "replace") for value in raw]


def _fields(message: Message, name: str) -> list[str]:
    """Return all fields of a name, each unfolded and cleaned to one line."""
    return [cleaned_line(value[: 4 * LONGEST_FIELD], LONGEST_FIELD) for value in _written(message, name)]


def _one_line(text: str, longest: int) -> str:
    """Return one printable line; bytes that are no UTF-8 become marks."""
    return cleaned_line(text[: 4 * longest].encode("utf-8", "surrogateescape").decode("utf-8", "replace"), longest)


def _subject(message: Message) -> str:
    """Return the subject, decoded (RFC 2047), on one line, cut."""
    raw = next(iter(_fields(message, "subject")), "")[: 10 * LONGEST_SUBJECT]
    return _one_line(_decoded_words(raw), LONGEST_SUBJECT)


def _decoded_words(raw: str) -> str:
    if not raw.isascii():  # decode_header takes only ASCII
        return _ENCODED.sub(lambda words: _decoded_words(words[0]), raw)
    try:
        pieces = decode_header(raw)
    except (HeaderParseError, ValueError, LookupError):
        return raw
    return "".join(piece if isinstance(piece, str) else _decoded(piece, charset) for piece, charset in pieces)


def _decoded(content: bytes, charset: str | None) -> str:
    """Decode a text of a usual charset; any other charset is read as UTF-8."""
    name = (charset or "utf-8").strip().lower()
    known = name if _CHARSETS.fullmatch(name) else "utf-8"
    try:
        return codecs.decode(content, known, "replace")
    except (LookupError, ValueError):
        return content.decode("utf-8", "replace")


def _senders(message: Message) -> Iterator[str]:
    """Yield every address of all From fields, in lower case.

    An unusable one is "", which belongs to nobody.
    """
    for value in _written(message, "from"):
        field = re.sub(r"\r?\n(?=[ \t])", "", value)
        if len(field) > LONGEST_FROM or not field.replace("\t", " ").isprintable():
            yield ""
        else:
            yield from (_mailbox(one) for one in without_asides(field.replace("\t", " ")).split(","))


def without_asides(field: str) -> str:
    """Drop comments and quoted names, since anybody may write anything in them.

    A comment or quotation that does not end, or one within an address,
    leaves a mark that no address can hold.
    """
    kept, depth, quoted, escaped = [], 0, False, False
    for character in field:
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
            kept += [] if quoted or depth else [_MARK]
        elif quoted:
            quoted = character != '"'
        elif character in "()" and (depth or character == "("):
            depth += 1 if character == "(" else -1
            kept.append(" ")
        elif depth:
            continue
        else:
            quoted = character == '"'
            kept.append(" " if quoted else character)
    return "".join(kept) if not (depth or quoted or escaped) else _MARK


def _mailbox(text: str) -> str:
    """Read `name <address>` or `address` (RFC 5322, 3.4) strictly.

    An address at which the standard library's parser would only guess belongs to nobody.
    """
    named = _NAMED.fullmatch(text.strip())
    return plain_address(named[1] if named else text)


def plain_address(text: str) -> str:
    """Return an address as it is compared, and "" when it is none.

    It is in lower case as far as it is ASCII: other letters may become alike by that. A domain is
    in the form that the DNS has (RFC 5890); one that is not its own name there is refused.
    """
    bracketed = _BRACKETED.fullmatch(text.strip())
    cleaned = "".join(each.lower() if each.isascii() else each for each in (bracketed[1] if bracketed else text).strip())
    if not _ADDRESS.fullmatch(cleaned) or not cleaned.isprintable():
        return ""
    local, _, domain = cleaned.rpartition("@")
    try:
        named = domain.encode("ascii" if domain.isascii() else "idna")
        return f"{local}@{named.decode()}" if domain.isascii() or named.decode("idna") == domain else ""
    except UnicodeError:
        return ""


def _return_path(message: Message) -> str | None:
    """Return the topmost Return-Path, which the delivering server writes (RFC 5321, 4.4)."""
    paths = _fields(message, "return-path")
    return plain_address(paths[0]) if paths else None


def _message_id(message: Message) -> str:
    return next((found[1] for field in _fields(message, "message-id") if (found := _MESSAGE_ID.search(field))), "")


def _threads(message: Message) -> Iterator[str]:
    """Yield In-Reply-To, then References from the last one on (RFC 5322, 3.6.4)."""
    seen = set()
    references = [one for field in _fields(message, "references") for one in _MESSAGE_ID.findall(field)]
    for one in [one for field in _fields(message, "in-reply-to") for one in _MESSAGE_ID.findall(field)] + references[::-1]:
        if one not in seen:
            seen.add(one)
            yield one


def _automatic(message: Message) -> bool:
    """Tell whether nobody should answer the message (RFC 3834, 2 and 5; RFC 2919; RFC 3464)."""
    stated = [field.partition(";")[0].strip().lower() for field in _fields(message, "auto-submitted")]
    precedence = [field.lower() for field in _fields(message, "precedence")]
    listed = any(name.lower().startswith("list-") for name in message)
    suppressed = any(name in message for name in ("x-auto-response-suppress", "x-autoreply", "x-autorespond", "x-loop", "feedback-id"))
    report = message.get_content_type() == "multipart/report"
    bounce = _return_path(message) == ""
    return any(one != "no" for one in stated) or any(one in _BULK for one in precedence) or listed or suppressed or report or bounce


# --- parts


def _parts(message: Message) -> Iterator[Message]:
    """Yield the leaves in their order; a message inside the message is one leaf.

    Raises UnreadableError when there are too many.
    """
    waiting, leaves = [message], 0
    while waiting:
        part = waiting.pop()
        if part.is_multipart() and part.get_content_maintype() == "multipart":
            inner = part.get_payload()
            waiting.extend(one for one in reversed(inner) if isinstance(one, Message)) if isinstance(inner, list) else None
            continue
        leaves += 1
        if leaves > MOST_PARTS:
            raise UnreadableError(Unreadable.MANY_PARTS, MOST_PARTS)
        yield part


def _is_attachment(part: Message) -> bool:
    stated = part.get_content_disposition()
    return stated == "attachment" or part.get_content_type() not in ("text/plain", "text/html") or _file_name(part) != ""


def _attachment(part: Message) -> Attachment:
    kind = _one_line(part.get_content_type(), LONGEST_NAME)
    return Attachment(_file_name(part) or "?", kind, len(_content(part)))


def _file_name(part: Message) -> str:
    """Return the last part of the file's name, so that no name leads to another folder."""
    try:
        stated = part.get_filename("") or ""
    except (ValueError, LookupError, TypeError, AttributeError, IndexError):
        return "?"
    return _one_line(re.split(r"[/\\]", _decoded_words(str(stated)[:1_000]))[-1], LONGEST_NAME)


def _content(part: Message) -> bytes:
    """Return a leaf's decoded content, empty when it cannot be decoded."""
    try:
        content = part.as_bytes() if part.is_multipart() else part.get_payload(decode=True)
    except (MessageError, ValueError, LookupError, TypeError, AttributeError, IndexError, RecursionError):
        return b""
    return content if isinstance(content, bytes) else b""


def _text(inline: Sequence[Message]) -> str:
    """Return the plain text, else the HTML's text, without the quoted message at the end."""
    plain = [part for part in inline if part.get_content_type() == "text/plain"]
    text = "\n".join(_decoded(_content(part)[: 8 * LONGEST_TEXT], part.get_param("charset") and _charset(part)) for part in plain)
    if not text.strip():
        text = "\n".join(_html_text(part) for part in inline if part.get_content_type() == "text/html")
    return _cut(_lines(text))


def _charset(part: Message) -> str | None:
    try:
        return part.get_content_charset()
    except (ValueError, LookupError, TypeError, AttributeError, IndexError):
        return None


def _html_text(part: Message) -> str:
    """Return the visible text of a page, in one pass.

    No tree is built: a page may make one as deep as its text is long.
    """
    page = _decoded(_content(part)[:LARGEST_HTML], _charset(part))
    first, *rest = page.split("<!--")
    page = first + "".join(one.partition("-->")[2] for one in rest)
    kept, at, hidden = [], 0, ""
    for tag in _TAG.finditer(page):
        name = tag[2].lower()
        if not hidden:
            kept.append(page[at : tag.start()])
            kept.append("\n" if name in _BREAKS else "")
            hidden = name if name in _HIDDEN and not tag[1] else ""
        elif tag[1] and name == hidden:
            hidden = ""
        at = tag.end()
    kept.append("" if hidden else page[at:])
    seen = "".join(kept)
    if not seen.strip():  # an element that hides its content is never closed
        seen = _TAG.sub("\n", page)
    lines = (" ".join(line.split()) for line in unescape(seen).splitlines())
    return "\n".join(line for line in lines if line)


def _lines(text: str) -> str:
    """Return the printable lines, never two empty ones in a row."""
    return re.sub(r"\n{3,}", "\n\n", cleaned_block(text, 8 * LONGEST_TEXT))


def _cut(text: str) -> str:
    """Return the text without the quoted message at its end, cut to the longest length.

    The quoted message is lines of `>` and the line that introduces them.
    """
    introduced = [found.start() for found in _QUOTED.finditer(text) if _only_quotes(text[found.end() :])]
    own = text[: introduced[0]] if introduced else text
    lines = own.rstrip().splitlines()
    while lines and (lines[-1].startswith(">") or not lines[-1].strip()):
        lines.pop()
    kept = "\n".join(lines).strip() or text
    return kept if len(kept) <= LONGEST_TEXT else kept[: LONGEST_TEXT - 1] + "…"


def _only_quotes(text: str) -> bool:
    return all(line.startswith(">") or not line.strip() for line in text.splitlines())
