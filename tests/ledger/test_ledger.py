# ruff: noqa: S608 - these tests tamper with a ledger of their own
"""The ledger's rows are chained, its projection says what the rows say,
and what is written once is read for ever.
"""

import sqlite3
import threading
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event

from probe.audit.replay import first_difference, replay
from probe.core.judgement.condition import HUB, State, subjects
from probe.core.judgement.detail import Detail, DetailKind
from probe.core.judgement.fold import begin, fold
from probe.core.judgement.observation import Hop, Kind, Observation, Outcome, Reason, Step, Tile, TlsFacts
from probe.core.judgement.spec import HubSpec, IdpSpec
from probe.core.judgement.timeline import outages, timelines
from probe.errors import LedgerError
from probe.ledger.db import records, schema
from probe.ledger.db.store import open_store
from probe.ledger.memory import HubMemory, recall, remembered
from probe.ledger.reader import Reader
from probe.ledger.writer import FORGOTTEN_AT_ONCE, Entry, Writer
from tests.builders import BEGUN, SECOND, SPEC, a_day, idp_down, journey, mire, no_mire, seen
from tests.core.judgement.strategies import Scenario, scenarios
from tests.fakes.recorder import ImmediateRecorder, in_memory, ledger
from tests.marks import in_a_file


@pytest.fixture
def day(engine: Engine) -> Reader:
    """A ledger with a day of history."""
    ImmediateRecorder(engine).keep(a_day())
    return Reader(engine)


