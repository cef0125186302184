"""Journeys over real sockets, against the simulated federation: every way to be an SP,
and a fault of each kind.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from probe.clock import SystemClock
from probe.config.load import load
from probe.config.models import Config
from probe.config.secrets import Secrets
from probe.core.judgement.observation import Fault, Kind, Observation, Outcome, Reason, Step
from probe.journeys.plan import plan
from probe.prober.run import Prober
from probe.prober.targets import watched
from simulator import Federation, Settings
from simulator.parties import IDPS, LoginShape

IDP = "impot_gouv"
QUICK: dict[str, Any] = {"time_scale": 0.05, "deadline": "3s"}
OK, FAILED, INCONCLUSIVE = Outcome.OK, Outcome.FAILED, Outcome.INCONCLUSIVE


class SimulatedWatch:
    """A federation, its configuration as written by it, and a prober."""

    def __init__(self, federation: Federation) -> None:
        self.federation = federation
        self.config: Config = load(federation.config_path)
        self.secrets = Secrets.read(self.config)
        self.prober = Prober(self.config, SystemClock())

    async def run(self, kind: Kind, idp: str | None = None) -> Observation:
        return await self.prober.run(plan(self.config, self.secrets, "fc", kind, idp))


@pytest.fixture
async def watch() -> AsyncIterator[SimulatedWatch]:
    async with Federation(Settings(**QUICK)) as federation:
        yield SimulatedWatch(federation)


async def test_every_journey_of_the_written_configuration_passes(watch: SimulatedWatch) -> None:
    for each in watched(watch.config):
        seen = await watch.prober.run(plan(watch.config, watch.secrets, "fc", each.kind, each.name, each.backend))
        assert (seen.kind, seen.idp, seen.outcome, seen.extract) == (each.kind, each.name, OK, "")


@pytest.mark.parametrize(
    "client",
    ["sp-es256", "sp-rs256", "sp-hs256", "sp-ed25519", "sp-json", "sp-private-key", "sp-encrypted", "sp-private", "sp-login"],
)
async def test_an_identity_comes_back_whatever_the_way_the_sp_talks_to_the_hub(client: str) -> None:
    async with Federation(Settings(**QUICK, client=client, idps=(IDP,))) as federation:
        seen = await SimulatedWatch(federation).run(Kind.IDENTITY, IDP)
        assert (seen.outcome, seen.step, seen.extract) == (OK, Step.CLAIMS, "")


async def test_an_identity_comes_back_over_tls_and_after_the_keys_were_rotated() -> None:
    async with Federation(Settings(**QUICK, tls=True, idps=(IDP,))) as federation:
        watch = SimulatedWatch(federation)
        assert (await watch.run(Kind.IDENTITY, IDP)).outcome is OK
        federation.rotate_keys()
        seen = await watch.run(Kind.IDENTITY, IDP)
        assert (seen.outcome, seen.extract) == (OK, "")
        assert [hop.step for hop in seen.hops].count(Step.JWKS) == 1


FAULTS: list[tuple[str, str, dict[str, Any], Kind, Step, Outcome, Fault | None, Reason]] = [
    ("hub", "session_store_down", {}, Kind.MIRE, Step.AUTHORIZE, FAILED, Fault.HUB, Reason.STORE_ERROR),
    ("hub", "all_greyed", {}, Kind.MIRE, Step.MIRE, FAILED, Fault.HUB, Reason.NO_IDP_SELECTABLE),
    ("hub", "maintenance", {}, Kind.MIRE, Step.MIRE, FAILED, Fault.HUB, Reason.NOT_THE_MIRE),
    ("hub", "bad_redirect", {}, Kind.MIRE, Step.AUTHORIZE, FAILED, Fault.HUB, Reason.UNEXPECTED_HOST),
    ("hub", "redirect_loop", {}, Kind.MIRE, Step.MIRE, FAILED, Fault.HUB, Reason.REDIRECT_LOOP),
    ("hub", "account_store_down", {}, Kind.IDENTITY, Step.VERIFY, FAILED, Fault.HUB, Reason.STORE_ERROR),
    ("hub", "id_token_alg_none", {}, Kind.IDENTITY, Step.TOKEN, FAILED, Fault.HUB, Reason.SIGNATURE),
    ("hub", "userinfo_bad_signature", {}, Kind.IDENTITY, Step.USERINFO, FAILED, Fault.HUB, Reason.SIGNATURE),
    ("hub", "userinfo_missing", {}, Kind.IDENTITY, Step.CLAIMS, FAILED, Fault.HUB, Reason.CLAIMS_MISSING),
    ("registry", "bad_xml", {}, Kind.IDENTITY, Step.VERIFY, FAILED, Fault.HUB, Reason.REGISTRY_ERROR),
    ("registry", "deceased", {}, Kind.IDENTITY, Step.VERIFY, INCONCLUSIVE, Fault.SP, Reason.TEST_USER),
    (IDP, "down", {}, Kind.IDENTITY, Step.REDIRECT_TO_IDP, FAILED, Fault.IDP, Reason.IDP_DISCOVERY),
    (IDP, "login_missing", {}, Kind.IDENTITY, Step.IDP_LOGIN_PAGE, FAILED, Fault.IDP, Reason.LOGIN_PAGE_MISSING),
    (IDP, "refuse_credentials", {}, Kind.IDENTITY, Step.IDP_LOGIN, INCONCLUSIVE, Fault.SP, Reason.CREDENTIALS_REFUSED),
    (IDP, "callback_error", {}, Kind.IDENTITY, Step.OIDC_CALLBACK, FAILED, Fault.IDP, Reason.IDP_ERROR),
    (IDP, "token_500", {}, Kind.IDENTITY, Step.OIDC_CALLBACK, FAILED, Fault.IDP, Reason.IDP_TOKEN),
    (IDP, "userinfo_garbage", {}, Kind.IDENTITY, Step.OIDC_CALLBACK, FAILED, Fault.IDP, Reason.IDP_USERINFO),
    (IDP, "disabled", {}, Kind.IDENTITY, Step.MIRE, INCONCLUSIVE, None, Reason.IDP_NOT_OFFERED),
    (IDP, "disabled_late", {"step": "oidc-callback"}, Kind.IDENTITY, Step.OIDC_CALLBACK, INCONCLUSIVE, None, Reason.IDP_NOT_OFFERED),
]


async def test_each_fault_is_told_as_what_it_is_and_ends_when_it_is_repaired(watch: SimulatedWatch) -> None:
    wrong = []
    for party, fault, options, kind, *expected in FAULTS:
        await watch.federation.set_fault(party, fault, **options)
        seen = await watch.run(kind, IDP if kind is Kind.IDENTITY else None)
        await watch.federation.clear_faults()
        if [seen.step, seen.outcome, seen.fault, seen.reason] != expected:
            wrong.append((fault, seen.step, seen.outcome, seen.fault, seen.reason, seen.code, seen.extract))
    assert wrong == []
    assert (await watch.run(Kind.IDENTITY, IDP)).outcome is OK


async def test_modal_tiles_information_pages_and_banners_stop_nobody(watch: SimulatedWatch) -> None:
    informing = next(idp.name for idp in IDPS if idp.login is LoginShape.INTERSTITIAL)
    for party, fault in ((IDP, "modal"), (IDP, "beta"), ("hub", "banner"), (informing, "interstitial")):
        await watch.federation.set_fault(party, fault)
    assert [(await watch.run(Kind.IDENTITY, idp)).outcome for idp in (IDP, informing)] == [OK, OK]


async def test_journeys_side_by_side_share_no_cookie(watch: SimulatedWatch) -> None:
    """The hub logs a known browser in by itself: with a shared jar one of them would never see the
    mire.
    """
    seen = await asyncio.gather(*(watch.run(Kind.IDENTITY, IDP) for _ in range(3)))
    assert [each.outcome for each in seen] == [OK, OK, OK]
