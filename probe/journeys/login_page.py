"""Journey `login-page`: picks the IdP on the mire, reaches the IdP's own login page, and stops.

It is for IdPs that give no synthetic account (second factor, captcha).
`identity` begins with the same walk.
"""

from probe.config.models import Press
from probe.core.judgement.attribution import PageKind, Party
from probe.core.judgement.detail import Detail, DetailKind
from probe.core.judgement.observation import Reason, Step
from probe.core.judgement.sighting import Aspect
from probe.journeys import details
from probe.journeys.authorization import Request, prepare
from probe.journeys.details import Readable, Trusted
from probe.journeys.exchange import Journey, Verdict
from probe.journeys.forms import Submission
from probe.journeys.guard import walked
from probe.journeys.hubpages import HubPage
from probe.journeys.mire import callback_error, login_misfit, reach_mire, tile_names
from probe.journeys.outward_form import page_traits
from probe.journeys.pages import Page
from probe.journeys.presses import Misfit, press, what_is_missing
from probe.journeys.site import Entropy
from probe.journeys.walk import Arrival, Callback, Going, Symptom, Walk

_HUB_PAGES = 5  # pages that a hub may put on the way to the IdP, and again on the way back
_MOST_CONTROLS = 200  # of a page, by which it is recognised when it comes back


@walked()
def login_page(walk: Walk, entropy: Entropy, now_us: int) -> Journey:
    """Run the journey. It passes when the recipe's first page is displayed.

    It may come with any status below 500, as browsers display it (401 beside a Kerberos login).
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
    if not walk.at_login:
        return judge_hub_page(walk, page)
    recipe = walk.site.recipe
    if recipe and page.has(recipe.error):
        return walk.stop(Symptom(check=Reason.IDP_ERROR, page=page))
    misfit = login_misfit(page, recipe)
    if misfit is None and (page.answer.status == 200 or (recipe is not None and page.answer.status < 500)):
        return walk.passed(Step.IDP_LOGIN_PAGE)
    if misfit is None or page.answer.status != 200:
        return walk.stop(Symptom(check=Reason.HTTP_STATUS, page=page))
    return walk.stop(Symptom(check=what_is_missing(page), page=page, detail=walk.misfit(page, misfit)))


def reach_idp(walk: Walk, request: Request) -> Going:
    """Walk from the SP's link to the first page after the mire.

    It is the IdP's login page if all is well. A hub without a chooser shows it at once.
    """
    hub_page = yield from reach_mire(walk, request)
    if isinstance(hub_page, Verdict):
        return hub_page
    walk.memory.client_known_good = True
    if not walk.site.has_chooser:
        walk.log_in_here()
        return hub_page.page
    return (yield from _choose(walk, hub_page))


def _choose(walk: Walk, hub_page: HubPage) -> Going:
    uid = (walk.site.idp.tile if walk.site.idp else None) or ""
    choice = hub_page.find(uid)
    if choice is None or not choice.selectable:
        return walk.stop(Symptom(check=Reason.IDP_NOT_OFFERED, detail=_not_offered(walk, hub_page, uid)), Step.MIRE)
    submission = hub_page.choose(choice)
    if submission is None:
        detail = walk.detail(DetailKind.TILE_NOT_SENDABLE, (Readable(uid),))
        return walk.stop(Symptom(check=Reason.NOT_THE_MIRE, page=hub_page.page, detail=detail), Step.MIRE)
    walk.choose()
    arrival = yield from walk.submit(hub_page.page, submission)
    return (yield from _pass_hub_pages(walk, arrival))


def _not_offered(walk: Walk, hub_page: HubPage, uid: str) -> Detail:
    kind = DetailKind.TILE_MISSING if hub_page.find(uid) is None else DetailKind.TILE_GREYED
    return walk.detail(kind, (Readable(uid),), tile_names(walk, hub_page))


def _pass_hub_pages(walk: Walk, arrival: Arrival) -> Going:
    """Get past the hub's own pages before the IdP, by the profile's `consent`."""
    passage = HubPassage(walk)
    while isinstance(arrival, Page) and walk.party is Party.HUB:
        arrival = yield from passage.through(arrival)
    return arrival


class HubPassage:
    """The way through the hub's own pages: on to the IdP, or back from it."""

    def __init__(self, walk: Walk) -> None:
        self._walk = walk
        self._pages = 0
        self._pressed = set[tuple[str, ...]]()

    def through(self, page: Page) -> Going:
        """Press what the profile says on a page of the hub.

        The journey ends at a page that offers nothing, that comes back after the same press, or
        that is one page too many.
        """
        walk, hub_page = self._walk, self._walk.hub_page(page)
        if page.answer.status >= 500 or hub_page.error or hub_page.is_mire:
            return judge_hub_page(walk, page)
        for how in hub_page.consent():
            submission = press(page, how, how.fill, how.add)
            if isinstance(submission, Submission):
                if (refusal := self._refuse(page, how.press or "")) is not None:
                    return refusal
                self._note(page, how)
                return (yield from walk.submit(page, submission))
        return judge_hub_page(walk, page)

    def _note(self, page: Page, how: Press) -> None:
        """Note how a page is built that is passed, under the number of its press in the profile."""
        walk, number = self._walk, self._walk.site.profile.consent.index(how) + 1
        walk.note(Aspect.CONSENT, lambda: page_traits(page, walk.redactor), str(number))

    def _refuse(self, page: Page, pressed: str) -> Verdict | None:
        self._pages += 1
        looks = (pressed, *appearance(page))
        if looks in self._pressed:
            names = (Trusted(pressed),) if pressed else ()
            buttons = details.buttons(page, labels=self._walk.quotes_buttons)
            detail = self._walk.detail(DetailKind.PAGE_CAME_BACK, names, buttons)
        elif self._pages > _HUB_PAGES:
            detail = self._walk.detail(DetailKind.TOO_MANY_PAGES, (str(_HUB_PAGES),))
        else:
            self._pressed.add(looks)
            return None
        return self._walk.stop(Symptom(check=Reason.REDIRECT_LOOP, page=page, detail=detail))


