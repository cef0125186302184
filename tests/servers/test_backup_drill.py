"""docs/backup.md, done: a backup while the watch writes, the store lost, restored and verified, its
figures the same, and the watch goes on. On a file and on PostgreSQL.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.servers.postgres import Postgres
from tests.service.running import Running, Simulator, simulating, until, vigie

IDP = "ameli"


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with simulating(tmp_path_factory.mktemp("federation"), "--interval", "500ms", "--idps", f"{IDP},yris") as made:
        yield made


@pytest.fixture(params=["file", pytest.param("server", marks=pytest.mark.servers)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Return a new place for a store: before its loss, and after."""
    places = iter(("before", "after"))

    def new() -> str:
        if request.param == "file":
            return str(tmp_path / f"{next(places)}.db")
        server: Postgres = request.getfixturevalue("running_postgres")
        return server.database()

    return new


def answer(*arguments: str, config: Path) -> Any:
    done = vigie(*arguments, "--json", config=config)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def figures(config: Path, at: str) -> Any:
    """The annual figures as of an instant, and the outages that were over by then."""
    outages = [each for each in answer("outages", config=config) if each["end"] is not None and each["end"] < at]
    return answer("availability", "--at", at, config=config), outages


def is_over(config: Path) -> bool:
    done = vigie("outages", "--json", config=config)
    return done.returncode == 0 and any(each["end"] is not None for each in json.loads(done.stdout))


def configured(simulator: Simulator, path: Path, store: str) -> Path:
    def edit(document: dict[str, Any]) -> None:
        document |= {"store": store, "spool": str(path.with_suffix(".spool"))}

    return simulator.config(path, edit)


def test_what_a_backup_holds_comes_back_with_the_same_figures(simulator: Simulator, store: Callable[[], str], tmp_path: Path) -> None:
    lost = configured(simulator, tmp_path / "lost.yml", store())
    file = tmp_path / "store.jsonl.gz"
    with Running(lost) as watch:
        watch.wait(lambda running: running.values("vigie_idp_available", idp=IDP) == [1.0], "the IdP is available")
        simulator.set(IDP, "front_error")
        watch.wait(lambda running: running.values("vigie_idp_available", idp=IDP) == [0.0], "its outage is confirmed")
        simulator.clear()
        until(lambda: is_over(lost), "its outage is over")
        at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        runs = watch.total("vigie_runs_total")
        watch.wait(lambda running: running.total("vigie_runs_total") > runs + 10, "the watch goes on")
        done = vigie("store", "backup", str(file), config=lost)
        assert (done.returncode, done.stderr) == (0, "")
        assert watch.process.poll() is None, "the watch goes on meanwhile"
        assert watch.stop() == 0
    before = figures(lost, at)
    assert [each["subject"] for each in before[1]] == [f"idp:{IDP}"]
    for path in tmp_path.glob("before.db*"):
        path.unlink()

    restored = configured(simulator, tmp_path / "restored.yml", store())
    done = vigie("store", "restore", str(file), config=restored)
    assert "the chain is whole" in done.stdout, done.stderr
    assert vigie("verify", config=restored).returncode == 0
    assert figures(restored, at) == before

    with Running(restored) as watch:
        watch.wait(lambda running: running.values("vigie_idp_available", idp=IDP) == [1.0], "the restored store is watched")
        assert watch.stop() == 0
    assert vigie("verify", config=restored).returncode == 0
    assert figures(restored, at) == before, "the past stays as it was"
