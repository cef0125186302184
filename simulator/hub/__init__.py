"""The hub: an OIDC provider towards the SPs, an OIDC client towards the IdPs (docs/hub.md)."""

from simulator.hub.app import hub_app
from simulator.hub.state import Hub

__all__ = ["Hub", "hub_app"]
