"""In any course of events the automation comes to rest and keeps one open incident per scope.

At the end the register agrees with the states of the federation.
"""

from typing import Any, NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from probe.core.incident.deactivation import FlagAct, FlagStep
from probe.core.incident.model import MACHINES, ActKind, Data, IncidentState, Severity
from probe.core.incident.rules import replay
from probe.core.incident.wording import CLOSED_WORDS, DatedCause
from probe.core.judgement.observation import Fault, Reason, Step
from probe.core.judgement.signal import Cause
from probe.core.judgement.subject import CONDITIONS
from tests.core.incident.samples import courses
from tests.fakes.stated_hub import SHORT, StatedHub, minute

IDPS, CLIENT, AT_CLIENT = {"ameli", "impots", "poste"}, "client:eidas2", "ameli@eidas2"
NAMES = ("C1", "C2", "C3", *sorted(IDPS), CLIENT, AT_CLIENT)
LENGTH = 300
END = LENGTH + 510


class Life(NamedTuple):
    """What is so, what the ledger says at first, and when it is asked, in minutes."""

    downs: dict[str, list[tuple[float, float | None]]]
    rewritten: dict[str, list[tuple[float, float | None]]]
    when: int
    unknown: dict[int, set[str]]
    ticks: list[int]
    people: list[tuple[int, ActKind]]


@st.composite
def spans(draw: st.DrawFn) -> list[tuple[float, float | None]]:
    """Disjoint ones, each with up time after it, the last perhaps without an end."""
    edges = sorted(draw(st.sets(st.integers(0, LENGTH), max_size=10)))
    pairs: list[tuple[float, float | None]] = [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=False) if b > a]
    return [*pairs, (edges[-1], None)] if len(edges) % 2 else pairs


@st.composite
def lives(draw: st.DrawFn) -> Life:
    downs = {name: draw(spans()) for name in NAMES}
    rewritten = {name: draw(spans()) for name in draw(st.sets(st.sampled_from(NAMES), max_size=3))}
    ticks = sorted(draw(st.sets(st.integers(0, LENGTH), min_size=1, max_size=12)))
    unknown = {tick: draw(st.sets(st.sampled_from(NAMES), max_size=2)) for tick in ticks if draw(st.integers(0, 4)) == 0}
    kinds = st.sampled_from(
        [ActKind.RESOLVED, ActKind.REOPENED, ActKind.ACKNOWLEDGED, ActKind.ASSIGNED, ActKind.CLOSED, ActKind.MERGED, ActKind.SEVERITY]
    )
    people = draw(st.lists(st.tuples(st.integers(0, LENGTH), kinds), max_size=5))
    return Life(downs, rewritten, draw(st.integers(0, LENGTH)), unknown, [*ticks, LENGTH + 500, END], sorted(people))


DATA: dict[ActKind, Data] = {
    ActKind.RESOLVED: {"text": "repaired"},
    ActKind.REOPENED: {"reason": "no, it is not"},
    ActKind.ASSIGNED: {"to": "level2"},
    ActKind.SEVERITY: {"severity": 5, "reason": "known to everybody"},
    ActKind.ACKNOWLEDGED: {},
}


def live(life: Life, *, people: bool) -> StatedHub:
    watch = StatedHub(downs=life.downs, clients={"eidas2": ("ameli",)})
    for tick in life.ticks:
        if people:
            for number, at in enumerate(each for each in life.people if each[0] <= tick):
                _meddle(watch, number, at[1], tick)
        watch.downs = {**life.downs, **(life.rewritten if tick >= life.when else {})}
        watch.unknown = life.unknown.get(tick, set())
        watch.tick(tick)
    return watch


def _meddle(watch: StatedHub, number: int, kind: ActKind, tick: int) -> None:
    """A person does something to the number-th incident, if it may be done."""
    chosen = [*watch.incidents.values()][number : number + 1]
    for each in chosen:
        data: dict[str, str | int | bool | None] = dict(DATA.get(kind, {}))
        if kind is ActKind.CLOSED:
            data = {"way": "agreed", "by": "Bob", "ours": "Alice", "how": "written", "when_us": minute(tick)}
        if kind is ActKind.MERGED:
            data = {"into": next((other.number for other in watch.incidents.values() if other.number != each.number), 0)}
        fits = {
            ActKind.REOPENED: not each.open and not watch.open(each.scope.subject),
            ActKind.ACKNOWLEDGED: each.state is IncidentState.NEW,
        }
        fits[ActKind.SEVERITY] = each.open and each.severity is not Severity.INFO
        fits[ActKind.MERGED] = each.open and bool(data.get("into"))
        if fits.get(kind, each.open):
            watch.do(each.number, tick, kind, data)


@given(lives())
def test_it_comes_to_rest_whatever_people_do(life: Life) -> None:
    watch = live(life, people=True)
    assert watch.tick(END) == []
    for subject in {each.scope.subject for each in watch.incidents.values()}:
        assert len(watch.open(subject)) <= 1


