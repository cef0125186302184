"""Passes the events of the watch on to the metrics, the log, the incidents and the scheduler."""

from collections import Counter
from collections.abc import Callable, Sequence

import structlog

from exporters.metrics.live import Meters
from probe.config.titles import titles
from probe.core.judgement.condition import State
from probe.core.judgement.observation import Observation, Outcome
from probe.ledger.recorder import Recorded, RecorderListener
from probe.ledger.shared.evaluation import Passed
from probe.prober.scheduler import Scheduler
from probe.prober.targets import asking_client, urgency
from probe.service.incident_loop import IncidentLoop
from probe.service.readiness import Readiness
from probe.service.settings import WatchSettings
from probe.service.telling import journey_in_words, state_in_words
from probe.texts.moments import written

log = structlog.get_logger(__name__)


class Listeners:
    """Passes each event on to the listeners that subscribed, in the order of subscription.

    Satisfies `probe.ledger.recorder.RecorderListener`.
    """

    def __init__(self) -> None:
        self._listeners: list[RecorderListener] = []
        self._reactions: list[Callable[[Recorded], None]] = []

    def subscribe(self, listener: RecorderListener) -> None:
        self._listeners.append(listener)

    def react(self, reaction: Callable[[Recorded], None]) -> None:
        """Call `reaction` with every observation that is durable, after all listeners."""
        self._reactions.append(reaction)

    def recorded(self, recorded: Recorded) -> None:
        for listener in self._listeners:
            listener.recorded(recorded)
        for reaction in self._reactions:
            reaction(recorded)

    def write_failed(self) -> None:
        for listener in self._listeners:
            listener.write_failed()

    def backlog(self, waiting: int) -> None:
        for listener in self._listeners:
            listener.backlog(waiting)

    def dropped(self, observations: int) -> None:
        for listener in self._listeners:
            listener.dropped(observations)


class Publisher:
    """Updates the metrics and the readiness by what happens to the ledger.

    Satisfies `probe.ledger.recorder.RecorderListener` and
    `probe.ledger.shared.vantage.VantageListener`.
    """

    def __init__(self, meters: Meters, readiness: Readiness) -> None:
        self._meters = meters
        self._readiness = readiness

    def recorded(self, recorded: Recorded) -> None:
        self._readiness.recorded(recorded.observation)
        self._meters.observed(recorded.observation)

    def write_failed(self) -> None:
        self._readiness.write_failed()
        self._meters.ledger_error()

    def backlog(self, waiting: int) -> None:  # noqa: ARG002 - a shared store's backlog counts too
        self._meters.backlog(self._readiness.waiting)

    def dropped(self, observations: int) -> None:
        self._meters.dropped(observations)

    def store_away(self, away: bool) -> None:
        self._readiness.store_away(away)
        if away:
            self._meters.ledger_error()

    def undelivered(self, observations: int, oldest_us: int) -> None:
        self._readiness.undelivered(observations, oldest_us)
        self._meters.backlog(self._readiness.waiting)

    def evaluating(self, leads: bool) -> None:
        self._meters.evaluating(leads)

    def passed_over(self, passed: Sequence[Passed]) -> None:
        for why, count in Counter(each.why for each in passed).items():
            self._meters.passed_over(why.value, count)

    def ahead(self, us: int) -> None:
        self._meters.ahead(us)


class Reactions:
    """Does what follows in the watch once an observation is durable.

    It wakes the incidents, logs new states, and asks again where the judgement wants it.
    """

    def __init__(self, settings: WatchSettings, scheduler: Scheduler, incidents: IncidentLoop, *, shared: bool) -> None:
        """`shared`: the states are this vantage's alone, and the log's event says so."""
        self._settings = settings
        self._scheduler = scheduler
        self._incidents = incidents
        self._event = "own_standing" if shared else "standing"

    def recorded(self, recorded: Recorded) -> None:
        if recorded.rows:
            self._incidents.wake()
        if recorded.observation.outcome is not Outcome.OK:
            self._tell_failure(recorded.observation)
        for row in {row.subject: row for row in recorded.rows}.values():
            if row.status.state is not State.BLIP:
                cause, config = _cause_of(row.status.cause), self._settings.config
                since = written(row.effective_us, config.timezone, "%Y-%m-%d %H:%M:%S")
                told = state_in_words(row.hub, row.subject, row.status, since, titles(config))
                log.info(
                    self._event, hub=row.hub, subject=row.subject, state=row.status.state, since_us=row.effective_us, told=told, **cause
                )
        self._ask_again(recorded)

    def _tell_failure(self, seen: Observation) -> None:
        """Log a journey that did not pass, in codes for machines and in words."""
        log.info(
            "journey", hub=seen.hub, kind=seen.kind.value, idp=seen.idp, outcome=seen.outcome.value,
            told=journey_in_words(seen, titles(self._settings.config)), **_cause_of(seen),
        )  # fmt: skip

    def _ask_again(self, recorded: Recorded) -> None:
        observation = recorded.observation
        for asked in sorted(recorded.again, key=str):
            key = self._settings.key_of(observation.hub, asked, asking_client(observation, asked))
            if key is not None:
                self._scheduler.again(key, urgency(asked, observation))


def _cause_of(cause: object) -> dict[str, object]:
    return {name: getattr(cause, name) for name in ("fault", "reason", "step", "code") if getattr(cause, name, None)}
