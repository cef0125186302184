"""Figures read from the database are those of the rows, second by second, whatever was written,
corrected, imported or deleted.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select, text

from probe.audit.replay import compare, first_difference
from probe.audit.verify import RowFlaw, verify
from probe.core.judgement.condition import C1, CONDITIONS, HUB
from probe.core.judgement.fold import advance
from probe.core.judgement.subject import State
from probe.core.judgement.timeline import LedgerRow
from probe.core.sla.availability import figure
from probe.core.sla.correction import Change, Correction, CorrectionKind, not_withdrawn
from probe.core.sla.imported import Period
from probe.core.sla.statement import line
from probe.core.sla.window import Span, Window
from probe.errors import InputError, LedgerError
from probe.ledger.checkpoints import checkpoint
from probe.ledger.db import schema
from probe.ledger.db.store import open_store
from probe.ledger.figures import fast_sqlite
from probe.ledger.figures import tracks as figures
from probe.ledger.figures.corrections import announce, correct, named_subject, subject_label, withdraw, writing
from probe.ledger.figures.fast_memory import state as plain_state
from probe.ledger.figures.imports import Batch, bring_in
from probe.ledger.figures.runs import on
from probe.ledger.figures.staleness import lapsed, may_lapse
from probe.ledger.memory import HubMemory, recall, remembered
from probe.ledger.reader import Reader
from tests.builders import BEGUN, SECOND, SPEC, a_day, journey, mire, no_mire
from tests.core.judgement.strategies import Scenario, scenarios
from tests.core.sla import annual
from tests.core.sla.annual import Record, Said, counted
from tests.core.sla.interval_track import IntervalTrack
from tests.fakes.recorder import ImmediateRecorder, in_memory, ledger

MINUTE = 60 * SECOND
AFTER = BEGUN + 10 * MINUTE
IDP = "idp:ameli"


def naive(rows: Iterable[LedgerRow], until: int, tick: int = SECOND) -> Record:
    """The rows read as time, tick by tick: each one overrides all that is beyond its instant."""
    begins: dict[str, int] = {}
    states: dict[str, list[str]] = {}
    for row in rows:
        start = begins.setdefault(row.subject, row.effective_us)
        held = states.setdefault(row.subject, [])
        del held[max(0, row.effective_us - start) // tick :]
        held += [held[-1] if held else "unknown"] * ((row.effective_us - start) // tick - len(held))
        held += [row.status.state.value] * ((until - row.effective_us) // tick + 1)
    return Record(tick, begins, states)


@contextmanager
def reading(engine: Engine, now: int) -> Iterator[tuple[dict[str, figures.Ledgered], list[Correction]]]:
    with engine.connect() as connection:
        run = on(connection)
        lapses = lapsed(figures.memories(run).values(), now)
        yield figures.tracks(run, "fc", figures.subjects(run)["fc"], lapses), not_withdrawn(figures.corrections(run, "fc"))


# --- the figure is that of the rows


@st.composite
def _stated(draw: st.DrawFn, begun: int, subjects: list[str]) -> Said:
    act = draw(st.sampled_from(("up", "unknown", "excluded")))
    start = begun + draw(st.integers(0, 60)) * SECOND
    subject = HUB if act == "excluded" else draw(st.sampled_from(subjects))
    return Said(act, subject, start, start + draw(st.integers(1, 30)) * SECOND)


def _taken(engine: Engine, one: Said, now: int) -> bool:
    """Whether the record took it."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        try:
            correct(connection, Correction(0, "fc", one.subject, one.start, one.end, CorrectionKind(one.act), "a", "b", max(now, one.end)))
        except InputError:
            return False
        return True


