"""Which account a persona has stands in the ledger: across restarts, and from any vantage.

docs/domain.md, "The same account".
"""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from sqlalchemy import Engine

from probe.core.judgement.accounts import RememberedAccount, current
from probe.core.judgement.observation import Kind, Observation, ReturnedIdentity
from probe.ledger.db import records
from probe.ledger.reader import Reader
from tests.builders import BEGUN, SECOND, SPEC, journey, mire, no_mire
from tests.fakes.recorder import FakeListener, recording
from tests.ledger.test_ledger import OF_0_1_0
from tests.ledger.test_settings_that_passed import SharedStore

pytestmark = pytest.mark.usefixtures("quick")

WHOLE = ReturnedIdentity("eidas1", ("email",), ("gender",), "a" * 16, "5" * 16, "c" * 16)


def got(account: str, at: float) -> Observation:
    return journey("ameli", at, identity=replace(WHOLE, account=account))


async def recorded(engine: Engine, observations: Iterable[Observation], at: int = 0) -> FakeListener:
    """What another start of the watch hears of these observations."""
    ear = FakeListener()
    async with recording(engine, ear, at_us=BEGUN + at * SECOND) as recorder:
        for one in observations:
            recorder.submit(one)
        await recorder.drain()
    return ear


def stored(engine: Engine) -> RememberedAccount:
    account = current(Reader(engine).accounts()["fc"], "ameli")
    assert account is not None
    return account


def shared(store: SharedStore) -> RememberedAccount:
    account = current(store.near.accounts, "ameli")
    assert account is not None
    return account


async def test_an_account_is_remembered_across_restarts_and_settings(engine: Engine) -> None:
    await recorded(engine, [got("a", 0), got("a", 10)])
    await recorded(engine, [got("b", 20)], at=20)
    assert (stored(engine).changed, stored(engine).doubted) == (False, True)
    await recorded(engine, [got("b", 30)], at=30)
    assert (stored(engine).changed, stored(engine).since_us) == (True, BEGUN + 20 * SECOND)


async def test_a_journey_that_got_another_account_is_run_again_at_once(engine: Engine) -> None:
    ear = await recorded(engine, [mire(0), got("a", 1), got("b", 11), got("b", 12), got("b", 22)])
    asked = {each.observation.started_us: (Kind.IDENTITY, "ameli") in each.again for each in ear.heard}
    assert [(at - BEGUN) // SECOND for at, again in asked.items() if again] == [11]


async def test_a_new_client_forgets_no_account_of_an_earlier_one(engine: Engine) -> None:
    await recorded(engine, [got("a", 0)])
    ear = FakeListener()
    async with recording(engine, ear) as recorder:
        await recorder.configure([replace(SPEC, client="another")], BEGUN + 10 * SECOND)
        await recorder.configure([SPEC], BEGUN + 20 * SECOND)
    assert stored(engine).known == "a"


def test_what_vantages_see_is_remembered_together_in_the_shared_store() -> None:
    store = SharedStore()
    store.deliver("brest", [got("a", 0), got("a", 10)])
    store.deliver("lille", [got("b", 15)])
    assert (shared(store).changed, shared(store).doubted) == (False, True)
    store.deliver("lille", [got("b", 16)])
    store.deliver("brest", [got("a", 20), got("a", 30)])  # here the account is the same as ever
    assert (shared(store).known, shared(store).changed, shared(store).since_us) == ("a", True, BEGUN + 15 * SECOND)
    store.deliver("lille", [got("a", 35), got("a", 36)])
    assert (shared(store).changed, shared(store).since_us) == (False, BEGUN + 35 * SECOND)


def test_a_vantage_whose_clock_is_ahead_is_not_believed_and_hides_nothing() -> None:
    store = SharedStore()
    store.deliver("brest", [got("a", 0), got("a", 10)])
    store.inbox.deliver("lille", "lille", [(1, replace(got("b", 90_000), vantage="lille"))], BEGUN + 15 * SECOND)
    store.deliver("brest", [got("b", 20), got("b", 30)])
    account = shared(store)
    assert (account.changed, account.latest_us) == (True, BEGUN + 30 * SECOND)


def test_what_is_kept_of_an_identity_is_written_and_comes_back() -> None:
    """An observation without one keeps the digest that 0.1.0 gave it."""
    for identity in (WHOLE, ReturnedIdentity(absent=("email",)), ReturnedIdentity()):
        seen = replace(journey("ameli", 0), identity=identity)
        columns = records.from_observation(seen)
        assert records.to_observation(columns) == seen
        assert records.from_observation(records.to_observation(columns))["digest"] == columns["digest"]
    assert records.from_observation(no_mire(0))["digest"] == OF_0_1_0
    assert "gender" in str(records.from_observation(replace(journey("ameli", 0), identity=WHOLE))["identity"])
