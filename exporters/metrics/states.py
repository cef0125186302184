"""Shows the ledger at the scrape: states, faults and causes of outages, final seconds, and the
annual figure.

Each hub and each IdP has a part of the page of its own, so that no turn of the event loop renders
more than one of them. A configured subject that the ledger does not know is unknown,
and all are when the ledger cannot be read. A subject that left the configuration is not shown,
even if the ledger has it.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import nan

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from exporters.metrics import names
from exporters.metrics.exposition import MetricsSource, UncachedPart
from exporters.metrics.live import seconds
from exporters.metrics.names import Metric, Type
from exporters.metrics.readings import (
    OF_THE_HUB,
    AnnualReading,
    ClientView,
    Durable,
    HubReading,
    HubView,
    IdpView,
    Snapshot,
    SubjectReading,
    View,
)
from probe.clock import Clock
from probe.core.judgement.condition import CONDITIONS, HUB, State, journey_of
from probe.core.judgement.observation import Fault
from probe.core.judgement.subject import UP_STATES, at_client, client_of
from probe.core.plain_text import cleaned_line
from probe.core.sla.availability import Figure
from probe.core.sla.goal import Goal, GoalVerdict
from probe.core.sla.window import WINDOWS
from probe.errors import VigieError

_NOTHING = SubjectReading()
_LONGEST_LABEL = 64  # characters of a title, or of a code that the hub's page named


class Ratchet:
    """Keeps counters from going down when a reading does.

    Prometheus would take a lower value for a restart of the process.
    """

    def __init__(self) -> None:
        self._highest: dict[tuple[str, ...], int] = {}

    def at_least(self, key: tuple[str, ...], value: int) -> int:
        """Return `value`, or the highest one that was ever given for this key."""
        self._highest[key] = highest = max(value, self._highest.get(key, 0))
        return highest

    def forget(self, hubs: Iterable[str]) -> None:
        """Drop the values of all hubs but these."""
        kept = set(hubs)
        self._highest = {key: value for key, value in self._highest.items() if key[1] in kept}


@dataclass(frozen=True, slots=True)
class _SubjectMetrics:
    """The metrics of one kind of subject.

    The deprecated gauge `true` is 1 in one of the states `true_in`: a condition is active when it
    is down, a hub or an IdP is available when it is up. `failure` tells why the subject is down.
    """

    state: Metric
    true: Metric
    true_in: tuple[State, ...]
    unknown: Metric
    since: Metric
    fault: Metric
    spent: Metric
    blip_spent: Metric | None = None
    blips: Metric | None = None
    failure: Metric | None = None


_HUB_SET = _SubjectMetrics(
    names.HUB_STATE,
    names.HUB_AVAILABLE,
    UP_STATES,
    names.HUB_UNKNOWN,
    names.HUB_SINCE,
    names.HUB_FAULT,
    names.HUB_SECONDS,
    names.HUB_BLIP_SECONDS,
    names.HUB_BLIPS,
)
_CONDITION_SET = _SubjectMetrics(
    names.CONDITION_STATE,
    names.CONDITION_ACTIVE,
    (State.DOWN,),
    names.CONDITION_UNKNOWN,
    names.CONDITION_SINCE,
    names.CONDITION_FAULT,
    names.CONDITION_SECONDS,
    failure=names.CONDITION_FAILURE,
)
_CLIENT_SET = _SubjectMetrics(
    names.CLIENT_STATE,
    names.CLIENT_AVAILABLE,
    UP_STATES,
    names.CLIENT_UNKNOWN,
    names.CLIENT_SINCE,
    names.CLIENT_FAULT,
    names.CLIENT_SECONDS,
)
_CLIENT_IDP_SET = _SubjectMetrics(
    names.CLIENT_IDP_STATE,
    names.CLIENT_IDP_AVAILABLE,
    UP_STATES,
    names.CLIENT_IDP_UNKNOWN,
    names.CLIENT_IDP_SINCE,
    names.CLIENT_IDP_FAULT,
    names.CLIENT_IDP_SECONDS,
)
_IDP_SET = _SubjectMetrics(
    names.IDP_STATE,
    names.IDP_AVAILABLE,
    UP_STATES,
    names.IDP_UNKNOWN,
    names.IDP_SINCE,
    names.IDP_FAULT,
    names.IDP_SECONDS,
    names.IDP_BLIP_SECONDS,
    names.IDP_BLIPS,
    names.IDP_FAILURE,
)


class Families:
    """Metric families under construction, in the order of their first sample."""

    def __init__(self, ratchet: Ratchet) -> None:
        self._ratchet = ratchet
        self._made: dict[Metric, Family] = {}

    def put(self, metric: Metric, labels: tuple[str, ...], value: float) -> None:
        """Add a sample to the family of `metric`."""
        family = self._made.get(metric)
        if family is None:
            make = CounterMetricFamily if metric.kind is Type.COUNTER else GaugeMetricFamily
            family = self._made[metric] = make(metric.name, metric.help, labels=metric.labels, unit=metric.unit)
        family.add_metric(labels, value)  # type: ignore[attr-defined]  # both classes have it, but not their base

    def inform(self, metric: Metric, labels: tuple[str, ...]) -> None:
        """Add the sample of an info metric, whose value is always 1."""
        family = self._made.get(metric)
        if family is None:
            family = self._made[metric] = InfoMetricFamily(metric.name.removesuffix("_info"), metric.help, labels=metric.labels)
        family.add_metric(labels, {})  # type: ignore[attr-defined]  # the class has it, but not its base

    def count(self, metric: Metric, labels: tuple[str, ...], value: int) -> int:
        """Return the value of a counter, which never goes down (see `Ratchet`)."""
        return self._ratchet.at_least((metric.name, *labels), value)

    def subject(self, metrics: _SubjectMetrics, labels: tuple[str, ...], reading: SubjectReading) -> None:
        """Add all samples of one subject."""
        shown = State.UP if reading.state in UP_STATES else reading.state
        for state in _SHOWN:
            self.put(metrics.state, (*labels, state.value), state is shown)
        self.put(metrics.true, labels, reading.state in metrics.true_in)
        self.put(metrics.unknown, labels, reading.state is State.UNKNOWN)
        self.put(metrics.since, labels, seconds(reading.since_us))
        for fault in Fault:
            self.put(metrics.fault, (*labels, fault.value), reading.state is State.DOWN and reading.fault is fault)
        if metrics.failure and reading.state is State.DOWN:
            self.inform(metrics.failure, (*labels, *_failure(reading)))
        spent = {State.UP: reading.up_us + reading.blip_us, State.DOWN: reading.down_us, State.UNKNOWN: reading.unknown_us}
        for state, us in spent.items():
            at = (*labels, state.value)
            self.put(metrics.spent, at, seconds(self.count(metrics.spent, at, us)))
        if metrics.blip_spent:
            self.put(metrics.blip_spent, labels, seconds(self.count(metrics.blip_spent, labels, reading.blip_us)))
        if metrics.blips:
            self.put(metrics.blips, labels, self.count(metrics.blips, labels, reading.blips))

    def all(self) -> list[Family]:
        """Return the families."""
        return list(self._made.values())


_SHOWN = (State.UP, State.DOWN, State.UNKNOWN)
"""The values of the label `state`: a blip is up."""


def _failure(reading: SubjectReading) -> tuple[str, str, str, str]:
    """Return the step, the reason, the fault and the hub's code of a subject that is down."""
    cause = reading.cause
    step, reason, code = (cause.step, cause.reason, cause.code) if cause else (None, None, None)
    return step or "", reason or "", reading.fault or "", cleaned_line(code or "", _LONGEST_LABEL)


