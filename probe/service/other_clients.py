"""Asks for the mire as the other clients of a hub, when the hub says that it does not know one."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from probe.core.judgement.observation import Kind, Observation, SetupPart
from probe.core.judgement.own_setup import passed_parts
from probe.prober.targets import Watched

Run = Callable[[Watched], Awaitable[Observation]]
Submit = Callable[[Observation], None]


class OtherClients:
    """Runs rounds of the other clients' mires. What they see is recorded."""

    def __init__(self, run: Run, submit: Submit) -> None:
        self._run = run
        self._submit = submit
        self._rounds: dict[tuple[str, str], asyncio.Task[None]] = {}  # by the hub, and who asks

    async def ask(self, asking: Watched, targets: Iterable[Watched]) -> None:
        """Ask for the mire as every other client of a target's hub, and wait for the answers.

        Journeys that ask together share one round.
        """
        others = [each for each in targets if _is_mire_of_another(each, asking)]
        key = asking.hub, asking.client
        if not others:
            return
        if key not in self._rounds or self._rounds[key].done():
            self._rounds[key] = asyncio.create_task(self._round(others))
        await asyncio.shield(self._rounds[key])

    async def _round(self, others: list[Watched]) -> None:
        """Run the mires. Those that the hub knows come first: they tell of the others."""
        for seen in sorted(await asyncio.gather(*map(self._run, others)), key=_is_unknown):
            self._submit(seen)

    def end(self) -> None:
        """End the rounds that are under way."""
        for task in self._rounds.values():
            task.cancel()


def _is_mire_of_another(target: Watched, asking: Watched) -> bool:
    return target.hub == asking.hub and target.client != asking.client and target.kind is Kind.MIRE and target.backend is None


def _is_unknown(observation: Observation) -> bool:
    return SetupPart.CLIENT not in passed_parts(observation)
