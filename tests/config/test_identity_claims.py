"""Which claims are asked for, which levels will do, and on what the account depends.

docs/domain.md, "The same account".
"""

from collections.abc import Callable
from typing import Any

import pytest

from probe.config import resolve
from probe.config.identity_claims import account_settings, claims_asked, expected_levels, levels_asked, levels_named, person_values
from probe.config.models import Config
from tests.fakes.hub import configured

Change = Callable[[dict[str, Any], dict[str, Any]], object]


def changed(change: Change = lambda hub, idp: None) -> Config:
    document = configured().model_dump(mode="json", exclude_defaults=True, warnings=False)
    hub = document["hubs"][0]
    change(hub, hub["idps"][0])
    return Config.model_validate(document)


def sp(**values: Any) -> Change:
    return lambda hub, idp: hub["sp"].update(values)


def persona(**values: Any) -> Change:
    return lambda hub, idp: idp.update(persona=values)


def asked(config: Config) -> tuple[str, ...]:
    hub = config.hubs[0]
    return claims_asked(resolve.profile(config, hub), hub, hub.idps[0])


def person(config: Config) -> str:
    hub = config.hubs[0]
    return person_values(resolve.profile(config, hub), hub, hub.idps[0])


def settings(config: Config, username: str = "angela") -> str:
    hub = config.hubs[0]
    return account_settings(hub, hub.idps[0], username)


def test_what_is_asked_for_is_what_the_scopes_promise_and_what_the_persona_names() -> None:
    assert asked(changed(sp(scope="openid"))) == ("given_name", "family_name", "birthdate", "email")
    assert asked(changed(lambda hub, idp: (sp(scope="openid email birth cnam_paiements_ij")(hub, idp), idp.pop("persona")))) == (
        "email",
        "birthplace",
        "birthcountry",
    )
    profile = {**resolve.profile(configured(), configured().hubs[0]).model_dump(mode="json", warnings=False), "scopes": {"mine": ["badge"]}}
    assert asked(changed(lambda hub, idp: (sp(scope="openid mine")(hub, idp), hub.update(profile=profile)))) == (
        *("badge", "given_name", "family_name", "birthdate", "email"),
    )


@pytest.mark.parametrize(
    ("values", "will_do", "asks"),
    [
        ({"acr_values": "eidas1"}, ("eidas1", "eidas2", "eidas3"), ("eidas1",)),
        ({"acr_values": "eidas2"}, ("eidas2", "eidas3"), ("eidas2",)),
        ({"acr_values": "eidas3 eidas2"}, ("eidas3", "eidas2"), ("eidas3", "eidas2")),
        ({"acr_values": "gold"}, ("gold",), ("gold",)),  # one that the profile does not order
        ({"acr_values": "eidas1", "expected_acr": ["eidas2"]}, ("eidas2",), ("eidas2",)),
        ({"acr_values": None}, (), ("",)),
    ],
)
def test_a_level_is_asked_for_as_a_minimum_unless_one_is_expected(
    values: dict[str, Any], will_do: tuple[str, ...], asks: tuple[str, ...]
) -> None:
    """The levels of eIDAS are ordered: who asks for a low one may get a substantial one."""
    config = changed(sp(**values))
    hub, profile = config.hubs[0], resolve.profile(config, config.hubs[0])
    assert expected_levels(profile, hub) == will_do
    assert levels_asked(hub) == asks
    assert {"eidas1", "eidas2", "eidas3", *will_do} == set(levels_named(profile, hub))


BEGIN_ANEW: list[Change] = [
    lambda hub, idp: hub.update(issuer="https://other.test/api/v2"),
    sp(client_id="other"),
    sp(redirect_uri="https://another-sector.test/callback"),
    lambda hub, idp: idp["persona"].update(given_name="Claire"),
    lambda hub, idp: idp["persona"].update(phone_number=None),
    lambda hub, idp: idp.update(tile="other"),
    lambda hub, idp: idp.update(sub_since="2026-03-03"),
]
GO_ON: list[Change] = [
    sp(redirect_uri="https://sp.test/another-path"),
    sp(client_secret={"env": "ANOTHER"}),
    sp(scope="openid email"),
    sp(acr_values="eidas2"),
    sp(client_auth="client_secret_basic"),
    lambda hub, idp: idp["recipe"].update(error="#other"),
    lambda hub, idp: idp["account"].update(password={"env": "ANOTHER"}),
    lambda hub, idp: idp.update(interval="5m"),
]


@pytest.mark.parametrize("change", BEGIN_ANEW)
def test_another_client_sector_persona_or_word_of_ours_begins_a_new_account(change: Change) -> None:
    assert settings(changed(change)) != settings(changed())


@pytest.mark.parametrize("change", GO_ON)
def test_what_does_not_decide_who_the_citizen_is_begins_no_new_account(change: Change) -> None:
    assert settings(changed(change)) == settings(changed())


def test_another_user_name_begins_a_new_account() -> None:
    assert settings(changed(), "angela") != settings(changed(), "claire")


def test_two_personas_are_one_person_when_the_values_agree_by_which_the_hub_tells_people_apart() -> None:
    whole = {"given_name": "Angela", "family_name": "DUBOIS", "birthdate": "1962-08-24"}
    mine = person(changed(persona(**whole)))
    assert mine == person(changed(persona(**whole, email="a@example.org"))) != ""
    assert mine != person(changed(persona(**whole | {"birthdate": "1962-08-25"})))
    assert person(changed(persona(given_name="Angela", family_name="DUBOIS"))) == ""
    assert person(changed(persona(**whole | {"family_name": None}))) == ""
    profile = {**resolve.profile(configured(), configured().hubs[0]).model_dump(mode="json", warnings=False), "person": []}
    assert person(changed(lambda hub, idp: hub.update(profile=profile))) == "", "a hub that does not say how it tells them apart"
