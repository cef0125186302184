"""Messages as they arrive, well-formed and otherwise."""

from email.message import EmailMessage
from typing import Any

CAMILLE, ALEX, EVE = "camille@ameli.example", "alex@yris.example", "eve@elsewhere.example"


def message(
    text: str = "Les connexions échouent.",
    *,
    sender: str = CAMILLE,
    subject: str = "Panne",
    message_id: str = "<m1@ameli.example>",
    **headers: str,
) -> EmailMessage:
    """A plain message; `headers` by their names with `_` for `-`."""
    made = EmailMessage()
    made["From"] = sender
    made["To"] = "support@desk.example"
    made["Subject"] = subject
    if message_id:
        made["Message-ID"] = message_id
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made


def raw(*lines: str | bytes, body: bytes = b"text\r\n") -> bytes:
    """A message of exactly these header lines."""
    return b"\r\n".join(line if isinstance(line, bytes) else line.encode() for line in lines) + b"\r\n\r\n" + body


def nested(depth: int) -> bytes:
    """Multiparts in multiparts."""
    head = b"From: camille@ameli.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
    opening = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (level, level) for level in range(depth))
    return head + opening + b"Content-Type: text/plain\r\n\r\ninnermost\r\n"


def parts(count: int) -> bytes:
    """A multipart of many parts."""
    return part("Content-Type: text/plain", count=count)


def part(*lines: str, count: int = 1) -> bytes:
    """A multipart of equal parts with exactly these header lines."""
    head = raw("From: camille@ameli.example", "Subject: x", "MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=b", body=b"")
    return head + (b"--b\r\n" + raw(*lines, body=b"a\r\n")) * count + b"--b--\r\n"


Anything = Any
