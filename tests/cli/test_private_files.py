"""Whatever Vigie makes, its owner alone may read, whatever the umask is."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from probe.audit.backup import backup
from probe.ledger.db.file_lock import Claim
from probe.ledger.db.private_files import private_folder
from probe.ledger.db.store import open_store
from tests.marks import unmeasured
from tests.service.running import ROOT, VIGIE, Running, Simulator, simulating, until

pytestmark = unmeasured
WIDE = 0o077


def too_wide(folder: Path) -> dict[str, str]:
    """What is in a folder, and may be used by others than its owner: path -> mode."""
    found = {path: path.lstat().st_mode for path in folder.rglob("*") if not path.is_symlink()}
    return {str(path.relative_to(folder)): oct(mode) for path, mode in found.items() if mode & WIDE}


def vigie(*arguments: str | Path, home: Path) -> None:
    """Run a command to its end, with the widest umask: any other takes rights away."""
    environment = {**os.environ, "HOME": str(home), "XDG_STATE_HOME": str(home / "state"), "TMPDIR": str(home / "tmp")}
    done = subprocess.run([VIGIE, *arguments], capture_output=True, text=True, check=False, timeout=120, umask=0, env=environment, cwd=ROOT)
    good = {0, 3} if "status" in arguments else {0}  # 3: a hub is unknown, as nobody watches any more
    assert done.returncode in good, (arguments, done.stdout, done.stderr)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home with a folder for temporary files."""
    (tmp_path / "home/tmp").mkdir(parents=True)
    (tmp_path / "home/tmp").chmod(0o700)
    return tmp_path / "home"


def test_every_file_and_folder_of_every_command_is_its_owners_alone(simulator: Simulator, home: Path) -> None:
    config = simulator.config(home.parent / "vigie.yml", lambda document: document.update(store=str(home / "new/deep/vigie.db")))
    with watching(config) as watch:
        watch.wait(Running.ready, "it has seen everything")
        assert {path.name for path in (home / "new/deep").iterdir()} >= {"vigie.db", "vigie.db-wal", "vigie.db-shm", "vigie.db-lock"}
        assert too_wide(home) == {}, "while it runs"
    device = config.with_suffix(".device")
    assert device.stat().st_mode & WIDE == 0
    for what in ("outages", "ledger", "observations", "availability", "acts", "flags"):
        export = ["export", "--format", "csv", "--what", what, "--output", home / f"{what}.csv", "--config", config]
        vigie(*export, home=home)
    for command in (["status"], ["outages"], ["availability"], ["verify"], ["replay"], ["journey", "ameli"], ["store", "migrate"]):
        vigie(*command, "--config", config, home=home)
    vigie("check", "--config", config, home=home)
    vigie("store", "backup", home / "all.jsonl.gz", "--config", config, home=home)
    other = simulator.config(home.parent / "other.yml", lambda document: document.update(store=str(home / "restored/vigie.db")))
    vigie("store", "restore", home / "all.jsonl.gz", "--config", other, home=home)
    assert too_wide(home) == {}
    assert (home / "restored/vigie.db").is_file()


def test_everything_of_the_demo_is_its_owners_alone(home: Path) -> None:
    environment = {**os.environ, "HOME": str(home), "XDG_STATE_HOME": str(home / "state")}
    folder = home / "state/vigie/demo"
    command = [VIGIE, "demo", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, umask=0, env=environment, cwd=ROOT) as demo:
        until((folder / "story.json").exists, "the story has begun", patience=60)
        meanwhile = too_wide(home)
        demo.send_signal(signal.SIGTERM)
        assert demo.wait(60) == 0
    assert {"vigie.db", "vigie.yml", "demo.log", "federation.log", "secrets"} <= {path.name for path in folder.iterdir()}
    assert (meanwhile, too_wide(home)) == ({}, {})


@contextmanager
def watching(config: Path) -> Iterator[Running]:
    before = os.umask(0)
    try:
        with Running(config) as watch:
            yield watch
    finally:
        os.umask(before)


def test_everything_of_a_federation_is_its_owners_alone(home: Path) -> None:
    before = os.umask(0)
    try:
        with simulating(home / "new/deep/federation", "--tls"):
            assert (home / "new/deep/federation/secrets").is_dir()
            assert too_wide(home) == {}
    finally:
        os.umask(before)


# --- without a command around it


@pytest.fixture
def open_to_all() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("open_to_all")
def test_a_ledger_a_lock_and_a_backup_are_private_without_the_command_line_too(tmp_path: Path) -> None:
    home = tmp_path / "home"
    place = home / "a/b/vigie.db"
    with Claim(place):
        engine = open_store(place)
        with engine.connect():
            assert {path.name for path in place.parent.iterdir()} == {"vigie.db", "vigie.db-wal", "vigie.db-shm", "vigie.db-lock"}
            assert too_wide(home) == {}
        backup(engine, home / "all.jsonl.gz")
        engine.dispose()
    assert too_wide(home) == {}


@pytest.mark.usefixtures("open_to_all")
def test_a_folder_that_is_there_keeps_its_mode_and_those_that_are_made_are_private(tmp_path: Path) -> None:
    (tmp_path / "home/shared").mkdir(parents=True)
    private_folder(tmp_path / "home/shared/mine/own")
    private_folder(tmp_path / "home/shared")
    assert too_wide(tmp_path / "home") == {"shared": "0o40777"}


# --- what is wider already


def test_a_ledger_that_others_may_read_goes_on_is_left_as_it_is_and_is_told(simulator: Simulator, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    config = simulator.config(tmp_path / "vigie.yml")
    with Running(config) as watch:
        watch.wait(Running.ready, "there is a ledger")
        assert watch.stop() == 0
    store, device = config.with_suffix(".db"), config.with_suffix(".device")
    for file in (store, device):
        file.chmod(0o644)
    told = subprocess.run([VIGIE, "config", "check", config], capture_output=True, text=True, check=False, timeout=60)
    assert told.returncode == 0
    warned = [line.split(": ")[2] for line in told.stderr.splitlines() if "may read" in line]
    assert warned == ["hubs[0].trusted_device.file", "store"]
    with Running(config) as watch:
        watch.wait(Running.ready, "it goes on")
        problems = [line["problem"] for line in watch.lines("configuration")]
        assert sum("other users of this machine may read" in problem for problem in problems) == 2
        assert watch.stop() == 0
    assert store.stat().st_mode & 0o777 == 0o644


def test_a_file_in_a_folder_that_is_closed_to_others_needs_no_warning(simulator: Simulator, tmp_path: Path) -> None:
    config = simulator.config(tmp_path / "vigie.yml")
    config.with_suffix(".db").touch(0o666)
    tmp_path.chmod(0o700)
    told = subprocess.run([VIGIE, "config", "check", config], capture_output=True, text=True, check=False, timeout=60)
    assert told.returncode == 0
    assert "may read" not in told.stderr
