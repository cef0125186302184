"""The live figures of this process: what the probes saw since it started, and how the watch itself is doing.

`configure` decides which series exist: each one of a configured target is there from then on, at 0, and gone once its target
left the configuration. What comes late from a target that is gone is not counted, lest its series rise again.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import prometheus_client
from prometheus_client import Gauge, Info
from prometheus_client.registry import CollectorRegistry

from exporters.metrics import initial_series, names
from exporters.metrics.exposition import Fresh, Kept, MetricsSource
from exporters.metrics.readings import DropReason, HubView, TargetReading, View
from probe.core.judgement.observation import Fault, Kind, Observation, Outcome, Reason, Step, Tile

# One `_created` series beside each counter would double the page for nothing.
prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]

PHASES = ("dns", "connect", "tls", "first_byte", "transfer")


def seconds(us: int) -> float:
    """Microseconds as the seconds that Prometheus wants."""
    return us / 1_000_000


def lasted_us(observation: Observation) -> int:
    """Microseconds of the whole journey; 0 when the wall clock stepped back in it."""
    return max(observation.finished_us - observation.started_us, 0)


def step_us(observation: Observation) -> dict[Step, int]:
    """Microseconds of the exchanges of each step, in the order of the journey."""
    steps: defaultdict[Step, int] = defaultdict(int)
    for hop in observation.hops:
        steps[hop.step] += hop.total_us
    return steps


def phase_us(observation: Observation) -> dict[str, int]:
    """Microseconds spent in each phase by all exchanges together; what did not happen is 0."""
    return {phase: sum(getattr(hop, f"{phase}_us") or 0 for hop in observation.hops) for phase in PHASES}


@dataclass(frozen=True, slots=True)
class _Verdict:
    """A 0/1 gauge of the last try, and its unknown twin."""

    up: Gauge
    unknown: Gauge

    def say(self, outcome: Outcome) -> None:
        self.up.set(outcome is Outcome.OK)
        self.unknown.set(outcome is Outcome.INCONCLUSIVE)


class TargetMeters(Kept):
    """The figures of one probed target."""

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
        self._begin()

    def _begin(self) -> None:
        """Make every plausible series, at 0."""
        kind = self.target.kind
        for fault in Fault:
            self._failed.labels(**self._labels, fault=fault)
        for step, reason, fault in initial_series.failures(kind):
            self._failures.labels(**self._labels, step=step, reason=reason, fault=fault)
        for reason in initial_series.inconclusive(kind):
            self._inconclusive.labels(**self._labels, reason=reason)
        for step in initial_series.STEPS[kind]:
            self._steps.labels(**self._labels, step=step)
        for phase in PHASES:
            self._phases.labels(**self._labels, phase=phase)

    def _verdict_of(self, vantage: str) -> _Verdict | None:
        target = self.target
        labels: tuple[str, ...]
        if target.kind is Kind.CONTROL:
            up, unknown, labels = names.CONTROL_UP, names.CONTROL_UNKNOWN, (target.target, vantage)
        elif target.kind is Kind.DIRECT:
            up, unknown, labels = names.DIRECT_UP, names.DIRECT_UNKNOWN, (target.hub, target.idp, vantage)
        elif target.kind is Kind.MIRE and target.backend:
            up, unknown, labels = names.BACKEND_UP, names.BACKEND_UNKNOWN, (target.hub, target.backend, vantage)
        else:
            return None
        verdict = _Verdict(self.gauge(up).labels(*labels), self.gauge(unknown).labels(*labels))
        verdict.say(Outcome.INCONCLUSIVE)
        return verdict

    def _negative(self, vantage: str) -> Gauge | None:
        if self.target.kind is not Kind.NEGATIVE:
            return None
        return self.gauge(names.NEGATIVE_PASSED).labels(self.target.hub, self.target.target, vantage)

    def observed(self, observation: Observation) -> None:
        self._runs.inc()
        self._last_run.set(seconds(observation.finished_us))
        self._count_outcome(observation)
        self._time(observation)
        if self._verdict:
            self._verdict.say(observation.outcome)
        if self._passed and (observation.outcome is Outcome.OK or observation.reason is Reason.NEGATIVE_PASSED):
            self._passed.set(observation.reason is Reason.NEGATIVE_PASSED)
        self.touch()

    def _count_outcome(self, observation: Observation) -> None:
        reason = observation.reason or ""
        if observation.outcome is Outcome.OK:
            if observation.kind is self.target.kind:  # a shallower journey proves less
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
        self._skipped.inc(count)
        self.touch()

    def demanded(self) -> None:
        self._demands.inc()
        self.touch()


class HubMeters(Kept):
    """What the last mire seen shows."""

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
        self._hub = hub
        self._displayed.clear()
        self._selectable.clear()
        self.saw(*self.last)

    def observed(self, observation: Observation) -> None:
        """A mire that could not be seen says nothing of its tiles: the last one seen is kept."""
        seen = observation.outcome is Outcome.OK or observation.reason in (Reason.NO_IDP_SELECTABLE, Reason.TILES_GREYED)
        if observation.kind is Kind.MIRE and seen and not observation.backend:
            self.saw(observation.tiles, observation.finished_us)

    def saw(self, tiles: tuple[Tile, ...], at_us: int) -> None:
        self.last = tiles, at_us
        by_uid = {tile.uid: tile.selectable for tile in tiles}
        for idp in self._hub.idps:
            labels = (self._hub.name, idp.name, self._vantage)
            self._displayed.labels(*labels).set(idp.tile in by_uid)
            self._selectable.labels(*labels).set(by_uid.get(idp.tile, False))
        listed = [tile for tile in tiles if tile.listed]
        self._displayed_count.set(len(listed))
        self._selectable_count.set(sum(tile.selectable for tile in listed))
        self._seen.set(seconds(at_us))
        self.touch()


class _WatchMeters(Kept):
    """How the watch itself is doing."""

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
        self.certificates = self.gauge(names.CERTIFICATE_EXPIRY)
        self.build = Info(names.BUILD.name.removesuffix("_info"), names.BUILD.help, registry=self.registry)


class _PortMeters(Kept):
    """The connections to the port."""

    def __init__(self) -> None:
        super().__init__()
        self.open = self.gauge(names.CONNECTIONS)
        self.dropped = self.counter(names.CONNECTIONS_DROPPED)
        for why in DropReason:
            self.dropped.labels(why)


class Meters:
    """The instruments that the service calls. Not thread-safe: everything happens on one loop."""

    def __init__(self, version: str, late_us: Callable[[], int] = lambda: 0) -> None:
        """`late_us`: how long the oldest observation that is not written yet has waited, in microseconds."""
        self._version = version
        self._late_us = late_us
        self._late = 0
        self._view = View()
        self._watch = _WatchMeters()
        self._port = _PortMeters()
        self._standard = CollectorRegistry()
        for collector in (prometheus_client.ProcessCollector, prometheus_client.PlatformCollector, prometheus_client.GCCollector):
            collector(registry=self._standard)
        self._targets: dict[TargetReading, TargetMeters] = {}
        self._hubs: dict[str, HubMeters] = {}
        self._presented: dict[str, set[TargetReading]] = {}  # host -> the targets that met it
        self.configure(self._view)

    @property
    def view(self) -> View:
        return self._view

    def configure(self, view: View) -> None:
        """Watch exactly what `view` says. Series of what stays keep their values; a new vantage starts all of them again."""
        if view.vantage != self._view.vantage:
            self._targets, self._hubs = {}, {}
        self._view = view
        self._targets = {one: self._targets.get(one) or TargetMeters(one, view.vantage) for one in dict.fromkeys(view.targets)}
        self._hubs = {hub.name: self._hub(hub) for hub in view.hubs}
        self._watch.build.info({"version": self._version, "vantage": view.vantage})
        self._keep_hosts()

    def _hub(self, hub: HubView) -> HubMeters:
        known = self._hubs.get(hub.name)
        if known is None:
            return HubMeters(hub, self._view.vantage)
        known.configure(hub)
        return known

    def _keep_hosts(self) -> None:
        met = {host: left for host, by in self._presented.items() if (left := by & self._targets.keys())}
        gone = self._presented.keys() - met.keys() - set(self._view.hosts)
        for host in gone:
            self._watch.certificates.remove(host)
        self._presented = {host: met.get(host, set()) for host in (*self._view.hosts, *met)}
        for host in self._presented:
            self._watch.certificates.labels(host)
        self._watch.touch()

    def parts(self) -> Iterator[MetricsSource]:
        """What a page is made of."""
        yield Fresh(self._standard)
        self._look()
        yield self._watch
        yield self._port
        yield from self._hubs.values()
        yield from self._targets.values()

    def _look(self) -> None:
        """What changes by itself, as time passes."""
        late, before = self._late_us(), self._late
        if late != before:
            self._late = late
            self._watch.late.set(seconds(late))
            self._watch.touch()

    # --- journeys -----------------------------------------------------------------------------------------------------

    def observed(self, observation: Observation) -> None:
        """A scheduled journey ended, and was settled."""
        target = self._target_of(observation)
        meters = self._targets.get(target)
        if meters is None:
            return
        meters.observed(observation)
        if hub := self._hubs.get(observation.hub):
            hub.observed(observation)
        self._certificates(target, observation)

    def _target_of(self, observation: Observation) -> TargetReading:
        """The configured target: an account that the lock-out guard stopped leaves its IdP a shallower journey in its place."""
        target = TargetReading.of(observation)
        configured = replace(target, kind=Kind.IDENTITY)
        return configured if target.kind is Kind.LOGIN_PAGE and configured in self._targets else target

    def _certificates(self, target: TargetReading, observation: Observation) -> None:
        for hop in observation.hops:
            if hop.certificate_expires_us is not None:
                self._presented.setdefault(hop.host, set()).add(target)
                self._watch.certificates.labels(hop.host).set(seconds(hop.certificate_expires_us))
                self._watch.touch()

    def skipped(self, target: TargetReading, count: int = 1) -> None:
        """Due times of `target` were passed over."""
        if meters := self._targets.get(target):
            meters.skipped(count)

    def demanded(self, target: TargetReading) -> None:
        """A journey was run on demand."""
        if meters := self._targets.get(target):
            meters.demanded()

    def demand_refused(self) -> None:
        self._watch.refused.inc()
        self._watch.touch()

    def lag(self, lag_us: int) -> None:
        """A scheduled journey started so late."""
        self._watch.lag.observe(seconds(max(lag_us, 0)))
        self._watch.touch()

    def overslept(self) -> None:
        """The process was found suspended or starved."""
        self._watch.overslept.inc()
        self._watch.touch()

    def stalled(self, us: int) -> None:
        """The event loop did not turn for so long."""
        self._watch.stalls.inc()
        self._watch.stalled.inc(seconds(us))
        self._watch.touch()

    # --- the port -----------------------------------------------------------------------------------------------------

    def connections(self, count: int) -> None:
        """So many connections to the port are open."""
        self._port.open.set(count)
        self._port.touch()

    def connection_dropped(self, why: DropReason) -> None:
        """A connection to the port was ended before its client ended it."""
        self._port.dropped.labels(why).inc()
        self._port.touch()

    # --- ledger and configuration -------------------------------------------------------------------------------------

    def ledger_error(self) -> None:
        """A write to the ledger failed."""
        self._watch.errors.inc()
        self._watch.touch()

    def backlog(self, waiting: int) -> None:
        """So many observations wait to be written."""
        self._watch.backlog.set(waiting)
        self._watch.touch()

    def dropped(self, count: int = 1) -> None:
        """Observations were given up because the backlog was full."""
        self._watch.dropped.inc(count)
        self._watch.touch()

    def evaluating(self, leads: bool) -> None:
        """This prober evaluates the store that it shares with others, or does not."""
        self._watch.evaluator.set(leads)
        self._watch.touch()

    def passed_over(self, why: str, count: int) -> None:
        """So many observations of the shared store were not folded, for one of `plausible.PASSED_OVER`."""
        self._watch.passed_over.labels(why).inc(count)
        self._watch.touch()

    def ahead(self, us: int) -> None:
        """By how much this prober's clock is ahead of the shared store's, in microseconds."""
        self._watch.clock_ahead.set(seconds(us))
        self._watch.touch()

    def reloaded(self, ok: bool, at_us: int) -> None:
        """The configuration was (re)loaded, or refused, at a UTC instant."""
        self._watch.reload_ok.set(ok)
        if ok:
            self._watch.reload_at.set(seconds(at_us))
        else:
            self._watch.reload_failures.inc()
        self._watch.touch()
