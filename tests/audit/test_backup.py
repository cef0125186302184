"""A backup is the whole store, and fills an empty one of either kind."""

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete

from probe.audit.backup import backup, restore
from probe.audit.replay import first_difference
from probe.errors import InputError
from probe.ledger.db import schema
from probe.ledger.db.store import open_store, writing
from probe.ledger.reader import Reader
from tests.builders import a_day, journey
from tests.fakes.recorder import ImmediateRecorder, new_ledger
from tests.servers.postgres import Postgres

Make = Callable[[], Engine]
SERVER = pytest.param("server", marks=pytest.mark.servers)


def makers(tmp_path: Path, request: pytest.FixtureRequest, kind: str) -> Iterator[Make]:
    made: list[Engine] = []

    def make() -> Engine:
        if kind == "server":
            server: Postgres = request.getfixturevalue("running_postgres")
            made.append(open_store(server.ledger()))
        else:
            made.append(new_ledger(tmp_path / f"{len(made)}-{kind}.db"))
        return made[-1]

    yield make
    for engine in made:
        engine.dispose()


@pytest.fixture(params=["file", SERVER])
def source(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Engine]:
    for make in makers(tmp_path, request, request.param):
        engine = make()
        ImmediateRecorder(engine).keep(a_day())
        yield engine


@pytest.fixture(params=["file", SERVER])
def empty(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Engine]:
    for make in makers(tmp_path / "empty", request, request.param):
        yield make()


def test_a_store_is_restored_whole_into_either_kind(source: Engine, empty: Engine, tmp_path: Path) -> None:
    path = tmp_path / "store.jsonl.gz"
    assert backup(source, path) == restore(empty, path) > 0
    one, other = Reader(source), Reader(empty)
    assert list(one.observations()) == list(other.observations())
    assert list(one.ledger()) == list(other.ledger())
    assert one.memory() == other.memory()
    assert other.first_altered() is None
    assert first_difference(other) is None
    again = tmp_path / "again.jsonl.gz"
    backup(empty, again)
    assert gzip.decompress(again.read_bytes()) == gzip.decompress(path.read_bytes())


def test_a_restored_store_goes_on(source: Engine, empty: Engine, tmp_path: Path) -> None:
    """New observations get new numbers."""
    backup(source, tmp_path / "x.gz")
    restore(empty, tmp_path / "x.gz")
    last = Reader(empty).last_number()
    ImmediateRecorder(empty).keep([journey("ameli", 9000)])
    assert Reader(empty).last_number() > last


def test_a_store_that_holds_anything_is_not_restored_into(source: Engine, tmp_path: Path) -> None:
    backup(source, tmp_path / "x.gz")
    before = list(Reader(source).ledger())
    with pytest.raises(InputError, match="the store is not empty"):
        restore(source, tmp_path / "x.gz")
    assert list(Reader(source).ledger()) == before


NO_BACKUPS = {
    "empty": b"",
    "no gzip": b"no gzip",
    "another file": gzip.compress(b"[]\n"),
    "another schema": gzip.compress(b'{"format": "vigie store", "schema": "0001"}\n'),
}


@pytest.mark.parametrize("content", NO_BACKUPS.values(), ids=NO_BACKUPS)
def test_what_is_no_backup_is_refused_and_changes_nothing(empty: Engine, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.gz").write_bytes(content)
    with pytest.raises(InputError):
        restore(empty, tmp_path / "x.gz")
    assert list(Reader(empty).ledger()) == []


def test_a_backup_of_a_broken_chain_is_not_restored(source: Engine, empty: Engine, tmp_path: Path) -> None:
    with writing(source) as connection:
        connection.execute(delete(schema.ledger).where(schema.ledger.c.seq == 2))
    backup(source, tmp_path / "x.gz")
    with pytest.raises(InputError, match="ledger, row 3"):
        restore(empty, tmp_path / "x.gz")
    assert list(Reader(empty).ledger()) == []


def test_a_backup_whose_end_is_missing_is_not_restored(source: Engine, empty: Engine, tmp_path: Path) -> None:
    backup(source, tmp_path / "x.gz")
    lines = gzip.decompress((tmp_path / "x.gz").read_bytes()).splitlines(keepends=True)
    for kept in (lines[:-1], lines[: len(lines) // 2]):
        (tmp_path / "x.gz").write_bytes(gzip.compress(b"".join(kept)))
        with pytest.raises(InputError, match="its end is missing"):
            restore(empty, tmp_path / "x.gz")
        assert list(Reader(empty).ledger()) == []


def test_a_backup_with_a_flipped_bit_is_not_restored(source: Engine, empty: Engine, tmp_path: Path) -> None:
    backup(source, tmp_path / "x.gz")
    whole = (tmp_path / "x.gz").read_bytes()
    for at in range(20, len(whole), len(whole) // 12):
        (tmp_path / "x.gz").write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
        with pytest.raises(InputError, match=r"x\.gz"):
            restore(empty, tmp_path / "x.gz")
        assert list(Reader(empty).ledger()) == []
