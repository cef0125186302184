"""Counts the journeys that are made as another client of a hub than the main one.

They have metrics of their own, so that nobody counts them as the main client's.
"""

from collections.abc import Iterable

from exporters.metrics import initial_series, names
from exporters.metrics.exposition import CachedPart
from exporters.metrics.readings import ClientTarget, View, counted_for
from probe.core.judgement.observation import Fault, Observation, Outcome

_US = 1_000_000


class ClientTargetMeters(CachedPart):
    """The metrics of one target that is probed as another client."""

    def __init__(self, target: ClientTarget, vantage: str) -> None:
        super().__init__()
        self._kind = target.kind
        self._labels = {
            "hub": target.hub,
            "client": target.client,
            "kind": target.kind.value,
            "idp": target.idp,
            "vantage": vantage,
        }
        self._runs = self.counter(names.CLIENT_RUNS).labels(**self._labels)
        self._failed = self.counter(names.CLIENT_FAILED_RUNS)
        self._inconclusive = self.counter(names.CLIENT_INCONCLUSIVE)
        self._last_run = self.gauge(names.CLIENT_LAST_RUN).labels(**self._labels)
        self._last_success = self.gauge(names.CLIENT_LAST_SUCCESS).labels(**self._labels)
        for fault in Fault:
            self._failed.labels(**self._labels, fault=fault)
        for reason in initial_series.inconclusive(target.kind):
            self._inconclusive.labels(**self._labels, reason=reason)

    def observed(self, observation: Observation) -> None:
        """Count a journey that ended."""
        self._runs.inc()
        self._last_run.set(observation.finished_us / _US)
        if observation.outcome is Outcome.FAILED:
            self._failed.labels(**self._labels, fault=observation.fault or "").inc()
        elif observation.outcome is Outcome.INCONCLUSIVE:
            self._inconclusive.labels(**self._labels, reason=observation.reason or "").inc()
        elif observation.kind is self._kind:  # a shallower journey does not count
            self._last_success.set(observation.finished_us / _US)
        self.touch()


class ClientMeters:
    """The metrics of all targets that are probed as another client."""

    def __init__(self) -> None:
        self._vantage = ""
        self._targets: dict[ClientTarget, ClientTargetMeters] = {}

    def configure(self, view: View) -> None:
        """Show these targets and no others. Those that stay keep their values, unless the vantage
        changes.
        """
        known = self._targets if view.vantage == self._vantage else {}
        self._vantage = view.vantage
        self._targets = {one: known.get(one) or ClientTargetMeters(one, view.vantage) for one in dict.fromkeys(view.client_targets)}

    def observed(self, observation: Observation) -> None:
        """Count a scheduled journey that ended."""
        if meters := self._targets.get(counted_for(ClientTarget.of(observation), self._targets)):
            meters.observed(observation)

    def parts(self) -> Iterable[CachedPart]:
        """Return the parts of the page."""
        return self._targets.values()
