"""The OpenID Foundation's tests of a relying party, by their names, and what Vigie tells of each.

A hub at which a test's fault shows is one that strict services refuse. Those of the names that are
left out are of what Vigie does not do: implicit and hybrid flows (`at_hash` and `c_hash` of the
front channel), `form_post`, request objects, dynamic registration, WebFinger, refresh tokens.
"""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from json import dumps
from typing import Any

import pytest
from joserfc.jwk import ECKey, RSAKey

from probe.core.judgement.observation import Fault, Outcome, Reason, Step
from probe.journeys.exchange import Answer, Ask
from probe.journeys.site import Memory
from tests.fakes.hub import KEY, OTHER_KEY, FakeHub, configured, document, encrypt, run, sign, symmetric, token

TOKEN, USERINFO = "POST /api/v2/token", "GET /api/v2/userinfo"
RSA_KEY = RSAKey.generate_key(2048, {"kid": "r1", "use": "sig", "alg": "RS256"})
ENCRYPTION = ECKey.generate_key("P-256", {"use": "enc"})
DECRYPTION = ENCRYPTION.as_pem(private=True).decode()

Play = Callable[[], Any]
Told = tuple[Outcome, Step, Reason | None]

PASSES: Told = (Outcome.OK, Step.CLAIMS, None)
NOT_THE_TOKEN: Told = (Outcome.FAILED, Step.TOKEN, Reason.ID_TOKEN)
NOT_SIGNED: Told = (Outcome.FAILED, Step.TOKEN, Reason.SIGNATURE)
NOT_THE_CITIZEN: Told = (Outcome.FAILED, Step.USERINFO, Reason.USERINFO_ERROR)


def claims(**changes: Any) -> Play:
    """An id_token with other claims; None removes one."""
    return lambda: run(FakeHub(id_token_claims=changes))


def sends(make: Callable[[FakeHub], str], *published: Any) -> Play:
    """An id_token as a whole; the hub publishes these keys."""

    def play() -> Any:
        hub = FakeHub(published=list(published) or [KEY])

        def answer(_: Ask) -> Answer:
            return document(hub.tokens() | {"id_token": make(hub)})

        return run(hub.on(TOKEN, answer))

    return play


def signed(key: Any, alg: str, *published: Any) -> Play:
    return lambda: run(FakeHub(signing=key, alg=alg, published=list(published)))


def userinfo(make: Callable[[FakeHub], Answer], **sp: Any) -> Play:
    def play() -> Any:
        hub = FakeHub()
        return run(hub.on(USERINFO, lambda _: make(hub)), config=configured(**sp), DECRYPTION=DECRYPTION)

    return play


def authenticated(**sp: Any) -> Play:
    return lambda: run(FakeHub(), config=configured(**sp))


def without_kid(hub: FakeHub) -> str:
    return sign(hub.id_token(), key=ECKey.import_key(_without(KEY, "kid")))


def _without(key: ECKey, name: str) -> dict[str, Any]:
    return {member: value for member, value in key.as_dict(private=True).items() if member != name}


def spoilt(text: str) -> str:
    """A token of whose signature a character in the middle differs."""
    head, _, signature = text.rpartition(".")
    middle = len(signature) // 2
    other = "A" if signature[middle] != "A" else "B"
    return f"{head}.{signature[:middle]}{other}{signature[middle + 1 :]}"


def unsigned(hub: FakeHub) -> str:
    parts = (urlsafe_b64encode(dumps(part).encode()).rstrip(b"=").decode() for part in ({"alg": "none"}, hub.id_token()))
    return f"{'.'.join(parts)}."


def rotated() -> Any:
    """The hub signs with another key than at the journey before."""
    memory, hub = Memory(), FakeHub()
    run(hub, memory=memory)
    hub.signing, hub.published = OTHER_KEY, [OTHER_KEY]
    return run(hub, memory=memory)


