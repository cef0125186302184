"""Sums up a configuration, for `vigie config check`."""

from dataclasses import dataclass
from fractions import Fraction

from probe.config.models import Config, Depth, Hub
from probe.core.judgement.observation import Kind
from probe.core.times import MINUTE_US


@dataclass(frozen=True, slots=True)
class HubSummary:
    """The counts of one hub.

    `per_minute` is exact: the journeys of each kind that start in a minute when nothing is late.
    """

    name: str
    issuer: str
    idps: int
    identity: int
    login_page: int
    control_idps: int
    backends: int
    per_minute: dict[Kind, Fraction]

    @property
    def journeys_per_minute(self) -> Fraction:
        return sum(self.per_minute.values(), Fraction())


@dataclass(frozen=True, slots=True)
class Summary:
    """The counts of the whole configuration. Control probes are journeys too, and in the total."""

    vantage: str
    hubs: tuple[HubSummary, ...]
    control_targets: int
    control_per_minute: Fraction

    @property
    def idps(self) -> int:
        return sum(hub.idps for hub in self.hubs)

    @property
    def journeys_per_minute(self) -> Fraction:
        return sum((hub.journeys_per_minute for hub in self.hubs), self.control_per_minute)


def summary(config: Config) -> Summary:
    """Return the counts, and the load that the watch puts on others."""
    targets = len(config.control.targets)
    return Summary(
        vantage=config.vantage,
        hubs=tuple(_hub(config, hub) for hub in config.hubs),
        control_targets=targets,
        control_per_minute=targets * Fraction(MINUTE_US, config.control.interval),
    )


def _hub(config: Config, hub: Hub) -> HubSummary:
    identity = sum(idp.depth is Depth.IDENTITY for idp in hub.idps)
    return HubSummary(
        name=hub.name,
        issuer=hub.issuer,
        idps=len(hub.idps),
        identity=identity,
        login_page=len(hub.idps) - identity,
        control_idps=sum(idp.control for idp in hub.idps),
        backends=len(hub.backends),
        per_minute=_per_minute(config, hub),
    )


def _per_minute(config: Config, hub: Hub) -> dict[Kind, Fraction]:
    """Count the mire once through the load balancer, and once for each node behind it."""
    rates = dict.fromkeys(Kind, Fraction())
    rates[Kind.MIRE] = (1 + len(hub.backends)) * _rate(hub.intervals.mire)
    rates[Kind.NEGATIVE] = sum((_rate(config.interval(hub, Kind.NEGATIVE, negative=each)) for each in hub.negative), Fraction())
    for idp in hub.idps:
        kind = Kind(idp.depth.value)
        rates[kind] += _rate(config.interval(hub, kind, idp))
        rates[Kind.DIRECT] += _rate(hub.intervals.direct) if idp.direct else 0
    return {kind: rate for kind, rate in rates.items() if rate}


def _rate(interval_us: int) -> Fraction:
    return Fraction(MINUTE_US, interval_us)
