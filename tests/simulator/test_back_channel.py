"""Token and userinfo: client authentication, single use, lifetimes,
and what goes wrong on command.
"""

import asyncio
import base64
import json
import secrets
import time
from collections.abc import Callable
from typing import Any

import pytest
from joserfc import jwt
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import ECKey, KeySet, OKPKey

from simulator import Federation
from simulator.jose import verify
from tests.fakes.citizen import Citizen


async def keys_of(citizen: Citizen) -> KeySet:
    return KeySet.import_key_set((await citizen.back.get(f"{citizen.federation.issuer}/jwks")).json())


def payload_of(token: str) -> dict[str, Any]:
    """The claims, whatever the signature."""
    part = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims


def uri_code(answer: dict[str, str]) -> str:
    return answer["error_uri"].partition("?code=")[2].partition("&")[0]


async def test_a_code_is_good_once_and_its_second_use_kills_the_access_token(citizen: Citizen) -> None:
    code = (await citizen.to_callback())["code"]
    access = (await citizen.token(code)).json()["access_token"]
    assert (await citizen.userinfo(access)).status_code == 200
    again = await citizen.token(code)
    assert (again.status_code, again.json()["error"], uri_code(again.json())) == (400, "invalid_grant", "Y0416228")
    dead = await citizen.userinfo(access)
    assert (dead.status_code, dead.json()["error"]) == (401, "invalid_token")


async def test_a_code_and_a_token_end_with_their_lifetimes(citizen: Citizen) -> None:
    citizen.federation.set_lifetimes(code=0.05)
    code = (await citizen.to_callback())["code"]
    await asyncio.sleep(0.1)
    late = await citizen.token(code)
    assert (late.status_code, late.json()["error"], uri_code(late.json())) == (400, "invalid_grant", "Y049E20B")
    citizen.federation.set_lifetimes(code=30, token=0.05)
    citizen.front.cookies.clear()
    access = (await citizen.token((await citizen.to_callback())["code"])).json()["access_token"]
    await asyncio.sleep(0.1)
    assert (await citizen.userinfo(access)).status_code == 401


async def test_a_wrong_secret_is_refused(citizen: Citizen) -> None:
    code = (await citizen.to_callback())["code"]
    answer = await citizen.token(code, client_secret="faux")
    assert (answer.status_code, answer.json()["error"], uri_code(answer.json())) == (401, "invalid_client", "Y0434A7B")


async def test_basic_authentication_is_refused_by_default_and_accepted_where_recorded(simulated: Federation) -> None:
    for client_id, status in (("sp-es256", 401), ("sp-basic", 200)):
        async with Citizen(simulated, client_id) as citizen:
            code = (await citizen.to_callback())["code"]
            data = {"grant_type": "authorization_code", "code": code, "redirect_uri": citizen.client.callback}
            auth = (client_id, citizen.client.secret)
            assert (await citizen.back.post(f"{citizen.base}/token", data=data, auth=auth)).status_code == status


def assertion_of(citizen: Citizen, key: ECKey | OKPKey, **changes: Any) -> str:
    claims = {
        "iss": citizen.client_id,
        "sub": citizen.client_id,
        "aud": f"{citizen.base}/token",
        "jti": secrets.token_hex(8),
        "exp": int(time.time()) + 60,
        **changes,
    }
    return jwt.encode({"alg": "ES256", "kid": key.kid}, claims, key, algorithms=["ES256"])


async def post_assertion(citizen: Citizen, code: str, assertion: str) -> int:
    data = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": citizen.client.callback,
        "client_id": citizen.client_id,
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": assertion,
    }
    return (await citizen.back.post(f"{citizen.base}/token", data=data)).status_code


async def test_private_key_jwt_is_checked_in_full(simulated: Federation) -> None:
    async with Citizen(simulated, "sp-private-key") as citizen:
        key = citizen.client.signing_key
        assert key is not None
        code = (await citizen.to_callback())["code"]
        stranger = ECKey.generate_key("P-256", {"kid": str(key.kid)})
        bad = [
            assertion_of(citizen, stranger),
            assertion_of(citizen, key, aud="https://autre.example"),
            assertion_of(citizen, key, exp=int(time.time()) - 10),
            assertion_of(citizen, key, sub="sp-es256"),
        ]
        assert [await post_assertion(citizen, code, assertion) for assertion in bad] == [401] * 4
        assert (await citizen.token(code)).status_code == 401  # its secret is worth nothing
        good = assertion_of(citizen, key)
        assert await post_assertion(citizen, code, good) == 200
        assert await post_assertion(citizen, code, good) == 401  # an assertion is good once


