"""Opening a ledger: what is in force on it, and what is refused, each with its own words."""

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from probe.errors import LedgerError, MustBeMendedError
from probe.ledger.db import schema
from probe.ledger.db.file_lock import Claim
from probe.ledger.db.format import APPLICATION_ID, VERSION
from probe.ledger.db.store import _to_write, open_store
from probe.ledger.reader import Reader
from tests.builders import mire
from tests.fakes.recorder import ImmediateRecorder, ledger

ROOT = Path(__file__).resolve().parents[3]
NOBODY = 65534


def refusal(path: Path, *, create: bool) -> str:
    with pytest.raises(LedgerError) as caught:
        open_store(path, create=create)
    return str(caught.value)


def change(path: Path, *statements: str) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        other.execute(statement)
    other.close()


# --- what is in force


def test_a_new_ledger_is_migrated_to_what_the_schema_says(path: Path) -> None:
    with ledger(path) as engine, engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []


def test_the_version_that_is_checked_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", "probe.ledger.db:migrations")
    assert ScriptDirectory.from_config(config).get_heads() == [VERSION]


def test_every_connection_writes_ahead_and_waits_for_the_disk(path: Path) -> None:
    with ledger(path) as engine, engine.connect() as one, engine.connect() as two:
        for connection in (one, two):
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
            assert connection.exec_driver_sql("PRAGMA application_id").scalar() == APPLICATION_ID


def test_a_journal_that_cannot_be_a_write_ahead_log_is_refused() -> None:
    in_memory = sqlite3.connect(":memory:")
    with pytest.raises(LedgerError, match="write-ahead log"):
        _to_write(in_memory, None)
    in_memory.close()


def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    deep = tmp_path / "a" / "b" / "vigie.db"
    with ledger(deep):
        assert deep.is_file()


def test_opening_again_changes_nothing(path: Path) -> None:
    with ledger(path) as engine:
        ImmediateRecorder(engine).keep([mire(0)])
    with ledger(path) as engine:
        assert [one for _, one in Reader(engine).observations()] == [mire(0)]


def test_several_may_make_the_same_ledger_at_once(path: Path) -> None:
    trouble: list[Exception] = []

    def make() -> None:
        try:
            open_store(path).dispose()
        except LedgerError as error:
            trouble.append(error)

    makers = [threading.Thread(target=make) for _ in range(6)]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join()
    assert trouble == []
    with ledger(path, create=False) as engine:
        assert Reader(engine).subjects() == []


@pytest.mark.parametrize("name", ["a ? b#c%20.db", "file:x.db", "vigie.db?mode=memory", ":memory:", "é ü.db"])
def test_a_name_is_a_name_whatever_is_in_it(tmp_path: Path, name: str) -> None:
    with ledger(tmp_path / name):
        assert (tmp_path / name).is_file()


# --- what is refused


def test_an_absent_ledger_is_said_to_readers_and_not_made(path: Path) -> None:
    assert "there is no ledger here" in refusal(path, create=False)
    assert not path.exists()


@pytest.mark.parametrize("create", [True, False])
def test_a_folder_is_no_ledger(tmp_path: Path, create: bool) -> None:
    assert str(tmp_path) in refusal(tmp_path, create=create)


@pytest.mark.parametrize("create", [True, False])
@pytest.mark.parametrize("content", [b"hello, this is no database at all\n" * 40, b"\0" * 8192, b"SQLite format 3\0" + b"\xff" * 4080])
def test_a_file_that_is_no_database_is_refused_and_left_alone(path: Path, content: bytes, create: bool) -> None:
    path.write_bytes(content)
    assert f"{path}: the ledger cannot be opened: " in refusal(path, create=create)
    assert path.read_bytes() == content


@pytest.mark.parametrize("create", [True, False])
def test_another_programs_database_is_refused_and_left_alone(path: Path, create: bool) -> None:
    change(path, "CREATE TABLE bookmarks (id INTEGER PRIMARY KEY)")
    before = path.read_bytes()
    assert "a database of another program" in refusal(path, create=create)
    assert path.read_bytes() == before
    assert not path.with_name("vigie.db-wal").exists()