@settings(max_examples=25)
@given(scenarios(), st.data())
def test_a_figure_is_what_counting_the_rows_second_by_second_gives(scenario: Scenario, data: st.DataObject) -> None:
    """Confirmations that rewrite the past, silences, clocks set back, observations out of order;
    and what lapses when nobody looks.
    """
    engine = in_memory()
    recorder = ImmediateRecorder(engine, scenario.spec, scenario.begun)
    recorder.keep(scenario.observations)
    start = scenario.begun + data.draw(st.integers(-5, 60)) * SECOND
    now = max(start + SECOND, recorder.state.clock_us + data.draw(st.sampled_from((0, 0, 5, 100))) * SECOND)
    window = Window("rolling", start, now, 1_000 * SECOND, slides=True)
    record = naive([*recorder.rows, *advance(deepcopy(recorder.state), now)], now)
    said = [one for one in data.draw(st.lists(_stated(scenario.begun, sorted(record.states)), max_size=3)) if _taken(engine, one, now)]
    with engine.connect() as connection:
        run = on(connection)
        tracks = figures.tracks(run, "fc", figures.subjects(run)["fc"], lapsed(figures.memories(run).values(), window.end_us))
        counts = not_withdrawn(figures.corrections(run, "fc"))
        for subject in record.states:
            found = line(tracks, subject, window, counts, figures.settings(run, "fc"))
            wanted = counted(record, said, subject, window.start_us, window.end_us)
            got = found.figure
            told = (got.totals.up_us, got.totals.blip_us, got.down_us, got.unknown_us, got.excluded_us, got.since_us)
            assert told == (wanted.up, wanted.blip, wanted.down, wanted.unknown, wanted.excluded, min(wanted.since, window.end_us))
            assert found.edges == len(annual.edges(record, said, subject, window.start_us, window.end_us))
        assert verify(connection).findings == []
    engine.dispose()


@settings(max_examples=25)
@given(scenarios(), st.integers(0, 200))
def test_memory_is_read_without_pydantic_as_with_it_and_lapses_are_known_before_they_are_computed(scenario: Scenario, later: int) -> None:
    engine = in_memory()
    recorder = ImmediateRecorder(engine, scenario.spec, scenario.begun)
    recorder.keep(scenario.observations)
    content = remembered(HubMemory(recorder.state))
    assert plain_state(content) == recall(content).state == recorder.state
    ends = {signal.vouched_until for signal in recorder.state.signals.values()}
    for now in {recorder.state.clock_us + later * SECOND, *(end for end in ends if end >= recorder.state.clock_us)}:
        rows = advance(deepcopy(recorder.state), now)
        assert may_lapse(content, now) or rows == []
        assert [(one.subject, one.effective_us, one.state) for one in lapsed([content], now)] == [
            (row.subject, row.effective_us, row.status.state) for row in rows
        ]
    engine.dispose()


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'{"state": {"clock_us": 0}}', b'{"state": {"clock_us": "x", "signals": {"a": 1}}}']
)
def test_memory_that_vigie_never_wrote_is_refused(content: bytes) -> None:
    with pytest.raises(LedgerError, match="cannot be read"):
        lapsed([content], BEGUN)
    with pytest.raises(LedgerError, match="cannot be read"):
        plain_state(content)


def test_a_ledger_is_read_alike_with_and_without_sqlalchemy(tmp_path: Path) -> None:
    with ledger(tmp_path / "vigie.db") as engine:
        ImmediateRecorder(engine).keep(a_day())
    with ledger(tmp_path / "vigie.db") as engine, reading(engine, AFTER) as (tracks, _), fast_sqlite.reading(tmp_path / "vigie.db") as run:
        assert run is not None
        lighter = figures.tracks(run, "fc", figures.subjects(run)["fc"], lapsed(figures.memories(run).values(), AFTER))
        window = Window("rolling", BEGUN - MINUTE, AFTER, 1, slides=True)
        assert {name: line(lighter, name, window, [], figures.settings(run, "fc")) for name in lighter} == {
            name: line(tracks, name, window, [], [(BEGUN, SPEC)]) for name in lighter
        }


