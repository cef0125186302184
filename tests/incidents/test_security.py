"""What the hub accepts and must refuse opens a security incident, once, and its end resolves it."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from probe.core.incident.model import ActKind, Data, Incident, IncidentState, Origin, Severity
from probe.core.judgement.detail import Detail, DetailKind
from probe.core.judgement.observation import Fault, Kind, Outcome, Reason, Step
from probe.core.judgement.subject import CONDITIONS
from probe.core.times import DAY_US
from probe.incidents.store.situations import Place
from tests.builders import MINUTE, SECOND, observation
from tests.fakes.watched_hub import IDPS, WatchedHub, always

COUNTS = 30 * MINUTE
ASKED = {"client": COUNTS, "token": 3 * DAY_US}
REFUSED, ACCEPTED, NOTHING = "refused", "accepted", "nothing"
_FOUND = {
    REFUSED: {},
    ACCEPTED: {
        "outcome": Outcome.FAILED,
        "fault": Fault.HUB,
        "reason": Reason.NEGATIVE_PASSED,
        "step": Step.MIRE,
        "detail": Detail(DetailKind.CLIENT_ACCEPTED),
    },
    NOTHING: {"outcome": Outcome.INCONCLUSIVE, "reason": Reason.NOTHING_PROVED, "step": Step.MIRE},
}


@pytest.fixture
def world(engine: Engine) -> WatchedHub:
    world = WatchedHub(engine, always(places=(Place("fc", IDPS, contacts=frozenset(IDPS), negatives=ASKED),)))
    world.run(1)
    return world


def ask(world: WatchedHub, *found: str, name: str = "client", vantage: str = "local") -> None:
    """The hub is asked as often, ten seconds apart."""
    for each in found:
        world.now_us += 10 * SECOND
        world.recording.keep([observation(Kind.NEGATIVE, world.now_us, idp=name, vantage=vantage, retry=True, **_FOUND[each])])  # type: ignore[arg-type]
        world.now_us += SECOND
        world.tick()


def told(world: WatchedHub) -> list[tuple[str, str]]:
    return [(each.scope.subject, each.state.value) for each in world.incidents()]


def test_what_is_accepted_twice_opens_one_incident_of_severity_1(world: WatchedHub) -> None:
    began_us = world.now_us + 10 * SECOND
    ask(world, ACCEPTED)
    assert told(world) == []
    ask(world, ACCEPTED, ACCEPTED, NOTHING, ACCEPTED)
    (incident,) = world.incidents()
    assert (incident.scope.subject, incident.state, incident.severity) == ("security:client", IncidentState.NEW, Severity.CRITICAL)
    assert (incident.origin, incident.began_us, incident.blocking, incident.idp) == (Origin.SECURITY, began_us, False, None)
    assert incident.title == "The hub accepts what it must refuse: unknown client"
    assert incident.detail.startswith("The hub shows its mire to a client that it does not know (observation no. ")


def test_it_is_no_unavailability(world: WatchedHub) -> None:
    ask(world, ACCEPTED, ACCEPTED)
    world.run(1)
    assert not {each.scope.subject for each in world.incidents()} & {*CONDITIONS}
    assert [world.steps(idp) for idp in IDPS] == [[], [], []]


def test_two_refusals_resolve_it_and_nobody_outside_is_told(world: WatchedHub) -> None:
    """docs/incidents.md: it is people who close it."""
    ask(world, ACCEPTED, ACCEPTED, REFUSED)
    assert told(world) == [("security:client", "new")]
    ended_us = world.now_us - SECOND
    ask(world, REFUSED)
    (incident,) = world.incidents()
    assert (incident.state, incident.ended_us) == (IncidentState.RESOLVED, ended_us)
    assert ActKind.NOTIFIED not in {act.kind for act in world.acts(incident.number)}
    world.wait(30 * DAY_US)
    assert told(world) == [("security:client", "resolved")]


@pytest.mark.parametrize("found", [(NOTHING,) * 9, (REFUSED, NOTHING), (REFUSED, ACCEPTED) * 3])
def test_nothing_less_resolves_it(world: WatchedHub, found: tuple[str, ...]) -> None:
    ask(world, ACCEPTED, ACCEPTED, *found)
    world.wait(COUNTS * 2)
    assert told(world) == [("security:client", "new")]


def test_one_that_is_back_within_half_an_hour_reopens_it_and_later_it_is_another(world: WatchedHub) -> None:
    ask(world, ACCEPTED, ACCEPTED, REFUSED, REFUSED, ACCEPTED, ACCEPTED)
    assert told(world) == [("security:client", "new")]
    ask(world, REFUSED, REFUSED)
    world.wait(31 * MINUTE)
    ask(world, ACCEPTED, ACCEPTED)
    assert told(world) == [("security:client", "resolved"), ("security:client", "new")]


def test_each_thing_that_is_accepted_has_an_incident_of_its_own(world: WatchedHub) -> None:
    ask(world, ACCEPTED, ACCEPTED)
    ask(world, ACCEPTED, ACCEPTED, name="token")
    ask(world, REFUSED, REFUSED)
    assert told(world) == [("security:client", "resolved"), ("security:token", "new")]


def test_a_finding_counts_as_long_as_an_observation_vouches_also_for_another_process(world: WatchedHub) -> None:
    ask(world, ACCEPTED, name="token")
    world.wait(2 * DAY_US)
    world.restart()
    ask(world, ACCEPTED, name="token")
    assert told(world) == [("security:token", "new")]
    ask(world, ACCEPTED)
    world.wait(COUNTS)
    ask(world, ACCEPTED)
    assert told(world) == [("security:token", "new")]


def test_one_vantage_is_enough_to_open_it_and_all_must_see_the_end(world: WatchedHub) -> None:
    ask(world, REFUSED, REFUSED, vantage="paris")
    for _ in range(2):
        ask(world, ACCEPTED, vantage="lyon")
        ask(world, REFUSED, vantage="paris")
    assert told(world) == [("security:client", "new")]
    ask(world, REFUSED, REFUSED, vantage="paris")
    assert told(world) == [("security:client", "new")]
    ask(world, REFUSED, REFUSED, vantage="lyon")
    assert told(world) == [("security:client", "resolved")]


def _agree(world: WatchedHub, incident: Incident) -> None:
    data: Data = {"way": "agreed", "by": "Bob", "ours": "Ada", "how": "written", "when_us": world.now_us}
    world.service.act(incident.number, ActKind.CLOSED, data, author="Ada")


def _resolve(world: WatchedHub, incident: Incident) -> None:
    world.service.act(incident.number, ActKind.RESOLVED, {"text": "the client was removed"}, author="Ada")


@pytest.mark.parametrize(("end", "left"), [(_agree, ["closed"]), (_resolve, ["new"])])
def test_a_person_who_resolves_what_lasts_is_told_and_what_both_parties_left_stays_closed(
    world: WatchedHub, end: Callable[[WatchedHub, Incident], None], left: list[str]
) -> None:
    ask(world, ACCEPTED, ACCEPTED)
    end(world, world.incidents()[0])
    world.wait(40 * MINUTE)
    ask(world, ACCEPTED, ACCEPTED)
    assert [state for _, state in told(world)] == left
    world.wait(3 * DAY_US)
    ask(world, ACCEPTED, ACCEPTED)
    assert [state for _, state in told(world)] == left


def test_what_is_no_longer_asked_stays_open_for_a_person(world: WatchedHub) -> None:
    ask(world, ACCEPTED, ACCEPTED)
    world.automation.configure(always(places=(Place("fc", IDPS),)))
    world.wait(DAY_US)
    world.automation.configure(always(places=()))
    world.wait(DAY_US)
    assert told(world) == [("security:client", "new")]


def test_the_incident_that_a_person_opened_about_security_is_a_persons(world: WatchedHub) -> None:
    world.service.open(author="Ada", hub="fc", severity=Severity.CRITICAL, title="a leak", origin=Origin.SECURITY)
    ask(world, ACCEPTED, ACCEPTED, REFUSED, REFUSED)
    assert told(world) == [("", "new"), ("security:client", "resolved")]


def test_the_register_agrees_with_its_acts(world: WatchedHub) -> None:
    ask(world, ACCEPTED, ACCEPTED, REFUSED, REFUSED, ACCEPTED, ACCEPTED)
    assert world.findings() == []
