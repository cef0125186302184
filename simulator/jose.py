"""Signs with the hub's and the IdPs' real keys, and signs wrongly on command."""

import base64
import json
import secrets
import time
from collections.abc import Mapping
from typing import Any

from joserfc import jwe, jwt
from joserfc.jwk import ECKey, KeyParameters, KeySet, OctKey, OKPKey, RSAKey

SigningKey = ECKey | RSAKey | OKPKey
Key = SigningKey | OctKey
ALGORITHMS = ["ES256", "RS256", "Ed25519", "HS256"]


def now() -> int:
    """Return UTC seconds since the epoch, as tokens count them."""
    return int(time.time())


def new_key(alg: str) -> SigningKey:
    """Return a fresh signing key with a random kid."""
    parameters: KeyParameters = {"kid": secrets.token_hex(16), "use": "sig", "alg": alg}
    if alg == "RS256":
        return RSAKey.generate_key(2048, parameters)
    if alg == "Ed25519":
        return OKPKey.generate_key("Ed25519", parameters)
    return ECKey.generate_key("P-256", parameters)


def sign(claims: Mapping[str, Any], key: Key, alg: str, kid: str | None = None) -> str:
    """Return a compact JWS whose header has `alg` and `kid` only; `kid` overrides the key's.

    Source: docs/hub.md, "Identity and checks".
    """
    header = {"alg": alg}
    chosen = kid or key.kid
    if chosen:
        header["kid"] = chosen
    return jwt.encode(header, dict(claims), key, algorithms=[alg], default_type=None)


def unsigned(claims: Mapping[str, Any]) -> str:
    """Return a token of `alg` none. No client may accept it (OpenID Connect Core 1.0, 3.1.3.7)."""

    def part(value: Mapping[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(dict(value)).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'none'})}.{part(claims)}."


def encrypt(token: str, key: ECKey) -> str:
    """Return a JWE (ECDH-ES, A256GCM) around a JWS."""
    return jwe.encrypt_compact({"alg": "ECDH-ES", "enc": "A256GCM", "cty": "JWT", "kid": key.kid}, token, key)


def verify(token: str, keys: Key | KeySet) -> dict[str, Any]:
    """Return the claims of a well-signed token. Raises joserfc's JoseError or ValueError."""
    return dict(jwt.decode(token, keys, algorithms=ALGORITHMS).claims)


class Keyring:
    """One party's signing keys, by algorithm."""

    def __init__(self, *algs: str) -> None:
        self._current: dict[str, SigningKey] = {alg: new_key(alg) for alg in algs}
        self._beside: dict[str, SigningKey] = {}
        self._unknown: dict[str, SigningKey] = {}

    def current(self, alg: str) -> SigningKey:
        return self._current[alg]

    def unknown(self, alg: str) -> SigningKey:
        """Return a key that was never published."""
        if alg not in self._unknown:
            self._unknown[alg] = new_key(alg)
        return self._unknown[alg]

    def rotate(self) -> None:
        """Change to the keys that were published beside these, else to new ones under new kids."""
        self._current, self._beside = self._beside or {alg: new_key(alg) for alg in self._current}, self._current if self._beside else {}

    def published(self, *, beside: bool = False) -> dict[str, Any]:
        """Return the JWKS document (public parts only).

        `beside`: with the next keys too, or with those before where the next ones are in use.
        """
        if not beside:
            self._beside = {}
        elif not self._beside:
            self._beside = {alg: new_key(alg) for alg in self._current}
        return KeySet([*self._current.values(), *self._beside.values()]).as_dict(private=False)  # type: ignore[return-value]
