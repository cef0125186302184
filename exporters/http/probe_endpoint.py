"""Journeys on demand by /probe: reads the query, limits the journeys, and makes the answer.

Each journey costs the hub and an IdP a login. Therefore a target runs on demand only once at a
time, and not again until `pause_us` after its last journey, and only a few targets run at once.
The answer to other requests says when to come back.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import parse_qsl

from prometheus_client import Info

from exporters.http.go_names import go_names
from exporters.metrics import names
from exporters.metrics.exposition import CachedPart
from exporters.metrics.live import lasted_us, phase_us, seconds, step_us
from exporters.metrics.readings import TargetReading, View
from probe.clock import Clock
from probe.core.judgement.observation import Observation, Outcome

_SWITCH = {"true": True, "false": False}


class BadQueryError(ValueError):
    """The query is not one that /probe takes.

    The text is for the caller, and repeats nothing of the request.
    """


class TooSoonError(Exception):
    """The target may not run now, but in `retry_after` whole seconds."""

    def __init__(self, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(retry_after)


@dataclass(frozen=True, slots=True)
class Demand:
    """A request for a journey. With `debug` the answer is a text for people.

    `deadline_us` is when the journey must end at the latest, from its start; None: when its own
    deadline has passed.
    """

    target: TargetReading
    debug: bool = False
    deadline_us: int | None = None


def parse(query: bytes, view: View, scrape_timeout: str = "") -> Demand:
    """Parse `hub=NAME[&idp=NAME][&debug=true|false][&timeout_offset=SECONDS]`, each at most once.

    An absent or empty `idp` asks for the mire. `scrape_timeout` is what Prometheus says of itself:
    after so many seconds it no longer waits. The journey then ends `timeout_offset` earlier, so
    that its answer still arrives; 0.5 s when it is not written, as the Go exporter does.

    Raises BadQueryError.
    """
    fields = _fields(query)
    debug = _SWITCH.get(fields.get("debug", "false"))
    if debug is None:
        raise BadQueryError("debug must be true or false")
    hub, idp = fields.get("hub", ""), fields.get("idp", "")
    if hub not in {one.name for one in view.hubs}:
        raise BadQueryError(f"hub must be one of: {_listed(one.name for one in view.hubs)}")
    target = view.on_demand(hub, idp)
    if target is None:
        known = next(one.idps for one in view.hubs if one.name == hub)
        raise BadQueryError(f"idp must be empty or one of: {_listed(one.name for one in known)}")
    return Demand(target, debug, _deadline_us(scrape_timeout, fields.get("timeout_offset", _OFFSET)))


_OFFSET = "0.5"
_SECONDS = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,9})?")
SCRAPE_TIMEOUT = "x-prometheus-scrape-timeout-seconds"


def _deadline_us(scrape_timeout: str, offset: str) -> int | None:
    """Return the time that a scrape leaves, in microseconds; None where it says none, or 0, or less
    than the offset.

    Raises BadQueryError.
    """
    if not _SECONDS.fullmatch(offset):
        raise BadQueryError("timeout_offset must be a number of seconds")
    if scrape_timeout and not _SECONDS.fullmatch(scrape_timeout):
        raise BadQueryError("X-Prometheus-Scrape-Timeout-Seconds must be a number of seconds")
    left_us = _microseconds(scrape_timeout or "0") - _microseconds(offset)
    return left_us if left_us > 0 else None


def _microseconds(seconds_: str) -> int:
    return int(Decimal(seconds_) * 1_000_000)


def _fields(query: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(query.decode("ascii"), keep_blank_values=True, strict_parsing=bool(query), errors="strict", max_num_fields=4)
    except ValueError as error:  # no ASCII or UTF-8, no `=`, or too many fields
        raise BadQueryError("the query must be hub=NAME[&idp=NAME][&debug=true][&timeout_offset=SECONDS]") from error
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise BadQueryError("each parameter may be given once")
    if not fields.keys() <= {"hub", "idp", "debug", "timeout_offset"}:
        raise BadQueryError("the parameters are hub, idp, debug and timeout_offset")
    return fields


def _listed(known: Iterator[str]) -> str:
    return ", ".join(known) or "(none)"


class Gate:
    """Limits the journeys on demand: `at_once` at a time, and `pause_us` between two of one target.

    Times are monotonic microseconds. A target is remembered for `pause_us` after its journey.
    """

    def __init__(self, clock: Clock, pause_us: int, at_once: int) -> None:
        self._clock, self._pause_us, self._at_once = clock, pause_us, at_once
        self._running: dict[TargetReading, int] = {}  # target -> since when
        self._ended: dict[TargetReading, int] = {}

    @contextmanager
    def passing(self, target: TargetReading) -> Iterator[None]:
        """Reserve the target while its journey runs. Raises TooSoonError."""
        now = self._clock.monotonic_us()
        self._ended = {one: at for one, at in self._ended.items() if at + self._pause_us > now}
        if target in self._ended:
            raise TooSoonError(_whole_seconds(self._ended[target] + self._pause_us - now))
        if target in self._running or len(self._running) >= self._at_once:
            raise TooSoonError(_whole_seconds(self._pause_us))
        self._running[target] = now
        try:
            yield
        finally:
            del self._running[target]
            self._ended[target] = self._clock.monotonic_us()


def _whole_seconds(us: int) -> int:
    return max(1, -(-us // 1_000_000))


def answer(observation: Observation) -> CachedPart:
    """Make the metrics of one journey.

    They are gauges only: a counter that starts again with each scrape would count nothing.
    """
    made = CachedPart()
    made.gauge(names.PROBE_SUCCESS).set(observation.outcome is Outcome.OK)
    made.gauge(names.PROBE_INCONCLUSIVE).set(observation.outcome is Outcome.INCONCLUSIVE)
    made.gauge(names.PROBE_DURATION).set(seconds(lasted_us(observation)))
    if observation.outcome is not Outcome.OK:
        failure = Info(names.PROBE_FAILURE.name.removesuffix("_info"), names.PROBE_FAILURE.help, registry=made.registry)
        failure.info({"step": observation.step or "", "reason": observation.reason or "", "fault": observation.fault or ""})
    steps, phases, expiry = made.gauge(names.PROBE_STEP), made.gauge(names.PROBE_PHASE), made.gauge(names.PROBE_CERTIFICATE)
    for step, us in step_us(observation).items():
        steps.labels(step).set(seconds(us))
    for phase, us in phase_us(observation).items():
        phases.labels(phase).set(seconds(us))
    for hop in observation.hops:
        if hop.certificate_expires_us is not None:
            expiry.labels(hop.host).set(seconds(hop.certificate_expires_us))
    go_names(made, observation)
    return made
