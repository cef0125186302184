"""What `vigie run` ends with: 2 when somebody must act first, 1 when starting it again may help."""

import fcntl
import os
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from probe.errors import MustBeMendedError
from probe.ledger.db.store import open_store
from tests.marks import unmeasured
from tests.service.running import COVERAGE_OF_PROCESSES, Simulator, small_files, vigie

pytestmark = unmeasured

Edit = Callable[[dict[str, Any]], None]
PASSES, MUST_BE_MENDED = 1, 2


def store(place: str) -> Edit:
    return lambda document: document.update(store=place)


def secret(**ref: str) -> Edit:
    return lambda document: document["hubs"][0]["sp"].update(client_secret=ref)


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda document: document.update(nonsense="1"), "nonsense"),
        (lambda document: document.update(hubs=[]), "hubs"),
        (lambda document: document["hubs"][0].update(profile="francconnect"), "profile"),
        (secret(file="/nowhere/at/all"), "names a file that does not exist"),
        (secret(file="/"), "names something that is not a file"),
        (secret(env="VIGIE_NOT_SET_ANYWHERE"), "names an environment variable that is not set"),
        (store("/dev/null/vigie.db"), "cannot be locked for writing: Not a directory"),
        (store("/proc/vigie/vigie.db"), "cannot be locked for writing: No such file or directory"),
        (store("x" * 300), "cannot be locked for writing: File name too long"),
    ],
)
def test_what_somebody_must_mend_is_2(simulator: Simulator, tmp_path: Path, edit: Edit, said: str) -> None:
    done = vigie("run", config=simulator.config(tmp_path / "vigie.yml", edit))
    assert (done.returncode, done.stdout) == (MUST_BE_MENDED, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_configuration_that_is_not_there_is_2(tmp_path: Path) -> None:
    assert vigie("run", config=tmp_path / "nothing.yml").returncode == MUST_BE_MENDED


def foreign(place: Path) -> None:
    with sqlite3.connect(place) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    connection.close()


def newer(place: Path) -> None:
    open_store(place).dispose()
    with sqlite3.connect(place) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()


def damaged(place: Path) -> None:
    open_store(place).dispose()
    content = place.read_bytes()
    place.write_bytes(content[:100] + bytes(len(content) - 100))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda place: place.write_bytes(b"no database " * 300), "file is not a database"),
        (lambda place: place.mkdir(), "unable to open database file"),
        (foreign, "it is a database of another program"),
        (newer, "of a newer Vigie"),
        (damaged, "malformed"),
    ],
    ids=["no database", "a folder", "another program's", "newer", "damaged"],
)
def test_a_ledger_that_cannot_be_used_is_2_for_the_watch_and_trouble_for_who_reads(
    simulator: Simulator, tmp_path: Path, make: Callable[[Path], None], said: str
) -> None:
    config = simulator.config(tmp_path / "vigie.yml")
    make(config.with_suffix(".db"))
    done = vigie("run", config=config)
    assert (done.returncode, done.stdout) == (MUST_BE_MENDED, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert vigie("status", config=config).returncode == PASSES


def test_a_loop_of_links_is_2(simulator: Simulator, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    done = vigie("run", config=simulator.config(tmp_path / "vigie.yml", store(str(tmp_path / "loop/vigie.db"))))
    assert done.returncode == MUST_BE_MENDED


@contextmanager
def locked(config: Path) -> Iterator[None]:
    with config.with_suffix(".db-lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextmanager
def port_taken(config: Path) -> Iterator[None]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        config.write_text(config.read_text("utf-8").replace("listen: 127.0.0.1:0", f"listen: 127.0.0.1:{port}"), "utf-8")
        yield


@contextmanager
def full_disk(_config: Path) -> Iterator[None]:
    # A process whose coverage is measured could not write that either,
    # and would say so by a traceback.
    # of the processes started meanwhile, too
    with pytest.MonkeyPatch.context() as patch, small_files(os.getpid(), 4_096):
        patch.delenv(COVERAGE_OF_PROCESSES, raising=False)
        yield


@contextmanager
def written_by_another(config: Path) -> Iterator[None]:
    open_store(config.with_suffix(".db")).dispose()
    connection = sqlite3.connect(config.with_suffix(".db"))
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.close()


@pytest.mark.parametrize("trouble", [locked, port_taken, full_disk, written_by_another], ids=lambda trouble: str(trouble.__name__))
def test_what_may_be_gone_at_the_next_start_is_1(simulator: Simulator, tmp_path: Path, trouble: Callable[[Path], Any]) -> None:
    config = simulator.config(tmp_path / "vigie.yml")
    with trouble(config):
        done = vigie("run", config=config)
    assert (done.returncode, done.stdout) == (PASSES, ""), done.stderr
    assert "Traceback" not in done.stderr


def test_an_error_that_lasts_is_told_from_one_that_passes_by_its_kind(tmp_path: Path) -> None:
    with pytest.raises(MustBeMendedError, match="File name too long"):
        open_store(tmp_path / ("x" * 300))
