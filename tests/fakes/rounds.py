"""The real prober and the real judgement over the simulated federation,
and how what they say is written down in a table.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

from probe.clock import SystemClock
from probe.config.load import load
from probe.config.models import Config
from probe.config.secrets import Secrets
from probe.core.judgement.condition import C1, C2, C3, HUB, State
from probe.core.judgement.corroboration import Neighbours
from probe.core.judgement.observation import Fault, Kind, Observation, Outcome, Reason, Step
from probe.core.judgement.subject import at_client
from probe.prober.once import Round, Rounds
from probe.prober.run import Prober
from probe.transport.resolve import Resolver
from simulator import Federation, config_writer

INTERVAL = "30s"
"""So long that the deadlines written are the longest: the real hub takes 33 s to say that its store
is gone.
"""

A, B = "impot_gouv", "msa"
"""The IdPs of most rows: the hub reads the metadata of the first at each choice,
and not the second's.
"""

Edit = Callable[[dict[str, Any]], None]
"""Changes `vigie.yml` as plain data."""


def configured(federation: Federation, *, edit: Edit | None = None, **settings: Any) -> Config:
    """The federation's own `vigie.yml`, written for other `Settings` than it was started with,
    and changed by `edit`.
    """
    started_with = federation.settings
    federation.world.offered = frozenset(settings.get("idps", ()))
    federation.settings = replace(started_with, **settings)
    try:
        document = config_writer.configuration(federation)
    finally:
        federation.settings = started_with
    document["hubs"][0]["negative"] = []
    del document["hubs"][0]["trusted_device"]
    if edit:
        edit(document)
    path = federation.state_dir / "watched.yml"
    path.write_text(yaml.safe_dump(document, allow_unicode=True), "utf-8")
    return load(path)


class Watching:
    """Rounds over one configuration. `seen` is every observation, settled,
    in the order it was recorded.
    """

    def __init__(self, config: Config, resolver: Resolver | None = None, known: Mapping[str, Neighbours] | None = None) -> None:
        """`known`: by hub, what a ledger says of the settings that passed."""
        self.seen: list[Observation] = []
        clock = SystemClock()
        self._rounds = Rounds(config, Secrets.read(config), clock, Prober(config, clock, resolver=resolver), known)

    async def round(self) -> "Found":
        return Found.of(await self._rounds.run(self.seen.append))


# --- what was seen, and how it stands -------------------------------------------------------------


@dataclass(frozen=True)
class Saw:
    """What one observation says."""

    outcome: Outcome
    fault: Fault | None = None
    reason: Reason | None = None
    step: Step | None = None
    code: str | None = None


OK = Saw(Outcome.OK)


def failed(fault: Fault, reason: Reason, step: Step, code: str | None = None) -> Saw:
    return Saw(Outcome.FAILED, fault, reason, step, code)


def inconclusive(fault: Fault | None, reason: Reason, step: Step, code: str | None = None) -> Saw:
    return Saw(Outcome.INCONCLUSIVE, fault, reason, step, code)


def said(observation: Observation) -> Saw:
    step = None if observation.outcome is Outcome.OK else observation.step
    return Saw(observation.outcome, observation.fault, observation.reason, step, observation.code)


@dataclass(frozen=True)
class Stands:
    """How the hub and its IdPs stand. What is named neither in `down` nor in `unknown` is up.

    `down`: subject -> whose fault; the hub's own names the condition it is down for instead.
    An IdP is a subject by its name.
    """

    down: Mapping[str, Fault | str | None] = field(default_factory=dict)
    unknown: frozenset[str] = frozenset()


def stands(down: Mapping[str, Fault | str | None], *unknown: str) -> Stands:
    return Stands(down, frozenset(unknown))


def all_up() -> Stands:
    return Stands()


def mire_missing(*idps: str) -> Stands:
    """C1 masks all the rest."""
    return stands({C1: Fault.HUB, HUB: C1}, C2, C3, *idps)


def identity_lost(*idps: str) -> Stands:
    """C2: every IdP authenticates, and the hub returns no identity;
    of the IdPs themselves nothing bad is known.
    """
    return stands({C2: Fault.HUB, HUB: C2}, *idps)


def unreachable(*idps: str, fault: Fault = Fault.HUB) -> Stands:
    """C3: the mire works, and no IdP can be reached through it.
    What becomes of identities nobody can tell.
    """
    return stands({C3: fault, HUB: C3}, C2, *idps)


def nothing_known(*idps: str) -> Stands:
    """Not even the mire."""
    return stands({}, C1, C2, C3, HUB, *idps)


def only_the_mire_known(*idps: str) -> Stands:
    return stands({}, C2, C3, HUB, *idps)


def idp_down(*idps: str) -> Stands:
    """These IdPs, by their own fault, and nothing else."""
    return stands(dict.fromkeys(idps, Fault.IDP))


@dataclass(frozen=True)
class Found:
    """A round, as the table writes it. `observations`: `mire`, an IdP's name,
    `direct IDP` or `control` -> what it says; `mire@CLIENT`, `IDP@CLIENT` of another client.
    """

    observations: Mapping[str, Saw]
    standing: Stands

    @classmethod
    def of(cls, done: Round) -> "Found":
        observations = {_name(each): said(each) for each in done.observations.values()}
        down: dict[str, Fault | str | None] = {}
        unknown = set()
        for (_, subject), (_, standing) in done.states.items():
            name = subject.removeprefix("idp:")
            match standing.state:
                case State.DOWN:
                    cause = standing.cause.fault if standing.cause else None
                    down[name] = standing.condition if subject == HUB else cause
                case State.UNKNOWN:
                    unknown.add(name)
                case State.BLIP:
                    raise AssertionError(f"{subject} is not confirmed at the end of a round")
        return cls(observations, Stands(down, frozenset(unknown)))

    @property
    def troubles(self) -> Mapping[str, Saw]:
        """What did not pass."""
        return {name: saw for name, saw in self.observations.items() if saw.outcome is not Outcome.OK}


def _name(observation: Observation) -> str:
    return at_client(_asked(observation), observation.client)


def _asked(observation: Observation) -> str:
    if observation.kind in (Kind.IDENTITY, Kind.LOGIN_PAGE):
        return observation.idp or ""
    if observation.kind is Kind.DIRECT:
        return f"direct {observation.idp}"
    return observation.kind.value
