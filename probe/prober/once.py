"""Runs every journey once and judges the results in memory, for `vigie check`.

It writes nothing to the ledger.
"""

import asyncio
import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from probe.clock import Clock
from probe.config.models import Config
from probe.config.secrets import Secrets
from probe.config.spec import watch_spec
from probe.core.judgement.condition import SubjectStatus
from probe.core.judgement.corroboration import Neighbours, corroborate, remember, remember_client, turns
from probe.core.judgement.fold import begin, fold
from probe.core.judgement.observation import Kind, Observation, Reason
from probe.core.judgement.retry import retries
from probe.core.judgement.suspension import Suspension, suspensions
from probe.core.judgement.why_unknown import Explanation, explain
from probe.core.login_budget import Run
from probe.journeys.plan import Plan, plan
from probe.ledger.memory import HubMemory
from probe.prober.logins import LoginBudgets
from probe.prober.run import Prober
from probe.prober.targets import Watched, matches, watched

ONE_INSTANT = 100_000
MOST_TRIES = 5
"""The most runs of one target in a round, confirmations included."""


@dataclass(slots=True)
class Round:
    """The result of a round.

    `observations` has the last observation of each target, by the target's key. `states` has the
    status of each (hub, subject) and the instant (UTC microseconds) since which it has that status.
    `unknown` says why nobody can tell, by hub and subject. `never_answered` names the control
    targets that have never answered. `suspended`: the accounts that the lock-out guard had stopped
    when the round began, by hub and IdP; their IdPs were asked up to the login page only.
    """

    observations: dict[str, Observation] = field(default_factory=dict)
    states: dict[tuple[str, str], tuple[int, SubjectStatus]] = field(default_factory=dict)
    never_answered: frozenset[str] = frozenset()
    unknown: dict[tuple[str, str], Explanation] = field(default_factory=dict)
    suspended: dict[tuple[str, str], Suspension] = field(default_factory=dict)


class Rounds:
    """Runs rounds of one configuration.

    A round starts with the memory of the one before: signing keys, trusted devices,
    and the state of each subject with its beginning.
    """

    def __init__(
        self,
        config: Config,
        secrets: Secrets,
        clock: Clock,
        prober: Prober | None = None,
        known: Mapping[str, Neighbours] | None = None,
        budgets: LoginBudgets | None = None,
    ) -> None:
        """`known`: by hub, what a ledger says of the settings that passed, of the control targets
        that answered, and of the accounts that were refused. `budgets`: of the
        accounts; without it, every login is admitted.
        """
        self._config = config
        self._secrets = secrets
        self._prober = prober or Prober(config, clock)
        self._budgets = budgets or LoginBudgets(None, clock)
        # All observations of a round must stay fresh until its end, however short the configured
        # intervals are.
        specs = [replace(watch_spec(config, hub), vouches=ONE_INSTANT) for hub in config.hubs]
        begun = clock.now_us()
        self._memories = {spec.name: HubMemory(begin(spec, begun)[0], _known((known or {}).get(spec.name))) for spec in specs}

    async def run(self, report: Callable[[Observation], None]) -> Round:
        """Run every target once, and run those again that need confirmation.

        `report` is called with each observation, after its corroboration.
        """
        result = Round(suspended=self._suspended())
        targets = [target for target in watched(self._config) if not self._puts_off(target)]
        due = targets
        for _ in range(MOST_TRIES):
            seen = await asyncio.gather(*(self._budgets.run(self._plan(target), Run.DEMAND, self._prober.run) for target in due))
            asked_again: set[Watched] = set()
            for observation in seen:  # whichever client was asked first, the others tell about it
                if memory := self._memories.get(observation.hub):
                    remember_client(observation, memory.near, memory.state.spec.vouches)
            for target, observation in sorted(zip(due, seen, strict=True), key=lambda pair: _order(pair[0])):
                corroborated, turned = _corroborated(self._memories, observation)
                report(corroborated)
                result.observations[target.key] = corroborated
                if memory := self._memories.get(target.hub):
                    rows = fold(memory.state, corroborated)
                    again = retries(memory.state, corroborated, rows, turned=turned)
                    asked_again |= {each for each in targets if any(matches(each, corroborated, retry) for retry in again)}
            due = [target for target in targets if target in asked_again]
            if not due:
                break
        for name, memory in self._memories.items():
            result.never_answered |= set(memory.near.never_answered)
            result.unknown |= {(name, subject): why for subject, why in explain(memory.state, memory.near).items()}
            result.states |= {(name, subject): tail.points[-1] for subject, tail in memory.state.tails.items()}
        return result

    def _plan(self, target: Watched) -> Plan:
        hub = target.hub or self._config.hubs[0].name
        # the login page of an IdP whose account is suspended can still be watched
        kind = Kind.LOGIN_PAGE if target.kind is Kind.IDENTITY and self._is_suspended(hub, target.name) else target.kind
        return plan(self._config, self._secrets, hub, kind, target.name, target.backend, target.client)

    def _puts_off(self, target: Watched) -> bool:
        """Whether a negative journey would log in by an account that is suspended."""
        return target.kind is Kind.NEGATIVE and self._is_suspended(target.hub or "", self._plan(target).account)

    def _is_suspended(self, hub: str, idp: str | None) -> bool:
        return (hub, idp or "") in self._suspended()

    def _suspended(self) -> dict[tuple[str, str], Suspension]:
        found = {name: suspensions(memory.state.spec, memory.near) for name, memory in self._memories.items()}
        return {(name, idp): each for name, by_idp in found.items() for idp, each in by_idp.items()}


async def run_round(
    config: Config,
    secrets: Secrets,
    clock: Clock,
    report: Callable[[Observation], None],
    known: Mapping[str, Neighbours] | None = None,
    budgets: LoginBudgets | None = None,
) -> Round:
    """Run one round without the memory of an earlier one.

    `report` is called with each observation, after its corroboration. `known`, `budgets`: see
    `Rounds`.
    """
    return await Rounds(config, secrets, clock, known=known, budgets=budgets).run(report)


def _known(near: Neighbours | None) -> Neighbours:
    """Return what an earlier watch knows that holds for a new one."""
    if near is None:
        return Neighbours()
    refusals = {owner: each for owner, each in near.own_troubles.items() if each.reason is Reason.CREDENTIALS_REFUSED}
    return Neighbours(
        passed=copy.deepcopy(near.passed),
        controls=dict(near.controls),
        reached=near.reached,
        refused=dict(near.refused),
        own_troubles=refusals,
    )


def _order(target: Watched) -> int:
    """Put the neighbours first: their observations corroborate the others."""
    return {Kind.CONTROL: 0, Kind.DIRECT: 1, Kind.MIRE: 2}.get(target.kind, 3)


def _corroborated(memories: dict[str, HubMemory], observation: Observation) -> tuple[Observation, bool]:
    """Return the corroborated observation, and whether it is a negative journey's turn."""
    turned = False
    touched = list(memories.values()) if observation.kind is Kind.CONTROL else [memories[observation.hub]]
    for memory in touched:
        observation = corroborate(observation, memory.near, memory.state.signals)
        turned = turns(observation, memory.near)
        remember(observation, memory.near, memory.state.spec.vouches)
    return observation, turned
