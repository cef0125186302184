"""The synthetic accounts of a configuration: who logs in with each, how often, within what budget.

IdPs with the same user name and the same password log in with one account, at whichever hub they
are. They share its budget: the smallest that is written for any of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from probe.config.base import SecretRef
from probe.config.models import Config, Depth, IdP
from probe.config.secrets import Secrets
from probe.config.source import Path_
from probe.core.judgement.observation import NEGATIVES_WITH_LOGIN, Kind
from probe.core.judgement.retry import AGAIN_LIMIT
from probe.core.login_budget import LONGEST_DAY_US, Member, part_of, regular_runs


@dataclass(frozen=True, slots=True)
class SharedAccount:
    """An account. `members` log in with it. `intervals_us`: of each journey that does, the negative
    ones too; at one IdP several clients of the hub may log in.

    `budget` is the number of logins that it may make a day, of all `vantages` together; None: any
    number.
    """

    members: tuple[Member, ...]
    intervals_us: tuple[int, ...]
    budget: int | None = None
    vantages: int = 1
    at: Path_ = field(default=(), compare=False)

    @property
    def regular(self) -> int:
        """The logins that the regular journeys make in 24 hours, from one vantage."""
        return regular_runs(self.intervals_us)

    @property
    def needed(self) -> int:
        """The logins that the regular journeys make on the longest day, from one vantage."""
        return regular_runs(self.intervals_us, LONGEST_DAY_US)

    @property
    def most(self) -> int:
        """The logins in 24 hours from one vantage, when every journey is asked again every time."""
        with_retries = self.regular * (1 + AGAIN_LIMIT)
        return with_retries if self.part is None else min(with_retries, self.part)

    @property
    def part(self) -> int | None:
        """One vantage's part of the budget; None: any number."""
        return None if self.budget is None else part_of(self.budget, self.vantages)


class AccountLogins(NamedTuple):
    """An account, and how many logins this prober's own ledger counts of it today."""

    account: SharedAccount
    used: int


class SecretTexts(Protocol):
    """The texts of a configuration's secrets."""

    def __getitem__(self, ref: SecretRef) -> str: ...


def accounts(config: Config, secrets: SecretTexts) -> list[SharedAccount]:
    """Return the accounts with which journeys log in, in the order of the configuration."""
    users: dict[tuple[str, str], list[tuple[Member, int, int | None, Path_]]] = {}
    for member, idp, at, interval_us in _logging_in(config):
        if idp.account is not None:
            key = secrets[idp.account.username], secrets[idp.account.password]
            users.setdefault(key, []).append((member, interval_us, idp.account.budget, at))
    return [_shared(each, config.vantages) for each in users.values()]


def _logging_in(config: Config) -> Iterator[tuple[Member, IdP, Path_, int]]:
    for index, hub in enumerate(config.hubs):
        for number, idp in enumerate(hub.idps):
            if idp.depth is Depth.IDENTITY:
                at = ("hubs", index, "idps", number, "account")
                yield (hub.name, idp.name), idp, at, config.interval(hub, Kind.IDENTITY, idp)
        numbers = {idp.name: number for number, idp in enumerate(hub.idps)}
        for seen in map(hub.as_seen_by, hub.clients):
            for idp in (each for each in seen.idps if each.depth is Depth.IDENTITY):
                at = ("hubs", index, "idps", numbers[idp.name], "account")
                yield (hub.name, idp.name), idp, at, config.interval(seen, Kind.IDENTITY, idp)
        for idp in [hub.negative_account] if hub.negative_account else []:
            for negative in NEGATIVES_WITH_LOGIN.intersection(hub.negative):
                at = ("hubs", index, "idps", numbers[idp.name], "account")
                yield (hub.name, idp.name), idp, at, config.interval(hub, Kind.NEGATIVE, negative=negative)


def _shared(users: list[tuple[Member, int, int | None, Path_]], vantages: int) -> SharedAccount:
    limited = [(budget, at) for _, _, budget, at in users if budget is not None]
    budget, at = min(limited, key=lambda each: each[0], default=(None, users[0][3]))
    return SharedAccount(tuple(dict.fromkeys(user[0] for user in users)), tuple(user[1] for user in users), budget, vantages, at)


def find_overspent(config: Config, secrets: Secrets) -> Iterator[tuple[Path_, str]]:
    """Yield the budgets that the regular journeys alone exceed, each with its place."""
    for account in accounts(config, secrets):
        if account.part is None or account.needed <= account.part:
            continue
        names = ", ".join(idp for _, idp in account.members)
        vantages = f" from each of {account.vantages} vantages" if account.vantages > 1 else ""
        made = f"the {account.needed} logins that regular journeys make{vantages} on a day of 25 hours, when summer time ends ({names})"
        yield (*account.at, "budget"), f"is less than {made}: at least {account.needed * account.vantages}, or a longer interval"
