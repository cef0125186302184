"""The configuration of the hub: LemonLDAP::NG as OpenID Connect client of the identity providers
and provider of the services.

Keys are LemonLDAP::NG 2.16's own. What is not named here keeps its default.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

TEMPLATES = Path("/usr/share/lemonldap-ng/portal/templates")
BACK_CHANNEL_TIMEOUT_S = 3
"""How long the hub waits for an identity provider's token or userinfo endpoint (FranceConnect's own
limit is 6 s).
"""


@dataclass(frozen=True)
class Upstream:
    """An identity provider as the hub knows it."""

    name: str
    title: str
    client_id: str
    client_secret: str
    metadata: dict[str, Any]
    jwks: dict[str, Any]


@dataclass(frozen=True)
class Service:
    """A client of the hub."""

    name: str
    client_id: str
    client_secret: str
    redirect_uri: str
    require_pkce: bool
    ask_consent: bool
    after_logout: str = ""
    token_seconds: int = 3_600


@dataclass(frozen=True)
class HubSettings:
    host: str
    port: int
    directory: Path
    upstreams: Sequence[Upstream] = field(default=())
    services: Sequence[Service] = field(default=())
    logs_in_itself: bool = False
    """No chooser and no identity provider: it asks for its own demonstration accounts."""

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"


def write(settings: HubSettings) -> Path:
    """Write the hub's configuration under its directory.
    Returns the path of its lemonldap-ng.ini.
    """
    directory = settings.directory
    for name in ("conf", "cache", "sessions/lock", "psessions/lock"):
        (directory / name).mkdir(parents=True, exist_ok=True)
    (directory / "conf" / "lmConf-1.json").write_text(json.dumps(_portal(settings), ensure_ascii=False, indent=1), "utf-8")
    ini = directory / "lemonldap-ng.ini"
    ini.write_text(_ini(directory), "utf-8")
    return ini


def _ini(directory: Path) -> str:
    std = "Lemonldap::NG::Common::Logger::Std"
    cache = {"namespace": "conf", "default_expires_in": 600, "directory_umask": "007", "cache_root": f"{directory}/cache", "cache_depth": 3}
    perl_hash = ", ".join(f"'{key}' => '{value}'" for key, value in cache.items())
    return "\n".join(
        (
            "[all]",
            "logLevel = notice",
            f"logger = {std}",
            f"userLogger = {std}",
            "[configuration]",
            "type = File",
            f"dirName = {directory}/conf",
            "localStorage = Cache::FileCache",
            f"localStorageOptions = {{ {perl_hash} }}",
            "[portal]",
            "staticPrefix = /static",
            f"templateDir = {TEMPLATES}",
            "languages = fr, en",
            "",
        )
    )


def _key_pair() -> tuple[str, str]:
    """A new RSA key: its private and public halves in PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    ).decode()
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    return private, public


def _sessions(directory: Path, name: str) -> dict[str, str]:
    return {
        "Directory": str(directory / name),
        "LockDirectory": str(directory / name / "lock"),
        "generateModule": "Lemonldap::NG::Common::Apache::Session::Generate::SHA256",
    }


def _portal(settings: HubSettings) -> dict[str, Any]:
    directory = settings.directory
    return {
        "cfgNum": 1,
        "cfgVersion": "2.16.1",
        "cfgAuthor": "vigie",
        "cfgDate": "1700000000",
        "key": "only-for-the-tests",
        "portal": settings.url + "/",
        "domain": settings.host,
        "securedCookie": 0,
        "authentication": "Demo" if settings.logs_in_itself else "OpenIDConnect",
        "demoExportedVars": {"uid": "uid", "cn": "cn", "mail": "mail"},
        "userDB": "Same",
        "passwordDB": "Null",
        "registerDB": "Null",
        "portalSkin": "bootstrap",
        "whatToTrace": "uid" if settings.logs_in_itself else "_whatToTrace",
        "macros": {} if settings.logs_in_itself else {"_whatToTrace": "lc($_user.'@'.$_oidc_OP)"},
        "globalStorage": "Apache::Session::File",
        "globalStorageOptions": _sessions(directory, "sessions"),
        "persistentStorage": "Apache::Session::File",
        "persistentStorageOptions": _sessions(directory, "psessions"),
        "localSessionStorage": "Cache::FileCache",
        "localSessionStorageOptions": {
            "namespace": "sessions",
            "cache_root": str(directory / "cache"),
            "cache_depth": 3,
            "default_expires_in": 600,
            "directory_umask": "007",
        },
        "locationRules": {settings.host: {"default": "accept"}},
        "exportedHeaders": {},
        "portalDisplayResetPassword": 0,
        "portalDisplayRegister": 0,
        "lwpOpts": {"timeout": BACK_CHANNEL_TIMEOUT_S},
        **_as_client(settings.upstreams),
        **_as_provider(settings.url, settings.services),
    }


def _as_client(upstreams: Sequence[Upstream]) -> dict[str, Any]:
    """The hub in front of its identity providers. Its chooser shows them in this order."""
    prefix = "oidcOPMetaDataOptions"
    options = {
        idp.name: {
            f"{prefix}ClientID": idp.client_id,
            f"{prefix}ClientSecret": idp.client_secret,
            f"{prefix}TokenEndpointAuthMethod": "client_secret_post",
            f"{prefix}Scope": "openid email profile",
            f"{prefix}CheckJWTSignature": 1,
            f"{prefix}UseNonce": 1,
            f"{prefix}DisplayName": idp.title,
            f"{prefix}SortNumber": rank,
        }
        for rank, idp in enumerate(upstreams)
    }
    claims = {"uid": "sub", "mail": "email", "cn": "name", "sn": "family_name", "givenName": "given_name"}
    return {
        "oidcOPMetaDataOptions": options,
        "oidcOPMetaDataJSON": {idp.name: json.dumps(idp.metadata) for idp in upstreams},
        "oidcOPMetaDataJWKS": {idp.name: json.dumps(idp.jwks) for idp in upstreams},
        "oidcOPMetaDataExportedVars": {idp.name: claims for idp in upstreams},
    }


def _as_provider(issuer: str, services: Sequence[Service]) -> dict[str, Any]:
    """The hub in front of its services."""
    private, public = _key_pair()
    prefix = "oidcRPMetaDataOptions"
    options = {
        service.name: {
            f"{prefix}ClientID": service.client_id,
            f"{prefix}ClientSecret": service.client_secret,
            f"{prefix}RedirectUris": service.redirect_uri,
            f"{prefix}RequirePKCE": int(service.require_pkce),
            f"{prefix}BypassConsent": int(not service.ask_consent),
            f"{prefix}IDTokenSignAlg": "RS256",
            f"{prefix}UserIDAttr": "uid",
            f"{prefix}DisplayName": service.name,
            f"{prefix}PostLogoutRedirectUris": service.after_logout,
            f"{prefix}AccessTokenExpiration": service.token_seconds,
        }
        for service in services
    }
    claims = {"email": "mail", "name": "cn", "family_name": "sn", "given_name": "givenName"}
    return {
        "oidcServiceMetaDataIssuer": issuer,
        "issuerDBOpenIDConnectActivation": 1,
        "oidcServicePrivateKeySig": private,
        "oidcServicePublicKeySig": public,
        "oidcServiceKeyIdSig": "hub-1",
        "oidcRPMetaDataOptions": options,
        "oidcRPMetaDataExportedVars": {service.name: claims for service in services},
    }
