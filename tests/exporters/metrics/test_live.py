"""What the live metrics count, and which of their series exist: those of configured targets."""

from dataclasses import replace

import pytest

from exporters.metrics import names
from exporters.metrics.exposition import Format, page
from exporters.metrics.live import Meters
from exporters.metrics.names import Metric
from exporters.metrics.readings import DropReason, HubView, TargetReading, View
from probe.core.judgement.observation import Fault, Hop, Kind, Outcome, Reason, Step, Tile, TlsFacts
from tests.fakes.readings import (
    ALPHA,
    CONTROL,
    DIRECT,
    HOPS,
    IDENTITY,
    LOGIN_PAGE,
    MIRE,
    NEGATIVE,
    NODE,
    START,
    TILES,
    VIEW,
    WITHOUT_BETA,
    failed,
    of,
    samples,
    seen,
    value,
)

AT = {"vantage": "local"}
ON_HUB = {"hub": "fc", **AT}


@pytest.fixture
def meters() -> Meters:
    made = Meters("1.2.3")
    made.configure(VIEW)
    return made


def shown(meters: Meters) -> bytes:
    return page(meters.parts(), Format.TEXT)


def series(meters: Meters) -> set[tuple[str, frozenset[tuple[str, str]]]]:
    return set(samples(shown(meters)))


def of_vigie(meters: Meters) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return {key: value for key, value in samples(shown(meters)).items() if key[0].startswith("vigie_")}


# --- presence


def test_every_series_of_a_target_is_there_from_the_start_at_zero(meters: Meters) -> None:
    states = (names.CONTROL_STATE, names.DIRECT_STATE, names.BACKEND_STATE)
    unknown = (*states, names.CONTROL_UNKNOWN, names.DIRECT_UNKNOWN, names.BACKEND_UNKNOWN)
    # Who shares no store evaluates.
    told = {metric.name for metric in (names.BUILD, names.EVALUATOR, *unknown)}
    assert {key[0] for key, found in of_vigie(meters).items() if found} == told


@pytest.mark.parametrize("metric", [names.RUNS, names.SKIPPED, names.LAST_RUN, names.LAST_SUCCESS, names.DEMANDS], ids=lambda one: one.name)
def test_each_target_has_its_own(meters: Meters, metric: Metric) -> None:
    assert [value(shown(meters), metric, **of(target)) for target in VIEW.targets] == [0] * len(VIEW.targets)


@pytest.mark.parametrize("fault", Fault)
def test_failed_runs_exist_for_every_fault(meters: Meters, fault: Fault) -> None:
    page_ = shown(meters)
    assert [value(page_, names.FAILED_RUNS, fault=fault, **of(target)) for target in VIEW.targets] == [0] * len(VIEW.targets)


def test_a_plausible_failure_only_moves_a_series_that_existed(meters: Meters) -> None:
    before = series(meters)
    meters.observed(failed(IDENTITY, Step.OIDC_CALLBACK, Reason.IDP_TOKEN, Fault.IDP))
    assert series(meters) == before


def test_an_unforeseen_failure_is_counted_all_the_same(meters: Meters) -> None:
    meters.observed(failed(IDENTITY, Step.RESUME, Reason.REDIRECT_LOOP, Fault.HUB))
    labels = {"step": "resume", "reason": "redirect_loop", "fault": "hub"}
    assert value(shown(meters), names.FAILURES, **labels, **of(IDENTITY)) == 1
    assert value(shown(meters), names.FAILED_RUNS, fault="hub", **of(IDENTITY)) == 1


def test_an_idp_that_leaves_the_configuration_takes_all_its_series_with_it(meters: Meters) -> None:
    meters.observed(seen(LOGIN_PAGE, hops=HOPS))
    before = series(meters)
    meters.configure(WITHOUT_BETA)
    assert before - series(meters) == {key for key in before if ("idp", "beta") in key[1]}
    assert series(meters) <= before


