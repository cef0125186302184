"""The commands on the healthy independent federation: the whole journey through every IdP, by configuration alone."""

import json
from pathlib import Path

import pytest

from tests.servers.federation import Federation
from tests.servers.vigie import Vigie
from tests.servers.watched import LOGIN, PASSWORD, vigie_config

STEPS = ["discovery", "authorize", "redirect-to-idp", "idp-login-page", "idp-login", "oidc-callback", "resume", "token", "jwks", "userinfo"]
"""Of a whole journey, the consent page included, which this hub shows where it resumes. The redirect to the service is read, not followed."""


@pytest.mark.parametrize("method", ["post", "basic"])
def test_check_finds_the_whole_federation_well(federation: Federation, tmp_path: Path, method: str) -> None:
    told = Vigie(vigie_config(federation, tmp_path, method=method)).told("check")
    assert told["status"] == "OK"
    (hub,) = told["hubs"]
    assert {hub["state"], *(found["state"] for found in (*hub["conditions"].values(), *hub["idps"].values()))} == {"up"}
    identities = {seen["idp"]: seen for seen in told["observations"] if seen["kind"] == "identity"}
    assert list(identities) == list(federation.idps)
    for seen in identities.values():
        assert (seen["outcome"], seen["step"], seen["authenticated"]) == ("ok", "claims", True)
    assert {(seen["kind"], seen["outcome"]) for seen in told["observations"]} == {
        (kind, "ok") for kind in ("mire", "identity", "direct", "negative", "control")
    }


@pytest.mark.parametrize("idp", ["ministere", "universite"])
def test_a_journeys_trace_tells_every_step_and_no_secret(federation: Federation, tmp_path: Path, idp: str) -> None:
    vigie = Vigie(vigie_config(federation, tmp_path, method="basic"))
    traced = vigie.command("journey", idp, "--trace")
    assert traced.returncode == 0, traced.stderr
    party = federation.idps[idp]
    for host in (f"{party.host}:{party.port}", f"{federation.hub.host}:{federation.hub.port}"):
        assert host in traced.stdout
    told = vigie.told("journey", idp)
    assert list(dict.fromkeys(hop["step"] for hop in told["hops"])) == STEPS
    for secret in (LOGIN, PASSWORD, party.persona(LOGIN)["email"], federation.hub.service("basic").client_secret):
        assert secret not in traced.stdout + traced.stderr + json.dumps(told)


def test_check_names_the_idp_that_is_down_and_says_so_to_plugins(federation: Federation, tmp_path: Path) -> None:
    vigie = Vigie(vigie_config(federation, tmp_path))
    federation.idps["ministere"].stop()
    plugin = vigie.command("check", "--plugin")
    assert plugin.returncode == 1
    assert plugin.stdout.startswith("VIGIE WARNING - hub idp:ministere (idp: connect at idp-login-page) | ")
    one = vigie.command("check", "--plugin", "--idp", "universite")
    assert (one.returncode, one.stdout.partition(" - ")[0]) == (0, "VIGIE OK")
    federation.hub.stop()
    critical = vigie.command("check", "--plugin")
    assert critical.returncode == 2
    assert critical.stdout.startswith("VIGIE CRITICAL - hub C1 (hub: connect at ")