def test_what_is_no_ledger_of_ours_is_left_to_the_store(tmp_path: Path) -> None:
    for name, content in (("none", None), ("text", b"not a database, whatever its name"), ("empty", b"")):
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content)
        with fast_sqlite.reading(path) as run:
            assert run is None
    with ledger(tmp_path / "old.db") as engine, engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    with fast_sqlite.reading(tmp_path / "old.db") as run:
        assert run is None


def test_the_sums_of_an_older_ledger_are_filled_in_and_its_settings_chained(tmp_path: Path) -> None:
    """The migration gives what the writer would have written."""
    with ledger(tmp_path / "vigie.db") as engine:
        recorder = ImmediateRecorder(engine)
        recorder.keep(a_day())
        recorder.respec(replace(SPEC, failures=3), recorder.state.clock_us)
        with engine.connect() as connection:
            before = [connection.execute(select(table)).all() for table in (schema.interval, schema.setting)]
        config = Config()
        config.set_main_option("script_location", "probe.ledger.db:migrations")
        for target in ("0001", "head"):
            with engine.connect().execution_options(writes=True) as connection, connection.begin():
                config.attributes["connection"] = connection
                (command.downgrade if target == "0001" else command.upgrade)(config, target)
        with engine.connect() as connection:
            assert [connection.execute(select(table)).all() for table in (schema.interval, schema.setting)] == before
            assert verify(connection).findings == []


# --- retention


def test_retention_never_touches_a_figure(tmp_path: Path) -> None:
    with ledger(tmp_path / "vigie.db") as engine:
        recorder = ImmediateRecorder(engine)
        recorder.keep(a_day())
        window = Window("rolling", BEGUN - MINUTE, AFTER, 1, slides=True)

        def told() -> list[object]:
            with reading(engine, AFTER) as (tracks, records):
                return [line(tracks, name, window, records, [(BEGUN, SPEC)]) for name in tracks]

        before, seq = told(), Reader(engine).kept()
        assert recorder.writer.forget(AFTER) == seq[2] > 0
        assert Reader(engine).kept() == (0, 0, 0)
        assert told() == before
        with engine.connect() as connection:
            assert verify(connection).findings == []


# --- replay, from a checkpoint on


def with_checkpoints(engine: Engine, every: int = 4) -> ImmediateRecorder:
    recorder = ImmediateRecorder(engine)
    for number, one in enumerate(a_day(), start=1):
        recorder.keep([one])
        if number % every == 0:
            with engine.connect().execution_options(writes=True) as connection, connection.begin():
                checkpoint(connection, number)
    return recorder


@pytest.mark.parametrize("gone", [0, 1, 3, 4, 9, 16])
def test_a_replay_starts_from_the_oldest_checkpoint_that_the_kept_observations_follow(gone: int) -> None:
    engine = in_memory()
    recorder = with_checkpoints(engine)
    started = sorted(one.started_us for one in a_day())
    recorder.writer.forget(started[gone])
    found = compare(Reader(engine))
    assert found.difference is None
    first, last, _ = Reader(engine).kept()
    assert found.start.after_observation >= first - 1
    assert found.start.after_observation % 4 == 0
    assert found.observations == last - found.start.after_observation
    assert found.start.seq + found.rows == len(list(Reader(engine).ledger()))
    with engine.connect() as connection:
        kept = connection.scalar(select(func.min(schema.checkpoint.c.after_observation)))
        assert kept is not None
        assert kept >= first - 1  # those that nothing can start from are dropped


def test_a_replay_from_a_checkpoint_finds_an_altered_row_after_it() -> None:
    engine = in_memory()
    recorder = with_checkpoints(engine)
    recorder.writer.forget(sorted(one.started_us for one in a_day())[5])
    last = len(list(Reader(engine).ledger()))
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.execute(text(f"UPDATE ledger SET effective_us = effective_us + 1 WHERE seq = {last}"))  # noqa: S608
    difference = first_difference(Reader(engine))
    assert difference is not None
    assert difference[0] is not None
    assert difference[0]["seq"] == last


