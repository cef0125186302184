"""Builds the SP's authorization request: the link that the citizen clicks on.

It reads the hub's metadata where an endpoint depends on them, and draws state, nonce and PKCE.
"""

import base64
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from probe.config import resolve
from probe.config.models import Pkce
from probe.config.resolve import ResolvedEndpoints
from probe.core.judgement.attribution import Party
from probe.core.judgement.detail import DetailKind
from probe.core.judgement.observation import Reason, Step
from probe.core.judgement.sighting import Aspect
from probe.journeys import details
from probe.journeys.details import Trusted
from probe.journeys.exchange import Answer, Ask, Channel, Verdict
from probe.journeys.site import Entropy
from probe.journeys.turned_away import turned_away
from probe.journeys.walk import Symptom, Walk
from probe.oidc.client_auth import challenge
from probe.oidc.documents import load_object, text_of
from probe.oidc.published import metadata_traits

FRESH_US = 600_000_000  # how long metadata and keys are used: the hub says `max-age=600`
# In base64url 43 and 64 characters: the hub wants a nonce of 22 or more, RFC 7636 a verifier of
# 43 to 128.
_STATE_BYTES, _VERIFIER_BYTES = 32, 48


@dataclass(frozen=True, slots=True)
class Request:
    """One authorization request, and the values that its callback is checked against."""

    url: str = field(repr=False)
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str | None = field(repr=False)
    endpoints: ResolvedEndpoints
    issuer_in_callback: bool  # RFC 9207, section 2.4: the callback must carry `iss`


def text_from(entropy: Entropy, count: int) -> str:
    """Return `count` random bytes as base64url without padding."""
    return base64.urlsafe_b64encode(entropy(count)).rstrip(b"=").decode("ascii")


def prepare(
    walk: Walk, entropy: Entropy, now_us: int, wrong: Mapping[str, str | None] | None = None
) -> Generator[Ask, Answer, Request | Verdict]:
    """Return the request that sends the browser to the hub, or a verdict when there is none.

    `now_us` is the start of the journey in UTC microseconds. `wrong` replaces parameters in a
    negative journey; None leaves one out.
    """
    site = walk.site
    trouble = yield from refresh_metadata(walk, now_us)
    metadata = walk.memory.metadata or {}
    endpoints = resolve.endpoints(site.hub, site.profile, metadata)
    if endpoints.authorization is None:
        detail = walk.detail(DetailKind.ENDPOINT_MISSING, ("authorization",))
        return trouble or walk.stop(Symptom(check=Reason.HUB_ERROR, detail=detail), Step.DISCOVERY)
    state, nonce = text_from(entropy, _STATE_BYTES), text_from(entropy, _STATE_BYTES)
    verifier = text_from(entropy, _VERIFIER_BYTES) if _uses_pkce(walk, metadata) else None
    for secret in (state, nonce, verifier):
        walk.redactor.hide(secret)
    right = _parameters(walk, state, nonce, verifier)
    walk.parameters = {name: value for name, value in (right | dict(wrong or {})).items() if value is not None}
    url = _with_query(endpoints.authorization, walk.parameters)
    says_iss = site.profile.issuer_in_callback or metadata.get("authorization_response_iss_parameter_supported") is True
    return Request(url, state, nonce, verifier, endpoints, says_iss)


def _parameters(walk: Walk, state: str, nonce: str, verifier: str | None) -> dict[str, str]:
    sp = walk.site.hub.sp
    parameters = {
        "response_type": "code",
        "client_id": sp.client_id,
        "redirect_uri": sp.redirect_uri,
        "scope": sp.scope,
        "state": state,
        "nonce": nonce,
    }
    if sp.acr_values:
        parameters["acr_values"] = sp.acr_values
    if verifier:
        parameters |= {"code_challenge": challenge(verifier), "code_challenge_method": "S256"}
    return parameters | sp.authorize_parameters


def _with_query(url: str, parameters: Mapping[str, str]) -> str:
    """Add parameters to a URL, and keep the query that the endpoint has already (RFC 6749, 3.1)."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query=urlencode(parse_qsl(parts.query, keep_blank_values=True) + list(parameters.items()))))


def _pkce(walk: Walk) -> Pkce:
    """Return the SP's setting. `auto` means what the hub's profile says, and then its metadata."""
    site = walk.site
    return site.profile.pkce if site.hub.sp.pkce is Pkce.AUTO else site.hub.sp.pkce


def _uses_pkce(walk: Walk, metadata: Any) -> bool:
    setting = _pkce(walk)
    offered = metadata.get("code_challenge_methods_supported")
    return setting is Pkce.S256 or (setting is Pkce.AUTO and isinstance(offered, list) and "S256" in offered)


def _metadata_due(walk: Walk, now_us: int) -> bool:
    """Tell whether the metadata must be read: an endpoint needs them, or they are old.

    They are not read before every journey:
    a metadata document that hangs must not look like a mire that is not displayed.
    """
    known = resolve.endpoints(walk.site.hub, walk.site.profile, walk.memory.metadata)
    if known.discovery is None:
        return False
    if not (known.authorization and known.token and known.userinfo):
        return True
    asked = walk.memory.metadata_asked_us
    fixed = resolve.endpoints(walk.site.hub, walk.site.profile)
    useful = _pkce(walk) is Pkce.AUTO or not (fixed.authorization and fixed.token and fixed.userinfo)
    return useful and (asked is None or not 0 <= now_us - asked < FRESH_US)


def refresh_metadata(walk: Walk, now_us: int) -> Generator[Ask, Answer, Verdict | None]:
    """Read the hub's metadata into memory when they are due (OpenID Connect Discovery 1.0, 4).

    Returns the verdict when they could not be read. It matters only to a caller that needs them:
    a hub whose metadata are down for a while still logs citizens in,
    and the services keep the metadata that they read before.
    """
    memory, url = walk.memory, resolve.endpoints(walk.site.hub, walk.site.profile).discovery
    if url is None or not _metadata_due(walk, now_us):
        return None
    if walk.site.party(url) is not Party.HUB:
        return walk.stop(Symptom(check=Reason.UNEXPECTED_HOST, detail=walk.unexpected_host(url)), Step.DISCOVERY)
    answer = yield Ask(Step.DISCOVERY, "GET", url, Channel.BACK)
    # Set after the answer, or a journey that runs meanwhile would take them for unknown.
    memory.metadata_asked_us = now_us
    if answer.error:
        return walk.stop(Symptom(transport=answer.error, detail=details.of_connection(walk.redactor, answer)), Step.DISCOVERY)
    document = load_object(answer.body)
    if answer.status != 200 and turned_away(answer):
        return walk.stop(Symptom(check=Reason.TURNED_AWAY, status=answer.status), Step.DISCOVERY)
    if answer.status != 200 or document is None:
        detail = walk.detail(DetailKind.NOT_JSON, ("metadata",)) if answer.status == 200 else None
        return walk.stop(Symptom(check=Reason.HTTP_STATUS, status=answer.status, detail=detail), Step.DISCOVERY)
    if document.get("issuer") != walk.site.hub.issuer:  # Discovery, section 4.3: MUST be identical
        came, wanted = (text_of(document, "issuer", 500) or "",), (Trusted(walk.site.hub.issuer),)
        return walk.stop(Symptom(check=Reason.ISSUER_MISMATCH, detail=walk.detail(DetailKind.ISSUER, came, wanted)), Step.DISCOVERY)
    memory.metadata = document
    memory.published_us[Aspect.METADATA] = now_us
    walk.note(Aspect.METADATA, lambda: metadata_traits(document))
    return None
