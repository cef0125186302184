"""An IdP: a real OpenID provider with its own login pages."""

from simulator.idp.app import idp_app

__all__ = ["idp_app"]
