"""The requests of the SP's server: the code for tokens, the tokens for the identity, all checked.

No cookie is sent, and no redirect is followed.
"""

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from probe.config.models import ClientAuth, Userinfo
from probe.config.resolve import ResolvedEndpoints
from probe.core.judgement.attribution import Party
from probe.core.judgement.detail import Detail, DetailKind
from probe.core.judgement.observation import Reason, ReturnedIdentity, Step
from probe.core.judgement.sighting import Aspect
from probe.core.plain_text import fits_header
from probe.core.times import SECOND_US
from probe.journeys import details
from probe.journeys.authorization import FRESH_US, Request, text_from
from probe.journeys.details import Trusted
from probe.journeys.exchange import UNAUTHORIZED, Answer, Ask, Channel, Verdict
from probe.journeys.pages import Page
from probe.journeys.returned import returned_identity
from probe.journeys.site import Entropy
from probe.journeys.turned_away import turned_away
from probe.journeys.walk import Symptom, Walk
from probe.oidc import id_token, userinfo
from probe.oidc.client_auth import RelyingParty, prove, spoil
from probe.oidc.documents import load_object, text_of
from probe.oidc.keys import KeySet, load_key_set
from probe.oidc.problem import CheckFailure
from probe.oidc.published import key_traits
from probe.oidc.signed import TokenFlaw, VerifiedToken, decrypt, encryption_of, header_of, is_encrypted, needs_keys, verify

_BY_SECRET = (ClientAuth.SECRET_POST, ClientAuth.SECRET_BASIC)
"""The ways of authentication by which the hub sees our secret, and accepts it or not."""

