"""What is kept of an identity: the names of its claims, its level, and salted digests.

The identity itself is compared and dropped (`probe.oidc.userinfo`).
"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from probe.core.judgement.observation import OTHER_ACR, ReturnedIdentity
from probe.journeys.site import JourneySite
from probe.oidc.userinfo import came

_DIGITS = 16


def returned_identity(site: JourneySite, salt: bytes, claims: Mapping[str, Any], subject: str, acr: str | None) -> ReturnedIdentity:
    """Return what is kept of `claims`. `subject` and `acr` are the checked id_token's.

    Without a salt there are no digests.
    """
    return ReturnedIdentity(
        acr=_level(acr, site.levels),
        came=tuple(name for name in site.claims_asked if came(claims, name)),
        absent=tuple(name for name in site.claims_asked if not came(claims, name)),
        account=_digest(salt, "account", site.hub.issuer, site.client.client_id, subject),
        settings=_digest(salt, "settings", site.account_settings),
        person=_digest(salt, "person", site.person_values) if site.person_values else "",
    )


def _level(acr: str | None, levels: tuple[str, ...]) -> str:
    return "" if acr is None else acr if acr in levels else OTHER_ACR


def _digest(salt: bytes, *parts: str) -> str:
    """Return a keyed digest (HMAC with SHA-256) of some texts; empty without a salt."""
    if not salt:
        return ""
    content = b"".join(len(part).to_bytes(8) + part for part in (text.encode("utf-8", "surrogatepass") for text in parts))
    return hmac.new(salt, content, hashlib.sha256).hexdigest()[:_DIGITS]
