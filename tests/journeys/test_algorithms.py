"""Every algorithm that the configuration takes, each with a real key of its own kind."""

from functools import cache
from typing import Any

import pytest
from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from probe.config.keys import check_signing_key
from probe.config.models import Algorithm
from probe.config.secrets import SecretError
from probe.core.judgement.observation import Outcome, Reason
from probe.oidc.id_token import half_hash
from tests.fakes.hub import SECRET, FakeHub, configured, run

pytestmark = pytest.mark.filterwarnings(f"ignore::{SecurityWarning.__module__}.{SecurityWarning.__name__}")

KEYS: dict[str, list[str]] = {
    "RSA": ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
    "P-256": ["ES256"],
    "P-384": ["ES384"],
    "P-521": ["ES512"],
    "Ed25519": ["Ed25519", "EdDSA"],
    "Ed448": ["Ed448", "EdDSA"],
    "secret": ["HS256", "HS384", "HS512"],
}
"""Kind of key -> the algorithms that it signs with."""
PAIRS = [(alg, kind) for kind, algorithms in KEYS.items() for alg in algorithms]
SIGNING = [(alg, kind) for alg, kind in PAIRS if kind != "secret"]


@cache
def key_of(kind: str) -> Any:
    parameters: Any = {"kid": kind, "use": "sig"}
    if kind == "secret":
        return OctKey.import_key(SECRET)
    if kind == "RSA":
        return RSAKey.generate_key(2048, parameters)
    return (OKPKey if kind.startswith("Ed") else ECKey).generate_key(kind, parameters)  # type: ignore[arg-type]


def test_every_algorithm_of_the_configuration_is_tried_here() -> None:
    assert {alg for alg, _ in PAIRS} == set(Algorithm)


@pytest.mark.parametrize(("alg", "kind"), PAIRS)
def test_a_token_and_an_identity_signed_with_it_are_taken_where_it_is_configured_and_refused_elsewhere(alg: str, kind: str) -> None:
    key = key_of(kind)
    claims = {"at_hash": half_hash("the-access-token", kind if alg == "EdDSA" else alg)}

    def hub() -> FakeHub:
        return FakeHub(signing=key, alg=alg, published=[key], id_token_claims=claims)

    verdict = run(hub(), config=configured(id_token_alg=[alg])).verdict
    assert (verdict.outcome, verdict.detail) == (Outcome.OK, None)
    others = [other.value for other in Algorithm if other != alg]
    assert run(hub(), config=configured(id_token_alg=others)).verdict.reason is Reason.SIGNATURE


@pytest.mark.parametrize(("alg", "kind"), SIGNING)
def test_the_client_proves_itself_with_it(alg: str, kind: str) -> None:
    key = key_of(kind)
    pem = key.as_pem(private=True).decode()
    config = configured(client_auth="private_key_jwt", private_key={"env": "KEY"}, private_key_alg=alg, private_key_kid="mine")
    told = run(FakeHub(), config=config, KEY=pem)
    sent = next(dict(ask.form or ()) for ask in told.asks if ask.url.endswith("/token"))
    assertion = jwt.decode(sent["client_assertion"], key, algorithms=[alg])
    assert (assertion.header["alg"], assertion.header["kid"], assertion.claims["sub"]) == (alg, "mine", "vigie")
    assert told.verdict.outcome is Outcome.OK


@pytest.mark.parametrize("alg", sorted({alg for alg, _ in PAIRS}))
@pytest.mark.parametrize("kind", [*(kind for kind in KEYS if kind != "secret"), "X25519"])
def test_a_key_of_another_kind_is_refused_at_load(alg: str, kind: str) -> None:
    pem = (OKPKey.generate_key("X25519") if kind == "X25519" else key_of(kind)).as_pem(private=True).decode()
    if (alg, kind) in PAIRS:
        check_signing_key(pem, alg)
    else:
        with pytest.raises(SecretError, match=f"private_key_alg: {alg}"):
            check_signing_key(pem, alg)


def test_half_of_the_hash_of_each_algorithm_has_the_length_of_its_hash() -> None:
    lengths = {"RS256": 22, "ES384": 32, "HS512": 43, "Ed25519": 43, "Ed448": 76}
    assert {alg: len(half_hash("x", alg)) for alg in lengths} == lengths
