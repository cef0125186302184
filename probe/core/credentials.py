"""The credentials of the prober that end on a day, and how near that day is.

Instants are UTC microseconds, durations microseconds.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class CredentialKind(StrEnum):
    """Which credential it is, by its key in the configuration."""

    CLIENT_SECRET = "client_secret"
    PRIVATE_KEY = "private_key"  # or the certificate in its file
    DECRYPTION_KEY = "decryption_key"  # or the certificate in its file
    PASSWORD = "password"


class Validity(IntEnum):
    """How near the end of a credential is."""

    VALID = 0
    ENDS_SOON = 1
    ENDS_VERY_SOON = 2
    ENDED = 3


@dataclass(frozen=True, slots=True, order=True)
class Credential:
    """A credential whose end is known.

    `idp` is empty for one of a client at the hub, and `client` for one of the main client.
    """

    ends_us: int
    hub: str
    idp: str
    kind: CredentialKind
    client: str = ""


def validity(ends_us: int, now_us: int, soon_us: int, very_soon_us: int) -> Validity:
    """Return how near the end is. A credential has ended from its end on.

    `soon_us` and `very_soon_us`: how long before.
    """
    left_us = ends_us - now_us
    if left_us <= 0:
        return Validity.ENDED
    if left_us <= very_soon_us:
        return Validity.ENDS_VERY_SOON
    return Validity.ENDS_SOON if left_us <= soon_us else Validity.VALID