def test_the_writer_takes_a_checkpoint_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probe.ledger.writer.CHECKPOINT_EVERY", 5)
    engine = in_memory()
    recorder = ImmediateRecorder(engine)
    recorder.keep(a_day())
    with engine.connect() as connection:
        taken = connection.scalars(select(schema.checkpoint.c.after_observation)).all()
    assert list(taken) == [number for number in range(1, len(a_day()) + 1) if number % 5 == 0]
    recorder.writer.forget(sorted(one.started_us for one in a_day())[7])
    assert first_difference(Reader(engine)) is None


def test_progress_is_told_while_a_replay_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probe.audit.replay.TELL_EVERY", 10)
    engine = in_memory()
    ImmediateRecorder(engine).keep(a_day())
    told: list[tuple[int, int]] = []
    compare(Reader(engine), lambda done, total: told.append((done, total)))
    total = len(a_day())
    assert told == [*((done, total) for done in range(10, total, 10)), (total, total)]


# --- verify


@pytest.mark.parametrize(
    ("statement", "table", "number"),
    [
        ("UPDATE ledger SET state = 'blip' WHERE seq = 9", "ledger", 9),
        ("UPDATE setting SET at_us = at_us + 1", "setting", 1),
        ("UPDATE correction SET author = 'someone else' WHERE seq = 1", "correction", 1),
        ("DELETE FROM correction WHERE seq = 1", "correction", 2),
        ("UPDATE change SET announced_us = 0", "change", 1),
        ("UPDATE batch SET author = 'x'", "batch", 1),
        ("UPDATE imported SET end_us = end_us - 1 WHERE state = 'down'", "imported", 1),
        ("DELETE FROM imported WHERE state = 'down'", "imported", 1),
    ],
)
def test_the_altered_row_is_named(statement: str, table: str, number: int) -> None:
    engine = stated()
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        assert verify(connection).findings == []
        connection.execute(text(statement))
        found = verify(connection).findings
    assert (found[0].table, found[0].number) == (table, number)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE interval SET state = 'up' WHERE state = 'down' AND subject = 'hub'",
        "UPDATE interval SET down_us = 0 WHERE subject = 'hub'",
        "UPDATE interval SET end_us = end_us + 1 WHERE subject = 'idp:ameli'",
        "DELETE FROM interval WHERE subject = 'mire_missing' AND state = 'down' AND batch IS NULL",
        "UPDATE interval SET batch = NULL",
        "UPDATE interval SET blips = 7 WHERE subject = 'hub'",
        "UPDATE imported SET state = 'up' WHERE state = 'down'",
    ],
)
def test_intervals_that_the_ledger_does_not_make_are_found(statement: str) -> None:
    """Whoever wants another figure must not be able to change it where it is read from."""
    engine = stated()
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.execute(text(statement))
        assert "interval" in {one.table for one in verify(connection).findings}


def test_a_ledger_that_cannot_be_read_is_a_finding() -> None:
    engine = stated()
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.execute(text("UPDATE ledger SET state = 'perhaps' WHERE seq = 5"))
        assert [one.number for one in verify(connection).findings if one.table == "ledger"] == [5, 5]


@pytest.mark.parametrize(
    ("statement", "tables"),
    [
        ("UPDATE ledger SET cause = '{' WHERE seq = 5", {"ledger", "interval"}),
        ("UPDATE ledger SET subject = cast(x'ff41' AS text) WHERE seq = 5", {"ledger", "interval"}),
        ("UPDATE imported SET state = 'perhaps'", {"imported", "interval"}),
    ],
)
def test_what_cannot_be_decoded_is_a_finding(statement: str, tables: set[str]) -> None:
    engine = stated()
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.execute(text(statement))
        found = verify(connection).findings
    assert {one.table for one in found if one.flaw is RowFlaw.UNDECODABLE} == tables


