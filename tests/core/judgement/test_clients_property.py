"""Each client of a hub is judged by its own journeys alone (docs/judgement.md, "Several clients").

The oracle is the fold itself, of each client's observations alone: they are watched as if the
client had the hub to itself. That fold is held to `oracle.py` elsewhere. No vantage's clock is
stepped here: a step voids what all clients saw.
"""

from dataclasses import dataclass, replace

from hypothesis import event, given
from hypothesis import strategies as st

from probe.core.judgement.condition import CONDITIONS, HUB, State, SubjectStatus, subjects
from probe.core.judgement.corroboration import Neighbours, corroborate, remember
from probe.core.judgement.fold import advance, begin, fold
from probe.core.judgement.observation import Fault, Kind, Observation, Outcome, Reason, SetupPart, Step
from probe.core.judgement.retry import RetryTarget, retries
from probe.core.judgement.spec import ClientSpec, HubSpec
from probe.core.judgement.subject import at_client, client_of
from probe.core.judgement.timeline import Timeline, timelines
from tests.core.judgement.strategies import BEGUN, Scenario, Told, observation, specs, walks

WITNESS, LEVEL = "witness", "eidas2"
CLIENTS = ("", LEVEL, WITNESS)


@dataclass(frozen=True)
class Shared:
    """A hub with several clients, and what each of them saw."""

    spec: HubSpec
    seen: tuple[Observation, ...]


@st.composite
def hubs(draw: st.DrawFn) -> Shared:
    """Every client meets moods of its own."""
    main = draw(specs())
    idps = main.idps[: draw(st.integers(0, len(main.idps)))]
    spec = replace(main, clients=(ClientSpec(LEVEL, "id-2", idps), ClientSpec(WITNESS, "id-3")))
    found: list[Observation] = []
    for client in CLIENTS:
        walked: Scenario = draw(walks(_alone(spec, client), most=4, steps_of_the_clock=False))
        in_time = [each for each in walked.observations if each.finished_us - each.started_us <= spec.grace_us]
        found += [replace(each, client=client) for each in in_time if each.kind is not Kind.DIRECT or not client]
    found.sort(key=lambda each: each.finished_us)
    return Shared(spec, tuple(found))


class Watch:
    """A hub that is watched, what its ledger says of each subject, and what is asked again."""

    def __init__(self, spec: HubSpec) -> None:
        self.state, self.rows = begin(spec, BEGUN)

    def see(self, observation: Observation) -> frozenset[RetryTarget]:
        rows = fold(self.state, observation)
        self.rows += rows
        return retries(self.state, observation, rows)

    def courses(self, until_us: int) -> dict[str, Timeline]:
        return {subject: found for (_, subject), found in timelines([*self.rows, *advance(self.state, until_us)]).items()}


@given(hubs())
def test_each_client_is_judged_and_asks_again_as_if_it_had_the_hub_to_itself(shared: Shared) -> None:
    """So no other client makes a condition, or hides one: the main client's are the hub's.

    But a mire that is back makes only the main client ask for all its journeys at once.
    """
    together, alone = Watch(shared.spec), {client: Watch(_alone(shared.spec, client)) for client in CLIENTS}
    for seen in shared.seen:
        asked_again = together.see(seen)
        for client in CLIENTS if seen.kind is Kind.DIRECT else (seen.client,):
            watch, own = alone[client], replace(seen, client="")
            expected = watch.see(own)
            if client == seen.client:
                assert asked_again == (retries(watch.state, own, []) if client else expected)
    until_us = max((each.finished_us for each in shared.seen), default=BEGUN)
    found = together.courses(until_us)
    assert set(found) == set(subjects(shared.spec))
    for client in CLIENTS:
        for subject, course in alone[client].courses(until_us).items():
            if name := _name(subject, client):
                for at_us in {at for each in (found[name], course) for at, _ in each.points}:
                    assert standing(found[name], at_us) == standing(course, at_us), (client, subject, at_us)
    event(f"another client down: {any(status.state is State.DOWN for _, status in found[client_of(LEVEL)].points)}")


def standing(course: Timeline, at_us: int) -> SubjectStatus:
    return course.points[course.index(at_us)][1]


def _name(subject: str, client: str) -> str | None:
    """The subject of a client that had the hub to itself, as the shared hub has it."""
    if subject in CONDITIONS and client:
        return None
    return client_of(client) if subject == HUB and client else at_client(subject, client)


def _alone(spec: HubSpec, client: str) -> HubSpec:
    seen = spec.as_seen_by(client)
    assert seen is not None
    return replace(seen, clients=())


# --- a client that the hub does not know

UNKNOWN = Told(Outcome.FAILED, Fault.HUB, Reason.HUB_ERROR, Step.AUTHORIZE, "Y04EA6EF", on_hub=True)
OTHER = Told(Outcome.FAILED, Fault.HUB, Reason.TIMEOUT, Step.AUTHORIZE, on_hub=True)
KNOWN = Told(Outcome.OK)


@st.composite
def asked(draw: st.DrawFn) -> list[Observation]:
    """The mire, as three clients are shown it in the order in which it was recorded."""
    found = []
    for _ in range(draw(st.integers(1, 12))):
        told = draw(st.sampled_from((UNKNOWN, UNKNOWN, KNOWN, OTHER)))
        seen = observation((Kind.MIRE, None), told, draw(st.integers(0, 12)), draw(st.integers(0, 4)), 10)
        part = SetupPart.CLIENT if told is UNKNOWN else None
        found.append(replace(seen, client=draw(st.sampled_from(CLIENTS)), part=part))
    return found


@given(asked())
def test_an_unknown_client_is_ours_exactly_while_the_hub_knows_another_one(journeys: list[Observation]) -> None:
    near = Neighbours()
    for number, seen in enumerate(journeys):
        settled = corroborate(seen, near)
        remember(settled, near, 3)
        ours = seen.part is not None and any(_shown_since(seen, journeys[:number], other) for other in set(CLIENTS) - {seen.client})
        expected = replace(seen, outcome=Outcome.INCONCLUSIVE, fault=Fault.SP, reason=Reason.CLIENT_UNKNOWN, part=None) if ours else seen
        assert settled == expected
        assert corroborate(settled, near) == settled
        event(f"ours: {ours}")


def _shown_since(seen: Observation, before: list[Observation], other: str) -> bool:
    """Whether the latest that the hub told another client, known or unknown, is since the journey
    began, and is that it knows it.
    """
    told = [each for each in before if each.client == other and each.reason is not Reason.TIMEOUT]
    latest = max((each.finished_us for each in told), default=-1)
    last = next((each for each in reversed(told) if each.finished_us == latest), None)
    return last is not None and last.outcome is Outcome.OK and latest >= seen.started_us
