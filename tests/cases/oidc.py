"""Keys, tokens, metadata and answers of an IdP that libraries read in several ways."""

import base64
import json
from collections.abc import Callable
from typing import Any

from joserfc.jwk import ECKey, RSAKey

from probe.config import profiles
from tests.cases.federation import body_of, document, page, redirect
from tests.cases.situation import HUB, OK, Severity, situation
from tests.cases.visits import at
from tests.fakes.hub import ISSUER

SEVERE, MEDIUM, LOW = Severity.SEVERE, Severity.MEDIUM, Severity.LOW
Members = dict[str, Any]

# --- L

L = "L: one odd member that makes the whole key useless"


def _key(name: str, severity: Severity, source: str, change: Callable[[Members], Members], others: int = 0) -> None:
    """The hub signs by RSA. Its key is published with `change`, behind so many others."""

    @situation(name, severity, L, source)
    async def play(federation):
        key = RSAKey.generate_key(2048, {"kid": "r1", "use": "sig", "alg": "RS256"})
        federation.hub.signing, federation.hub.published, federation.hub.alg = key, [key], "RS256"
        before = [ECKey.generate_key("P-256", {"kid": f"x{each}"}).as_dict(private=False) for each in range(others)]
        federation.on["GET /api/v2/jwks"] = document({"keys": [*before, change(key.as_dict(private=False))]})
        return await federation.watched(id_token_alg=["RS256"])


_key(
    "L2-null-members",
    SEVERE,
    "apigee/microgateway-edgeauth#40",
    lambda key: {**key, "crv": None, "x": None, "y": None, "x5c": None},
)
_key("L3-use-and-alg-null", SEVERE, "kind of MAIF/otoroshi#2428", lambda key: {**key, "use": None, "alg": None})
_key("L4-use-and-alg-empty", MEDIUM, "go-vela's fixtures", lambda key: {**key, "use": "", "alg": ""})
_key("L5-71st-of-71-keys", LOW, "RFC 7517, section 5, which has no limit", lambda key: key, others=70)
_key(
    "L6-modulus-in-the-standard-alphabet",
    SEVERE,
    "the set that Battle.net publishes",
    lambda key: {**key, "n": base64.b64encode(base64.urlsafe_b64decode(key["n"] + "==")).decode()},
)

# --- M, N


@situation(
    "M1-acr-above-the-one-asked",
    SEVERE,
    "M: a level of assurance that is compared for equality, though the one asked for is a minimum",
    "ansforge/keycloak-prosanteconnect#43; InseeFr/Keycloak-FranceConnect#29",
    OK,
)
async def _higher_level(federation):
    federation.hub.id_token_claims = {"acr": "eidas2"}
    return await federation.watched()


@situation("N1-token-answer-with-error-null", MEDIUM, "N: a null that is read as present", "authlib/authlib#435")
async def _null_error(federation):
    def with_null(request):
        return document({**json.loads(body_of(federation.usual(request))), "error": None, "error_description": None})

    federation.hooks.append(at("/api/v2/token", with_null))
    return await federation.watched()


# --- X


def _metadata_without(gone: str) -> None:
    @situation(
        f"X1-metadata-without-{gone}",
        MEDIUM,
        "X: the hub's broken metadata, told as our configuration",
        "OpenLiberty#22990; travisghansen/external-auth-server#65",
        HUB,
    )
    async def play(federation):
        def discovered(config, port):
            profile = json.loads(profiles.built_in("franceconnect").model_dump_json(exclude_none=True))
            config["hubs"][0]["profile"] = {**profile, "paths": {}}

        metadata = {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/authorize",
            "token_endpoint": f"{ISSUER}/token",
            "userinfo_endpoint": f"{ISSUER}/userinfo",
            "jwks_uri": f"{ISSUER}/jwks",
        }
        metadata.pop(gone)
        federation.on["GET /api/v2/.well-known/openid-configuration"] = document(metadata)
        return await federation.watched(change=discovered)


_metadata_without("token_endpoint")
_metadata_without("jwks_uri")

# --- Z


def _comes_back_with(name: str, query: str) -> None:
    @situation(
        f"Z1-{name}-then-hub-500",
        MEDIUM,
        "Z: authentication that is recognised by a parameter called code alone",
        "hubs that speak SAML; JARM",
        HUB,
    )
    async def play(federation):
        federation.on["POST /login"] = redirect(f"{ISSUER}/oidc-callback?{query}", 303)
        federation.on["GET /api/v2/oidc-callback"] = page("<h1>500</h1>", 500)
        return await federation.watched()


_comes_back_with("jarm", "response=eyJ.eyJ.s")
_comes_back_with("saml-redirect", "SAMLResponse=PHg%2B&RelayState=s")
