"""The login budgets: what is counted, what is withheld, and what a ledger that refuses changes."""

import asyncio
import threading
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from probe.clock import SystemClock
from probe.config.accounts import SharedAccount, accounts
from probe.config.models import Config
from probe.config.secrets import Secrets
from probe.core.judgement.observation import Fault, Hop, Kind, Observation, Outcome, Reason, Step
from probe.core.login_budget import LoginsOfDay, Member, Run
from probe.core.times import DAY_US, HOUR_US, MINUTE_US, microseconds
from probe.journeys.plan import Plan, plan
from probe.ledger.db.store import open_store
from probe.ledger.logins import Admits, Claimed, CountedLogin, LoginRegister
from probe.prober.logins import PATIENCE_SECONDS, LoginBudgets, logged_in
from probe.prober.run import Prober
from simulator import Federation
from tests.builders import seen as observed
from tests.fakes.clock import FakeClock
from tests.fakes.recorder import ledger
from tests.fakes.rounds import A, B, configured

pytestmark = pytest.mark.asyncio(loop_scope="session")
PARIS = ZoneInfo("Europe/Paris")
MIDDAY = microseconds(datetime(2026, 3, 10, 12, tzinfo=PARIS))
WHOLE_DAY = DAY_US  # an interval: one regular journey a day
SENT = Hop(Step.IDP_LOGIN, "POST", "idp.example", "/login")
FORM = Hop(Step.IDP_LOGIN_PAGE, "GET", "idp.example", "/login")


@pytest.fixture
def config(simulated: Federation) -> Config:
    return configured(simulated, idps=(A, B))


def planned(config: Config, idp: str = A, kind: Kind = Kind.IDENTITY) -> Plan:
    return plan(config, Secrets.read(config), "fc", kind, idp)


def account(*idps: str, budget: int | None = None, interval_us: int = WHOLE_DAY) -> SharedAccount:
    return SharedAccount(tuple(("fc", idp) for idp in idps), (interval_us,) * len(idps), budget)


class Journeys:
    """Stands for the prober: each journey ends with these hops, at once."""

    def __init__(self, *hops: Hop) -> None:
        self.hops = hops
        self.logins: list[bool] = []

    async def __call__(self, planned: Plan) -> Observation:
        self.logins.append(planned.site.may_log_in)
        return observed(planned.kind, 0, idp=planned.idp, hops=self.hops if planned.site.may_log_in else ())


async def budgets_of(register: Any, clock: Any, *known: SharedAccount) -> LoginBudgets:
    budgets = LoginBudgets(register, clock)
    await budgets.read(known, PARIS)
    budgets.adopt(known, PARIS)
    return budgets


# --- what is withheld


async def test_without_its_login_a_journey_ends_at_the_form_that_would_be_filled(simulated: Federation) -> None:
    """At every shape of login that the simulator has."""
    config = configured(simulated)
    prober = Prober(config, SystemClock())
    for idp in config.hubs[0].idps:
        seen = await prober.run(planned(config, idp.name).without_login())
        told = (seen.outcome, seen.fault, seen.reason, seen.step)
        assert told == (Outcome.INCONCLUSIVE, Fault.SP, Reason.LOGIN_BUDGET, Step.IDP_LOGIN_PAGE), idp.name
        assert not logged_in(seen)
        assert seen.part is None, "it is no mistake in our settings"


async def test_what_fails_before_the_login_is_still_seen(simulated: Federation, config: Config) -> None:
    await simulated.set_fault(A, "login_missing")
    seen = await Prober(config, SystemClock()).run(planned(config).without_login())
    assert (seen.outcome, seen.fault, seen.reason) == (Outcome.FAILED, Fault.IDP, Reason.LOGIN_PAGE_MISSING)


