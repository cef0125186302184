"""Names to things: profiles, recipes, endpoints, hosts; and what the judgement and the summary take
from them.
"""

from fractions import Fraction
from pathlib import Path

import pytest

from probe.config import profiles, resolve
from probe.config.load import load
from probe.config.models import CodeTable, Config, PathName
from probe.config.spec import watch_spec
from probe.config.summary import summary
from probe.core.judgement.hub_codes import CodeClass
from probe.core.judgement.observation import Kind
from probe.core.judgement.spec import RULES, Edge, IdpSpec
from tests.config.conftest import VALID

METADATA = {
    "authorization_endpoint": "https://hub.example/meta/authorize",
    "token_endpoint": "https://hub.example/meta/token",
    "userinfo_endpoint": "javascript:alert(1)",
    "jwks_uri": 7,
}


def _config(path: Path, **replaced: str) -> Config:
    text = VALID
    for old, new in replaced.items():
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, "utf-8")
    return load(path)


def _endpoints(config: Config, metadata: dict[str, object] | None = None) -> resolve.ResolvedEndpoints:
    hub = config.hubs[0]
    return resolve.endpoints(hub, resolve.profile(config, hub), metadata)


@pytest.mark.parametrize("name", profiles.names())
def test_every_built_in_profile_is_valid_and_knows_the_hubs_codes(name: str) -> None:
    profile = profiles.built_in(name)
    assert profile.codes is CodeTable.FRANCECONNECT
    assert resolve.hub_codes(profile).classes("Y010011") == {CodeClass.REGISTRY}


def test_a_profile_may_say_itself_what_its_hubs_codes_mean(valid: Path) -> None:
    own = "profiles:\n  own: {mire: {page: body, tile: a, uid: attribute id}, codes: {store: [E1, 'E[4-6]']}}\n"
    config = _config(valid, **{"hubs:\n": own + "hubs:\n", "    sp:\n": "    profile: own\n    sp:\n"})
    codes = resolve.hub_codes(resolve.profile(config, config.hubs[0]))
    assert [codes.classes(code) for code in ("E1", "E5", "E7")] == [{CodeClass.STORE}, {CodeClass.STORE}, set()]


def test_without_a_table_a_hubs_codes_mean_nothing(shipped: Path) -> None:
    config = load(shipped / "examples/generic.yml")
    assert resolve.hub_codes(resolve.profile(config, config.hubs[0])).classes("Y010011") == set()


def test_the_legacy_profile_has_neither_metadata_nor_keys_nor_a_mandatory_nonce() -> None:
    legacy = profiles.built_in("franceconnect-v1")
    assert (legacy.discovery, legacy.nonce_required, "jwks" in legacy.paths) == (False, False, False)
    assert legacy.paths[PathName.USERINFO] == "/api/v1/userinfo?schema=openid"


def test_endpoints_come_from_the_profiles_paths_under_the_issuer(valid: Path) -> None:
    assert _endpoints(load(valid), METADATA) == resolve.ResolvedEndpoints(
        discovery="https://hub.example/api/v2/.well-known/openid-configuration",
        authorization="https://hub.example/api/v2/authorize",
        token="https://hub.example/api/v2/token",
        userinfo="https://hub.example/api/v2/userinfo",
        jwks="https://hub.example/api/v2/jwks",
        end_session="https://hub.example/api/v2/session/end",
    )


def test_an_endpoint_written_out_wins(valid: Path) -> None:
    config = _config(valid, **{"    sp:\n": "    endpoints: {token: 'https://back.example/t'}\n    sp:\n"})
    assert _endpoints(config).token == "https://back.example/t"


def test_without_paths_the_metadata_decides_where_it_makes_sense(shipped: Path) -> None:
    found = _endpoints(load(shipped / "examples/generic.yml"), METADATA)
    assert (found.authorization, found.token) == ("https://hub.example/meta/authorize", "https://hub.example/meta/token")
    assert (found.userinfo, found.jwks) == (None, None)
    assert found.discovery == "http://127.0.0.2:8080/.well-known/openid-configuration"


