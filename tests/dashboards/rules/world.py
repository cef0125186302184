"""The samples of a watched world, as Prometheus scrapes them: all series that the rules read.

Time begins at 0 s. All is well unless a story changes it. `None` is a missing sample,
as the scrape failed or the series ended; Prometheus then ends the series (a staleness marker).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from exporters.metrics import names
from exporters.metrics.names import Metric, Type

CLIENT = "eidas2"
HUB, IDPS, VANTAGE = "fc", ("alpha", "beta", "gamma"), "paris"
INSTANCE = "vigie:9464"
CONDITIONS = ("mire_missing", "identity_not_returned", "all_idps_unavailable")
CLAIMS = ("given_name", "email")
FLAGS = ("none", "proposed", "approved", "deactivated", "recovered")
LONG_AGO = -30 * 86_400.0
"""Seconds: when all that was well before the story began to be."""
Value = float | Callable[[float], float]
"""A constant, or a function of the time in seconds."""
Labels = frozenset[tuple[str, str]]


@dataclass
class SampledWatch:
    """`length` samples of each series, one every `step_s` seconds."""

    length: int = 120
    step_s: int = 30
    series: dict[tuple[str, Labels], list[float | None]] = field(default_factory=dict)

    def put(self, metric: Metric | str, value: Value, *, suffix: str = "", instance: str = INSTANCE, **labels: str) -> None:
        """A series. Raises AssertionError when the metric has other labels than these."""
        if isinstance(metric, Metric):
            given = set(labels) - ({"le"} if metric.kind is Type.HISTOGRAM else set())
            assert given <= set(metric.labels), f"{metric.name} has no {given - set(metric.labels)}"
        name = metric.name + suffix if isinstance(metric, Metric) else metric
        key = name, frozenset({"job": "vigie", "instance": instance, **labels}.items())
        self.series[key] = [value(n * self.step_s) if callable(value) else value for n in range(self.length)]

    def found(self, metric: Metric | str, **labels: str) -> Iterable[list[float | None]]:
        """The samples of the series that have these labels.
        Raises AssertionError when there is none.
        """
        name = metric.name if isinstance(metric, Metric) else metric
        found = [samples for (named, held), samples in self.series.items() if named == name and labels.items() <= held]
        assert found, f"{name} {labels}: no such series"
        return found

    def set(self, metric: Metric | str, value: Value, start: float, end: float | None = None, **labels: str) -> None:
        """From `start` to `end` (seconds; None: to the last), these series have this value."""
        for samples in self.found(metric, **labels):
            for n in self._between(start, end):
                samples[n] = value(n * self.step_s) if callable(value) else value

    def turn(self, metric: Metric, state: str, start: float, end: float | None = None, **labels: str) -> None:
        """From `start` to `end` these subjects are in this state, and in no other."""
        self.set(metric, 0, start, end, **labels)
        self.set(metric, 1, start, end, **labels, state=state)

    def grow(self, metric: Metric | str, by: float, start: float, end: float | None = None, **labels: str) -> None:
        """From `start` on these counters are higher: by `by` at once, or, given an end,
        by `by` a second until then.
        """
        for samples in self.found(metric, **labels):
            for n in self._between(start, None):
                grown = by if end is None else by * (min(n * self.step_s, end) - start)
                samples[n] = (samples[n] or 0) + grown

    def end(self, start: float, until: float | None = None, **labels: str) -> None:
        """The series that have these labels end (and come back, where `until` is given)."""
        ended = [samples for (_, held), samples in self.series.items() if labels.items() <= held]
        assert ended, f"{labels}: no such series"
        for samples in ended:
            for n in self._between(start, until):
                samples[n] = None

    def lose(self, start: float, end: float | None = None, instance: str = INSTANCE) -> None:
        """The scrapes of an instance fail."""
        self.end(start, end, instance=instance)
        self.set("up", 0, start, end, instance=instance)

    def miss(self, every_s: int, first: float = 0) -> None:
        """One scrape of every instance fails every so many seconds."""
        instances = {dict(held)["instance"] for _, held in self.series}
        for n in self._between(first + every_s, None):
            if (n * self.step_s - first) % every_s == 0:
                for instance in instances:
                    self.lose(n * self.step_s, (n + 1) * self.step_s, instance)

    def restart(self, at: float) -> None:
        """The process ends and begins again: a scrape fails, live counters start at 0,
        nothing was run yet.
        """
        after = self._between(at, None)
        for (name, _), samples in self.series.items():
            base = samples[after[0]] or 0
            for n in after:
                value = samples[n] or 0
                if name in _LIVE_COUNTERS:
                    samples[n] = value - base
                elif name in _LIVE_INSTANTS and value < at:
                    samples[n] = 0  # not since the process began
        for shown in (names.IDP_SELECTABLE, names.IDP_DISPLAYED):
            self.set(shown, 0, at, at + 2 * self.step_s)
        self.set("process_start_time_seconds", at, at)
        self.set(names.RELOAD_SUCCESS, at, at)
        self.lose(at, at + self.step_s)

    def _between(self, start: float, end: float | None) -> range:
        last = self.length if end is None else min(self.length, -(-int(end) // self.step_s))
        return range(-(-int(start) // self.step_s), last)

    def input_series(self) -> list[dict[str, str]]:
        """The series as promtool's tests write them."""
        return [
            {"series": _named(name, held), "values": " ".join("stale" if one is None else f"{one:.15g}" for one in samples)}
            for (name, held), samples in self.series.items()
        ]


