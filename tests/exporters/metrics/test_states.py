"""The metrics of the ledger show its states for all configured subjects and no others."""

from dataclasses import replace
from math import isnan

import pytest

from exporters.metrics import names
from exporters.metrics.exposition import Format, page
from exporters.metrics.names import Metric
from exporters.metrics.readings import HubReading, Snapshot, SubjectReading, View
from exporters.metrics.states import LedgerStates
from probe.core.judgement.condition import C1, C2, C3, CONDITIONS, HUB, State
from probe.core.judgement.observation import Fault, Reason, Step
from probe.core.judgement.signal import Cause
from probe.core.judgement.suspension import Suspension
from tests.fakes.clock import FakeClock
from tests.fakes.readings import START, VIEW, WITHOUT_BETA, History, comparable, samples, value

MINUTE = 60_000_000


class ExportedStates:
    def __init__(self, **subjects: SubjectReading) -> None:
        self.history = History()
        self.standings = LedgerStates(self.history, FakeClock())
        self.say((), **subjects)

    def say(self, suspended: tuple[str, ...] = (), **subjects: SubjectReading) -> None:
        named = {key.replace("idp_", "idp:") if key.startswith("idp_") else key: reading for key, reading in subjects.items()}
        self.history.says = Snapshot({"fc": HubReading(named, dict.fromkeys(suspended, Suspension(3)), START)})

    def page(self, view: View = VIEW) -> bytes:
        return page(self.standings.parts(view), Format.TEXT)

    def told(self, metric: Metric, **labels: str) -> float | None:
        return value(self.page(), metric, hub="fc", **labels)


UP, DOWN = SubjectReading(State.UP, START), SubjectReading(State.DOWN, START + MINUTE, Fault.HUB)


@pytest.mark.parametrize(
    ("state", "available", "unknown"), [(State.UP, 1, 0), (State.BLIP, 1, 0), (State.DOWN, 0, 0), (State.UNKNOWN, 0, 1)]
)
def test_hubs_and_idps_are_available_when_up_and_unknown_is_neither(state: State, available: int, unknown: int) -> None:
    reading = SubjectReading(state, START)
    world = ExportedStates(hub=reading, idp_alpha=reading)
    assert (world.told(names.HUB_AVAILABLE), world.told(names.HUB_UNKNOWN)) == (available, unknown)
    assert (world.told(names.IDP_AVAILABLE, idp="alpha"), world.told(names.IDP_UNKNOWN, idp="alpha")) == (available, unknown)


@pytest.mark.parametrize("state", State)
def test_one_of_the_states_is_one_and_a_blip_is_up(state: State) -> None:
    """So the average of each is a share of time, and unknown time is no outage."""
    reading = SubjectReading(state, START)
    world = ExportedStates(hub=reading, idp_alpha=reading, **dict.fromkeys(CONDITIONS, reading))
    expected = {"up": 0, "down": 0, "unknown": 0} | {"up" if state is State.BLIP else state.value: 1}
    subjects: list[tuple[Metric, dict[str, str]]] = [(names.HUB_STATE, {}), (names.IDP_STATE, {"idp": "alpha"})]
    for metric, labels in [*subjects, *((names.CONDITION_STATE, {"condition": condition}) for condition in CONDITIONS)]:
        assert {one: world.told(metric, **labels, state=one) for one in expected} == expected


def test_what_fails_is_told_while_it_is_down_and_no_longer() -> None:
    cause = Cause(Fault.HUB, Reason.TOKEN_ERROR, Step.TOKEN, code="Y03A1F2B")
    broken = SubjectReading(State.DOWN, START, Fault.HUB, cause=cause)
    world = ExportedStates(identity_not_returned=broken, idp_alpha=replace(broken, cause=None))
    labels = {"step": "token", "reason": "token_error", "fault": "hub", "code": "Y03A1F2B"}
    assert world.told(names.CONDITION_FAILURE, condition="identity_not_returned", **labels) == 1
    assert world.told(names.IDP_FAILURE, idp="alpha", fault="hub") == 1, "why is not known of what 0.1 judged"
    world.say(identity_not_returned=SubjectReading(State.UP, START, cause=cause), idp_alpha=SubjectReading(State.UNKNOWN))
    assert not [name for name, _ in samples(world.page()) if name in (names.CONDITION_FAILURE.name, names.IDP_FAILURE.name)]


