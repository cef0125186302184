"""`vigie run` on the independent federation, by configuration alone: each unavailability is seen,
named, attributed, and over when mended.

The contract, section 3: « n'affiche pas la mire de choix des Fournisseurs d'Identité »,
« n'est pas en mesure de renvoyer les données d'identité [...] même si l'authentification a réussi
», « Tous les Fournisseurs d'Identité sont indisponibles ».
"""

from collections.abc import Iterator

import pytest

from tests.servers.faults import Action
from tests.servers.federation import Federation
from tests.servers.prometheus import Prometheus, lint_metrics
from tests.servers.scenes import Scene, Told
from tests.servers.vigie import C1, C2, C3, Vigie
from tests.servers.watched import vigie_config

INTERVAL_S = 2.0
ONE, OTHER = "ministere", "universite"
MASKED = {C2: "unknown", C3: "unknown", ONE: "unknown", OTHER: "unknown"}
"""Through a missing mire nothing can be seen."""


@pytest.fixture(scope="module")
def vigie(running_federation: Federation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vigie]:
    """One watch for all scenes of this module: what one of them leaves behind would show in the
    next.
    """
    running_federation.reset()
    config = vigie_config(running_federation, tmp_path_factory.mktemp("watch"), hub={"thresholds": {"vouches": "6"}})
    with Vigie(config) as watch:
        watch.until_well(0)
        yield watch


@pytest.fixture
def scene(vigie: Vigie, federation: Federation) -> Iterator[Scene]:
    scene = Scene(vigie, federation, INTERVAL_S)
    yield scene
    scene.ends()


def test_a_stopped_idp_is_that_idps_outage_and_nothing_else(scene: Scene) -> None:
    scene.breaks(scene.federation.idps[ONE].stop)
    scene.sees({ONE: "down"})
    scene.mends()
    assert scene.outages() == [Told(f"idp:{ONE}", "idp", "connect", "idp-login-page")]


def test_all_idps_stopped_is_c3_and_their_fault(scene: Scene) -> None:
    for idp in scene.federation.idps.values():
        scene.breaks(idp.stop)
    # C2: nobody authenticates, so nothing tells
    scene.sees({C2: "unknown", C3: "down", ONE: "down", OTHER: "down"})
    scene.mends()
    told = scene.outages()
    assert sorted(outage.subject for outage in told) == [C3, f"idp:{ONE}", f"idp:{OTHER}"]
    assert {(outage.fault, outage.reason, outage.step) for outage in told} == {("idp", "connect", "idp-login-page")}


def test_an_idp_whose_token_endpoint_hangs_is_that_idps_outage_although_the_login_succeeded(scene: Scene) -> None:
    scene.breaks(scene.federation.idps[ONE].hang_token_endpoint)
    scene.sees({ONE: "down"})
    scene.mends()
    assert scene.outages() == [Told(f"idp:{ONE}", "idp", "hub_error", "oidc-callback", "106")]


def test_an_idp_whose_userinfo_is_broken_is_that_idps_outage_although_the_hub_goes_on_without_the_identity(scene: Scene) -> None:
    scene.breaks(scene.federation.idps[ONE].break_userinfo)
    scene.sees({ONE: "down"})
    scene.mends()
    assert scene.outages() == [Told(f"idp:{ONE}", "idp", "id_token", "token")]


def test_every_idps_userinfo_broken_at_once_is_the_hubs_way_out_and_c2(scene: Scene) -> None:
    for idp in scene.federation.idps.values():
        scene.breaks(idp.break_userinfo)
    scene.sees({C2: "down", ONE: "unknown", OTHER: "unknown"})
    scene.mends()
    assert scene.outages() == [Told(C2, "hub", "id_token", "token")]


def test_an_idp_that_answers_503_on_its_login_page_is_that_idps_outage(scene: Scene) -> None:
    scene.breaks(lambda: scene.federation.idps[OTHER].break_login_page(Action.UNAVAILABLE))
    scene.sees({OTHER: "down"})
    scene.mends()
    assert scene.outages() == [Told(f"idp:{OTHER}", "idp", "http_status", "idp-login-page")]


def test_an_idp_that_hangs_is_that_idps_outage(scene: Scene) -> None:
    scene.breaks(scene.federation.idps[OTHER].hang)
    scene.sees({OTHER: "down"})
    scene.mends()
    assert scene.outages() == [Told(f"idp:{OTHER}", "idp", "timeout", "idp-login-page")]


def test_a_stopped_hub_is_c1_and_masks_the_rest(scene: Scene) -> None:
    scene.breaks(scene.federation.hub.stop)
    scene.sees({C1: "down", **MASKED})
    status = scene.vigie.status()
    scene.mends()
    assert (status["state"], status["condition"], status["fault"]) == ("down", "C1", "hub")
    assert {idp["state"] for idp in status["idps"].values()} == {"unknown"}
    assert scene.outages() == [Told(C1, "hub", "connect", "authorize")]