def test_an_idp_that_comes_back_starts_at_zero(meters: Meters) -> None:
    fresh = of_vigie(meters)
    meters.observed(seen(LOGIN_PAGE))
    meters.configure(WITHOUT_BETA)
    meters.configure(VIEW)
    assert of_vigie(meters) == fresh


def test_what_stays_in_the_configuration_keeps_its_values(meters: Meters) -> None:
    meters.observed(seen(IDENTITY))
    meters.observed(seen(MIRE, tiles=TILES))
    meters.configure(WITHOUT_BETA)
    assert value(shown(meters), names.RUNS, **of(IDENTITY)) == 1
    assert value(shown(meters), names.IDP_SELECTABLE, idp="alpha", **ON_HUB) == 1
    assert value(shown(meters), names.IDP_SELECTABLE, idp="beta", **ON_HUB) is None


def test_a_late_observation_of_what_is_gone_raises_no_series(meters: Meters) -> None:
    meters.configure(WITHOUT_BETA)
    before = of_vigie(meters)
    meters.observed(seen(LOGIN_PAGE, hops=HOPS))
    meters.skipped(LOGIN_PAGE)
    meters.demanded(LOGIN_PAGE)
    assert of_vigie(meters) == before


def test_a_hub_that_is_gone_leaves_nothing(meters: Meters) -> None:
    meters.observed(seen(MIRE, hops=HOPS))
    meters.configure(View(targets=(CONTROL,)))
    assert not [key for key in series(meters) if "hub" in dict(key[1]) or "host" in dict(key[1])]


def test_a_new_vantage_starts_again_under_its_own_name(meters: Meters) -> None:
    meters.observed(seen(MIRE))
    meters.configure(replace(VIEW, vantage="lyon"))
    vantages = {dict(labels).get("vantage") for _, labels in of_vigie(meters)}
    assert vantages == {None, "lyon"}
    assert not any(found for (name, _), found in of_vigie(meters).items() if name == names.RUNS.name)


def test_a_new_tile_of_an_idp_is_read_from_the_mire_last_seen(meters: Meters) -> None:
    meters.observed(seen(MIRE, tiles=TILES))
    meters.configure(replace(VIEW, hubs=(HubView("fc", idps=(replace(ALPHA, tile="uid-beta"),)),)))
    assert value(shown(meters), names.IDP_DISPLAYED, idp="alpha", **ON_HUB) == 1
    assert value(shown(meters), names.IDP_SELECTABLE, idp="alpha", **ON_HUB) == 0


def test_a_hub_without_a_chooser_offers_its_own_login_as_soon_as_its_page_is_displayed(meters: Meters) -> None:
    meters.configure(replace(VIEW, hubs=(HubView("fc", idps=(replace(ALPHA, tile=""),)),)))
    assert value(shown(meters), names.IDP_SELECTABLE, idp="alpha", **ON_HUB) == 0
    meters.observed(seen(MIRE, tiles=()))
    for metric in (names.IDP_DISPLAYED, names.IDP_SELECTABLE):
        assert value(shown(meters), metric, idp="alpha", **ON_HUB) == 1


def test_no_history_of_observations_makes_the_page_grow(meters: Meters) -> None:
    def run() -> int:
        for step in (Step.VERIFY, Step.TOKEN):
            meters.observed(failed(IDENTITY, step, Reason.STORE_ERROR, Fault.HUB))
        meters.observed(seen(IDENTITY, hops=HOPS))
        return sum(not line.startswith(b"python_") for line in shown(meters).splitlines())

    assert len({run() for _ in range(50)}) == 1


# --- counting


def test_a_journey_that_passed_is_a_run_and_the_last_success(meters: Meters) -> None:
    meters.observed(seen(IDENTITY, at=START, lasts=2_500_000))
    for metric in (names.LAST_RUN, names.LAST_SUCCESS):
        assert value(shown(meters), metric, **of(IDENTITY)) == (START + 2_500_000) / 1e6
    assert value(shown(meters), names.RUNS, **of(IDENTITY)) == 1
    assert value(shown(meters), names.RUN_DURATION, "_sum", **of(IDENTITY)) == 2.5


