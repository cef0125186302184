"""Digests of our own settings, by the part of a journey that depends on them.

`probe.core.judgement.own_setup` says what the parts are. A digest is the same in every process and
at every vantage that has the same settings. No password, secret or key is in any: a new one is no
new setting. A setting that has its default is in none either: so a later version, which has more
settings, makes the same digests.

The persona's values must not be guessed from the ledger, where the digests are kept. So its digest
is made by a function that is slow on purpose (scrypt, RFC 7914), of all its values together with
the name of the account, which the ledger does not hold; and it is short.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from pydantic import BaseModel

from probe.config import resolve
from probe.config.models import Chooser, Config, ControlTarget, Hub, IdP, PageProfile
from probe.core.judgement.observation import Kind, SetupPart
from probe.core.judgement.own_setup import IN_ORDER

_DIGITS = 8
_COST = 2**12  # a few milliseconds, once for each persona
_MEMORY = 2**25  # bytes, at most

_MET = {
    Kind.MIRE: IN_ORDER[:2],
    Kind.LOGIN_PAGE: IN_ORDER[:3],
    Kind.IDENTITY: IN_ORDER,
}
"""The parts that a journey of each kind may meet."""

_NO_PAGES = {"codes", "levels", "scopes", "person"}
"""Of a page profile, what says nothing of the way."""

_AFTER_THE_CHOICE = {"consent", "steps"}
"""Of a page profile, what the mire does not depend on."""


def setup_digests(config: Config, hub: Hub, idp: IdP | None, kind: Kind, username: str) -> Mapping[SetupPart, str]:
    """Return the digest of each part on which a journey of this kind depends.

    `username` is the account's; empty where the IdP has none.
    """
    if kind is Kind.DIRECT and idp is not None and idp.direct is not None:
        return {SetupPart.DIRECT: _digest(_plain(idp.direct))}
    values = _of_hub(config, hub, resolve.profile(config, hub)) | (_of_idp(config, hub, idp) if idp is not None else {})
    digests = {part: _digest(values[part]) for part in _MET.get(kind, ()) if part in values}
    if kind is Kind.IDENTITY and idp is not None:
        digests[SetupPart.CLAIMS] = _persona_digest(_canonical([_claims_asked(hub), idp.tile, idp.persona, username]), hub.issuer, idp.name)
    return digests


def control_digest(target: ControlTarget) -> Mapping[SetupPart, str]:
    """Return the digest of what a control target is asked for and expected to answer."""
    return {SetupPart.CONTROL: _digest(_plain(target))}


def client_digest(hub: Hub) -> str:
    """Return the digest of the client: who it is, at which hub."""
    return _digest(_client(hub))


def _client(hub: Hub) -> list[str]:
    return [hub.issuer, hub.sp.client_id]


def _of_hub(config: Config, hub: Hub, profile: PageProfile) -> dict[SetupPart, Any]:
    sp = hub.sp
    client = _client(hub)
    pages = {name: value for name, value in _plain(profile).items() if name not in _NO_PAGES}
    request = [
        *(client, _plain(sp, "redirect_uri", "scope", "acr_values", "authorize_parameters", "pkce")),
        *(_plain(hub.endpoints), hub.hosts),
    ]
    answers = [client, _plain(sp, "scope", "acr_values", "id_token_alg"), sp.decryption_key is not None, _plain(hub.endpoints)]
    return {
        SetupPart.CLIENT: client,
        SetupPart.MIRE: [
            request,
            {name: value for name, value in pages.items() if name not in _AFTER_THE_CHOICE},
            *_own_login(config, hub, profile),
        ],
        SetupPart.RETURN: [request, pages],
        SetupPart.TOKEN: [
            answers,
            _plain(sp, "expected_acr", "client_auth", "redirect_uri", "pkce", "clock_skew"),
            _plain(profile, "nonce_required"),
        ],
        SetupPart.USERINFO: [answers, _plain(sp, "userinfo")],
    }


def _own_login(config: Config, hub: Hub, profile: PageProfile) -> Iterator[Any]:
    """How the login page looks by which a hub without a chooser is recognised."""
    if profile.chooser is Chooser.NONE:
        yield from (_plain(recipe) for idp in hub.idps[:1] if (recipe := resolve.recipe(config, idp)))


def _of_idp(config: Config, hub: Hub, idp: IdP) -> dict[SetupPart, Any]:
    recipe = resolve.recipe(config, idp)
    login = [hub.issuer, idp.tile, idp.hosts, _plain(recipe) if recipe else None]
    return {SetupPart.LOGIN_PAGE: login, SetupPart.LOGIN: login}


def _claims_asked(hub: Hub) -> list[Any]:
    return [hub.issuer, hub.sp.client_id, hub.sp.scope, hub.sp.acr_values, hub.sp.authorize_parameters]


def _plain(model: BaseModel, *names: str) -> dict[str, Any]:
    """Return the settings of these names, or all, that do not have their defaults."""
    return model.model_dump(mode="json", include=set(names) or None, exclude_defaults=True, warnings=False)


def _canonical(content: Any) -> str:
    return json.dumps(content, sort_keys=True, separators=(",", ":"))


def _digest(content: Any) -> str:
    return hashlib.sha256(_canonical(content).encode()).hexdigest()[:_DIGITS]


@lru_cache(maxsize=1_000)
def _persona_digest(content: str, issuer: str, idp: str) -> str:
    salt = hashlib.sha256(f"vigie persona {issuer} {idp}".encode()).digest()
    return hashlib.scrypt(content.encode(), salt=salt, n=_COST, r=8, p=1, maxmem=_MEMORY, dklen=_DIGITS // 2).hex()
