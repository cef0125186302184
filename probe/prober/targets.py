"""Lists the targets that a configuration asks to probe, with their keys in the scheduler."""

from collections.abc import Iterator
from dataclasses import dataclass

from probe.config.models import Config, Depth, Hub, IdP
from probe.core.judgement.observation import Kind, Observation
from probe.core.judgement.retry import RetryTarget
from probe.core.judgement.subject import at_client
from probe.prober.scheduler import Urgency


@dataclass(frozen=True, slots=True)
class Watched:
    """One journey that is run at an interval.

    `kind` is the configured one; the lock-out guard may run a shallower journey in its place.
    `hub` is empty for a control target. `name` is the `idp` of its observations. `client` makes the
    journey; empty means the main one.
    """

    kind: Kind
    hub: str = ""
    name: str | None = None
    backend: str | None = None
    interval_us: int = 0
    client: str = ""

    @property
    def key(self) -> str:
        """The target's key in the scheduler.

        It is unique, and stable across restarts, as its hash decides the target's phase.
        """
        key = "/".join((self.hub, self.kind.value, self.name or "", self.backend or ""))
        return at_client(key, self.client)


def watched(config: Config) -> list[Watched]:
    """Return all targets of a configuration, the hubs' before the control targets."""
    of_hubs = [target for hub in config.hubs for target in _of_hub(config, hub)]
    return of_hubs + [Watched(Kind.CONTROL, name=target.name, interval_us=config.control.interval) for target in config.control.targets]


def _of_hub(config: Config, hub: Hub) -> Iterator[Watched]:
    mire = config.interval(hub, Kind.MIRE)
    yield Watched(Kind.MIRE, hub.name, interval_us=mire)
    for backend in hub.backends:
        yield Watched(Kind.MIRE, hub.name, backend=backend, interval_us=mire)
    for idp in hub.idps:
        yield Watched(journey_kind(idp), hub.name, idp.name, interval_us=config.interval(hub, journey_kind(idp), idp))
        if idp.direct:
            yield Watched(Kind.DIRECT, hub.name, idp.name, interval_us=config.interval(hub, Kind.DIRECT, idp))
    for negative in dict.fromkeys(hub.negative):
        yield Watched(Kind.NEGATIVE, hub.name, negative.value, interval_us=config.interval(hub, Kind.NEGATIVE, negative=negative))
    for client in hub.clients:
        yield from _of_client(config, hub.as_seen_by(client), client.name)


def _of_client(config: Config, hub: Hub, client: str) -> Iterator[Watched]:
    """Yield the targets of another client than the main one, which asks no IdP without the hub."""
    yield Watched(Kind.MIRE, hub.name, interval_us=config.interval(hub, Kind.MIRE), client=client)
    for idp in hub.idps:
        kind = journey_kind(idp)
        yield Watched(kind, hub.name, idp.name, interval_us=config.interval(hub, kind, idp), client=client)


def journey_kind(idp: IdP) -> Kind:
    """Return the kind of journey that an IdP's `depth` asks for."""
    return Kind.IDENTITY if idp.depth is Depth.IDENTITY else Kind.LOGIN_PAGE


def asked_as(target: Watched) -> RetryTarget | None:
    """Return the name of this target in `probe.core.judgement.retry`.

    None means that no retry ever asks for it.
    """
    if target.backend is not None:
        return None
    return Kind.IDENTITY if target.kind is Kind.LOGIN_PAGE else target.kind, target.name


def matches(target: Watched, observation: Observation, retry: RetryTarget) -> bool:
    """Return whether a retry that an observation asks for means this target."""
    client = asking_client(observation, retry)
    return (target.hub, target.client) == (observation.hub, client) and asked_as(target) == retry


def asking_client(observation: Observation, retry: RetryTarget) -> str:
    """Return the client that makes a journey because of an observation: the same one."""
    return "" if retry[0] is Kind.DIRECT else observation.client


def urgency(retry: RetryTarget, observation: Observation) -> Urgency:
    """Return how soon a target is run again because of an observation.

    The mire comes at once, as its absence masks all other conditions. The failed target is
    confirmed before the other targets are compared with it.
    """
    if retry[0] is Kind.MIRE:
        return Urgency.AT_ONCE
    return Urgency.FIRST if retry[1] == observation.idp else Urgency.NEXT
