"""A federation for demonstrations, tests and measurements: a hub, seven IdPs and a civil registry.

All of it runs in one process. It behaves as the real hub does (`docs/hub.md`), and fails on command
(`simulator.faults`). It shares nothing with the rest of the project but HTTP,
so that a test of the monitor is a test from outside.
"""

from simulator.federation import Federation
from simulator.settings import Lifetimes, Settings

__all__ = ["Federation", "Lifetimes", "Settings"]
