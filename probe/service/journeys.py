"""Runs journeys: when they are due, on demand, and at the control targets, which show whether the
network is there.
"""

import asyncio

import structlog

from exporters.metrics.live import Meters
from exporters.metrics.readings import TargetReading
from probe.clock import Clock
from probe.config.models import Config
from probe.core.judgement.observation import NEGATIVES_WITH_LOGIN, NETWORK_REASONS, Kind, Observation, Outcome, Reason, SetupPart
from probe.core.judgement.own_setup import digests
from probe.core.login_budget import Run
from probe.errors import VigieError
from probe.journeys.plan import Plan
from probe.ledger.recorder import Recorder
from probe.prober.logins import LoginBudgets
from probe.prober.run import Prober
from probe.prober.targets import Watched
from probe.service.other_clients import OtherClients
from probe.service.settings import WatchSettings
from probe.service.view import target_of
from probe.waiting import first_of

log = structlog.get_logger(__name__)


class JourneyRunner:
    """Runs the journeys of the configured targets and submits what they saw to the recorder."""

    def __init__(
        self, settings: WatchSettings, prober: Prober, budgets: LoginBudgets, recorder: Recorder, meters: Meters, clock: Clock
    ) -> None:
        self._settings = settings
        self.budgets = budgets
        self._prober = prober
        self._recorder = recorder
        self._meters = meters
        self._clock = clock
        self._controls: asyncio.Task[None] | None = None
        self._others = OtherClients(self._run_again, recorder.submit)
        # the accounts that a negative journey found refused, by hub and IdP, with the settings
        self._refused: dict[tuple[str, str], Config] = {}
        # failures whose control targets had not answered when the watch ended
        self._unexplained: list[Observation] = []

    async def run_due(self, key: str, *, lag_us: int, retry: bool) -> None:
        """Run a target's journey, and record it. Satisfies `probe.prober.scheduler.Runner`."""
        target = self._settings.targets.get(key)
        if target is None:
            return
        if self._puts_off(target):
            self.missed(key, 1)
            return
        if not retry:
            self._meters.lag(lag_us)
        observation = await self._run(target, Run.RETRY if retry else Run.REGULAR, retry=retry, lag_us=lag_us)
        if observation.reason is Reason.OVERSLEPT:
            self._meters.overslept()
        if target.kind is Kind.NEGATIVE and observation.reason is Reason.CREDENTIALS_REFUSED:
            self._refused[target.hub, self._settings.plan(target, target.kind).account or ""] = self._settings.config
        if target.kind is not Kind.CONTROL and observation.outcome is Outcome.FAILED and observation.reason in NETWORK_REASONS:
            try:
                await self._ask_controls()
            except asyncio.CancelledError:
                self._unexplained.append(observation)
                raise
        if observation.part is SetupPart.CLIENT:
            await self._others.ask(target, self._settings.targets.values())
        self._recorder.submit(observation)

    def missed(self, key: str, slots: int) -> None:
        """Count missed slots of a target. Satisfies `probe.prober.scheduler.Missed`."""
        target = self._settings.targets.get(key)
        if target is not None and not target.client:
            self._meters.skipped(target_of(target), slots)

    async def probe(self, reading: TargetReading, deadline_us: int | None = None) -> Observation:
        """Run a journey on demand. Its observation is returned and not recorded.

        It ends after `deadline_us` microseconds at the latest, if that is sooner than its own. What
        it is cut off by then says nothing of who was asked.

        The exception are refused credentials: they are recorded, for the lock-out guard counts
        them. Raises VigieError when the target is no longer watched.
        """
        target = next((target for target in self._settings.targets.values() if not target.client and target_of(target) == reading), None)
        if target is None:  # a reload is under way
            raise VigieError(f"{reading} is no longer watched")
        began_us = self._clock.monotonic_us()

        async def go(planned: Plan) -> Observation:
            spent_us = self._clock.monotonic_us() - began_us  # the ledger counts the login first
            left_us = None if deadline_us is None else max(0, deadline_us - spent_us)
            return await self._prober.run(planned, retry=True, on_record=False, at_most_us=left_us)

        observation = await self.budgets.run(self._plan(target), Run.DEMAND, go, at_most_us=deadline_us)
        if observation.reason is Reason.CREDENTIALS_REFUSED:
            self._recorder.submit(observation)
        return observation

    async def finish(self, hurry: asyncio.Event) -> None:
        """Record the failures that still wait for the control targets when the watch ends.

        It waits for at most one deadline of a control target. Without their answer the failures
        would be blamed on somebody. So they are given up, like journeys that had not ended. What
        waits for the other clients of a hub is given up, too.
        """
        self._others.end()
        if not self._unexplained or self._controls is None:
            return
        deadline_us = self._settings.config.control.deadline
        await first_of(asyncio.wait({self._controls}), hurry.wait(), self._clock.sleep_us(deadline_us))
        if self._controls.done() and not self._controls.cancelled() and self._controls.exception() is None:
            for observation in self._unexplained:
                self._recorder.submit(observation)
        else:
            self._controls.cancel()
            log.warning("journeys_given_up_at_exit", journeys=len(self._unexplained), why="no control target answered in time")

    async def _run(self, target: Watched, run: Run, *, retry: bool, lag_us: int = 0) -> Observation:
        """Run a journey, whose login the account's budget must admit."""
        return await self.budgets.run(self._plan(target), run, lambda planned: self._prober.run(planned, retry=retry, lag_us=lag_us))

    def _puts_off(self, target: Watched) -> bool:
        """Tell whether a negative journey must not log in: its account was refused lastly.

        One that was refused itself is not run again before a reload, since its own tries count for
        no IdP.
        """
        if target.kind is not Kind.NEGATIVE or target.name not in NEGATIVES_WITH_LOGIN:
            return False
        idp = self._settings.plan(target, target.kind).account or ""
        return self._refused.get((target.hub, idp)) is self._settings.config or self._recorder.refused(target.hub, idp)

    def _plan(self, target: Watched) -> Plan:
        planned = self._settings.plan(target, target.kind)
        if target.kind is Kind.IDENTITY and self._guards_account(target, planned):
            # the IdP's login page can still be watched
            return self._settings.plan(target, Kind.LOGIN_PAGE)
        return planned

    def _guards_account(self, target: Watched, planned: Plan) -> bool:
        """Whether the lock-out guard stops the account, or lets it wait."""
        idp = target.name or ""
        login = digests(planned.setup).get(SetupPart.LOGIN, "")
        return self._recorder.suspended(target.hub, idp) or self._recorder.held_back(target.hub, idp, login)

    async def _run_again(self, target: Watched) -> Observation:
        return await self._prober.run(self._plan(target), retry=True)

    async def _ask_controls(self) -> None:
        """Run every control target now, to see whether the network is there.

        Failures that come together share one round.
        """
        if self._controls is None or self._controls.done():
            self._controls = asyncio.create_task(self._control_round())
        await asyncio.shield(self._controls)

    async def _control_round(self) -> None:
        targets = [target for target in self._settings.targets.values() if target.kind is Kind.CONTROL]
        for observation in await asyncio.gather(*(self._prober.run(self._plan(target), retry=True) for target in targets)):
            self._recorder.submit(observation)
