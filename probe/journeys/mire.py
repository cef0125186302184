"""Journey `mire`: the page on which the citizen picks an IdP is displayed, and offers at least one (contract, section 3).

« FranceConnect Particuliers n'affiche pas la mire de choix des Fournisseurs d'Identité. »
"""

from collections.abc import Generator

from probe.config.models import IdP
from probe.core.judgement.attribution import Page as PageKind
from probe.core.judgement.observation import Reason, Step
from probe.journeys.authorization import Request, prepare
from probe.journeys.exchange import Answer, Ask, Journey, Verdict
from probe.journeys.guard import walked
from probe.journeys.hubpages import HubPage
from probe.journeys.pages import Page
from probe.journeys.site import Entropy
from probe.journeys.walk import Callback, Saw, Walk


@walked()
def mire(walk: Walk, entropy: Entropy, now_us: int) -> Journey:
    """Passes on the selection page with one selectable IdP or more. Nothing on it is chosen."""
    request = yield from prepare(walk, entropy, now_us)
    if isinstance(request, Verdict):
        return request
    shown = yield from reach_mire(walk, request)
    if isinstance(shown, Verdict):
        return shown
    walk.memory.client_known_good = True
    return walk.passed(Step.MIRE)


def reach_mire(walk: Walk, request: Request) -> Generator[Ask, Answer, HubPage | Verdict]:
    """From the SP's link to the mire with a selectable IdP on it; the walk then knows the tiles."""
    arrival = yield from walk.go(Ask(Step.AUTHORIZE, "GET", request.url))
    if isinstance(arrival, Verdict):
        return arrival
    if isinstance(arrival, Callback):
        return refused_at_once(walk, arrival)
    return _judge(walk, arrival)


def _judge(walk: Walk, page: Page) -> HubPage | Verdict:
    shown = walk.hub_page(page)
    if shown.error:
        return walk.stop(Saw(page=page))
    if page.answer.status != 200:
        return walk.stop(Saw(check=Reason.HTTP_STATUS, page=page))
    if not shown.is_mire:
        return walk.stop(Saw(check=Reason.NOT_THE_MIRE, page=page), Step.MIRE)
    walk.tiles = shown.tiles({idp.tile for idp in walk.site.hub.idps})
    if shown.lacks_csrf and not _is_aside(shown, walk.site.idp):
        return walk.stop(Saw(check=Reason.NOT_THE_MIRE, page=page, detail="no tile can be sent: no form, or no csrf field"), Step.MIRE)
    if not any(choice.selectable for choice in shown.listed) and not _is_aside(shown, walk.site.idp):
        return walk.stop(Saw(check=Reason.NO_IDP_SELECTABLE, page=page), Step.MIRE)
    return shown


def _is_aside(shown: HubPage, idp: IdP | None) -> bool:
    """The journey's IdP has a button of its own beside the list, which works while all tiles are greyed."""
    choice = shown.find(idp.tile) if idp else None
    return choice is not None and choice.selectable and not choice.listed


def refused_at_once(walk: Walk, callback: Callback) -> Verdict:
    """The hub sent the browser back to the SP before any IdP was chosen."""
    error = callback.params.get("error")
    if error is None:
        return walk.stop(Saw(check=Reason.NOT_THE_MIRE, detail="sent back to the service without the mire"), Step.MIRE)
    detail = f"error={error} {callback.params.get('error_description', '')}"
    return walk.stop(Saw(oauth_error=error, kind=PageKind.NONE, detail=detail), Step.SP_CALLBACK)