async def test_a_verifier_of_no_challenge_is_refused(citizen: Citizen) -> None:
    code = (await citizen.to_callback())["code"]
    assert (await citizen.token(code, code_verifier="x" * 43)).json()["error"] == "invalid_grant"


async def test_a_dead_session_store_answers_400_without_an_error_key(citizen: Citizen) -> None:
    code = (await citizen.to_callback())["code"]
    access = (await citizen.token(code)).json()["access_token"]
    await citizen.federation.set_fault("hub", "session_store_down")
    for answer in (await citizen.token("x"), await citizen.userinfo(access)):
        assert answer.status_code == 400
        assert answer.json().keys() == {"error_description", "error_uri"}
        assert answer.json()["error_description"] == "undefined (undefined)"
        assert uri_code(answer.json()) == "Y040001"


@pytest.mark.parametrize(
    ("fault", "options", "status"),
    [("token_500", {}, 500), ("token_error", {}, 400), ("token_error", {"error": "invalid_client", "status": 401}, 401)],
    ids=str,
)
async def test_the_token_endpoint_fails_on_command(citizen: Citizen, fault: str, options: dict[str, Any], status: int) -> None:
    code = (await citizen.to_callback())["code"]
    await citizen.federation.set_fault("hub", fault, **options)
    answer = await citizen.token(code)
    assert answer.status_code == status
    assert answer.json()["error"] == options.get("error", answer.json()["error"])


async def test_the_token_answer_may_be_garbage_or_lack_a_part(citizen: Citizen) -> None:
    code = (await citizen.to_callback())["code"]
    await citizen.federation.set_fault("hub", "token_garbage")
    assert not (await citizen.token(code)).text.startswith("{")
    await citizen.federation.clear_faults()
    await citizen.federation.set_fault("hub", "token_no_id_token")
    await citizen.federation.set_fault("hub", "token_no_access_token")
    assert (await citizen.token(code)).json().keys() == {"expires_in", "scope", "token_type"}


async def test_an_id_token_may_be_signed_by_a_key_that_nobody_published(citizen: Citizen) -> None:
    await citizen.federation.set_fault("hub", "id_token_unknown_key")
    token = (await citizen.token((await citizen.to_callback())["code"])).json()["id_token"]
    keys = await keys_of(citizen)
    assert jwt_header(token)["kid"] not in {key.kid for key in keys.keys}
    with pytest.raises((JoseError, ValueError)):
        verify(token, keys)


async def test_an_id_token_may_have_a_wrong_signature_under_the_published_kid(citizen: Citizen) -> None:
    await citizen.federation.set_fault("hub", "id_token_bad_signature")
    token = (await citizen.token((await citizen.to_callback())["code"])).json()["id_token"]
    keys = await keys_of(citizen)
    assert jwt_header(token)["kid"] in {key.kid for key in keys.keys}
    with pytest.raises(BadSignatureError):
        verify(token, keys)


def jwt_header(token: str) -> dict[str, Any]:
    part = token.partition(".")[0]
    header: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return header


async def test_an_id_token_may_be_unsigned(citizen: Citizen) -> None:
    await citizen.federation.set_fault("hub", "id_token_alg_none")
    token = (await citizen.token((await citizen.to_callback())["code"])).json()["id_token"]
    assert jwt_header(token) == {"alg": "none"}
    assert token.endswith(".")


WRONG: list[tuple[str, Callable[[Any, Citizen], bool]]] = [
    ("iss", lambda value, citizen: value != citizen.federation.issuer),
    ("aud", lambda value, citizen: value != citizen.client_id),
    ("azp", lambda value, citizen: value != citizen.client_id),
    ("nonce", lambda value, citizen: value != citizen.nonce),
    ("acr", lambda value, citizen: value != "eidas1"),
    ("at_hash", lambda value, citizen: len(value) == 22),
    ("exp", lambda value, citizen: value < time.time() - 60),
    ("iat", lambda value, citizen: value < time.time() - 3600),
    ("sub", lambda value, citizen: value == "0" * 64 + "v1"),
]


@pytest.mark.parametrize(("claim", "wrong"), WRONG, ids=[name for name, _ in WRONG])
async def test_an_id_token_may_hold_a_wrong_claim_well_signed(citizen: Citizen, claim: str, wrong: Callable[[Any, Citizen], bool]) -> None:
    await citizen.federation.set_fault("hub", "id_token_claim", claim=claim)
    token = (await citizen.token((await citizen.to_callback())["code"])).json()["id_token"]
    claims = verify(token, await keys_of(citizen))
    assert wrong(claims[claim], citizen)


