"""What the judgement needs to know of a hub's configuration, and nothing else.

A spec is written into the ledger when it takes effect, so that a replay judges each observation by
the settings of its day.
"""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class IdpSpec:
    """One IdP as the judgement sees it."""

    name: str
    # its journey fetches an identity (depth `identity`), not only a login page
    identity: bool = True
    # run by the operator behind the hub; never offered to citizens, so never part of C3
    control: bool = False
    interval_us: int = 60_000_000  # of its journey: how precisely its outages' edges are known


@dataclass(frozen=True, slots=True)
class HubSpec:
    """One hub as the judgement sees it. Durations are microseconds.

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
    client: str = ""  # the SP's client_id: a new client has not been seen to work yet

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "HubSpec":
        """Raises TypeError or KeyError when `data` was not written by `to_json`."""
        return cls(**{**data, "idps": tuple(IdpSpec(**idp) for idp in data["idps"])})