def _titled(title: str, name: str) -> str:
    return cleaned_line(title, _LONGEST_LABEL) or name


def _ratio(value: Fraction | None) -> float:
    """Return the value for Prometheus. What is unknown is NaN: a 0 would be an outage."""
    return nan if value is None else float(value)


class FamilyCollector(Collector):
    """A collector that calls `fill` for the families of each page."""

    def __init__(self, ratchet: Ratchet, fill: Callable[[Families], None]) -> None:
        self._ratchet, self._fill = ratchet, fill

    def collect(self) -> list[Family]:
        families = Families(self._ratchet)
        self._fill(families)
        return families.all()


class LedgerStates:
    """The ledger's part of the page."""

    def __init__(self, durable: Durable, clock: Clock) -> None:
        self._durable = durable
        self._clock = clock
        self._ratchet = Ratchet()
        self._last = Snapshot()

    def read(self) -> tuple[Snapshot, bool]:
        """Read the ledger as it is now. Returns the snapshot, and whether it could be read.

        If it could not, every state in the snapshot is unknown, and counters keep their values.
        """
        try:
            self._last = self._durable.snapshot(self._clock.now_us())
        except VigieError:
            return _forgotten(self._last), False
        return self._last, True

    def parts(self, view: View, known: tuple[Snapshot, bool] | None = None) -> Iterator[MetricsSource]:
        """Yield the parts for all hubs and IdPs of `view`, out of one reading of the ledger.

        `known` is a result of `read`; without it the ledger is read now.
        """
        snapshot, readable = known or self.read()
        self._ratchet.forget(hub.name for hub in view.hubs)
        yield self._part(lambda families: families.put(names.LEDGER_READABLE, (), readable))
        for hub in view.hubs:
            reading = snapshot.hubs.get(hub.name, HubReading())
            yield self._part(_hub_filler(hub, reading))
            yield self._part(_annual_filler(hub, reading))
            for idp in hub.idps:
                yield self._part(_idp_filler(hub, idp, reading))
            for client in hub.clients:
                yield self._part(_client_filler(hub, client, reading))

    def _part(self, fill: Callable[[Families], None]) -> MetricsSource:
        return UncachedPart(FamilyCollector(self._ratchet, fill))


