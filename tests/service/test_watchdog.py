"""A loop that does not turn is noticed from outside it: logged with its stack, counted,
and dumped when no thread can move.
"""

import asyncio
import subprocess
import sys
import time
from typing import Any

from structlog.testing import capture_logs

from probe.clock import SystemClock
from probe.service.watchdog import Watchdog

PATIENCE_US = 200_000


def holds_up_the_loop(seconds: float) -> None:
    time.sleep(seconds)


async def watched(seconds: float, times: int = 1) -> tuple[list[int], list[dict[str, Any]]]:
    pauses: list[int] = []
    with capture_logs() as logs:
        async with Watchdog(SystemClock(), pauses.append, patience_us=PATIENCE_US).watching():
            for _ in range(times):
                await asyncio.sleep(0.1)
                holds_up_the_loop(seconds)
                await asyncio.sleep(0.1)
    return pauses, [dict(line) for line in logs]


async def test_a_pause_is_told_while_it_lasts_with_the_stack_and_counted_when_it_is_over() -> None:
    pauses, logs = await watched(1.5)
    stalled = [line for line in logs if line["event"] == "loop_stalled"]
    assert stalled
    assert len(stalled) <= 5  # ever less often
    assert any("holds_up_the_loop" in frame for frame in stalled[0]["stack"])
    assert not any("1.5" in frame for line in stalled for frame in line["stack"])
    assert pauses
    assert max(pauses) >= 1_200_000
    assert logs[-1]["event"] == "loop_stalled_and_turns_again"


async def test_each_pause_is_counted() -> None:
    pauses, _ = await watched(1.0, times=3)
    assert len([each for each in pauses if each >= 800_000]) == 3


async def test_the_thread_ends_with_the_watch() -> None:
    import threading

    async with Watchdog(SystemClock(), lambda _: None).watching():
        assert "watchdog" in {thread.name for thread in threading.enumerate()}
    assert "watchdog" not in {thread.name for thread in threading.enumerate()}


FROZEN = """
import asyncio, re, sys
from probe.service import watchdog
from probe.clock import SystemClock

watchdog.DUMP_AFTER_SECONDS = 1

def reads_a_page():
    re.match(r"(a*)*b", "a" * 26)  # one call into C, of some seconds, that lets no other thread run

async def main():
    async with watchdog.Watchdog(SystemClock(), lambda us: print("paused"), patience_us=500_000, dump_to=sys.stderr).watching():
        await asyncio.sleep(0.1)
        reads_a_page()
        await asyncio.sleep(1)

asyncio.run(main())
"""


def test_code_that_stops_every_thread_is_found_all_the_same() -> None:
    ended = subprocess.run([sys.executable, "-c", FROZEN], capture_output=True, text=True, timeout=120, check=True)
    assert "in reads_a_page" in ended.stderr
    assert ended.stdout.splitlines()[-1] == "paused"


def test_the_watch_counts_its_pauses_among_the_metrics() -> None:
    from exporters.metrics.exposition import Format, page
    from exporters.metrics.live import Meters

    meters = Meters("1")
    meters.stalled(2_500_000)
    text = page(list(meters.parts()), Format.TEXT).decode()
    assert "vigie_loop_stalls_total 1.0" in text
    assert "vigie_loop_stalled_seconds_total 2.5" in text


async def test_a_loop_that_turns_is_not_told_of() -> None:
    assert [line["event"] for line in (await watched(0.0))[1] if line["event"] == "loop_stalled"] == []
