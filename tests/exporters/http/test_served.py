"""The API of `vigie run` and the commands write to the same register."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.fakes.api import is_problem
from tests.fakes.register import configuration
from tests.service.running import Running, vigie


@pytest.fixture
def path(tmp_path: Path) -> Path:
    for name in ("first", "second"):
        (tmp_path / name).write_text(f"token-{name}-0123456789", "utf-8")
    return configuration(tmp_path, listen="127.0.0.1:0", api={"tokens": {"ada": {"file": "first"}}})


@pytest.fixture
def running(path: Path) -> Iterator[Running]:
    with Running(path) as made:
        yield made


def bearer(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer token-{name}-0123456789"}


def test_the_api_and_the_commands_write_one_register_beside_the_watch(path: Path, running: Running) -> None:
    port = running.wait(lambda one: one.port(), "it listens")
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30) as client:
        made = client.post("/api/v1/incidents", json={"title": "Une panne", "severity": 2, "idp": "ameli"}, headers=bearer("first"))
        assert made.status_code == 201, made.text
        assert made.headers["cache-control"] == "no-store"
        done = vigie("incidents", "ack", "1", "--author", "Bob", config=path)
        assert done.returncode == 0, done.stderr
        answer = client.get("/api/v1/incidents/1", headers=bearer("first"))
        assert [(one["kind"], one["author"]) for one in answer.json()["acts"]] == [("opened", "ada"), ("acknowledged", "Bob")]
        assert answer.headers["cache-control"] == "private, no-cache"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert [one["number"] for one in json.loads(vigie("incidents", "list", "--json", config=path).stdout)] == [1]
        is_problem(client.get("/api/v1/nothing", headers=bearer("first")), 404)
        assert client.get("/nothing").text == "not found\n"

        configuration(path.parent, listen="127.0.0.1:0", api={"tokens": {"ada": {"file": "second"}}})
        running.reload()
        running.wait(lambda one: one.lines("reloaded"), "it is reloaded")
        is_problem(client.get("/api/v1/incidents", headers=bearer("first")), 401)
        assert client.get("/api/v1/incidents", headers=bearer("second")).status_code == 200
    assert "token-first" not in running.log.read_text("utf-8")
    assert running.total("vigie_intake_total", way="api", result="opened") == 1
