"""`vigie store`, and every command that reads or states something, as a user runs them:
on a file and on a real PostgreSQL server.
"""

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from probe.ledger.db import schema
from probe.ledger.db.store import open_store, writing
from probe.ledger.shared.evaluator import Evaluator
from probe.ledger.shared.inbox import Inbox
from tests.builders import BEGUN, SECOND, SPEC, a_day, idp_down, journey, mire
from tests.config.conftest import VALID, write_secret
from tests.fakes.recorder import ImmediateRecorder, ledger
from tests.servers.postgres import Postgres
from tests.service.running import vigie

AT = ["--at", "2026-01-01T00:02:00Z"]
WHO = ["--author", "A. Martin", "--reason", "fausse alerte"]
DOWN = ["--hub", "fc", "--from", "2026-01-01T00:01:00Z", "--to", "2026-01-01T00:01:20Z"]
PAST = """hub,subject,state,start,end,note
fc,C1,up,2025-06-01T00:00:00Z,2025-12-31T23:00:00Z,
fc,C1,down,2025-12-31T23:00:00Z,2026-01-01T00:00:00Z,relevé
"""


def user_of(folder: Path, store: str, top: str = "") -> Callable[..., Any]:
    """Somebody with a configuration in a folder of its own: `run("store", "migrate")`."""
    folder.mkdir()
    write_secret(folder / "secret")
    config = folder / "vigie.yml"
    config.write_text(f"language: en\nstore: {store}\n{top}{VALID}", "utf-8")

    def run(*arguments: str) -> Any:
        return vigie(*arguments, config=config, cwd=folder)

    return run


def well(done: Any) -> str:
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return str(done.stdout)


def refused(done: Any, status: int) -> str:
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    return str(done.stderr)


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., Any]:
    """A user whose ledger is a file, with a day in it."""
    run = user_of(tmp_path / "file", "vigie.db")
    with ledger(tmp_path / "file" / "vigie.db") as engine:
        ImmediateRecorder(engine).keep(a_day())
    return run


@pytest.fixture(params=["file", "server"])
def empty(request: pytest.FixtureRequest, running_postgres: Postgres, tmp_path: Path) -> Callable[..., Any]:
    """A user whose store holds nothing yet."""
    return user_of(tmp_path / "empty", "new.db" if request.param == "file" else running_postgres.database())


# --- vigie store


def test_migrate_makes_a_store_and_may_be_said_again(empty: Callable[..., Any]) -> None:
    refused(empty("status"), 1)
    for _ in range(2):
        assert well(empty("store", "migrate")) == "The ledger's schema is up to date.\n"
    assert "fc" not in well(empty("outages"))


def test_a_store_is_backed_up_and_restored_and_says_the_same(file: Callable[..., Any], empty: Callable[..., Any], tmp_path: Path) -> None:
    copy = str(tmp_path / "copy.jsonl.gz")
    written = well(file("store", "backup", copy))
    restored = well(empty("store", "restore", copy))
    assert restored.split()[0] == written.split()[0], "as many rows"
    for question in (["outages", "--json"], ["availability", *AT, "--json"], ["verify", "--json"], ["replay", "--json"]):
        assert json.loads(well(empty(*question))) == json.loads(well(file(*question))), question
    again = str(tmp_path / "again.jsonl.gz")
    well(empty("store", "backup", again))
    assert gzip.decompress(Path(again).read_bytes()) == gzip.decompress(Path(copy).read_bytes())


def test_what_would_overwrite_something_is_refused(file: Callable[..., Any], empty: Callable[..., Any], tmp_path: Path) -> None:
    copy = str(tmp_path / "copy.jsonl.gz")
    well(file("store", "backup", copy))
    before = Path(copy).read_bytes()
    assert "File exists" in refused(file("store", "backup", copy), 2)
    assert Path(copy).read_bytes() == before
    well(empty("store", "restore", copy))
    outages = well(empty("outages", "--json"))
    assert "the store is not empty: there are rows in " in refused(empty("store", "restore", copy), 2)
    assert well(empty("outages", "--json")) == outages


