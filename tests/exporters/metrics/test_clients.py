"""What another client of a hub meets has metrics of its own, and is never counted as the main
one's.
"""

from dataclasses import replace
from typing import Any

import pytest

from exporters.metrics import names
from exporters.metrics.clients import ClientMeters
from exporters.metrics.exposition import Format, page
from exporters.metrics.live import Meters
from exporters.metrics.names import Metric
from exporters.metrics.readings import ClientTarget, ClientView, HubReading, Snapshot, SubjectReading, View
from exporters.metrics.states import LedgerStates
from probe.core.judgement.condition import State
from probe.core.judgement.observation import Fault, Kind, Outcome, Reason, Step
from tests.builders import journey, mire
from tests.fakes.clock import FakeClock
from tests.fakes.readings import START, VIEW, History, value

CLIENT = {"hub": "fc", "client": "eidas2"}
AT_IDP = {**CLIENT, "idp": "alpha"}
TARGETS = (ClientTarget("fc", "eidas2", Kind.MIRE), ClientTarget("fc", "eidas2", Kind.IDENTITY, "alpha"))
FAILED: dict[str, Any] = {"outcome": Outcome.FAILED, "fault": Fault.HUB, "reason": Reason.HUB_ERROR, "step": Step.MIRE}
OURS: dict[str, Any] = {"outcome": Outcome.INCONCLUSIVE, "fault": Fault.SP, "reason": Reason.CLIENT_UNKNOWN, "step": Step.MIRE}


def with_client(view: View) -> View:
    hubs = tuple(replace(hub, clients=(ClientView("eidas2", idps=("alpha",)),)) if hub.name == "fc" else hub for hub in view.hubs)
    return replace(view, hubs=hubs, client_targets=TARGETS)


def states(**subjects: SubjectReading) -> bytes:
    """The page of a ledger with these subjects, of which `alpha` never passed at the client."""
    names_of = {"client": "client:eidas2", "alpha": "idp:alpha", "alpha_at_client": "idp:alpha@eidas2"}
    reading = HubReading(
        {names_of[name]: each for name, each in subjects.items()}, settled_us=START, never_passed=frozenset({"alpha@eidas2"})
    )
    history = History()
    history.says = Snapshot({"fc": reading})
    return page(LedgerStates(history, FakeClock()).parts(with_client(VIEW)), Format.TEXT)


def test_the_ledgers_state_of_a_client_is_shown_beside_the_main_ones() -> None:
    up, down = SubjectReading(State.UP, START, up_us=3_000_000), SubjectReading(State.DOWN, START + 1_000_000, Fault.HUB, down_us=2_000_000)
    shown = states(client=down, alpha=up, alpha_at_client=down)

    def told(metric: Metric, **labels: str) -> float | None:
        return value(shown, metric, **labels)

    assert [told(names.CLIENT_AVAILABLE, **CLIENT), told(names.CLIENT_UNKNOWN, **CLIENT)] == [0, 0]
    assert [told(names.CLIENT_IDP_AVAILABLE, **AT_IDP), told(names.IDP_AVAILABLE, hub="fc", idp="alpha")] == [0, 1]
    assert [told(names.CLIENT_FAULT, **CLIENT, fault=fault) for fault in ("hub", "idp")] == [1, 0]
    assert told(names.CLIENT_SINCE, **CLIENT) == START / 1e6 + 1
    assert told(names.CLIENT_SECONDS, **CLIENT, state="down") == told(names.CLIENT_IDP_SECONDS, **AT_IDP, state="down") == 2
    assert [told(names.CLIENT_NEVER_PASSED, **labels) for labels in (CLIENT, AT_IDP)] == [0, 1]
    assert told(names.NEVER_PASSED, hub="fc", idp="alpha") == 0


def test_a_client_that_the_ledger_does_not_know_is_unknown() -> None:
    assert [value(states(), metric, **CLIENT) for metric in (names.CLIENT_AVAILABLE, names.CLIENT_UNKNOWN)] == [0, 1]


@pytest.mark.parametrize("says", [{}, FAILED, OURS], ids=["ok", "failed", "ours"])
def test_a_journey_as_another_client_counts_for_it_alone(says: dict[str, Any]) -> None:
    meters = Meters("1")
    meters.configure(with_client(VIEW))
    meters.observed(mire(0, client="eidas2", **says))
    shown = page(meters.parts(), Format.TEXT)
    mine = {**CLIENT, "kind": "mire", "vantage": VIEW.vantage}
    own = {"hub": "fc", "kind": "mire", "vantage": VIEW.vantage}
    assert (value(shown, names.CLIENT_RUNS, **mine), value(shown, names.RUNS, **own)) == (1, 0)
    assert value(shown, names.CLIENT_FAILED_RUNS, **mine, fault="hub") == (says is FAILED)
    assert value(shown, names.CLIENT_INCONCLUSIVE, **mine, reason="client_unknown") == (says is OURS)
    assert bool(value(shown, names.CLIENT_LAST_SUCCESS, **mine)) == (says == {})
    assert value(shown, names.MIRE_SEEN, hub="fc", vantage=VIEW.vantage) == 0


def test_what_stands_in_for_a_login_counts_for_it_and_a_client_that_is_gone_for_nobody() -> None:
    meters = ClientMeters()
    meters.configure(with_client(VIEW))
    instead = replace(journey("alpha", 0), kind=Kind.LOGIN_PAGE, client="eidas2")
    meters.observed(instead)
    mine = {**AT_IDP, "kind": "identity", "vantage": VIEW.vantage}
    shown = page(meters.parts(), Format.TEXT)
    assert [value(shown, metric, **mine) for metric in (names.CLIENT_RUNS, names.CLIENT_LAST_SUCCESS)] == [1, 0]
    meters.configure(VIEW)
    meters.observed(instead)
    assert value(page(meters.parts(), Format.TEXT), names.CLIENT_RUNS, **mine) is None