async def test_real_journeys_are_counted_where_they_log_in_and_only_there(simulated: Federation, config: Config) -> None:
    prober = Prober(config, SystemClock())
    budgets = await budgets_of(None, SystemClock(), *accounts(config, Secrets.read(config)))
    assert (await budgets.run(planned(config), Run.DEMAND, prober.run)).outcome is Outcome.OK
    assert (await budgets.run(planned(config, kind=Kind.LOGIN_PAGE), Run.DEMAND, prober.run)).outcome is Outcome.OK
    await simulated.set_fault(A, "login_missing")
    await budgets.run(planned(config), Run.DEMAND, prober.run)
    assert {idp: today.used for (_, idp), today in budgets.today().items()} == {A: 1, B: 0}


async def test_what_gives_way_first_is_withheld_first_and_told(config: Config) -> None:
    clock, go, told = FakeClock(MIDDAY), Journeys(SENT), list[tuple[Member, Run]]()
    budgets = await budgets_of(None, clock, account(A, budget=6, interval_us=12 * HOUR_US))
    budgets.withheld = lambda member, run: told.append((member, run))
    for run in (Run.DEMAND, Run.RETRY, Run.REGULAR):
        for _ in range(3):
            await budgets.run(planned(config), run, go)
    assert go.logins == [True, True, False] * 3
    assert told == [(("fc", A), run) for run in (Run.DEMAND, Run.RETRY, Run.REGULAR)]
    assert budgets.today() == {("fc", A): LoginsOfDay(used=6, regular=2, part=6)}


async def test_idps_that_share_an_account_spend_one_budget_and_others_none_of_it(config: Config) -> None:
    go = Journeys(SENT)
    budgets = await budgets_of(None, FakeClock(MIDDAY), account(A, B, budget=1), account("third", budget=1))
    await budgets.run(planned(config, A), Run.REGULAR, go)
    await budgets.run(planned(config, B), Run.REGULAR, go)
    assert go.logins == [True, False]
    assert {idp: today.used for (_, idp), today in budgets.today().items()} == {A: 1, B: 1, "third": 0}


async def test_a_negative_journey_that_logs_in_spends_the_budget_of_its_account_and_another_none(simulated: Federation) -> None:
    """docs/domain.md: each run of `code`, `token` and `logout` is a login of the account."""

    def edit(document: dict[str, Any]) -> None:
        document["hubs"][0] |= {"negative": ["client", "code"], "negative_idp": B, "intervals": {"negative_login": "12h", "journey": "24h"}}
        document["hubs"][0]["idps"][1]["account"]["budget"] = 5

    config = configured(simulated, idps=(A, B), edit=edit)
    known = accounts(config, Secrets.read(config))
    assert [(each.members, sorted(each.intervals_us)) for each in known][-1] == ((("fc", B),), [12 * HOUR_US, 24 * HOUR_US])
    budgets, go = await budgets_of(None, FakeClock(MIDDAY), *known), Journeys(SENT)
    for name in ("client", *["code"] * 6):
        await budgets.run(planned(config, name, Kind.NEGATIVE), Run.REGULAR, go)
    assert go.logins == [*[True] * 6, False]
    assert {idp: today.used for (_, idp), today in budgets.today().items()} == {A: 0, B: 5}


async def test_a_new_day_begins_at_midnight_of_the_time_zone(config: Config) -> None:
    clock, go = FakeClock(MIDDAY), Journeys(SENT)
    budgets = await budgets_of(None, clock, account(A, budget=1))
    for hours in (0, 11, 1):
        clock.step_us(hours * HOUR_US)
        await budgets.run(planned(config), Run.REGULAR, go)
    assert go.logins == [True, False, True]
    assert budgets.today()["fc", A].used == 1


async def test_a_journey_that_may_log_in_on_either_side_of_midnight_counts_in_both_days(config: Config) -> None:
    """With a budget of one: a form may be sent just after midnight, another's would be too."""
    midnight = microseconds(datetime(2026, 3, 11, tzinfo=PARIS))
    clock, go = FakeClock(midnight - 1_000_000), Journeys(SENT)
    budgets = await budgets_of(None, clock, account(A, budget=1))
    await budgets.run(planned(config), Run.REGULAR, go)
    clock.step_us(4_000_000)
    await budgets.run(planned(config), Run.REGULAR, go)
    assert go.logins == [True, False]