def _named(name: str, held: Labels) -> str:
    labels = ",".join(f'{label}="{value}"' for label, value in sorted(held))
    return f"{name}{{{labels}}}"


_LIVE_COUNTERS = {
    metric.name
    for metric in (
        names.RUNS, names.FAILED_RUNS, names.INCONCLUSIVE, names.CLIENT_INCONCLUSIVE, names.SKIPPED, names.OVERSLEPT,
        names.LEDGER_ERRORS, names.LEDGER_DROPPED,
    )
} | {f"{names.SCHEDULE_LAG.name}_bucket"}  # fmt: skip
_LIVE_INSTANTS = {names.LAST_RUN.name, names.MIRE_SEEN.name}


def well(length: int = 120, step_s: int = 30) -> SampledWatch:
    """A hub with three IdPs, watched from one place, and nothing wrong."""
    world = SampledWatch(length, step_s)
    vantage(world, INSTANCE, VANTAGE)
    return world


def vantage(world: SampledWatch, instance: str, name: str) -> None:
    """One prober's page: what it reads from the ledger, and what it saw itself."""

    def put(metric: Metric | str, value: Value, suffix: str = "", **labels: str) -> None:
        world.put(metric, value, suffix=suffix, instance=instance, **labels)

    put("up", 1)
    put("process_start_time_seconds", LONG_AGO)
    _hub(put)
    for idp in IDPS:
        _idp(put, idp)
    _support(put)
    _live(put, name)


Put = Callable[..., None]


def _state(put: Put, metric: Metric, **labels: str) -> None:
    for state in ("up", "down", "unknown"):
        put(metric, state == "up", **labels, state=state)


