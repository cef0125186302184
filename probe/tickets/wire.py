"""The HTTP client of ticket systems: answers are bounded, and every failure is a TicketError.

It ignores the environment's proxies. It never follows a redirect, which would carry the credentials
and the ticket to a host that the configuration does not name.
"""

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import httpx

from probe.core.plain_text import visible
from probe.tickets.message import RefusedLetterError, TemporaryError, TicketError

LARGEST = 1_000_000  # bytes of an answer
LONGEST_WAIT_US = 3_600_000_000  # that a system may ask for: an hour
_LATER = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS)
_LONGEST_EXCERPT = 200  # characters of an answer, in an error text
_SAFE = ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class SystemAnswer:
    status: int
    body: bytes
    headers: Mapping[str, str]

    @property
    def ok(self) -> bool:
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    def json(self) -> Any:
        """Parse the body. Raises TemporaryError when it is not JSON: a proxy may have answered."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise TemporaryError(f"HTTP {self.status} with a body that is no JSON", away=True) from None


class Wire:
    """The HTTP client of one system.

    `touched`: whether a request since `begin` may have changed something in the system.
    """

    def __init__(self, url: str, tls: ssl.SSLContext, headers: Mapping[str, str] | None = None, auth: httpx.Auth | None = None) -> None:
        self._base = url.rstrip("/")
        self._host = urlsplit(url).netloc
        self._headers = {"accept-encoding": "identity", **(headers or {})}
        self._client = httpx.AsyncClient(
            verify=tls,
            auth=auth,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),  # a session would outlive its credentials
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(None),
        )
        self.touched = False

    def begin(self) -> None:
        self.touched = False

    async def ask(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **content: Any) -> SystemAnswer:
        """Make one exchange, and return the answer.

        Raises TicketError, also for the statuses of `_judge`. The caller sets the deadline.
        """
        answer = await self.exchange(method, path, headers=headers, **content)
        self._judge(answer)
        return answer

    async def exchange(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **content: Any) -> SystemAnswer:
        """Make one exchange, and return the answer, whatever its status.

        Raises TicketError when there is none. The caller sets the deadline.
        """
        before = self.touched
        self.touched = before or method not in _SAFE
        try:
            answer = await self._stream(method, path, headers, content)
        except (httpx.ConnectError, httpx.UnsupportedProtocol, httpx.ProxyError) as error:
            self.touched = before  # nothing was sent
            raise TemporaryError(f"{self._host} cannot be reached ({type(error).__name__})", doubt=before, away=True) from None
        except httpx.HTTPError as error:
            raise TemporaryError(f"{self._host} broke the exchange off ({type(error).__name__})", doubt=self.touched, away=True) from None
        except (httpx.InvalidURL, httpx.CookieConflict, UnicodeError) as error:
            raise TemporaryError(f"{self._host} answered malformed ({type(error).__name__})", doubt=self.touched) from None
        if HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            self.touched = before  # it was refused
        return answer

    async def _stream(self, method: str, path: str, headers: Mapping[str, str] | None, content: Mapping[str, Any]) -> SystemAnswer:
        async with self._client.stream(method, self._base + path, headers={**self._headers, **(headers or {})}, **content) as response:
            body = bytearray()
            async for part in response.aiter_raw():
                body += part
                if len(body) > LARGEST:
                    raise TemporaryError(f"HTTP {response.status_code} with more than {LARGEST} bytes", doubt=self.touched)
            return SystemAnswer(response.status_code, bytes(body), response.headers)

    def _judge(self, answer: SystemAnswer) -> None:
        """Raise TemporaryError for an answer that no caller can use.

        Those are redirects, refused credentials, "try later", and failures of the server.
        """
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or answer.status in _LATER:
            wait = _wait_us(answer.headers.get("retry-after", ""))
            raise TemporaryError(error_text(answer), doubt=self.touched, away=wait > 0, after_us=wait)
        if answer.status == HTTPStatus.UNAUTHORIZED:
            raise TemporaryError(f"{error_text(answer)} (our credentials are refused)", doubt=self.touched, away=True)
        if not answer.ok and answer.status < HTTPStatus.BAD_REQUEST:
            raise TemporaryError(f"HTTP {answer.status}, which leads elsewhere and is not followed", doubt=self.touched, away=True)

    def refused(self, answer: SystemAnswer) -> RefusedLetterError:
        """Make the error for an answer that refuses the request."""
        return RefusedLetterError(error_text(answer), doubt=self.touched)

    async def close(self) -> None:
        await self._client.aclose()


def error_text(answer: SystemAnswer) -> str:
    """Return the status and the beginning of the body, as one bounded line."""
    text = excerpt(answer.body)
    return f"HTTP {answer.status}: {text}" if text else f"HTTP {answer.status}"


def excerpt(content: bytes | str) -> str:
    """Return the beginning of an answer, as one bounded line of visible characters."""
    raw = content[: 4 * _LONGEST_EXCERPT]
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    return visible(" ".join(text.split()), "?")[:_LONGEST_EXCERPT]


def _wait_us(text: str) -> int:
    """Read Retry-After in seconds (RFC 9110, section 10.2.3), bounded; 0 for a date or nonsense."""
    return min(int(text) * 1_000_000, LONGEST_WAIT_US) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def unexpected(answer: SystemAnswer, error: Exception) -> TicketError:
    """Make the error for JSON whose shape is not that of the system's documentation."""
    return TemporaryError(f"HTTP {answer.status} with JSON of an unexpected shape ({type(error).__name__})", away=True)
