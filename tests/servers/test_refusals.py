"""What real servers refuse, and what is found when they are made to accept it.

oidc-provider and LemonLDAP::NG, each as a hub that logs citizens in itself, by YAML alone.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from probe.clock import SystemClock
from probe.config.secrets import Secrets
from probe.core.judgement.detail import DetailKind
from probe.core.judgement.observation import Kind, Negative
from probe.journeys.plan import plan
from probe.prober.run import Prober
from tests.servers.own_hubs import AFTER_LOGOUT, BareProvider, OwnHub, Portal, configured

pytestmark = pytest.mark.servers

REFUSED = ("ok", None)


def accepted(kind: DetailKind) -> tuple[str, DetailKind]:
    return "failed", kind


def ask(server: OwnHub, folder: Path, asked: Iterable[Negative]) -> dict[Negative, tuple[str, DetailKind | None]]:
    """Run these negative journeys at once, and return what each one found."""
    sp = {"post_logout_redirect_uri": AFTER_LOGOUT, "token_leeway": "1s"}
    config = configured(server, folder, sp=sp, negative=[each.value for each in asked])
    prober, secrets = Prober(config, SystemClock()), Secrets.read(config)

    async def run() -> dict[Negative, tuple[str, DetailKind | None]]:
        plans = [plan(config, secrets, config.hubs[0], Kind.NEGATIVE, each.value) for each in asked]
        seen = await asyncio.gather(*map(prober.run, plans))
        return {Negative(each.idp or ""): (each.outcome.value, each.detail.kind if each.detail else None) for each in seen}

    return asyncio.run(run())


@pytest.fixture(scope="module")
def provider(real_servers: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BareProvider]:
    made = BareProvider("oidc-provider", "127.0.0.45", tmp_path_factory.mktemp("provider"))
    made.token_seconds = 2
    made.rotate()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def portal(real_servers: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    made = Portal("lemonldap", "127.0.0.46", tmp_path_factory.mktemp("portal"))
    made.services = tuple(replace(service, token_seconds=2) for service in made.services)
    made.rotate()
    yield made
    made.stop()


WITHOUT_CHOOSER = [each for each in Negative if each is not Negative.IDP]


def test_oidc_provider_refuses_all_but_a_request_without_a_state(provider: BareProvider, tmp_path: Path) -> None:
    """OpenID Connect recommends a state and requires none: `state` is not for every hub."""
    found = ask(provider, tmp_path, WITHOUT_CHOOSER)
    assert found == dict.fromkeys(WITHOUT_CHOOSER, REFUSED) | {Negative.STATE: accepted(DetailKind.STATE_NOT_REQUIRED)}


MIS_SET = {
    Negative.REDIRECT_URI: DetailKind.REDIRECT_URI_ACCEPTED,
    Negative.SECRET: DetailKind.SECRET_ACCEPTED,
    Negative.CODE: DetailKind.CODE_ACCEPTED_TWICE,
    Negative.TOKEN: DetailKind.TOKEN_OUTLIVES,
}


@pytest.mark.parametrize("holes", [MIS_SET, {Negative.CLIENT: DetailKind.CLIENT_ACCEPTED}], ids=["several", "client"])
def test_what_a_mis_set_oidc_provider_accepts_is_found(
    provider: BareProvider, tmp_path: Path, holes: Mapping[Negative, DetailKind]
) -> None:
    """Where all clients are accepted a wrong secret proves nothing: that hole is one by itself."""
    provider.accepts = tuple(each.value for each in holes)
    provider.rotate()
    try:
        found = ask(provider, tmp_path, holes)
    finally:
        provider.accepts = ()
        provider.rotate()
    assert found == {negative: accepted(kind) for negative, kind in holes.items()}


def test_lemonldap_refuses_what_it_is_asked_after_its_login_page(portal: Portal, tmp_path: Path) -> None:
    """It shows its login page before it looks at the request: the other three say nothing."""
    asked = [Negative.SECRET, Negative.CODE, Negative.TOKEN, Negative.LOGOUT]
    assert ask(portal, tmp_path, asked) == dict.fromkeys(asked, REFUSED)