def test_a_journey_that_failed_is_no_success(meters: Meters) -> None:
    meters.observed(failed(IDENTITY, Step.VERIFY, Reason.REGISTRY_ERROR, Fault.HUB))
    labels = {"step": "verify", "reason": "registry_error", "fault": "hub"}
    assert value(shown(meters), names.FAILURES, **labels, **of(IDENTITY)) == 1
    assert value(shown(meters), names.LAST_SUCCESS, **of(IDENTITY)) == 0
    last_run = value(shown(meters), names.LAST_RUN, **of(IDENTITY))
    assert last_run is not None
    assert last_run > START / 1e6


def test_a_shallower_journey_in_place_of_a_stopped_account_is_a_run_but_no_success(meters: Meters) -> None:
    meters.observed(seen(replace(IDENTITY, kind=Kind.LOGIN_PAGE)))
    assert value(shown(meters), names.RUNS, **of(IDENTITY)) == 1
    assert value(shown(meters), names.LAST_RUN, **of(IDENTITY)) == (START + 1_000_000) / 1e6
    assert value(shown(meters), names.LAST_SUCCESS, **of(IDENTITY)) == 0
    assert value(shown(meters), names.RUN_DURATION, "_count", **of(IDENTITY)) == 0


def test_an_inconclusive_journey_is_counted_by_reason_and_is_no_failure(meters: Meters) -> None:
    meters.observed(seen(IDENTITY, Outcome.INCONCLUSIVE, reason=Reason.ACCOUNT_SUSPENDED, fault=Fault.PROBER, step=Step.IDP_LOGIN))
    assert value(shown(meters), names.INCONCLUSIVE, reason="account_suspended", **of(IDENTITY)) == 1
    assert not any(found for (name, _), found in of_vigie(meters).items() if name in (names.FAILURES.name, names.FAILED_RUNS.name))


def test_a_step_takes_the_time_of_all_its_exchanges(meters: Meters) -> None:
    meters.observed(seen(MIRE, hops=HOPS))
    assert value(shown(meters), names.STEP_DURATION, "_count", step="mire", **of(MIRE)) == 1
    assert value(shown(meters), names.STEP_DURATION, "_sum", step="mire", **of(MIRE)) == pytest.approx(0.123)
    assert value(shown(meters), names.STEP_DURATION, "_bucket", step="mire", le="0.1", **of(MIRE)) == 0
    assert value(shown(meters), names.STEP_DURATION, "_bucket", step="mire", le="0.25", **of(MIRE)) == 1


def test_phases_are_those_of_the_last_journey(meters: Meters) -> None:
    meters.observed(seen(MIRE, hops=HOPS))
    assert value(shown(meters), names.LAST_RUN_PHASE, phase="first_byte", **of(MIRE)) == pytest.approx(0.16)
    meters.observed(seen(MIRE, hops=HOPS[1:2]))
    assert value(shown(meters), names.LAST_RUN_PHASE, phase="first_byte", **of(MIRE)) == pytest.approx(0.06)
    assert value(shown(meters), names.LAST_RUN_PHASE, phase="dns", **of(MIRE)) == 0


def test_a_wall_clock_that_stepped_back_gives_no_negative_time(meters: Meters) -> None:
    meters.observed(seen(MIRE, lasts=-5_000_000))
    assert value(shown(meters), names.RUN_DURATION, "_sum", **of(MIRE)) == 0


def test_a_node_is_told_from_the_hub_behind_its_balancer(meters: Meters) -> None:
    meters.observed(seen(NODE))
    assert value(shown(meters), names.RUNS, **of(NODE)) == 1
    assert value(shown(meters), names.RUNS, **of(MIRE)) == 0


