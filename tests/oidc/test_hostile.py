"""Documents, keys and tokens from strangers: whatever they hold,
a value comes back and nothing is raised.
"""

import json
import warnings
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwe, jws
from joserfc.jwk import ECKey, OctKey, RSAKey
from joserfc.registry import HeaderParameter

from probe.core.judgement.observation import Reason, Step
from probe.oidc import userinfo
from probe.oidc.documents import load_object, number_of, text_of
from probe.oidc.id_token import Expected, check, half_hash
from probe.oidc.keys import MOST_TRIED, load_key_set
from probe.oidc.signed import TokenFlaw, VerifiedToken, decrypt, needs_keys, verify

EC, RSA = ECKey.generate_key("P-256", {"kid": "ec"}), RSAKey.generate_key(2048, {"kid": "rsa"})
ENC = ECKey.generate_key("P-256", {"use": "enc"})
NOW_US = 1_767_225_600_000_000
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


def published(*keys: Any) -> bytes:
    return json.dumps({"keys": [key if isinstance(key, dict) else key.as_dict(private=False) for key in keys]}).encode()


def signed(key: Any, alg: str, payload: bytes = b'{"sub": "x"}', **header: Any) -> str:
    return jws.serialize_compact({"alg": alg} | header, payload, key, algorithms=[alg])


# --- documents ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b'"x"', b"{", b"\xff\xfe", b"[" * 200_000, b'{"a":' * 100_000, b'{"a": NaN}', b'{"a": -Infinity}', b"1" * 10_000],
)
def test_what_is_no_json_object_is_none(body: bytes) -> None:
    assert load_object(body) is None


def test_a_document_of_very_many_members_is_not_read() -> None:
    """Each takes a hundred times the memory of its comma."""
    assert load_object(json.dumps({f"m{number}": 1 for number in range(60_000)})) is not None
    assert load_object(json.dumps({f"m{number}": 1 for number in range(60_002)})) is None


def test_a_number_that_python_refuses_to_read_is_none_and_one_out_of_range_is_no_number() -> None:
    assert load_object(b'{"a": ' + b"9" * 5_000 + b"}") is None
    found = load_object(b'{"a": 1e999, "b": true, "c": 2.5, "d": "3"}')
    assert found is not None
    assert [number_of(found, name) for name in "abcde"] == [None, None, 2.5, None, None]


def test_a_text_is_a_string_of_a_reasonable_length() -> None:
    assert [text_of({"a": value}, "a", 3) for value in ("abc", "abcd", "", 1, None, ["a"])] == ["abc", None, None, None, None, None]


@given(st.binary(max_size=200))
def test_any_bytes_are_a_document_or_none(body: bytes) -> None:
    assert load_object(body) is None or isinstance(load_object(body), dict)


# --- keys -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "odd",
    [
        {"kty": "oct", "k": "c2VjcmV0"},
        {"kty": "AKP", "alg": "ML-DSA-44"},
        {"kty": "RSA"},
        {"kty": "RSA", "n": "A" * 100_000, "e": "AQAB"},
        {"kty": "RSA", "n": "AQAB", "e": "A" * 1_000},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kty": "EC", "crv": "nonsense", "x": "AA", "y": "AA"},
        {"kty": ["EC"]},
        {"kty": "EC", "kid": 3},
        {},
    ],
)
def test_a_key_that_cannot_be_used_is_left_out_and_the_others_serve(odd: dict[str, Any]) -> None:
    assert load_key_set(published(odd)) is None
    found = load_key_set(published(odd, EC))
    assert found is not None
    assert [key.kid for key in found.keys] == ["ec"]


def test_keys_are_taken_by_the_type_of_the_algorithm_their_use_and_the_kid_of_the_token() -> None:
    found = load_key_set(published(EC, RSA, ENC))
    assert found is not None
    assert [key.kid for key in found.candidates("ES256", None)] == ["ec"]
    assert [key.kid for key in found.candidates("PS256", "rsa")] == ["rsa"]
    assert found.candidates("ES256", "rsa") == []
    assert found.candidates("XX256", None) == []


