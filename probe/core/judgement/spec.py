"""What the judgement needs to know of a hub's configuration, and nothing else.

A spec is written into the ledger when it takes effect, so that a replay judges each observation by
the settings of its day.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import Any


class Edge(StrEnum):
    """Where an outage ends: at the start or at the finish of the first good observation."""

    START = "start"  # as Vigie 0.1 did
    FINISH = "finish"


RULES_OF_0_1, RULES = 1, 2
"""Editions of the rules of the judgement: that of Vigie 0.1, and the present one.

What differs: docs/judgement.md, "Editions of the rules"."""


@dataclass(frozen=True, slots=True)
class IdpSpec:
    """One IdP as the judgement sees it.

    `tile`: the uid under which the mire offers it; empty in settings that Vigie 0.1 wrote.
    """

    name: str
    # its journey fetches an identity (depth `identity`), not only a login page
    identity: bool = True
    # run by the operator behind the hub; never offered to citizens, so never part of C3
    control: bool = False
    interval_us: int = 60_000_000  # of its journey: how precisely its outages' edges are known
    tile: str = ""


@dataclass(frozen=True, slots=True)
class ClientSpec:
    """Another client of a hub than the main one, as the judgement sees it.

    `client` is its client_id. `idps` are those at which it logs in; without any, it has no C3.
    `mire_us` is the interval of its mire, in microseconds.
    """

    name: str
    client: str
    idps: tuple[IdpSpec, ...] = ()
    mire_us: int = 30_000_000


@dataclass(frozen=True, slots=True)
class HubSpec:
    """One hub as the judgement sees it. Durations are microseconds.

    The defaults of `edge` and `rules` are what Vigie 0.1 did, as its settings do not name them.
    `edge`: where an outage ends. `rules`: the edition of the other rules.
    `grace_us` bounds how long a journey may last from its start to its recording. Time that lies
    further back than that is final, but for a run that is still being confirmed.
    """

    name: str
    idps: tuple[IdpSpec, ...]
    failures: int = 2
    successes: int = 2
    vouches: int = 3
    any_identity: bool = False  # C2 in its strict reading: one identity not returned is enough
    refused_credentials: int = 3
    grace_us: int = 120_000_000
    mire_us: int = 30_000_000  # interval of the mire: how precisely C1's edges are known
    # several vantages feed this hub's ledger (docs/judgement.md, "Several vantages")
    shared: bool = False
    quorum: int = 50  # percent: what more than this share of the vantages that report sees, holds
    min_vantages: int = 1  # fewer reporting: unknown
    # citizens choose an IdP on a page of the hub. Without one C3 does not exist
    chooser: bool = True
    # how long all vantages are turned away before that is the host's own doing
    turned_away_us: int = 600_000_000
    client: str = ""  # the SP's client_id: a new client has not been seen to work yet
    edge: Edge = Edge.START
    rules: int = RULES_OF_0_1
    clients: tuple[ClientSpec, ...] = ()  # beside the main one, which `client` and `idps` are about

    def as_seen_by(self, client: str) -> "HubSpec | None":
        """Return the settings by which the journeys of a client are judged; None where it is not
        one of this hub's. An empty name means the main client.
        """
        return _as_seen_by(self, client) if client else self

    @property
    def first_edition(self) -> bool:
        """Whether the rules are those of Vigie 0.1."""
        return self.rules == RULES_OF_0_1

    def to_json(self) -> dict[str, Any]:
        """Return the settings as the ledger keeps them.

        A setting that is younger than Vigie 0.1 is left out where it has its default, so that
        settings which 0.1 wrote are written the same again.
        """
        plain = asdict(self)
        plain["idps"] = _plain_idps(plain["idps"])
        plain["clients"] = tuple({**each, "idps": _plain_idps(each["idps"])} for each in plain["clients"])
        return _without(plain, _YOUNG)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "HubSpec":
        """Raises TypeError, ValueError or KeyError when `data` was not written by `to_json`."""
        idps = _idps(data["idps"])  # first: whatever is no object is a TypeError here
        clients = tuple(ClientSpec(**{**each, "idps": _idps(each["idps"])}) for each in data.get("clients", ()))
        spec = cls(**{**data, "idps": idps, "clients": clients})
        return replace(spec, edge=Edge(spec.edge))


@lru_cache(maxsize=256)
def _as_seen_by(spec: HubSpec, name: str) -> HubSpec | None:
    client = next((each for each in spec.clients if each.name == name), None)
    if client is None:
        return None
    chooser = spec.chooser and bool(client.idps)
    return replace(spec, idps=client.idps, client=client.client, mire_us=client.mire_us, clients=(), chooser=chooser)


def _idps(data: list[dict[str, Any]]) -> tuple[IdpSpec, ...]:
    return tuple(IdpSpec(**idp) for idp in data)


def _plain_idps(idps: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [_without(idp, _YOUNG_OF_IDP) for idp in idps]


_YOUNG: dict[str, Any] = {"chooser": True, "edge": Edge.START, "rules": RULES_OF_0_1, "clients": ()}
_YOUNG_OF_IDP: dict[str, Any] = {"tile": ""}
"""The settings that are younger than Vigie 0.1, with their defaults."""


def _without(plain: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in plain.items() if name not in defaults or value != defaults[name]}
