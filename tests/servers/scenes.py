"""A scene: something of the federation breaks while Vigie watches, is seen, is mended, and is over.
What does Vigie tell of it?
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.servers.federation import Federation
from tests.servers.vigie import CONDITIONS, PATIENCE_S, Vigie

_UNDER_WAY_S = 5.5
"""A journey may have been under way for its whole deadline when something broke, or was mended,
and it noticed.
"""

_DELAY_S = 3.0
"""Of a busy machine, and of the journey before the one that noticed, beside the interval."""


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
    # instants around each breaking, Unix seconds
    _broken: list[float] = field(default_factory=list)
    _mended: list[float] = field(default_factory=list)

    def breaks(self, how: Callable[[], object]) -> None:
        self._broken.append(time.time())
        how()
        self._broken.append(time.time())

    def sees(self, standings: Mapping[str, str], hub: str = "hub") -> None:
        """Wait until the metrics page says this of every condition and IdP of a hub,
        those not named being `up`.
        """
        wanted = dict.fromkeys((*CONDITIONS, *self.vigie.idps[hub]), "up") | dict(standings)
        self.vigie.until(lambda samples: self.vigie.standings(samples, hub) == wanted, f"{hub}: {wanted}")

    def mends(self, timeout_s: float = PATIENCE_S) -> None:
        """Mend everything, and wait until Vigie finds all well."""
        self._mended.append(time.time())
        self.federation.reset()
        self._mended.append(time.time())
        self.vigie.until_well(self._mended[-1], timeout_s)

    def ends(self) -> None:
        """Leave the federation whole and Vigie content, however far the scene got."""
        if self._broken and not self._mended:
            self.mends()

    def outages(self, hub: str = "hub") -> list[Told]:
        """What `vigie outages --json` tells of the scene: every outage since it began,
        all of them over, with the story's edges.
        """
        found = [outage for outage in self.vigie.outages() if outage["hub"] == hub]
        recent = [outage for outage in found if outage["end_us"] is None or outage["end_us"] > self.began_s * 1e6]
        for outage in recent:
            self._at_the_storys_edges(outage)
        return [Told(*(outage[name] for name in ("subject", "fault", "reason", "step", "code"))) for outage in recent]

    def _at_the_storys_edges(self, outage: Mapping[str, Any]) -> None:
        assert outage["end_us"] is not None, f"not over: {outage}"
        for edge, story in (("start", self._broken), ("end", self._mended)):
            at_s = outage[f"{edge}_us"] / 1e6
            off_s = at_s - story[0], at_s - story[-1]
            assert off_s[0] > -_UNDER_WAY_S, f"its {edge} is {off_s} s off the story's: {outage}"
            assert off_s[1] < self.interval_s + _DELAY_S, f"its {edge} is {off_s} s off the story's: {outage}"