PLAIN = EC.as_dict(private=False)


@pytest.mark.parametrize(
    "changed",
    [
        {"x5c": None, "n": None, "use": None, "alg": None, "key_ops": None, "kid": None},
        {"use": "", "alg": "", "x5t": 5, "ext": True, "iat": {}},
        {"use": 7, "alg": ["ES256"], "key_ops": "verify"},
        {"key_ops": ["verify"]},
        {"x": f"{PLAIN['x']}="},
        {name: str(PLAIN[name]).replace("-", "+").replace("_", "/") for name in ("x", "y")},
        {"d": "AAAA"},  # a private part is none of our business
    ],
)
def test_an_odd_member_of_a_key_is_ignored_and_not_the_key(changed: dict[str, Any]) -> None:
    found = load_key_set(json.dumps({"keys": [{**PLAIN, **changed}]}).encode())
    assert found is not None
    (key,) = found.candidates("ES256", None)
    assert {name: key.as_dict(private=False)[name] for name in ("x", "y")} == {name: PLAIN[name] for name in ("x", "y")}
    assert not key.is_private


@pytest.mark.parametrize("changed", [{"use": "enc"}, {"alg": "ES384"}, {"key_ops": ["sign"]}, {"key_ops": []}])
def test_a_key_that_is_not_for_verifying_is_not_taken(changed: dict[str, Any]) -> None:
    found = load_key_set(json.dumps({"keys": [{**PLAIN, **changed}]}).encode())
    assert found is not None
    assert found.candidates("ES256", None) == []


def test_an_rsa_key_under_2048_bits_is_not_taken() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        short = RSAKey.generate_key(1024, {"kid": "short"})
    assert load_key_set(published(short)) is None


def test_a_key_is_found_behind_thousands_and_a_token_is_tried_with_a_few() -> None:
    others = [{**PLAIN, "kid": f"k{number}"} for number in range(5_000)]
    found = load_key_set(json.dumps({"keys": [*others, {**PLAIN, "kid": "last"}]}).encode())
    assert found is not None
    assert [key.kid for key in found.candidates("ES256", "last")] == ["last"]
    assert len(found.candidates("ES256", None)) == len(found.keys) == MOST_TRIED


@given(JSON)
def test_any_json_is_a_key_set_or_none(value: Any) -> None:
    load_key_set(json.dumps({"keys": value}).encode())
    load_key_set(json.dumps(value).encode())


# --- signatures -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("key", "alg"), [(EC, "ES256"), (RSA, "RS256"), (RSA, "PS256"), (OctKey.import_key("s" * 32), "HS256")])
def test_a_good_signature_gives_the_claims(key: Any, alg: str) -> None:
    found = verify(signed(key, alg, kid=key.kid) if key.kid else signed(key, alg), [alg], load_key_set(published(EC, RSA)), "s" * 32)
    assert isinstance(found, VerifiedToken)
    assert (found.claims, found.alg) == ({"sub": "x"}, alg)


def test_a_token_without_kid_is_tried_with_every_key_of_its_type() -> None:
    another = ECKey.generate_key("P-256", {"kid": "another"})
    keys = load_key_set(published(another, EC))
    assert isinstance(verify(signed(EC, "ES256"), ["ES256"], keys, None), VerifiedToken)