def test_a_code_is_one_short_line_in_its_label() -> None:
    cause = Cause(Fault.HUB, Reason.HUB_ERROR, Step.AUTHORIZE, code="Y1\n" + "x" * 1000)
    world = ExportedStates(mire_missing=SubjectReading(State.DOWN, START, Fault.HUB, cause=cause))
    ((labels, _),) = [(dict(labels), one) for (name, labels), one in samples(world.page()).items() if name == names.CONDITION_FAILURE.name]
    assert (labels["code"][:4], len(labels["code"])) == ("Y1 x", 64)


def test_titles_are_told_and_a_name_stands_for_a_missing_one() -> None:
    world = ExportedStates()
    assert world.told(names.HUB_INFO, title="Fédération") == 1
    assert world.told(names.IDP_INFO, idp="alpha", title="Alpha & fils") == 1
    assert world.told(names.IDP_INFO, idp="beta", title="beta") == 1


def test_a_new_title_takes_the_place_of_the_one_before() -> None:
    world = ExportedStates()
    hub = VIEW.hubs[0]
    strange = 'Une "autre"\n\\ ' + "é" * 100
    page = world.page(replace(VIEW, hubs=(replace(hub, idps=(replace(hub.idps[0], title=strange),)),)))
    shown = [dict(labels)["title"] for name, labels in samples(page) if name == names.IDP_INFO.name]
    assert shown == ['Une "autre" \\ ' + "é" * 50]


@pytest.mark.parametrize(("state", "active", "unknown"), [(State.UP, 0, 0), (State.BLIP, 0, 0), (State.DOWN, 1, 0), (State.UNKNOWN, 0, 1)])
@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_condition_is_active_when_down(condition: str, state: State, active: int, unknown: int) -> None:
    world = ExportedStates(**{condition: SubjectReading(state, START)})
    assert world.told(names.CONDITION_ACTIVE, condition=condition) == active
    assert world.told(names.CONDITION_UNKNOWN, condition=condition) == unknown
    assert world.told(names.CONDITION_SINCE, condition=condition) == START / 1e6


def test_conditions_are_named_as_the_ledger_names_them() -> None:
    world = ExportedStates()
    told = {dict(labels)["condition"] for name, labels in samples(world.page()) if name == names.CONDITION_ACTIVE.name}
    assert told == {C1, C2, C3} == {"mire_missing", "identity_not_returned", "all_idps_unavailable"}


def test_a_fault_is_one_of_all_while_down_and_none_otherwise() -> None:
    world = ExportedStates(hub=DOWN, idp_alpha=SubjectReading(State.UP, START, Fault.IDP))
    assert {fault: world.told(names.HUB_FAULT, fault=fault) for fault in Fault} == {fault: fault is Fault.HUB for fault in Fault}
    assert [world.told(names.IDP_FAULT, idp="alpha", fault=fault) for fault in Fault] == [0] * len(Fault)


def test_blips_are_up_time_and_told_apart() -> None:
    reading = SubjectReading(State.UP, START, None, 50 * MINUTE, 10 * MINUTE, 5 * MINUTE, MINUTE, 3)
    world = ExportedStates(hub=reading, idp_beta=reading)
    assert [world.told(names.HUB_SECONDS, state=state) for state in ("up", "down", "unknown")] == [3600, 300, 60]
    assert [world.told(names.IDP_SECONDS, idp="beta", state=state) for state in ("up", "down", "unknown")] == [3600, 300, 60]
    assert (world.told(names.HUB_BLIP_SECONDS), world.told(names.HUB_BLIPS)) == (600, 3)
    assert (world.told(names.IDP_BLIP_SECONDS, idp="beta"), world.told(names.IDP_BLIPS, idp="beta")) == (600, 3)