def _hub(put: Put) -> None:
    _state(put, names.HUB_STATE, hub=HUB)
    put(names.HUB_BLIPS, 0, hub=HUB)
    for state in ("up", "down", "unknown"):
        put(names.HUB_SECONDS, _second if state == "up" else 0, hub=HUB, state=state)
    for condition in CONDITIONS:
        _state(put, names.CONDITION_STATE, hub=HUB, condition=condition)
        put(names.CONDITION_SINCE, LONG_AGO, hub=HUB, condition=condition)
        for fault in ("hub", "idp"):
            put(names.CONDITION_FAULT, 0, hub=HUB, condition=condition, fault=fault)
    for window in ("rolling", "year"):
        put(names.AVAILABILITY_GOAL, 0.999, hub=HUB, window=window)
        put(names.UNKNOWN_TIME, 3600, hub=HUB, window=window)
        put(names.UNKNOWN_LIMIT, 315_360, hub=HUB, window=window)
        put(names.BUDGET, 31_536, hub=HUB, window=window)
        put(names.BUDGET_LEFT, 31_536, hub=HUB, window=window)
    put(names.LEDGER_SETTLED, lambda at: at - 120, hub=HUB)
    put(names.LEDGER_READABLE, 1)
    put(names.CHANGES_LATE, 1, hub=HUB)
    for notice in ("not_needed", "nobody", "late", "in_time"):
        put(names.CHANGES_SEEN, 1, hub=HUB, notice=notice)
    for target in ("client", "idp"):
        put(names.SECURITY_OPEN, 0, hub=HUB, target=target)
    _client(put)


def _client(put: Put) -> None:
    """A second client, which logs in at one IdP."""
    _state(put, names.CLIENT_STATE, hub=HUB, client=CLIENT)
    put(names.CLIENT_SINCE, LONG_AGO, hub=HUB, client=CLIENT)
    _state(put, names.CLIENT_IDP_STATE, hub=HUB, client=CLIENT, idp=IDPS[0])
    put(names.CLIENT_IDP_SINCE, LONG_AGO, hub=HUB, client=CLIENT, idp=IDPS[0])
    put(names.CLIENT_NEVER_PASSED, 0, hub=HUB, client=CLIENT)
    put(names.CLIENT_NEVER_PASSED, 0, hub=HUB, client=CLIENT, idp=IDPS[0])


def _idp(put: Put, idp: str) -> None:
    _state(put, names.IDP_STATE, hub=HUB, idp=idp)
    put(names.IDP_SINCE, LONG_AGO, hub=HUB, idp=idp)
    put(names.IDP_BLIPS, 0, hub=HUB, idp=idp)
    put(names.ACCOUNT_SUSPENDED, 0, hub=HUB, idp=idp)
    put(names.NEVER_PASSED, 0, hub=HUB, idp=idp)
    put(names.ACCOUNT_CHANGED, 0, hub=HUB, idp=idp)
    put(names.ACCOUNT_DIFFERS, 0, hub=HUB, idp=idp)
    for claim in CLAIMS:
        put(names.CLAIM_RETURNED, 1, hub=HUB, idp=idp, claim=claim, acr="eidas1")
        put(names.CLAIM_LOST, 0, hub=HUB, idp=idp, claim=claim)
    put(names.IDP_SLOW, 0, hub=HUB, idp=idp)
    put(names.IDP_INTERMITTENT, 0, hub=HUB, idp=idp)
    put(names.FLAG_GUARDED, 0, hub=HUB, idp=idp)
    for state in FLAGS:
        put(names.FLAG, state == "none", hub=HUB, idp=idp, state=state)


def _support(put: Put) -> None:
    for clock in ("take_in_hand", "escalation", "resolution", "blocking", "no_answer", "no_remark"):
        put(names.INCIDENT_DEADLINE, 0, clock=clock)
        put(names.INCIDENTS_OVERDUE, 0, clock=clock)
    put(names.ESCALATION_LAG, 2)
    put(names.REGISTER_SEEN, _just_now)
    for period in ("month", "rolling"):
        put(names.INDICATOR_RECEIVED, 40, period=period)
        for reading in ("contract", "due"):
            put(names.INDICATOR, 0.975, period=period, reading=reading)
    put(names.OUTBOX_OLDEST, 0, system="rt")
    put(names.OUTBOX_DEAD, 0, system="rt")
    put(names.TICKET_SYSTEM_FAILING, 0, system="rt")