def test_a_frozen_hub_is_c1_by_timeout(scene: Scene) -> None:
    scene.breaks(scene.federation.hub.hang)
    scene.sees({C1: "down", **MASKED})
    scene.mends()
    assert scene.outages() == [Told(C1, "hub", "timeout", "authorize")]


@pytest.mark.parametrize(
    ("action", "reason", "step"), [(Action.BLANK, "not_the_mire", "mire"), (Action.UNAVAILABLE, "http_status", "authorize")]
)
def test_a_hub_without_its_chooser_is_c1(scene: Scene, action: Action, reason: str, step: str) -> None:
    scene.breaks(lambda: scene.federation.hub.break_mire(action))
    scene.sees({C1: "down", **MASKED})
    scene.mends()
    assert scene.outages() == [Told(C1, "hub", reason, step)]


@pytest.mark.parametrize("action", [Action.ERROR, Action.HANG])
def test_a_hub_whose_userinfo_is_broken_is_c2(scene: Scene, action: Action) -> None:
    scene.breaks(lambda: scene.federation.hub.break_userinfo(action))
    scene.sees({C2: "down", ONE: "unknown", OTHER: "unknown"})
    scene.mends()
    assert scene.outages() == [Told(C2, "hub", "timeout" if action is Action.HANG else "userinfo_error", "userinfo")]


@pytest.mark.parametrize("action", [Action.ERROR, Action.GARBAGE])
def test_a_hub_whose_token_endpoint_is_broken_is_c2(scene: Scene, action: Action) -> None:
    scene.breaks(lambda: scene.federation.hub.break_token(action))
    scene.sees({C2: "down", ONE: "unknown", OTHER: "unknown"})
    scene.mends()
    assert scene.outages() == [Told(C2, "hub", "token_error", "token")]


# --- the same, as Prometheus tells it

COUNTERS = "vigie_runs_total", "vigie_failures_total", "vigie_failed_runs_total", "vigie_condition_seconds_total", "vigie_hub_seconds_total"


def test_prometheus_sees_an_outage_from_its_start_to_its_end(scene: Scene, prometheus: Prometheus) -> None:
    failures = 'sum(vigie_failures_total{kind="identity", step="userinfo", reason="userinfo_error", fault="hub"})'
    prometheus.watch({"vigie": [scene.vigie.address]})
    prometheus.wait_for("vigie_hub_available == 1")
    before = prometheus.value(failures)  # its series are there before anything failed
    scene.breaks(scene.federation.hub.break_userinfo)
    prometheus.wait_for(f'vigie_condition_active{{condition="{C2}"}} == 1')
    assert prometheus.value("vigie_hub_available") == 0
    faults = prometheus.query(f'vigie_condition_fault{{condition="{C2}"}} == 1')
    assert [sample.labels["fault"] for sample in faults] == ["hub"]
    assert prometheus.value("sum(vigie_idp_unknown)") == len(scene.federation.idps)
    assert lint_metrics(scene.vigie.exposition()) == ""
    scene.mends()
    prometheus.wait_for("vigie_hub_available == 1")
    assert prometheus.value(failures) - before >= 2  # F, which confirmed it
    for counter in COUNTERS:
        assert prometheus.query(f"resets({counter}[5m]) > 0") == []
    assert prometheus.value("vigie_ledger_errors_total + vigie_ledger_dropped_total") == 0
    assert lint_metrics(scene.vigie.exposition()) == ""


def test_the_seconds_that_are_settled_are_those_of_the_ledger(vigie: Vigie, scene: Scene) -> None:
    """`_seconds_total` counts what no later observation can change:
    here up to the end of the first outage at least.
    """
    if not vigie.outages():
        scene.breaks(scene.federation.hub.stop)
        scene.sees({C1: "down", **MASKED})
        scene.mends()
    first_us = vigie.outages()[0]["end_us"]
    samples = vigie.until(
        lambda now: now.value("vigie_ledger_settled_timestamp_seconds") * 1e6 >= first_us, "the first outage is settled", timeout_s=90
    )
    settled_us = samples.value("vigie_ledger_settled_timestamp_seconds") * 1e6
    down = dict.fromkeys((C1, C2, C3, f"idp:{ONE}", f"idp:{OTHER}"), 0.0)
    for outage in vigie.outages():
        assert outage["unknown_seconds"] == 0
        down[outage["subject"]] += max(0.0, min(outage["end_us"], settled_us) - outage["start_us"]) / 1e6
    counted = {name: samples.value("vigie_condition_seconds_total", condition=name, state="down") for name in (C1, C2, C3)}
    counted |= {f"idp:{name}": samples.value("vigie_idp_seconds_total", idp=name, state="down") for name in (ONE, OTHER)}
    assert sum(counted.values()) > 0
    assert counted == pytest.approx(down, abs=1e-3)
