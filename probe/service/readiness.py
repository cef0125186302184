"""Decides whether the service is ready, and measures how late the ledger is."""

from collections.abc import Mapping, Sequence

from exporters.http.texts import Pending, ServiceNotice
from probe.clock import Clock
from probe.core.judgement.observation import JOURNEYS, Kind, Observation
from probe.ledger.recorder import Recorder
from probe.prober.targets import Watched

BEHIND_US = 60_000_000
"""An observation that waits longer than this for the ledger makes the service not ready, since
everything that it shows is older still."""


class Readiness:
    """The state of the watch for /readyz. Its caller reports the events; it reads the recorder."""

    def __init__(self, recorder: Recorder, clock: Clock) -> None:
        self._recorder = recorder
        self._clock = clock
        self._targets: Mapping[str, Watched] = {}
        self._unseen: set[str] = set()
        self._writable = True
        self._store_away = False
        self._undelivered = 0
        self._undelivered_since_us = 0
        self._reload_refused = False

    def expect(self, targets: Mapping[str, Watched]) -> None:
        """Expect these targets from now on. Each new one, unless negative, must be seen once."""
        new = {key for key, target in targets.items() if key not in self._targets and target.kind is not Kind.NEGATIVE}
        self._unseen = (self._unseen | new) & targets.keys()
        self._targets = targets

    def recorded(self, observation: Observation) -> None:
        self._writable = True
        self._unseen -= {key for key in self._unseen if _is_of(self._targets.get(key), observation)}

    def write_failed(self) -> None:
        self._writable = False

    def reloaded(self, ok: bool) -> None:
        """Take note that a configuration was taken or refused."""
        self._reload_refused = not ok

    def store_away(self, away: bool) -> None:
        self._store_away = away

    def undelivered(self, observations: int, oldest_us: int) -> None:
        """Take note of how many observations wait to be delivered to a shared store.

        `oldest_us`: when the oldest of them ended, in UTC microseconds.
        """
        self._undelivered, self._undelivered_since_us = observations, oldest_us

    @property
    def waiting(self) -> int:
        """The number of observations that wait for the ledger or for the shared store."""
        return self._recorder.waiting + self._undelivered

    def late_us(self) -> int:
        """Return for how many microseconds the oldest observation has waited, for the ledger or
        for the shared store.
        """
        since_us = self._undelivered_since_us if self._undelivered else 0
        return max(self._recorder.late_us, self._clock.now_us() - since_us if since_us else 0)

    def pending(self) -> Sequence[Pending]:
        """Return why the service is not ready; empty when it is.

        The ledger refuses, observations wait too long for it, or a target was not seen yet.
        """
        holds = {
            Pending.LEDGER_NOT_WRITABLE: not self._writable or self._store_away,
            Pending.LEDGER_BEHIND: self.late_us() > BEHIND_US,
            Pending.FIRST_ROUND: bool(self._unseen),
        }
        return [why for why, applies in holds.items() if applies]

    def notices(self) -> Sequence[ServiceNotice]:
        """Return what somebody should know of a service that is ready all the same."""
        return [ServiceNotice.RELOAD_REFUSED] if self._reload_refused else []


def _is_of(target: Watched | None, observation: Observation) -> bool:
    """Return whether an observation is of a target.

    A shallower journey counts too: the lock-out guard runs it while the account is stopped.
    """
    if target is None or (target.name, target.backend, target.client) != (observation.idp, observation.backend, observation.client):
        return False
    if target.kind is Kind.CONTROL:
        return observation.kind is Kind.CONTROL
    kinds = JOURNEYS if target.kind in JOURNEYS else (target.kind,)
    return target.hub == observation.hub and observation.kind in kinds
