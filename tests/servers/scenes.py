"""A scene: something of the federation breaks while Vigie watches, is seen, is mended, and is over. What does Vigie tell of it?"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.servers.federation import Federation
from tests.servers.vigie import CONDITIONS, PATIENCE_S, Vigie

_SLACK_S = 3.0
"""Edges are compared with the story's to within one interval, a journey under way and a busy machine's delays."""


@dataclass(frozen=True)
class Told:
    """One outage as `vigie outages --json` tells it, without its times."""

    subject: str
    fault: str
    reason: str
    step: str
    code: str | None = None


@dataclass
class Scene:
    """Begins when all is well. `breaks` -> `sees` -> `mends` -> `outages`."""

    vigie: Vigie
    federation: Federation
    interval_s: float
    began_s: float = field(default_factory=time.time)
    broken_s: float = 0.0
    mended_s: float = 0.0

    def breaks(self, how: Callable[[], object]) -> None:
        how()
        self.broken_s = self.broken_s or time.time()

    def sees(self, standings: Mapping[str, str], hub: str = "hub") -> None:
        """Wait until the metrics page says this of every condition and IdP of a hub, those not named being `up`."""
        wanted = dict.fromkeys((*CONDITIONS, *self.vigie.idps[hub]), "up") | dict(standings)
        self.vigie.until(lambda samples: self.vigie.standings(samples, hub) == wanted, f"{hub}: {wanted}")

    def mends(self, timeout_s: float = PATIENCE_S) -> None:
        """Mend everything, and wait until Vigie finds all well."""
        self.federation.reset()
        self.mended_s = time.time()
        self.vigie.until_well(self.mended_s, timeout_s)

    def ends(self) -> None:
        """Leave the federation whole and Vigie content, however far the scene got."""
        if not self.mended_s:
            self.mends()

    def outages(self, hub: str = "hub") -> list[Told]:
        """What `vigie outages --json` tells of the scene: every outage since it began, all of them over, with the story's edges."""
        found = [outage for outage in self.vigie.outages() if outage["hub"] == hub]
        recent = [outage for outage in found if outage["end_us"] is None or outage["end_us"] > self.began_s * 1e6]
        for outage in recent:
            self._at_the_storys_edges(outage)
        return [Told(*(outage[name] for name in ("subject", "fault", "reason", "step", "code"))) for outage in recent]

    def _at_the_storys_edges(self, outage: Mapping[str, Any]) -> None:
        assert outage["end_us"] is not None, f"not over: {outage}"
        near = self.interval_s + _SLACK_S
        edges = outage["start_us"] / 1e6 - self.broken_s, outage["end_us"] / 1e6 - self.mended_s
        assert all(-near < late_s < near for late_s in edges), f"off the story's edges by {edges} s: {outage}"
