"""The login budgets: of a command that runs journeys on demand, and how much of them is used."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from probe.clock import Clock
from probe.config.accounts import AccountLogins, accounts
from probe.config.base import SecretRef
from probe.config.models import Config
from probe.config.secrets import SecretError, Secrets, read_secret
from probe.core.login_budget import day_of
from probe.errors import LedgerError
from probe.ledger.db.store import open_store
from probe.ledger.logins import LoginRegister

if TYPE_CHECKING:
    from probe.prober.logins import LoginBudgets


class _ReadableSecrets:
    """The secrets that can be read. One that cannot is like no other, so its IdP has an account of
    its own.
    """

    def __getitem__(self, ref: SecretRef) -> str:
        try:
            return read_secret(ref)
        except SecretError:
            return repr(ref)


def logins_today(config: Config, now_us: int) -> list[AccountLogins]:
    """Return the logins of every account since midnight; none where no ledger counts them."""
    own = config.store if isinstance(config.store, Path) else config.spool
    day = day_of(now_us, ZoneInfo(config.timezone))
    try:
        engine = open_store(own, create=False)
    except LedgerError:
        return []
    register = LoginRegister(engine)
    try:
        return [AccountLogins(each, register.used(each.members, day.name)) for each in accounts(config, _ReadableSecrets())]
    except LedgerError:  # an older Vigie's ledger
        return []
    finally:
        engine.dispose()


@asynccontextmanager
async def spending(config: Config, secrets: Secrets, clock: Clock) -> AsyncIterator["LoginBudgets"]:
    """Give the budgets of a whole configuration, whose logins count in this prober's own ledger.

    Where an account has a budget, the ledger is made if there is none, and must be writable. Else
    logins are counted only in a ledger that is there.

    Raises LedgerError where a budget could not be kept.
    """
    from probe.prober.logins import LoginBudgets  # here, as `vigie status` runs no journey

    own = config.store if isinstance(config.store, Path) else config.spool
    known, zone = accounts(config, secrets), ZoneInfo(config.support.timezone)
    engine: Engine | None = None
    if any(account.budget is not None for account in known):
        engine = open_store(own)
        LoginRegister(engine).used([], "")  # what was used must be known
    else:
        with suppress(LedgerError):
            open_store(own, create=False).dispose()  # an older Vigie's ledger is left as it is
            engine = open_store(own)
    budgets = LoginBudgets(LoginRegister(engine) if engine else None, clock)
    try:
        await budgets.read(known, zone)
        budgets.adopt(known, zone)
        yield budgets
        await budgets.finish()
    finally:
        if engine:
            engine.dispose()
