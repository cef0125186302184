"""Journey `secret`: our client with a wrong secret or a wrong signature must not pass.

No login is needed: codes that nobody gave are sent. With our own secret the hub must say
`invalid_grant`, so it knows the client; with a wrong one `invalid_client` (RFC 6749, section 5.2).
Where it says `invalid_grant` again, an invented client shows whether it judges clients at all
before it looks at the code. If it does, it let the wrong secret pass.
"""

from collections.abc import Generator
from dataclasses import replace

from probe.core.judgement.detail import DetailKind
from probe.core.judgement.observation import Step
from probe.journeys.authorization import prepare, text_from
from probe.journeys.backchannel import BackChannel
from probe.journeys.exchange import Answer, Ask, Journey, Verdict
from probe.journeys.guard import walked
from probe.journeys.negative.proof import (
    INVALID_CLIENT,
    INVALID_GRANT,
    INVENTED,
    accepted,
    gives_tokens,
    inconclusive,
    not_proved,
    refuses,
    unexpected,
)
from probe.journeys.site import Entropy
from probe.journeys.walk import Walk
from probe.oidc.client_auth import RelyingParty


@walked(concluding=inconclusive)
def wrong_secret(walk: Walk, entropy: Entropy, now_us: int) -> Journey:
    """Send invented codes with our secret, with a wrong one, and perhaps as an invented client."""
    request = yield from prepare(walk, entropy, now_us)
    if isinstance(request, Verdict):
        return inconclusive(request)
    client, channel = walk.site.client, BackChannel(walk, request, entropy, now_us)
    right = yield from _redeem(walk, channel, entropy, client, spoilt=False)
    if isinstance(right, Verdict):
        return right
    if not refuses(right, INVALID_GRANT):
        return inconclusive(channel.refused(right, Step.TOKEN, 0, 0)) if refuses(right, INVALID_CLIENT) else _no_proof(walk, right)
    wrong = yield from _redeem(walk, channel, entropy, client, spoilt=True)
    if isinstance(wrong, Verdict):
        return wrong
    if refuses(wrong, INVALID_CLIENT):
        return walk.passed(Step.TOKEN)
    if not refuses(wrong, INVALID_GRANT):
        return _no_proof(walk, wrong)
    stranger = replace(client, client_id=f"{INVENTED}{text_from(entropy, 12)}")
    unknown = yield from _redeem(walk, channel, entropy, stranger, spoilt=True)
    if isinstance(unknown, Verdict):
        return unknown
    if refuses(unknown, INVALID_CLIENT):
        return accepted(walk, Step.TOKEN, DetailKind.SECRET_ACCEPTED)
    return not_proved(walk, Step.TOKEN, DetailKind.CODE_JUDGED_FIRST, INVALID_GRANT)


def _redeem(
    walk: Walk, channel: BackChannel, entropy: Entropy, client: RelyingParty, *, spoilt: bool
) -> Generator[Ask, Answer, Answer | Verdict]:
    """Send an invented code, and return the answer, or the verdict of a journey that ends here."""
    wrong = f"{INVENTED}{text_from(entropy, 24)}" if spoilt else None
    answer = yield from channel.redeem(f"{INVENTED}{text_from(entropy, 24)}", client, wrong)
    if isinstance(answer, Verdict):
        return inconclusive(answer)
    return accepted(walk, Step.TOKEN, DetailKind.CODE_INVENTED) if gives_tokens(answer) else answer


def _no_proof(walk: Walk, answer: Answer) -> Verdict:
    return unexpected(walk, Step.TOKEN, answer, INVALID_GRANT | {"invalid_client"})
