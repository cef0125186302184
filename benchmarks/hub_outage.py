"""Measures the cost of the judgement when a whole hub fails.

    python benchmarks/hub_outage.py [IDPS ...]      15, 60, 120, 240 and 480 by default

Every journey of a hub fails at redirect-to-idp, on the hub's own pages, for three minutes; then all
is well again. Each IdP is asked every minute. Retries that the observations ask for are made two
seconds later, as the watch does. For each number of IdPs it prints the CPU time of one fold (with
its retries), at most and on average, in good times, in the outage and in the recovery, the best of
several runs. Then it prints with which power of the number of IdPs the cost of an observation
grows, from the second number to the last.
"""

import argparse
import heapq
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from probe.core.judgement.fold import begin, fold
from probe.core.judgement.observation import Fault, Kind, Observation, Outcome, Reason, Step
from probe.core.judgement.retry import retries
from probe.core.judgement.spec import RULES, Edge, HubSpec, IdpSpec

SECOND = 1_000_000
INTERVAL = 60 * SECOND
BEGUN = 1_000_000 * SECOND
FAILS, WORKS, ENDS = BEGUN + 180 * SECOND, BEGUN + 360 * SECOND, BEGUN + 540 * SECOND
PHASES = ("good", "outage", "recovery")


class FoldCost(NamedTuple):
    """CPU milliseconds of the folds of one phase (or thousandths of another meter)."""

    mean: float
    most: float
    folds: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("idps", type=int, nargs="*", default=[15, 60, 120, 240, 480])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--step", choices=("redirect-to-idp", "userinfo"), default="redirect-to-idp")
    parser.add_argument("--share", type=float, default=1.0, help="the share of the IdPs that fail (default: all)")
    asked = parser.parse_args()
    totals = []
    for idps in asked.idps:
        runs = [measure(idps, Step(asked.step), asked.share) for _ in range(asked.runs)]
        best = {phase: least_of([run[phase] for run in runs]) for phase in PHASES}
        phases = "   ".join(f"{phase} {cost.mean:7.2f} mean {cost.most:7.2f} max ({cost.folds})" for phase, cost in best.items())
        print(f"{idps:5d} IdPs, ms of CPU a fold:  {phases}", flush=True)
        costs = [best["outage"], best["recovery"]]
        totals.append((idps, sum(cost.mean * cost.folds for cost in costs) / sum(cost.folds for cost in costs)))
    if len(totals) > 2:
        (few, least), (many, most) = totals[1], totals[-1]
        power = math.log(most / least) / math.log(many / few)
        print(f"an observation's cost in the outage and after it grows with the number of IdPs to the power {power:.2f}")


def least_of(costs: list[FoldCost]) -> FoldCost:
    """The least mean and the least maximum of several runs of one phase."""
    return FoldCost(min(cost.mean for cost in costs), min(cost.most for cost in costs), costs[0].folds)


def measure(idps: int, step: Step, share: float, meter: Callable[[], float] = time.process_time) -> dict[str, FoldCost]:
    """Measure one outage, from a minute of good times to three minutes after it.

    The cost of a fold is the increase of `meter`.
    """
    names = [f"idp{number}" for number in range(idps)]
    failing = set(names[: round(idps * share)])
    state, _ = begin(HubSpec("hub", tuple(IdpSpec(name, tile=name) for name in names), edge=Edge.FINISH, rules=RULES), BEGUN)
    due = [(BEGUN + number * INTERVAL // idps, number, True) for number in range(idps)] + [(BEGUN, -1, True)]
    heapq.heapify(due)
    again: dict[int, int] = {}
    spent: dict[str, list[float]] = {phase: [] for phase in PHASES}
    numbers = {name: number for number, name in enumerate(names)}
    while due:
        at, number, slot = heapq.heappop(due)
        if at >= ENDS:
            break
        if slot:
            heapq.heappush(due, (at + INTERVAL, number, True))
        again.pop(number, None) if not slot else None
        seen = _mire(at) if number < 0 else _journey(at, names[number], step, failed=names[number] in failing and FAILS <= at < WORKS)
        began = meter()
        asked_again = retries(state, seen, fold(state, seen))
        cost = meter() - began
        if at >= BEGUN + INTERVAL:
            spent["good" if at < FAILS else "outage" if at < WORKS else "recovery"].append(1000 * cost)
        for kind, name in sorted(asked_again, key=str):
            target = -1 if kind is Kind.MIRE else numbers[name or ""]
            if kind is not Kind.DIRECT and target not in again:
                again[target] = at + 2 * SECOND
                heapq.heappush(due, (at + 2 * SECOND, target, False))
    return {phase: FoldCost(sum(costs) / len(costs), max(costs), len(costs)) for phase, costs in spent.items()}


def _mire(at: int) -> Observation:
    return Observation("hub", Kind.MIRE, at, at + SECOND // 2, INTERVAL, Outcome.OK)


def _journey(at: int, idp: str, step: Step, *, failed: bool) -> Observation:
    seen = Observation("hub", Kind.IDENTITY, at, at + SECOND, INTERVAL, Outcome.OK, idp=idp)
    if not failed:
        return seen
    return Observation(
        "hub", Kind.IDENTITY, at, at + SECOND, INTERVAL, Outcome.FAILED, idp=idp, fault=Fault.HUB, reason=Reason.HTTP_STATUS, step=step,
        on_hub=True, authenticated=step is Step.USERINFO,
    )  # fmt: skip


if __name__ == "__main__":
    main()