async def test_a_login_of_yesterday_that_is_given_back_leaves_the_count_of_today(config: Config) -> None:
    clock, go = FakeClock(MIDDAY), Journeys(SENT)
    budgets = await budgets_of(None, clock, account(A, budget=2))
    over_midnight = asyncio.Event()

    async def unfinished(planned: Plan) -> Observation:
        await over_midnight.wait()
        return await Journeys(FORM)(planned)

    late = asyncio.create_task(budgets.run(planned(config), Run.REGULAR, unfinished))
    await asyncio.sleep(0)
    clock.step_us(12 * HOUR_US)
    await budgets.run(planned(config), Run.REGULAR, go)
    over_midnight.set()
    await late
    for _ in range(2):
        await budgets.run(planned(config), Run.REGULAR, go)
    assert go.logins == [True, True, False]


async def test_a_clock_that_was_wrong_for_a_while_spends_no_budget_twice(config: Config) -> None:
    clock, go = FakeClock(MIDDAY), Journeys(SENT)
    budgets = await budgets_of(None, clock, account(A, budget=1))
    for hours in (0, 400 * 24, -400 * 24):
        clock.step_us(hours * HOUR_US)
        await budgets.run(planned(config), Run.REGULAR, go)
    assert go.logins == [True, True, False]


@pytest.mark.parametrize(
    ("hops", "counted"),
    [((FORM,), 0), ((FORM, SENT), 1), ((), 0), ((Hop(Step.IDP_LOGIN, "POST", "x", "/", error=Reason.CONNECT),), 0),
     ((Hop(Step.IDP_LOGIN, "POST", "x", "/", error=Reason.TIMEOUT),), 1)],
)  # fmt: skip
async def test_a_login_counts_once_a_form_of_it_was_sent(config: Config, hops: tuple[Hop, ...], counted: int) -> None:
    budgets = await budgets_of(None, FakeClock(MIDDAY), account(A))
    await budgets.run(planned(config), Run.REGULAR, Journeys(*hops))
    assert budgets.today()["fc", A].used == counted


# --- the ledger


async def test_the_count_outlives_a_restart_and_another_process_adds_to_it(config: Config, tmp_path: Path) -> None:
    with ledger(tmp_path / "vigie.db") as engine:
        go, register, clock = Journeys(SENT), LoginRegister(engine), FakeClock(MIDDAY)
        before = await budgets_of(register, clock, account(A, budget=3))
        await before.run(planned(config), Run.REGULAR, go)
        await before.run(planned(config), Run.REGULAR, Journeys(FORM))
        await before.finish()
        other = await budgets_of(LoginRegister(engine), clock, account(A, budget=3))
        assert other.today()["fc", A].used == 1
        await other.run(planned(config), Run.REGULAR, go)
        for _ in range(2):
            await before.run(planned(config), Run.REGULAR, go)
        assert go.logins == [True, True, True, False]
        assert register.used([("fc", A)], "2026-03-10") == 3