@pytest.mark.parametrize("mistake", [ValueError, RecursionError])
@pytest.mark.parametrize("check", ["first_altered", "periods_digest", "_expected"])
def test_a_mistake_of_ours_in_a_check_is_no_damage_of_the_store(
    check: str, mistake: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(*_args: object) -> None:
        raise mistake("ours")

    engine = stated()
    monkeypatch.setattr(f"probe.audit.verify.{check}", wrong)
    with engine.connect() as connection, pytest.raises(mistake, match="ours"):
        verify(connection)


def test_a_database_that_cannot_be_read_is_an_error_of_the_ledger_and_no_finding(tmp_path: Path) -> None:
    path = tmp_path / "vigie.db"
    engine = open_store(path)
    ImmediateRecorder(engine).keep(a_day())
    engine.dispose()
    with sqlite3.connect(path) as connection:
        page = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'ledger'").fetchone()[0]
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    engine = open_store(path, create=False)
    with engine.connect() as reading, pytest.raises(LedgerError, match="the ledger cannot be read: "):
        verify(reading)
    engine.dispose()


def stated() -> Engine:
    """A ledger in which people stated something of every kind."""
    engine = in_memory()
    ImmediateRecorder(engine).keep(a_day())
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        correct(connection, correction(C1, 60, 80))
        correct(connection, correction(HUB, 0, 10, CorrectionKind.EXCLUDED))
        announce(connection, Change(0, "fc", AFTER, BEGUN, "t", "a"))
        bring(connection, [period("hub", "up", -600, 0), period("C1", "down", -300, -240)])
    return engine


def correction(subject: str, start: float, end: float, act: CorrectionKind = CorrectionKind.UP, **more: object) -> Correction:
    made = Correction(0, "fc", subject, BEGUN + int(start * SECOND), BEGUN + int(end * SECOND), act, "A. Martin", "why", AFTER)
    return made._replace(**more)  # type: ignore[arg-type]


def period(subject: str, state: str, start: int, end: int, number: int = 0) -> Period:
    return Period(0, number, "fc", named_subject(subject), State(state), BEGUN + start * SECOND, BEGUN + end * SECOND, "note")


def bring(connection: object, periods: Sequence[Period], content: str = "1") -> int:
    numbered = [one._replace(line=number) for number, one in enumerate(periods, start=2)]
    return bring_in(connection, Batch("old", "me", AFTER, content), numbered, "past.csv").number  # type: ignore[arg-type]


# --- corrections


@pytest.mark.parametrize(
    ("wanted", "problem"),
    [
        (correction(C1, 60, 80, hub="other"), "hub 'other' is not in the ledger, which knows: fc"),
        (correction("idp:nobody", 60, 80), "'nobody' is not known of hub 'fc', only: hub, C1, C2, C3, ameli, yris"),
        (correction(C1, 80, 60), "the end must be after the start"),
        (correction(C1, 60, 60), "the end must be after the start"),
        (correction(C1, 60, 80, recorded_us=BEGUN + 79 * SECOND), "the end is in the future"),
        (correction(C1, 0, 30), "C1 was not down in that time"),
        (correction(C1, -90, -30), "nothing is recorded of that time"),
        (correction(HUB, -90, -30, CorrectionKind.EXCLUDED), "nothing is recorded of that time"),
        (correction(C1, 60, 80, author=" "), "the author must be given"),
        (correction(C1, 60, 80, reason=""), "the reason must be given"),
        (correction(C1, 60, 80, reason="a\nb"), "the reason must be one line"),
        (correction(C1, 60, 80, author="x" * 1_001), "the author is longer than 1000 characters"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_written(wanted: Correction, problem: str) -> None:
    engine = in_memory()
    ImmediateRecorder(engine).keep(a_day())
    with pytest.raises(InputError, match=problem), engine.connect().execution_options(writes=True) as connection, connection.begin():
        correct(connection, wanted)
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(schema.correction)) == 0


@pytest.mark.parametrize(
    ("first", "second", "conflict"),
    [
        (correction(C1, 60, 80), correction(C1, 70, 75, CorrectionKind.UNKNOWN), True),
        (correction(C1, 60, 70), correction(C1, 70, 80), False),
        (correction(C1, 60, 80), correction(HUB, 60, 80), True),
        (correction(HUB, 60, 80), correction(C1, 60, 80), True),
        (correction(C1, 60, 80), correction(HUB, 60, 80, CorrectionKind.EXCLUDED), False),
        (correction(HUB, 60, 80, CorrectionKind.EXCLUDED), correction(HUB, 50, 61, CorrectionKind.EXCLUDED), True),
        (correction(HUB, 60, 80), correction(IDP, 12, 32), False),
    ],
)
def test_two_records_never_decide_the_same_time(first: Correction, second: Correction, conflict: bool) -> None:
    engine = in_memory()
    ImmediateRecorder(engine).keep(a_day())
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        assert correct(connection, first) == 1
        if conflict:
            with pytest.raises(InputError, match=r"no\. 1 already says something of that time"):
                correct(connection, second)
        else:
            assert correct(connection, second) == 2


def test_what_was_withdrawn_may_be_stated_again_and_all_of_it_stays() -> None:
    engine = in_memory()
    ImmediateRecorder(engine).keep(a_day())
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        correct(connection, correction(C1, 60, 80))
        assert withdraw(connection, "fc", 1, "B", "wrong hour", AFTER) == 2
        with pytest.raises(InputError, match=r"no correction or excluded window no\. 1 that still counts"):
            withdraw(connection, "fc", 1, "B", "again", AFTER)
        assert correct(connection, correction(C1, 60, 80, CorrectionKind.UNKNOWN)) == 3
        found = figures.corrections(on(connection), "fc")
        assert [(one.act, one.withdraws, one.author) for one in found] == [
            (CorrectionKind.UP, None, "A. Martin"), (CorrectionKind.WITHDRAWN, 1, "B"), (CorrectionKind.UNKNOWN, None, "A. Martin"),
        ]  # fmt: skip
        assert [one.seq for one in not_withdrawn(found)] == [3]
        assert verify(connection).findings == []


def test_a_change_needs_a_title_an_author_and_a_hub() -> None:
    engine = in_memory()
    ImmediateRecorder(engine).keep(a_day())
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        for wanted, problem in (
            (Change(0, "fc", AFTER, BEGUN, " ", "a"), "the title must be given"),
            (Change(0, "fc", AFTER, BEGUN, "t", ""), "the author must be given"),
            (Change(0, "other", AFTER, BEGUN, "t", "a"), "hub 'other' is not in the ledger"),
            (Change(0, "fc", AFTER, BEGUN + 1, "t", "a", BEGUN), "the announcement is in the future"),
        ):
            with pytest.raises(InputError, match=problem):
                announce(connection, wanted)
        made = announce(connection, Change(0, "fc", AFTER, BEGUN, "t", "a"))
        later = announce(connection, Change(0, "fc", AFTER, BEGUN - SECOND, "t", "a", BEGUN))
        assert figures.changes(on(connection)) == [made, later]
        assert (made.backdated, later.backdated) == (False, True)
        assert verify(connection).findings == []
        connection.execute(text('UPDATE "change" SET recorded_us = NULL WHERE seq = :seq'), {"seq": later.seq})
        assert [(each.table, each.number) for each in verify(connection).findings] == [("change", later.seq)]


def test_a_record_is_written_beside_a_running_watch(tmp_path: Path) -> None:
    path = tmp_path / "vigie.db"
    with ledger(path) as engine:
        recorder = ImmediateRecorder(engine)
        recorder.keep(a_day())
        with writing(path) as connection:
            correct(connection, correction(C1, 60, 80))
        recorder.keep([mire(90)])
        assert first_difference(Reader(engine)) is None


def test_nothing_is_stated_about_a_ledger_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="there is no ledger here"), writing(tmp_path / "vigie.db"):
        pass
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("shown", "subject"), [("C1", CONDITIONS[0]), ("c3", CONDITIONS[2]), ("hub", HUB), ("ameli", IDP), (IDP, IDP)])
def test_subjects_are_named_as_people_do(shown: str, subject: str) -> None:
    assert named_subject(shown) == subject
    assert named_subject(subject_label(subject)) == subject


# --- past time, imported


@st.composite
def periods(draw: st.DrawFn) -> list[Period]:
    """Periods before the watch that do not overlap others of the same kind."""
    found = []
    for subject in ("hub", "C1", "C2", "C3", "ameli"):
        for state in ("up", "down", "unknown"):
            edges = sorted(draw(st.sets(st.integers(-60, 0), max_size=6)))
            found += [period(subject, state, start, end) for start, end in zip(edges[::2], edges[1::2], strict=False)]
    return draw(st.permutations(found))


@settings(max_examples=25)
@given(periods(), st.integers(1, 3), st.booleans())
def test_imported_time_is_what_its_periods_say_second_by_second(past: list[Period], batches: int, before_the_watch: bool) -> None:
    if not past:
        return
    engine = in_memory()
    recorder = ImmediateRecorder(engine)
    observations = [mire(0), journey("ameli", 1), no_mire(10), no_mire(11), mire(20), mire(21)]
    recorder.keep([] if before_the_watch else observations)
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        for number in range(batches):
            if part := past[number::batches]:
                bring(connection, part, str(number))
    if before_the_watch:
        recorder.keep(observations)
    now = recorder.state.clock_us
    watched = naive(recorder.rows, now)
    record = Record(SECOND, dict.fromkeys(watched.states, BEGUN - 60 * SECOND), {name: [] for name in watched.states})
    for subject in list(record.states):
        mine = [one for one in past if one.subject == subject or (subject in (HUB, *CONDITIONS) and one.subject in (HUB, *CONDITIONS))]
        begins = min((one.start_us for one in mine), default=BEGUN)
        record.begins[subject] = begins
        for at in range(begins, BEGUN, SECOND):
            record.states[subject].append(_said(past, subject, at))
        record.states[subject].extend(watched.states[subject])
    window = Window("rolling", BEGUN - 70 * SECOND, now, 1, slides=True)
    with engine.connect() as connection:
        run = on(connection)
        tracks = figures.tracks(run, "fc", figures.subjects(run)["fc"])
        for subject in record.states:
            got = figure(tracks[subject], window)
            wanted = counted(record, [], subject, window.start_us, window.end_us)
            told = (got.totals.up_us, got.totals.blip_us, got.down_us, got.unknown_us, got.since_us)
            assert told == (wanted.up, wanted.blip, wanted.down, wanted.unknown, wanted.since), subject
            assert sum(span.end_us - span.start_us for span in tracks[subject].imported()) == BEGUN - record.begins[subject]
        assert verify(connection).findings == []
    assert first_difference(Reader(engine)) is None
    engine.dispose()


def _said(past: Sequence[Period], subject: str, at: int) -> str:
    said = {(one.subject, one.state.value) for one in past if one.start_us <= at < one.end_us}
    if subject == HUB and any((name, "down") in said for name in CONDITIONS):
        return "down"
    if (subject, "down") in said:
        return "down"
    of = (subject, HUB) if subject in CONDITIONS else (subject,)
    if any((name, "unknown") in said for name in of):
        return "unknown"
    return "up" if any((name, "up") in said for name in of) else "unknown"


def test_imported_time_stays_marked_when_the_clock_is_set_back_before_the_watch() -> None:
    """What was watched then overrides what was imported,
    and nothing of it is taken for imported.
    """
    engine = in_memory()
    recorder = ImmediateRecorder(engine)
    recorder.keep([mire(0), mire(10)])
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        bring(connection, [period("hub", "up", -600, -500), period("hub", "down", -450, -440)])
    recorder.keep([mire(-300), mire(-290)])
    with engine.connect() as connection:
        assert verify(connection).findings == []
        tracks = figures.tracks(on(connection), "fc", (HUB, C1))
        assert tracks[C1].imported() == [Span(BEGUN - 600 * SECOND, BEGUN - 300 * SECOND)]
        watched = figure(tracks[C1], Window("", BEGUN - 300 * SECOND, BEGUN - 289 * SECOND, 1))
        assert (watched.up_us, watched.unknown_us) == (11 * SECOND, 0)


def test_the_same_file_again_changes_nothing() -> None:
    engine = in_memory()
    ImmediateRecorder(engine).keep(a_day())
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        assert bring(connection, [period("hub", "up", -60, 0)], "same") == 1
        assert bring(connection, [period("hub", "up", -60, 0)], "same") == 1
        assert connection.scalar(select(func.count()).select_from(schema.batch)) == 1


@pytest.mark.parametrize(
    ("wanted", "problem"),
    [
        ([period("hub", "up", -60, 1)], r"past\.csv:2: it overlaps time that is watched here: an import ends where the watch began"),
        ([period("C9", "down", -60, 0)], r"past\.csv:2: 'C9' is not known of hub 'fc'"),
        ([period("hub", "up", -60, 0)._replace(hub="other")], r"past\.csv:2: hub 'other' is not in the ledger, which knows: fc"),
        ([period("hub", "up", -60, -20), period("hub", "up", -30, 0)], r"past\.csv:3: it overlaps what line 2 says of the same"),
        ([period("C1", "down", -50, -45)], r"past\.csv:2: it overlaps what line 2 of import no\. 1 says of the same"),
    ],
)
def test_a_bad_period_is_refused_with_its_line_and_nothing_is_imported(wanted: list[Period], problem: str) -> None:
    engine = in_memory()
    ImmediateRecorder(engine).keep(a_day())
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        bring(connection, [period("C1", "down", -55, -40)], "before")
    with pytest.raises(InputError, match=problem), engine.connect().execution_options(writes=True) as connection, connection.begin():
        bring(connection, wanted, "bad")
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(schema.imported)) == 1
        assert verify(connection).findings == []