@pytest.mark.parametrize(
    ("token", "flaw"),
    [
        ("", TokenFlaw.NOT_A_TOKEN),
        ("a.b.c", TokenFlaw.NOT_A_TOKEN),
        ("é.é.é", TokenFlaw.NOT_A_TOKEN),
        ("x" * 300_000, TokenFlaw.NOT_A_TOKEN),
        (signed(EC, "ES256", b"[1]"), TokenFlaw.NOT_A_TOKEN),
        (signed(EC, "ES256", b"not json"), TokenFlaw.NOT_A_TOKEN),
        (signed(RSA, "RS256", kid="rsa"), TokenFlaw.ALGORITHM),
        (signed(EC, "ES256", kid="unknown"), TokenFlaw.NO_KEY),
        (signed(OctKey.import_key("s" * 32), "HS256"), TokenFlaw.SIGNATURE),
        (signed(EC, "ES256")[:-4] + "AAAA", TokenFlaw.SIGNATURE),
    ],
)
def test_a_token_that_cannot_be_trusted_has_its_flaw(token: str, flaw: TokenFlaw) -> None:
    assert verify(token, ["ES256", "HS256"], load_key_set(published(EC)), "another secret, long enough") is flaw


def test_a_shared_secret_that_is_not_configured_verifies_nothing() -> None:
    token = signed(OctKey.import_key("s" * 32), "HS256")
    assert [verify(token, ["HS256"], None, secret) for secret in (None, "")] == [TokenFlaw.NO_KEY, TokenFlaw.NO_KEY]
    assert not needs_keys(token)
    assert needs_keys(signed(EC, "ES256"))


def test_a_header_of_critical_extensions_that_we_do_not_understand_is_refused() -> None:
    """RFC 7515, section 4.1.11."""
    header = {"crit": ["exp"], "exp": 1}
    registry = jws.JWSRegistry(header_registry={"exp": HeaderParameter("exp", "int")}, algorithms=["ES256"])
    token = jws.serialize_compact({"alg": "ES256"} | header, b"{}", EC, registry=registry)
    assert verify(token, ["ES256"], load_key_set(published(EC)), None) is TokenFlaw.SIGNATURE


def test_a_list_of_critical_extensions_that_is_empty_is_refused() -> None:
    head = urlsafe_b64encode(b'{"alg":"ES256","crit":[]}').rstrip(b"=").decode()
    assert verify(f"{head}.e30.AAAA", ["ES256"], load_key_set(published(EC)), None) is TokenFlaw.SIGNATURE


@pytest.mark.parametrize("spoilt", ["{}=", "{} ", "{}\n", " {}", "{}."])
def test_a_token_is_base64url_without_padding_and_nothing_else(spoilt: str) -> None:
    assert isinstance(verify(spoilt.format(signed(EC, "ES256")), ["ES256"], load_key_set(published(EC)), None), TokenFlaw)


@given(st.text(max_size=200))
def test_any_text_is_a_token_or_has_a_flaw(text: str) -> None:
    keys = load_key_set(published(EC))
    assert isinstance(verify(text, ["ES256"], keys, "s"), TokenFlaw)
    assert isinstance(decrypt(text, ENC), TokenFlaw)


def test_a_compressed_token_is_not_unfolded() -> None:
    """RFC 7516 allows `zip`; a few bytes of it could become gigabytes."""
    bomb = jwe.encrypt_compact({"alg": "ECDH-ES", "enc": "A256GCM", "zip": "DEF"}, b"0" * 50_000, ENC)
    assert decrypt(bomb, ENC) is TokenFlaw.DECRYPTION
    assert decrypt(bomb, None) is TokenFlaw.ENCRYPTED


# --- claims ---------------------------------------------------------------------------------------


def expected(**changes: Any) -> Expected:
    usual: dict[str, Any] = {"issuer": "i", "client_id": "c", "nonce": "n", "now_us": NOW_US, "skew_us": 10_000_000}
    return Expected(**(usual | changes))


def claims(**changes: Any) -> dict[str, Any]:
    now = NOW_US // 1_000_000
    return {"iss": "i", "aud": "c", "sub": "s", "nonce": "n", "exp": now + 60, "iat": now} | changes


