"""Makes samples for the dashboards: a day of every metric with outages of each kind, a month of the
register, a year of the figures.

Every metric of the table of names has its series here, with the labels of the table. A new metric
has plain values until its part in the story is written. Instants are Unix seconds; the story ends
at `MetricHistory.end`, a whole minute.
"""

import math
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, product

from exporters.metrics import names
from exporters.metrics.names import Metric, Type

MINUTE, HOUR, DAY = 60, 3600, 86_400
YEAR = 365 * DAY
GOAL_SHARE = 0.001
CONDITIONS = ("mire_missing", "identity_not_returned", "all_idps_unavailable")
FAULTS = ("hub", "idp", "sp", "prober", "network")
IDPS = ("impots", "ameli", "laposte")
TITLES = {"fc": "FranceConnect", "impots": "impots.gouv.fr", "ameli": "ameli.fr", "laposte": "L'Identité Numérique"}
CAUSES = {
    CONDITIONS[0]: ("mire", "not_the_mire", ""),
    CONDITIONS[1]: ("token", "token_error", "Y03A1F2B"),
    CONDITIONS[2]: ("redirect-to-idp", "idp_discovery", "Y020026"),
    **dict.fromkeys(IDPS, ("idp-login-page", "timeout", "")),
}
"""The step, the reason and the hub's code of what fails, by condition and by IdP."""
VANTAGES = {"paris-1": "127.0.0.1:9464", "lyon-1": "127.0.0.1:9465"}
STEPS = ("authorize", "mire", "redirect-to-idp", "idp-login-page", "idp-login", "oidc-callback", "token", "userinfo")
FLAGS = ("none", "proposed", "approved", "deactivated", "recovered")

Labels = Mapping[str, str]
Value = Callable[[int], float]
Sample = Callable[[int], float | None]


@dataclass(frozen=True)
class Span:
    """Something that held from `start` to `end`, both in Unix seconds."""

    start: int
    end: int
    what: str = ""

    def holds(self, at: int) -> bool:
        return self.start <= at < self.end


@dataclass(frozen=True)
class Series:
    """One series: its name, its labels, its value at an instant (None: no sample),
    sampled for `past_s` seconds, every `step_s`.
    """

    name: str
    labels: Labels
    value: Sample
    past_s: int
    step_s: int