def test_an_empty_file_becomes_a_ledger_for_a_writer_and_is_one_for_no_reader(path: Path) -> None:
    path.touch()
    assert "it is empty" in refusal(path, create=False)
    assert path.read_bytes() == b""
    with ledger(path) as engine:
        assert Reader(engine).subjects() == []


def test_a_ledger_that_was_cut_short_is_refused(path: Path) -> None:
    with ledger(path) as engine:
        ImmediateRecorder(engine).keep(mire(at) for at in range(20))
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(LedgerError, match=r"malformed|not a database"), ledger(path, create=False) as engine:
        Reader(engine).outages(0)


@pytest.mark.parametrize("create", [True, False])
def test_a_ledger_of_a_newer_vigie_is_refused_and_left_alone(path: Path, create: bool) -> None:
    open_store(path).dispose()
    change(path, "UPDATE alembic_version SET version_num = '0987'")
    before = path.read_bytes()
    assert f"its schema is 0987, of a newer Vigie; this one knows {VERSION} at most" in refusal(path, create=create)
    assert path.read_bytes() == before


def test_a_ledger_of_an_older_vigie_is_not_read_before_it_is_migrated(path: Path) -> None:
    open_store(path).dispose()
    change(path, "DELETE FROM alembic_version")
    assert "of an older Vigie" in refusal(path, create=False)


def test_a_file_locked_for_longer_than_is_waited_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_store(path).dispose()
    monkeypatch.setattr("probe.ledger.db.store.BUSY_SECONDS", 0.05)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    assert "database is locked" in refusal(path, create=True)
    with ledger(path, create=False) as engine:  # who only reads does not mind
        assert Reader(engine).subjects() == []
    other.close()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everyone may enter (pytest's own are closed to others)."""
    with TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@contextmanager
def without_rights() -> Iterator[None]:
    """As a user who owns nothing: root passes over every permission."""
    mine = os.geteuid()
    if mine == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(mine)


def test_a_file_that_may_not_be_written_is_refused_to_a_writer_and_read_by_a_reader(open_folder: Path) -> None:
    path = open_folder / "vigie.db"
    with ledger(path) as engine:
        ImmediateRecorder(engine).keep([mire(0)])
        for one in open_folder.iterdir():
            one.chmod(0o444)
        with without_rights():
            assert f"{path}: the ledger cannot be opened: attempt to write a readonly database" in refusal(path, create=True)
            with ledger(path, create=False) as reading:
                assert Reader(reading).subjects()[0] == ("fc", "hub")


def test_a_file_that_may_not_be_read_is_refused(open_folder: Path) -> None:
    path = open_folder / "vigie.db"
    open_store(path).dispose()
    path.chmod(0o000)
    with without_rights():
        assert "unable to open database file" in refusal(path, create=False)


def test_a_folder_that_may_not_be_written_is_refused(open_folder: Path) -> None:
    open_folder.chmod(0o555)
    with without_rights():
        assert "Permission denied" in refusal(open_folder / "sub" / "vigie.db", create=True)
        assert "unable to open database file" in refusal(open_folder / "vigie.db", create=True)


def test_a_permission_that_is_missing_is_for_somebody_to_mend_and_a_lock_is_not(open_folder: Path) -> None:
    path = open_folder / "vigie.db"
    with Claim(path), pytest.raises(LedgerError) as held:
        Claim(path)
    assert not isinstance(held.value, MustBeMendedError)
    open_store(path).dispose()
    for one in open_folder.iterdir():
        one.chmod(0o444)
    open_folder.chmod(0o555)
    with without_rights():
        for refused in (
            lambda: open_store(path),
            lambda: open_store(open_folder / "new.db"),
            lambda: Claim(path),
            lambda: Claim(open_folder / "new.db"),
        ):
            with pytest.raises(MustBeMendedError):
                refused()


# --- one writer


def test_a_ledger_has_one_writing_process_at_a_time(path: Path) -> None:
    code = "import sys; from pathlib import Path; from probe.ledger.db.file_lock import Claim; Claim(Path(sys.argv[1]))"
    with Claim(path):
        other = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)
        assert f"{path}: another Vigie is writing it" in other.stderr
    subprocess.run([sys.executable, "-c", code, path], check=True, timeout=60, cwd=ROOT)


def test_a_claim_in_a_place_that_cannot_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LedgerError, match="cannot be locked for writing"):
        Claim(tmp_path / "file" / "vigie.db")
