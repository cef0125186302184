"""Which of our settings each part of a journey depends on, by their digests.

docs/domain.md, "Never passed yet": "A new password, secret or key is no new setting."
"""

from collections.abc import Callable
from typing import Any

import pytest

from probe.config.models import Config, ControlTarget
from probe.config.setup_digests import client_digest, control_digest, setup_digests
from probe.core.judgement.observation import Kind, SetupPart
from tests.fakes.hub import IDP, configured

P = SetupPart
EVERY_LOGIN: set[SetupPart] = set(SetupPart) - {P.DIRECT, P.CONTROL}
Change = Callable[[dict[str, Any], dict[str, Any]], object]


def changed(change: Change) -> Config:
    document = configured().model_dump(mode="json", exclude_defaults=True, warnings=False)
    hub = document["hubs"][0]
    change(hub, hub["idps"][0])
    return Config.model_validate(document)


def digests(config: Config, kind: Kind = Kind.IDENTITY, username: str = "angela") -> dict[SetupPart, str]:
    hub = config.hubs[0]
    return dict(setup_digests(config, hub, None if kind is Kind.MIRE else hub.idps[0], kind, username))


def sp(**values: Any) -> Change:
    return lambda hub, idp: hub["sp"].update(values)


REQUEST = {P.MIRE, P.RETURN, P.TOKEN, P.USERINFO, P.CLAIMS}
CHANGES: list[tuple[Change, set[SetupPart]]] = [
    # nothing that says what is expected
    (sp(client_secret={"env": "ANOTHER"}), set()),
    (lambda hub, idp: idp["account"].update(password={"env": "ANOTHER"}), set()),
    (lambda hub, idp: hub.update(title="Autrement"), set()),
    (lambda hub, idp: hub.update(intervals={"mire": "1m"}), set()),
    (lambda hub, idp: idp.update(interval="5m"), set()),
    # each part alone
    (lambda hub, idp: idp["persona"].update(given_name="Claire"), {P.CLAIMS}),
    (lambda hub, idp: idp["recipe"].update(error="#other"), {P.LOGIN_PAGE, P.LOGIN}),
    (lambda hub, idp: idp.update(hosts=["other.test"]), {P.LOGIN_PAGE, P.LOGIN}),
    (lambda hub, idp: idp.update(tile="other"), {P.LOGIN_PAGE, P.LOGIN, P.CLAIMS}),
    (sp(expected_acr=["eidas2"]), {P.TOKEN}),
    (sp(userinfo="json"), {P.USERINFO}),
    (sp(id_token_alg=["ES512"]), {P.TOKEN, P.USERINFO}),
    (sp(decryption_key={"env": "KEY"}), {P.TOKEN, P.USERINFO}),
    # what is asked for
    (sp(scope="openid"), REQUEST),
    (sp(acr_values="eidas2"), REQUEST),
    (sp(redirect_uri="https://sp.test/other"), {P.MIRE, P.RETURN, P.TOKEN}),
    (sp(authorize_parameters={"prompt": "login"}), {P.MIRE, P.RETURN, P.CLAIMS}),
    (sp(client_id="other"), REQUEST | {P.CLIENT}),
    (lambda hub, idp: hub.update(issuer="https://other.test/api/v2"), EVERY_LOGIN),
    (lambda hub, idp: hub.update(profile="franceconnect-v1"), {P.MIRE, P.RETURN, P.TOKEN}),
]


@pytest.mark.parametrize(("change", "parts"), CHANGES)
def test_a_setting_belongs_to_the_parts_that_depend_on_it(change: Change, parts: set[SetupPart]) -> None:
    before, after = digests(configured()), digests(changed(change))
    assert {part for part in before if before[part] != after[part]} == parts
    assert set(before) == EVERY_LOGIN
    assert (client_digest(configured().hubs[0]) != client_digest(changed(change).hubs[0])) is (P.CLIENT in parts)


def test_digests_are_the_same_in_every_process_and_say_nothing_of_the_values() -> None:
    """An older process wrote the digest that this one compares: it is written down here."""
    assert digests(configured())[P.CLIENT] == "8678c408"
    assert digests(configured())[P.CLAIMS] == "ce81b989"
    assert all(len(digest) == 8 and int(digest, 16) >= 0 for digest in digests(configured()).values())


def test_the_persona_cannot_be_guessed_without_the_accounts_name() -> None:
    assert digests(configured())[P.CLAIMS] != digests(configured(), username="somebody")[P.CLAIMS]
    assert {part for part in EVERY_LOGIN if digests(configured())[part] != digests(configured(), username="x")[part]} == {P.CLAIMS}


@pytest.mark.parametrize(
    ("kind", "parts"),
    [
        (Kind.MIRE, {P.CLIENT, P.MIRE}),
        (Kind.LOGIN_PAGE, {P.CLIENT, P.MIRE, P.LOGIN_PAGE}),
        (Kind.IDENTITY, EVERY_LOGIN),
        (Kind.DIRECT, {P.DIRECT}),
        (Kind.CONTROL, set()),
        (Kind.NEGATIVE, set()),
    ],
)
def test_a_journey_carries_the_digests_of_the_parts_that_it_may_meet(kind: Kind, parts: set[SetupPart]) -> None:
    assert set(digests(configured(), kind)) == parts


def test_direct_depends_on_what_it_asks_for_and_expects() -> None:
    expects = digests(changed(lambda hub, idp: idp.update(direct={"url": f"{IDP}/health", "contains": "fine"})), Kind.DIRECT)
    assert expects != digests(configured(), Kind.DIRECT)


def test_a_setting_with_its_default_is_in_no_digest() -> None:
    """So a later version, whose models have more settings, makes the same digests."""
    written_out = changed(lambda hub, idp: hub.update(configured().hubs[0].model_dump(mode="json", warnings=False, exclude={"defaults"})))
    for kind in (Kind.IDENTITY, Kind.DIRECT):
        assert digests(written_out, kind) == digests(configured(), kind)


def test_a_control_target_is_told_by_its_address_and_by_what_it_must_answer() -> None:
    told = {
        str(control_digest(ControlTarget.model_validate({"name": "net", **target})))
        for target in ({"url": "https://a.test/"}, {"url": "https://b.test/"}, {"url": "https://a.test/", "expect_status": 204})
    }
    assert len(told) == 3
