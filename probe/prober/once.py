"""One round of everything, judged in memory: what `vigie check` runs. Nothing is recorded."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from probe.clock import Clock
from probe.config.models import Config
from probe.config.secrets import Secrets
from probe.config.spec import watch_spec
from probe.core.judgement.condition import SubjectStatus
from probe.core.judgement.corroboration import corroborate, remember
from probe.core.judgement.fold import begin, fold
from probe.core.judgement.observation import Kind, Observation
from probe.core.judgement.retry import RetryTarget, retries
from probe.journeys.plan import Plan, plan
from probe.ledger.memory import HubMemory
from probe.prober.run import Prober
from probe.prober.targets import Watched, matches, watched

ONE_INSTANT = 100_000
MOST_TRIES = 5
"""A target is run at most so often in one round, confirmations included."""


@dataclass(slots=True)
class Round:
    """What a round saw: the last observation of every target, and how each subject stands by them."""

    observations: dict[str, Observation] = field(default_factory=dict)
    standings: dict[tuple[str, str], tuple[int, SubjectStatus]] = field(default_factory=dict)


class Rounds:
    """Rounds of one configuration. What one learns the next remembers: keys, trusted devices, what stands and for how long."""

    def __init__(self, config: Config, secrets: Secrets, clock: Clock, prober: Prober | None = None) -> None:
        self._config = config
        self._secrets = secrets
        self._prober = prober or Prober(config, clock)
        # One round is one instant: what it saw vouches for as long as it lasts, however short the configured intervals are.
        specs = [replace(watch_spec(config, hub), vouches=ONE_INSTANT) for hub in config.hubs]
        self._memories = {spec.name: HubMemory(begin(spec, clock.now_us())[0]) for spec in specs}

    async def run(self, told: Callable[[Observation], None]) -> Round:
        """Run every target once, and again what asks for confirmation. `told` hears of each observation as it ends."""
        targets = watched(self._config)
        found = Round()
        due = targets
        for _ in range(MOST_TRIES):
            seen = await asyncio.gather(*(self._prober.run(self._plan(target)) for target in due))
            wanted: set[tuple[str, RetryTarget]] = set()
            for target, observation in sorted(zip(due, seen, strict=True), key=lambda pair: _order(pair[0])):
                settled = _settled(self._memories, observation)
                told(settled)
                found.observations[target.key] = settled
                if memory := self._memories.get(target.hub):
                    rows = fold(memory.state, settled)
                    wanted |= {(target.hub, again) for again in retries(memory.state, settled, rows)}
            due = [target for target in targets if any(matches(target, hub, again) for hub, again in wanted)]
            if not due:
                break
        for name, memory in self._memories.items():
            found.standings |= {(name, subject): tail.points[-1] for subject, tail in memory.state.tails.items()}
        return found

    def _plan(self, target: Watched) -> Plan:
        return plan(self._config, self._secrets, target.hub or self._config.hubs[0].name, target.kind, target.name, target.backend)


async def run_round(config: Config, secrets: Secrets, clock: Clock, told: Callable[[Observation], None]) -> Round:
    """One round, without a past."""
    return await Rounds(config, secrets, clock).run(told)


def _order(target: Watched) -> int:
    """The neighbours first: what they say settles the others."""
    return {Kind.CONTROL: 0, Kind.DIRECT: 1, Kind.MIRE: 2}.get(target.kind, 3)


def _settled(memories: dict[str, HubMemory], observation: Observation) -> Observation:
    touched = list(memories.values()) if observation.kind is Kind.CONTROL else [memories[observation.hub]]
    for memory in touched:
        observation = corroborate(observation, memory.near)
        remember(observation, memory.near, memory.state.spec.vouches)
    return observation
