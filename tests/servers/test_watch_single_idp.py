"""One IdP only behind the same hub: there is no spread, so `direct` decides,
and without it the contract's words do.

docs/domain.md, "Outcome, fault, reason": « With a single `identity` IdP there is no spread: the
hub's code decides, then `direct`, and without either the contract's words do (authentication
succeeded, data did not come: C2). » This hub's codes name nobody.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.servers.federation import Federation
from tests.servers.scenes import Scene, Told
from tests.servers.vigie import C2, C3, Vigie
from tests.servers.watched import vigie_config

ONE = "ministere"


def _config(federation: Federation, directory: Path) -> Path:
    """The same hub thrice with its first IdP only: `direct` on what breaks,
    on what goes on working, and not at all.
    """
    path = vigie_config(federation, directory, hub={"thresholds": {"vouches": "6"}})
    document = yaml.safe_load(path.read_text("utf-8"))
    (hub,) = document["hubs"]
    idp = hub["idps"][0]
    # oidc-provider answers 404 to a GET of its token endpoint:
    # as good a sign of life as a health URL, and it hangs with it.
    directs = {"health": {"url": f"{federation.idps[ONE].url}/token", "expect_status": 404}, "discovery": idp["direct"], "none": None}
    document["hubs"] = [_single(hub, name, idp | {"direct": direct}) for name, direct in directs.items()]
    path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), "utf-8")
    return path


def _single(hub: dict[str, Any], name: str, idp: dict[str, Any]) -> dict[str, Any]:
    given = {key: value for key, value in idp.items() if value is not None}
    return hub | {"name": name, "idps": [given], "negative": []}


@pytest.fixture
def scene(federation: Federation, tmp_path: Path) -> Iterator[Scene]:
    with Vigie(_config(federation, tmp_path)) as watch:
        watch.until_well(0)
        yield Scene(watch, federation, interval_s=2.0)


def test_a_hung_token_endpoint_is_the_idps_when_direct_says_so_and_else_c2_by_the_contracts_words(scene: Scene) -> None:
    scene.breaks(scene.federation.idps[ONE].hang_token_endpoint)
    # The chooser offers another IdP, which nobody watches here: it may work.
    scene.sees({C2: "unknown", C3: "unknown", ONE: "down"}, hub="health")
    for hub in ("discovery", "none"):
        scene.sees({C2: "down", ONE: "unknown"}, hub=hub)
    scene.mends()
    told = Told("", "idp", "hub_error", "oidc-callback", "106")
    assert scene.outages("health") == [replace(told, subject=f"idp:{ONE}")]
    for hub in ("discovery", "none"):
        assert scene.outages(hub) == [Told(C2, "hub", "hub_error", "oidc-callback", "106")]
