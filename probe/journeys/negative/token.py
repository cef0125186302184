"""Journey `token`: an access token must not give the identity once it has expired.

The journey waits for the end of the token's life. Nothing but this generator holds the token
meanwhile, and the wait is bounded.
"""

from probe.config.formats import say_duration
from probe.core.judgement.detail import DetailKind
from probe.core.judgement.observation import Step
from probe.journeys.backchannel import oauth_error
from probe.journeys.exchange import UNAUTHORIZED, Journey, Verdict
from probe.journeys.guard import walked
from probe.journeys.identity import log_in_for_tokens
from probe.journeys.negative.proof import INVALID_TOKEN, accepted, inconclusive, not_proved, refuses, unexpected
from probe.journeys.site import Entropy
from probe.journeys.walk import Walk

LONGEST_LIFETIME_US = 900_000_000
"""A token that lives longer is not waited for."""


@walked(concluding=inconclusive)
def expired_token(walk: Walk, entropy: Entropy, now_us: int) -> Journey:
    """Log in, fetch the identity, wait, and ask for it again with the same token.

    The first answer shows that the token was good, the second is due to its age alone. The wait is
    the lifetime that the hub told, and the leeway that the configuration gives it: servers take
    tokens a little longer, as clocks differ (RFC 7519, 4.1.4: "no more than a few minutes").
    """
    login = yield from log_in_for_tokens(walk, entropy, now_us)
    if isinstance(login, Verdict):
        return inconclusive(login)
    tokens = login.tokens
    lifetime_us = tokens.lifetime_us
    if lifetime_us is None:
        return not_proved(walk, Step.TOKEN, DetailKind.PARAMETER_ABSENT, ("expires_in",))
    if lifetime_us > LONGEST_LIFETIME_US:
        names = (say_duration(lifetime_us),), (say_duration(LONGEST_LIFETIME_US),)
        return not_proved(walk, Step.TOKEN, DetailKind.TOKEN_LIVES_LONG, *names)
    wrong = yield from login.channel.identity(tokens)
    if wrong is not None:
        return inconclusive(wrong)
    expired_us = tokens.since_us + lifetime_us + walk.site.hub.sp.token_leeway
    answer = yield from login.channel.userinfo(tokens, not_before_us=expired_us)
    if isinstance(answer, Verdict):
        return inconclusive(answer)
    if answer.status == 200:
        return accepted(walk, Step.USERINFO, DetailKind.TOKEN_OUTLIVES, (say_duration(lifetime_us),))
    # RFC 6750, 3.1: invalid_token goes with 401, and some servers say the status alone
    if refuses(answer, INVALID_TOKEN) or (answer.status == UNAUTHORIZED and oauth_error(answer) is None):
        return walk.passed(Step.USERINFO)
    return unexpected(walk, Step.USERINFO, answer, INVALID_TOKEN)
