"""Makes a ledger for measurements.

    python benchmarks/make_year.py FOLDER [--idps 15] [--outages 10000] [--days 0]

It writes FOLDER/vigie.yml (a configuration that is enough for reading) and FOLDER/vigie.db:

- By default a year of ledger that ends now, with the given number of outages. 1 in 40 is of the hub
  (each of the three conditions in turn, which masks the IdPs when it is C1), the others are of one
  IdP. The writer writes it: chained, projected, with memory as a watch would leave it.
- With `--days N` instead N days of observations at full rate (mire every 30 s, each IdP's journey
  every 60 s) with random outages, folded and committed 5,000 at a time, for
  `benchmarks/replay.py`. A day with 15 IdPs has 24,480 observations, a year 8.9 million.
"""

import argparse
import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from probe.core.judgement.condition import C1, C2, C3, CONDITIONS, HUB, State, SubjectStatus, journey_of, subjects  # noqa: E402
from probe.core.judgement.fold import HubState, begin, fold  # noqa: E402
from probe.core.judgement.observation import Fault, Kind, Observation, Outcome, Reason, Step  # noqa: E402
from probe.core.judgement.signal import Cause  # noqa: E402
from probe.core.judgement.spec import HubSpec, IdpSpec  # noqa: E402
from probe.core.judgement.timeline import LedgerRow, Timeline  # noqa: E402
from probe.ledger.db.store import open_store  # noqa: E402
from probe.ledger.memory import HubMemory, remembered  # noqa: E402
from probe.ledger.writer import Entry, Writer  # noqa: E402