def test_imported_outages_are_listed_and_a_condition_that_holds_names_the_hubs() -> None:
    engine = stated()
    found = [one for one in Reader(engine).outages(AFTER) if one.start_us < BEGUN]
    assert [(one.subject, one.start_us, one.end_us) for one in found] == [(C1, BEGUN - 300 * SECOND, BEGUN - 240 * SECOND)]
    with reading(engine, AFTER) as (tracks, _):
        assert [each.condition for each in tracks[HUB].downs(BEGUN - 600 * SECOND, BEGUN)] == [C1]
        assert tracks[HUB].imported() == [Span(BEGUN - 600 * SECOND, BEGUN)]


def test_settings_are_json_however_the_database_gives_them() -> None:
    spec = json.dumps(SPEC.to_json())
    for given_ in (spec, json.loads(spec)):
        assert figures.settings(lambda _statement, _parameters, given_=given_: [(BEGUN, given_)], "fc") == [(BEGUN, SPEC)]  # type: ignore[misc]


def test_an_in_memory_track_tells_the_same() -> None:
    engine = in_memory()
    ImmediateRecorder(engine).keep(a_day())
    reader = Reader(engine)
    with reading(engine, AFTER) as (tracks, _):
        for subject, track in tracks.items():
            plain = IntervalTrack(reader.intervals("fc", subject, AFTER))
            for at in range(BEGUN - SECOND, BEGUN + 100 * SECOND, SECOND):
                assert track.until(at) == plain.until(at)
                assert list(track.downs(at, at + MINUTE)) == list(plain.downs(at, at + MINUTE))
