"""The synthetic person, as the IdPs, the registry and the SPs see it.

Source: docs/hub.md, "Identity and checks".
"""

import hashlib
import re
from collections.abc import Collection, Mapping
from typing import Any

REGISTRY_IDENTITY: dict[str, Any] = {
    "given_name": "Camille Odile",
    "given_name_array": ["Camille", "Odile"],
    "family_name": "EXEMPLE",
    "birthdate": "1971-03-14",
    "gender": "female",
    "birthplace": "75107",
    "birthcountry": "99100",
}
"""The identity in the civil registry. The SP gets this one, whatever the IdP wrote."""

EMAIL = "camille.exemple@sonde.example"

ACR_LEVELS = {"eidas1": 1, "eidas2": 2, "eidas3": 3}

_PIVOT = ("given_name", "given_name_array", "family_name", "birthdate", "gender", "birthplace", "birthcountry")
SCOPES: dict[str, tuple[str, ...]] = {
    "openid": (),
    "identite_pivot": _PIVOT,
    "profile": ("given_name", "given_name_array", "family_name", "birthdate", "gender", "preferred_username"),
    "birth": ("birthplace", "birthcountry"),
    "email": ("email",),
    "idp_birthdate": ("idp_birthdate",),
    "amr": ("amr",),
    "idp_id": ("idp_id",),
    **{name: (name,) for name in ("given_name", "family_name", "birthdate", "gender", "birthplace", "birthcountry", "preferred_username")},
}

_COG = re.compile(r"(2[AB]|\d\d)\d{3}")
_BIRTHDATE = re.compile(r"\d{4}-(?:(?:0[1-9]|1[0-2])-(?:0[0-9]|[12]\d|3[01])|00-00)")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def idp_identity(sub: str) -> dict[str, Any]:
    """Return an IdP's claims: the person's birth, and its own `sub`, e-mail and usual name."""
    identity = {key: value for key, value in REGISTRY_IDENTITY.items() if key != "given_name_array"}
    return {**identity, "sub": sub, "email": EMAIL, "preferred_username": "EXEMPLE-USAGE"}


def identity_faults(identity: Mapping[str, Any]) -> list[str]:
    """Return the names of the IdP's claims that the hub refuses (Y600006).

    The hub checks them before it asks the registry.
    """
    bad = [name for name in ("given_name", "family_name") if not 1 <= len(str(identity.get(name) or "")) <= 256]
    checks = {"birthdate": _BIRTHDATE, "birthcountry": _COG, "email": _EMAIL}
    if identity.get("birthcountry") == "99100":
        checks["birthplace"] = _COG
    bad += [name for name, pattern in checks.items() if not pattern.fullmatch(str(identity.get(name) or ""))]
    if identity.get("gender") not in ("male", "female", "unspecified"):
        bad.append("gender")
    return bad


def pairwise_sub(identity: Mapping[str, Any], entity: str) -> str:
    """Return the person's `sub` at one SP: 64 hex characters and `v1`, the same at every run."""
    civil = "|".join(str(identity[name]) for name in ("given_name", "family_name", "birthdate", "gender", "birthplace", "birthcountry"))
    person = hashlib.sha256(civil.encode()).hexdigest()
    return hashlib.sha256(f"{entity}|{person}".encode()).hexdigest() + "v1"


def released(identity: Mapping[str, Any], scopes: Collection[str]) -> dict[str, Any]:
    """Return the claims of `identity` that these scopes give."""
    names = {claim for scope in scopes for claim in SCOPES.get(scope, ())}
    return {name: value for name, value in identity.items() if name in names}
