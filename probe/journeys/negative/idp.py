"""Journey `idp`: an IdP that the hub does not know must not get the browser anywhere."""

from collections.abc import Generator

from probe.core.judgement.detail import DetailKind
from probe.core.judgement.observation import Reason, Step
from probe.journeys.authorization import text_from
from probe.journeys.details import Readable
from probe.journeys.exchange import Answer, Ask, Journey, Verdict
from probe.journeys.guard import walked
from probe.journeys.hubpages import HubPage
from probe.journeys.mire import callback_error
from probe.journeys.negative.proof import INVENTED, accepted, inconclusive, refused, returned_well, usual_mire
from probe.journeys.pages import Page
from probe.journeys.site import Entropy
from probe.journeys.walk import Arrival, Callback, Symptom, Walk


@walked(concluding=inconclusive)
def bogus_idp(walk: Walk, entropy: Entropy, now_us: int) -> Journey:
    """Choose an IdP that does not exist, as our own client."""
    shown = yield from usual_mire(walk, entropy, now_us)
    if isinstance(shown, Verdict):
        return shown
    return (yield from _choose_nobody(walk, shown, f"{INVENTED}{text_from(entropy, 12)}"))


def _choose_nobody(walk: Walk, hub_page: HubPage, uid: str) -> Generator[Ask, Answer, Verdict]:
    choice = next(choice for choice in hub_page.listed if choice.selectable)
    submission = hub_page.choose(choice, uid)
    if submission is None:
        symptom = Symptom(check=Reason.SP_CONFIGURATION, detail=walk.detail(DetailKind.UID_NOT_IN_FORM, (Readable(choice.uid),)))
        return inconclusive(walk.stop(symptom, Step.MIRE))
    walk.stay_at_hub()
    arrival = yield from walk.submit(hub_page.page, submission)
    return _judge(walk, arrival)


def _judge(walk: Walk, arrival: Arrival) -> Verdict:
    if walk.sent_to_idp or returned_well(walk):
        return accepted(walk, Step.REDIRECT_TO_IDP, DetailKind.IDP_ACCEPTED)
    if isinstance(arrival, Callback):
        return refused(walk, walk.stop(callback_error(walk, arrival.params), Step.SP_CALLBACK))
    if isinstance(arrival, Page):
        return _judge_page(walk, arrival)
    return refused(walk, arrival)


def _judge_page(walk: Walk, page: Page) -> Verdict:
    """Judge a page of the hub: any that is shown without its trouble is a refusal to go on."""
    check = None if walk.hub_page(page).error else Reason.HTTP_STATUS
    return refused(walk, walk.stop(Symptom(check=check, page=page), Step.REDIRECT_TO_IDP))
