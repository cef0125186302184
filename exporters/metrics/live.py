"""Counts what this process saw since it started, and how the process itself is doing.

`configure` decides which series exist. A configured target has all of its series at once, at 0,
and loses them when it leaves the configuration. A journey of such a target that ends later is not
counted, as its series would come back.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import prometheus_client
from prometheus_client import Gauge, Info
from prometheus_client.registry import CollectorRegistry

from exporters.metrics import initial_series, names
from exporters.metrics.access import AccessMeters
from exporters.metrics.clients import ClientMeters
from exporters.metrics.exposition import CachedPart, MetricsSource, UncachedPart
from exporters.metrics.heartbeat import HeartbeatMeters
from exporters.metrics.hosts import HostMeters
from exporters.metrics.own_clock import OwnClockMeter
from exporters.metrics.readings import DropReason, HubView, TargetReading, View, counted_for
from probe.core.judgement.observation import Fault, Kind, Observation, Outcome, Reason, Step, Tile
from probe.core.judgement.subject import State
from probe.core.login_budget import Run

# A `_created` series beside each counter would double the page, and nobody reads it.
prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]

PHASES = ("dns", "connect", "tls", "first_byte", "transfer")


_STATES = {Outcome.OK: State.UP.value, Outcome.FAILED: State.DOWN.value, Outcome.INCONCLUSIVE: State.UNKNOWN.value}
"""What a journey says of a target that is judged by its last one alone."""


def seconds(us: int) -> float:
    """Convert microseconds to seconds, the unit of Prometheus."""
    return us / 1_000_000


def lasted_us(observation: Observation) -> int:
    """Return the microseconds of the whole journey; 0 if the wall clock was set back meanwhile."""
    return max(observation.finished_us - observation.started_us, 0)


def step_us(observation: Observation) -> dict[Step, int]:
    """Return the microseconds that the exchanges of each step took, in the order of the journey."""
    steps: defaultdict[Step, int] = defaultdict(int)
    for hop in observation.hops:
        steps[hop.step] += hop.total_us
    return steps


def phase_us(observation: Observation) -> dict[str, int]:
    """Return the microseconds that all exchanges spent in each phase, 0 for a phase without any."""
    return {phase: sum(getattr(hop, f"{phase}_us") or 0 for hop in observation.hops) for phase in PHASES}


@dataclass(frozen=True, slots=True)
class _Verdict:
    """The gauges of what the last journey says: one for each state, and the two deprecated ones."""

    states: Mapping[Outcome, Gauge]
    up: Gauge
    unknown: Gauge

    def set(self, outcome: Outcome) -> None:
        for said, gauge in self.states.items():
            gauge.set(outcome is said)
        self.up.set(outcome is Outcome.OK)
        self.unknown.set(outcome is Outcome.INCONCLUSIVE)


class TargetMeters(CachedPart):
    """The metrics of one probed target."""

    def __init__(self, target: TargetReading, vantage: str) -> None:
        super().__init__()
        self.target = target
        self._labels = target.labels(vantage)
        self._runs = self.counter(names.RUNS).labels(**self._labels)
        self._failed = self.counter(names.FAILED_RUNS)
        self._failures = self.counter(names.FAILURES)
        self._inconclusive = self.counter(names.INCONCLUSIVE)
        self._skipped = self.counter(names.SKIPPED).labels(**self._labels)
        self._last_run = self.gauge(names.LAST_RUN).labels(**self._labels)
        self._last_success = self.gauge(names.LAST_SUCCESS).labels(**self._labels)
        self._duration = self.histogram(names.RUN_DURATION).labels(**self._labels)
        self._steps = self.histogram(names.STEP_DURATION)
        self._phases = self.gauge(names.LAST_RUN_PHASE)
        self._demands = self.counter(names.DEMANDS).labels(**self._labels)
        self._verdict = self._verdict_of(vantage)
        self._passed = self._negative(vantage)
        self._make_initial_series()

    def _make_initial_series(self) -> None:
        kind, target = self.target.kind, self.target.target
        for fault in Fault:
            self._failed.labels(**self._labels, fault=fault)
        for step, reason, fault in initial_series.failures(kind, target):
            self._failures.labels(**self._labels, step=step, reason=reason, fault=fault)
        for reason in initial_series.inconclusive(kind):
            self._inconclusive.labels(**self._labels, reason=reason)
        for step in initial_series.steps(kind, target):
            self._steps.labels(**self._labels, step=step)
        for phase in PHASES:
            self._phases.labels(**self._labels, phase=phase)

    def _verdict_of(self, vantage: str) -> _Verdict | None:
        target = self.target
        labels: tuple[str, ...]
        if target.kind is Kind.CONTROL:
            state, up, unknown = names.CONTROL_STATE, names.CONTROL_UP, names.CONTROL_UNKNOWN
            labels = target.target, vantage
        elif target.kind is Kind.DIRECT:
            state, up, unknown = names.DIRECT_STATE, names.DIRECT_UP, names.DIRECT_UNKNOWN
            labels = target.hub, target.idp, vantage
        elif target.kind is Kind.MIRE and target.backend:
            state, up, unknown = names.BACKEND_STATE, names.BACKEND_UP, names.BACKEND_UNKNOWN
            labels = target.hub, target.backend, vantage
        else:
            return None
        states = self.gauge(state)
        each = {outcome: states.labels(*labels, word) for outcome, word in _STATES.items()}
        verdict = _Verdict(each, self.gauge(up).labels(*labels), self.gauge(unknown).labels(*labels))
        verdict.set(Outcome.INCONCLUSIVE)
        return verdict

    def _negative(self, vantage: str) -> Gauge | None:
        if self.target.kind is not Kind.NEGATIVE:
            return None
        return self.gauge(names.NEGATIVE_PASSED).labels(self.target.hub, self.target.target, vantage)

    def observed(self, observation: Observation) -> None:
        """Count a journey that ended."""
        self._runs.inc()
        self._last_run.set(seconds(observation.finished_us))
        self._count_outcome(observation)
        self._time(observation)
        if self._verdict:
            self._verdict.set(observation.outcome)
        if self._passed and observation.accepted is not None:
            self._passed.set(observation.accepted)
        self.touch()

    def _count_outcome(self, observation: Observation) -> None:
        reason = observation.reason or ""
        if observation.outcome is Outcome.OK:
            if observation.kind is self.target.kind:  # a shallower journey does not count
                self._last_success.set(seconds(observation.finished_us))
        elif observation.outcome is Outcome.INCONCLUSIVE:
            self._inconclusive.labels(**self._labels, reason=reason).inc()
        else:
            fault = observation.fault or ""
            self._failed.labels(**self._labels, fault=fault).inc()
            self._failures.labels(**self._labels, step=observation.step or "", reason=reason, fault=fault).inc()

    def _time(self, observation: Observation) -> None:
        if observation.kind is self.target.kind:
            self._duration.observe(seconds(lasted_us(observation)))
        for step, us in step_us(observation).items():
            self._steps.labels(**self._labels, step=step).observe(seconds(us))
        for phase, us in phase_us(observation).items():
            self._phases.labels(**self._labels, phase=phase).set(seconds(us))

    def skipped(self, count: int) -> None:
        """Count slots at which no journey was run."""
        self._skipped.inc(count)
        self.touch()

    def demanded(self) -> None:
        """Count a journey that was run on demand."""
        self._demands.inc()
        self.touch()


class HubMeters(CachedPart):
    """The metrics of one hub's mire, as it was seen last."""

    def __init__(self, hub: HubView, vantage: str) -> None:
        super().__init__()
        self._vantage = vantage
        self._displayed = self.gauge(names.IDP_DISPLAYED)
        self._selectable = self.gauge(names.IDP_SELECTABLE)
        self._displayed_count = self.gauge(names.MIRE_DISPLAYED).labels(hub.name, vantage)
        self._selectable_count = self.gauge(names.MIRE_SELECTABLE).labels(hub.name, vantage)
        self._seen = self.gauge(names.MIRE_SEEN).labels(hub.name, vantage)
        self.last: tuple[tuple[Tile, ...], int] = ((), 0)
        self.configure(hub)

    def configure(self, hub: HubView) -> None:
        """Show the IdPs of this configuration, by the tiles that were seen last."""
        self._hub = hub
        self._displayed.clear()
        self._selectable.clear()
        self.saw(*self.last)

    def observed(self, observation: Observation) -> None:
        """Show the tiles of a mire. A journey that did not see the mire changes nothing."""
        seen = observation.outcome is Outcome.OK or observation.reason in (Reason.NO_IDP_SELECTABLE, Reason.TILES_GREYED)
        if observation.kind is Kind.MIRE and seen and not observation.backend:
            self.saw(observation.tiles, observation.finished_us)

    def saw(self, tiles: tuple[Tile, ...], at_us: int) -> None:
        """Show these tiles, which were seen at this instant (UTC microseconds)."""
        self.last = tiles, at_us
        by_uid = {tile.uid: tile.selectable for tile in tiles}
        for idp in self._hub.idps:
            labels = (self._hub.name, idp.name, self._vantage)
            # A hub without a chooser offers its own login as soon as its page is displayed.
            offered = by_uid.get(idp.tile) if idp.tile else at_us > 0
            self._displayed.labels(*labels).set(offered is not None and (bool(idp.tile) or offered))
            self._selectable.labels(*labels).set(bool(offered))
        listed = [tile for tile in tiles if tile.listed]
        self._displayed_count.set(len(listed))
        self._selectable_count.set(sum(tile.selectable for tile in listed))
        self._seen.set(seconds(at_us))
        self.touch()


