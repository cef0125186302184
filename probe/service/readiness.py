"""Whether the service is ready: what it waits for, and how late the ledger is."""

from collections.abc import Mapping, Sequence

from exporters.http.texts import Pending
from probe.clock import Clock
from probe.core.judgement.observation import JOURNEYS, Kind, Observation
from probe.ledger.recorder import Recorder
from probe.prober.targets import Watched

BEHIND_US = 60_000_000
"""Not ready when an observation has waited longer than this for the ledger: what is shown is older still."""


class Readiness:
    """The state of the watch, as /readyz tells it. It is told what happens; it asks nobody but the recorder."""

    def __init__(self, recorder: Recorder, clock: Clock) -> None:
        self._recorder = recorder
        self._clock = clock
        self._targets: Mapping[str, Watched] = {}
        self._unseen: set[str] = set()
        self._writable = True
        self._store_away = False
        self._undelivered = 0
        self._undelivered_since_us = 0

    def expect(self, targets: Mapping[str, Watched]) -> None:
        """Watch these targets from now on. A new one has to be seen once, but for negative ones."""
        new = {key for key, target in targets.items() if key not in self._targets and target.kind is not Kind.NEGATIVE}
        self._unseen = (self._unseen | new) & targets.keys()
        self._targets = targets

    def recorded(self, observation: Observation) -> None:
        self._writable = True
        self._unseen -= {key for key in self._unseen if _is_of(self._targets.get(key), observation)}

    def write_failed(self) -> None:
        self._writable = False

    def store_away(self, away: bool) -> None:
        self._store_away = away

    def undelivered(self, observations: int, oldest_us: int) -> None:
        """How many observations wait to be delivered to a shared store, and when the oldest of them ended (UTC microseconds)."""
        self._undelivered, self._undelivered_since_us = observations, oldest_us

    @property
    def waiting(self) -> int:
        """How many observations are not yet where they belong."""
        return self._recorder.waiting + self._undelivered

    def late_us(self) -> int:
        """How long the oldest observation has waited for the ledger, and for the store that it shares, in microseconds."""
        since_us = self._undelivered_since_us if self._undelivered else 0
        return max(self._recorder.late_us, self._clock.now_us() - since_us if since_us else 0)

    def pending(self) -> Sequence[Pending]:
        """Why the service is not ready: the ledger refuses, what was seen waits too long for it, or not every target was seen once."""
        holds = {
            Pending.LEDGER_NOT_WRITABLE: not self._writable or self._store_away,
            Pending.LEDGER_BEHIND: self.late_us() > BEHIND_US,
            Pending.FIRST_ROUND: bool(self._unseen),
        }
        return [why for why, held in holds.items() if held]


def _is_of(target: Watched | None, observation: Observation) -> bool:
    """Whether an observation is of a target: by a shallower journey too, when the lock-out guard stopped the account."""
    if target is None or (target.name, target.backend) != (observation.idp, observation.backend):
        return False
    if target.kind is Kind.CONTROL:
        return observation.kind is Kind.CONTROL
    kinds = JOURNEYS if target.kind in JOURNEYS else (target.kind,)
    return target.hub == observation.hub and observation.kind in kinds
