"""The login budgets of a command that runs journeys on demand."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from probe.clock import Clock
from probe.config.accounts import accounts
from probe.config.models import Config
from probe.config.secrets import Secrets
from probe.errors import LedgerError
from probe.ledger.db.store import open_store
from probe.ledger.logins import LoginRegister
from probe.prober.logins import LoginBudgets


@asynccontextmanager
async def spending(config: Config, secrets: Secrets, clock: Clock) -> AsyncIterator[LoginBudgets]:
    """Give the budgets of a whole configuration, whose logins count in this prober's own ledger.

    Where an account has a budget, the ledger is made if there is none, and must be writable. Else
    logins are counted only in a ledger that is there.

    Raises LedgerError where a budget could not be kept.
    """
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