@pytest.mark.parametrize(
    ("target", "up", "unknown", "labels"),
    [
        (CONTROL, names.CONTROL_UP, names.CONTROL_UNKNOWN, {"target": "elsewhere", **AT}),
        (DIRECT, names.DIRECT_UP, names.DIRECT_UNKNOWN, {"idp": "alpha", **ON_HUB}),
        (NODE, names.BACKEND_UP, names.BACKEND_UNKNOWN, {"backend": "node1", **ON_HUB}),
    ],
    ids=["control", "direct", "backend"],
)
def test_the_last_try_says_up_down_or_unknown(
    meters: Meters, target: TargetReading, up: Metric, unknown: Metric, labels: dict[str, str]
) -> None:
    said = []
    for outcome in (None, Outcome.OK, Outcome.FAILED, Outcome.INCONCLUSIVE):
        if outcome:
            meters.observed(seen(target, outcome))
        said.append((value(shown(meters), up, **labels), value(shown(meters), unknown, **labels)))
    assert said == [(0, 1), (1, 0), (0, 0), (0, 1)]


def test_a_negative_journey_that_passes_is_told_until_one_fails_as_it_must(meters: Meters) -> None:
    def told() -> float | None:
        return value(shown(meters), names.NEGATIVE_PASSED, target="client", **ON_HUB)

    meters.observed(failed(NEGATIVE, Step.MIRE, Reason.NEGATIVE_PASSED, Fault.PROBER))
    assert told() == 1
    meters.observed(seen(NEGATIVE, Outcome.INCONCLUSIVE, reason=Reason.CONNECT))
    assert told() == 1
    meters.observed(seen(NEGATIVE))
    assert told() == 0


def test_the_mire_shows_which_idps_are_displayed_and_selectable(meters: Meters) -> None:
    meters.observed(seen(MIRE, tiles=TILES, lasts=0))
    page_ = shown(meters)
    assert [value(page_, names.IDP_DISPLAYED, idp=idp, **ON_HUB) for idp in ("alpha", "beta")] == [1, 1]
    assert [value(page_, names.IDP_SELECTABLE, idp=idp, **ON_HUB) for idp in ("alpha", "beta")] == [1, 0]
    assert (value(page_, names.MIRE_DISPLAYED, **ON_HUB), value(page_, names.MIRE_SELECTABLE, **ON_HUB)) == (3, 2)
    assert value(page_, names.MIRE_SEEN, **ON_HUB) == START / 1e6


def test_an_idp_with_a_button_beside_the_list_is_displayed_and_is_not_counted_among_the_tiles(meters: Meters) -> None:
    meters.observed(seen(MIRE, tiles=(Tile("uid-alpha", True, listed=False), Tile("uid-beta", False))))
    page_ = shown(meters)
    assert [value(page_, names.IDP_SELECTABLE, idp=idp, **ON_HUB) for idp in ("alpha", "beta")] == [1, 0]
    assert (value(page_, names.MIRE_DISPLAYED, **ON_HUB), value(page_, names.MIRE_SELECTABLE, **ON_HUB)) == (1, 0)


def test_a_mire_without_any_selectable_idp_is_a_mire_seen(meters: Meters) -> None:
    greyed = (Tile("uid-alpha", False),)
    meters.observed(replace(failed(MIRE, Step.MIRE, Reason.NO_IDP_SELECTABLE, Fault.HUB), tiles=greyed))
    assert value(shown(meters), names.IDP_DISPLAYED, idp="alpha", **ON_HUB) == 1
    assert value(shown(meters), names.IDP_SELECTABLE, idp="alpha", **ON_HUB) == 0


