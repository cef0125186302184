"""The subjects of the ledger and the states that they can be in.

Modules that need these words, and no judgement, import them from here. A subject is a text in the
ledger, in JSON and in messages:

    text                        kind         name                       number
    hub                         HUB          hub
    mire_missing                CONDITION    mire_missing               C1
    identity_not_returned       CONDITION    identity_not_returned      C2
    all_idps_unavailable        CONDITION    all_idps_unavailable       C3
    idp:NAME                    IDP          NAME, of the configuration
    idp:NAME@CLIENT             IDP          the same IdP, at another client than the main one
    client:NAME                 CLIENT       NAME, of another client of the hub than the main one

`Subject.parse` reads that text and `str` writes it; nothing else does. What an incident is about
has a wider grammar, which `probe.core.incident.scope` holds.
Source: docs/contract.md, section 3, for C1 to C3.
"""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from typing import Final, NamedTuple

C1, C2, C3, HUB = "mire_missing", "identity_not_returned", "all_idps_unavailable", "hub"
CONDITIONS = (C1, C2, C3)

NUMBERS: Mapping[str, str] = {name: f"C{number}" for number, name in enumerate(CONDITIONS, start=1)}
"""The contract's number of each condition: `mire_missing` -> `C1`."""
NUMBERED: Mapping[str, str] = {number: name for name, number in NUMBERS.items()}
"""The condition of each number: `C1` -> `mire_missing`."""

_IDP, _CLIENT, _AT = "idp:", "client:", "@"


class State(StrEnum):
    UP = "up"
    BLIP = "blip"
    DOWN = "down"
    UNKNOWN = "unknown"


UP_STATES: Final = (State.UP, State.BLIP)
"""The states in which a subject is available: one bad reading alone is no outage."""


class SubjectKind(StrEnum):
    HUB = "hub"
    CONDITION = "condition"
    IDP = "idp"
    CLIENT = "client"


class Subject(NamedTuple):
    """What has a state: a hub, one of its conditions, one of its IdPs, or the hub as another client
    sees it. `name` is the IdP's or the client's own, or the word that the ledger holds. `client`
    asked the IdP; empty means the main one.
    """

    kind: SubjectKind
    name: str
    client: str = ""

    @classmethod
    def parse(cls, text: str) -> "Subject":
        """Read a subject as the ledger holds it. Raises ValueError when it is none."""
        if text in NUMBERS:
            return cls(SubjectKind.CONDITION, text)
        if text == HUB:
            return cls(SubjectKind.HUB, text)
        if text.startswith(_IDP):
            return cls._of_idp(text.removeprefix(_IDP))
        if text.startswith(_CLIENT):
            return cls(SubjectKind.CLIENT, text.removeprefix(_CLIENT))
        raise ValueError(f"{text!r} is no subject")

    @classmethod
    def named(cls, text: str) -> "Subject":
        """Read a subject as people write it: C1, C2, C3, hub, an IdP's name, `NAME@CLIENT`, or the
        ledger's own text. Never raises: whether there is such an IdP is the ledger's to say.
        """
        try:
            return cls.parse(NUMBERED.get(text.upper(), text))
        except ValueError:
            return cls._of_idp(text)

    @classmethod
    def _of_idp(cls, text: str) -> "Subject":
        name, _, client = text.partition(_AT)
        return cls(SubjectKind.IDP, name, client)

    def __str__(self) -> str:
        if self.kind is SubjectKind.CLIENT:
            return f"{_CLIENT}{self.name}"
        return at_client(f"{_IDP}{self.name}", self.client) if self.kind is SubjectKind.IDP else self.name

    @property
    def label(self) -> str:
        """The short name for people: C1, C2, C3, hub, an IdP's name (`NAME@CLIENT` where another
        client than the main one asked), or `client:NAME`.
        """
        if self.kind is SubjectKind.CONDITION:
            return NUMBERS.get(self.name, self.name)
        return str(self) if self.kind is SubjectKind.CLIENT else at_client(self.name, self.client)

    @property
    def seen_by(self) -> str:
        """The client by whose journeys it is judged; empty means the main one."""
        return self.name if self.kind is SubjectKind.CLIENT else self.client

    @property
    def idp(self) -> str | None:
        """The IdP's name; None of the hub and its conditions."""
        return self.name if self.kind is SubjectKind.IDP else None


@cache
def journey_of(idp: str) -> str:
    """Return the name of an IdP's journey signal, and of the IdP as a subject."""
    return str(Subject(SubjectKind.IDP, idp))


def at_client(name: str, client: str) -> str:
    """Return a name of the hub (a subject, a signal, an IdP) as it is called at another client.

    `client` is empty for the main one, whose names are the hub's own.
    """
    return f"{name}{_AT}{client}" if client else name


def without_client(name: str) -> str:
    """Return a name as the main client's is called, out of what `at_client` returned."""
    return name.partition(_AT)[0]


def client_of(client: str) -> str:
    """Return the subject of the hub as another client than the main one sees it."""
    return str(Subject(SubjectKind.CLIENT, client))