@given(lives())
def test_what_is_down_for_long_has_its_open_incident_and_nothing_else_has(life: Life) -> None:
    watch = live(life, people=False)
    final = {**life.downs, **life.rewritten}
    lasting = {name for name in NAMES if any(end is None for _, end in final[name])}
    conditions = lasting & set(SHORT)
    for name in SHORT:
        assert len(watch.open(SHORT[name])) == (name in lasting)
    for name in IDPS:
        own = watch.open(f"idp:{name}")
        if name not in lasting:
            assert own == []
        elif not conditions and not watch.shared:
            assert len(own) == 1
        assert len(own) == 0 or "C3" not in conditions
    for each in watch.incidents.values():
        assert not each.touched
        assert each.origin in MACHINES
        assert each.severity is _severity(each.scope.subject)


def _severity(subject: str) -> Severity:
    if subject in (*CONDITIONS, "shared"):
        return Severity.CRITICAL
    return Severity.MEDIUM if subject in (CLIENT, f"idp:{AT_CLIENT}") else Severity.MAJOR


@given(lives())
def test_what_a_client_alone_meets_for_long_has_one_open_incident_and_nothing_is_told_twice(life: Life) -> None:
    watch = live(life, people=False)
    final = {**life.downs, **life.rewritten}
    lasting = {name for name in NAMES if any(end is None for _, end in final[name])}
    conditions = lasting & set(SHORT)
    at_client, at_idp = watch.open(CLIENT), watch.open(f"idp:{AT_CLIENT}")
    if CLIENT not in lasting or conditions:
        assert at_client == []
    elif "ameli" not in lasting:  # the client may choose no other, so with it the client may have one incident or none
        assert len(at_client) == 1
    if AT_CLIENT not in lasting or "C3" in lasting or (lasting & {"ameli", CLIENT} and not conditions):
        assert at_idp == []
    elif not conditions and not watch.shared:
        assert len(at_idp) == 1


@given(lives())
def test_however_often_it_looks_a_condition_has_one_incident_for_all_outages_within_half_an_hour(life: Life) -> None:
    watch = live(life._replace(rewritten={}, unknown={}), people=False)
    for name, subject in SHORT.items():
        mine = [(each.began_us, each.ended_us, each.open) for each in watch.incidents.values() if each.scope.subject == subject]
        assert mine == [(minute(start), None if end is None else minute(end), end is None) for start, end in _joined(life.downs[name])]


def _joined(spans: list[tuple[float, float | None]]) -> list[tuple[float, float | None]]:
    found: list[tuple[float, float | None]] = []
    for start, end in spans:
        last = found[-1][1] if found else None
        if found and last is not None and start - last <= 30:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


CAUSES = [Cause(Fault.IDP, reason, Step.IDP_LOGIN) for reason in (Reason.TIMEOUT, Reason.CONNECT, Reason.HTTP_STATUS, Reason.TLS)]


@given(spans(), st.dictionaries(st.integers(0, LENGTH), st.sampled_from(CAUSES)), st.sets(st.integers(0, LENGTH), max_size=12))
def test_a_description_says_why_in_this_occurrence_and_nothing_of_the_one_before(
    downs: list[tuple[float, float | None]], causes: dict[int, Cause], ticks: set[int]
) -> None:
    watch = StatedHub(downs={"ameli": downs}, causes={"ameli": sorted(causes.items())})
    ended_us = 0
    for tick in sorted(ticks):
        for act in watch.tick(tick):
            if act.kind is ActKind.OPENED:
                assert act.data["detail"] == _causes(watch, act.data["began_us"], tick)
            if act.kind is ActKind.REOPENED:
                assert watch.incidents[act.number].detail == _causes(watch, ended_us, tick)
            if act.kind is ActKind.RESOLVED:
                ended_us = int(act.data["ended_us"] or 0)


def _causes(watch: StatedHub, since_us: Any, tick: int) -> str:
    """Why it was down in each minute until the tick, or until it was up for half an hour, one by
    one, in the register's words.
    """
    down: list[int] = []
    for at in range(tick + 1):
        if minute(at) >= since_us and any(_within(at, span) for span in watch.downs["ameli"]):
            if down and at - (down[-1] + 1) > 30:
                break
            down.append(at)
    return "\n".join(dict.fromkeys(CLOSED_WORDS.cause(DatedCause(watch.cause("ameli", at), 0, None), "") for at in down))


def _within(at: int, span: tuple[float, float | None]) -> bool:
    return span[0] <= at and (span[1] is None or at < span[1])


@given(courses(), st.lists(st.integers(0, 150), min_size=1, max_size=10), st.integers(0, 150))
def test_flags_and_incidents_come_to_rest_together(watch: StatedHub, times: list[int], approval: int) -> None:
    """With tiles that come and go, `direct` good and bad, and somebody who approves
    and calls recovered what waits for it.
    """
    for now in sorted(times):
        watch.tick(now)
        for idp, flag in sorted(watch.flags.items()):
            asked = {FlagStep.PROPOSED: FlagStep.APPROVED, FlagStep.DEACTIVATED: FlagStep.RECOVERED}.get(flag.state)
            if asked is not None and now >= approval:
                watch.flag(FlagAct("fc", idp, asked, minute(now), "Alice", "so"))
        watch.tick(now)
        assert watch.tick(now) == []
    for incident in watch.incidents.values():
        assert replay([act for act in watch.acts if act.number == incident.number]) == incident
