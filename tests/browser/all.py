"""Every module of rows."""

from types import ModuleType

from tests.browser import answers, cookies, encodings, forms, handshakes, logins, policies, redirects, referrers, refreshes, trees, versions

MODULES: tuple[ModuleType, ...] = (
    redirects,
    referrers,
    cookies,
    refreshes,
    forms,
    trees,
    encodings,
    answers,
    policies,
    handshakes,
    versions,
    logins,
)
