"""Spends the login budgets of the accounts: before a journey logs in, its login is counted.

A journey whose login is not admitted is run all the same, up to the form into which the account
would be typed. So what fails before is still seen, and the account is not used: the observation is
inconclusive, for the reason `login_budget`. A journey that did not come to type anything gives its
login back, with the next one that is counted.

While the ledger refuses or hangs the watch goes on: logins are counted in memory, and written with
the next one that the ledger takes. No other process can count in that ledger meanwhile either.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, tzinfo

import structlog

from probe.clock import Clock
from probe.config.accounts import SharedAccount
from probe.core.judgement.observation import Observation, Reason, Step
from probe.core.login_budget import Day, LoginsOfDay, Member, Run, admits, day_of
from probe.errors import LedgerError
from probe.journeys.plan import Plan
from probe.ledger.logins import Claimed, CountedLogin, LoginRegister
from probe.worker import Worker

log = structlog.get_logger(__name__)

PATIENCE_SECONDS = 2.0
"""How long a login waits to be counted by a ledger that neither takes nor refuses it."""

_DAYS_KEPT = 3
"""Of how many days the counts stay in memory: those that were counted last. A login of yesterday
may be given back today, and a clock that was set wrong may be set right again."""

_NOTHING_SENT = frozenset({Reason.DNS, Reason.CONNECT, Reason.TLS})


def logged_in(observation: Observation) -> bool:
    """Return whether a journey typed its account: whether a form of the login was sent."""
    return any(hop.step is Step.IDP_LOGIN and hop.error not in _NOTHING_SENT for hop in observation.hops)


class LoginBudgets:
    """The budgets of one configuration at a time, which `adopt` replaces as a whole."""

    def __init__(self, register: LoginRegister | None, clock: Clock) -> None:
        """Without a register, logins are counted in memory only."""
        self._register = register
        self._clock = clock
        self._zone: tzinfo = UTC
        self._accounts: dict[Member, SharedAccount] = {}
        self._used: dict[tuple[tuple[Member, ...], str], int] = {}
        self._owed: Counter[CountedLogin] = Counter()  # made, and not written yet
        self._hung: set[asyncio.Future[Claimed]] = set()
        self._worker = Worker("logins")  # a file that hangs does not keep the process from ending
        self.withheld: Callable[[Member, Run], object] = lambda _member, _run: None
        """Is called with each login that was not admitted."""

    async def read(self, accounts: Iterable[SharedAccount], zone: tzinfo) -> None:
        """Read how many logins these accounts made today, before they are put in force."""
        day = day_of(self._clock.now_us(), zone)
        if self._register is None:
            return
        try:
            for members in {account.members for account in accounts}:
                self._remember((members, day.name), await self._worker.submit(self._register.used, members, day.name))
        except LedgerError as error:  # the next claim reads them
            log.warning("logins_not_read", error=str(error))

    def adopt(self, accounts: Iterable[SharedAccount], zone: tzinfo) -> None:
        """Put these accounts in force. Days begin at midnight in `zone`."""
        self._accounts = {member: account for account in accounts for member in account.members}
        self._zone = zone

    def today(self) -> Mapping[Member, LoginsOfDay]:
        """Return the logins of every IdP's account today, from this prober."""
        day = self._day()
        return {
            member: LoginsOfDay(self._used.get((account.members, day.name), 0), account.regular, account.part)
            for member, account in self._accounts.items()
        }

    async def run(
        self, planned: Plan, run: Run, go: Callable[[Plan], Awaitable[Observation]], *, at_most_us: int | None = None
    ) -> Observation:
        """Run a journey by `go`, with its login or, where that is not admitted, up to it.

        `at_most_us`: the time of whoever asks, in microseconds. No login waits for the ledger
        beyond it.
        """
        until_us = None if at_most_us is None else self._clock.monotonic_us() + at_most_us
        idp = planned.account or ""
        account = self._accounts.get((planned.hub.name, idp))
        if not planned.logs_in or account is None:
            return await go(planned)
        logins = list[CountedLogin]()
        for day in self._days_of(planned):
            login = CountedLogin(planned.hub.name, idp, day.name, run)
            if not await self._claim(login, account, day, self._patience_s(until_us)):
                self._give_back(logins, account)
                self.withheld((login.hub, login.idp), run)
                return await go(planned.without_login())
            logins.append(login)
        observation = await go(planned)
        if not logged_in(observation):
            self._give_back(logins, account)
        return observation

    def _patience_s(self, until_us: int | None) -> float:
        """Return how long a login may wait for the ledger, in seconds; `until_us` is monotonic."""
        return PATIENCE_SECONDS if until_us is None else min(PATIENCE_SECONDS, max(0, until_us - self._clock.monotonic_us()) / 1_000_000)

    def _days_of(self, planned: Plan) -> list[Day]:
        """Return the days in which a journey may type its account: two, where it may still run at
        midnight. Its login counts in both, as nobody knows beforehand in which it is made.
        """
        now_us = self._clock.now_us()
        days = (day_of(us, self._zone) for us in (now_us, now_us + planned.deadline_us))
        return list(dict.fromkeys(days))

    async def finish(self) -> None:
        """Write what the ledger was not told yet, at the end of the process."""
        owed, self._owed = self._owed, Counter()
        if self._register is None or self._hung or not any(owed.values()):
            return
        written = self._worker.submit(self._register.write, owed)
        if not (await asyncio.wait({written}, timeout=PATIENCE_SECONDS))[0] or written.exception() is not None:
            log.error("logins_not_counted", logins=sum(owed.values()))

    def _day(self) -> Day:
        return day_of(self._clock.now_us(), self._zone)

    async def _claim(self, login: CountedLogin, account: SharedAccount, day: Day, patience_s: float) -> bool:
        """Count a login before it is made. Return whether it may be made."""
        now_us, part, key = self._clock.now_us(), account.part, (account.members, day.name)

        def admitted(used: int) -> bool:
            return part is None or admits(login.run, part, used, account.intervals_us, now_us, day)

        claimed = await self._claim_in_ledger(login, account, admitted, patience_s)
        if claimed is not None:
            self._remember(key, claimed.used)
            return claimed.granted
        used = self._used.get(key, 0)
        if not admitted(used):
            return False
        self._owed[login] += 1
        self._remember(key, used + 1)
        return True

    async def _claim_in_ledger(
        self, login: CountedLogin, account: SharedAccount, admitted: Callable[[int], bool], patience_s: float
    ) -> Claimed | None:
        """Return the ledger's answer to a claim; None when it refuses or is silent for too long."""
        if self._register is None or self._hung:
            return None
        owed, self._owed = self._owed, Counter()
        claim = self._worker.submit(self._register.claim, login, account.members, admitted, owed)
        if not (await asyncio.wait({claim}, timeout=patience_s))[0]:
            log.warning("logins_counted_in_memory", hub=login.hub, idp=login.idp, why="the ledger does not answer")
            self._hung.add(claim)
            claim.add_done_callback(lambda late: self._came_late(late, login, owed))
            return None
        try:
            return claim.result()
        except LedgerError as error:
            log.warning("logins_counted_in_memory", hub=login.hub, idp=login.idp, why=str(error))
            self._owed.update(owed)
            return None

    def _came_late(self, claim: asyncio.Future[Claimed], login: CountedLogin, owed: Counter[CountedLogin]) -> None:
        """Take note of the answer to a claim that was decided in memory meanwhile."""
        self._hung.discard(claim)
        if claim.cancelled() or claim.exception() is not None:
            self._owed.update(owed)
        elif claim.result().granted:
            self._owed[login] -= 1  # it is counted twice, or was not made

    def _give_back(self, logins: Iterable[CountedLogin], account: SharedAccount) -> None:
        """Take back logins that were not made, at once or with the next one that is counted."""
        for login in logins:
            key = account.members, login.day
            self._remember(key, max(0, self._used.get(key, 0) - 1))
            self._owed[login] -= 1

    def _remember(self, key: tuple[tuple[Member, ...], str], used: int) -> None:
        self._used.pop(key, None)
        self._used[key] = used
        days = list(dict.fromkeys(day for _, day in reversed(self._used)))[:_DAYS_KEPT]
        self._used = {other: count for other, count in self._used.items() if other[1] in days}
