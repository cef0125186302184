"""Remembers which connections were looked at lately.

What costs more than the journey needs is looked at once a minute for each place: how a connection
is secured, and the other family of addresses. A run that does not go on record starts with a memory
of its own, so that it takes no look from those that do.
"""

from dataclasses import dataclass, field

from probe.core.times import MINUTE_US

AGAIN_US = MINUTE_US
MOST_PLACES = 1_000


class Looks:
    """When the connections to each place (`host:port`) were looked at last, in monotonic time.

    It forgets what is older than a minute, and the oldest of more than `MOST_PLACES`.
    """

    def __init__(self) -> None:
        self._looked_us: dict[str, int] = {}  # the oldest first

    def __len__(self) -> int:
        return len(self._looked_us)

    def are_due(self, place: str, now_us: int) -> bool:
        """Tell whether the place was not looked at for a minute."""
        return now_us - self._looked_us.get(place, now_us - AGAIN_US) >= AGAIN_US

    def done(self, place: str, now_us: int) -> None:
        """Note a look."""
        self._looked_us.pop(place, None)
        while self._looked_us:
            oldest, looked_us = next(iter(self._looked_us.items()))
            if now_us - looked_us < AGAIN_US and len(self._looked_us) < MOST_PLACES:
                break
            del self._looked_us[oldest]
        self._looked_us[place] = now_us


@dataclass(slots=True)
class ConnectionLooks:
    """The looks at how connections are secured, and at the families of addresses."""

    secured: Looks = field(default_factory=Looks)
    families: Looks = field(default_factory=Looks)
