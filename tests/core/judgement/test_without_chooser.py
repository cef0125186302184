"""A hub without a chooser has no C3, and everything else is judged as at any other hub."""

from dataclasses import replace

from hypothesis import given

from probe.core.judgement.condition import C1, C2, C3, HUB, State, subjects
from probe.core.judgement.fold import begin, fold
from probe.core.judgement.spec import HubSpec
from probe.core.judgement.timeline import LedgerRow
from tests.core.judgement.strategies import Scenario, scenarios


def rows(spec: HubSpec, scenario: Scenario) -> list[LedgerRow]:
    state, told = begin(spec, scenario.begun)
    for seen in scenario.observations:
        told += fold(state, seen)
    return told


def of(told: list[LedgerRow], *names: str) -> list[LedgerRow]:
    return [row for row in told if row.subject in names]


@given(scenarios())
def test_only_c3_is_gone_and_the_hub_is_down_by_the_other_two(scenario: Scenario) -> None:
    own = replace(scenario.spec, chooser=False)
    with_chooser, without = rows(scenario.spec, scenario), rows(own, scenario)
    others = [name for name in subjects(scenario.spec) if name not in (C3, HUB)]
    assert set(subjects(own)) == {HUB, *others}
    assert of(without, C3) == []
    assert of(without, *others) == of(with_chooser, *others)
    for row in of(without, HUB):
        assert row.status.condition in (None, C1, C2)
        assert (row.status.condition is None) is (row.status.state in (State.UP, State.UNKNOWN))


def test_the_settings_of_a_hub_with_a_chooser_are_written_as_ever() -> None:
    plain = HubSpec("fc", ())
    assert "chooser" not in plain.to_json()
    assert HubSpec.from_json(plain.to_json()) == plain
    own = replace(plain, chooser=False)
    assert HubSpec.from_json(own.to_json()) == own