def test_what_the_history_does_not_know_is_unknown_and_at_zero() -> None:
    world = ExportedStates()
    world.history.says = Snapshot()
    found = samples(world.page())
    unknown: dict[str, float] = {names.HUB_UNKNOWN.name: 1, names.IDP_UNKNOWN.name: 2}
    unknown |= {names.CONDITION_UNKNOWN.name: 3, names.AVAILABILITY_UNKNOWN.name: 2}
    told = unknown | {names.IDP_AVAILABILITY_UNKNOWN.name: 4, names.LEDGER_READABLE.name: 1}
    told |= {names.AVAILABILITY_GOAL.name: 2 * 0.999, names.IDP_AVAILABILITY_GOAL.name: 4 * 0.999}  # settings, not the history's
    assert {name: sum(found[key] for key in found if key[0] == name) for name in told} == told
    unlike_zero = {name for (name, _), count in found.items() if name not in told and not isnan(count) and count}
    states = {metric.name for metric in (names.HUB_STATE, names.CONDITION_STATE, names.IDP_STATE)}
    assert unlike_zero == states | {names.HUB_INFO.name, names.IDP_INFO.name}
    assert {dict(labels)["state"] for (name, labels), count in found.items() if name in states and count} == {"unknown"}


def test_the_series_do_not_depend_on_what_the_history_holds() -> None:
    world = ExportedStates()
    before = set(samples(world.page()))
    world.say(("alpha",), hub=DOWN, idp_alpha=DOWN, idp_gone=DOWN, mire_missing=DOWN)
    during = {names.CONDITION_FAILURE.name, names.IDP_FAILURE.name}
    assert {key for key in samples(world.page()) if key[0] not in during} == before


def test_an_idp_that_left_the_configuration_is_gone_whatever_the_history_says() -> None:
    world = ExportedStates(idp_beta=DOWN)
    before = set(samples(world.page()))
    after = set(samples(world.page(WITHOUT_BETA)))
    assert before - after == {key for key in before if ("idp", "beta") in key[1]}
    assert after <= before


def test_a_suspended_account_is_told() -> None:
    world = ExportedStates()
    world.say(("beta",))
    assert [world.told(names.ACCOUNT_SUSPENDED, idp=idp) for idp in ("alpha", "beta")] == [0, 1]


def test_counters_never_go_down() -> None:
    world = ExportedStates(hub=SubjectReading(State.UP, up_us=10 * MINUTE))
    assert world.told(names.HUB_SECONDS, state="up") == 600
    world.say(hub=SubjectReading(State.DOWN, up_us=8 * MINUTE, down_us=2 * MINUTE))
    assert world.told(names.HUB_SECONDS, state="up") == 600
    assert world.told(names.HUB_SECONDS, state="down") == 120
    world.say(hub=SubjectReading(State.UP, up_us=11 * MINUTE, down_us=2 * MINUTE))
    assert world.told(names.HUB_SECONDS, state="up") == 660


def test_an_unreadable_history_makes_every_state_unknown_and_stops_the_counters() -> None:
    world = ExportedStates(hub=SubjectReading(State.DOWN, START, Fault.HUB, up_us=10 * MINUTE), idp_alpha=UP)
    before = comparable(samples(world.page()))
    world.history.readable = False
    after = samples(world.page())
    assert after.keys() == {key for key in before if key[0] != names.IDP_FAILURE.name}
    assert value(world.page(), names.LEDGER_READABLE) == 0
    assert (world.told(names.HUB_AVAILABLE), world.told(names.HUB_UNKNOWN)) == (0, 1)
    assert (world.told(names.IDP_AVAILABLE, idp="alpha"), world.told(names.IDP_UNKNOWN, idp="alpha")) == (0, 1)
    assert world.told(names.HUB_SECONDS, state="up") == 600
    world.history.readable = True
    assert comparable(samples(world.page())) == before


def test_the_settled_instant_is_told() -> None:
    assert ExportedStates(hub=UP).told(names.LEDGER_SETTLED) == START / 1e6


def test_the_whole_hub_is_one_of_the_subjects_of_the_judgement() -> None:
    assert ExportedStates(**{HUB: UP}).told(names.HUB_AVAILABLE) == 1
