"""Fills a real Prometheus with a story: OpenMetrics samples, made into blocks by promtool."""

from pathlib import Path
from typing import TextIO

from tests.dashboards.story import MetricHistory, Series
from tests.servers.prometheus import promtool

RETENTION = "--storage.tsdb.retention.time=800d"
_ONE_BLOCK = "--max-block-duration=20000h"
"""promtool reads the whole file once for every block it makes, and makes blocks of two hours
unless told.
"""


def fill(story: MetricHistory, directory: Path) -> None:
    """Write the story's blocks into `directory`/prometheus,
    where `tests.servers.prometheus.Prometheus` looks.
    """
    text = directory / "story.txt"
    with text.open("w", encoding="utf-8") as out:
        for series in story.series():
            _write(series, story.end, out)
        out.write("# EOF\n")
    made = promtool("tsdb", "create-blocks-from", _ONE_BLOCK, "openmetrics", str(text), str(directory / "prometheus"))
    assert made.returncode == 0, made.stderr
    text.unlink()


def _write(series: Series, end: int, out: TextIO) -> None:
    labels = ",".join(f'{name}="{value}"' for name, value in series.labels.items())
    head, value = f"{series.name}{{{labels}}} ", series.value
    samples = ((value(at), at) for at in range(end - series.past_s, end + 1, series.step_s))
    out.writelines(f"{head}{found:.12g} {at}\n" for found, at in samples if found is not None)
