"""Keys, tokens, metadata and answers of an IdP that libraries read in several ways."""

import base64
import json
import warnings
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import ECKey, RSAKey

from probe.config import profiles
from tests.cases.federation import body_of, document, page, redirect
from tests.cases.situation import HUB, OK, Right, Severity, situation
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

M = "M: a level of assurance that is compared for equality, though the one asked for is a minimum"


@situation(
    "M1-acr-above-the-one-asked",
    SEVERE,
    M,
    "ansforge/keycloak-prosanteconnect#43; InseeFr/Keycloak-FranceConnect#29",
    OK,
)
async def _higher_level(federation):
    federation.hub.id_token_claims = {"acr": "eidas2"}
    return await federation.watched()


def _level(name: str, asked: str, came: str, right: Right) -> None:
    @situation(name, MEDIUM, M, "eIDAS, implementing regulation 2015/1502", right)
    async def play(federation):
        federation.hub.id_token_claims = {"acr": came}
        return await federation.watched(acr_values=asked)


_level("M2-acr-two-levels-above", "eidas1", "eidas3", OK)
_level("M3-acr-below-the-one-asked", "eidas2", "eidas1", HUB)
_level("M4-acr-that-is-no-level", "eidas1", "eidas22", HUB)


def _with_nulls(name: str, path: str, **nulls: None) -> None:
    @situation(name, MEDIUM, "N: a null that is read as present", "authlib/authlib#435")
    async def play(federation):
        def with_null(request):
            return document({**json.loads(body_of(federation.usual(request))), **nulls})

        federation.hooks.append(at(path, with_null))
        return await federation.watched()


_with_nulls("N1-token-answer-with-error-null", "/api/v2/token", error=None, error_description=None)
_with_nulls("N2-token-answer-with-more-nulls", "/api/v2/token", expires_in=None, refresh_token=None, scope=None)
_with_nulls(
    "N3-metadata-with-nulls",
    "/api/v2/.well-known/openid-configuration",
    token_endpoint_auth_methods_supported=None,
    authorization_response_iss_parameter_supported=None,
    end_session_endpoint=None,
)
_with_nulls("N4-key-set-with-nulls", "/api/v2/jwks", next=None)


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
_metadata_without("authorization_endpoint")

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
_comes_back_with("saml-artifact", "SAMLart=AAQAAMh48&RelayState=s")

# --- S

S = "S: a token that a strict service provider refuses"


def _signed(name: str, key: RSAKey, alg: str = "RS256", published: Members | None = None, **header: Any) -> None:
    """The hub signs so, and says of its key what `published` has."""

    @situation(name, SEVERE, S, "RFC 7515, sections 4.1.11 and 5.2; RFC 7518, section 3.3; RFC 7517, section 4", HUB)
    async def play(federation):
        federation.hub.signing, federation.hub.alg = key, alg
        federation.on["GET /api/v2/jwks"] = document({"keys": [{**key.as_dict(private=False), **(published or {})}]})
        claims = federation.hub.id_token

        def answer(request):
            given = json.loads(body_of(federation.usual(request)))
            return document({**given, "id_token": unchecked(claims(), key, {"alg": alg, "kid": key.kid, **header})})

        federation.hooks.append(at("/api/v2/token", answer))
        return await federation.watched(id_token_alg=[alg])


def unchecked(claims: Members, key: RSAKey, header: Members) -> str:
    """A token that is signed by RSA and SHA-256, whatever its head says."""
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, claims)]
    signature = key.private_key.sign(b".".join(parts), PKCS1v15(), SHA256())
    return b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()


_KEY = RSAKey.generate_key(2048, {"kid": "r1", "use": "sig", "alg": "RS256"})
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # that it is short is what is tested
    _SHORT = RSAKey.generate_key(1024, {"kid": "r1", "use": "sig", "alg": "RS256"})
_signed("S1-crit-empty", _KEY, crit=[])
_signed("S2-crit-of-an-extension", _KEY, crit=["exp"], exp=1)
_signed("S3-key-for-encryption", _KEY, published={"use": "enc"})
_signed("S4-key-that-may-not-verify", _KEY, published={"use": None, "key_ops": ["encrypt"]})
_signed("S5-key-of-1024-bits", _SHORT)
_signed("S6-key-of-another-algorithm", _KEY, published={"alg": "RS512"})
