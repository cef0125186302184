"""Measures the cost of recording an observation, in batches of several sizes.

    python benchmarks/record.py [--idps 15] [--rounds 7]

It uses one hub, all well, on a SQLite file with `synchronous=FULL`. It prints the CPU time of the
process (user and system) per observation, and its ratio to one observation a transaction.
Both are the median of the rounds, in each of which every size has its turn.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from probe.core.judgement.observation import Hop, Kind, Observation, Outcome, Step
from probe.core.judgement.spec import HubSpec, IdpSpec
from probe.ledger import recorder as recording
from probe.ledger.db.store import open_store
from probe.ledger.reader import Reader
from probe.ledger.recorder import Recorded, Recorder
from probe.ledger.writer import Writer

SIZES = (1, 10, 50, 100)
SECOND = 1_000_000
BEGUN = 1_767_225_600 * SECOND
HOPS = tuple(Hop(Step.AUTHORIZE, "GET", f"host{number}.example", "/api/*", 303, 400, 10, 20, 30, 300, 40, 400) for number in range(6))


class Nobody:
    """A listener that does nothing."""

    def recorded(self, recorded: Recorded) -> None: ...
    def write_failed(self) -> None: ...
    def backlog(self, waiting: int) -> None: ...
    def dropped(self, observations: int) -> None: ...


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--idps", type=int, default=15)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--observations", type=int, default=400, help="the number of observations of each size in a round")
    asked = parser.parse_args()
    rounds = [asyncio.run(_round(asked.idps, asked.observations, number)) for number in range(asked.rounds)]
    print(f"{asked.idps} IdPs, {asked.rounds} rounds of {asked.observations} observations a size")
    for size in SIZES:
        cpu = statistics.median(each[size] for each in rounds)
        ratios = sorted(each[size] / each[1] for each in rounds)
        spread = f"({ratios[0]:.2f}-{ratios[-1]:.2f})"
        print(f"batches of {size:3}   {cpu / 1e3:8.0f} us CPU an observation   {statistics.median(ratios):.2f} of one each {spread}")


async def _round(idps: int, count: int, turn: int) -> dict[int, float]:
    """Return nanoseconds of CPU per observation, by size. The order of the sizes varies."""
    order = [*SIZES[turn % len(SIZES) :], *SIZES[: turn % len(SIZES)]]
    return {size: await _measured(size, idps, count) for size in order}


async def _measured(size: int, idps: int, count: int) -> float:
    recording.BATCH = size
    names = [f"idp{number}" for number in range(idps)]
    with tempfile.TemporaryDirectory() as folder:
        engine = open_store(Path(folder) / "vigie.db")
        recorder = Recorder(Writer(engine), Nobody(), Reader(engine).memory())
        await recorder.configure([HubSpec("fc", tuple(map(IdpSpec, names)))], BEGUN)
        await _write(recorder, names, 0, 4 * idps, size)  # every subject is known, and warm
        started = time.process_time_ns()
        await _write(recorder, names, 4 * idps, count, size)
        used = time.process_time_ns() - started
        engine.dispose()
    return used / count


async def _write(recorder: Recorder, names: list[str], first: int, count: int, size: int) -> None:
    for number in range(first, first + count):
        recorder.submit(_observation(names[number % len(names)], number))
        if (number - first + 1) % size == 0:
            await recorder.drain()
    await recorder.drain()


def _observation(idp: str, number: int) -> Observation:
    at = BEGUN + number * SECOND
    return Observation("fc", Kind.IDENTITY, at, at + SECOND, 600 * SECOND, Outcome.OK, idp=idp, hops=HOPS)


if __name__ == "__main__":
    main()