class _WatchMeters(CachedPart):
    """The metrics of the process itself: schedule, ledger, configuration, build."""

    def __init__(self) -> None:
        super().__init__()
        self.lag = self.histogram(names.SCHEDULE_LAG)
        self.overslept = self.counter(names.OVERSLEPT)
        self.stalls = self.counter(names.LOOP_STALLS)
        self.stalled = self.counter(names.LOOP_STALLED)
        self.errors = self.counter(names.LEDGER_ERRORS)
        self.backlog = self.gauge(names.LEDGER_BACKLOG)
        self.late = self.gauge(names.LEDGER_LATE)
        self.dropped = self.counter(names.LEDGER_DROPPED)
        self.evaluator = self.gauge(names.EVALUATOR)
        self.evaluator.set(1)
        self.passed_over = self.counter(names.PASSED_OVER)
        for why in initial_series.PASSED_OVER:
            self.passed_over.labels(why)
        self.clock_ahead = self.gauge(names.CLOCK_AHEAD)
        self.reload_ok = self.gauge(names.RELOAD_SUCCESSFUL)
        self.reload_at = self.gauge(names.RELOAD_SUCCESS)
        self.reload_failures = self.counter(names.RELOAD_FAILURES)
        self.refused = self.counter(names.DEMANDS_REFUSED)
        self.build = Info(names.BUILD.name.removesuffix("_info"), names.BUILD.help, registry=self.registry)