async def test_while_the_ledger_refuses_logins_are_counted_in_memory_and_written_later(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("probe.ledger.db.store.BUSY_SECONDS", 0.02)
    with ledger(tmp_path / "vigie.db") as engine:
        go, register = Journeys(SENT), LoginRegister(engine)
        budgets = await budgets_of(register, FakeClock(MIDDAY), account(A, budget=3))
        await budgets.run(planned(config), Run.REGULAR, go)
        locker = open_store(tmp_path / "vigie.db")
        with locker.connect().execution_options(writes=True) as connection, connection.begin():
            for _ in range(3):
                await budgets.run(planned(config), Run.REGULAR, go)
        locker.dispose()
        assert go.logins == [True, True, True, False], "the budget holds, and the watch goes on"
        await budgets.run(planned(config), Run.REGULAR, go)
        await budgets.finish()
        assert go.logins[-1] is False
        assert register.used([("fc", A)], "2026-03-10") == 3


class Hanging(LoginRegister):
    """A register whose file hangs until it is let go."""

    def __init__(self, register: LoginRegister) -> None:
        self._register = register
        self.goes_on, self.answered = threading.Event(), threading.Event()

    def used(self, members: Iterable[Member], day: str) -> int:
        return self._register.used(members, day)

    def claim(self, login: CountedLogin, members: Iterable[Member], admits: Admits, owed: Mapping[CountedLogin, int]) -> Claimed:
        assert self.goes_on.wait(30)
        try:
            return self._register.claim(login, members, admits, owed)
        finally:
            self.answered.set()

    def write(self, owed: Mapping[CountedLogin, int]) -> None:
        self._register.write(owed)


async def test_a_ledger_that_hangs_holds_up_no_journey_and_counts_nothing_twice(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("probe.prober.logins.PATIENCE_SECONDS", 0.05)
    with ledger(tmp_path / "vigie.db") as engine:
        go, register = Journeys(SENT), LoginRegister(engine)
        hanging = Hanging(register)
        budgets = await budgets_of(hanging, FakeClock(MIDDAY), account(A, budget=4))
        for _ in range(3):
            await budgets.run(planned(config), Run.REGULAR, go)
        assert go.logins == [True] * 3
        hanging.goes_on.set()
        assert await asyncio.to_thread(hanging.answered.wait, 30)
        await asyncio.sleep(0)  # the loop hears of it
        for _ in range(2):
            await budgets.run(planned(config), Run.REGULAR, go)
        await budgets.finish()
        assert go.logins == [True] * 4 + [False]
        assert register.used([("fc", A)], "2026-03-10") == 4


async def test_a_ledger_that_hangs_takes_no_more_than_the_time_of_whoever_asks(config: Config, tmp_path: Path) -> None:
    with ledger(tmp_path / "vigie.db") as engine:
        go, hanging = Journeys(SENT), Hanging(LoginRegister(engine))
        budgets = await budgets_of(hanging, FakeClock(MIDDAY), account(A, budget=1))
        async with asyncio.timeout(PATIENCE_SECONDS / 2):
            await budgets.run(planned(config), Run.REGULAR, go, at_most_us=20_000)
            await budgets.run(planned(config), Run.REGULAR, go, at_most_us=0)
        assert go.logins == [True, False], "counted in memory"
        hanging.goes_on.set()


# --- the accounts of a configuration


async def test_same_name_and_password_are_one_account_with_the_smallest_budget(simulated: Federation) -> None:
    def shared(document: dict[str, Any]) -> None:
        first, second, third = document["hubs"][0]["idps"][:3]
        first["account"]["budget"], first["interval"] = "4600", "1m"
        second["account"] = first["account"] | {"budget": "5000"}
        third["account"] = third["account"] | {"username": first["account"]["username"]}

    config = configured(simulated, edit=shared)
    found = accounts(config, Secrets.read(config))
    idps = [idp.name for idp in config.hubs[0].idps]
    together = next(each for each in found if ("fc", idps[0]) in each.members)
    assert together.members == (("fc", idps[0]), ("fc", idps[1]))
    assert (together.budget, together.part, together.regular) == (4600, 4600, 1440 + 2880)
    assert [("fc", idp) for idp in idps] == sorted(
        (member for each in found for member in each.members), key=lambda one: idps.index(one[1])
    )


async def test_each_vantage_has_its_part_and_retries_count_in_the_worst_case() -> None:
    free = SharedAccount((("fc", A),), (MINUTE_US,))
    assert (free.regular, free.most, free.part) == (1440, 1440 * 11, None)
    limited = SharedAccount((("fc", A),), (MINUTE_US,), budget=10_001, vantages=3)
    assert (limited.part, limited.most) == (3333, 3333)
