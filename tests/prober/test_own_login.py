"""The simulated hub without a chooser, as it is watched by the `vigie.yml` that it writes."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from probe.config.load import load
from probe.core.judgement.condition import C1, C2, HUB
from probe.core.judgement.observation import Fault, Reason, Step
from probe.core.judgement.subject import at_client
from simulator import Federation, Settings
from simulator.__main__ import main
from simulator.parties import OWN_LOGIN, LoginShape
from simulator.settings import OWN_LOGINS, SettingsError
from tests.fakes.rounds import INTERVAL, Saw, Stands, Watching, all_up, configured, failed, inconclusive, stands

in_the_sessions_loop = pytest.mark.asyncio(loop_scope="session")

SECOND = "sp-basic"


@pytest_asyncio.fixture(loop_scope="session", scope="module", params=OWN_LOGINS)
async def own(request: pytest.FixtureRequest) -> AsyncIterator[Federation]:
    settings = Settings(time_scale=0.02, interval=INTERVAL, own_login=request.param, further_clients=(SECOND,))
    async with Federation(settings) as made:
        yield made


DOWN = stands({C1: Fault.HUB, HUB: C1}, C2, OWN_LOGIN)
LOST = stands({C2: Fault.HUB, HUB: C2}, OWN_LOGIN)
NO_LOGIN = stands({OWN_LOGIN: Fault.IDP}, C2, HUB)


@dataclass(frozen=True)
class Row:
    """A fault, what the journey through the login says, and how hub and login stand."""

    fault: str
    login: Saw | None
    standing: Stands
    party: str = "hub"
    options: tuple[tuple[str, Any], ...] = ()


ROWS = [
    Row("down", failed(Fault.HUB, Reason.CONNECT, Step.AUTHORIZE), DOWN),
    Row("another_page", failed(Fault.HUB, Reason.LOGIN_PAGE_MISSING, Step.MIRE), DOWN),
    Row("client_list_lost", failed(Fault.HUB, Reason.HUB_ERROR, Step.AUTHORIZE, "Y04EA6EF"), DOWN),
    Row("token_500", failed(Fault.HUB, Reason.TOKEN_ERROR, Step.TOKEN, "Y040001"), LOST),
    Row("userinfo_500", failed(Fault.HUB, Reason.USERINFO_ERROR, Step.USERINFO, "Y040001"), LOST),
    Row("keys_rotated", None, all_up()),
    Row("timeout", failed(Fault.IDP, Reason.REGISTRY_ERROR, Step.IDP_LOGIN, "Y010011"), NO_LOGIN, "registry"),
    Row(
        "error_page",
        failed(Fault.IDP, Reason.HUB_ERROR, Step.IDP_LOGIN, "Y000000"),
        NO_LOGIN,
        options=(("step", "verify"), ("code", "Y000000")),
    ),
]


@in_the_sessions_loop
async def test_the_written_configuration_passes_for_both_clients(own: Federation) -> None:
    well = await Watching(load(own.config_path)).round()
    assert (well.troubles, well.standing) == ({}, all_up())
    assert {OWN_LOGIN, at_client(OWN_LOGIN, SECOND), "negative"} <= well.observations.keys()


@in_the_sessions_loop
@pytest.mark.parametrize("own", [LoginShape.TWO_PAGES.value], indirect=True)
async def test_each_way_to_fail_is_told_by_what_the_citizen_lacks(own: Federation) -> None:
    watching = Watching(configured(own, further_clients=()))
    assert (await watching.round()).standing == all_up()
    for row in ROWS:
        await own.set_fault(row.party, row.fault, **dict(row.options))
        found = await watching.round()
        await own.clear_faults()
        assert (found.troubles.get(OWN_LOGIN), found.standing) == (row.login, row.standing), row.fault


@in_the_sessions_loop
async def test_a_wrong_password_is_ours(own: Federation) -> None:
    config = configured(own, further_clients=())
    account = own.world.accounts[OWN_LOGIN]
    own.world.accounts[OWN_LOGIN] = type(account)()
    found = await Watching(config).round()
    own.world.accounts[OWN_LOGIN] = account
    assert found.observations[OWN_LOGIN] == inconclusive(Fault.SP, Reason.CREDENTIALS_REFUSED, Step.IDP_LOGIN)
    assert found.standing.down == {}


@pytest.mark.parametrize("more", [["--idps", "msa"], ["--control-idp", "msa"], ["--profile", "franceconnect-v1"]], ids=str)
def test_what_such_a_hub_does_not_have_is_refused(more: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--own-login", "one-page", *more]) == 2
    assert capsys.readouterr().err.startswith("simulator: own login one-page: ")
    with pytest.raises(SettingsError, match="must be one of one-page, two-pages"):
        Settings(own_login="none")


@in_the_sessions_loop
async def test_the_ready_line_has_the_account_of_the_login(own: Federation) -> None:
    assert OWN_LOGIN in own.describe()["accounts"]
