"""Measures how long Prometheus takes to answer the dashboards.

    python benchmarks/dashboards.py [--runs 5]

It back-fills a real Prometheus with the story of tests/dashboards: a day of everything,
a month of the register, and 365 days at one minute of the series with a year's range.
It asks every question of every panel, annotation and variable over its dashboard's own range.
It prints the median and the slowest of each dashboard, and the sum,
which is the cost of opening it. Each question is asked `runs` times, and the median counts.
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.dashboards.asking import Asker, Question, questions  # noqa: E402
from tests.dashboards.backfill import RETENTION, fill  # noqa: E402
from tests.dashboards.made import DASHBOARDS  # noqa: E402
from tests.dashboards.story import MetricHistory  # noqa: E402
from tests.servers.prometheus import Prometheus  # noqa: E402

END = 1_792_590_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        fill(MetricHistory(END), Path(folder))
        print(f"back-filled in {time.perf_counter() - started:.0f} s")
        with Prometheus(Path(folder), {}, options=[RETENTION]) as server, Asker(server.url) as asker:
            nothing = Question("nothing", "query", (("query", "1"),))
            print(f"{'nothing at all':<16}   1 question    median {_took(asker, nothing, 20 * asked.runs):5.1f} ms")
            for uid, dashboard in DASHBOARDS.items():
                print(_row(uid, [(_took(asker, question, asked.runs), question) for question in questions(dashboard, END)]))


def _took(asker: Asker, question: Question, runs: int) -> float:
    """Return the median time of a question in milliseconds."""
    walls = []
    for _ in range(runs):
        started = time.perf_counter()
        asker.ask(question)
        walls.append(1e3 * (time.perf_counter() - started))
    return statistics.median(walls)


def _row(uid: str, took: list[tuple[float, Question]]) -> str:
    walls = [wall for wall, _ in took]
    slowest, question = max(took, key=lambda each: each[0])
    return (
        f"{uid:<16} {len(took):3} questions   median {statistics.median(walls):5.1f} ms   sum {sum(walls):6.0f} ms   "
        f"slowest {slowest:5.0f} ms: {question.where.partition(': ')[2]}"
    )


if __name__ == "__main__":
    main()
