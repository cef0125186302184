"""Reads and writes the subject of an incident within its hub: the grammar of `Scope.subject`.

    text                 kind            name
    mire_missing, ...    CONDITION       the condition
    shared               SHARED                       more than half of the IdPs at once
    idp:NAME             IDP             the IdP      its outage
    intermittent:NAME    INTERMITTENT    the IdP      it fails now and again
    slow:NAME            SLOW_IDP        the IdP      it misses its latency objective
    idp:NAME@CLIENT      IDP_AT_CLIENT   the IdP      its outage, which another client alone sees
    client:NAME          CLIENT          the client   what the hub fails to do for it
    slow                 SLOW                         the hub as a whole misses its own
    accounts             ACCOUNTS                     the hub gives people other accounts
    rule:NAME            RULE            the alerting rule, with any characters
    security:NAME        SECURITY        what the hub accepts and must refuse: a negative journey
    (empty)              NONE                         a person's request, an incident of its own
    anything else        OTHER           the text

`ScopeSubject.parse` reads that text and `str` writes it; nothing else does. The register keeps the
text, and it is told in JSON. Subjects of the ledger are `probe.core.judgement.subject`'s: its
conditions, its IdPs and its clients are written alike here.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from probe.core.judgement.subject import CONDITIONS, Subject, SubjectKind, client_of, journey_of

SHARED, SLOW, ACCOUNTS = "shared", "slow", "accounts"


class ScopeKind(StrEnum):
    """The kinds of scopes that a subject can name."""

    CONDITION = "condition"
    SHARED = "shared"
    IDP = "idp"
    INTERMITTENT = "intermittent"
    SLOW_IDP = "slow_idp"
    IDP_AT_CLIENT = "idp_at_client"
    CLIENT = "client"
    SLOW = "slow"
    ACCOUNTS = "accounts"
    RULE = "rule"
    SECURITY = "security"
    NONE = "none"
    OTHER = "other"


OF_IDPS = frozenset({ScopeKind.IDP, ScopeKind.INTERMITTENT, ScopeKind.SLOW_IDP, ScopeKind.IDP_AT_CLIENT})
"""The kinds whose name is an IdP's."""

OF_CLIENTS = frozenset({ScopeKind.CLIENT, ScopeKind.IDP_AT_CLIENT})
"""The kinds that another client of the hub than the main one shows."""

OF_OUTAGES = frozenset({ScopeKind.CONDITION, ScopeKind.IDP, ScopeKind.IDP_AT_CLIENT, ScopeKind.CLIENT})
"""The kinds of which the ledger has outages."""

_PREFIXES: Mapping[str, ScopeKind] = {
    "intermittent": ScopeKind.INTERMITTENT,
    "slow": ScopeKind.SLOW_IDP,
    "rule": ScopeKind.RULE,
    "security": ScopeKind.SECURITY,
}
_OF_THE_LEDGER: Mapping[tuple[SubjectKind, bool], ScopeKind] = {
    (SubjectKind.IDP, False): ScopeKind.IDP,
    (SubjectKind.IDP, True): ScopeKind.IDP_AT_CLIENT,
    (SubjectKind.CLIENT, False): ScopeKind.CLIENT,
}
"""By the kind of the ledger's subject, and whether another client than the main one asked."""
_PREFIX = {kind: prefix for prefix, kind in _PREFIXES.items()}
_WORD = {ScopeKind.NONE: "", ScopeKind.SHARED: SHARED, ScopeKind.SLOW: SLOW, ScopeKind.ACCOUNTS: ACCOUNTS}
_WORDS: Mapping[str, ScopeKind] = {**{word: kind for kind, word in _WORD.items()}, f"{SLOW}:": ScopeKind.SLOW}


class ScopeSubject(NamedTuple):
    """One reading of `Scope.subject`. `client` asked the IdP; empty means the main one."""

    kind: ScopeKind
    name: str = ""
    client: str = ""

    @classmethod
    def parse(cls, text: str) -> "ScopeSubject":
        """Read what the register holds. Never raises. `slow:` without a name is the hub's `slow`:
        an alert's template writes it so when its series has no IdP.
        """
        if text in CONDITIONS:
            return cls(ScopeKind.CONDITION, text)
        if text in _WORDS:
            return cls(_WORDS[text])
        if (subject := _of_the_ledger(text)) is not None:
            return cls(_OF_THE_LEDGER[subject.kind, bool(subject.client)], subject.name, subject.client)
        prefix, _, name = text.partition(":")
        kind = _PREFIXES.get(prefix)
        return cls(kind, name) if kind is not None and name else cls(ScopeKind.OTHER, text)

    def __str__(self) -> str:
        if self.kind in _OF_THE_LEDGER.values():
            return str(Subject(SubjectKind.CLIENT if self.kind is ScopeKind.CLIENT else SubjectKind.IDP, self.name, self.client))
        if self.kind in _PREFIX:
            return f"{_PREFIX[self.kind]}:{self.name}"
        return _WORD.get(self.kind, self.name)

    @property
    def idp(self) -> str | None:
        """The IdP that it is about; None when it is about the hub, a rule or a request."""
        return self.name if self.kind in OF_IDPS else None

    @property
    def wider(self) -> tuple[str, ...]:
        """The subjects of the ledger of whose outages this trouble may be a part.

        What concerns an IdP or a client may be a part of the hub's conditions, and an IdP's outage
        at a client a part of the same IdP's at the main client, or of the client's own.
        """
        if self.kind is ScopeKind.IDP_AT_CLIENT:
            return (*CONDITIONS, journey_of(self.name), client_of(self.client))
        return CONDITIONS if self.kind is ScopeKind.CLIENT or self.kind in OF_IDPS else ()

    @property
    def seen_by(self) -> str:
        """The client that shows it; empty means the main one."""
        return self.name if self.kind is ScopeKind.CLIENT else self.client


def _of_the_ledger(text: str) -> Subject | None:
    """Return the ledger's subject where the text names an IdP or another client; None elsewhere."""
    try:
        subject = Subject.parse(text)
    except ValueError:
        return None
    known = (subject.kind, bool(subject.client)) in _OF_THE_LEDGER
    return subject if known and subject.name and str(subject) == text else None
