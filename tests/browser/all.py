"""Every module of rows."""

from types import ModuleType

from tests.browser import redirects, referrers

MODULES: tuple[ModuleType, ...] = (redirects, referrers)