_LACKED = {Step.TOKEN: Reason.TOKEN_ERROR, Step.JWKS: Reason.SIGNATURE, Step.USERINFO: Reason.USERINFO_ERROR}
"""Why a journey fails when the hub's metadata lack the address of a step."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """The access token, and the checked id_token with its subject and level.

    `since_us` is the time of the answer, in microseconds since the journey started. `lifetime_us`
    is the access token's, as the hub told it; None when it did not. `id_token` is as it came.
    """

    access_token: str = field(repr=False)
    subject: str = field(repr=False)
    since_us: int
    acr: str | None
    lifetime_us: int | None
    id_token: str = field(repr=False)


class BackChannel:
    """The back channel of one journey."""

    def __init__(self, walk: Walk, request: Request, entropy: Entropy, now_us: int) -> None:
        self._walk = walk
        self._request = request
        self._entropy = entropy
        self._now_us = now_us  # the start of the journey: a walk knows a later time
        self._keys_fetched = False
        self._for_userinfo = False
        self.returned: ReturnedIdentity | None = None
        """What is kept of the identity, once it could be read."""

    @property
    def _endpoints(self) -> ResolvedEndpoints:
        return self._request.endpoints

    # --- asking

    def _ask(self, ask: Ask) -> Generator[Ask, Answer, Answer | Verdict]:
        if self._walk.site.party(ask.url) is not Party.HUB:
            # The metadata name a host that the configuration does not.
            return self._stop(ask.step, Symptom(check=Reason.UNEXPECTED_HOST, detail=self._walk.unexpected_host(ask.url)))
        answer = yield ask
        if not answer.error:
            return answer
        return self._stop(ask.step, Symptom(transport=answer.error, detail=details.of_connection(self._walk.redactor, answer)))

    def _stop(self, step: Step, symptom: Symptom) -> Verdict:
        return self._walk.stop(replace(symptom, for_userinfo=self._for_userinfo), step, Party.HUB)

    def _failed(self, step: Step, reason: Reason, kind: DetailKind, names: Iterable[str] = (), others: Iterable[str] = ()) -> Verdict:
        return self._stop(step, Symptom(check=reason, detail=self._walk.detail(kind, names, others)))

    def _failed_check(self, problem: CheckFailure) -> Verdict:
        return self._failed(problem.step, problem.reason, problem.kind, problem.names, problem.others)

    def _no_endpoint(self, step: Step, name: str) -> Verdict:
        """Return the verdict on an address that is not known.

        The hub's metadata must name it (OpenID Connect Discovery 1.0, section 3). Without metadata,
        our configuration must.
        """
        told = self._walk.memory.metadata is not None
        return self._failed(step, _LACKED[step] if told else Reason.SP_CONFIGURATION, DetailKind.ENDPOINT_MISSING, (name,))

    def refused(self, answer: Answer, step: Step, since_us: int, lifetime_us: int) -> Verdict:
        """Return the verdict on an error answer. Only the error's own members are evidence."""
        document = load_object(answer.body)
        code = self._in_error(document, self._walk.find_code)
        error = oauth_error(answer)
        if error is None and code is None and step is Step.TOKEN:
            error = client_error(answer)
        if code is None and ((document is None and error is None) or answer.status == 429) and turned_away(answer):
            return self._stop(step, Symptom(check=Reason.TURNED_AWAY, status=answer.status))
        page = Page(answer) if document is None and answer.status >= 400 else None
        quotes = [f"HTTP {answer.status}", error, text_of(document, "error_description", 1_000)]
        symptom = Symptom(
            page=page,
            status=answer.status,
            code=code if self._walk.site.profile.codes else None,
            error_id=self._in_error(document, self._walk.find_error_id),
            oauth_error=error,
            quote=" ".join(quote for quote in quotes if quote),
            detail=self._of_refusal(answer, step, error),
            # Up to the request: a hub whose own slowness lets the code expire is at fault.
            grant_age_us=answer.asked_us - since_us,
            grant_lifetime_us=lifetime_us,
        )
        return self._stop(step, symptom)

    def _of_refusal(self, answer: Answer, step: Step, error: str | None) -> Detail:
        """Return the detail of an error answer: the client, the grant, the error, or the status."""
        if error is None and answer.status == 200:
            return self._walk.detail(DetailKind.NOT_JSON, (step.value,))
        if error is None:
            return self._walk.detail(DetailKind.STATUS, (str(answer.status),), ("200",))
        if step is not Step.TOKEN:
            return self._walk.detail(DetailKind.ERROR_ANSWER, (error,))
        if error == "invalid_client":
            method = self._walk.site.client.method
            kind = DetailKind.CLIENT_KEY_REFUSED if method is ClientAuth.PRIVATE_KEY_JWT else DetailKind.CLIENT_REFUSED
            return self._walk.detail(kind, (method.value,), self._offered_methods())
        sent = ["grant_type=authorization_code", f"redirect_uri={self._walk.site.hub.sp.redirect_uri}", "code"]
        sent += ["code_verifier"] if self._request.verifier else []
        return self._walk.detail(DetailKind.GRANT_REFUSED, (error,), map(Trusted, sent))

    def _offered_methods(self) -> list[str]:
        offered = (self._walk.memory.metadata or {}).get("token_endpoint_auth_methods_supported")
        return [method for method in offered if isinstance(method, str)] if isinstance(offered, list) else []

    def _in_error(self, document: dict[str, Any] | None, find: Callable[[str], str | None]) -> str | None:
        """Return what `find` finds in `error_uri`, else in `error_description` (docs/hub.md)."""
        texts = (text_of(document, name, 2_000) for name in ("error_uri", "error_description"))
        return next((found for text in texts if text and (found := find(text))), None)

    # --- tokens

    def exchange(self, code: str, since_us: int) -> Generator[Ask, Answer, Tokens | Verdict]:
        """Exchange the code for tokens (OpenID Connect Core 1.0, section 3.1.3).

        `since_us` is the time at which the code arrived, in microseconds since the journey started.
        """
        answer = yield from self.redeem(code)
        if isinstance(answer, Verdict):
            return answer
        document = load_object(answer.body)
        if answer.status != 200 or document is None or document.get("error") is not None:
            return self.refused(answer, Step.TOKEN, since_us, self._walk.site.hub.sp.code_lifetime)
        return (yield from self._check_tokens(document, answer))

    def redeem(self, code: str, client: RelyingParty | None = None, wrong: str | None = None) -> Generator[Ask, Answer, Answer | Verdict]:
        """Send a code to the token endpoint, and return the answer unread.

        `client` replaces the configured one, `wrong` its secret or its signature.
        """
        url = self._endpoints.token
        if url is None:
            return self._no_endpoint(Step.TOKEN, "token")
        return (yield from self._ask(self._token_request(url, code, client or self._walk.site.client, wrong)))

    def _token_request(self, url: str, code: str, client: RelyingParty, wrong: str | None) -> Ask:
        site, walk = self._walk.site, self._walk
        now_us = walk.last.at_us if walk.last else self._now_us
        proof = prove(client, site.hub.issuer, text_from(self._entropy, 16), now_us)
        proof = proof if wrong is None else spoil(proof, wrong)
        form = (("grant_type", "authorization_code"), ("code", code), ("redirect_uri", site.hub.sp.redirect_uri), *proof.form)
        if self._request.verifier:
            form += (("code_verifier", self._request.verifier),)
        return Ask(Step.TOKEN, "POST", url, Channel.BACK, {"accept": "application/json"}, form, proof.basic)

    def _check_tokens(self, document: dict[str, Any], answer: Answer) -> Generator[Ask, Answer, Tokens | Verdict]:
        access_token, token = text_of(document, "access_token"), text_of(document, "id_token", 200_000)
        kind = text_of(document, "token_type", 100) or ""
        if access_token is None or kind.lower() != "bearer":
            absent = "access_token" if access_token is None else "token_type=Bearer"
            return self._failed(Step.TOKEN, Reason.TOKEN_ERROR, DetailKind.PARAMETER_ABSENT, (absent,), document)
        if access_token and not fits_header(access_token):  # it is sent in a header
            return self._failed(Step.TOKEN, Reason.TOKEN_ERROR, DetailKind.NOT_A_TOKEN, ("access_token",))
        if token is None:
            return self._failed(Step.TOKEN, Reason.TOKEN_ERROR, DetailKind.PARAMETER_ABSENT, ("id_token",), document)
        verified = yield from self._verified(token, Step.TOKEN, "id_token", answer.at_us)
        if isinstance(verified, Verdict):
            return verified
        problem = id_token.check(verified, self._expected(access_token, answer.at_us))
        if problem:
            return self._failed_check(problem)
        lifetime_us, level = _lifetime_us(document.get("expires_in")), text_of(verified.claims, "acr", 200)
        return Tokens(access_token, verified.claims["sub"], answer.since_us, level, lifetime_us, token)

    def signed_part(self, tokens: Tokens) -> str:
        """Return the id_token without its encryption, as a logout wants it (OpenID Connect
        RP-Initiated Logout 1.0, section 2).
        """
        token = tokens.id_token
        opened = decrypt(token, self._walk.site.client.decryption_key) if is_encrypted(token) else token
        return token if isinstance(opened, TokenFlaw) else opened

    def _expected(self, access_token: str, now_us: int) -> id_token.Expected:
        site = self._walk.site
        return id_token.Expected(
            issuer=site.hub.issuer,
            client_id=site.client.client_id,
            nonce=self._request.nonce,
            now_us=now_us,
            skew_us=site.hub.sp.clock_skew,
            acr=site.expected_levels,
            nonce_required=site.profile.nonce_required,
            access_token=access_token,
        )

    # --- signatures

    def _verified(self, token: str, step: Step, name: str, now_us: int) -> Generator[Ask, Answer, VerifiedToken | Verdict]:
        """Return the token's claims, once it is decrypted and its signature is verified.

        An unknown or replaced key makes the key set be fetched again, once.
        """
        if is_encrypted(token):
            opened = decrypt(token, self._walk.site.client.decryption_key)
            if isinstance(opened, TokenFlaw):
                return self._flawed(opened, step, name, token)
            token = opened
        verified = yield from (self._with_keys(token, now_us) if needs_keys(token) else self._with_secret(token))
        return self._flawed(verified, step, name, token) if isinstance(verified, TokenFlaw) else verified

    def _flawed(self, flaw: TokenFlaw, step: Step, name: str, token: str) -> Verdict:
        """Return the verdict on a token that cannot be used.

        Data that is no token at all is a broken answer. A token that is encrypted for another key
        than ours is a matter of our own key, or of the hub's record of our client. So is one that
        is signed with a secret which the hub did not just accept from us. Any other token that
        cannot be trusted has a bad signature.
        """
        broken = Reason.TOKEN_ERROR if step is Step.TOKEN else Reason.USERINFO_ERROR
        header, sp = header_of(token), self._walk.site.hub.sp
        alg, kid = text_of(header, "alg", 32), text_of(header, "kid", 200)
        names, others = {
            TokenFlaw.NOT_A_TOKEN: ((), ()),
            TokenFlaw.ALGORITHM: ((alg,), sp.id_token_alg),
            TokenFlaw.NO_KEY: ((alg, kid), self._published()),
            TokenFlaw.SIGNATURE: ((alg, kid), ()),
            TokenFlaw.ENCRYPTED: (encryption_of(token), ()),
            TokenFlaw.DECRYPTION: (encryption_of(token), ()),
        }[flaw]
        told = (name, *(part for part in names if part))
        reasons = {
            **(dict.fromkeys((TokenFlaw.SIGNATURE, TokenFlaw.NO_KEY), Reason.SP_CONFIGURATION) if self._by_unproved_secret(token) else {}),
            TokenFlaw.NOT_A_TOKEN: broken,
            TokenFlaw.ENCRYPTED: Reason.SP_CONFIGURATION,
            TokenFlaw.DECRYPTION: Reason.SP_CONFIGURATION,
        }
        return self._failed(step, reasons.get(flaw, Reason.SIGNATURE), flaw.value, told, others)

    def _by_unproved_secret(self, token: str) -> bool:
        """Whether the token is signed with our secret, and the hub was sent no such secret."""
        return not is_encrypted(token) and not needs_keys(token) and self._walk.site.client.method not in _BY_SECRET

    def _published(self) -> list[str]:
        keys = self._walk.memory.keys
        return [" ".join(filter(None, (key.key_type, key.kid))) for key in keys.keys] if keys else []

    def _with_secret(self, token: str) -> Generator[Ask, Answer, VerifiedToken | TokenFlaw | Verdict]:
        yield from ()
        return self._verify(token, None)

    def _with_keys(self, token: str, now_us: int) -> Generator[Ask, Answer, VerifiedToken | TokenFlaw | Verdict]:
        keys = yield from self._keys(now_us)
        if isinstance(keys, Verdict):
            return keys
        verified = self._verify(token, keys)
        if verified not in (TokenFlaw.NO_KEY, TokenFlaw.SIGNATURE) or self._keys_fetched:
            return verified
        keys = yield from self._fetch_keys()
        return keys if isinstance(keys, Verdict) else self._verify(token, keys)

    def _verify(self, token: str, keys: KeySet | None) -> VerifiedToken | TokenFlaw:
        site = self._walk.site
        return verify(token, [str(alg) for alg in site.hub.sp.id_token_alg], keys, site.client.secret)

    def _keys(self, now_us: int) -> Generator[Ask, Answer, KeySet | Verdict]:
        """Return the hub's keys: those in memory while they are fresh, else newly fetched ones.

        Old keys are still used while the hub gives no others.
        """
        memory = self._walk.memory
        if memory.keys is not None and (self._keys_fetched or 0 <= now_us - memory.keys_at_us < FRESH_US):
            return memory.keys
        fetched = yield from self._fetch_keys()
        if isinstance(fetched, Verdict) and memory.keys is not None:
            return memory.keys
        return fetched

    def _fetch_keys(self) -> Generator[Ask, Answer, KeySet | Verdict]:
        self._keys_fetched = True
        url = self._endpoints.jwks
        if url is None:
            return self._no_endpoint(Step.JWKS, "jwks")
        answer = yield from self._ask(Ask(Step.JWKS, "GET", url, Channel.BACK))
        if isinstance(answer, Verdict):
            return answer
        if answer.status != 200:
            check = Reason.TURNED_AWAY if turned_away(answer) else Reason.HTTP_STATUS
            return self._stop(Step.JWKS, Symptom(check=check, status=answer.status))
        keys = load_key_set(answer.body)
        if keys is None:
            return self._failed(Step.JWKS, Reason.SIGNATURE, DetailKind.NO_KEYS)
        self._walk.memory.keys, self._walk.memory.keys_at_us = keys, answer.at_us
        self._walk.memory.published_us[Aspect.KEYS] = answer.at_us
        self._walk.note(Aspect.KEYS, lambda: key_traits(keys))
        return keys

    # --- identity

    def identity(self, tokens: Tokens) -> Generator[Ask, Answer, Verdict | None]:
        """Fetch userinfo, check it, compare it with the persona, and drop it.

        Returns None when all of it is right, else the verdict.
        """
        self._for_userinfo = True
        answer = yield from self.userinfo(tokens)
        if isinstance(answer, Verdict):
            return answer
        if answer.status != 200:
            return self.refused(answer, Step.USERINFO, tokens.since_us, self._walk.site.hub.sp.token_lifetime)
        claims = yield from self._claims(answer)
        if isinstance(claims, Verdict):
            return claims
        return self._judge(claims, answer, tokens)

    def userinfo(self, tokens: Tokens, not_before_us: int = 0) -> Generator[Ask, Answer, Answer | Verdict]:
        """Ask for the identity, and return the answer unread. `not_before_us`: see `Ask`."""
        url = self._endpoints.userinfo
        if url is None:
            return self._no_endpoint(Step.USERINFO, "userinfo")
        headers = {"authorization": f"Bearer {tokens.access_token}", "accept": "application/jwt, application/json"}
        return (yield from self._ask(Ask(Step.USERINFO, "GET", url, Channel.BACK, headers, not_before_us=not_before_us)))

    def _claims(self, answer: Answer) -> Generator[Ask, Answer, dict[str, Any] | Verdict]:
        document = None if _is_jwt(answer) else load_object(answer.body)
        if document is None and not _is_jwt(answer):
            return self._failed(Step.USERINFO, Reason.USERINFO_ERROR, DetailKind.NOT_JSON, ("userinfo",))
        configured = self._walk.site.hub.sp.userinfo
        if configured not in (Userinfo.AUTO, form := _form(answer)):
            # whether answers are encrypted stands in the hub's record of our client
            reason = Reason.SP_CONFIGURATION if form is Userinfo.ENCRYPTED else Reason.SIGNATURE
            return self._failed(Step.USERINFO, reason, DetailKind.USERINFO_FORM, (form,), (configured,))
        if document is not None:
            return document
        token = answer.body.decode("ascii", "replace").strip()
        verified = yield from self._verified(token, Step.USERINFO, "userinfo", answer.at_us)
        return verified if isinstance(verified, Verdict) else verified.claims

    def _judge(self, claims: dict[str, Any], answer: Answer, tokens: Tokens) -> Verdict | None:
        site = self._walk.site
        expected = userinfo.ExpectedUserinfo(
            issuer=site.hub.issuer,
            client_id=site.client.client_id,
            subject=tokens.subject,
            now_us=answer.at_us,
            skew_us=site.hub.sp.clock_skew,
            signed=_is_jwt(answer),
        )
        persona = (site.idp.persona if site.idp else None) or {}
        problem = userinfo.check(claims, expected)
        if problem:
            return self._failed_check(problem)
        self.returned = returned_identity(site, self._walk.memory.salt, claims, tokens.subject, tokens.acr)
        problem = userinfo.compare(persona, claims)
        return replace(self._failed_check(problem), identity=self.returned) if problem else None


