"""Journey `mire`: the mire is displayed and offers at least one IdP (contract, section 3).

« FranceConnect Particuliers n'affiche pas la mire de choix des Fournisseurs d'Identité. »
"""

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import replace

from probe.config.models import IdP, LoginRecipe
from probe.core.judgement.attribution import PageKind
from probe.core.judgement.detail import Detail, DetailKind
from probe.core.judgement.observation import Reason, Step
from probe.core.judgement.sighting import Aspect
from probe.journeys import details
from probe.journeys.authorization import Request, prepare
from probe.journeys.details import Readable, Trusted
from probe.journeys.exchange import Answer, Ask, Journey, Verdict
from probe.journeys.forms import Submission
from probe.journeys.guard import walked
from probe.journeys.hubpages import HubPage
from probe.journeys.outward_form import page_traits, tile_traits
from probe.journeys.pages import Page
from probe.journeys.presses import Misfit, press, what_is_missing
from probe.journeys.published import note_published
from probe.journeys.site import Entropy
from probe.journeys.walk import Callback, Symptom, Walk


@walked()
def mire(walk: Walk, entropy: Entropy, now_us: int) -> Journey:
    """Run the journey. It passes on a mire with one selectable IdP or more; it chooses nothing.

    At a hub without a chooser it passes on the hub's own login page.
    """
    request = yield from prepare(walk, entropy, now_us)
    if isinstance(request, Verdict):
        return request
    hub_page = yield from reach_mire(walk, request)
    if isinstance(hub_page, Verdict):
        return hub_page
    walk.memory.client_known_good = True
    yield from note_published(walk, request.endpoints, now_us)
    return walk.passed(Step.MIRE)


def reach_mire(walk: Walk, request: Request) -> Generator[Ask, Answer, HubPage | Verdict]:
    """Walk from the SP's link to a mire with a selectable IdP; the walk then has the tiles.

    At a hub without a chooser, walk to its login page.
    """
    arrival = yield from walk.go(Ask(Step.AUTHORIZE, "GET", request.url, sent_by=walk.site.hub.sp.redirect_uri))
    if isinstance(arrival, Verdict):
        return arrival
    if isinstance(arrival, Callback):
        return refused_at_once(walk, arrival)
    reached = _judge(walk, arrival)
    if isinstance(reached, HubPage):
        _note(walk, reached)
    return reached


def _note(walk: Walk, hub_page: HubPage) -> None:
    """Note the tiles, and how the page is built."""
    mire = hub_page if walk.site.has_chooser else None
    if mire is not None:
        walk.note(Aspect.TILES, lambda: tile_traits(mire, walk.redactor, public_names(walk)))
    walk.note(Aspect.MIRE, lambda: page_traits(hub_page.page, walk.redactor, mire))


def _judge(walk: Walk, page: Page) -> HubPage | Verdict:
    hub_page = walk.hub_page(page)
    if hub_page.error:
        return walk.stop(Symptom(page=page))
    misfit = None if walk.site.has_chooser else login_misfit(page, walk.site.recipe)
    displayed = hub_page.is_mire if walk.site.has_chooser else misfit is None and page.answer.status < 500
    if not displayed and page.answer.status != 200:
        return walk.stop(Symptom(check=Reason.HTTP_STATUS, page=page))
    if not walk.site.has_chooser:
        return hub_page if misfit is None else _no_login_page(walk, page, misfit)
    if not displayed:
        return walk.stop(Symptom(check=Reason.NOT_THE_MIRE, page=page, detail=_another_page(walk, page)), Step.MIRE)
    walk.tiles = hub_page.tiles({idp.tile for idp in walk.site.hub.idps if idp.tile})
    if hub_page.lacks_csrf and not _is_aside(hub_page, walk.site.idp):
        detail = walk.detail(DetailKind.TILE_NOT_SENDABLE, (), tile_names(walk, hub_page))
        return walk.stop(Symptom(check=Reason.NOT_THE_MIRE, page=page, detail=detail), Step.MIRE)
    if not any(choice.selectable for choice in hub_page.listed) and not _is_aside(hub_page, walk.site.idp):
        detail = walk.detail(DetailKind.TILE_GREYED, (), tile_names(walk, hub_page))
        return walk.stop(Symptom(check=Reason.NO_IDP_SELECTABLE, page=page, detail=detail), Step.MIRE)
    return hub_page


