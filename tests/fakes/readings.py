"""A small watched world for the exporter's tests: one hub, two IdPs,
a history that can be told what to say.
"""

from dataclasses import replace
from functools import lru_cache
from math import isnan

from prometheus_client.metrics_core import Metric as Family
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from exporters.metrics.exposition import Format
from exporters.metrics.names import Metric
from exporters.metrics.readings import HubView, IdpView, Snapshot, TargetReading, View
from probe.core.judgement.observation import Fault, Hop, Kind, Observation, Outcome, Reason, Step, Tile
from probe.errors import VigieError
from tests.builders import MINUTE, observation

START = 1_767_225_600_000_000

ALPHA, BETA = IdpView("alpha", "uid-alpha", "Alpha & fils", claims=("email",), levels=("eidas1",)), IdpView("beta", "uid-beta")
MIRE = TargetReading(Kind.MIRE, "fc")
NODE = TargetReading(Kind.MIRE, "fc", backend="node1")
IDENTITY = TargetReading(Kind.IDENTITY, "fc", "alpha")
LOGIN_PAGE = TargetReading(Kind.LOGIN_PAGE, "fc", "beta")
DIRECT = TargetReading(Kind.DIRECT, "fc", "alpha")
CONTROL = TargetReading(Kind.CONTROL, target="elsewhere")
NEGATIVE = TargetReading(Kind.NEGATIVE, "fc", target="client")
VIEW = View(
    "local",
    (HubView("fc", "Fédération", (ALPHA, BETA)),),
    (MIRE, NODE, IDENTITY, LOGIN_PAGE, DIRECT, CONTROL, NEGATIVE),
    ("hub.example", "alpha.example:8443"),
    systems=("desk",),
)
WITHOUT_BETA = replace(VIEW, hubs=(replace(VIEW.hubs[0], idps=(ALPHA,)),), targets=tuple(one for one in VIEW.targets if one.idp != "beta"))


def seen(target: TargetReading, outcome: Outcome = Outcome.OK, *, at: int = START, lasts: int = 1_000_000, **more: object) -> Observation:
    """An observation of a target that started at `at` and lasted `lasts` microseconds."""
    made = observation(
        target.kind,
        at,
        outcome,
        lasts_us=lasts,
        interval_us=MINUTE,
        hub=target.hub or "fc",
        idp=target.idp or target.target or None,
        backend=target.backend or None,
    )
    return replace(made, **more)  # type: ignore[arg-type]


def failed(target: TargetReading, step: Step, reason: Reason, fault: Fault) -> Observation:
    return seen(target, Outcome.FAILED, step=step, reason=reason, fault=fault)


TILES = (Tile("uid-alpha", True), Tile("uid-beta", False), Tile("uid-of-nobody", True))
HOPS = (
    Hop(Step.AUTHORIZE, "GET", "hub.example", "/api/v2/authorize", 303, 0, 1_000, 2_000, 3_000, 40_000, 500, 46_500, None, START + 10**12),
    Hop(Step.MIRE, "GET", "hub.example", "/api/v2/interaction/*", 200, 15_000, None, None, None, 60_000, 1_500, 61_500),
    Hop(Step.MIRE, "GET", "hub.example", "/api/v2/interaction/*", 200, 15_000, None, None, None, 60_000, 1_500, 61_500),
)


class History:
    """Satisfies `Durable` with what a test puts in it."""

    def __init__(self, snapshot: Snapshot | None = None) -> None:
        self.says = snapshot or Snapshot()
        self.readable = True

    def snapshot(self, now_us: int) -> Snapshot:
        if not self.readable:
            raise VigieError("the ledger cannot be read")
        return self.says


def parsed(page: bytes, fmt: Format = Format.TEXT) -> dict[str, Family]:
    """Families by name, through the client library's own parser;
    a family that comes twice fails.
    """
    families = list((parse_text if fmt is Format.TEXT else parse_openmetrics)(page.decode()))
    found = {family.name: family for family in families}
    assert len(found) == len(families), "a family comes twice"
    return found


@lru_cache(maxsize=16)  # one page is asked for many values
def samples(page: bytes, fmt: Format = Format.TEXT) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """(sample name, labels that are not empty) -> value; a series that comes twice fails."""
    found: dict[tuple[str, frozenset[tuple[str, str]]], float] = {}
    for family in parsed(page, fmt).values():
        for sample in family.samples:
            key = sample.name, frozenset((name, value) for name, value in sample.labels.items() if value)
            assert key not in found, f"{key} comes twice"
            found[key] = sample.value
    return found


def value(page: bytes, metric: Metric, suffix: str = "", **labels: str) -> float | None:
    """One sample's value, or None when there is no such series.
    Absent labels are those not given.
    """
    name = metric.name + suffix
    lines = [
        line
        for line in page.decode().splitlines(keepends=True)
        if line.startswith((f"{name}{{", f"{name} ", f"# HELP {metric.name} ", f"# TYPE {metric.name} "))
    ]
    # the parser is slow on a whole page
    return samples("".join(lines).encode()).get((name, frozenset(labels.items())))


def comparable(found: dict[tuple[str, frozenset[tuple[str, str]]], float]) -> dict[tuple[str, frozenset[tuple[str, str]]], float | None]:
    """The same with None for NaN, which equals nothing."""
    return {key: None if isnan(count) else count for key, count in found.items()}


def of(target: TargetReading) -> dict[str, str]:
    """The labels of a target that are not empty."""
    return {name: text for name, text in target.labels("local").items() if text}
