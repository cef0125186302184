"""Journey `code`: a code that was exchanged must not be exchanged again (RFC 6749, 4.1.2)."""

from probe.core.judgement.detail import DetailKind
from probe.core.judgement.observation import Step
from probe.journeys.exchange import Journey, Verdict
from probe.journeys.guard import walked
from probe.journeys.identity import log_in_for_tokens
from probe.journeys.negative.proof import INVALID_GRANT, accepted, gives_tokens, inconclusive, refuses, unexpected
from probe.journeys.site import Entropy
from probe.journeys.walk import Walk


@walked(concluding=inconclusive)
def code_twice(walk: Walk, entropy: Entropy, now_us: int) -> Journey:
    """Log in, exchange the code for tokens, and send it once more.

    A code that has expired meanwhile is refused for that, which proves nothing.
    """
    login = yield from log_in_for_tokens(walk, entropy, now_us)
    if isinstance(login, Verdict):
        return inconclusive(login)
    answer = yield from login.channel.redeem(login.callback.params["code"])
    if isinstance(answer, Verdict):
        return inconclusive(answer)
    if gives_tokens(answer):
        return accepted(walk, Step.TOKEN, DetailKind.CODE_ACCEPTED_TWICE)
    if not refuses(answer, INVALID_GRANT):
        return unexpected(walk, Step.TOKEN, answer, INVALID_GRANT)
    lifetime_us = walk.site.hub.sp.code_lifetime
    if answer.asked_us - login.callback.since_us > lifetime_us:
        return inconclusive(login.channel.refused(answer, Step.TOKEN, login.callback.since_us, lifetime_us))
    return walk.passed(Step.TOKEN)
