"""A ledger that an earlier Vigie wrote, killed in mid-outage,
is gone on with as if nothing had changed.

`old/make.py` tells how the fixture was made.
"""

import gzip
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from probe.audit.replay import first_difference
from probe.audit.verify import verify
from probe.core.judgement.fold import fold
from probe.core.judgement.observation import Observation
from probe.ledger.figures.fast_memory import state as plain_state
from probe.ledger.memory import recall, remembered
from probe.ledger.reader import Reader
from probe.ledger.writer import Entry, Writer
from tests.builders import BEGUN, SECOND, SPEC, a_day, idp_down, journey, mire
from tests.fakes.recorder import ImmediateRecorder, ledger

MADE = Path(__file__).parent / "old" / "schema-0002.db.gz"
BEFORE = [mire(90), idp_down("ameli", 91), journey("yris", 92), idp_down("ameli", 93), mire(100), idp_down("yris", 101)]
SINCE = [idp_down("yris", 103), mire(110), idp_down("ameli", 111), journey("ameli", 121), journey("ameli", 122), journey("yris", 123)]


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Engine]:
    path = tmp_path / "vigie.db"
    path.write_bytes(gzip.decompress(MADE.read_bytes()))
    with ledger(path) as engine:
        yield engine


@pytest.fixture
def uninterrupted(tmp_path: Path) -> Iterator[Engine]:
    """The same history, all of it written by this Vigie."""
    with ledger(tmp_path / "new.db") as engine:
        recorder = ImmediateRecorder(engine)
        recorder.keep(a_day())
        recorder.respec(replace(SPEC, vouches=4), BEGUN + 83 * SECOND)
        recorder.keep(BEFORE)
        yield engine


def go_on(engine: Engine, observations: list[Observation]) -> None:
    """As a recorder does: from what is remembered."""
    writer = Writer(engine)
    for one in observations:
        memory = recall(Reader(engine).memory()["fc"])
        rows = fold(memory.state, one)
        writer.write(Entry(rows, {"fc": remembered(memory)}, one))


def test_what_it_remembered_is_what_this_vigie_would(old: Engine, uninterrupted: Engine) -> None:
    content = Reader(old).memory()["fc"]
    assert recall(content) == recall(Reader(uninterrupted).memory()["fc"])
    assert plain_state(content) == recall(content).state, "the commands that read it without pydantic do too"


def test_it_goes_on_without_a_gap(old: Engine, uninterrupted: Engine) -> None:
    for engine in (old, uninterrupted):
        go_on(engine, SINCE)
    now = BEGUN + 130 * SECOND
    for hub, subject in Reader(uninterrupted).subjects():
        assert Reader(old).intervals(hub, subject, now) == Reader(uninterrupted).intervals(hub, subject, now), subject
    assert [one.subject for one in Reader(old).outages(now)] == [one.subject for one in Reader(uninterrupted).outages(now)]
    ours = [{**row, "hash": ""} for row in Reader(uninterrupted).ledger()]
    assert [{**row, "hash": ""} for row in Reader(old).ledger()] == ours


def test_it_still_verifies_and_replays(old: Engine) -> None:
    go_on(old, SINCE)
    with old.connect() as connection:
        assert verify(connection).findings == []
    assert first_difference(Reader(old)) is None


def test_a_replay_may_start_from_its_checkpoints(old: Engine) -> None:
    """Once the retention time took its first observations."""
    Writer(old).forget(BEGUN + 40 * SECOND, upto=14)
    assert Reader(old).checkpoints()[0].after_observation == 14
    go_on(old, SINCE)
    assert first_difference(Reader(old)) is None
