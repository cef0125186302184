"""Helpers for the parties' pages and requests."""

import asyncio
import base64
import binascii
import hashlib
import hmac
import html
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote_plus, urlencode

from starlette.requests import Request

MAX_FORM = 64 * 1024


async def form_of(request: Request) -> dict[str, str]:
    """Return the fields of a urlencoded body. The last of two equal names wins.

    A body over 64 kB is cut.
    """
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM:
            break
    return dict(parse_qsl(body[:MAX_FORM].decode("utf-8", "replace"), keep_blank_values=True))


async def until_gone(request: Request) -> None:
    """Wait until the client gives up: an answer that never comes."""
    while not await request.is_disconnected():  # noqa: ASYNC110 - there is no event for it
        await asyncio.sleep(0.05)


def with_query(url: str, parameters: Mapping[str, str]) -> str:
    """Return `url` with these parameters added to its query."""
    return f"{url}{'&' if '?' in url else '?'}{urlencode(parameters)}"


def text(value: object) -> str:
    """Escape a value for HTML, also for attribute values."""
    return html.escape(str(value), quote=True)


def mac(key: bytes, value: str) -> str:
    """Return a URL-safe HMAC-SHA256 of `value`."""
    return base64.urlsafe_b64encode(hmac.new(key, value.encode(), hashlib.sha256).digest()).rstrip(b"=").decode()


def same(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode(), right.encode())


def basic_credentials(request: Request) -> tuple[str, str] | None:
    """Return the HTTP Basic credentials, form-decoded (RFC 6749, section 2.3.1), or None."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return unquote_plus(user), unquote_plus(password)


def bearer(request: Request) -> str:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else ""
