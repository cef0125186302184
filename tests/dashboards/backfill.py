"""A real Prometheus that holds a story: its samples as OpenMetrics, made into blocks by promtool."""

from pathlib import Path
from typing import TextIO

from tests.dashboards.story import Series, Story
from tests.servers.prometheus import promtool

RETENTION = "--storage.tsdb.retention.time=800d"
_ONE_BLOCK = "--max-block-duration=20000h"
"""promtool reads the whole file once for every block it makes, and makes blocks of two hours unless told."""


def fill(story: Story, directory: Path) -> int:
    """Write the story's blocks into `directory`/prometheus, where `tests.servers.prometheus.Prometheus` looks. Returns the number of "
    "samples."""
    text = directory / "story.txt"
    with text.open("w", encoding="ascii") as out:
        count = sum(_write(series, story.end, out) for series in story.series())
        out.write("# EOF\n")
    made = promtool("tsdb", "create-blocks-from", _ONE_BLOCK, "openmetrics", str(text), str(directory / "prometheus"))
    assert made.returncode == 0, made.stderr
    text.unlink()
    return count


def _write(series: Series, end: int, out: TextIO) -> int:
    labels = ",".join(f'{name}="{value}"' for name, value in series.labels.items())
    head, value = f"{series.name}{{{labels}}} ", series.value
    instants = range(end - series.past_s, end + 1, series.step_s)
    out.writelines(f"{head}{value(at):.12g} {at}\n" for at in instants)
    return len(instants)
