"""Journey `login-page`: picks the IdP on the mire, reaches the IdP's own login page, and stops.

It is for IdPs that give no synthetic account (second factor, captcha).
`identity` begins with the same walk.
"""

from collections.abc import Generator
from typing import Any

from probe.core.judgement.attribution import PageKind, Party
from probe.core.judgement.observation import Reason, Step
from probe.journeys.authorization import Request, prepare
from probe.journeys.exchange import Answer, Ask, Journey, Verdict
from probe.journeys.guard import walked
from probe.journeys.hubpages import HubPage
from probe.journeys.mire import reach_mire
from probe.journeys.pages import Page, press
from probe.journeys.site import Entropy
from probe.journeys.walk import Arrival, Callback, Going, Symptom, Walk

_HUB_PAGES = 5  # pages that a hub may put between the choice and the IdP


@walked()
def login_page(walk: Walk, entropy: Entropy, now_us: int) -> Journey:
    """Run the journey. It passes when the recipe's first page is displayed.

    Without a recipe, any page of the IdP with a form and status 200 passes.
    """
    request = yield from prepare(walk, entropy, now_us)
    if isinstance(request, Verdict):
        return request
    arrival = yield from reach_idp(walk, request)
    if isinstance(arrival, Verdict):
        return arrival
    if isinstance(arrival, Callback):
        return back_too_early(walk, arrival)
    return _judge(walk, arrival)


def _judge(walk: Walk, page: Page) -> Verdict:
    if walk.party is not Party.IDP:
        return judge_hub_page(walk, page)
    recipe = walk.site.recipe
    if recipe and page.has(recipe.error):
        return walk.stop(Symptom(check=Reason.IDP_ERROR, page=page))
    if page.answer.status != 200:
        return walk.stop(Symptom(check=Reason.HTTP_STATUS, page=page))
    displayed = _first_page(page, recipe.pages) if recipe else page.has("form")
    return walk.passed(Step.IDP_LOGIN_PAGE) if displayed else walk.stop(Symptom(check=Reason.LOGIN_PAGE_MISSING, page=page))


def _first_page(page: Page, presses: Any) -> bool:
    """Tell whether this is the recipe's first page, or one after optional pages."""
    for how in presses:
        if press(page, how, how.fill) is not None:
            return True
        if not how.optional:
            return False
    return False


def reach_idp(walk: Walk, request: Request) -> Going:
    """Walk from the SP's link to the first page after the mire.

    It is the IdP's login page if all is well.
    """
    hub_page = yield from reach_mire(walk, request)
    if isinstance(hub_page, Verdict):
        return hub_page
    walk.memory.client_known_good = True
    return (yield from _choose(walk, hub_page))


def _choose(walk: Walk, hub_page: HubPage) -> Going:
    uid = walk.site.idp.tile if walk.site.idp else ""
    choice = hub_page.find(uid)
    if choice is None or not choice.selectable:
        detail = "its tile is not on the mire" if choice is None else "its tile is greyed"
        return walk.stop(Symptom(check=Reason.IDP_NOT_OFFERED, detail=detail), Step.MIRE)
    submission = hub_page.choose(choice)
    if submission is None:
        return walk.stop(Symptom(check=Reason.NOT_THE_MIRE, page=hub_page.page, detail="its tile has neither form nor link"), Step.MIRE)
    walk.choose()
    arrival = yield from walk.submit(hub_page.page, submission)
    return (yield from _pass_hub_pages(walk, arrival))


def _pass_hub_pages(walk: Walk, arrival: Arrival) -> Going:
    """Get past the hub's own pages before the IdP, by the profile's `consent` and refreshes."""
    for _ in range(_HUB_PAGES):
        if not isinstance(arrival, Page) or walk.party is not Party.HUB:
            return arrival
        following = yield from pass_hub_page(walk, arrival)
        if following is None:
            return judge_hub_page(walk, arrival)
        arrival = following
    return arrival


def pass_hub_page(walk: Walk, page: Page) -> Generator[Ask, Answer, Arrival | None]:
    """Press what the profile says on a page of the hub, or follow its refresh.

    Returns None when neither applies.
    """
    hub_page = walk.hub_page(page)
    if page.answer.status != 200 or hub_page.error or hub_page.is_mire:
        return None
    for how in hub_page.consent():
        submission = press(page, how, how.fill)
        if submission is not None:
            return (yield from walk.submit(page, submission))
    return (yield from walk.refresh(page.refresh)) if page.refresh else None


def judge_hub_page(walk: Walk, page: Page) -> Verdict:
    """Return the verdict on a page of the hub, after a choice, that offers no way on."""
    hub_page = walk.hub_page(page)
    if hub_page.tells_idp_error and not walk.authenticated:
        return walk.stop(Symptom(page=page, kind=PageKind.IDP_ERROR_BANNER))
    if hub_page.error:
        return walk.stop(Symptom(page=page))
    if hub_page.is_mire:
        return _judge_mire_again(walk, hub_page)
    if page.answer.status != 200:
        return walk.stop(Symptom(check=Reason.HTTP_STATUS, page=page))
    return walk.stop(Symptom(page=page, kind=PageKind.HUB_ERROR, detail="a page of the hub that nothing recognises"))


def _judge_mire_again(walk: Walk, hub_page: HubPage) -> Verdict:
    """Return the verdict on a second mire: the IdP was deactivated, or the hub lost the session."""
    uid = walk.site.idp.tile if walk.site.idp else ""
    choice = hub_page.find(uid)
    if choice is None or not choice.selectable:
        return walk.stop(Symptom(check=Reason.IDP_NOT_OFFERED, page=hub_page.page, detail="its tile is gone or greyed now"))
    return walk.stop(Symptom(page=hub_page.page, kind=PageKind.MIRE, detail="the mire again"))


def back_too_early(walk: Walk, callback: Callback) -> Verdict:
    """Return the verdict on a browser at the SP that never stopped at the IdP's login page."""
    error = callback.params.get("error")
    detail = f"error={error} {callback.params.get('error_description', '')}" if error else "sent back to the service without a login"
    if error:
        return walk.stop(Symptom(oauth_error=error, detail=detail), Step.SP_CALLBACK)
    return walk.stop(Symptom(check=Reason.LOGIN_PAGE_MISSING, detail=detail))