@pytest.mark.parametrize(
    "said_nothing",
    [failed(MIRE, Step.AUTHORIZE, Reason.TIMEOUT, Fault.HUB), seen(NODE, tiles=()), seen(IDENTITY, tiles=())],
    ids=["no mire", "one node", "a login"],
)
def test_what_shows_no_mire_leaves_the_last_one_standing(meters: Meters, said_nothing: object) -> None:
    meters.observed(seen(MIRE, tiles=TILES))
    meters.observed(said_nothing)  # type: ignore[arg-type]
    assert value(shown(meters), names.MIRE_DISPLAYED, **ON_HUB) == 3


def test_our_clock_is_off_as_the_middle_one_of_the_hosts_says(meters: Meters) -> None:
    def asked(*ahead: int) -> None:
        asked_by = ((IDENTITY, Step.IDP_LOGIN), (LOGIN_PAGE, Step.IDP_LOGIN), (CONTROL, Step.CONTROL))
        for (target, step), us in zip(asked_by, ahead, strict=False):
            meters.observed(seen(target, hops=(Hop(step, "GET", f"{target.kind}.example", "/", clock_us=us),)))

    assert value(shown(meters), names.OWN_CLOCK_OFF) == 0
    asked(-90_000_000, -88_000_000, 0)
    assert value(shown(meters), names.OWN_CLOCK_OFF) == 88
    asked(0, 0)
    assert value(shown(meters), names.OWN_CLOCK_OFF) == 0


def test_certificates_expire_by_host(meters: Meters) -> None:
    meters.observed(seen(MIRE, hops=HOPS))
    assert value(shown(meters), names.CERTIFICATE_EXPIRY, host="hub.example") == (START + 10**12) / 1e6
    assert value(shown(meters), names.CERTIFICATE_EXPIRY, host="alpha.example:8443") == 0


def test_a_host_met_by_a_journey_stays_while_some_target_that_met_it_does(meters: Meters) -> None:
    met = (Hop(Step.IDP_LOGIN_PAGE, "GET", "found.example", "/", certificate_expires_us=START),)
    for target in (LOGIN_PAGE, IDENTITY):
        meters.observed(seen(target, hops=met))
    meters.configure(WITHOUT_BETA)
    assert value(shown(meters), names.CERTIFICATE_EXPIRY, host="found.example") == START / 1e6
    meters.configure(replace(VIEW, targets=(MIRE,)))
    assert value(shown(meters), names.CERTIFICATE_EXPIRY, host="found.example") is None
    assert value(shown(meters), names.CERTIFICATE_EXPIRY, host="hub.example") == 0


def test_a_host_has_one_series_of_how_it_is_secured(meters: Meters) -> None:
    def shows(*facts: str) -> list[dict[str, str]]:
        hop = Hop(Step.MIRE, "GET", "found.example", "/", certificate_expires_us=START, tls=TlsFacts(*facts) if facts else None)
        meters.observed(seen(MIRE, hops=(hop,)))
        return secured()

    def secured() -> list[dict[str, str]]:
        return [dict(labels) for name, labels in series(meters) if name == names.HOST_TLS.name]

    def told(version: str, cipher: str, issuer: str) -> list[dict[str, str]]:
        return [{"host": "found.example", "tls_version": version, "cipher": cipher, "issuer": issuer}]

    assert shows() == []
    assert shows("TLSv1.2", "ECDHE-RSA-AES128-SHA", "Let's Sign") == told("TLSv1.2", "ECDHE-RSA-AES128-SHA", "Let's Sign")
    later = told("TLSv1.3", "TLS_AES_128_GCM_SHA256", "Sign " + "x" * 59)
    assert shows("TLSv1.3", "TLS_AES_128_GCM_SHA256", "Sign\n" + "x" * 100) == later == shows()
    meters.configure(replace(VIEW, targets=()))
    assert secured() == []