def _is_jwt(answer: Answer) -> bool:
    return answer.word("content-type") == "application/jwt"


def _form(answer: Answer) -> Userinfo:
    if not _is_jwt(answer):
        return Userinfo.JSON
    return Userinfo.ENCRYPTED if is_encrypted(answer.body.decode("ascii", "replace").strip()) else Userinfo.SIGNED


def oauth_error(answer: Answer) -> str | None:
    """Return the OAuth error of an answer: the body's, else the challenge's; None without one."""
    return text_of(load_object(answer.body), "error", 100) or _challenge_error(answer)


def _lifetime_us(told: Any) -> int | None:
    """Return `expires_in` (RFC 6749, section 5.1: seconds) as microseconds; None if it is none."""
    return told * SECOND_US if isinstance(told, int) and not isinstance(told, bool) and told > 0 else None


def _challenge_error(answer: Answer) -> str | None:
    """Return `error` of a WWW-Authenticate challenge (RFC 6750, section 3)."""
    challenge = answer.headers.get("www-authenticate", "")
    errors = ("invalid_token", "invalid_request", "insufficient_scope")
    return next((error for error in errors if f'error="{error}"' in challenge), None)


def client_error(answer: Answer) -> str | None:
    """Return the error of a refused client that is told without JSON (RFC 6749, section 5.2).

    A client that cannot be authenticated is answered 401. Some servers write the error, or the
    status's own name, as plain text.
    """
    word = answer.text.strip().strip(".").lower() if len(answer.body) <= _LONGEST_WORD else ""
    if word == "unauthorized_client":
        return word
    return "invalid_client" if answer.status == UNAUTHORIZED or word in ("invalid_client", "unauthorized") else None


_LONGEST_WORD = 100  # bytes
