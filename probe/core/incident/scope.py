"""Reads and writes the subject of an incident within its hub: the grammar of `Scope.subject`.

    text                 kind            name
    mire_missing, ...    CONDITION       the condition
    shared               SHARED                       more than half of the IdPs at once
    idp:NAME             IDP             the IdP      its outage
    intermittent:NAME    INTERMITTENT    the IdP      it fails now and again
    slow:NAME            SLOW_IDP        the IdP      it misses its latency objective
    slow                 SLOW                         the hub as a whole misses its own
    accounts             ACCOUNTS                     the hub gives people other accounts
    rule:NAME            RULE            the alerting rule, with any characters
    security:NAME        SECURITY        what the hub accepts and must refuse: a negative journey
    (empty)              NONE                         a person's request, an incident of its own
    anything else        OTHER           the text

`ScopeSubject.parse` reads that text and `str` writes it; nothing else does. The register keeps the
text, and it is told in JSON. Subjects of the ledger are `probe.core.judgement.subject`'s: its
conditions and its IdPs are written alike here.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from probe.core.judgement.subject import CONDITIONS

SHARED, SLOW, ACCOUNTS = "shared", "slow", "accounts"


class ScopeKind(StrEnum):
    """The kinds of scopes that a subject can name."""

    CONDITION = "condition"
    SHARED = "shared"
    IDP = "idp"
    INTERMITTENT = "intermittent"
    SLOW_IDP = "slow_idp"
    SLOW = "slow"
    ACCOUNTS = "accounts"
    RULE = "rule"
    SECURITY = "security"
    NONE = "none"
    OTHER = "other"


OF_IDPS = frozenset({ScopeKind.IDP, ScopeKind.INTERMITTENT, ScopeKind.SLOW_IDP})
"""The kinds whose name is an IdP's."""

_PREFIXES: Mapping[str, ScopeKind] = {
    "idp": ScopeKind.IDP,
    "intermittent": ScopeKind.INTERMITTENT,
    "slow": ScopeKind.SLOW_IDP,
    "rule": ScopeKind.RULE,
    "security": ScopeKind.SECURITY,
}
_PREFIX = {kind: prefix for prefix, kind in _PREFIXES.items()}
_WORD = {ScopeKind.NONE: "", ScopeKind.SHARED: SHARED, ScopeKind.SLOW: SLOW, ScopeKind.ACCOUNTS: ACCOUNTS}
_WORDS: Mapping[str, ScopeKind] = {**{word: kind for kind, word in _WORD.items()}, f"{SLOW}:": ScopeKind.SLOW}


class ScopeSubject(NamedTuple):
    """One reading of `Scope.subject`."""

    kind: ScopeKind
    name: str = ""

    @classmethod
    def parse(cls, text: str) -> "ScopeSubject":
        """Read what the register holds. Never raises. `slow:` without a name is the hub's `slow`:
        an alert's template writes it so when its series has no IdP.
        """
        if text in CONDITIONS:
            return cls(ScopeKind.CONDITION, text)
        if text in _WORDS:
            return cls(_WORDS[text])
        prefix, _, name = text.partition(":")
        kind = _PREFIXES.get(prefix)
        return cls(kind, name) if kind is not None and name else cls(ScopeKind.OTHER, text)

    def __str__(self) -> str:
        if self.kind in _PREFIX:
            return f"{_PREFIX[self.kind]}:{self.name}"
        return _WORD.get(self.kind, self.name)

    @property
    def idp(self) -> str | None:
        """The IdP that it is about; None when it is about the hub, a rule or a request."""
        return self.name if self.kind in OF_IDPS else None
