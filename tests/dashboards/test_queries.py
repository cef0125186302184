"""Every query of every panel, annotation and variable runs on a real Prometheus that holds the story and a year, and returns data soon."""

import time
from collections.abc import Iterator

import httpx
import pytest

from tests.dashboards.asking import Question, questions
from tests.dashboards.backfill import RETENTION, fill
from tests.dashboards.made import DASHBOARDS
from tests.dashboards.story import Story
from tests.servers.prometheus import Prometheus

pytestmark = [pytest.mark.servers, pytest.mark.usefixtures("real_servers")]
END = 1_792_590_000  # 2026-10-21T13:40Z
SOON_S = 10.0
"""On a machine that does other things too; `benchmarks/dashboards.py` measures."""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A Prometheus that holds the story until `END`, and scrapes nothing."""
    directory = tmp_path_factory.mktemp("story")
    fill(Story(END), directory)
    with Prometheus(directory, {}, options=[RETENTION]) as server:
        yield server


def ask(server: Prometheus, question: Question) -> list[object]:
    """The series, or a label's values, that the question gets. Raises AssertionError when Prometheus does not understand it."""
    answer = httpx.get(f"{server.url}/api/v1/{question.path}", params=list(question.parameters), timeout=60.0, trust_env=False).json()
    assert answer["status"] == "success", f"{question.where}: {answer['error']}\n{question.expr}"
    data = answer["data"]
    found: list[object] = data if isinstance(data, list) else data["result"]
    return found


@pytest.mark.parametrize("uid", DASHBOARDS)
def test_every_question_returns_data_soon(told: Prometheus, uid: str) -> None:
    empty, slow = [], []
    for question in questions(DASHBOARDS[uid], END):
        started = time.perf_counter()
        found = ask(told, question)
        took = time.perf_counter() - started
        empty += [] if found else [f"{question.where}\n{question.expr}"]
        slow += [f"{question.where}: {took:.1f} s"] if took > SOON_S else []
    assert (empty, slow) == ([], [])
