"""The real prober over sockets: the same person keeps its account, and its claims keep coming.

docs/domain.md, "The same account".
"""

from collections.abc import Iterable
from typing import Any

import pytest

from probe.clock import SystemClock
from probe.config.models import Config
from probe.config.secrets import Secrets
from probe.core.judgement.accounts import Accounts, RememberedAccount, current, differing, present_accounts, remember_account
from probe.core.judgement.observation import Kind, Observation, Outcome, Reason
from probe.journeys.plan import plan
from probe.prober.run import Prober
from simulator import Federation
from tests.fakes.rounds import A, B, configured

SALT = bytes(range(32))


class Citizen:
    """One persona that logs in now and then, and what is remembered of its accounts."""

    def __init__(self, config: Config) -> None:
        self.accounts: Accounts = {}
        self.seen: list[Observation] = []
        self._config, self._secrets = config, Secrets.read(config)
        self.prober = Prober(config, SystemClock())
        self.prober.memory.salt = lambda: SALT

    async def logs_in(self, *idps: str, times: int = 1) -> Observation:
        for _ in range(times):
            for idp in idps or (A,):
                self.seen.append(await self.prober.run(plan(self._config, self._secrets, "fc", Kind.IDENTITY, idp)))
                remember_account(self.accounts, self.seen[-1])
        return self.seen[-1]

    def account(self, idp: str = A) -> RememberedAccount:
        account = current(self.accounts, idp)
        assert account is not None
        return account


def watching(federation: Federation, **persona: Any) -> Citizen:
    def edit(document: dict[str, Any]) -> None:
        for idp in document["hubs"][0]["idps"]:
            idp["persona"] = {"given_name": "Camille Odile", "family_name": "EXEMPLE", "birthdate": "1971-03-14"} | persona

    return Citizen(configured(federation, idps=(A, B), edit=edit))


def outcomes(seen: Iterable[Observation]) -> set[Outcome]:
    return {each.outcome for each in seen}


async def test_a_sub_that_changes_is_found_and_is_no_failure(simulated: Federation) -> None:
    citizen = watching(simulated)
    await citizen.logs_in(A, B, times=2)
    assert not citizen.account().changed
    await simulated.set_fault("hub", "sub_changed")
    await citizen.logs_in()
    assert (citizen.account().changed, citizen.account().doubted) == (False, True)
    await citizen.logs_in()
    assert citizen.account().changed
    assert not citizen.account(B).changed, "nobody logged in there"
    await simulated.clear_faults()
    await citizen.logs_in(times=2)
    assert not citizen.account().changed
    assert outcomes(citizen.seen) == {Outcome.OK}


async def test_a_sub_that_is_another_one_each_time_is_found(simulated: Federation) -> None:
    await simulated.set_fault("hub", "sub_changed", each=1)
    citizen = watching(simulated)
    await citizen.logs_in(times=3)
    assert citizen.account().changed


async def test_one_person_has_one_account_through_all_idps(simulated: Federation) -> None:
    citizen = watching(simulated)
    await citizen.logs_in(A, B, times=2)
    assert differing(present_accounts(citizen.accounts, [A, B])) == set()
    assert citizen.account(A).known == citizen.account(B).known
    other = watching(simulated)
    await simulated.set_fault("hub", "sub_changed", idp=B)
    await other.logs_in(A, B, times=2)
    assert differing(present_accounts(other.accounts, [A, B])) == {A, B}


async def test_a_promised_claim_that_comes_no_more_is_lost_and_only_the_personas_are_a_failure(simulated: Federation) -> None:
    citizen = watching(simulated)
    first = await citizen.logs_in()
    assert first.identity is not None
    assert {"birthplace", "email", "gender"} <= set(first.identity.came)
    assert first.identity.acr == "eidas1"
    await simulated.set_fault("hub", "userinfo_missing", claim="birthplace")
    await citizen.logs_in(times=2)
    assert outcomes(citizen.seen) == {Outcome.OK}
    assert citizen.account().levels["eidas1"].lost == ("birthplace",)
    await simulated.set_fault("hub", "userinfo_missing", claim="family_name")
    missing = await citizen.logs_in(times=2)
    assert (missing.outcome, missing.reason) == (Outcome.FAILED, Reason.CLAIMS_MISSING)
    assert "family_name" in citizen.account().levels["eidas1"].lost


@pytest.mark.parametrize(("level", "outcome"), [("eidas2", Outcome.OK), ("eidas0", Outcome.FAILED)])
async def test_a_higher_level_than_asked_for_will_do_and_a_lower_one_will_not(simulated: Federation, level: str, outcome: Outcome) -> None:
    """docs/domain.md: the level that was asked for is a minimum."""
    await simulated.set_fault("hub", "id_token_claim", claim="acr", value=level)
    citizen = watching(simulated)
    seen = await citizen.logs_in()
    assert seen.outcome is outcome
    if outcome is Outcome.OK:
        assert set(citizen.account().levels) == {level}
    else:
        assert (seen.reason, seen.identity) == (Reason.ID_TOKEN, None)


async def test_without_the_ledgers_salt_no_digest_is_made(simulated: Federation) -> None:
    citizen = watching(simulated)
    citizen.prober.memory.salt = bytes
    seen = await citizen.logs_in()
    assert seen.identity is not None
    assert (seen.identity.account, seen.identity.settings, seen.identity.person) == ("", "", "")
    assert seen.identity.came
    assert citizen.accounts == {}


async def test_another_salt_gives_another_digest_of_everything(simulated: Federation) -> None:
    citizen = watching(simulated)
    first = (await citizen.logs_in()).identity
    citizen.prober.memory.salt = lambda: SALT[::-1]
    second = (await citizen.logs_in()).identity
    assert first is not None
    assert second is not None
    assert len({first.account, first.settings, first.person, second.account, second.settings, second.person}) == 6
    assert (first.acr, first.came, first.absent) == (second.acr, second.came, second.absent)
