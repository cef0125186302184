"""What was seen of the hub's outward form is committed with its observation, and kept for ever."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlalchemy import Engine, select, text

from probe.audit.verify import verify
from probe.core.judgement.observation import Observation
from probe.core.judgement.sighting import Aspect, Sighting
from probe.core.radar.change import ChangeKind, seen_changes
from probe.core.radar.notice import ANNOUNCED, Notice
from probe.errors import LedgerError
from probe.ledger.db import schema
from probe.ledger.figures.runs import on
from probe.ledger.figures.seen import SeenChanges, noticed_changes, sightings, watched
from probe.ledger.reader import Reader
from probe.ledger.shared.inbox import Inbox
from tests.builders import BEGUN, DAY, SECOND, SPEC, mire
from tests.fakes.recorder import ImmediateRecorder, in_memory

OLD, NEW = (("issuer", "a"), ("scopes_supported=openid", "")), (("issuer", "b"), ("scopes_supported=openid", ""))


def metadata(at_us: int, traits: tuple[tuple[str, str], ...], before_us: int | None = None) -> Sighting:
    return Sighting(Aspect.METADATA, "", traits, "1:", at_us, before_us)


def shown(*traits: tuple[tuple[str, str], ...]) -> list[Observation]:
    """Mires a day after each other, each with what was seen of the metadata."""
    days = enumerate(traits)
    return [replace(mire(number * DAY // SECOND), sightings=(metadata(BEGUN + number * DAY, each),)) for number, each in days]


def read(engine: Engine) -> Sequence[Sighting]:
    with engine.connect() as connection:
        return sightings(on(connection)).get("fc", [])


def test_sightings_are_read_as_they_were_seen_and_their_traits_are_stored_once(engine: Engine) -> None:
    days = shown(OLD, OLD, NEW, OLD)
    ImmediateRecorder(engine).keep(days)
    assert read(engine) == [one for day in days for one in day.sightings]
    assert [one.sightings for _, one in Reader(engine).observations()] == [day.sightings for day in days]
    with engine.connect() as connection:
        assert [row.traits is not None for row in connection.execute(select(schema.sighting))] == [True, False, True, False]
        assert verify(connection).findings == []


def test_what_a_vantage_delivers_to_a_shared_store_is_recorded_too(engine: Engine) -> None:
    inbox = Inbox(engine)
    inbox.configure([SPEC], BEGUN)
    days = shown(OLD, NEW)
    inbox.deliver("source", "lyon", [(number, replace(day, vantage="lyon")) for number, day in enumerate(days, 1)], BEGUN + 2 * DAY)
    inbox.deliver("source", "lyon", [(2, replace(days[1], vantage="lyon"))], BEGUN + 2 * DAY)  # again
    assert read(engine) == [one for day in days for one in day.sightings]


@pytest.mark.parametrize(
    ("statement", "number"),
    [
        ("UPDATE sighting SET since_us = since_us + 1 WHERE seq = 2", 2),
        ("UPDATE sighting SET traits = '[]' WHERE seq = 1", 1),
        ("DELETE FROM sighting WHERE seq = 1", 2),
        ("DELETE FROM sighting WHERE seq = 3", 3),
    ],
)
def test_an_altered_sighting_is_named(statement: str, number: int) -> None:
    engine = in_memory()
    ImmediateRecorder(engine).keep(shown(OLD, NEW, OLD))
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        assert verify(connection).findings == []
        connection.execute(text(statement))
        found = verify(connection).findings
    assert (found[0].table, found[0].number) == ("sighting", number)


def test_the_record_outlives_the_observations() -> None:
    engine = in_memory()
    recording = ImmediateRecorder(engine)
    recording.keep(shown(OLD, NEW))
    recording.writer.forget(BEGUN + 10 * DAY)
    (change,) = seen_changes(read(engine))
    assert (change.kind, change.first_us) == (ChangeKind.METADATA, BEGUN + DAY)
    with engine.connect() as connection:
        assert verify(connection).findings == []


def test_the_changes_are_read_again_when_there_is_a_new_sighting() -> None:
    engine, seen = in_memory(), SeenChanges()
    recording = ImmediateRecorder(engine)
    recording.keep(shown(OLD))
    with engine.connect() as connection:
        assert seen.read(on(connection), lambda _: ANNOUNCED) == {"fc": []}
    recording.keep(shown(OLD, NEW)[1:])
    with engine.connect() as connection:
        (one,) = seen.read(on(connection), lambda _: ANNOUNCED)["fc"]
        assert [one] == noticed_changes(on(connection), lambda _: ANNOUNCED)["fc"]
        (routine,) = seen.read(on(connection), lambda _: ())["fc"]
    assert (one.notice, routine.notice) == (Notice.NOBODY, Notice.NOT_NEEDED)


def test_what_is_watched_is_told_with_its_instants() -> None:
    (part,) = watched([metadata(BEGUN + day * DAY, OLD) for day in (2, 0, 1)])
    assert (part.aspect, part.since_us, part.last_us) == (Aspect.METADATA, BEGUN, BEGUN + 2 * DAY)


def test_what_vigie_did_not_write_is_told_as_such() -> None:
    engine = in_memory()
    ImmediateRecorder(engine).keep(shown(OLD))
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.execute(text("UPDATE sighting SET aspect = 'colour'"))
        with pytest.raises(LedgerError, match="did not write"):
            sightings(on(connection))
