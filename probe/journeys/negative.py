"""Journey `negative`: the hub must refuse it. When it passes, the probe can no longer see failure.

    client   a client that the hub does not know must not get a mire
    idp      an IdP that the hub does not know must not get the browser anywhere

A refusal is `ok`, whatever its form. Trouble that shows nothing about the refusal is
`inconclusive`: transport, a gateway's 5xx, a hub that cannot show its mire to anyone.
"""

from collections.abc import Generator
from dataclasses import replace

from probe.core.judgement.detail import DetailKind
from probe.core.judgement.observation import Outcome, Reason, Step
from probe.journeys.authorization import prepare, text_from
from probe.journeys.details import Trusted
from probe.journeys.exchange import Answer, Ask, Journey, Verdict
from probe.journeys.guard import walked
from probe.journeys.hubpages import HubPage
from probe.journeys.mire import reach_mire
from probe.journeys.pages import Page
from probe.journeys.site import Entropy
from probe.journeys.walk import Arrival, Symptom, Walk

_REFUSALS = frozenset({Reason.SP_CONFIGURATION, Reason.HUB_ERROR, Reason.NOT_THE_MIRE, Reason.HTTP_STATUS})
_GATEWAY = frozenset({500, 502, 503, 504})


def _inconclusive(verdict: Verdict) -> Verdict:
    return replace(verdict, outcome=Outcome.INCONCLUSIVE, coded=False, authenticated=False)


@walked(client_known_good=False, concluding=_inconclusive)
def bogus_client(walk: Walk, entropy: Entropy, now_us: int) -> Journey:
    """Ask for the mire with an unknown client_id."""
    request = yield from prepare(walk, entropy, now_us, client_id=f"vigie-negative-{text_from(entropy, 12)}")
    if isinstance(request, Verdict):
        return _inconclusive(request)
    reached = yield from reach_mire(walk, request)
    if not isinstance(reached, Verdict) or reached.reason is Reason.NO_IDP_SELECTABLE:
        return _passed(walk, Step.MIRE, DetailKind.CLIENT_ACCEPTED)
    return _refused(walk, reached)


@walked(concluding=_inconclusive)
def bogus_idp(walk: Walk, entropy: Entropy, now_us: int) -> Journey:
    """Choose an IdP that does not exist, as our own client."""
    request = yield from prepare(walk, entropy, now_us)
    if isinstance(request, Verdict):
        return _inconclusive(request)
    reached = yield from reach_mire(walk, request)
    if isinstance(reached, Verdict):
        return _inconclusive(reached)
    return (yield from _choose_nobody(walk, reached, f"vigie-negative-{text_from(entropy, 12)}"))


def _choose_nobody(walk: Walk, hub_page: HubPage, uid: str) -> Generator[Ask, Answer, Verdict]:
    choice = next(choice for choice in hub_page.listed if choice.selectable)
    submission = hub_page.choose(choice, uid)
    if submission is None:
        symptom = Symptom(check=Reason.SP_CONFIGURATION, detail=walk.detail(DetailKind.UID_NOT_IN_FORM, (Trusted(choice.uid),)))
        return _inconclusive(walk.stop(symptom, Step.MIRE))
    walk.stay_at_hub()
    arrival = yield from walk.submit(hub_page.page, submission)
    return _judge(walk, arrival)


def _judge(walk: Walk, arrival: Arrival) -> Verdict:
    if isinstance(arrival, Verdict):
        if walk.sent_to_idp:
            return _passed(walk, Step.REDIRECT_TO_IDP, DetailKind.IDP_ACCEPTED)
        return _refused(walk, arrival)
    if isinstance(arrival, Page) and not walk.hub_page(arrival).error and arrival.answer.status in _GATEWAY:
        return _inconclusive(walk.stop(Symptom(check=Reason.HTTP_STATUS, page=arrival)))
    return walk.passed(Step.REDIRECT_TO_IDP)


def _refused(walk: Walk, verdict: Verdict) -> Verdict:
    """Return ok if the hub itself refused, as it must; inconclusive otherwise."""
    status = walk.last.status if walk.last is not None else 0
    gateway = verdict.reason is Reason.HTTP_STATUS and status in _GATEWAY
    forbidden = verdict.reason is Reason.TURNED_AWAY and status == 403
    return walk.passed(verdict.step) if (verdict.reason in _REFUSALS and not gateway) or forbidden else _inconclusive(verdict)


def _passed(walk: Walk, step: Step, kind: DetailKind) -> Verdict:
    return walk.stop(Symptom(check=Reason.NEGATIVE_PASSED, detail=walk.detail(kind)), step)
