"""Who may call the API: bearer tokens by name (RFC 6750), and for Alertmanager also basic authentication (RFC 7617).

The token's name is the author of what is done with it. Comparisons take the same time whatever is given, and nothing that was given is
ever repeated.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Access:
    """`tokens`: a name -> its token. `basic`: Alertmanager's user and password. `receiver`: its token. `open_reads`: reading needs none.

    With neither tokens nor open reads the API is off; without `basic` and `receiver` Alertmanager's door is.
    """

    tokens: Mapping[str, str] = field(default_factory=dict, repr=False)
    open_reads: bool = False
    basic: tuple[str, str] | None = field(default=None, repr=False)
    receiver: str | None = field(default=None, repr=False)

    def caller(self, headers: list[str]) -> str | None:
        """Whose token an Authorization header holds; None when nobody's. Several headers are nobody's."""
        token = _bearer(headers)
        if token is None:
            return None
        found = None
        for name, known in self.tokens.items():  # all of them, lest the time tell which one is nearly right
            if _same(token, known):
                found = name
        return found

    def alertmanager(self, headers: list[str]) -> bool:
        """Whether Alertmanager calls."""
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