def test_a_damaged_backup_is_refused_and_nothing_of_it_is_kept(file: Callable[..., Any], empty: Callable[..., Any], tmp_path: Path) -> None:
    copy, damaged = tmp_path / "copy.gz", tmp_path / "damaged.gz"
    well(file("store", "backup", str(copy)))
    whole = copy.read_bytes()
    altered = gzip.compress(gzip.decompress(whole).replace(b'"state": "down"', b'"state": "up"', 1))
    for content in (whole[: len(whole) // 2], altered, gzip.compress(gzip.decompress(whole)[:-400]), b"", b"no backup"):
        damaged.write_bytes(content)
        assert str(damaged) in refused(empty("store", "restore", str(damaged)), 2)
    assert "cannot be read: No such file or directory" in refused(empty("store", "restore", str(tmp_path / "nothing")), 2)
    well(empty("store", "restore", str(copy)))


def test_a_file_that_is_being_watched_is_not_restored_into(file: Callable[..., Any], tmp_path: Path) -> None:
    from probe.ledger.db.file_lock import Claim

    with Claim(tmp_path / "file" / "vigie.db"):
        well(file("store", "backup", str(tmp_path / "copy.gz")))
        assert "another Vigie is writing it" in refused(file("store", "restore", str(tmp_path / "copy.gz")), 1)


def test_a_server_that_cannot_be_had_is_a_clear_error(tmp_path: Path) -> None:
    run = user_of(tmp_path / "away", "postgresql://vigie@127.0.0.1:1/vigie", "store_password: {env: HOME}\n")
    for arguments in (["store", "migrate"], ["store", "backup", "x.gz"], ["status"], ["availability"], ["verify"], ["replay"]):
        said = refused(run(*arguments), 1)
        assert said.startswith("vigie: postgresql://vigie:***@127.0.0.1:1/vigie: the ledger cannot be opened: "), arguments
        assert len(said.splitlines()) == 1
    assert not (tmp_path / "away" / "x.gz").exists()


def test_a_wrong_password_is_a_clear_error_that_does_not_hold_it(postgres: Postgres, tmp_path: Path) -> None:
    url = postgres.database()
    with postgres.connect() as connection:
        connection.execute("CREATE ROLE guest LOGIN PASSWORD 'right-one'")
        connection.execute(f"GRANT ALL ON DATABASE {url.rpartition('/')[2]} TO guest")
        connection.execute(f"ALTER DATABASE {url.rpartition('/')[2]} OWNER TO guest")
    postgres.ask_passwords_of("guest")
    address = url.replace("vigie@", "guest@")
    wrong = user_of(tmp_path / "wrong", address, "store_password: {file: password}\n")
    (tmp_path / "wrong" / "password").write_text("wrong-one\n")
    said = refused(wrong("store", "migrate"), 1)
    assert 'password authentication failed for user "guest"' in said
    assert "wrong-one" not in said
    (tmp_path / "wrong" / "password").write_text("right-one\n")
    well(wrong("store", "migrate"))


def test_a_database_of_another_program_is_left_alone(running_postgres: Postgres, tmp_path: Path) -> None:
    url = running_postgres.database()
    with running_postgres.connect(url.rpartition("/")[2]) as connection:
        connection.execute("CREATE TABLE theirs (x integer)")
    run = user_of(tmp_path / "theirs", url)
    assert "it is a database of another program" in refused(run("store", "migrate"), 1)
    with running_postgres.connect(url.rpartition("/")[2]) as connection:
        assert connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall() == [("theirs",)]


# --- the other commands, on a server


@pytest.fixture
def both(file: Callable[..., Any], running_postgres: Postgres, tmp_path: Path) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Two users with the same history: one in a file, one on a server."""
    server = user_of(tmp_path / "server", running_postgres.database())
    well(file("store", "backup", str(tmp_path / "copy.gz")))
    well(server("store", "restore", str(tmp_path / "copy.gz")))
    return file, server


def without_instants(said: Any) -> Any:
    """What two users are told at different seconds."""
    if isinstance(said, dict):
        return {name: without_instants(each) for name, each in said.items() if "recorded" not in name and "announced" not in name}
    return [without_instants(each) for each in said] if isinstance(said, list) else said


def test_every_command_says_on_a_server_what_it_says_on_a_file(both: tuple[Callable[..., Any], Callable[..., Any]], tmp_path: Path) -> None:
    (tmp_path / "past.csv").write_text(PAST, "utf-8")
    acts = [
        ["correct", *DOWN, "--subject", "C1", "--as", "up", *WHO],
        ["exclude", *DOWN, *WHO],
        ["change", "announce", "--hub", "fc", "--planned", "2030-01-01T00:00:00Z", "--title", "nouveau", *WHO[:2]],
        ["import", str(tmp_path / "past.csv"), "--source", "ancien outil", *WHO[:2]],
    ]
    questions = [
        ["outages", "--json"],
        ["availability", *AT, "--json"],
        ["export", "--what", "outages", "--format", "csv"],
        ["export", "--what", "observations", "--format", "csv"],
        ["export", "--what", "ledger", "--format", "csv"],
        ["verify", "--json"],
        ["replay", "--json"],
    ]
    for act in acts:
        done = [run(*act) for run in both]
        assert {one.returncode for one in done} == {0}, (act, done)
    for question in questions:
        one, other = (run(*question) for run in both)
        assert one.returncode == other.returncode == 0, (question, one.stderr, other.stderr)
        if "--json" in question:
            assert without_instants(json.loads(one.stdout)) == without_instants(json.loads(other.stdout)), question
        else:
            assert one.stdout == other.stdout, question


def test_what_makes_no_sense_is_refused_on_a_server_too(both: tuple[Callable[..., Any], Callable[..., Any]]) -> None:
    wrong = ["correct", "--hub", "elsewhere", *DOWN[2:], "--subject", "C1", "--as", "up", *WHO]
    one, other = (run(*wrong) for run in both)
    assert refused(one, 2) == refused(other, 2)


@pytest.fixture
def shared(running_postgres: Postgres, tmp_path: Path) -> Iterator[tuple[Callable[..., Any], str]]:
    """A user of a store that two vantages brought to, which saw the same outage."""
    url = running_postgres.database()
    engine = open_store(url)
    inbox = Inbox(engine)
    inbox.configure([SPEC], BEGUN)
    seen = [mire(0), journey("ameli", 1), journey("yris", 2), mire(10), idp_down("ameli", 11), idp_down("ameli", 12), mire(20)]
    seen += [journey("ameli", 31), journey("ameli", 32), journey("yris", 33), mire(34)]
    for name in ("brest", "lille"):
        inbox.deliver(name, name, list(enumerate((replace(one, vantage=name) for one in seen), start=1)), 0)
    evaluator = Evaluator(url)
    assert evaluator.take_lead()
    while evaluator.step().events:
        pass
    evaluator.close()
    yield user_of(tmp_path / "shared", url), url
    engine.dispose()


def test_a_shared_ledger_is_verified_and_replayed_and_an_altered_one_is_told(shared: tuple[Callable[..., Any], str]) -> None:
    run, url = shared
    well(run("verify"))
    assert "22 observations of all vantages folded again from 01/01/2026 at 01:00:00 (Europe/Paris, UTC+01:00)" in well(run("replay"))
    assert json.loads(well(run("replay", "--json"))) == {"from_us": BEGUN, "observations": 22, "difference": None}
    [outage] = json.loads(well(run("outages", "--json")))
    assert (outage["subject"], outage["start_us"], outage["end_us"]) == ("idp:ameli", BEGUN + 11 * SECOND, BEGUN + 31 * SECOND)
    engine = open_store(url)
    with writing(engine) as connection:
        table = schema.interval
        connection.execute(table.update().where(table.c.state == "down").values(state="up", cause=None))
    engine.dispose()
    assert "interval" in run("verify").stdout
    told = run("replay", "--json")
    assert told.returncode == 1
    assert json.loads(told.stdout)["difference"]


def test_a_shared_ledger_in_a_backup_is_replayed_from_a_file(shared: tuple[Callable[..., Any], str], tmp_path: Path) -> None:
    run, _ = shared
    well(run("store", "backup", str(tmp_path / "copy.gz")))
    home = user_of(tmp_path / "home", "home.db")
    well(home("store", "restore", str(tmp_path / "copy.gz")))
    for question in (["outages", "--json"], ["replay", "--json"], ["verify", "--json"]):
        assert json.loads(well(home(*question))) == json.loads(well(run(*question))), question
