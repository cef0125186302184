"""All situations. The modules add theirs when they are imported."""

from tests.cases import http, network, oidc, pages
from tests.cases.situation import SITUATIONS

MODULES = (pages, http, oidc, network)

__all__ = ["MODULES", "SITUATIONS"]