class MetricHistory:
    """What happened until `end`."""

    def __init__(self, end: int) -> None:
        self.end = end - end % MINUTE

    def _ago(self, *, days: float = 0, hours: float = 0, minutes: float = 0) -> int:
        return int(self.end - days * DAY - hours * HOUR - minutes * MINUTE)

    @cached_property
    def outages(self) -> Mapping[str, Sequence[Span]]:
        """The hub's, by condition; `what` is the fault. Some are older than a year:
        the rolling window lets them go.
        """
        c1, c2, c3 = CONDITIONS
        return {
            c1: [
                self._lasted(430, 35, "hub"), self._lasted(391.2, 48, "hub"), self._lasted(330.4, 22, "hub"),
                self._lasted(212.7, 64, "hub"), self._lasted(61.3, 31, "hub"),
                Span(self._ago(hours=5, minutes=20), self._ago(hours=5, minutes=8), "hub"),
            ],
            c2: [
                self._lasted(288.1, 18, "hub"), self._lasted(140.9, 41, "hub"), self._lasted(19.6, 27, "hub"),
                Span(self._ago(hours=4), self._ago(hours=3, minutes=41), "hub"),
            ],
            c3: [self._lasted(255.5, 12, "idp"), Span(self._ago(hours=2, minutes=30), self._ago(hours=2, minutes=20), "idp")],
        }  # fmt: skip

    def _lasted(self, days_ago: float, minutes: int, fault: str) -> Span:
        start = self._ago(days=days_ago)
        return Span(start - start % MINUTE, start - start % MINUTE + minutes * MINUTE, fault)

    @cached_property
    def unseen(self) -> Sequence[Span]:
        """Time of which nothing is known."""
        return [self._lasted(302, 95, ""), self._lasted(170.25, 40, ""), self._lasted(0.07, 6, "")]

    @cached_property
    def blips(self) -> Sequence[Span]:
        """Failures that nothing confirmed."""
        return [self._lasted(days, 1, "") for days in (310, 240.3, 121.7, 90.1, 88.5, 30.2, 12.9, 0.4, 0.06)]

    @cached_property
    def idp_outages(self) -> Mapping[str, Sequence[Span]]:
        return {
            "impots": [Span(self._ago(hours=14), self._ago(hours=13, minutes=48), "idp")],
            "ameli": [Span(self._ago(hours=3, minutes=10), self._ago(minutes=40), "idp")],
            "laposte": [Span(self._ago(minutes=25), self.end + 1, "idp")],
        }

    @cached_property
    def flags(self) -> Mapping[str, Sequence[tuple[int, str]]]:
        """When each IdP's deactivation reached a stage."""
        return {
            "ameli": [
                (self._ago(hours=3), "proposed"),
                (self._ago(hours=2, minutes=52), "approved"),
                (self._ago(hours=2, minutes=45), "deactivated"),
                (self._ago(minutes=30), "recovered"),
            ],
            "laposte": [(self._ago(minutes=15), "proposed")],
        }

    # --- states

    def fault_of(self, condition: str, at: int) -> str:
        """Whose fault it is that the condition holds; empty while it does not."""
        return next((span.what for span in self.outages[condition] if span.holds(at)), "")

    def hub_fault(self, at: int) -> str:
        return next((fault for condition in CONDITIONS if (fault := self.fault_of(condition, at))), "")

    def blind(self, at: int) -> bool:
        return any(span.holds(at) for span in self.unseen)

    def masked(self, condition: str, at: int) -> bool:
        return self.blind(at) or (condition != CONDITIONS[0] and bool(self.fault_of(CONDITIONS[0], at)))

    def idp_fault(self, idp: str, at: int) -> str:
        return "" if self.idp_blind(at) else next((span.what for span in self.idp_outages[idp] if span.holds(at)), "")

    def idp_blind(self, at: int) -> bool:
        return self.blind(at) or bool(self.fault_of(CONDITIONS[0], at) or self.fault_of(CONDITIONS[1], at))

    def stage(self, idp: str, at: int) -> str:
        stages = self.flags.get(idp, [])
        reached = bisect_right([start for start, _ in stages], at)
        return stages[reached - 1][1] if reached else FLAGS[0]

    def changed(self, spans: Sequence[Span], at: int) -> int:
        """The last instant before `at` at which one of `spans` began or ended."""
        edges = [edge for span in spans for edge in (span.start, span.end) if edge <= at]
        return max(edges, default=self._ago(days=500))

    def failing(self, kind: str, idp: str, step: str, reason: str, fault: str) -> Sequence[Span]:
        """When journeys fail so; without a step and a reason, by whose fault alone."""
        known = [(span, CAUSES[c]) for c in CONDITIONS[1:] for span in self.outages[c]] if kind in ("identity", "login-page") else []
        if kind == "mire":
            known = [(span, CAUSES[CONDITIONS[0]]) for span in self.outages[CONDITIONS[0]]]
        elif idp:
            known += [(span, CAUSES[idp]) for span in self.idp_outages[idp]]
        found = [span for span, (at, why, _) in known if span.what == fault and (step, reason) in (("", ""), (at, why))]
        return sorted(found, key=lambda span: span.start)

    def critical(self, at: int) -> str:
        """The state of the hub's incident of severity 1: new at once, in hand after four minutes,
        resolved for a while after the outage; empty without any.
        """
        for span in (span for spans in self.outages.values() for span in spans):
            if span.start + MINUTE <= at < span.end + 20 * MINUTE:
                return "resolved" if at >= span.end else "new" if at < span.start + 4 * MINUTE else "in_hand"
        return ""

    def critical_since(self, at: int) -> int:
        """When that incident was received, while it is not resolved; else 0."""
        return max((span.start for spans in self.outages.values() for span in spans if span.start + MINUTE <= at < span.end), default=0)

    # --- seconds, cumulated minute by minute over two years

    def cumulated(self, spans: Sequence[Span]) -> Value:
        """How many seconds of `spans` lie before an instant."""
        starts, sums = [span.start for span in spans], list(accumulate((span.end - span.start for span in spans), initial=0))

        def before(at: int) -> float:
            index = bisect_right(starts, at)
            return sums[index] - max(0, spans[index - 1].end - at) if index else 0

        return before

    @cached_property
    def down(self) -> Value:
        return self.cumulated(sorted((span for spans in self.outages.values() for span in spans), key=lambda span: span.start))

    def year_began(self, at: int) -> int:
        """The civil year's beginning, roughly: what the window `year` counts from."""
        return at - (at - 1_767_225_600) % (1461 * DAY // 4)  # 2026-01-01T00:00Z

    def within(self, window: str, spent: Value, at: int) -> float:
        return spent(at) - spent(at - YEAR if window == "rolling" else self.year_began(at))

    def length(self, window: str, at: int) -> int:
        return YEAR if window == "rolling" else max(at - self.year_began(at), 1)

    # --- series

    def series(self) -> Iterator[Series]:
        """Every series of every metric that `/metrics` exposes, and those that Prometheus
        and its client library add.
        """
        for metric in names.TABLE:
            if not metric.help.startswith("On /probe only") and not metric.instead:
                yield from self._failures(metric) if metric in _FAILURES else self._of(metric)
        for instance in VANTAGES.values():
            job = {"job": "vigie", "instance": instance}
            yield Series("up", job, lambda at, own=instance: float(not (self.blind(at) and own.endswith("5"))), DAY, MINUTE)  # type: ignore[misc]
            yield Series("process_cpu_seconds_total", job, lambda at: (at - self.end + DAY) * 0.07, DAY, MINUTE)
            yield Series("process_resident_memory_bytes", job, lambda at: 9e7 + at % 7200 * 500, DAY, MINUTE)
            yield Series("process_start_time_seconds", job, lambda at: self.end - 2 * DAY, DAY, MINUTE)
        yield from self._alerts()

    def _failures(self, metric: Metric) -> Iterator[Series]:
        """Why what is down is down: a series for each fault that it had, while it was down."""
        (label,) = (name for name in metric.labels if name in ("condition", "idp"))
        for subject, spans in (self.outages if label == "condition" else self.idp_outages).items():
            step, reason, code = CAUSES[subject]
            told = self.fault_of if label == "condition" else self.idp_fault
            for fault, instance in product(sorted({span.what for span in spans}), VANTAGES.values()):
                labels = {"hub": "fc", label: subject, "step": step, "reason": reason, "fault": fault, "code": code}
                shown = {name: value for name, value in labels.items() if value} | {"job": "vigie", "instance": instance}
                yield Series(metric.name, shown, lambda at, s=subject, f=fault, t=told: 1 if t(s, at) == f else None, DAY, MINUTE)  # type: ignore[misc]

    def _alerts(self) -> Iterator[Series]:
        """Those that fire in the story, as Prometheus writes them:
        no series while an alert does not fire.
        """
        alerts = ("VigieMireMissing", "VigieIdentityNotReturned", "VigieAllIdpsUnavailable")
        fires: list[tuple[str, str, Labels, Callable[[int], bool]]] = [
            (alert, "page", {"hub": "fc", "condition": name}, lambda at, name=name: bool(self.fault_of(name, at)))  # type: ignore[misc]
            for alert, name in zip(alerts, CONDITIONS, strict=True)
        ]
        fires += [
            ("VigieIdpUnavailable", "ticket", {"hub": "fc", "idp": idp}, lambda at, idp=idp: bool(self.idp_fault(idp, at)))  # type: ignore[misc]
            for idp in IDPS
        ]
        fires.append(("VigieDeadlineNear", "ticket", {"clock": "escalation"}, lambda at: at > self._ago(minutes=30)))
        for name, severity, labels, firing in fires:
            shared = {"alertname": name, "alertstate": "firing", "severity": severity, **labels}
            yield Series("ALERTS", shared, lambda at, firing=firing: 1 if firing(at) else None, 6 * HOUR, MINUTE)  # type: ignore[misc]

    def _of(self, metric: Metric) -> Iterator[Series]:
        for labels in _labellings(metric):
            past, step = _sampling(metric, labels)
            shown = {name: value for name, value in labels.items() if value}
            own = VANTAGES.get(labels.get("vantage", ""))
            for instance in [own] if own else list(VANTAGES.values())[: 1 if past > DAY else None]:
                base = {**shown, "job": "vigie", "instance": instance}
                if metric.kind is Type.HISTOGRAM:
                    yield from self._histogram(metric, base, labels)
                else:
                    yield Series(metric.name, base, self._value(metric, labels), past, step)

    def _histogram(self, metric: Metric, base: Labels, labels: Labels) -> Iterator[Series]:
        slow = 1 + sum(map(ord, labels.get("step", "") + labels.get("idp", ""))) % 7
        count = self._value(metric, labels)
        for edge in (*metric.buckets, float("inf")):
            share = 1 - math.exp(-edge / (0.08 * slow))
            yield Series(
                f"{metric.name}_bucket",
                {**base, "le": "+Inf" if edge == float("inf") else f"{edge:g}"},
                _share(count, share),
                DAY,
                2 * MINUTE,
            )
        yield Series(f"{metric.name}_count", base, count, DAY, 2 * MINUTE)
        yield Series(f"{metric.name}_sum", base, _share(count, 0.08 * slow), DAY, 2 * MINUTE)

    def _value(self, metric: Metric, labels: Labels) -> Value:
        told = self._told(metric, labels)
        if told is not None:
            return told
        if metric.kind is Type.COUNTER or metric.kind is Type.HISTOGRAM:
            return lambda at: (at - self.end + DAY) // MINUTE
        if metric.name.endswith("_timestamp_seconds"):
            return lambda at: at - 20
        return lambda at: 1 if metric.kind is Type.INFO else 0

    def _told(self, metric: Metric, labels: Labels) -> Value | None:
        """The metric's part in the story; None when it has none of its own."""
        for chapter in (
            self._hub,
            self._condition,
            self._idp,
            self._flag,
            self._figures,
            self._idp_figures,
            self._register,
            self._probes,
            self._watch,
        ):
            value = chapter(metric, labels)
            if value is not None:
                return value
        return None

    def _hub(self, metric: Metric, labels: Labels) -> Value | None:
        everything = [span for spans in self.outages.values() for span in spans]
        began = self._ago(days=500)
        unseen, down, blips = self.cumulated(self.unseen), self.down, self.cumulated(self.blips)
        spent: Mapping[str, Value] = {
            "up": lambda at: at - began - down(at) - unseen(at),
            "down": down,
            "unknown": unseen,
        }
        return {
            names.HUB_STATE: lambda at: float(labels["state"] == _state(self.hub_fault(at), self.blind(at))),
            names.HUB_SINCE: lambda at: self.changed([*everything, *self.unseen], at),
            names.HUB_FAULT: lambda at: float(self.hub_fault(at) == labels["fault"]),
            names.HUB_SECONDS: spent.get(labels.get("state", "")),
            names.HUB_BLIP_SECONDS: blips,
            names.HUB_BLIPS: lambda at: blips(at) // MINUTE,
            names.LEDGER_SETTLED: lambda at: at - 200,
            names.LEDGER_READABLE: lambda at: 1,
        }.get(metric)

    def _condition(self, metric: Metric, labels: Labels) -> Value | None:
        condition = labels.get("condition", "")
        if condition not in self.outages:
            return None
        down, unseen = self.cumulated(self.outages[condition]), self.cumulated(self.unseen)
        began = self._ago(days=500)
        spent: Mapping[str, Value] = {"up": lambda at: at - began - down(at) - unseen(at), "down": down, "unknown": unseen}
        window = labels.get("window", "")
        return {
            names.CONDITION_STATE: lambda at: float(labels["state"] == _state(self.fault_of(condition, at), self.masked(condition, at))),
            names.CONDITION_SINCE: lambda at: self.changed([*self.outages[condition], *self.outages[CONDITIONS[0]], *self.unseen], at),
            names.CONDITION_FAULT: lambda at: float(self.fault_of(condition, at) == labels["fault"] and not self.masked(condition, at)),
            names.CONDITION_SECONDS: spent.get(labels.get("state", "")),
            names.DOWNTIME_CONDITION: lambda at: self.within(window, down, at),
        }.get(metric)

    def _idp(self, metric: Metric, labels: Labels) -> Value | None:
        idp = labels.get("idp", "")
        if idp not in self.idp_outages:
            return None
        began, down = self._ago(days=1), self.cumulated(self.idp_outages[idp])
        behind = [*self.outages[CONDITIONS[0]], *self.outages[CONDITIONS[1]], *self.unseen]
        spent: Mapping[str, Value] = {"up": lambda at: at - began - down(at), "down": down, "unknown": self.cumulated(self.unseen)}
        return {
            names.IDP_STATE: lambda at: float(labels["state"] == _state(self.idp_fault(idp, at), self.idp_blind(at))),
            names.IDP_SINCE: lambda at: self.changed([*self.idp_outages[idp], *behind], at),
            names.IDP_FAULT: lambda at: float(self.idp_fault(idp, at) == labels["fault"]),
            names.IDP_SECONDS: spent.get(labels.get("state", "")),
            names.IDP_BLIP_SECONDS: lambda at: (at - began) // (5 * HOUR) * 60,
            names.IDP_BLIPS: lambda at: (at - began) // (5 * HOUR),
            names.IDP_SLOW: lambda at: float(idp == "impots" and at > self._ago(hours=1)),
            names.IDP_INTERMITTENT: lambda at: float(idp == "ameli" and at < self._ago(hours=3)),
            names.ACCOUNT_SUSPENDED: lambda at: 0,
            names.NEVER_PASSED: lambda at: 0,
            names.ACCOUNT_CHANGED: lambda at: 0,
            names.ACCOUNT_DIFFERS: lambda at: 0,
            names.CLAIM_RETURNED: lambda at: float(labels.get("claim") != "preferred_username"),
            names.CLAIM_LOST: lambda at: 0,
            names.DIRECT_STATE: lambda at: float(labels["state"] == _state(self.idp_fault(idp, at), blind=False)),
            names.IDP_DISPLAYED: lambda at: float(self.stage(idp, at) != "deactivated"),
            names.IDP_SELECTABLE: lambda at: float(self.stage(idp, at) not in ("approved", "deactivated")),
        }.get(metric)

    def _flag(self, metric: Metric, labels: Labels) -> Value | None:
        idp = labels.get("idp", "")
        return {
            names.FLAG: lambda at: float(self.stage(idp, at) == labels["state"]),
            names.FLAG_SINCE: lambda at: max((start for start, _ in self.flags.get(idp, []) if start <= at), default=0),
            names.FLAG_GUARDED: lambda at: float(idp == "laposte" and self._ago(minutes=20) < at < self._ago(minutes=15)),
        }.get(metric)

    def _figures(self, metric: Metric, labels: Labels) -> Value | None:
        window = labels.get("window", "")
        down, unseen, blips = self.down, self.cumulated(self.unseen), self.cumulated(self.blips)

        def share(lost: Value) -> Value:
            return lambda at: 1 - lost(at) / self.length(window, at)

        def known(at: int) -> float:
            unknown = self.within(window, unseen, at)
            return 1 - self.within(window, down, at) / (self.length(window, at) - unknown)

        budget = GOAL_SHARE * YEAR
        return {
            names.AVAILABILITY: known,
            names.AVAILABILITY_MET: lambda at: float(known(at) >= 1 - GOAL_SHARE),
            names.AVAILABILITY_MISSED: lambda at: float(known(at) < 1 - GOAL_SHARE),
            names.AVAILABILITY_GOAL: lambda at: 1 - GOAL_SHARE,
            names.UNKNOWN_LIMIT: lambda at: 0.01 * YEAR,
            names.AVAILABILITY_LOWEST: share(lambda at: sum(self.within(window, spent, at) for spent in (down, unseen, blips))),
            names.AVAILABILITY_HIGHEST: share(lambda at: self.within(window, down, at)),
            names.AVAILABILITY_BEFORE: share(lambda at: self.within(window, down, at) + 900),
            names.COVERAGE: share(lambda at: self.within(window, unseen, at)),
            names.COMPLETE: lambda at: float(window == "rolling"),
            names.DOWNTIME: lambda at: self.within(window, down, at),
            names.UNKNOWN_TIME: lambda at: self.within(window, unseen, at),
            names.BUDGET: lambda at: budget,
            names.BUDGET_LEFT: lambda at: budget - self.within(window, down, at),
        }.get(metric)

    def _idp_figures(self, metric: Metric, labels: Labels) -> Value | None:
        lost = 40_000.0 * (1 + IDPS.index(labels["idp"])) if labels.get("idp") in IDPS else 0.0
        return {
            names.IDP_AVAILABILITY: lambda at: 1 - lost / YEAR,
            names.IDP_AVAILABILITY_LOWEST: lambda at: 1 - 1.2 * lost / YEAR,
            names.IDP_AVAILABILITY_HIGHEST: lambda at: 1 - 0.99 * lost / YEAR,
            names.IDP_COVERAGE: lambda at: 0.997,
            names.IDP_AVAILABILITY_GOAL: lambda at: 1 - GOAL_SHARE,
            names.IDP_AVAILABILITY_MET: lambda at: float(lost <= GOAL_SHARE * YEAR),
            names.IDP_AVAILABILITY_MISSED: lambda at: float(lost > GOAL_SHARE * YEAR),
            names.IDP_DOWNTIME: lambda at: lost,
        }.get(metric)

    def _register(self, metric: Metric, labels: Labels) -> Value | None:
        severity, clock = labels.get("severity", ""), labels.get("clock", "")
        began = self._ago(days=31)
        # One every so many seconds.
        rate = {"1": 12, "2": 5, "3": 2, "4": 1.5, "5": 1}.get(severity, 9) * DAY
        first = {"1": 2 * DAY, "2": 3 * DAY}.get(severity, 4 * HOUR)
        deadline = {"escalation": self._ago(hours=-1.5), "resolution": self._ago(hours=-4), "take_in_hand": self._ago(days=-2)}.get(
            clock, 0
        )
        standing = {"new": 0, "acknowledged": 1, "in_hand": 2, "waiting": 1, "resolved": 1}.get(labels.get("state", ""), 0)
        return {
            names.INCIDENTS_OPEN: lambda at: (
                float(severity == "1" and labels["state"] == self.critical(at))
                + float(severity == "2" and labels["state"] == "new" and at > self._ago(minutes=22))
                + float(standing > 0 and severity in "35" and at < self._ago(days=8))
                + float((severity, labels["state"]) in (("2", "in_hand"), ("4", "waiting")) and at > self._ago(days=2))
            ),
            names.INCIDENTS: lambda at: (
                (at - began + rate - first) // rate
                + (sum(began <= span.start + MINUTE <= at for spans in self.outages.values() for span in spans) if severity == "1" else 0)
            ),
            names.INCIDENT_OLDEST: lambda at: (
                self._ago(days=3.2) if severity in "24" else self.critical_since(at) if severity == "1" else 0
            ),
            names.INCIDENT_DEADLINE: lambda at: deadline,
            names.INCIDENTS_OVERDUE: lambda at: float(clock == "take_in_hand" and at > self._ago(hours=20)),
            names.BREACHES: lambda at: (
                (at - began) // (9 * DAY) if (clock, severity) in (("escalation", "2"), ("take_in_hand", "4")) else 0
            ),
            names.ESCALATIONS: lambda at: (at - began) // (8 * DAY) if severity in "12" else 0,
            names.ESCALATION_LAG: lambda at: 12,
            names.INDICATOR: lambda at: {"month": 0.95, "rolling": 0.9613}[labels["period"]] + (0.02 if labels["reading"] == "due" else 0),
            names.INDICATOR_LATE: lambda at: {"month": 1, "rolling": 12}[labels["period"]],
            names.INDICATOR_RECEIVED: lambda at: {"month": 20, "rolling": 310}[labels["period"]],
            names.OUTBOX_WAITING: lambda at: 3 if at > self._ago(minutes=12) else 0,
            names.OUTBOX_OLDEST: lambda at: self._ago(minutes=12) if at > self._ago(minutes=12) else 0,
            names.OUTBOX_DELIVERED: lambda at: (at - began) // (3 * HOUR),
            names.OUTBOX_FAILURES: lambda at: (at - began) // (4 * DAY),
            names.INTAKE: lambda at: (at - began) // ((2 + len(labels["result"]) + len(labels["way"])) * HOUR),
            names.CHANGES_PLANNED: lambda at: 2,
            names.CHANGES_SEEN: lambda at: {"not_needed": 5, "nobody": 2}.get(labels["notice"], 0) + (at > self._ago(days=9)),
            names.CHANGES_LATE: lambda at: 1,
        }.get(metric)

    def _probes(self, metric: Metric, labels: Labels) -> Value | None:
        idp, kind = labels.get("idp", ""), labels.get("kind", "")
        began = self._ago(days=1)

        def failures(at: int) -> float:
            """One journey a minute fails while what it asks for is down."""
            spans = self.failing(kind, idp, labels.get("step", ""), labels.get("reason", ""), labels["fault"])
            return self.cumulated([span for span in spans if span.start >= began])(at) // MINUTE

        return {
            names.FAILED_RUNS: failures,
            names.FAILURES: failures,
            names.INCONCLUSIVE: lambda at: (at - began) // (4 * HOUR),
            names.SKIPPED: lambda at: (at - began) // (5 * HOUR),
            names.LAST_SUCCESS: lambda at: (
                at - 30 if not self.idp_fault(idp or IDPS[0], at) else self.changed(self.idp_outages[idp or IDPS[0]], at)
            ),
            names.LAST_RUN_PHASE: lambda at: {"dns": 0.003, "connect": 0.02, "tls": 0.05, "first_byte": 0.4 + at % 900 / 3000}.get(
                labels["phase"], 0.01
            ),
            names.CONTROL_STATE: lambda at: float(
                labels["state"] == _state(labels["target"] == "registrar" and self._ago(hours=2) < at < self._ago(hours=1.8), blind=False)
            ),
            names.BACKEND_STATE: lambda at: float(
                labels["state"] == _state(labels["backend"] == "node-2" and self._ago(hours=5.3) < at < self._ago(hours=4.9), blind=False)
            ),
            names.MIRE_DISPLAYED: lambda at: 5 - sum(self.stage(idp, at) == "deactivated" for idp in IDPS),
            names.MIRE_SELECTABLE: lambda at: 5 - sum(self.stage(idp, at) in ("approved", "deactivated") for idp in IDPS),
            names.CERTIFICATE_EXPIRY: lambda at: self._ago(days=-17 - 40 * len(labels["host"]) % 300),
            names.HOST_TLS: lambda at: 1.0,
            names.HOST_FAMILY: lambda at: float(labels["ip"] == "4" or labels["host"] == "fcp.example"),
            names.DEMANDS: lambda at: (at - began) // (3 * HOUR),
            names.CREDENTIAL_END: lambda at: self._ago(days=-9 if labels["which"] == "password" else -120),
            names.CREDENTIAL_VALIDITY: lambda at: float(labels["which"] == "password"),
            names.LOGINS_TODAY: lambda at: at % DAY // MINUTE,
            names.REGULAR_LOGINS: lambda at: 1440,
            names.LOGIN_BUDGET: lambda at: 2000,
            names.LOGINS_WITHHELD: lambda at: (at - began) // (6 * HOUR) if labels["run"] != "regular" else 0,
        }.get(metric)

    def _watch(self, metric: Metric, labels: Labels) -> Value | None:
        began = self._ago(days=1)
        return {
            names.OVERSLEPT: lambda at: (at - began) // (11 * HOUR),
            names.LEDGER_ERRORS: lambda at: (at - began) // (9 * HOUR),
            names.LEDGER_BACKLOG: lambda at: 0,
            names.LEDGER_LATE: lambda at: 0,
            names.LEDGER_DROPPED: lambda at: 0,
            names.EVALUATOR: lambda at: 1,
            names.PASSED_OVER: lambda at: (at - began) // (8 * HOUR),
            names.CLOCK_AHEAD: lambda at: -0.012 + at % 3600 / 3e6,
            names.RELOAD_SUCCESSFUL: lambda at: 1,
            names.RELOAD_SUCCESS: lambda at: began,
            names.RELOAD_FAILURES: lambda at: 0,
            names.DEMANDS_REFUSED: lambda at: (at - began) // (7 * HOUR),
            names.CONNECTIONS: lambda at: 2 + at // HOUR % 3,
            names.CONNECTIONS_DROPPED: lambda at: (at - began) // (6 * HOUR),
        }.get(metric)


def _state(down: object, blind: bool) -> str:
    return "unknown" if blind else "down" if down else "up"


def _share(count: Value, share: float) -> Value:
    return lambda at: round(count(at) * share, 3)


_FAILURES = (names.CONDITION_FAILURE, names.IDP_FAILURE)
_OF_THE_REGISTER = range(names.TABLE.index(names.INCIDENTS_OPEN), names.TABLE.index(names.CHANGES_LATE) + 1)
_OF_THE_DAY = frozenset({names.FLAG, names.FLAG_SINCE, names.FLAG_GUARDED, names.IDP_SLOW, names.IDP_INTERMITTENT})
_OF_THE_YEAR: Mapping[Metric, Labels] = {
    names.CONDITION_SECONDS: {"state": "down"},
    names.HUB_SECONDS: {"state": "down"},
    names.AVAILABILITY: {"window": "rolling"},
    names.BUDGET_LEFT: {"window": "rolling"},
}
"""What some panel looks at over a year, minute by minute, and which of its series."""
_SLOWLY: Mapping[Metric, Labels] = {
    names.AVAILABILITY_UNKNOWN: {"window": "rolling"},
    names.AVAILABILITY_LOWEST: {"window": "rolling"},
    names.AVAILABILITY_HIGHEST: {"window": "rolling"},
    names.BUDGET: {},
    names.AVAILABILITY_GOAL: {},
    names.HUB_SECONDS: {"state": "unknown"},
    names.BUDGET_LEFT: {"window": "year"},
    names.HUB_BLIPS: {},
    names.HUB_BLIP_SECONDS: {},
}
"""The same of what may be sampled less often: as often as an instant looks back."""


def _sampling(metric: Metric, labels: Labels) -> tuple[int, int]:
    """For how long, and how often, in seconds."""
    for chosen, step in ((_OF_THE_YEAR, MINUTE), (_SLOWLY, 4 * MINUTE)):
        if metric in chosen and labels.items() >= chosen[metric].items():
            return YEAR, step
    if names.TABLE.index(metric) in _OF_THE_REGISTER and metric not in _OF_THE_DAY:
        return 30 * DAY, 4 * MINUTE
    return DAY, MINUTE


_VALUES: Mapping[str, Sequence[str]] = {
    "acr": ("eidas1",),
    "claim": ("given_name", "family_name", "birthdate", "preferred_username"),
    "backend": ("node-1", "node-2"),
    "cipher": ("TLS_AES_256_GCM_SHA384",),
    "client": ("witness",),
    "issuer": ("Let's Sign",),
    "tls_version": ("TLSv1.3",),
    "clock": ("take_in_hand", "escalation", "resolution", "blocking", "no_answer", "no_remark"),
    "condition": CONDITIONS,
    "fault": FAULTS,
    "host": ("fcp.example", "fip1.example", "auth.fip2.example:8443"),
    "hub": ("fc",),
    "ip": ("4", "6"),
    "idp": IDPS,
    "phase": ("dns", "connect", "tls", "first_byte", "transfer"),
    "notice": ("not_needed", "nobody", "late", "in_time"),
    "period": ("month", "rolling"),
    "reading": ("contract", "due"),
    "result": ("opened", "attached", "unchanged", "refused"),
    "severity": ("1", "2", "3", "4", "5"),
    "system": ("rt",),
    "target": ("resolver", "registrar"),  # of control
    "vantage": tuple(VANTAGES),
    "version": ("0.1.1",),
    "way": ("alertmanager", "api"),
    "window": ("rolling", "year"),
}
_STATES: Mapping[Metric, Sequence[str]] = {
    names.INCIDENTS_OPEN: ("new", "acknowledged", "in_hand", "waiting", "resolved"),
    names.FLAG: FLAGS,
}
_TARGETS: Sequence[Labels] = [
    {"hub": "fc", "kind": "mire"},
    {"hub": "fc", "kind": "identity", "idp": "impots"},
    {"hub": "fc", "kind": "identity", "idp": "ameli"},
    {"hub": "fc", "kind": "login-page", "idp": "laposte"},
    {"hub": "fc", "kind": "direct", "idp": "ameli"},
    {"kind": "control", "target": "resolver"},
    {"hub": "fc", "kind": "negative", "target": "client"},
]
_BEYOND: Mapping[str, Sequence[Labels]] = {
    "reason,step,fault": [
        {"step": "idp-login-page", "reason": "timeout", "fault": "idp"},
        {"step": "idp-login", "reason": "idp_error", "fault": "idp"},
        {"step": "mire", "reason": "not_the_mire", "fault": "hub"},
        {"step": "token", "reason": "token_error", "fault": "hub"},
        {"step": "redirect-to-idp", "reason": "idp_discovery", "fault": "idp"},
    ],
    "reason": [{"reason": "idp_not_offered"}, {"reason": "connect"}],
    "step": [{"step": step} for step in STEPS],
}


def _values(label: str) -> Sequence[str]:
    """What the label holds in the story: for one that has no part in it, the closed words
    that its explanation names.
    """
    return _VALUES.get(label) or re.findall("`([a-z_]+)`", names.LABELS[label]) or ("some",)


def _labellings(metric: Metric) -> Iterator[Labels]:
    """Every combination of labels that the metric has in the story."""
    if not set(names.TARGET) <= set(metric.labels):
        if metric is names.NEGATIVE_PASSED:
            yield from ({"hub": "fc", "target": target, "vantage": vantage} for target, vantage in product(("client", "idp"), VANTAGES))
            return
        if metric is names.SECURITY_OPEN:
            yield from ({"hub": "fc", "target": target} for target in ("client", "idp"))
            return
        if "title" in metric.labels:
            yield from (
                ({"hub": "fc", "idp": idp, "title": TITLES[idp]} for idp in IDPS)
                if "idp" in metric.labels
                else ({"hub": "fc", "title": TITLES["fc"]},)
            )
            return
        values = {label: _STATES.get(metric, ("up", "down", "unknown")) if label == "state" else _values(label) for label in metric.labels}
        yield from (dict(zip(values, combination, strict=True)) for combination in product(*values.values()))
        return
    further = [label for label in metric.labels if label not in names.TARGET]
    beyond = next((rows for labels, rows in _BEYOND.items() if set(labels.split(",")) == set(further)), None)
    rows = beyond or [dict(zip(further, combination, strict=True)) for combination in product(*map(_values, further))]
    targets = [target for target in _TARGETS if "idp" in target] if "step" in further else _TARGETS
    for target, vantage, row in product(targets, VANTAGES, rows):
        yield {**dict.fromkeys(metric.labels, ""), **target, "vantage": vantage, **row}