def _live(put: Put, vantage: str) -> None:
    """Labels that are empty are not there."""
    targets: list[tuple[float, dict[str, str]]] = [
        (30, {"hub": HUB, "kind": "mire"}),
        (30, {"hub": HUB, "kind": "mire", "backend": "node1"}),
        *((60, {"hub": HUB, "kind": "identity", "idp": idp}) for idp in IDPS[:2]),
        (60, {"hub": HUB, "kind": "login-page", "idp": IDPS[2]}),
        *((60, {"hub": HUB, "kind": "direct", "idp": idp}) for idp in IDPS),
        *((30, {"kind": "control", "target": target}) for target in ("resolver", "registrar")),
        *((600, {"hub": HUB, "kind": "negative", "target": target}) for target in ("client", "idp")),
    ]
    for interval, labels in targets:
        put(names.RUNS, lambda at, interval=interval: 1 + at // interval, vantage=vantage, **labels)
        put(names.SKIPPED, 0, vantage=vantage, **labels)
        put(names.LAST_RUN, lambda at, interval=interval: max(1, at - at % interval), vantage=vantage, **labels)
        put(names.FAILED_RUNS, 0, vantage=vantage, fault="hub", **labels)
    for reason in ("tiles_greyed", "turned_away", "client_unknown", "prober_error"):
        put(names.INCONCLUSIVE, 0, hub=HUB, kind="mire", vantage=vantage, reason=reason)
    put(names.CLIENT_INCONCLUSIVE, 0, hub=HUB, client=CLIENT, kind="mire", vantage=vantage, reason="client_unknown")
    put(names.MIRE_SEEN, _just_now, hub=HUB, vantage=vantage)
    for idp in IDPS:
        put(names.IDP_DISPLAYED, 1, hub=HUB, idp=idp, vantage=vantage)
        put(names.IDP_SELECTABLE, 1, hub=HUB, idp=idp, vantage=vantage)
        for run in ("regular", "retry", "demand"):
            put(names.LOGINS_WITHHELD, 0, hub=HUB, idp=idp, vantage=vantage, run=run)
    for target in ("client", "idp"):
        put(names.NEGATIVE_PASSED, 0, hub=HUB, target=target, vantage=vantage)
    for target in ("resolver", "registrar"):
        _state(put, names.CONTROL_STATE, target=target, vantage=vantage)
    _state(put, names.BACKEND_STATE, hub=HUB, backend="node1", vantage=vantage)
    put(names.CREDENTIAL_VALIDITY, 0, hub=HUB, which="client_secret")
    put(names.CREDENTIAL_VALIDITY, 0, hub=HUB, idp="alpha", which="password")
    for host in ("hub.example", "alpha.example"):
        put(names.CERTIFICATE_EXPIRY, 60 * 86_400, host=host)
        for ip in ("4", "6"):
            put(names.HOST_FAMILY, 1, host=host, ip=ip)
        put(names.HOST_TLS, 1, host=host, tls_version="TLSv1.3", cipher="TLS_AES_256_GCM_SHA384", issuer="Let's Sign")
    for edge in ("0.1", "5.0", "30.0", "+Inf"):
        put(names.SCHEDULE_LAG, lambda at: at / 5, suffix="_bucket", le=edge)
    put(names.OVERSLEPT, 0)
    put(names.OWN_CLOCK_OFF, 0)
    put(names.LOOP_STALLS, 0)
    put(names.LEDGER_ERRORS, 0)
    put(names.LEDGER_BACKLOG, 0)
    put(names.LEDGER_LATE, 0)
    put(names.LEDGER_DROPPED, 0)
    put(names.HEARTBEAT_INTERVAL, 60)
    put(names.HEARTBEAT_SENT, lambda at: at - at % 60)
    for name, rate in (("alertmanager_notifications_total", 0.01), ("alertmanager_notifications_failed_total", 0.0)):
        for integration in ("email", "webhook"):
            put(name, lambda at, rate=rate: rate * at, integration=integration)
    put(names.RELOAD_SUCCESSFUL, 1)
    put(names.RELOAD_SUCCESS, LONG_AGO)


def _second(at: float) -> float:
    return 1_000_000 + at


def _just_now(at: float) -> float:
    return at + 0.5
