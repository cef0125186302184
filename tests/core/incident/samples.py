"""Makes observations of a mire and its IdPs, minute by minute, and whole courses of events."""

from dataclasses import replace

from hypothesis import strategies as st

from probe.core.incident import deactivation, deactivation_steps
from probe.core.incident.deactivation import Flag, FlagCause, FlagStep
from probe.core.incident.deactivation_steps import FlagTerms, Stepped
from probe.core.incident.model import MACHINE
from probe.core.incident.situation import Sample
from probe.core.judgement.observation import Kind
from tests.fakes.stated_hub import StatedHub, minute

IDPS = ("ameli", "impots", "poste")


def mire(selectable: int = 3, until: int = 400) -> list[Sample]:
    return [Sample(Kind.MIRE, None, minute(now), True, selectable=selectable) for now in range(until)]


def direct(idp: str, good: bool | None, start: float, end: float, every: float = 1) -> list[Sample]:
    times = [start + n * every for n in range(int((end - start) / every) + 1)]
    return [Sample(Kind.DIRECT, idp, minute(now), good) for now in times]


def seen(idp: str, offered: bool | None, start: float, end: float, good: bool | None = None) -> list[Sample]:
    return [Sample(Kind.IDENTITY, idp, minute(now), good, offered=offered) for now in range(int(start), int(end) + 1)]


def failing(idp: str, pattern: str, start: float = 0) -> list[Sample]:
    letters = {"x": False, ".": True, "?": None}
    return [Sample(Kind.IDENTITY, idp, minute(start + n), letters[letter], offered=True) for n, letter in enumerate(pattern)]


@st.composite
def courses(draw: st.DrawFn) -> StatedHub:
    samples = mire(draw(st.integers(0, 4)))
    for idp in IDPS:
        samples += failing(idp, draw(st.text("x.?", max_size=60)), start=draw(st.integers(0, 60)))
        for good in (True, False):
            start = draw(st.integers(0, 90))
            samples += direct(idp, good, start, start + draw(st.integers(0, 40)))
        start = draw(st.integers(0, 90))
        samples += seen(idp, draw(st.booleans()), start, start + draw(st.integers(0, 20)))
    downs: dict[str, list[tuple[float, float | None]]] = {}
    for name in draw(st.sets(st.sampled_from([*IDPS, "C1", "C2", "C3"]), max_size=4)):
        start = draw(st.integers(0, 90))
        downs[name] = [(start, draw(st.one_of(st.none(), st.integers(start + 1, 120))))]
    return StatedHub(downs=downs, samples=samples, flag_terms=replace(FlagTerms(), automatic=draw(st.booleans())))


def step(watch: StatedHub, now: float) -> Stepped:
    """What the machine does, written."""
    stepped = deactivation_steps.step(watch.situation(now), watch.flags, watch.flag_terms)
    for act in stepped.acts:
        watch.flag(act)
    return stepped


def flagged(state: FlagStep, *, since: float = 0, blind: bool = False, why: FlagCause = FlagCause.UNAVAILABLE) -> Flag:
    at_us = minute(since)
    deactivated = at_us if state in (FlagStep.DEACTIVATED, FlagStep.RECOVERED, FlagStep.REACTIVATED) else None
    ended = at_us if state in deactivation.OVER else None
    return Flag("fc", "ameli", state, at_us, at_us, why, MACHINE, blind=blind, deactivated_us=deactivated, ended_us=ended)
