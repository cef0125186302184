"""Authenticates the callers of the API.

Callers have named bearer tokens (RFC 6750); Alertmanager may also use basic authentication
(RFC 7617). The token's name is the author of the acts that are done with it. Comparisons take the
same time whatever the caller sent, and no part of it is ever repeated.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Access:
    """The credentials of the API.

    `tokens` has the token of each name. With `open_reads`, reading needs no token. `basic` is
    Alertmanager's user and password, `receiver` is its token. Without tokens and open reads the API
    is off; without `basic` and `receiver` the path for Alertmanager is off.
    """

    tokens: Mapping[str, str] = field(default_factory=dict, repr=False)
    open_reads: bool = False
    basic: tuple[str, str] | None = field(default=None, repr=False)
    receiver: str | None = field(default=None, repr=False)

    def caller(self, headers: list[str]) -> str | None:
        """Return the name of the token in an Authorization header.

        None means that the token is missing or unknown, or that there are several headers.
        """
        token = _bearer(headers)
        if token is None:
            return None
        found = None
        # All tokens are compared, so that the time does not reveal which one matches.
        for name, known in self.tokens.items():
            if _same(token, known):
                found = name
        return found

    def alertmanager(self, headers: list[str]) -> bool:
        """Whether the Authorization header has Alertmanager's credentials."""
        token, pair = _bearer(headers), _basic(headers)
        by_token = self.receiver is not None and token is not None and _same(token, self.receiver)
        by_pair = False
        if self.basic is not None and pair is not None:
            user, password = _same(pair[0], self.basic[0]), _same(pair[1], self.basic[1])
            by_pair = user and password
        return by_token or by_pair


def _same(given: str, known: str) -> bool:
    return hmac.compare_digest(_digest(given), _digest(known))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()


def _credentials(headers: list[str], scheme: str) -> str | None:
    if len(headers) != 1:
        return None
    found, _, rest = headers[0].strip().partition(" ")
    return rest.strip() if found.lower() == scheme and rest.strip() else None


def _bearer(headers: list[str]) -> str | None:
    return _credentials(headers, "bearer")


def _basic(headers: list[str]) -> tuple[str, str] | None:
    encoded = _credentials(headers, "basic")
    if encoded is None:
        return None
    try:
        user, colon, password = base64.b64decode(encoded, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, ValueError):
        return None
    return (user, password) if colon else None
