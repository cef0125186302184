"""All situations. The modules add theirs when they are imported."""

from tests.cases import http, network, oidc, pages, recipes
from tests.cases.situation import SITUATIONS

MODULES = (pages, http, oidc, network, recipes)

__all__ = ["MODULES", "SITUATIONS"]
