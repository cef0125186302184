"""Remembers which account a persona has at the hub, and which claims come back.

docs/domain.md, "The same account": the same persona must get the same `sub` for ever. A service
knows its citizens by `sub`: when it changes, they lose their accounts.

Theory of operation
-------------------
An account is remembered for each IdP and for each of our own settings on which `sub` depends
(client, persona, user name: `ReturnedIdentity.settings`), so that a change of ours begins anew and
is no finding. Only journeys that passed count. At each vantage, in a row of them:

    the first account            is remembered
    the same account again       settles it
    another account, once        is in doubt: asked again at once
    another account, twice       changed; or, where nothing was settled yet and both are the same
                                 one, that one is remembered, and the first answer was the odd one
    changed, then the remembered
    one again, twice             is back

So a `sub` that is another one each time is changed, too. What is remembered is never replaced by
what came later, unless a person says so (`sub_since` in the configuration, which is a setting).

Vantages are taken together when the account is read: the remembered one is the first that a vantage
settled, and it has changed where it changed for any of them. A vantage that was silent for a day
while others were not has no say. Each vantage delivers its own journeys in their order; in which
order the vantages deliver makes no difference.

A change is no outage: the identity came, and a condition holds only where none does. It is a fact
of its own, with a metric, an alert and an incident.

Claims are remembered for each level of assurance at which they came. A claim that once came, and
that two journeys in a row lack, is lost.

Instants are UTC microseconds.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from probe.core.judgement.observation import Kind, Observation, Outcome, ReturnedIdentity
from probe.core.judgement.subject import at_client
from probe.core.times import DAY_US

KEPT = 20
"""Of an IdP, how many accounts are remembered, of as many settings: those that were used last."""
SILENT_US = DAY_US
"""After how long without a journey a vantage has no say, while others have journeys."""
_MOST_KNOWN = 5
"""Of how many accounts a vantage knows whether they come: the first, and the latest ones."""


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
    of some vantage lack.
    """

    at_us: int
    came: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    ever: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


@dataclass(slots=True)
class AccountVerdict:
    """What the journeys of one vantage say of one account.

    `holds`: the latest two in a row that agree on it got it, or did not; None: no two do.
    `since_us` is when the first of the two started by which that became so; 0: it always was.
    `times` counts the journeys that got it, up to two.
    """

    holds: bool | None = None
    since_us: int = 0
    times: int = 0


@dataclass(slots=True)
class VantageAccount:
    """What one vantage saw of one persona's account.

    `first`: the account that is remembered from here, which came at `first_us`, and was settled at
    `settled_us` (0: not yet). `last`: the latest one, at `last_us`. `began_us`: the start of the
    first journey that passed. `journeys` counts those, up to three. `latest_us`: the start of the
    latest journey that got an identity, whether it passed or not. `verdicts`: by account. `levels`:
    the claims by level, `lost` being whatever two journeys in a row lack.
    """

    person: str = ""
    first: str = ""
    first_us: int = 0
    settled_us: int = 0
    began_us: int = 0
    last: str = ""
    last_us: int = 0
    journeys: int = 0
    latest_us: int = 0
    verdicts: dict[str, AccountVerdict] = field(default_factory=dict)
    levels: dict[str, ClaimsSeen] = field(default_factory=dict)

    def of(self, account: str) -> AccountVerdict:
        """Return what the journeys say of an account."""
        return self.verdicts.get(account) or self._of_another()

    def _of_another(self) -> AccountVerdict:
        """Return what they say of an account that none of them got."""
        return AccountVerdict(False, self.began_us or self.first_us) if self.journeys > 1 else AccountVerdict()

    def take(self, account: str, at_us: int) -> None:
        """Take in the account that a journey got, which started at `at_us`."""
        if not self.journeys:
            self.first, self.first_us, self.began_us = account, at_us, at_us
        verdict = self.of(account)
        self.verdicts.pop(account, None)
        self.verdicts[account] = verdict  # the latest one last
        verdict.times = min(2, verdict.times + 1)
        if self.journeys:
            self._compare(account)
        agree = self.journeys == 2 and self.last == account != self.first
        if agree and self.verdicts[self.first].times == 1:  # the first answer was the odd one
            self.first, self.first_us = account, self.last_us
        if not self.settled_us and self.verdicts[self.first].times > 1:
            self.settled_us = at_us
        self.last, self.last_us, self.journeys = account, at_us, min(3, self.journeys + 1)
        for old in [known for known in self.verdicts if known != self.first][: -(_MOST_KNOWN - 1)]:
            del self.verdicts[old]

    def _compare(self, account: str) -> None:
        """Let the journey and the one before it say which accounts hold."""
        for known, verdict in self.verdicts.items():
            holds = account == known
            if holds is (self.last == known) and verdict.holds is not holds:
                verdict.since_us = 0 if holds and verdict.holds is None else self.last_us
                verdict.holds = holds


