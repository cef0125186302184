"""Which outages of an IdP are its own, and which are part of a condition of the hub.

The hub may fail several times within half an hour, and an IdP fail alone before, between and after:
all of that is one chain of the IdP's outages. Times are minutes.
"""

from hypothesis import example, given
from hypothesis import strategies as st

from probe.core.incident.detection import TroubleTerms
from probe.core.incident.model import ActKind, IncidentState
from probe.core.judgement.subject import C3
from tests.fakes.stated_hub import M, StatedHub, minute

IDPS = ("ameli", "impots", "poste")
AMELI = "idp:ameli"
SETTLE = 2
PATIENT = TroubleTerms(settle_us=SETTLE * M, patience_us=SETTLE * M)
Span = tuple[float, float | None]


def live(watch: StatedHub, until: int) -> StatedHub:
    """Tick every 15 seconds."""
    for quarter in range(4 * until):
        watch.tick(quarter / 4)
    return watch


def test_a_second_c3_within_half_an_hour_reopens_the_c3_and_nothing_else() -> None:
    """The IdPs are found to fail some seconds before the C3 is, both times."""
    watch = StatedHub(terms=PATIENT, downs={name: [(10 - n / 10, 15), (24 - n / 10, 40)] for n, name in enumerate(IDPS)})
    watch.downs["C3"] = [(10.5, 15), (24.5, 40)]
    live(watch, 45)
    assert [(each.scope.subject, each.reopenings) for each in watch.incidents.values()] == [(C3, 1)]


def test_nor_is_an_idps_resolved_incident_reopened_by_the_first_seconds_of_a_c3() -> None:
    watch = StatedHub(terms=PATIENT, downs={"ameli": [(2, 6), (24, 40)], "C3": [(24.5, 40)]})
    live(watch, 45)
    of_ameli = [each for each in watch.incidents.values() if each.scope.subject == AMELI]
    assert [(each.state, each.reopenings, each.ended_us) for each in of_ameli] == [(IncidentState.RESOLVED, 0, minute(6))]


def test_it_is_when_the_idp_goes_on_alone() -> None:
    watch = StatedHub(terms=PATIENT, downs={"ameli": [(2, 6), (24, None)]})
    live(watch, 26)
    assert watch.open() == []
    watch.tick(26)
    assert [(each.scope.subject, each.reopenings) for each in watch.open()] == [(AMELI, 1)]


def test_an_idp_that_fails_alone_after_a_c3_is_dated_from_then() -> None:
    watch = StatedHub(terms=PATIENT, downs={"ameli": [(10, 13), (17, None)], "C3": [(10, 13)]})
    live(watch, 19)
    assert watch.open() == []
    watch.tick(19)
    assert [(each.scope.subject, each.began_us) for each in watch.open()] == [(AMELI, minute(17))]
    assert watch.tick(20) == []


def test_an_incident_that_was_dated_from_the_c3_is_corrected() -> None:
    """0.1.0 did so, and may have left it open."""
    watch = StatedHub(downs={"ameli": [(10, None)]})
    watch.tick(11)
    watch.downs = {"ameli": [(10, 13), (17, None)], "C3": [(10, 13)]}
    seen = [(act.data["fact"], act.data["at_us"]) for act in watch.tick(20) if act.number == 1]
    assert seen == [("began", minute(17))]
    assert watch.tick(21) == []


def test_one_that_fails_alone_between_two_c3s_has_its_incident_though_nobody_looked() -> None:
    watch = StatedHub(terms=PATIENT, downs={"ameli": [(10, 13), (20, 23), (30, 33)], "C3": [(10, 13), (30, 33)]})
    watch.tick(60)
    of_ameli = [each for each in watch.incidents.values() if each.scope.subject == AMELI]
    assert [(each.state, each.began_us) for each in of_ameli] == [(IncidentState.RESOLVED, minute(20))]


def test_one_that_fails_again_within_seconds_of_the_end_of_a_c3_has_none() -> None:
    watch = StatedHub(terms=PATIENT, downs={"ameli": [(10, 13), (13.5, 14.5)], "C3": [(10, 13)]})
    live(watch, 20)
    assert [each.scope.subject for each in watch.incidents.values()] == [C3]


# --- in any course of events


@st.composite
def spans(draw: st.DrawFn) -> list[Span]:
    edges = sorted(draw(st.sets(st.integers(0, 100), max_size=8)))
    pairs: list[Span] = [*zip(edges[::2], edges[1::2], strict=False)]
    return [*pairs, (edges[-1], None)] if len(edges) % 2 else pairs


def _minutes(span: Span, now: int) -> range:
    return range(int(span[0]), now if span[1] is None or span[1] > now else int(span[1]))


def _alone(downs: dict[str, list[Span]], now: int) -> list[Span]:
    """The spans of ameli's that are its own, known at `now`: its minutes are counted one by one."""
    ours = [each for each in downs["ameli"] if each[0] <= now]
    wider = [_minutes(each, now) for name in ("C1", "C3") for each in downs[name] if each[0] <= now]
    return [each for each in ours if not _counted_as_part(_minutes(each, now), [one for one in wider if _met(one, each, ours, now)])]


def _met(wider: range, span: Span, ours: list[Span], now: int) -> bool:
    """Whether the chain of this span was failing, or up for a while, in one of those minutes."""
    chain = {*_minutes(span, now)}
    for _ in ours:
        for each in ours:
            near = _minutes(each, now)
            if chain and any(near.start - 30 <= one + 1 and one <= near.stop + 30 for one in chain):
                chain |= {*near}
    return bool(chain) and any(min(chain) <= one <= max(chain) for one in wider)


def _counted_as_part(ours: range, wider: list[range]) -> bool:
    near = [one for one in wider if one.start - SETTLE <= ours.stop and ours.start <= one.stop + SETTLE]
    before = [each for each in range(ours.start, 200) if all(each < one.start for one in near)]
    after = [each for each in range(ours.stop) if all(each >= one.stop for one in near)]
    return bool(near) and len(before) <= SETTLE and len(after) <= SETTLE


@given(st.fixed_dictionaries({"ameli": spans(), "C1": spans(), "C3": spans()}), st.sets(st.integers(0, 130), max_size=12))
@example({"ameli": [(10, 13), (24, 40)], "C1": [], "C3": [(10, 13), (25, 40)]}, {*range(50)})
@example({"ameli": [(10, 13), (20, 23), (30, 33)], "C1": [(30, 33)], "C3": [(10, 13)]}, {60})
@example({"ameli": [(0, 1), (4, 6), (7, None)], "C1": [], "C3": [(0, 1), (2, 3)]}, set())
@example({"ameli": [(0, 1), (2, None)], "C1": [], "C3": [(3, None)]}, set())
def test_an_idp_is_told_of_only_for_an_outage_of_its_own(downs: dict[str, list[Span]], ticks: set[int]) -> None:
    watch = StatedHub(terms=PATIENT, downs=downs)
    for now in (*sorted(ticks), 200):
        alone = _alone(downs, now)
        ripe = [each for each in alone if (each[1] is not None and each[1] <= now) or now - each[0] >= SETTLE]
        for act in watch.tick(now):
            if watch.incidents[act.number].scope.subject != AMELI:
                continue
            if act.kind in (ActKind.OPENED, ActKind.REOPENED) and act.data.get("reason") != "apart":
                assert ripe
            if act.kind is ActKind.OPENED:
                assert act.data["began_us"] in [minute(each[0]) for each in ripe]
    told = any(each.scope.subject == AMELI for each in watch.incidents.values())
    assert told or not _alone(downs, 200)