def test_a_hub_without_metadata_has_no_discovery_address(valid: Path) -> None:
    config = _config(
        valid, **{"    sp:\n": "    profile: franceconnect-v1\n    sp:\n", "https://hub.example/api/v2": "https://hub.example/"}
    )
    assert _endpoints(config).discovery is None
    assert _endpoints(config).authorization == "https://hub.example/api/v1/authorize"


def test_recipes_are_found_by_name(shipped: Path) -> None:
    config = load(shipped / "vigie.yml")
    named, _ = config.hubs[0].idps
    found = resolve.recipe(config, named)
    assert found is config.recipes["login-password"]
    assert found is not None
    assert found.pages[0].filled("camille", "secret") == {"login": "camille", "password": "secret"}


def test_hosts_are_those_of_the_configuration_each_with_its_owner(shipped: Path) -> None:
    config = load(shipped / "vigie.yml")
    hub = config.hubs[0]
    assert resolve.hosts(config, hub) == {
        "fcp-low.sbx.example:443": "hub",
        "fip1.sbx.example:443": "idp:impots",
        "fip2.sbx.example:443": "idp:ameli",
        "assets.fip2.sbx.example:8443": "idp:ameli",
        "sonde.example:443": "sp",
    }
    assert "fip2.sbx.example:443" not in resolve.hosts(config, hub, hub.idps[0])


def test_a_host_of_both_the_hub_and_an_idp_is_the_hubs(valid: Path) -> None:
    config = _config(valid, **{"[idp.example]": "[hub.example]"})
    assert resolve.hosts(config, config.hubs[0])["hub.example:443"] == "hub"


def test_port_80_is_open_only_where_the_issuer_is_plain_http(valid: Path) -> None:
    assert "idp.example:80" not in resolve.hosts(load(valid), load(valid).hubs[0])
    config = _config(valid, **{"https://hub": "http://hub"})
    assert resolve.hosts(config, config.hubs[0])["idp.example:80"] == "idp:one"


@pytest.mark.parametrize(
    ("url", "party"),
    [
        ("https://hub.example/x", "hub"),
        ("https://HUB.example:443", "hub"),
        ("http://hub.example/", None),
        ("https://hub.example:444/", None),
        ("https://evil.example", None),
        ("https://hub.example@evil.example/", None),
        ("https://[", None),
        ("data:,x", None),
        ("", None),
    ],
)
def test_a_url_is_nobodys_unless_its_host_and_port_are_named(valid: Path, url: str, party: str | None) -> None:
    config = load(valid)
    assert resolve.party_of(url, resolve.hosts(config, config.hubs[0])) == party


def test_the_judgement_gets_what_it_needs(shipped: Path) -> None:
    config = load(shipped / "examples/franceconnect-plus.yml")
    spec = watch_spec(config, config.hubs[0])
    login_page, control = (idp.tile or "" for idp in config.hubs[0].idps)
    assert spec.idps == (
        IdpSpec("identite-numerique", identity=False, tile=login_page),
        IdpSpec("temoin", identity=True, control=True, tile=control),
    )
    assert (spec.edge, spec.rules) == (Edge.FINISH, RULES)
    assert (spec.failures, spec.successes, spec.vouches, spec.refused_credentials) == (2, 2, 3, 3)
    assert spec.grace_us == 120_000_000
    assert spec.client == config.hubs[0].sp.client_id


def test_the_summary_counts_journeys_exactly(shipped: Path) -> None:
    text = shipped / "vigie.yml"
    found = summary(load(text))
    assert (len(found.hubs), found.idps, found.control_targets) == (1, 2, 2)
    assert found.hubs[0].per_minute == {
        Kind.MIRE: 2,
        Kind.IDENTITY: 1,
        Kind.LOGIN_PAGE: 1,
        Kind.DIRECT: 1,
        Kind.NEGATIVE: Fraction(1, 2),
    }
    assert found.journeys_per_minute == 4 + 5 + Fraction(1, 2)