def appearance(page: Page) -> tuple[str, ...]:
    """Return what makes a page the same page when it comes back: address, headings and fields."""
    names = (node.attributes.get("name") or "" for node in page.all("input, select, textarea, button")[:_MOST_CONTROLS])
    return (page.url.partition("?")[0], page.title, page.heading, *sorted(names))


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
    return walk.stop(Symptom(page=page, kind=PageKind.HUB_ERROR, detail=_unknown_page(walk, hub_page)))


def _unknown_page(walk: Walk, hub_page: HubPage) -> Detail:
    """Return the detail of a page that nothing recognises, or that lacks a field or a button."""
    for how in hub_page.consent():
        made = press(hub_page.page, how, how.fill)
        if isinstance(made, Misfit) and made.certain:
            return walk.misfit(hub_page.page, made)
    return walk.detail(DetailKind.UNKNOWN_HUB_PAGE, (), details.forms(hub_page.page))


def _judge_mire_again(walk: Walk, hub_page: HubPage) -> Verdict:
    """Return the verdict on a second mire: the IdP was deactivated, or the hub lost the session."""
    uid = (walk.site.idp.tile if walk.site.idp else None) or ""
    choice = hub_page.find(uid)
    if choice is None or not choice.selectable:
        return walk.stop(Symptom(check=Reason.IDP_NOT_OFFERED, page=hub_page.page, detail=_not_offered(walk, hub_page, uid)))
    return walk.stop(Symptom(page=hub_page.page, kind=PageKind.MIRE))


def back_too_early(walk: Walk, callback: Callback) -> Verdict:
    """Return the verdict on a browser at the SP that never stopped at the IdP's login page."""
    if callback.params.get("error"):
        return walk.stop(callback_error(walk, callback.params), Step.SP_CALLBACK)
    return walk.stop(Symptom(check=Reason.LOGIN_PAGE_MISSING, detail=walk.detail(DetailKind.CHOOSER_SKIPPED, ("redirect_uri",))))