def _another_page(walk: Walk, page: Page) -> Detail:
    """Return what the profile looks for, and what there is: status, title and forms of the page."""
    mire = walk.site.profile.mire
    wanted = (Trusted(mire.page),) if mire else ()
    title = page.title or page.heading
    seen = (f"HTTP {page.answer.status}", *((f'"{title}"',) if title else ()), *details.forms(page))
    return walk.detail(DetailKind.ANOTHER_PAGE, wanted, seen)


def _no_login_page(walk: Walk, page: Page, misfit: Misfit) -> Verdict:
    return walk.stop(Symptom(check=what_is_missing(page), page=page, detail=walk.misfit(page, misfit)), Step.MIRE)


def login_misfit(page: Page, recipe: LoginRecipe | None) -> Misfit | None:
    """Return None on the recipe's first page, or on one after optional pages; else why it is none.

    Without a recipe any page with a form will do. Nothing is filled here: a page that is recognised
    and lacks a field is displayed all the same.
    """
    if recipe is None:
        return None if page.has("form") else Misfit(DetailKind.FORM_MISSING, ("form",))
    misfits = list[Misfit]()
    for how in recipe.pages:
        made = press(page, how, how.fill)
        if isinstance(made, Submission) or (made.kind is DetailKind.FIELD_MISSING and made.certain):
            return None
        misfits.append(made)
        if not how.optional:
            break
    return closest(misfits)


def closest(misfits: Sequence[Misfit]) -> Misfit:
    """Return the most telling of several misfits: one of this very page, else the last."""
    return next((misfit for misfit in misfits if misfit.certain), misfits[-1])


def _is_aside(hub_page: HubPage, idp: IdP | None) -> bool:
    """Tell whether the journey's IdP has a button beside the list.

    It works while tiles are greyed.
    """
    choice = hub_page.find(idp.tile) if idp and idp.tile else None
    return choice is not None and choice.selectable and not choice.listed


def refused_at_once(walk: Walk, callback: Callback) -> Verdict:
    """Return the verdict when the hub sends the browser back to the SP before an IdP was chosen."""
    if callback.params.get("error") is None:
        return walk.stop(Symptom(check=Reason.NOT_THE_MIRE, detail=walk.detail(DetailKind.CHOOSER_SKIPPED, ("redirect_uri",))), Step.MIRE)
    return walk.stop(replace(callback_error(walk, callback.params), kind=PageKind.NONE), Step.SP_CALLBACK)


def callback_error(walk: Walk, params: Mapping[str, str]) -> Symptom:
    """Return the symptom of an error that the hub sends to the SP's callback."""
    error = params.get("error", "")
    uri, description = (params.get(name, "") for name in ("error_uri", "error_description"))
    error_id = walk.find_error_id(uri) or walk.find_error_id(description)
    quote = f"error={error} {description}"
    return Symptom(oauth_error=error, error_id=error_id, quote=quote, detail=details.callback_error(walk.redactor, walk.parameters, params))


def public_names(walk: Walk) -> frozenset[str]:
    """Return what the configuration calls the IdPs: uids and titles."""
    return frozenset(name for idp in walk.site.hub.idps for name in (idp.tile, idp.title) if name)


def tile_names(walk: Walk, hub_page: HubPage) -> Iterator[str]:
    """Yield the tiles that a citizen sees: each uid, with the name on the tile.

    What the configuration calls the IdPs is public. So is a uid while nobody is logged in: it is
    kept with the tiles too. Any other name is redacted.
    """
    public = public_names(walk)
    for choice in hub_page.listed:
        uid = choice.uid if walk.quotes_buttons else walk.redactor.known(choice.uid, public)
        title = walk.redactor.name(hub_page.title_of(choice), (*public, uid))
        yield Readable(f"{uid} ({title})" if title else uid)