async def test_an_id_token_may_lack_a_claim(citizen: Citizen) -> None:
    await citizen.federation.set_fault("hub", "id_token_missing", claim="nonce")
    token = (await citizen.token((await citizen.to_callback())["code"])).json()["id_token"]
    assert "nonce" not in verify(token, await keys_of(citizen))


@pytest.mark.parametrize("how", ["by order", "by fault"])
async def test_a_rotation_publishes_new_kids_and_signs_with_them(citizen: Citizen, how: str) -> None:
    before = {key.kid for key in (await keys_of(citizen)).keys}
    if how == "by order":
        citizen.federation.rotate_keys()
    else:
        await citizen.federation.set_fault("hub", "keys_rotated")
    keys = await keys_of(citizen)
    assert before.isdisjoint({key.kid for key in keys.keys})
    token = (await citizen.token((await citizen.to_callback())["code"])).json()["id_token"]
    assert verify(token, keys)["aud"] == citizen.client_id


@pytest.mark.parametrize(("fault", "status"), [("userinfo_500", 500), ("userinfo_401", 401), ("userinfo_garbage", 200)])
async def test_the_userinfo_endpoint_fails_on_command(citizen: Citizen, fault: str, status: int) -> None:
    access = (await citizen.token((await citizen.to_callback())["code"])).json()["access_token"]
    await citizen.federation.set_fault("hub", fault)
    answer = await citizen.userinfo(access)
    assert answer.status_code == status
    if status == 200:
        assert answer.text.count(".") == 0


async def test_userinfo_may_be_unsigned_or_signed_by_the_wrong_key(citizen: Citizen) -> None:
    access = (await citizen.token((await citizen.to_callback())["code"])).json()["access_token"]
    keys = await keys_of(citizen)
    await citizen.federation.set_fault("hub", "userinfo_unsigned")
    assert (await citizen.userinfo(access)).headers["content-type"] == "application/json"
    for fault in ("userinfo_unknown_key", "userinfo_bad_signature"):
        await citizen.federation.clear_faults()
        await citizen.federation.set_fault("hub", fault)
        with pytest.raises((JoseError, ValueError)):
            verify((await citizen.userinfo(access)).text, keys)


async def test_userinfo_may_lack_a_claim_or_hold_a_wrong_one(citizen: Citizen) -> None:
    access = (await citizen.token((await citizen.to_callback())["code"])).json()["access_token"]
    await citizen.federation.set_fault("hub", "userinfo_missing", claim="email")
    await citizen.federation.set_fault("hub", "userinfo_claim", claim="family_name", value="AUTRE")
    claims = payload_of((await citizen.userinfo(access)).text)
    assert "email" not in claims
    assert claims["family_name"] == "AUTRE"


@pytest.mark.parametrize(
    ("fault", "seen"),
    [
        ("callback_no_code", lambda back, citizen: "code" not in back),
        ("callback_no_state", lambda back, citizen: "state" not in back),
        ("callback_wrong_state", lambda back, citizen: back["state"] != citizen.state),
        ("callback_wrong_iss", lambda back, citizen: back["iss"] != citizen.federation.issuer),
        ("callback_no_iss", lambda back, citizen: "iss" not in back),
        ("callback_error", lambda back, citizen: back["error"] == "server_error" and "code" not in back),
    ],
)
async def test_the_way_back_to_the_sp_may_be_spoilt(citizen: Citizen, fault: str, seen: Callable[[dict[str, str], Citizen], bool]) -> None:
    await citizen.federation.set_fault("hub", fault)
    assert seen(await citizen.to_callback(), citizen)


@pytest.mark.parametrize(
    ("fault", "path", "status"),
    [("jwks_down", "/jwks", 500), ("jwks_garbage", "/jwks", 200), ("discovery_down", "/.well-known/openid-configuration", 500)],
)
async def test_the_hubs_own_documents_fail_on_command(citizen: Citizen, fault: str, path: str, status: int) -> None:
    await citizen.federation.set_fault("hub", fault)
    answer = await citizen.back.get(citizen.base + path)
    assert answer.status_code == status
    if status == 200:
        assert not answer.text.startswith("{")


async def test_the_keys_may_be_an_empty_set(citizen: Citizen) -> None:
    await citizen.federation.set_fault("hub", "jwks_empty")
    assert (await citizen.back.get(f"{citizen.base}/jwks")).json() == {"keys": []}