def _hub_filler(hub: HubView, reading: HubReading) -> Callable[[Families], None]:
    def fill(families: Families) -> None:
        families.inform(names.HUB_INFO, (hub.name, _titled(hub.title, hub.name)))
        families.subject(_HUB_SET, (hub.name,), reading.subjects.get(HUB, _NOTHING))
        for condition in hub.conditions:
            families.subject(_CONDITION_SET, (hub.name, condition), reading.subjects.get(condition, _NOTHING))
        families.put(names.NEVER_PASSED, (hub.name, OF_THE_HUB), OF_THE_HUB in reading.never_passed)
        families.put(names.LEDGER_SETTLED, (hub.name,), seconds(reading.settled_us))

    return fill


def _annual_filler(hub: HubView, reading: HubReading) -> Callable[[Families], None]:
    def fill(families: Families) -> None:
        for window in WINDOWS:
            _annual(families, (hub.name, window), reading.annual.get(window), hub.goals.over(window))

    return fill


def _annual(families: Families, labels: tuple[str, str], reading: AnnualReading | None, goal: Goal) -> None:
    figure = reading.figure._replace(goal=goal) if reading else None
    verdict = figure.verdict(reading.unknown_time) if reading and figure else GoalVerdict.NOTHING
    value = figure.availability(reading.unknown_time) if reading and figure else None
    before = reading.before.availability(reading.unknown_time) if reading else None
    families.put(names.AVAILABILITY, labels, _ratio(value))
    families.put(names.AVAILABILITY_UNKNOWN, labels, value is None)
    families.put(names.AVAILABILITY_MET, labels, verdict is GoalVerdict.MET)
    families.put(names.AVAILABILITY_MISSED, labels, verdict is GoalVerdict.MISSED)
    families.put(names.AVAILABILITY_GOAL, labels, float(goal.availability))
    families.put(names.AVAILABILITY_LOWEST, labels, _ratio(figure.lowest if figure else None))
    families.put(names.AVAILABILITY_HIGHEST, labels, _ratio(figure.highest if figure else None))
    families.put(names.AVAILABILITY_BEFORE, labels, _ratio(before))
    families.put(names.COVERAGE, labels, float(figure.coverage if figure else 0))
    families.put(names.COMPLETE, labels, figure is not None and figure.complete)
    for condition in CONDITIONS:
        down = reading.condition_down_us.get(condition, 0) if reading else 0
        families.put(names.DOWNTIME_CONDITION, (*labels, condition), seconds(down))
    durations = {
        names.DOWNTIME: figure.down_us if figure else 0,
        names.UNKNOWN_TIME: figure.unknown_us if figure else 0,
        names.UNKNOWN_LIMIT: figure.unknown_limit_us if figure else 0,
        names.BUDGET: figure.budget_us if figure else 0,
    }
    for metric, us in durations.items():
        families.put(metric, labels, seconds(us))
    families.put(names.BUDGET_LEFT, labels, seconds(figure.budget_left_us) if figure and value is not None else nan)


