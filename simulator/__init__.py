"""A federation to demo, test and measure against: a hub, seven IdPs and a civil registry in one process.

It behaves as the real hub does (`docs/hub.md`) and fails on command (`simulator.faults`). It shares
nothing with the rest of the project but HTTP, so that what it proves of the monitor it proves from
outside.
"""

from simulator.federation import Federation
from simulator.settings import Lifetimes, Settings

__all__ = ["Federation", "Lifetimes", "Settings"]
