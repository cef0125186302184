"""Measures the CPU time of one identity journey: Vigie's whole prober against stock httpx.

    python benchmarks/identity.py [--rounds 7] [--journeys 20] [--profile FILE]

The simulated federation runs over TLS in a process of its own. Each contender walks the same
requests with live state (forms, cookies, codes), from the authorization request to the userinfo,
in a process of its own and in turn in each round:

- `httpx`: two clients a journey (browser, back channel) and one SSL context for all; it finds the
  forms and checks nothing, over three connections
- `vigie`: journey `identity` through the prober, with every check of tokens and claims, over three
  connections too
- `vigie on uvloop`: the same, where uvloop is installed

It prints the CPU time (user and system) of the contender's process for each journey, and the ratio
to httpx. Both are medians of the rounds. With `--profile` nothing is compared: what Vigie's side
spends is written to FILE, for `python -m pstats`.
"""

import argparse
import asyncio
import contextlib
import cProfile
import gc
import multiprocessing
import multiprocessing.connection
import ssl
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx

sys.path.insert(0, str(Path(__file__).parent.parent))  # `python benchmarks/identity.py` has no root

from probe.cli.process.loops import loop_factory
from simulator import Federation, Settings
from tests.fakes.citizen import Citizen

IDP, CLIENT = "impot_gouv", "sp-es256"
Pipe = multiprocessing.connection.Connection
Loop = Callable[[], asyncio.AbstractEventLoop] | None
_SPAWN = multiprocessing.get_context("spawn")


@dataclass(frozen=True)
class Place:
    """What a contender must know of the federation that runs in another process."""

    config: Path
    ca_file: Path
    issuer: str
    clients: dict[str, Any]
    accounts: dict[str, Any]


Journey = Callable[[], Awaitable[int]]
"""Walks one journey, and returns the number of its requests. It raises where one goes wrong."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--journeys", type=int, default=20, help="the number of journeys of each contender in a round")
    parser.add_argument("--profile", type=Path, help="where to write what Vigie spends")
    asked = parser.parse_args()
    with contextlib.ExitStack() as stack:
        place = stack.enter_context(_federation())
        if asked.profile:
            with asyncio.Runner() as runner, cProfile.Profile() as profile:
                runner.run(_walk(_vigie(place), asked.journeys))
            profile.dump_stats(asked.profile)
            return
        kinds = {"httpx": (_httpx, None), "vigie": (_vigie, None)}
        if loop_factory():
            kinds["vigie on uvloop"] = (_vigie, loop_factory())
        contenders = {name: stack.enter_context(_process(name, make, place, loop)) for name, (make, loop) in kinds.items()}
        _measure(contenders, asked.rounds, asked.journeys)


def _measure(contenders: dict[str, Callable[[int], tuple[float, int]]], rounds: int, journeys: int) -> None:
    requests = {name: ask(3)[1] // 3 for name, ask in contenders.items()}  # warm
    used: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(rounds):
        names = list(contenders)
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            used[name].append(contenders[name](journeys)[0] / journeys * 1e3)
    for name, values in used.items():
        ratios = sorted(mine / theirs for mine, theirs in zip(values, used["httpx"], strict=True))
        spread = f"({ratios[0]:.2f}-{ratios[-1]:.2f})"
        print(
            f"{name:16} {requests[name]} requests {statistics.median(values):7.2f} ms   {statistics.median(ratios):.2f} of httpx {spread}"
        )


def _vigie(place: Place) -> Journey:
    from probe.clock import SystemClock
    from probe.config.load import load
    from probe.config.models import Politeness
    from probe.config.secrets import Secrets
    from probe.core.judgement.observation import Kind, Outcome
    from probe.journeys.plan import plan
    from probe.prober.run import Prober

    config = load(place.config).model_copy(update={"politeness": Politeness(requests=10_000, period=1_000)})
    planned = plan(config, Secrets.read(config), config.hubs[0].name, Kind.IDENTITY, IDP)
    probers: list[Prober] = []

    async def journey() -> int:
        if not probers:
            probers.append(Prober(config, SystemClock()))
        observation = await probers[0].run(planned)
        if observation.outcome is not Outcome.OK:
            raise RuntimeError(f"{observation.reason} at {observation.step}")
        return len(observation.hops)

    return journey


def _httpx(place: Place) -> Journey:
    context = ssl.create_default_context(cafile=place.ca_file)
    world = SimpleNamespace(accounts=place.accounts)
    federation: Any = SimpleNamespace(ca_file=None, issuer=place.issuer, clients=place.clients, world=world)

    class Stock(Citizen):
        def __post_init__(self) -> None:
            self.front, self.back = (httpx.AsyncClient(verify=context, trust_env=False) for _ in range(2))

    async def journey() -> int:
        async with Stock(federation) as citizen:
            back = await citizen.to_callback(IDP)
            tokens = (await citizen.token(back["code"])).raise_for_status().json()
            (await citizen.userinfo(tokens["access_token"])).raise_for_status()
            return len(citizen.hops) + 2

    return journey


async def _walk(journey: Journey, count: int) -> int:
    return sum([await journey() for _ in range(count)])


@contextlib.contextmanager
def _process(name: str, make: Callable[[Place], Journey], place: Place, loop: Loop) -> Iterator[Callable[[int], tuple[float, int]]]:
    with _spawned(_serve, make, place, loop) as ours:

        def ask(count: int) -> tuple[float, int]:
            ours.send(count)
            answer: tuple[float, int] | str = ours.recv()
            if isinstance(answer, str):
                raise RuntimeError(f"{name}: {answer}")
            return answer

        yield ask


def _serve(pipe: Pipe, make: Callable[[Place], Journey], place: Place, loop: Loop) -> None:
    with asyncio.Runner(loop_factory=loop) as runner:
        journey = make(place)
        gc.freeze()
        gc.enable()  # as `vigie run` does; importing probe.cli has disabled it
        if make is _httpx:
            gc.set_threshold(700)  # Python's own
        while (count := pipe.recv()) is not None:
            before = time.process_time()
            try:
                requests = runner.run(_walk(journey, count))
            except Exception as error:  # noqa: BLE001 - the benchmark ends with it
                pipe.send(repr(error))
            else:
                pipe.send((time.process_time() - before, requests))


@contextlib.contextmanager
def _federation() -> Iterator[Place]:
    with _spawned(_run_federation) as ours:
        yield ours.recv()


def _run_federation(pipe: Pipe) -> None:
    async def run() -> None:
        async with Federation(Settings(time_scale=0.001, tls=True)) as made:
            assert made.ca_file
            pipe.send(Place(made.config_path, made.ca_file, made.issuer, {CLIENT: made.clients[CLIENT]}, dict(made.world.accounts)))
            await asyncio.to_thread(pipe.recv)

    asyncio.run(run())


@contextlib.contextmanager
def _spawned(target: Callable[..., None], *arguments: object) -> Iterator[Pipe]:
    ours, theirs = multiprocessing.Pipe()
    process = _SPAWN.Process(target=target, args=(theirs, *arguments), daemon=True)
    process.start()
    theirs.close()  # so that `recv` ends when the process dies
    try:
        yield ours
    finally:
        with contextlib.suppress(OSError):
            ours.send(None)
        process.join(5)


if __name__ == "__main__":
    main()
