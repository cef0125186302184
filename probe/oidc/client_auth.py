"""Authenticates the synthetic SP at the token endpoint, and computes the PKCE challenge.

Sources: OpenID Connect Core 1.0, section 9; RFC 7636.
"""

import base64
import hashlib
import warnings
from dataclasses import dataclass, field
from urllib.parse import quote_plus

from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import Key

from probe.config.models import ClientAuth

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_SECONDS = 60


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """The SP's identity with its secrets. It is never printed."""

    client_id: str
    method: ClientAuth
    secret: str | None = field(default=None, repr=False)
    private_key: Key | None = field(default=None, repr=False)
    private_key_kid: str | None = None
    private_key_alg: str = "ES256"
    decryption_key: Key | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Proof:
    """The part of the token request that authenticates: fields of the form, or HTTP Basic."""

    form: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    basic: tuple[str, str] | None = field(default=None, repr=False)


def prove(client: RelyingParty, audience: str, jti: str, now_us: int) -> Proof:
    """Return the proof for one token request at `now_us` (UTC microseconds).

    `audience` is the hub's issuer (RFC 7523, section 3). `jti` must be fresh randomness.
    Raises nothing: a method whose key is missing was refused when the plan was made.
    """
    if client.method is ClientAuth.SECRET_BASIC:
        # RFC 6749, section 2.3.1: both are form-encoded first.
        return Proof(basic=(quote_plus(client.client_id), quote_plus(client.secret or "")))
    if client.method is ClientAuth.SECRET_POST or client.private_key is None:
        return Proof(form=(("client_id", client.client_id), ("client_secret", client.secret or "")))
    assertion = _assertion(client, client.private_key, audience, jti, now_us // 1_000_000)
    return Proof(form=(("client_id", client.client_id), ("client_assertion_type", _ASSERTION_TYPE), ("client_assertion", assertion)))


def spoil(proof: Proof, other: str) -> Proof:
    """Return the same proof with `other` as the secret, or with a signature that is wrong.

    A negative journey sends it.
    """
    form = tuple((name, _spoilt(name, value, other)) for name, value in proof.form)
    return Proof(form, (proof.basic[0], other) if proof.basic else None)


def _spoilt(name: str, value: str, other: str) -> str:
    if name == "client_assertion":
        return _with_other_signature(value)
    return other if name == "client_secret" else value


def _with_other_signature(assertion: str) -> str:
    signed, _, signature = assertion.rpartition(".")
    given = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    other = given[:-1] + bytes([given[-1] ^ 1])
    return f"{signed}.{base64.urlsafe_b64encode(other).rstrip(b'=').decode('ascii')}"


def _assertion(client: RelyingParty, key: Key, audience: str, jti: str, now: int) -> str:
    claims = {"iss": client.client_id, "sub": client.client_id, "aud": audience, "jti": jti, "iat": now, "exp": now + _ASSERTION_SECONDS}
    kid = client.private_key_kid or key.kid
    header = {"alg": client.private_key_alg} | ({"kid": kid} if kid else {})
    with warnings.catch_warnings():
        # The configuration chooses the name of the algorithm: no warning at every journey.
        warnings.simplefilter("ignore", SecurityWarning)
        return jwt.encode(header, claims, key, algorithms=[client.private_key_alg])


def challenge(verifier: str) -> str:
    """Return the S256 code challenge of a PKCE verifier (RFC 7636, section 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii")).digest()).rstrip(b"=").decode("ascii")