class _PortMeters(CachedPart):
    """The metrics of the connections to the HTTP port."""

    def __init__(self) -> None:
        super().__init__()
        self.open = self.gauge(names.CONNECTIONS)
        self.dropped = self.counter(names.CONNECTIONS_DROPPED)
        for why in DropReason:
            self.dropped.labels(why)


class Meters:
    """All live metrics, with a method for each event that the service reports.

    They are not thread-safe: all calls come from one event loop.
    """

    def __init__(self, version: str, late_us: Callable[[], int] = lambda: 0) -> None:
        """Make the metrics without any target; `configure` adds them.

        `late_us` returns how long the oldest unwritten observation has waited, in microseconds.
        """
        self._version = version
        self._late_us = late_us
        self._late = 0
        self._view = View()
        self._watch = _WatchMeters()
        self._port = _PortMeters()
        self.access = AccessMeters()
        self.heartbeat = HeartbeatMeters()
        self._own_clock = OwnClockMeter()
        self._hosts = HostMeters()
        self._clients = ClientMeters()
        self._standard = CollectorRegistry()
        for collector in (prometheus_client.ProcessCollector, prometheus_client.PlatformCollector, prometheus_client.GCCollector):
            collector(registry=self._standard)
        self._targets: dict[TargetReading, TargetMeters] = {}
        self._hubs: dict[str, HubMeters] = {}
        self.configure(self._view)

    @property
    def view(self) -> View:
        """The configuration as it was given to `configure` last."""
        return self._view

    def configure(self, view: View) -> None:
        """Show the targets of `view` and no others.

        Targets that stay keep their values. When the vantage changes, all start again at 0.
        """
        if view.vantage != self._view.vantage:
            self._targets, self._hubs = {}, {}
        self._view = view
        self._targets = {one: self._targets.get(one) or TargetMeters(one, view.vantage) for one in dict.fromkeys(view.targets)}
        self._hubs = {hub.name: self._hub(hub) for hub in view.hubs}
        self._watch.build.info({"version": self._version, "vantage": view.vantage})
        self._clients.configure(view)
        self._hosts.configure(view.hosts, self._targets.keys())
        self._watch.touch()

    def _hub(self, hub: HubView) -> HubMeters:
        known = self._hubs.get(hub.name)
        if known is None:
            return HubMeters(hub, self._view.vantage)
        known.configure(hub)
        return known

    def parts(self) -> Iterator[MetricsSource]:
        """Yield the parts of the page."""
        yield UncachedPart(self._standard)
        self._update_lateness()
        yield self._watch
        yield self._port
        yield from self.access.parts(self._view.vantage)
        yield self._own_clock
        yield self.heartbeat
        yield self._hosts
        yield from (*self._hubs.values(), *self._targets.values(), *self._clients.parts())

    def _update_lateness(self) -> None:
        """Set the one value that changes by the passing of time alone."""
        late, before = self._late_us(), self._late
        if late != before:
            self._late = late
            self._watch.late.set(seconds(late))
            self._watch.touch()

    # --- journeys

    def observed(self, observation: Observation) -> None:
        """Count a scheduled journey that ended, after its corroboration."""
        self._own_clock.observed(observation)
        if observation.client:
            self._clients.observed(observation)
            return
        target = counted_for(TargetReading.of(observation), self._targets)
        if (meters := self._targets.get(target)) is None:
            return
        meters.observed(observation)
        if hub := self._hubs.get(observation.hub):
            hub.observed(observation)
        self._hosts.observed(target, observation)

    @property
    def dead_families(self) -> Mapping[str, int]:
        """The family of addresses (4 or 6) that does not answer, by host, while the other does."""
        return self._hosts.host_families.dead

    def skipped(self, target: TargetReading, count: int = 1) -> None:
        """Count slots of `target` at which no journey was run."""
        if meters := self._targets.get(target):
            meters.skipped(count)

    def demanded(self, target: TargetReading) -> None:
        """Count a journey that was run on demand."""
        if meters := self._targets.get(target):
            meters.demanded()

    def demand_refused(self) -> None:
        """Count a request for a journey on demand that was refused as one too many."""
        self._watch.refused.inc()
        self._watch.touch()

    def login_withheld(self, hub: str, idp: str, run: Run) -> None:
        """Count a login that the account's budget did not admit."""
        self.access.withheld(self._view.vantage, hub, idp, run)

    def lag(self, lag_us: int) -> None:
        """Record how late a scheduled journey started, in microseconds."""
        self._watch.lag.observe(seconds(max(lag_us, 0)))
        self._watch.touch()

    def overslept(self) -> None:
        """Count a time at which the process was found suspended or starved."""
        self._watch.overslept.inc()
        self._watch.touch()

    def stalled(self, us: int) -> None:
        """Count a pause of the event loop, and how long it was in microseconds."""
        self._watch.stalls.inc()
        self._watch.stalled.inc(seconds(us))
        self._watch.touch()

    # --- the port

    def connections(self, count: int) -> None:
        """Set the number of open connections to the port."""
        self._port.open.set(count)
        self._port.touch()

    def connection_dropped(self, why: DropReason) -> None:
        """Count a connection to the port that was ended before its client ended it."""
        self._port.dropped.labels(why).inc()
        self._port.touch()

    # --- ledger and configuration

    def ledger_error(self) -> None:
        """Count a write to the ledger that failed."""
        self._watch.errors.inc()
        self._watch.touch()

    def backlog(self, waiting: int) -> None:
        """Set the number of observations that wait to be written."""
        self._watch.backlog.set(waiting)
        self._watch.touch()

    def dropped(self, count: int = 1) -> None:
        """Count observations that will never be written, as when the backlog was full."""
        self._watch.dropped.inc(count)
        self._watch.touch()

    def evaluating(self, leads: bool) -> None:
        """Set whether this prober evaluates the store, which it may share with others."""
        self._watch.evaluator.set(leads)
        self._watch.touch()

    def passed_over(self, why: str, count: int) -> None:
        """Count observations of the shared store that were not folded.

        `why` is one of `initial_series.PASSED_OVER`.
        """
        self._watch.passed_over.labels(why).inc(count)
        self._watch.touch()

    def ahead(self, us: int) -> None:
        """Set by how much this prober's clock is ahead of the shared store's, in microseconds."""
        self._watch.clock_ahead.set(seconds(us))
        self._watch.touch()

    def reloaded(self, ok: bool, at_us: int) -> None:
        """Record that the configuration was loaded or refused, at an instant (UTC microseconds)."""
        self._watch.reload_ok.set(ok)
        if ok:
            self._watch.reload_at.set(seconds(at_us))
        else:
            self._watch.reload_failures.inc()
        self._watch.touch()
