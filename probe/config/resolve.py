"""Resolves names in the configuration: profiles, recipes, endpoints, and the hosts of a journey."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from probe.config import formats, profiles
from probe.config.models import CodeTable, Config, Hub, IdP, LoginRecipe, PageProfile, PathName
from probe.config.patterns import bounded
from probe.core.judgement.hub_codes import NO_CODES, HubCodes

HUB = "hub"
SP = "sp"
_METADATA = {  # OpenID Connect Discovery 1.0, section 3
    PathName.AUTHORIZATION: "authorization_endpoint",
    PathName.TOKEN: "token_endpoint",
    PathName.USERINFO: "userinfo_endpoint",
    PathName.JWKS: "jwks_uri",
    PathName.END_SESSION: "end_session_endpoint",  # OpenID Connect RP-Initiated Logout 1.0, 2.1
}


def idp_party(name: str) -> str:
    """Return the name of an IdP in the result of `hosts`."""
    return f"idp:{name}"


@dataclass(frozen=True, slots=True)
class ResolvedEndpoints:
    """Absolute URLs; None where neither the configuration nor the metadata give one.

    `discovery` is None when the hub has no metadata.
    """

    discovery: str | None = None
    authorization: str | None = None
    token: str | None = None
    userinfo: str | None = None
    jwks: str | None = None
    end_session: str | None = None


def profile(config: Config, hub: Hub) -> PageProfile:
    """Return the hub's page profile: inline, under `profiles:`, or built in.

    Raises KeyError on a name that the loader would have refused.
    """
    if isinstance(hub.profile, PageProfile):
        return hub.profile
    return config.profiles.get(hub.profile) or profiles.built_in(hub.profile)


def hub_codes(page_profile: PageProfile) -> HubCodes:
    """Return the meaning of the hub's error codes; `NO_CODES` when the profile has none.

    The profile lists its own classes, or names a built-in table.
    """
    named = page_profile.codes
    if named is None:
        return NO_CODES
    return profiles.built_in_codes(named) if isinstance(named, CodeTable) else HubCodes(named, bounded)


def recipe(config: Config, idp: IdP) -> LoginRecipe | None:
    """Return the IdP's login recipe: inline or under `recipes:`.

    Raises KeyError on a name that the loader would have refused.
    """
    return config.recipes[idp.recipe] if isinstance(idp.recipe, str) else idp.recipe


def endpoints(hub: Hub, page_profile: PageProfile, metadata: Mapping[str, Any] | None = None) -> ResolvedEndpoints:
    """Return each endpoint: from `endpoints:`, else the profile's paths, else the metadata.

    A value of the metadata is used only when it is an http or https URL.
    Whether its host may be asked is decided by `hosts`.
    """
    urls = {name.value: _endpoint(name, hub, page_profile, metadata or {}) for name in _METADATA}
    return ResolvedEndpoints(discovery=_discovery(hub, page_profile), **urls)


def _endpoint(name: PathName, hub: Hub, page_profile: PageProfile, metadata: Mapping[str, Any]) -> str | None:
    explicit: str | None = getattr(hub.endpoints, name.value)
    if explicit:
        return explicit
    if name in page_profile.paths:
        return _under_issuer(hub, page_profile.paths[name])
    return _usable(metadata.get(_METADATA[name]))


def _discovery(hub: Hub, page_profile: PageProfile) -> str | None:
    if not page_profile.discovery:
        return None
    return _under_issuer(hub, page_profile.paths.get(PathName.DISCOVERY, "/.well-known/openid-configuration"))


def _under_issuer(hub: Hub, path: str) -> str:
    return hub.issuer.rstrip("/") + path


def _usable(value: Any) -> str | None:
    try:
        return formats.check_url(value) if isinstance(value, str) else None
    except ValueError:
        return None


def hosts(config: Config, hub: Hub, idp: IdP | None = None) -> dict[str, str]:
    """Return the hosts that a journey may ask, as `host:port` -> `hub`, `idp:<name>` or `sp`.

    With `idp` only that IdP's hosts are in it, else those of every IdP.
    A host of both the hub and an IdP belongs to the hub. A host without a port stands for 443,
    and also for 80 when the issuer is http.
    """
    parties: dict[str, str] = {}
    for party, places in _claims(config, hub, (idp,) if idp else tuple(hub.idps)):
        for place in places:
            parties.setdefault(place, party)
    return parties


def _claims(config: Config, hub: Hub, idps: tuple[IdP, ...]) -> list[tuple[str, list[str]]]:
    plain = hub.issuer.startswith("http:")
    resolved = endpoints(hub, profile(config, hub))
    urls = [hub.issuer, resolved.authorization, resolved.token, resolved.userinfo, resolved.jwks, resolved.end_session, resolved.discovery]
    of_hub = [formats.authority(url) for url in urls if url] + _authorities(hub.hosts, plain)
    return [(HUB, of_hub), *((idp_party(idp.name), _idp_hosts(idp, plain)) for idp in idps), (SP, [formats.authority(hub.sp.redirect_uri)])]


def _idp_hosts(idp: IdP, plain: bool) -> list[str]:
    return _authorities(idp.hosts, plain) + ([formats.authority(idp.direct.url)] if idp.direct else [])


def _authorities(written: list[str], plain: bool) -> list[str]:
    addresses = [formats.parse_address(text) for text in written]
    ports = (443, 80) if plain else (443,)
    return [str(formats.Address(each.host, port)) for each in addresses for port in ((each.port,) if each.port else ports)]


def party_of(url: str, known: Mapping[str, str]) -> str | None:
    """Return the party whose host an absolute URL is on, out of the result of `hosts`.

    None when the host is nobody's, or the URL is no http or https URL.
    """
    try:
        return known.get(formats.authority(url))
    except (ValueError, KeyError):
        return None