def _idp_filler(hub: HubView, idp: IdpView, reading: HubReading) -> Callable[[Families], None]:
    name = idp.name

    def fill(families: Families) -> None:
        families.inform(names.IDP_INFO, (hub.name, name, _titled(idp.title, name)))
        families.subject(_IDP_SET, (hub.name, name), reading.subjects.get(journey_of(name), _NOTHING))
        families.put(names.ACCOUNT_SUSPENDED, (hub.name, name), name in reading.suspended)
        families.put(names.NEVER_PASSED, (hub.name, name), name in reading.never_passed)
        _identity(families, (hub.name, name), idp, reading)
        for window in WINDOWS:
            annual, goal = reading.annual.get(window), idp.goals.over(window)
            found = annual.idps.get(name) if annual else None
            _idp_annual(families, (hub.name, name, window), annual, found and found._replace(goal=goal))
            families.put(names.IDP_AVAILABILITY_GOAL, (hub.name, name, window), float(goal.availability))

    return fill


def _client_filler(hub: HubView, client: ClientView, reading: HubReading) -> Callable[[Families], None]:
    """Fill in what a client beside the main one meets: at the hub, and at each of its IdPs."""

    def fill(families: Families) -> None:
        labels = hub.name, client.name
        families.subject(_CLIENT_SET, labels, reading.subjects.get(client_of(client.name), _NOTHING))
        families.put(names.CLIENT_NEVER_PASSED, (*labels, OF_THE_HUB), at_client(OF_THE_HUB, client.name) in reading.never_passed)
        for idp in client.idps:
            subject = at_client(journey_of(idp), client.name)
            families.subject(_CLIENT_IDP_SET, (*labels, idp), reading.subjects.get(subject, _NOTHING))
            families.put(names.CLIENT_NEVER_PASSED, (*labels, idp), at_client(idp, client.name) in reading.never_passed)

    return fill


def _identity(families: Families, labels: tuple[str, str], idp: IdpView, reading: HubReading) -> None:
    """Show the account and the claims of an IdP, at the levels asked for and at those that came."""
    account = reading.accounts.get(idp.name)
    levels = account.levels if account else {}
    families.put(names.ACCOUNT_CHANGED, labels, account is not None and account.changed)
    families.put(names.ACCOUNT_DIFFERS, labels, idp.name in reading.differing)
    for claim in idp.claims:
        families.put(names.CLAIM_LOST, (*labels, claim), any(claim in level.lost for level in levels.values()))
        for acr in dict.fromkeys([*idp.levels, *levels]):
            families.put(names.CLAIM_RETURNED, (*labels, claim, acr), acr in levels and claim in levels[acr].came)


def _idp_annual(families: Families, labels: tuple[str, str, str], reading: AnnualReading | None, figure: Figure | None) -> None:
    value = figure.availability(reading.unknown_time) if reading and figure else None
    verdict = figure.verdict(reading.unknown_time) if reading and figure else GoalVerdict.NOTHING
    families.put(names.IDP_AVAILABILITY_MET, labels, verdict is GoalVerdict.MET)
    families.put(names.IDP_AVAILABILITY_MISSED, labels, verdict is GoalVerdict.MISSED)
    families.put(names.IDP_AVAILABILITY, labels, _ratio(value))
    families.put(names.IDP_AVAILABILITY_UNKNOWN, labels, value is None)
    families.put(names.IDP_AVAILABILITY_LOWEST, labels, _ratio(figure.lowest if figure else None))
    families.put(names.IDP_AVAILABILITY_HIGHEST, labels, _ratio(figure.highest if figure else None))
    families.put(names.IDP_COVERAGE, labels, float(figure.coverage if figure else 0))
    families.put(names.IDP_DOWNTIME, labels, seconds(figure.down_us if figure else 0))


def _forgotten(snapshot: Snapshot) -> Snapshot:
    """Return the snapshot with every state unknown; what the memory says of accounts stays."""
    return Snapshot(
        {
            name: HubReading(
                suspended=hub.suspended,
                never_passed=hub.never_passed,
                settled_us=hub.settled_us,
                accounts=hub.accounts,
                differing=hub.differing,
            )
            for name, hub in snapshot.hubs.items()
        }
    )