def change(engine: Engine, statement: str) -> None:
    """What somebody with an editor for databases does, Vigie not knowing."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.exec_driver_sql(statement)


# --- the chain


def test_a_ledger_as_written_is_whole(day: Reader) -> None:
    rows = list(day.ledger())
    assert len(rows) > 10
    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
    assert day.first_altered() is None


@pytest.mark.parametrize(
    "altered",
    [
        "subject = 'idp:yris'",
        "state = 'up'",
        "effective_us = effective_us + 1",
        "recorded_us = recorded_us - 1",
        "cause = '{}'",
        "condition = 'x'",
        "observation = ''",
        "hub = 'other'",
        "hash = replace(hash, substr(hash, 1, 1), 'x')",
    ],
)
def test_an_altered_row_is_found(day: Reader, engine: Engine, altered: str) -> None:
    seq = next(row["seq"] for row in day.ledger() if row["state"] == "down")
    change(engine, f"UPDATE ledger SET {altered} WHERE seq = {seq}")
    assert day.first_altered() == seq


def test_a_removed_row_is_found_at_the_one_that_follows(day: Reader, engine: Engine) -> None:
    change(engine, "DELETE FROM ledger WHERE seq = 7")
    assert day.first_altered() == 8


def test_a_removed_row_is_found_though_the_others_are_renumbered(day: Reader, engine: Engine) -> None:
    change(engine, "DELETE FROM ledger WHERE seq = 7")
    change(engine, "UPDATE ledger SET seq = seq - 1 WHERE seq > 7")
    assert day.first_altered() == 7


def test_an_inserted_row_is_found(day: Reader, engine: Engine) -> None:
    change(engine, "UPDATE ledger SET seq = -seq - 1 WHERE seq > 6")
    change(engine, "UPDATE ledger SET seq = -seq WHERE seq < 0")
    columns = "hub, subject, effective_us, state, condition, cause, recorded_us, observation, hash"
    change(engine, f"INSERT INTO ledger (seq, {columns}) SELECT 7, {columns} FROM ledger WHERE seq = 6")
    assert day.first_altered() == 7


def test_two_rows_that_changed_places_are_found(day: Reader, engine: Engine) -> None:
    change(engine, "UPDATE ledger SET seq = CASE seq WHEN 5 THEN -6 ELSE -5 END WHERE seq IN (5, 6)")
    change(engine, "UPDATE ledger SET seq = -seq WHERE seq < 0")
    assert day.first_altered() == 5


def test_an_empty_ledger_is_whole(engine: Engine) -> None:
    assert Reader(engine).first_altered() is None


# --- the projection


@settings(max_examples=40)
@given(scenarios())
def test_intervals_are_the_rows_read_as_time(scenario: Scenario) -> None:
    engine = in_memory()
    recorder = ImmediateRecorder(engine, scenario.spec, scenario.begun)
    recorder.keep(scenario.observations)
    reader = Reader(engine)
    clock = recorder.state.clock_us
    assert reader.first_altered() is None
    for (hub, subject), timeline in timelines(recorder.rows).items():
        assert reader.intervals(hub, subject, clock) == timeline.intervals()
    told = [one for subject in subjects(scenario.spec) for one in outages("fc", subject, reader.intervals("fc", subject, clock), clock)]
    assert sorted(map(repr, reader.outages(clock))) == sorted(map(repr, (one for one in told if one.subject != HUB)))
    engine.dispose()


@settings(max_examples=40)
@given(scenarios(), st.data())
def test_the_ledger_is_what_its_replay_writes_whatever_settings_changed_on_the_way(scenario: Scenario, data: st.DataObject) -> None:
    engine = in_memory()
    recorder = ImmediateRecorder(engine, scenario.spec, scenario.begun)
    for one in scenario.observations:
        if data.draw(st.integers(0, 7)) == 7:
            idps = (*scenario.spec.idps, IdpSpec("i9"))
            fewer = tuple(idp for idp in idps if data.draw(st.booleans()))
            recorder.respec(
                replace(recorder.state.spec, idps=fewer, failures=data.draw(st.integers(1, 3))), recorder.state.clock_us + SECOND
            )
        recorder.keep([one])
    assert first_difference(Reader(engine)) is None
    engine.dispose()


# --- what is kept is read again as it was

_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
_int64 = st.integers(-(2**63), 2**63 - 1)
_hops = st.builds(
    Hop, st.sampled_from(Step), _text, _text, _text, st.none() | st.integers(100, 599), st.none() | _int64, st.none() | _int64,
    total_us=_int64, error=st.none() | st.sampled_from(Reason), certificate_expires_us=st.none() | _int64,
    tls=st.none() | st.builds(TlsFacts, _text, _text, _text), http=st.none() | st.just(2),
)  # fmt: skip
_observations = st.builds(
    Observation,
    hub=_text, kind=st.sampled_from(Kind), started_us=_int64, finished_us=_int64, interval_us=_int64, outcome=st.sampled_from(Outcome),
    vantage=_text, idp=st.none() | _text, backend=st.none() | _text, reason=st.none() | st.sampled_from(Reason),
    step=st.none() | st.sampled_from(Step), code=st.none() | _text, coded=st.booleans(), on_hub=st.booleans(), authenticated=st.booleans(),
    tiles=st.lists(st.builds(Tile, _text, st.booleans()), max_size=3).map(tuple), hops=st.lists(_hops, max_size=3).map(tuple),
    extract=_text, retry=st.booleans(), lag_us=_int64,
)  # fmt: skip


@settings(max_examples=40)
@given(st.lists(_observations, max_size=3))
def test_an_observation_is_read_as_it_was_written(observations: list[Observation]) -> None:
    engine = in_memory()
    for one in observations:
        Writer(engine).write(Entry([], {}, one))
    reader = Reader(engine)
    assert [one for _, one in reader.observations()] == observations
    assert reader.latest(limit=2) == observations[::-1][:2]
    engine.dispose()


@settings(max_examples=40)
@given(scenarios())
def test_a_memory_is_recalled_as_it_was(scenario: Scenario) -> None:
    state, _ = begin(scenario.spec, scenario.begun)
    for one in scenario.observations:
        fold(state, one)
    kept = HubMemory(state)
    assert recall(remembered(kept)) == kept


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b'{"state": null}', b"[1]"])
def test_a_memory_that_cannot_be_read_is_a_clear_error(engine: Engine, content: bytes) -> None:
    ImmediateRecorder(engine).writer.write(Entry([], {"fc": content}))
    with pytest.raises(LedgerError, match="the ledger's memory of a hub cannot be read"):
        Reader(engine).outages(BEGUN)


@pytest.mark.parametrize(
    ("table", "altered"),
    [("interval", "state = 'sideways'"), ("interval", "cause = '\"no cause\"'"), ("observation", "kind = 'x'"), ("setting", "spec = '[]'")],
)
def test_what_vigie_never_wrote_is_a_clear_error(day: Reader, engine: Engine, table: str, altered: str) -> None:
    change(engine, f"UPDATE {table} SET {altered}")
    reading = {"interval": lambda: day.outages(BEGUN), "observation": lambda: list(day.observations()), "setting": day.specs}[table]
    with pytest.raises(LedgerError, match="holds what Vigie did not write"):
        reading()


def test_the_latest_settings_of_each_hub_are_kept(engine: Engine) -> None:
    ImmediateRecorder(engine).respec(replace(SPEC, failures=5), BEGUN + SECOND)
    ImmediateRecorder(engine, replace(SPEC, name="other"))
    specs = Reader(engine).specs()
    assert {name: spec.failures for name, spec in specs.items()} == {"fc": 5, "other": 2}
    assert specs["fc"] == replace(SPEC, failures=5)


# --- readers beside the writer


@in_a_file
def test_a_reader_sees_whole_transactions_while_another_thread_writes(path: Path, engine: Engine) -> None:
    recorder = ImmediateRecorder(engine)
    done = threading.Event()
    trouble: list[str] = []

    def read() -> None:
        with ledger(path, create=False) as reading:
            reader = Reader(reading)
            while not done.is_set():
                if first_difference(reader) is not None:
                    trouble.append("a row without its observation, or the other way round")
                if reader.first_altered() is not None:
                    trouble.append("a chain with a hole")

    readers = [threading.Thread(target=read) for _ in range(2)]
    for one in readers:
        one.start()
    for day_number in range(4):
        recorder.keep(
            replace(one, started_us=one.started_us + day_number * 100 * SECOND, finished_us=one.finished_us + day_number * 100 * SECOND)
            for one in a_day()
        )
    done.set()
    for one in readers:
        one.join()
    assert trouble == []


def test_a_frozen_reader_sees_nothing_of_what_is_written_meanwhile(engine: Engine) -> None:
    recorder = ImmediateRecorder(engine)
    recorder.keep([mire(0)])
    with Reader(engine).frozen() as still:
        before = list(still.ledger())
        recorder.keep([mire(10), no_mire(20), no_mire(21)])
        assert list(still.ledger()) == before
        assert still.outages(BEGUN + 30 * SECOND) == []
    assert Reader(engine).outages(BEGUN + 30 * SECOND) != []


# --- lapses: what nothing vouches for


def test_a_reader_knows_that_time_without_observations_is_unknown(engine: Engine) -> None:
    recorder = ImmediateRecorder(engine)
    recorder.keep([mire(0), journey("ameli", 1), journey("yris", 2), no_mire(10), no_mire(11)])
    reader = Reader(engine)
    soon, later = BEGUN + 40 * SECOND, BEGUN + 3600 * SECOND
    assert reader.statuses(soon)["fc", "mire_missing"][1].state is State.DOWN
    assert reader.statuses(later)["fc", "mire_missing"] == (BEGUN + 41 * SECOND, reader.statuses(later)["fc", "idp:ameli"][1])
    open_outage = reader.outages(later)[0]
    assert (open_outage.end_us, open_outage.down_us) == (None, 31 * SECOND)
    assert open_outage.unknown_us == later - BEGUN - 41 * SECOND
    assert list(reader.ledger()) == list(reader.ledger())
    assert len(list(reader.ledger())) == len(recorder.rows)  # reading wrote nothing


# --- retention


def test_old_observations_go_and_the_ledger_and_its_figures_stay(engine: Engine) -> None:
    recorder = ImmediateRecorder(engine)
    recorder.keep(a_day())
    reader = Reader(engine)
    now = BEGUN + 200 * SECOND
    before = list(reader.ledger()), reader.outages(now), reader.statuses(now), reader.memory()
    assert recorder.writer.forget(BEGUN + 50 * SECOND) > 5
    assert (list(reader.ledger()), reader.outages(now), reader.statuses(now), reader.memory()) == before
    assert all(one.started_us >= BEGUN + 50 * SECOND for _, one in reader.observations())
    assert reader.first_altered() is None


def test_what_started_at_the_very_instant_is_kept(engine: Engine) -> None:
    recorder = ImmediateRecorder(engine)
    recorder.keep([mire(0), mire(10)])
    assert recorder.writer.forget(BEGUN + 10 * SECOND) == 1


def test_many_are_forgotten_in_several_transactions(engine: Engine) -> None:
    recorder = ImmediateRecorder(engine)
    columns = records.from_observation(mire(0))
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.execute(schema.observation.insert(), [columns] * (2 * FORGOTTEN_AT_ONCE + 3))
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda _c, _cursor, statement, *_: statements.append(statement))
    assert recorder.writer.forget(BEGUN + SECOND) == 2 * FORGOTTEN_AT_ONCE + 3
    assert len([one for one in statements if one.startswith("DELETE FROM observation")]) == 3


OF_0_1_0 = "c1b2f543c43580424b5af25679580fd891e23c6dfdf378208864b85e2cde8290"
"""The digest that Vigie 0.1.0 gave to `no_mire(0)`."""


def test_a_detail_is_written_and_comes_back_and_an_observation_without_one_keeps_its_digest() -> None:
    seen = no_mire(0)
    told = replace(seen, detail=Detail(DetailKind.FIELD_MISSING, ("login",), ("username",)))
    plain, columns = records.from_observation(seen), records.from_observation(told)
    assert columns["detail"] == {"kind": "field_missing", "names": ["login"], "others": ["username"]}
    assert records.to_observation(columns) == told
    assert plain["detail"] is None
    assert plain["digest"] == OF_0_1_0
    assert columns["digest"] != plain["digest"]


def test_a_tile_of_the_list_is_written_as_ever_and_a_button_beside_it_says_so_and_comes_back() -> None:
    seen = replace(mire(0), tiles=(Tile("a", selectable=True), Tile("own", selectable=True, listed=False)))
    columns = records.from_observation(seen)
    assert columns["tiles"] == [{"uid": "a", "selectable": True}, {"uid": "own", "selectable": True, "listed": False}]
    assert records.to_observation(columns) == seen
    assert records.from_observation(records.to_observation(columns))["digest"] == columns["digest"]


def test_a_number_is_never_given_twice(engine: Engine) -> None:
    """Else settings would seem to have taken effect before observations that they followed."""
    recorder = ImmediateRecorder(engine)
    recorder.keep([mire(0), mire(10), mire(20)])
    recorder.respec(replace(SPEC, failures=3), BEGUN + 25 * SECOND)
    recorder.writer.forget(BEGUN + 100 * SECOND)
    recorder.respec(replace(SPEC, failures=4), BEGUN + 26 * SECOND)
    recorder.keep([mire(30)])
    reader = Reader(engine)
    assert [number for number, _ in reader.observations()] == [4]
    assert [setting.after_observation for setting in reader.settings()] == [0, 3, 3]


# --- replay


def test_a_day_is_replayed_bit_for_bit(day: Reader) -> None:
    written = list(day.ledger())
    assert list(replay(day.observations(), day.settings())) == written
    assert first_difference(day) is None


def test_a_replay_names_the_first_row_that_differs(day: Reader, engine: Engine) -> None:
    seq = next(row["seq"] for row in day.ledger() if row["state"] == "down")
    change(engine, f"UPDATE ledger SET state = 'up' WHERE seq = {seq}")
    found = first_difference(day)
    assert found is not None
    kept, again = found
    assert kept is not None
    assert again is not None
    assert (kept["seq"], kept["state"], again["state"]) == (seq, "up", "down")


def test_a_replay_finds_an_altered_observation(day: Reader, engine: Engine) -> None:
    change(engine, "UPDATE observation SET outcome = 'ok' WHERE outcome = 'failed' AND kind = 'mire'")
    assert first_difference(day) is not None


def test_a_replay_finds_rows_cut_off_the_end(day: Reader, engine: Engine) -> None:
    last = list(day.ledger())[-1]["seq"]
    change(engine, f"DELETE FROM ledger WHERE seq = {last}")
    assert day.first_altered() is None  # the chain alone cannot see it
    found = first_difference(day)
    assert found is not None
    assert found[0] is None


@pytest.mark.parametrize("gone", ["id = 1", "id = 12", "id < 12", "id = (SELECT max(id) FROM observation)", "id > 0"])
def test_what_was_deleted_cannot_be_replayed_and_that_is_said(day: Reader, engine: Engine, gone: str) -> None:
    change(engine, f"DELETE FROM observation WHERE {gone}")
    with pytest.raises(LedgerError, match=r"cannot be replayed: (observation \d+|the observation of row \d+) was deleted"):
        first_difference(day)


def test_an_observation_of_a_hub_without_settings_cannot_be_replayed(engine: Engine) -> None:
    Writer(engine).write(Entry([], {}, mire(0)))
    with pytest.raises(LedgerError, match="observation 1 is of a hub without settings"):
        list(replay(Reader(engine).observations(), []))


def test_control_targets_are_no_part_of_a_replay(engine: Engine) -> None:
    recorder = ImmediateRecorder(engine)
    recorder.keep([seen(Kind.CONTROL, 0, idp="outside"), mire(1), idp_down("ameli", 2)])
    assert first_difference(Reader(engine)) is None


# --- what cannot be written


def written(engine: Engine) -> tuple[list[Any], list[Any]]:
    reader = Reader(engine)
    return list(reader.observations()), list(reader.ledger())


@pytest.mark.parametrize("bad", [{"extract": "\ud800"}, {"lag_us": 2**63}, {"started_us": -(2**70)}, {"hub": None}])
def test_an_observation_that_can_never_be_written_is_no_trouble_of_the_ledger(engine: Engine, bad: dict[str, Any]) -> None:
    recorder = ImmediateRecorder(engine)
    before = written(engine)
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whichever it is
        recorder.writer.write(Entry(recorder.rows, {"fc": b"half"}, replace(mire(0), **bad)))
    assert not isinstance(caught.value, LedgerError)
    assert written(engine) == before
    recorder.keep([mire(0)])


@in_a_file
def test_a_locked_file_is_told_apart(path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probe.ledger.db.store.BUSY_SECONDS", 0.05)
    with ledger(path) as quick:
        recorder = ImmediateRecorder(quick)
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerError, match="could not be written: database is locked"):
            recorder.keep([mire(0)])
        with pytest.raises(LedgerError, match="could not be deleted: database is locked"):
            recorder.writer.forget(BEGUN)
        other.close()
        recorder.writer.write(Entry([], {}, mire(0)))


def test_a_full_disk_changes_nothing_and_ends_when_there_is_room(path: Path) -> None:
    engine = open_store(path)
    recorder = ImmediateRecorder(engine)
    full = [True]
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count = {1 if full[0] else 1_000_000}"))
    big = replace(mire(0), extract="x" * 50_000)
    with pytest.raises(LedgerError, match="database or disk is full"):
        recorder.writer.write(Entry([], {"fc": b"half"}, big))
    assert list(Reader(engine).observations()) == []
    assert Reader(engine).memory()["fc"] != b"half"
    full[0] = False
    recorder.keep([big])
    assert [one for _, one in Reader(engine).observations()] == [big]
    engine.dispose()


def test_settings_of_several_hubs_are_one_transaction(engine: Engine) -> None:
    other = HubSpec("other", ())
    writer = Writer(engine)
    with pytest.raises(Exception):  # noqa: B017, PT011 - whichever it is
        writer.write(Entry([], {"fc": b"", "other": b""}, settings=[(SPEC, BEGUN), (other, 2**70)]))
    assert Reader(engine).specs() == {}
    assert Reader(engine).memory() == {}


def test_a_row_says_what_it_follows_from(day: Reader) -> None:
    digests = {records.from_observation(one)["digest"] for _, one in day.observations()}
    rows = list(day.ledger())
    assert {row["observation"] for row in rows} <= digests | {""}
    assert {row["observation"] for row in rows if row["recorded_us"] == BEGUN} == {""}
    assert asdict(SPEC)["name"] == rows[0]["hub"]
