"""The register counted for the metrics: what is open, what is due, what was missed;
only what is new is read.
"""

from fractions import Fraction

from sqlalchemy import event

from exporters.metrics.readings import FlagReading, RegisterReading, TicketWay
from probe.core.incident.model import ActKind, Severity
from probe.core.judgement.observation import Kind, Observation
from probe.core.judgement.sighting import Aspect, Sighting
from probe.core.radar.change import ChangeKind
from probe.core.radar.notice import Notice
from probe.core.sla.correction import Change
from probe.ledger.db.store import writing
from probe.ledger.figures.corrections import announce
from probe.service.incident_readings import IncidentCounter, with_counts
from tests.builders import MINUTE, SECOND, observation
from tests.fakes.watched_hub import WatchedHub

DAY = 86_400 * SECOND


def counted(world: WatchedHub, tally: IncidentCounter | None = None) -> RegisterReading:
    with world.engine.connect() as connection:
        return (tally or IncidentCounter()).count(connection, world.policy, world.automation, world.now_us)


def test_before_anything_happened_nothing_is_counted_and_the_clocks_were_looked_at(world: WatchedHub) -> None:
    found = counted(world)
    assert (dict(found.not_closed), found.received, dict(found.deadline_us)) == ({}, {}, {})
    assert found.seen_us == world.now_us
    assert found.flags["fc", "ameli"] == FlagReading()


def test_an_outage_is_counted_with_its_deadlines_until_they_are_missed(world: WatchedHub) -> None:
    world.run(3, down=["ameli"])
    received_us = world.incidents()[0].received_us
    found = counted(world)
    assert found.not_closed == {(2, "new"): 1}
    assert found.received == {2: 1}
    assert found.oldest_us == {2: received_us}
    assert found.deadline_us["escalation"] == received_us + 150 * SECOND
    assert [one.reference for one in found.open] == ["VIGIE-1"]
    world.wait(10 * MINUTE)
    found = counted(world)
    assert "escalation" not in found.deadline_us
    assert found.overdue["resolution"] == 1
    assert found.breaches == {("resolution", 2): 1}
    assert found.escalations == {2: 1}


def test_an_escalation_that_is_late_shows_by_how_much_before_and_after_it_fired(world: WatchedHub) -> None:
    world.run(3, down=["ameli"])
    received_us = world.incidents()[0].received_us
    world.now_us += 5 * MINUTE  # nobody looked
    late_us = world.now_us - received_us - 150 * SECOND
    assert counted(world).lag_us == late_us
    world.tick()
    assert counted(world).lag_us == late_us
    world.now_us += MINUTE
    assert counted(world).lag_us == late_us


def test_the_indicator_moves_with_time_alone(world: WatchedHub) -> None:
    number = world.service.open(author="Ada", hub="fc", severity=Severity.MINOR, title="?").number
    tally = IncidentCounter()
    assert counted(world, tally).indicators["rolling"].due is None
    world.now_us += 2 * DAY
    told = counted(world, tally).indicators["rolling"]
    assert (told.contract, told.due, told.received, told.late) == (Fraction(0), Fraction(0), 1, 1)
    world.service.act(number, ActKind.RESOLVED, {"text": "done"}, author="Ada")
    fast = world.service.open(author="Ada", hub="fc", severity=Severity.MINOR, title="?").number
    world.service.act(fast, ActKind.RESOLVED, {"text": "done"}, author="Ada")
    assert counted(world, tally).indicators["rolling"].contract == Fraction(1, 2)


def test_flags_are_told_with_the_guard_that_holds(world: WatchedHub) -> None:
    world.run(9, down=["ameli"])
    assert counted(world).flags["fc", "ameli"].state == "proposed"
    world.run(9, down=["ameli", "yris", "msa"])
    assert counted(world).flags["fc", "yris"] == FlagReading(guarded=True)


def test_announced_changes_are_counted_those_to_come_and_the_late_ones(world: WatchedHub) -> None:
    now = world.now_us
    with writing(world.engine) as connection:
        for planned in (now + 30 * DAY, now + 300 * DAY):
            announce(connection, Change(0, "fc", planned, now, "a new page", "Ada"))
    found = counted(world)
    assert (found.changes_planned, found.changes_late) == ({"fc": 2}, {"fc": 1})


def test_changes_that_were_seen_are_counted_by_whether_they_were_announced(world: WatchedHub) -> None:
    """docs/contract.md, 2.1: « une information préalable [...] dans un délai de six mois »"""
    at = world.now_us

    def shown(aspect: Aspect, value: str, at_us: int) -> Observation:
        seen = (Sighting(aspect, "fc.example", (("certificate" if aspect is Aspect.CHAIN else "issuer", value),), "1:", at_us),)
        return observation(Kind.MIRE, at_us, sightings=seen)

    of_metadata = [shown(Aspect.METADATA, value, at - days * DAY) for value, days in (("old", 500), ("older", 480), ("a", 100))]
    of_the_chain = [shown(Aspect.CHAIN, "1", at - DAY), shown(Aspect.CHAIN, "2", at - 1)]
    world.recording.keep([*of_metadata, *of_the_chain, shown(Aspect.METADATA, "b", at)])
    found = counted(world)
    assert found.changes_seen == {("fc", "nobody"): 2, ("fc", "not_needed"): 1}
    assert [(one.kind, one.place, one.traits, one.notice) for one in found.latest_changes["fc"]] == [
        (ChangeKind.METADATA, "fc.example", ("issuer",), Notice.NOBODY),
        (ChangeKind.CERTIFICATE_RENEWED, "fc.example", ("certificate",), Notice.NOT_NEEDED),
    ]
    assert [one.notice for one in world.service.seen_changes()["fc"]] == [Notice.NOBODY, Notice.NOT_NEEDED, Notice.NOBODY]


def test_what_waits_for_the_ticket_systems_is_counted_beside_what_this_process_brought(world: WatchedHub) -> None:
    world.run(3, down=["ameli"])
    found = with_counts(counted(world), {"desk": 4}, {"other": 1}, {"desk": TicketWay(7, failing=True)}, {("api", "opened"): 2})
    assert (found.systems["desk"].waiting, found.systems["desk"].delivered) == (1, 4)
    assert found.systems["desk"].way == TicketWay(7, failing=True)
    assert (found.systems["other"].waiting, found.systems["other"].failures) == (0, 1)
    assert found.intake == {("api", "opened"): 2}


def test_a_count_reads_nothing_that_it_knows(world: WatchedHub) -> None:
    tally = IncidentCounter()
    for _ in range(20):
        world.service.open(author="Ada", hub="fc", severity=Severity.MINOR, title="?")
    counted(world, tally)
    asked: list[str] = []
    event.listen(world.engine, "after_cursor_execute", lambda *given: asked.append(given[2]))
    before = counted(world, tally)
    again = [statement for statement in asked if "FROM incident" in statement or "FROM act" in statement]
    assert all("> ?" in statement or "> %(" in statement for statement in again)
    assert before.received == {4: 20}
