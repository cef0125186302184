"""What an answer to a negative journey proves: acceptance, refusal, or nothing."""

from collections.abc import Generator, Iterable
from dataclasses import replace
from typing import Final

from probe.core.judgement.detail import DetailKind
from probe.core.judgement.hub_codes import CodeClass
from probe.core.judgement.observation import Outcome, Reason, Step
from probe.journeys.authorization import prepare
from probe.journeys.backchannel import client_error, oauth_error
from probe.journeys.exchange import Answer, Ask, Verdict
from probe.journeys.hubpages import HubPage
from probe.journeys.mire import reach_mire
from probe.journeys.site import Entropy
from probe.journeys.walk import Symptom, Walk
from probe.oidc.documents import load_object

INVENTED: Final = "vigie-negative-"
"""What every invented name begins with, so that the hub's logs tell who asked."""

INVALID_GRANT: Final = frozenset({"invalid_grant"})
INVALID_CLIENT: Final = frozenset({"invalid_client", "unauthorized_client"})
INVALID_TOKEN: Final = frozenset({"invalid_token"})

_REFUSALS = frozenset({Reason.SP_CONFIGURATION, Reason.HUB_ERROR, Reason.NOT_THE_MIRE, Reason.HTTP_STATUS, Reason.IDP_DISCOVERY})
_TROUBLES = frozenset({"server_error", "temporarily_unavailable"})  # RFC 6749, section 4.1.2.1
_NOT_NOW = frozenset({408, 425, 429})
_OF_THE_REQUEST = frozenset(
    {
        CodeClass.REQUEST_REFUSED,
        CodeClass.CLIENT_UNKNOWN,
        CodeClass.REDIRECT_URI_UNKNOWN,
        CodeClass.IDP_NOT_OFFERED,
        CodeClass.IDP_RECORD_LOST,
    }
)
_AT_ONE_STEP = {
    CodeClass.IDP_METADATA: Step.REDIRECT_TO_IDP,
    CodeClass.STORE_AT_VERIFY: Step.VERIFY,
    CodeClass.TOKEN_MISUSE: Step.TOKEN,
}
"""Classes that say something at one step only (`CodeClass`)."""


def usual_mire(walk: Walk, entropy: Entropy, now_us: int) -> Generator[Ask, Answer, HubPage | Verdict]:
    """Ask for the mire as any citizen does; the verdict of a journey that ends before it."""
    request = yield from prepare(walk, entropy, now_us)
    if isinstance(request, Verdict):
        return inconclusive(request)
    shown = yield from reach_mire(walk, request)
    return inconclusive(shown) if isinstance(shown, Verdict) else shown


def inconclusive(verdict: Verdict) -> Verdict:
    """Return a verdict on trouble that shows nothing about the refusal: nobody failed."""
    return replace(verdict, outcome=Outcome.INCONCLUSIVE, coded=False, authenticated=False, part=None)


def returned_well(walk: Walk) -> bool:
    """Tell whether the browser was sent back to the SP without an error."""
    return bool(walk.returned) and not walk.returned.get("error")


def accepted(walk: Walk, step: Step, kind: DetailKind, names: Iterable[str] = ()) -> Verdict:
    """Return the verdict on a hub that accepts what it must refuse."""
    return walk.stop(Symptom(check=Reason.NEGATIVE_PASSED, detail=walk.detail(kind, names)), step)


def not_proved(walk: Walk, step: Step, kind: DetailKind, names: Iterable[str] = (), others: Iterable[str] = ()) -> Verdict:
    """Return the verdict on an answer that neither accepts nor refuses."""
    return walk.stop(Symptom(check=Reason.NOTHING_PROVED, detail=walk.detail(kind, names, others)), step)


def unexpected(walk: Walk, step: Step, answer: Answer, expected: Iterable[str]) -> Verdict:
    """Return the verdict on an answer of the back channel that is not the refusal asked for."""
    told = oauth_error(answer)
    return not_proved(walk, step, DetailKind.STATUS, (f"{answer.status} {told}" if told else str(answer.status),), sorted(expected))


def gives_tokens(answer: Answer) -> bool:
    """Tell whether the token endpoint gives an access token."""
    return answer.status == 200 and "access_token" in (load_object(answer.body) or {})


def refuses(answer: Answer, errors: frozenset[str]) -> bool:
    """Tell whether the back channel refuses with one of these OAuth errors.

    A server's trouble (5xx) is no refusal, whatever its body says.
    """
    return 400 <= answer.status < 500 and (oauth_error(answer) or client_error(answer)) in errors


def refused(walk: Walk, verdict: Verdict) -> Verdict:
    """Return the verdict of the journey whose walk ended so: ok if the hub refused the request.

    The hub's own code decides where its table knows it, else the OAuth error, else the page and its
    status. A server's trouble (5xx) without such a code is no refusal.
    """
    return walk.passed(verdict.step) if _is_refusal(walk, verdict) else inconclusive(verdict)


def _is_refusal(walk: Walk, verdict: Verdict) -> bool:
    classes = {each for each in walk.site.codes.classes(verdict.code) if _AT_ONE_STEP.get(each, verdict.step) is verdict.step}
    status = walk.last.status if walk.last is not None else 0
    if CodeClass.IDP_METADATA in classes:  # of an IdP that does not exist nobody has them
        return status < 500
    if classes:
        return not classes.isdisjoint(_OF_THE_REQUEST)
    if walk.returned:
        return walk.returned.get("error", "") not in {"", *_TROUBLES}
    return verdict.reason in _REFUSALS and status < 500 and status not in _NOT_NOW