def test_each_family_of_a_host_that_has_both_is_shown_while_both_are_tried(meters: Meters) -> None:
    def shows(at_us: int = START, **families: int) -> dict[str, float | None]:
        hop = Hop(Step.MIRE, "GET", "found.example", "/", **families)  # type: ignore[arg-type]
        meters.observed(seen(MIRE, hops=(hop,), finished_us=at_us))
        return {ip: value(shown(meters), names.HOST_FAMILY, host="found.example", ip=ip) for ip in ("4", "6")}

    assert shows(ip=4) == {"4": None, "6": None}
    assert shows(ip=4, dead_ip=6) == shows(ip=4) == shows() == {"4": 1, "6": 0}
    assert shows(ip=6, also_ip=4) == {"4": 1, "6": 1}
    assert shows(START + 601_000_000, ip=4) == {"4": None, "6": None}, "its name has one family left"
    assert shows(ip=4, dead_ip=6) == {"4": 1, "6": 0}
    meters.configure(replace(VIEW, targets=()))
    assert value(shown(meters), names.HOST_FAMILY, host="found.example", ip="6") is None


# --- the watch itself


def test_skips_and_demands_are_counted_by_target(meters: Meters) -> None:
    meters.skipped(MIRE, 3)
    meters.demanded(IDENTITY)
    assert value(shown(meters), names.SKIPPED, **of(MIRE)) == 3
    assert value(shown(meters), names.DEMANDS, **of(IDENTITY)) == 1
    assert value(shown(meters), names.RUNS, **of(IDENTITY)) == 0


def test_the_watch_tells_its_own_troubles(meters: Meters) -> None:
    meters.lag(250_000)
    meters.overslept()
    meters.ledger_error()
    meters.backlog(7)
    meters.dropped(2)
    meters.demand_refused()
    page_ = shown(meters)
    assert value(page_, names.SCHEDULE_LAG, "_sum") == 0.25
    told = [names.OVERSLEPT, names.LEDGER_ERRORS, names.LEDGER_BACKLOG, names.LEDGER_DROPPED, names.DEMANDS_REFUSED]
    assert [value(page_, metric) for metric in told] == [1, 1, 7, 2, 1]


def test_the_port_tells_its_connections_and_each_reason_for_which_one_was_ended(meters: Meters) -> None:
    meters.connections(3)
    meters.connection_dropped(DropReason.CROWDED)
    page_ = shown(meters)
    assert value(page_, names.CONNECTIONS) == 3
    assert {why: value(page_, names.CONNECTIONS_DROPPED, why=why) for why in DropReason} == {
        why: why is DropReason.CROWDED for why in DropReason
    }


def test_how_long_the_oldest_observation_waits_is_asked_at_every_page() -> None:
    late = [0]
    meters = Meters("1.2.3", lambda: late[0])
    told = []
    for us in (0, 750_000_000, 751_500_000, 0):
        late[0] = us
        told.append(value(shown(meters), names.LEDGER_LATE))
    assert told == [0, 750, 751.5, 0]


def test_a_refused_reload_keeps_the_instant_of_the_configuration_in_use(meters: Meters) -> None:
    told = (names.RELOAD_SUCCESSFUL, names.RELOAD_SUCCESS, names.RELOAD_FAILURES)
    meters.reloaded(True, START)
    assert [value(shown(meters), metric) for metric in told] == [1, START / 1e6, 0]
    meters.reloaded(False, START + 60_000_000)
    assert [value(shown(meters), metric) for metric in told] == [0, START / 1e6, 1]


def test_the_build_and_the_process_are_told(meters: Meters) -> None:
    page_ = shown(meters)
    assert value(page_, names.BUILD, version="1.2.3", vantage="local") == 1
    standard = {name for name, _ in samples(page_)}
    assert {"process_start_time_seconds", "process_resident_memory_bytes", "python_info", "python_gc_collections_total"} <= standard


def test_every_kind_of_target_can_be_watched(meters: Meters) -> None:
    assert {dict(labels).get("kind") for name, labels in of_vigie(meters) if name == names.RUNS.name} == {kind.value for kind in Kind}
