"""Journey `identity`: logs in with the synthetic account, and checks the identity that comes back.

« FranceConnect Particuliers n'est pas en mesure de renvoyer les données d'identité demandées par
le Fournisseur de Services même si l'authentification a réussi chez le Fournisseur d'Identité. »
(contract, section 3)
"""

import hmac
from collections.abc import Generator
from dataclasses import dataclass, replace

from probe.core.judgement.detail import DetailKind
from probe.core.judgement.observation import Reason, Step
from probe.journeys.authorization import Request, prepare
from probe.journeys.backchannel import BackChannel, Tokens
from probe.journeys.details import Trusted
from probe.journeys.exchange import Answer, Ask, Journey, Verdict
from probe.journeys.guard import walked
from probe.journeys.login import log_in_and_return
from probe.journeys.login_page import reach_idp
from probe.journeys.mire import callback_error
from probe.journeys.site import Entropy
from probe.journeys.walk import Callback, Symptom, Walk


@walked()
def identity(walk: Walk, entropy: Entropy, now_us: int) -> Journey:
    """Run the whole journey.

    It passes when every check of the tokens holds and the claims are those of the persona.
    """
    login = yield from log_in_for_tokens(walk, entropy, now_us)
    if isinstance(login, Verdict):
        return login
    return (yield from login.channel.identity(login.tokens)) or replace(walk.passed(Step.CLAIMS), identity=login.channel.returned)


@dataclass(frozen=True, slots=True)
class FinishedLogin:
    """A login whose code was exchanged for tokens, every one of them checked."""

    request: Request
    callback: Callback
    channel: BackChannel
    tokens: Tokens


def log_in_for_tokens(walk: Walk, entropy: Entropy, now_us: int) -> Generator[Ask, Answer, FinishedLogin | Verdict]:
    """Log in with the synthetic account, and exchange the code for tokens."""
    request = yield from prepare(walk, entropy, now_us)
    if isinstance(request, Verdict):
        return request
    callback = yield from _log_in(walk, request)
    if isinstance(callback, Verdict):
        return callback
    wrong = check_callback(walk, request, callback)
    if wrong:
        return wrong
    walk.authenticated = True  # the hub gave the SP a code: it takes the citizen for logged in
    channel = BackChannel(walk, request, entropy, now_us)
    tokens = yield from channel.exchange(callback.params["code"], callback.since_us)
    return tokens if isinstance(tokens, Verdict) else FinishedLogin(request, callback, channel, tokens)


def _log_in(walk: Walk, request: Request) -> Generator[Ask, Answer, Callback | Verdict]:
    recipe = walk.site.recipe
    if recipe is None:
        return walk.stop(Symptom(check=Reason.SP_CONFIGURATION, detail=walk.detail(DetailKind.RECIPE_MISSING)))
    arrival = yield from reach_idp(walk, request)
    return (yield from log_in_and_return(walk, arrival, recipe))


def check_callback(walk: Walk, request: Request, callback: Callback) -> Verdict | None:
    """Check the redirect to the SP, and return the verdict when something is wrong.

    It checks error, state (RFC 6749, section 10.12), iss (RFC 9207, section 2.4) and code.
    """
    params, issuer = callback.params, walk.site.hub.issuer
    if params.get("error"):
        return walk.stop(callback_error(walk, params), Step.SP_CALLBACK)
    if not hmac.compare_digest(params.get("state", "").encode("utf-8", "replace"), request.state.encode()):
        detail = None if params.get("state") else walk.detail(DetailKind.PARAMETER_ABSENT, ("state",), params)
        return walk.stop(Symptom(check=Reason.STATE_MISMATCH, detail=detail), Step.SP_CALLBACK)
    if params.get("iss", None if request.issuer_in_callback else issuer) != issuer:
        detail = walk.detail(DetailKind.ISSUER, (params.get("iss", ""),), (Trusted(issuer),))
        return walk.stop(Symptom(check=Reason.ISSUER_MISMATCH, detail=detail), Step.SP_CALLBACK)
    if not params.get("code"):
        detail = walk.detail(DetailKind.PARAMETER_ABSENT, ("code",), params)
        return walk.stop(Symptom(check=Reason.CODE_MISSING, detail=detail), Step.SP_CALLBACK)
    return None
