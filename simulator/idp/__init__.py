"""An IdP: a real OIDC provider with its own login pages."""

from simulator.idp.app import idp_app

__all__ = ["idp_app"]
