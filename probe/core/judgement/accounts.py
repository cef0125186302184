"""Remembers which account a persona has at the hub, and which claims come back.

docs/domain.md, "The same account": the same persona must get the same `sub` for ever. A service
knows its citizens by `sub`: when it changes, they lose their accounts.

Theory of operation
-------------------
An account is remembered for each IdP and for each of our own settings on which `sub` depends
(client, persona, user name: `ReturnedIdentity.settings`), so that a change of ours begins anew and
is no finding. Only journeys that passed count. In a row of them:

    the first account            is remembered
    the same account again       settles it
    another account, once        is in doubt: asked again at once
    another account, twice       changed; or, where nothing was settled yet and both are the same
                                 one, that one is remembered, and the first answer was the odd one
    changed, then the remembered
    one again, twice             is back

So a `sub` that is another one each time is changed, too. What is remembered is never replaced by
what came later, unless a person says so (`sub_since` in the configuration, which is a setting).

A change is no outage: the identity came, and a condition holds only where none does. It is a fact
of its own, with a metric, an alert and an incident.

Claims are remembered for each level of assurance at which they came. A claim that once came, and
that two journeys in a row lack, is lost.

Instants are UTC microseconds.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from probe.core.judgement.observation import Kind, Observation, Outcome, ReturnedIdentity
from probe.core.judgement.subject import at_client

CONFIRMED = 2
"""Journeys in a row that confirm another account, and that the remembered one is back."""
KEPT = 20
"""Of an IdP, how many accounts are remembered, of as many settings: the latest ones."""


class AccountState(StrEnum):
    """How a persona's account stands."""

    NONE = "none"  # no login has passed yet
    SAME = "same"
    DOUBTED = "doubted"  # the latest journey speaks against what is held
    CHANGED = "changed"  # the hub gives another one than the remembered


@dataclass(slots=True)
class ClaimsSeen:
    """The claims of the latest identity at one level, at `at_us`.

    `ever` are those that ever came. `lost` are those that once came, and that two journeys in a row
    lack.
    """

    at_us: int
    came: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    ever: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


@dataclass(slots=True)
class RememberedAccount:
    """What is remembered of one persona's account, under one choice of our own settings.

    `known` is the digest of the account; empty before any. `settled`: two journeys agreed on it.
    `changed`: the hub gives another one. `since_us` is since when `known` holds, or since when it
    has changed. `against` counts the journeys in a row that speak against what is held, of which
    the first started at `against_us`; `other` is the account that the latest of them got.
    `latest_us` is the start of the latest journey that was taken in. `levels`: the claims by level.
    """

    settings: str
    person: str = ""
    known: str = ""
    settled: bool = False
    changed: bool = False
    since_us: int = 0
    other: str = ""
    against: int = 0
    against_us: int = 0
    latest_us: int = 0
    levels: dict[str, ClaimsSeen] = field(default_factory=dict)

    @property
    def doubted(self) -> bool:
        """Whether the next journey decides something, and so should not wait for its slot."""
        return self.against > 0

    @property
    def state(self) -> AccountState:
        """How it stands. An account that has changed has, even where the next journey doubts it."""
        if self.changed:
            return AccountState.CHANGED
        return AccountState.DOUBTED if self.doubted else AccountState.SAME if self.known else AccountState.NONE


Accounts = dict[str, list[RememberedAccount]]
"""By IdP (`IDP@CLIENT` at another client of the hub than the main one), the accounts that are
remembered."""


def remember_account(accounts: Accounts, observation: Observation, *, in_order: bool = True) -> None:
    """Take in what came back of an identity.

    `in_order`: the observations come in the order in which they were made, whatever the clock says,
    which may have been set back. Otherwise several vantages deliver them, maybe late: a journey
    that started before one that was taken in already says nothing, as what it saw is past.
    """
    identity = observation.identity
    if observation.kind is not Kind.IDENTITY or observation.backend is not None or identity is None or not identity.settings:
        return
    kept = accounts.setdefault(_name(observation), [])
    account = next((one for one in kept if one.settings == identity.settings), None)
    if account is None:
        account = RememberedAccount(identity.settings)
        kept.append(account)
        del kept[:-KEPT]
    if not in_order and observation.started_us < account.latest_us:
        return
    account.latest_us, account.person = observation.started_us, identity.person
    _take_claims(account, identity, observation.started_us)
    if observation.outcome is Outcome.OK:
        _take_account(account, identity.account, observation.started_us)


def _name(observation: Observation) -> str:
    return at_client(observation.idp or "", observation.client)


def _take_account(account: RememberedAccount, came: str, at_us: int) -> None:
    if not account.known:
        account.known, account.since_us = came, at_us
    elif (came == account.known) is not account.changed:
        account.settled = account.settled or not account.changed
        account.against, account.other = 0, ""
    else:
        account.against_us = account.against_us if account.against else at_us
        account.against += 1
        if account.against >= CONFIRMED:
            _confirm(account, came)
        else:
            account.other = came


def _confirm(account: RememberedAccount, came: str) -> None:
    """Take over what two journeys in a row say against what is held."""
    if not account.changed and not account.settled and came == account.other:
        account.known, account.settled = came, True
    else:
        account.changed = not account.changed
        account.settled = account.settled or not account.changed
    account.since_us, account.against, account.other = account.against_us, 0, ""


def _take_claims(account: RememberedAccount, identity: ReturnedIdentity, at_us: int) -> None:
    before = account.levels.get(identity.acr, ClaimsSeen(at_us))
    missed_twice = set(before.absent) & set(identity.absent)
    ever = tuple(sorted({*before.ever, *identity.came}))
    lost = tuple(claim for claim in identity.absent if claim in missed_twice and claim in before.ever)
    account.levels[identity.acr] = ClaimsSeen(at_us, identity.came, identity.absent, ever, lost)


def current(accounts: Accounts, idp: str) -> RememberedAccount | None:
    """Return the account of the settings that were seen last; None before any."""
    return max(accounts.get(idp, ()), key=lambda one: one.latest_us, default=None)


def doubtful(accounts: Accounts, observation: Observation) -> bool:
    """Return whether an observation puts something in doubt. Then its journey is run again."""
    account = current(accounts, _name(observation)) if observation.identity is not None else None
    return account is not None and account.latest_us == observation.started_us and account.doubted


def differing(accounts: Accounts, idps: Iterable[str]) -> frozenset[str]:
    """Return the IdPs through which one person has another account than through the others.

    Two personas with the same values are one person. Which of them have the right account is not
    known: those are returned that fewer IdPs share, and all of them where no account is that of
    most. An account counts once it is settled, and while it has not changed.
    """
    by_person: dict[str, dict[str, list[str]]] = {}
    for idp in idps:
        account = current(accounts, idp)
        if account is not None and account.person and account.settled and not account.changed:
            by_person.setdefault(account.person, {}).setdefault(account.known, []).append(idp)
    return frozenset(idp for shared in by_person.values() for idp in _minority(shared))


def _minority(shared: Mapping[str, list[str]]) -> list[str]:
    most = max(map(len, shared.values()))
    usual = [account for account, idps in shared.items() if len(idps) == most]
    right = usual[0] if len(usual) == 1 else None
    return [idp for account, idps in shared.items() if account != right for idp in idps] if len(shared) > 1 else []