TESTS: dict[str, tuple[Play, Told]] = {
    "rp-response_type-code": (lambda: run(FakeHub()), PASSES),
    "rp-token_endpoint-client_secret_post": (authenticated(client_auth="client_secret_post"), PASSES),
    "rp-token_endpoint-client_secret_basic": (authenticated(client_auth="client_secret_basic"), PASSES),
    "rp-id_token-issuer-mismatch": (claims(iss="https://other.test"), NOT_THE_TOKEN),
    "rp-id_token-sub": (claims(sub=None), NOT_THE_TOKEN),
    "rp-id_token-aud": (claims(aud="another"), NOT_THE_TOKEN),
    "rp-id_token-aud (missing)": (claims(aud=None), NOT_THE_TOKEN),
    "rp-id_token-iat": (claims(iat=None), NOT_THE_TOKEN),
    "rp-id_token-exp (missing)": (claims(exp=None), NOT_THE_TOKEN),
    "rp-id_token-bad-at_hash": (claims(at_hash="another"), NOT_THE_TOKEN),
    "rp-nonce-invalid": (claims(nonce="another"), NOT_THE_TOKEN),
    "rp-nonce-unless-code-flow": (claims(nonce=None), NOT_THE_TOKEN),
    "rp-id_token-kid-absent-single-jwks": (sends(without_kid, KEY), PASSES),
    # the suite lets a client choose: it tries the keys
    "rp-id_token-kid-absent-multiple-jwks": (sends(without_kid, OTHER_KEY, KEY), PASSES),
    "rp-id_token-sig-none": (sends(unsigned), NOT_SIGNED),
    "rp-id_token-sig-rs256": (signed(RSA_KEY, "RS256", RSA_KEY), PASSES),
    "rp-id_token-bad-sig-rs256": (sends(lambda hub: spoilt(sign(hub.id_token(), RSA_KEY, "RS256")), RSA_KEY), NOT_SIGNED),
    "rp-id_token-sig-es256": (signed(KEY, "ES256", KEY), PASSES),
    "rp-id_token-bad-sig-es256": (sends(lambda hub: spoilt(sign(hub.id_token()))), NOT_SIGNED),
    "rp-id_token-sig-hs256": (signed(symmetric(), "HS256"), PASSES),
    "rp-id_token-bad-sig-hs256": (sends(lambda hub: spoilt(sign(hub.id_token(), symmetric(), "HS256"))), NOT_SIGNED),
    "rp-key-rotation-op-sign-key": (rotated, PASSES),
    "rp-key-rotation-op-sign-key (not published)": (signed(OTHER_KEY, "ES256", KEY), NOT_SIGNED),
    "rp-userinfo-bad-sub-claim": (userinfo(lambda hub: document(hub.userinfo() | {"sub": "another"})), NOT_THE_CITIZEN),
    "rp-userinfo-sig": (userinfo(lambda hub: token(sign(hub.userinfo()))), PASSES),
    "rp-userinfo-sig (bad)": (userinfo(lambda hub: token(spoilt(sign(hub.userinfo())))), (Outcome.FAILED, Step.USERINFO, Reason.SIGNATURE)),
    "rp-userinfo-sig+enc": (
        userinfo(lambda hub: token(encrypt(sign(hub.userinfo()), ENCRYPTION)), decryption_key={"env": "DECRYPTION"}),
        PASSES,
    ),
}
"""The suite's name, what the hub does, and what is told of it. A variant of ours is in brackets."""


@pytest.mark.parametrize("name", TESTS)
def test_a_relying_party_accepts_and_refuses_as_the_suite_wants(name: str) -> None:
    play, told = TESTS[name]
    verdict = play().verdict
    assert (verdict.outcome, verdict.step, verdict.reason) == told
    assert verdict.outcome is Outcome.OK or verdict.fault is Fault.HUB


def test_the_access_token_goes_in_the_header_alone() -> None:
    """rp-userinfo-bearer-header."""
    asked = next(ask for ask in run(FakeHub()).asks if ask.step is Step.USERINFO)
    assert {name.lower(): value for name, value in asked.headers.items()}["authorization"] == "Bearer the-access-token"
    assert "the-access-token" not in asked.url
    assert asked.form is None