@pytest.mark.parametrize(("after_s", "good"), [(-60, True), (60, True), (69, True), (70, False)])
def test_exp_is_tolerated_for_the_configured_skew_and_no_longer(after_s: int, good: bool) -> None:
    found = check(
        VerifiedToken(claims(), "ES256"), expected(now_us=NOW_US + after_s * 1_000_000, skew_us=10_000_000 if after_s > 0 else 60_000_000)
    )
    assert (found is None) is good


def test_the_nonce_may_be_missing_where_the_hub_needs_none_but_never_be_another() -> None:
    without = claims()
    del without["nonce"]
    assert check(VerifiedToken(without, "ES256"), expected(nonce_required=False)) is None
    assert check(VerifiedToken(claims(nonce="m"), "ES256"), expected(nonce_required=False)) is not None


def test_at_hash_is_the_left_half_of_the_hash_of_the_algorithm() -> None:
    """The access token and at_hash of OpenID Connect Core 1.0, appendix A.3."""
    assert half_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y", "RS256") == "77QmUPtjPfzWtF2AnpK9RQ"
    assert len(half_hash("x", "ES384")) == 32
    assert len(half_hash("x", "PS512")) == 43


@given(st.dictionaries(st.sampled_from(["iss", "aud", "azp", "sub", "exp", "iat", "nbf", "nonce", "acr", "at_hash"]), JSON))
def test_any_claims_are_good_or_have_a_problem(found: dict[str, Any]) -> None:
    problem = check(VerifiedToken(claims() | found, "ES256"), expected(acr=("eidas1",), access_token="a"))
    assert problem is None or (problem.step, problem.reason) == (Step.TOKEN, Reason.ID_TOKEN)


# --- persona --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("persona", "received", "reason"),
    [
        ({"a": "x"}, {"a": "x"}, None),
        ({"a": None}, {"a": "anything"}, None),
        ({"a": None}, {"a": ""}, Reason.CLAIMS_MISSING),
        ({"a": "x"}, {}, Reason.CLAIMS_MISSING),
        ({"a": "x"}, {"a": None}, Reason.CLAIMS_MISSING),
        ({"a": "x"}, {"a": "X"}, Reason.CLAIMS_MISMATCH),
        ({"a": "x"}, {"a": ["x"]}, Reason.CLAIMS_MISMATCH),
        ({"a": ["x", "y"]}, {"a": ["x", "y"]}, None),
        ({"a": ["x", "y"]}, {"a": ["y", "x"]}, Reason.CLAIMS_MISMATCH),
        ({"a": ["x"]}, {"a": "x"}, Reason.CLAIMS_MISMATCH),
        ({"a": {"b": "x", "c": None}}, {"a": {"b": "x", "c": 1, "d": 2}}, None),
        ({"a": {"b": "x"}}, {"a": {"b": "y"}}, Reason.CLAIMS_MISMATCH),
        ({"a": "true"}, {"a": True}, None),
        ({"a": "true"}, {"a": False}, Reason.CLAIMS_MISMATCH),
        ({"a": "12"}, {"a": 12}, None),
        ({"a": "12"}, {"a": 12.0}, None),
        ({"a": "Agnès"}, {"a": "Agne\u0300s"}, None),
        ({"a": "1"}, {"a": 10**5_000}, Reason.CLAIMS_MISMATCH),
    ],
)
def test_claims_are_compared_with_what_the_persona_says(persona: dict[str, Any], received: dict[str, Any], reason: Reason | None) -> None:
    found = userinfo.compare(persona, received)
    assert (found.reason if found else None) is reason


@given(st.dictionaries(st.text(max_size=5), JSON, max_size=4), st.dictionaries(st.text(max_size=5), JSON, max_size=4))
def test_any_claims_agree_with_any_persona_or_do_not(persona: dict[str, Any], received: dict[str, Any]) -> None:
    found = userinfo.compare(persona, received)
    assert found is None or found.step is Step.CLAIMS
