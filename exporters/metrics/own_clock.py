"""Shows by how much this prober's clock differs from those of the hosts that it asks."""

from exporters.metrics import names
from exporters.metrics.exposition import CachedPart
from probe.core.judgement.observation import Observation
from probe.core.judgement.own_clock import ClockVoice, ahead_by_clock, off_by_us, remember_clocks


class OwnClockMeter(CachedPart):
    """The metric of our own clock."""

    def __init__(self) -> None:
        super().__init__()
        self._gauge = self.gauge(names.OWN_CLOCK_OFF)
        self._voices: dict[str, ClockVoice] = {}
        self._shown_us = 0

    def observed(self, observation: Observation) -> None:
        """Hear those whom a journey asked."""
        self._voices = remember_clocks(observation, self._voices)
        off_us = off_by_us(ahead_by_clock(self._voices).values())
        if off_us != self._shown_us:
            self._shown_us = off_us
            self._gauge.set(off_us / 1_000_000)
            self.touch()
