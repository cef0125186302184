"""The hub: an OpenID provider towards the SPs, a client towards the IdPs (docs/hub.md)."""

from simulator.hub.app import hub_app
from simulator.hub.state import SimulatedHub

__all__ = ["SimulatedHub", "hub_app"]
