"""Hubs that log citizens in themselves, watched by YAML alone: a bare OpenID provider, one that
asks for name and password on two pages, and LemonLDAP::NG without its chooser.
"""

import asyncio
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from probe.clock import SystemClock
from probe.config.secrets import Secrets
from probe.core.judgement.condition import C1, C2, C3, HUB
from probe.core.judgement.observation import Kind, Reason, Step
from probe.prober.once import Round, Rounds
from tests.servers.own_hubs import BareProvider, OwnHub, configured, own_hub

pytestmark = pytest.mark.servers

LOGIN = "idp:accounts"


@pytest.fixture(scope="module", params=["oidc-provider", "two-pages", "lemonldap"])
def server(request: pytest.FixtureRequest, real_servers: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnHub]:
    made = own_hub(request.param, "127.0.0.42", tmp_path_factory.mktemp(request.param))
    made.start()
    yield made
    made.stop()


def rounds(server: OwnHub, folder: Path) -> Rounds:
    """What `vigie check` runs, with the example's own profile and recipe for this hub."""
    config = configured(server, folder)
    return Rounds(config, Secrets.read(config), SystemClock())


def states(done: Round) -> dict[str, str]:
    return {subject: status.state.value for (_, subject), (_, status) in done.states.items()}


def identity(done: Round) -> tuple[Step | None, Reason | None]:
    seen = next(each for each in done.observations.values() if each.kind is Kind.IDENTITY)
    return seen.step, seen.reason


def test_each_way_to_fail_is_told_by_what_the_citizen_lacks(server: OwnHub, tmp_path: Path) -> None:
    watch = rounds(server, tmp_path)

    def look() -> Round:
        return asyncio.run(watch.run(lambda _: None))

    well = look()
    assert {each.kind: (each.outcome.value, each.reason) for each in well.observations.values()} == dict.fromkeys(
        {each.kind for each in well.observations.values()}, ("ok", None)
    )
    assert states(well) == {HUB: "up", C1: "up", C2: "up", LOGIN: "up"}
    assert C3 not in states(well)

    server.break_token()
    broken = look()
    assert (states(broken)[C1], states(broken)[C2], identity(broken)) == ("up", "down", (Step.TOKEN, Reason.TOKEN_ERROR))
    server.reset()
    assert states(look())[HUB] == "up"

    server.break_userinfo()
    broken = look()
    assert (states(broken)[C1], states(broken)[C2], identity(broken)) == ("up", "down", (Step.USERINFO, Reason.USERINFO_ERROR))
    server.reset()
    assert states(look())[HUB] == "up"

    server.rotate()
    assert states(look()) == {HUB: "up", C1: "up", C2: "up", LOGIN: "up"}

    server.stop()
    down = look()
    assert (states(down)[C1], states(down)[HUB], states(down)[C2]) == ("down", "down", "unknown")
    server.reset()
    assert states(look())[HUB] == "up"


def test_a_wrong_password_is_ours_and_is_typed_once(server: OwnHub, tmp_path: Path) -> None:
    if isinstance(server, BareProvider):
        return  # it takes any password
    server.account = ("dwho", f"not {secrets.token_hex(4)}")
    done = asyncio.run(rounds(server, tmp_path).run(lambda _: None))
    assert identity(done) == (Step.IDP_LOGIN, Reason.CREDENTIALS_REFUSED)
    assert states(done)[LOGIN] == "unknown"
    server.account = ("dwho", "dwho")
