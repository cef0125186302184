"""What an identity journey asks for, and what the account depends on, out of the configuration.

docs/domain.md, "The same account": the persona must keep its account, and get the claims that the
scope promises.
"""

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from probe.config.models import Hub, IdP, PageProfile


def claims_asked(profile: PageProfile, hub: Hub, idp: IdP) -> tuple[str, ...]:
    """Return the claims that are asked for, in order: those that the profile says the scopes
    promise, and those of the persona.
    """
    promised = (claim for scope in hub.sp.scope.split() for claim in profile.scopes.get(scope, ()))
    return tuple(dict.fromkeys([*promised, *(idp.persona or {})]))


def levels_named(profile: PageProfile, hub: Hub) -> tuple[str, ...]:
    """Return the levels of assurance that the configuration names: the profile's, in their order,
    then those that the SP asks for or expects.
    """
    return tuple(dict.fromkeys([*profile.levels, *(hub.sp.acr_values or "").split(), *hub.sp.expected_acr]))


def levels_asked(hub: Hub) -> tuple[str, ...]:
    """Return the levels that the SP expects, else those that it asks for; an empty one for none."""
    return tuple(hub.sp.expected_acr) or tuple((hub.sp.acr_values or "").split()) or ("",)


def expected_levels(profile: PageProfile, hub: Hub) -> tuple[str, ...]:
    """Return the levels that an id_token may say; none: any.

    They are those of `expected_acr`; without it those of `acr_values`, and whatever the profile
    says is higher: a level is asked for as a minimum.
    """
    asked = (hub.sp.acr_values or "").split()
    return tuple(hub.sp.expected_acr) or tuple(dict.fromkeys([*asked, *_above(asked, profile.levels)]))


def _above(asked: Iterable[str], levels: list[str]) -> list[str]:
    """Return the levels above the lowest of those that are asked for."""
    known = [levels.index(level) for level in asked if level in levels]
    return levels[min(known) :] if known else []


def account_settings(hub: Hub, idp: IdP, username: str) -> str:
    """Return all on which the account depends: client and sector, IdP, persona and user name.

    The sector is the host of the redirect URI (OpenID Connect Core 1.0, section 8.1). The text
    holds personal values: only a salted digest of it is ever kept.
    """
    sector = urlsplit(hub.sp.redirect_uri).netloc
    since = idp.sub_since.isoformat() if idp.sub_since else None
    return _canonical([hub.issuer, hub.sp.client_id, sector, idp.tile, idp.persona, username, since])


def person_values(profile: PageProfile, hub: Hub, idp: IdP) -> str:
    """Return the persona's values by which the hub tells people apart.

    Empty when the profile does not say which these are, or when the persona lacks one. The text
    holds personal values, as that of `account_settings` does.
    """
    values = [(idp.persona or {}).get(claim) for claim in profile.person]
    return _canonical([hub.issuer, hub.sp.client_id, profile.person, values]) if values and None not in values else ""


def _canonical(content: Any) -> str:
    return json.dumps(content, sort_keys=True, separators=(",", ":"))
