"""Journey `logout`: after the logout that the SP starts, the hub must ask for an IdP again.

Source: OpenID Connect RP-Initiated Logout 1.0; docs/hub.md, hop 12. Before the logout the journey
shows that there is a session: the hub lets the browser past the mire.
"""

import hmac
from collections.abc import Generator
from urllib.parse import urlencode, urlsplit

from probe.core.judgement.attribution import Party
from probe.core.judgement.detail import DetailKind
from probe.core.judgement.observation import Reason, Step
from probe.journeys.authorization import prepare, text_from
from probe.journeys.exchange import Answer, Ask, Journey, Verdict
from probe.journeys.forms import Submission
from probe.journeys.guard import walked
from probe.journeys.identity import FinishedLogin, log_in_for_tokens
from probe.journeys.login_page import appearance
from probe.journeys.mire import closest, login_misfit
from probe.journeys.negative.proof import accepted, inconclusive, not_proved
from probe.journeys.pages import Page
from probe.journeys.presses import Misfit, press
from probe.journeys.site import Entropy
from probe.journeys.walk import Arrival, Callback, Going, Symptom, Walk

_MOST_PAGES = 8  # of hub and IdP together, that post themselves or ask for a confirmation


@walked(concluding=inconclusive)
def session_after_logout(walk: Walk, entropy: Entropy, now_us: int) -> Journey:
    """Log in, ask again and be let past the mire, log out, and ask again."""
    login = yield from log_in_for_tokens(walk, entropy, now_us)
    if isinstance(login, Verdict):
        return inconclusive(login)
    before = yield from _ask_again(walk, entropy, now_us)
    if isinstance(before, Verdict):
        return inconclusive(before)
    if before == _MIRE:
        return not_proved(walk, Step.MIRE, DetailKind.NO_SESSION)
    trouble = yield from _log_out(walk, login, text_from(entropy, 32))
    if trouble is not None:
        return inconclusive(trouble)
    after = yield from _ask_again(walk, entropy, now_us)
    if isinstance(after, Verdict):
        return inconclusive(after)
    if after == before:
        return accepted(walk, Step.LOGOUT, DetailKind.SESSION_OUTLIVES)
    if after == _MIRE:
        return walk.passed(Step.LOGOUT)
    return not_proved(walk, Step.LOGOUT, DetailKind.UNKNOWN_HUB_PAGE)


_MIRE = ("mire",)
_AT_SP = ("redirect_uri",)


def _ask_again(walk: Walk, entropy: Entropy, now_us: int) -> Generator[Ask, Answer, tuple[str, ...] | Verdict]:
    """Ask the hub as another service would, and return what the browser gets.

    It is the mire (of a hub without a chooser, its login page), the way back to the SP with a code,
    or the looks of another page of the hub.
    """
    again = walk.anew()
    request = yield from prepare(again, entropy, now_us)
    if isinstance(request, Verdict):
        return request
    arrival = yield from again.go(Ask(Step.AUTHORIZE, "GET", request.url))
    if isinstance(arrival, Verdict):
        return arrival
    if isinstance(arrival, Callback):
        error = arrival.params.get("error")
        return again.stop(Symptom(check=Reason.HUB_ERROR, oauth_error=error), Step.SP_CALLBACK) if error else _AT_SP
    hub_page = again.hub_page(arrival)
    asks = hub_page.is_mire if walk.site.has_chooser else login_misfit(arrival, walk.site.recipe) is None
    if asks and not hub_page.error:
        return _MIRE
    if hub_page.error or arrival.answer.status != 200:
        return again.stop(Symptom(check=None if hub_page.error else Reason.HTTP_STATUS, page=arrival))
    return appearance(arrival)[1:]  # without its address, which names the interaction


def _log_out(walk: Walk, login: FinishedLogin, state: str) -> Generator[Ask, Answer, Verdict | None]:
    """Walk from the SP's link to the end of the logout; return the verdict when it fails."""
    leaving = walk.anew()
    end, url = walk.site.hub.sp.post_logout_redirect_uri, login.request.endpoints.end_session
    if end is None or url is None:
        name = "end_session" if url is None else "post_logout_redirect_uri"
        return leaving.stop(Symptom(check=Reason.SP_CONFIGURATION, detail=leaving.detail(DetailKind.ENDPOINT_MISSING, (name,))))
    id_token = login.channel.signed_part(login.tokens)
    for secret in (state, id_token):
        leaving.redactor.hide(secret)
    leaving.log_out(end)
    asked = urlencode({"id_token_hint": id_token, "state": state, "post_logout_redirect_uri": end})
    arrival = yield from leaving.go(Ask(Step.LOGOUT, "GET", f"{url}{'&' if urlsplit(url).query else '?'}{asked}"))
    arrival = yield from _pass_pages(leaving, arrival)
    if isinstance(arrival, Callback):
        right = hmac.compare_digest(arrival.params.get("state", "").encode("utf-8", "replace"), state.encode())
        return None if right else leaving.stop(Symptom(check=Reason.STATE_MISMATCH))
    return arrival if isinstance(arrival, Verdict) else leaving.stop(Symptom(check=Reason.REDIRECT_LOOP, page=arrival))


def _pass_pages(walk: Walk, arrival: Arrival) -> Going:
    for _ in range(_MOST_PAGES):
        if not isinstance(arrival, Page):
            break
        arrival = yield from _press(walk, arrival)
    return arrival


def _press(walk: Walk, page: Page) -> Going:
    """Send the form of a page that posts itself or asks for a confirmation."""
    if page.answer.status != 200 or (walk.party is Party.HUB and walk.hub_page(page).error):
        return walk.stop(Symptom(check=Reason.HTTP_STATUS if page.answer.status != 200 else None, page=page))
    misfits = list[Misfit]()
    for how in walk.site.profile.logout:
        made = press(page, how, how.fill, how.add)
        if isinstance(made, Submission):
            return (yield from walk.submit(page, made))
        misfits.append(made)
    detail = walk.misfit(page, closest(misfits)) if misfits else None
    return walk.stop(Symptom(check=Reason.NOTHING_PROVED, page=page, detail=detail))
