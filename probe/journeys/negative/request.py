"""Journeys `client`, `redirect_uri` and `state`: our request with one parameter wrong."""

from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

from probe.core.judgement.detail import DetailKind
from probe.core.judgement.observation import Reason, Step
from probe.journeys.authorization import prepare, text_from
from probe.journeys.browser import host_named
from probe.journeys.exchange import Journey, Verdict
from probe.journeys.guard import walked
from probe.journeys.mire import reach_mire
from probe.journeys.negative.proof import INVENTED, accepted, inconclusive, refused, returned_well, usual_mire
from probe.journeys.site import Entropy
from probe.journeys.walk import Walk


@walked(concluding=inconclusive)
def bogus_client(walk: Walk, entropy: Entropy, now_us: int) -> Journey:
    """Ask for the mire with an unknown client_id."""
    wrong = {"client_id": f"{INVENTED}{text_from(entropy, 12)}"}
    return (yield from _ask_twice(walk, entropy, now_us, wrong, DetailKind.CLIENT_ACCEPTED))


@walked(concluding=inconclusive)
def foreign_redirect_uri(walk: Walk, entropy: Entropy, now_us: int) -> Journey:
    """Ask for the mire with our address on another host.

    The hub must not send the browser there either, not even with an error (RFC 6749, 4.1.2.1).
    """
    ours = urlsplit(walk.site.hub.sp.redirect_uri)
    foreign = f"{INVENTED}{entropy(8).hex()}.invalid"  # RFC 2606: nobody has it
    wrong = {"redirect_uri": urlunsplit(ours._replace(netloc=foreign))}
    return (yield from _ask_twice(walk, entropy, now_us, wrong, DetailKind.REDIRECT_URI_ACCEPTED, foreign))


@walked(concluding=inconclusive)
def missing_state(walk: Walk, entropy: Entropy, now_us: int) -> Journey:
    """Ask for the mire without a state."""
    return (yield from _ask_twice(walk, entropy, now_us, {"state": None}, DetailKind.STATE_NOT_REQUIRED))


def _ask_twice(
    walk: Walk, entropy: Entropy, now_us: int, wrong: Mapping[str, str | None], kind: DetailKind, foreign: str | None = None
) -> Journey:
    """Ask for the mire as usual, and then with `wrong` parameters.

    `foreign`: a host that must not be reached.
    """
    shown = yield from usual_mire(walk, entropy, now_us)
    if isinstance(shown, Verdict):
        return shown
    again = walk.anew(client_known_good=False)
    request = yield from prepare(again, entropy, now_us, wrong)
    if isinstance(request, Verdict):
        return inconclusive(request)
    reached = yield from reach_mire(again, request)
    if not isinstance(reached, Verdict) or reached.reason is Reason.NO_IDP_SELECTABLE or _went_on(again, foreign):
        return accepted(again, Step.MIRE, kind)
    return refused(again, reached)


def _went_on(walk: Walk, foreign: str | None) -> bool:
    """Tell whether the browser was sent to an IdP, to the SP without an error, or to `foreign`."""
    return walk.sent_to_idp or returned_well(walk) or (foreign is not None and host_named(walk.turned_away_from) == foreign)