@dataclass(slots=True)
class AccountMemory:
    """What is remembered of one persona's account, under one choice of our own settings."""

    settings: str
    vantages: dict[str, VantageAccount] = field(default_factory=dict)

    @property
    def latest_us(self) -> int:
        """The start of the latest journey that got an identity; 0 before any."""
        return max((one.latest_us for one in self.vantages.values()), default=0)


@dataclass(frozen=True, slots=True)
class RememberedAccount:
    """How one persona's account stands, under one choice of our own settings.

    `known` is the digest of the account; empty before any. `settled`: two journeys agreed on it.
    `changed`: the hub gives another one. `doubted`: the latest journey of some vantage speaks
    against that, so the next one should not wait for its slot. `since_us` is since when `known`
    holds, or since when it has changed. `latest_us` is the start of the latest journey. `levels`:
    the claims by level.
    """

    settings: str
    person: str = ""
    known: str = ""
    settled: bool = False
    changed: bool = False
    doubted: bool = False
    since_us: int = 0
    latest_us: int = 0
    levels: Mapping[str, ClaimsSeen] = field(default_factory=dict)

    @property
    def state(self) -> AccountState:
        """How it stands. An account that has changed has, even where the next journey doubts it."""
        if self.changed:
            return AccountState.CHANGED
        return AccountState.DOUBTED if self.doubted else AccountState.SAME if self.known else AccountState.NONE


Accounts = dict[str, list[AccountMemory]]
"""By IdP (`IDP@CLIENT` at another client of the hub than the main one), what is remembered of the
accounts, that of the latest settings last."""


def remember_account(accounts: Accounts, observation: Observation, *, in_order: bool = True) -> None:
    """Take in what came back of an identity.

    `in_order`: the observations come in the order in which they were made, whatever the clock says,
    which may have been set. Otherwise several vantages deliver them, maybe late: a journey that
    started before one of its own vantage that was taken in already says nothing, as what it saw is
    past.
    """
    identity, at_us = observation.identity, observation.started_us
    if observation.kind is not Kind.IDENTITY or observation.backend is not None or identity is None or not identity.settings:
        return
    kept = accounts.setdefault(_name(observation), [])
    memory = next((one for one in kept if one.settings == identity.settings), None)
    if memory is None:
        memory = AccountMemory(identity.settings)
        kept.append(memory)
    if in_order:
        for seen in (seen for one in kept for seen in one.vantages.values()):
            seen.latest_us = min(seen.latest_us, at_us - 1)  # it was before, by a clock that was wrong
    mine = memory.vantages.setdefault(observation.vantage, VantageAccount())
    if at_us >= mine.latest_us:
        mine.latest_us, mine.person = at_us, identity.person
        _take_claims(mine, identity, at_us)
        if observation.outcome is Outcome.OK:
            mine.take(identity.account, at_us)
    kept.sort(key=lambda one: (one.latest_us, one.settings))
    del kept[:-KEPT]


def _name(observation: Observation) -> str:
    return at_client(observation.idp or "", observation.client)


def _take_claims(seen: VantageAccount, identity: ReturnedIdentity, at_us: int) -> None:
    before = seen.levels.get(identity.acr, ClaimsSeen(at_us))
    missed_twice = tuple(claim for claim in identity.absent if claim in before.absent)
    ever = tuple(sorted({*before.ever, *identity.came}))
    seen.levels[identity.acr] = ClaimsSeen(at_us, identity.came, identity.absent, ever, missed_twice)