SECOND = 1_000_000
DAY = 86_400 * SECOND
UP, UNKNOWN = SubjectStatus(State.UP), SubjectStatus(State.UNKNOWN)
AT_ONCE = 5_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--idps", type=int, default=15)
    parser.add_argument("--outages", type=int, default=10_000)
    parser.add_argument("--days", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    store = asked.folder / "vigie.db"
    if store.exists():
        parser.error(f"{store} is there already")
    spec = HubSpec("fc", tuple(IdpSpec(f"idp{number:02}") for number in range(1, asked.idps + 1)))
    (asked.folder / "vigie.yml").write_text(_configuration(spec), encoding="utf-8")
    chance = random.Random(asked.seed)
    started = time.perf_counter()
    written = _observe(store, spec, asked.days, chance) if asked.days else _outages(store, spec, asked.outages, chance)
    print(f"{store}: {written} in {time.perf_counter() - started:.0f} s, {store.stat().st_size / 1e6:.0f} MB")


def _configuration(spec: HubSpec) -> str:
    idps = "\n".join(f"      - {{name: {idp.name}, title: Fournisseur {idp.name[3:]}}}" for idp in spec.idps)
    return (
        f"# Enough to read the ledger, not to watch.\nstore: vigie.db\nhubs:\n  - name: fc\n    title: FranceConnect\n    idps:\n{idps}\n"
    )


# --- a year of outages


def _outages(store: Path, spec: HubSpec, count: int, chance: random.Random) -> str:
    now = time.time_ns() // 1_000
    start = now - 366 * DAY
    state, rows = begin(spec, start)
    rows += [LedgerRow("fc", subject, start + SECOND, UP, start + SECOND) for subject in subjects(spec)]
    slot = (now - start - DAY) // max(1, count)
    for number in range(count):
        at = start + number * slot + chance.randrange(1 + slot // 2)
        rows += _outage(spec, at, at + min(slot // 3, chance.randrange(20 * SECOND, 300 * SECOND)), number, chance)
    _remember(state, rows, now)
    engine = open_store(store)
    ahead = iter(rows)
    writer = Writer(engine)
    writer.write(Entry([], {}, settings=[(spec, start)]))
    while part := list(islice(ahead, AT_ONCE)):
        writer.write(Entry(part, {"fc": remembered(HubMemory(state))}))
    engine.dispose()
    return f"{count} outages, {len(rows)} ledger rows"


def _outage(spec: HubSpec, start: int, end: int, number: int, chance: random.Random) -> Iterator[LedgerRow]:
    if number % 40:
        idp = journey_of(chance.choice(spec.idps).name)
        cause = Cause(Fault.IDP, Reason.CONNECT, Step.IDP_LOGIN_PAGE)
        yield from (LedgerRow("fc", idp, start, SubjectStatus(State.DOWN, cause), start), LedgerRow("fc", idp, end, UP, end))
        return
    condition = (C1, C2, C3)[number // 40 % 3]
    cause = Cause(Fault.HUB, Reason.HUB_ERROR, Step.MIRE)
    masked = [*CONDITIONS, *(journey_of(idp.name) for idp in spec.idps)] if condition == C1 else []
    held = dict.fromkeys(masked, UNKNOWN) | {condition: SubjectStatus(State.DOWN, cause), HUB: SubjectStatus(State.DOWN, cause, condition)}
    yield from (LedgerRow("fc", subject, start, status, start) for subject, status in held.items())
    yield from (LedgerRow("fc", subject, end, UP, end) for subject in held)


def _remember(state: HubState, rows: Sequence[LedgerRow], now: int) -> None:
    """Set the state as if the watch had just recorded something."""
    state.clock_us = state.horizon_us = now
    latest = {row.subject: row for row in rows}
    state.tails = {subject: Timeline([(row.effective_us, row.status)]) for subject, row in latest.items()}


# --- days of observations


def _observe(store: Path, spec: HubSpec, days: float, chance: random.Random) -> str:
    now = time.time_ns() // 1_000
    start = now - int(days * DAY)
    state, rows = begin(spec, start)
    engine = open_store(store)
    writer = Writer(engine)
    writer.write(Entry(rows, {"fc": remembered(HubMemory(state))}, settings=[(spec, start)]))
    count, written = 0, len(rows)
    ahead = _observations(spec, start, now, chance)
    while part := list(islice(ahead, AT_ONCE)):
        entries = [Entry(fold(state, seen), {}, seen) for seen in part]
        entries[-1] = replace(entries[-1], memory={"fc": remembered(HubMemory(state))})
        writer.write(*entries)
        written += sum(len(entry.rows) for entry in entries)
        count += len(part)
    engine.dispose()
    return f"{count} observations, {written} ledger rows"


def _observations(spec: HubSpec, start: int, end: int, chance: random.Random) -> Iterator[Observation]:
    """Yield observations in the order in which they finish.

    The mire is asked twice a minute and every IdP once, spread over the minute.
    An IdP goes down now and then, the mire seldom.
    """
    down = {idp.name: 0 for idp in spec.idps}
    minutes_without_mire = 0
    for minute in range(start, end, 60 * SECOND):
        minutes_without_mire = max(0, minutes_without_mire - 1) or (chance.randrange(2, 6) if chance.random() < 1 / 8_000 else 0)
        finished = [_mire(minute + at * SECOND, minutes_without_mire > 0) for at in (0, 30)]
        for number, idp in enumerate(spec.idps):
            down[idp.name] = max(0, down[idp.name] - 1) or (chance.randrange(1, 9) if chance.random() < 1 / 2_000 else 0)
            if not minutes_without_mire:
                finished.append(_journey(idp.name, minute + (3 + number * 3) * SECOND, down[idp.name] > 0))
        yield from sorted(finished, key=lambda seen: seen.finished_us)


def _mire(at: int, gone: bool) -> Observation:
    if gone:
        return Observation(
            "fc", Kind.MIRE, at, at + SECOND, 30 * SECOND, Outcome.FAILED, fault=Fault.HUB, reason=Reason.HTTP_STATUS, step=Step.MIRE,
            on_hub=True,
        )  # fmt: skip
    return Observation("fc", Kind.MIRE, at, at + SECOND, 30 * SECOND, Outcome.OK)


def _journey(idp: str, at: int, down: bool) -> Observation:
    if down:
        return Observation(
            "fc", Kind.IDENTITY, at, at + 2 * SECOND, 60 * SECOND, Outcome.FAILED, idp=idp, fault=Fault.IDP, reason=Reason.CONNECT,
            step=Step.IDP_LOGIN_PAGE,
        )  # fmt: skip
    return Observation("fc", Kind.IDENTITY, at, at + 2 * SECOND, 60 * SECOND, Outcome.OK, idp=idp)


if __name__ == "__main__":
    main()
