"""The ends of all timelines of a hub, read at once and again only where the ledger went on:
what each says, read by itself.
"""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete
from sqlalchemy import event as hook

from probe.core.incident.situation import Situation
from probe.core.judgement.condition import State, SubjectStatus
from probe.core.judgement.observation import Fault
from probe.core.judgement.signal import Cause
from probe.core.judgement.spec import HubSpec, IdpSpec
from probe.core.judgement.subject import CONDITIONS, HUB, journey_of
from probe.core.judgement.timeline import LedgerRow
from probe.incidents.automation import Automation
from probe.incidents.store.situations import Place, Samples, situation_of
from probe.ledger.db import schema
from probe.ledger.figures import fast_memory
from probe.ledger.tails import Tails
from probe.ledger.writer import append_rows
from tests.builders import BEGUN, SECOND, journey, mire
from tests.fakes.recorder import ImmediateRecorder as Recording
from tests.fakes.watched_hub import WatchedHub, always
from tests.incidents import one_by_one

IDPS = tuple(f"i{number}" for number in range(6))
SUBJECTS = (HUB, *CONDITIONS, *map(journey_of, IDPS))
CAUSE = Cause(Fault.IDP, None, None)
standings = st.sampled_from(
    (
        SubjectStatus(State.UP),
        SubjectStatus(State.UP),
        SubjectStatus(State.BLIP),
        SubjectStatus(State.UNKNOWN),
        SubjectStatus(State.DOWN, CAUSE),
    )
)
rows = st.builds(
    lambda hub, subject, at, standing: LedgerRow(hub, subject, at * SECOND, standing, at * SECOND),
    st.sampled_from(("fc", "fc", "fc", "other")), st.sampled_from(SUBJECTS), st.integers(0, 200), standings,
)  # fmt: skip
news = st.lists(rows, max_size=25).map(lambda found: sorted(found, key=lambda row: row.effective_us // (20 * SECOND)))
"""In the order of time, but for what is corrected some seconds back."""
steps = st.lists(st.tuples(news, st.integers(0, 220), st.integers(0, 60), st.booleans()), min_size=1, max_size=5)


def far_enough(now_us: int, back_us: int) -> Callable[[Situation], int]:
    """Some seconds back, or to before the beginning of all that lasts."""
    return lambda stand: min([now_us - back_us, *(each.start_us for each in stand.outages if each.end_us is None)]) - 5 * SECOND


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(told=steps, lapses=st.lists(rows, max_size=4))
def test_all_subjects_at_once_stand_as_each_read_by_itself(
    engine: Engine, told: list[tuple[list[LedgerRow], int, int, bool]], lapses: list[LedgerRow]
) -> None:
    """Whatever was read before, and however far back; also where a transaction was rolled back."""
    place = Place("fc", IDPS)
    lapsed = sorted((row for row in lapses if row.hub == "fc"), key=lambda row: row.effective_us)
    tails = Tails()
    with engine.connect() as connection:
        try:
            for new, now, back, kept in told:
                mark = connection.begin_nested()
                append_rows(connection, new, "")
                known = tails if kept else tails.copy()
                known.refresh(connection)
                since = far_enough(now * SECOND, back * SECOND)
                found = situation_of(connection, place, now * SECOND, Samples(0), known, lapsed, since)
                assert found == one_by_one.situation_of(connection, place, now * SECOND, (), lapsed, since)
                event(f"outages: {min(len(found.outages), 3)}")
                if kept:
                    mark.commit()
                else:
                    mark.rollback()
        finally:
            connection.rollback()


def test_a_ledger_that_is_not_the_one_that_was_read_is_read_anew(engine: Engine) -> None:
    """A replica that took its place may know less, and give the same numbers again."""
    tails = Tails()

    def down() -> bool:
        tails.refresh(connection)
        return tails.read(connection, "fc", SUBJECTS, 0)[HUB][-1].status.state is State.DOWN

    with engine.connect() as connection:
        append_rows(
            connection, [LedgerRow("fc", HUB, 1, SubjectStatus(State.UP), 1), LedgerRow("fc", HUB, 2, SubjectStatus(State.UP), 2)], ""
        )
        assert not down()
        for table in (schema.ledger, schema.interval):
            connection.execute(delete(table))
        append_rows(
            connection,
            [LedgerRow("fc", HUB, 1, SubjectStatus(State.DOWN, CAUSE), 1), LedgerRow("fc", CONDITIONS[-1], 2, SubjectStatus(State.UP), 2)],
            "",
        )
        assert down()
        connection.rollback()


# --- how much is asked ----------------------------------------------------------------------------


class Asked:
    """The statements that an engine executes, counted."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.statements: list[str] = []

    def _note(self, _connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        self.statements.append(statement)

    def __enter__(self) -> "Asked":
        hook.listen(self._engine, "before_cursor_execute", self._note)
        return self

    def __exit__(self, *_exc: object) -> None:
        hook.remove(self._engine, "before_cursor_execute", self._note)

    def of_intervals(self) -> int:
        return sum(" interval " in " ".join(statement.split()) for statement in self.statements)


def watched(engine: Engine, hubs: int, idps: int) -> tuple[Automation, list[Recording], list[int]]:
    """So many hubs of so many IdPs, each seen once and well;
    the last value is what the recorder's clock says.
    """
    names = [f"i{number}" for number in range(idps)]
    now = [BEGUN + 5 * SECOND]
    recorder = Automation(always(places=tuple(Place(f"hub{number}", tuple(names)) for number in range(hubs))), lambda: now[0])
    recordings = []
    for number in range(hubs):
        recording = Recording(engine, HubSpec(f"hub{number}", tuple(map(IdpSpec, names))))
        recording.keep([mire(0, hub=f"hub{number}"), *(journey(name, 1, hub=f"hub{number}") for name in names)])
        recordings.append(recording)
    return recorder, recordings, now


@pytest.mark.parametrize("idps", [3, 40])
def test_a_look_asks_as_much_whatever_the_number_of_idps(engine: Engine, idps: int) -> None:
    recorder, recordings, now = watched(engine, 2, idps)
    with Asked(engine) as first:
        recorder.tick(engine)
    assert first.of_intervals() <= 2 * 2, "two queries a hub at most"
    with Asked(engine) as again:
        now[0] += SECOND
        recorder.tick(engine)
    assert again.of_intervals() == 0, "nothing was written since"
    recordings[1].keep(
        [journey("i1", 30, hub="hub1", outcome="failed", fault=Fault.IDP), journey("i1", 32, hub="hub1", outcome="failed", fault=Fault.IDP)]
    )
    with Asked(engine) as news:
        now[0] += 30 * SECOND
        recorder.tick(engine)
    assert 1 <= news.of_intervals() <= 2, "of the hub of which something was"
    assert len(again.statements) <= len(news.statements) <= len(first.statements) <= 30


def test_only_a_hub_that_may_have_lapsed_is_judged_again_and_once(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder, recordings, now = watched(engine, 3, 4)
    judged: list[str] = []
    judge = fast_memory.lapses

    def noted(content: bytes | str, at_us: int) -> list[LedgerRow]:
        judged.append(fast_memory.state(content).spec.name)
        return judge(content, at_us)

    monkeypatch.setattr(fast_memory, "lapses", noted)
    recorder.tick(engine)
    assert judged == []
    now[0] = BEGUN + 1_000 * SECOND
    recordings[2].keep([mire(999, hub="hub2")])
    recorder.tick(engine)
    recorder.tick(engine)
    assert sorted(judged) == ["hub0", "hub1"], "the third was just seen, and wrote it down itself; nothing more lapsed at the second look"
    assert recorder.present("hub0", HUB).state is State.UNKNOWN


def test_what_is_rolled_back_with_its_rows_is_not_remembered(world: WatchedHub) -> None:
    """The recorder looks within the transaction that writes the rows;
    when that fails it has seen nothing.
    """
    with world.engine.connect() as connection:
        append_rows(connection, [LedgerRow("fc", journey_of("ameli"), world.now_us, SubjectStatus(State.DOWN, CAUSE), world.now_us)], "")
        world.automation.with_rows(
            connection, [LedgerRow("fc", journey_of("ameli"), world.now_us, SubjectStatus(State.DOWN, CAUSE), world.now_us)]
        )
        connection.rollback()
    world.tick()
    assert world.automation.present("fc", journey_of("ameli")).state is State.UP