def current(accounts: Accounts, idp: str) -> RememberedAccount | None:
    """Return the account of the settings that were seen last; None before any."""
    kept = accounts.get(idp)
    return read_account(kept[-1]) if kept else None


def read_account(memory: AccountMemory) -> RememberedAccount:
    """Return how an account stands, by what every vantage saw."""
    latest_us = memory.latest_us
    speaking = [seen for _, seen in sorted(memory.vantages.items()) if seen.latest_us >= latest_us - SILENT_US]
    person = max(speaking, key=lambda seen: seen.latest_us).person if speaking else ""
    passed = [
        (not seen.settled_us, seen.settled_us or seen.first_us, name, seen) for name, seen in memory.vantages.items() if seen.journeys
    ]
    if not passed:
        return RememberedAccount(memory.settings, person, latest_us=latest_us, levels=_claims(speaking))
    *_, first = min(passed, key=lambda one: one[:3])
    known = first.first
    said = [(seen.of(known), seen.last == known) for seen in speaking if seen.journeys]
    away = [verdict.since_us for verdict, _ in said if verdict.holds is False]
    back = [verdict.since_us for verdict, _ in said if verdict.holds]
    return RememberedAccount(
        memory.settings,
        person,
        known,
        settled=sum(seen.of(known).times for seen in memory.vantages.values()) >= 2,
        changed=bool(away),
        doubted=any(got_it is (verdict.holds is False) for verdict, got_it in said),
        since_us=min(away) if away else max([first.first_us, *back]),
        latest_us=latest_us,
        levels=_claims(speaking),
    )


def _claims(speaking: Iterable[VantageAccount]) -> dict[str, ClaimsSeen]:
    """Return the claims by level, of all vantages that have a say."""
    by_level: dict[str, list[ClaimsSeen]] = {}
    for seen in speaking:
        for acr, claims in seen.levels.items():
            by_level.setdefault(acr, []).append(claims)
    return {acr: _together(seen) for acr, seen in by_level.items()}


def _together(seen: Sequence[ClaimsSeen]) -> ClaimsSeen:
    latest = max(seen, key=lambda one: one.at_us)
    ever = {claim for one in seen for claim in one.ever}
    lost = sorted({claim for one in seen for claim in one.lost if claim in ever})
    return replace(latest, ever=tuple(sorted(ever)), lost=tuple(lost))


def doubtful(accounts: Accounts, observation: Observation) -> bool:
    """Return whether an observation puts something in doubt. Then its journey is run again."""
    account = current(accounts, _name(observation)) if observation.identity is not None else None
    return account is not None and account.latest_us == observation.started_us and account.doubted


def present_accounts(accounts: Accounts, idps: Iterable[str]) -> dict[str, RememberedAccount]:
    """Return the account of the settings that were seen last, for each IdP that has one."""
    return {idp: account for idp in idps if (account := current(accounts, idp)) is not None}


def differing(present: Mapping[str, RememberedAccount]) -> frozenset[str]:
    """Return the IdPs through which one person has another account than through the others.

    `present`: by IdP, its present account.

    Two personas with the same values are one person. Which of them have the right account is not
    known: those are returned that fewer IdPs share, and all of them where no account is that of
    most. An account counts once it is settled, and while it has not changed.
    """
    by_person: dict[str, dict[str, list[str]]] = {}
    for idp, account in present.items():
        if account.person and account.settled and not account.changed:
            by_person.setdefault(account.person, {}).setdefault(account.known, []).append(idp)
    return frozenset(idp for shared in by_person.values() for idp in _minority(shared))


def _minority(shared: Mapping[str, list[str]]) -> list[str]:
    most = max(map(len, shared.values()))
    usual = [account for account, idps in shared.items() if len(idps) == most]
    right = usual[0] if len(usual) == 1 else None
    return [idp for account, idps in shared.items() if account != right for idp in idps] if len(shared) > 1 else []
