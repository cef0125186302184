"""The subjects of the ledger and the states that they can be in.

Modules that need these words, and no judgement, import them from here. A subject is a text in the
ledger, in JSON and in messages:

    text                        kind         name                       number
    hub                         HUB          hub
    mire_missing                CONDITION    mire_missing               C1
    identity_not_returned       CONDITION    identity_not_returned      C2
    all_idps_unavailable        CONDITION    all_idps_unavailable       C3
    idp:NAME                    IDP          NAME, of the configuration

`Subject.parse` reads that text and `str` writes it; nothing else does. What an incident is about
has a wider grammar, which `probe.core.incident.scope` holds.
Source: docs/contract.md, section 3, for C1 to C3.
"""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from typing import NamedTuple

C1, C2, C3, HUB = "mire_missing", "identity_not_returned", "all_idps_unavailable", "hub"
CONDITIONS = (C1, C2, C3)

NUMBERS: Mapping[str, str] = {name: f"C{number}" for number, name in enumerate(CONDITIONS, start=1)}
"""The contract's number of each condition: `mire_missing` -> `C1`."""
NUMBERED: Mapping[str, str] = {number: name for name, number in NUMBERS.items()}
"""The condition of each number: `C1` -> `mire_missing`."""

_IDP = "idp:"


class State(StrEnum):
    UP = "up"
    BLIP = "blip"
    DOWN = "down"
    UNKNOWN = "unknown"


class SubjectKind(StrEnum):
    HUB = "hub"
    CONDITION = "condition"
    IDP = "idp"


class Subject(NamedTuple):
    """What has a state: a hub, one of its conditions, or one of its IdPs. `name` is the IdP's own,
    or the word that the ledger holds.
    """

    kind: SubjectKind
    name: str

    @classmethod
    def parse(cls, text: str) -> "Subject":
        """Read a subject as the ledger holds it. Raises ValueError when it is none."""
        if text in NUMBERS:
            return cls(SubjectKind.CONDITION, text)
        if text == HUB:
            return cls(SubjectKind.HUB, text)
        if text.startswith(_IDP):
            return cls(SubjectKind.IDP, text.removeprefix(_IDP))
        raise ValueError(f"{text!r} is no subject")

    @classmethod
    def named(cls, text: str) -> "Subject":
        """Read a subject as people write it: C1, C2, C3, hub, an IdP's name, or the ledger's own
        text. Never raises: whether there is such an IdP is the ledger's to say.
        """
        try:
            return cls.parse(NUMBERED.get(text.upper(), text))
        except ValueError:
            return cls(SubjectKind.IDP, text)

    def __str__(self) -> str:
        return f"{_IDP}{self.name}" if self.kind is SubjectKind.IDP else self.name

    @property
    def label(self) -> str:
        """The short name for people: C1, C2, C3, hub, or an IdP's name."""
        return NUMBERS.get(self.name, self.name) if self.kind is SubjectKind.CONDITION else self.name

    @property
    def idp(self) -> str | None:
        """The IdP's name; None of the hub and its conditions."""
        return self.name if self.kind is SubjectKind.IDP else None


@cache
def journey_of(idp: str) -> str:
    """The name of an IdP's journey signal, and of the IdP as a subject."""
    return str(Subject(SubjectKind.IDP, idp))
