"""The commands on the healthy independent federation: the whole journey through every IdP,
by configuration alone.
"""

import re
from pathlib import Path

import pytest

from probe.texts.judgement import step
from tests.servers.federation import Federation
from tests.servers.vigie import Vigie
from tests.servers.watched import LOGIN, PASSWORD, vigie_config

STEPS = ["discovery", "authorize", "redirect-to-idp", "idp-login-page", "idp-login", "oidc-callback", "resume", "token", "jwks", "userinfo"]
"""Of a whole journey, the consent page included, which this hub shows where it resumes;
the redirect to the service is read only.
"""


def test_check_finds_the_whole_federation_well(federation: Federation, tmp_path: Path) -> None:
    told = Vigie(vigie_config(federation, tmp_path)).told("check")
    assert told["status"] == "OK"
    (hub,) = told["hubs"]
    assert {hub["state"], *(found["state"] for found in (*hub["conditions"].values(), *hub["idps"].values()))} == {"up"}
    seen = told["observations"]
    kinds = {(one["kind"], one["outcome"]) for one in seen}
    assert kinds == {(kind, "ok") for kind in ("mire", "identity", "direct", "negative", "control")}
    identities = {one["idp"]: (one["step"], one["authenticated"]) for one in seen if one["kind"] == "identity"}
    assert identities == dict.fromkeys(federation.idps, ("claims", True))


@pytest.mark.parametrize("idp", ["ministere", "universite"])
def test_a_journeys_trace_tells_every_step_and_no_secret(federation: Federation, tmp_path: Path, idp: str) -> None:
    """Of the client that is asked for consent, and proves itself by `client_secret_basic`."""
    traced = Vigie(vigie_config(federation, tmp_path, method="basic")).command("journey", idp, "--trace")
    assert traced.returncode == 0, traced.stderr
    exchanges = [cells for line in traced.stdout.splitlines() if (cells := re.split(r" {2,}", line.strip()))[0].isdigit()]
    assert list(dict.fromkeys(cells[1] for cells in exchanges)) == [step(word).in_language("en") for word in STEPS]
    party, hub = federation.idps[idp], federation.hub
    hosts = {f"{one.host}:{one.port}" for one in (party, hub)}
    assert {cells[2].split()[1].partition("/")[0] for cells in exchanges} == hosts
    for secret in (LOGIN, PASSWORD, party.persona(LOGIN)["email"], hub.service("basic").client_secret):
        assert secret not in traced.stdout + traced.stderr


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
