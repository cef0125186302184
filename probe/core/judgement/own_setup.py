"""What depends on our own set-up, and which parts of it have passed.

Theory of operation
-------------------
docs/domain.md, "Never passed yet": what depends on our own settings says nothing of hub or IdP
until it has passed once with them. The settings fall into *parts*, in the order in which a journey
comes to them:

    part         passed when                                      holds
    client       the hub showed its mire                          issuer, client_id
    mire         the hub showed its mire                          the request, the page profile
    login-page   the form of the IdP's login page was recognised  tile, hosts, recipe
    login        the IdP sent the browser back with a code        tile, hosts, recipe
    return       the hub sent a code to the SP                    the request, the page profile
    token        every check of the id_token held                 acr, algorithms, client
    userinfo     the identity could be read                       its form, algorithms, client
    claims       the identity was the persona's                   persona, scope, acr
    direct       `direct` passed                                  its address, what it expects
    control      the control target answered                      its address, what it expects

A journey that failed at one part has passed those before it, and says nothing of the later ones.
The values of each part are told by a digest, which travels with the observation: so a journey that
was under way while the settings changed vouches for the settings it was run with. Passwords,
secrets and keys are in no digest: a new one is no new setting.

`dependence` says on which part a failure depends. Names, connections, TLS, time-outs, statuses from
500 on and the hub's own codes depend on none: they are judged from the first run. But whatever
fails at a `direct` that has never passed may be a mistake in its address: it is only a witness, and
a witness that was never heard proves nothing.
"""

from collections.abc import Mapping
from typing import Final

from probe.core.judgement.attribution import Blame, Failure
from probe.core.judgement.hub_codes import CodeClass
from probe.core.judgement.observation import Kind, Observation, Outcome, Reason, SetupPart, Step
from probe.core.judgement.signal import Cause

IN_ORDER: Final = (
    SetupPart.CLIENT,
    SetupPart.MIRE,
    SetupPart.LOGIN_PAGE,
    SetupPart.LOGIN,
    SetupPart.RETURN,
    SetupPart.TOKEN,
    SetupPart.USERINFO,
    SetupPart.CLAIMS,
)
"""The parts of a login, in the order in which a journey comes to them."""

OF_THE_HUB: Final = frozenset({SetupPart.CLIENT, SetupPart.MIRE})
"""The parts that have passed for all IdPs once they passed at one. The others pass at each IdP."""

_SHOWING = frozenset({Step.DISCOVERY, Step.AUTHORIZE, Step.MIRE})
_BACK = frozenset({Step.OIDC_CALLBACK, Step.VERIFY, Step.CONSENT, Step.RESUME, Step.SP_CALLBACK})
_OF_STEP: Final = {
    Step.REDIRECT_TO_IDP: SetupPart.LOGIN_PAGE,
    Step.IDP_LOGIN_PAGE: SetupPart.LOGIN_PAGE,
    Step.IDP_LOGIN: SetupPart.LOGIN,
    Step.TOKEN: SetupPart.TOKEN,
    Step.JWKS: SetupPart.TOKEN,
    Step.USERINFO: SetupPart.USERINFO,
    Step.CLAIMS: SetupPart.CLAIMS,
}
# Whatever the recipe is, the IdP's first page is where the hub sent the browser.
_OF_THE_IDP_ALONE = frozenset({Reason.HTTP_STATUS, Reason.REDIRECT_LOOP})
# RFC 6749, section 4.1.2.1: the errors by which a server speaks of itself.
_SPEAK_OF_THEMSELVES = frozenset({"server_error", "temporarily_unavailable"})


def dependence(failure: Failure, blame: Blame) -> SetupPart | None:
    """Return the part of our set-up on which a failure depends; None when it depends on none.

    `blame` is the failure's own (`attribution.attribute`): what is ours anyway depends on nothing.
    """
    if blame.outcome is not Outcome.FAILED or failure.check is Reason.NEGATIVE_PASSED:
        return None
    if failure.step is Step.DIRECT:
        return SetupPart.DIRECT
    if CodeClass.IDP_IDENTITY in failure.codes:  # of the account's identity, or of the level asked for
        return SetupPart.CLAIMS
    if CodeClass.CLIENT_UNKNOWN in failure.codes and failure.client_known_good:
        return SetupPart.CLIENT
    if failure.transport or failure.codes or (failure.status or 0) >= 500:
        return None
    if {failure.oauth_error, failure.idp_error} & _SPEAK_OF_THEMSELVES:
        return None
    return _of_step(failure)


def _of_step(failure: Failure) -> SetupPart | None:
    step = failure.step
    if step in _SHOWING or (step is Step.SP_CALLBACK and not failure.chosen):
        return SetupPart.MIRE
    if step is Step.IDP_LOGIN_PAGE and failure.check in _OF_THE_IDP_ALONE:
        return None
    if step in _BACK:
        return SetupPart.RETURN if failure.authenticated else SetupPart.LOGIN
    if step is Step.JWKS and failure.for_userinfo:
        return SetupPart.USERINFO
    return _OF_STEP.get(step)


def passed_parts(observation: Observation) -> tuple[SetupPart, ...]:
    """Return the parts that an observation shows to have passed, with the settings that it was run
    with.
    """
    if observation.backend is not None:
        return ()
    if observation.kind is Kind.DIRECT:
        return (SetupPart.DIRECT,) if observation.outcome is Outcome.OK else ()
    if observation.outcome is Outcome.OK:
        return IN_ORDER[: _ALL_OF.get(observation.kind, 0)]
    return IN_ORDER[: _reached(observation)] if observation.kind in _ALL_OF else ()


_ALL_OF: Final = {Kind.MIRE: 2, Kind.LOGIN_PAGE: 3, Kind.IDENTITY: len(IN_ORDER)}
"""How many of the parts a journey of each kind has passed when it passes."""
_BEFORE: Final = {
    Step.REDIRECT_TO_IDP: 2,
    Step.IDP_LOGIN_PAGE: 2,
    Step.IDP_LOGIN: 3,
    Step.TOKEN: 5,
    Step.JWKS: 5,
    Step.USERINFO: 6,
    Step.CLAIMS: 7,
}
"""How many of the parts a journey has passed that ends at each step."""


def _reached(observation: Observation) -> int:
    """Return how many of the parts a journey that did not pass has passed."""
    step = observation.step
    if step is Step.MIRE:  # the mire was shown, without the tile that we look for
        return 2 if observation.reason is Reason.IDP_NOT_OFFERED else 0
    if step in _BACK:
        return 4 if observation.authenticated else 0 if step is Step.SP_CALLBACK else 2
    return _BEFORE.get(step, 0) if step else 0


def got_past(observation: Observation, cause: Cause) -> bool:
    """Return whether a journey got past the part of a login at which an outage stands.

    `cause` is the outage's. Then the trouble of the outage is over, at this IdP.
    """
    if observation.kind not in _ALL_OF or cause.step is None:
        return False
    if cause.step in _BACK:
        standing = SetupPart.RETURN if cause.authenticated else SetupPart.LOGIN
    elif cause.step is Step.JWKS:  # for the id_token, or for the userinfo
        standing = SetupPart.USERINFO
    else:
        standing = _OF_STEP.get(cause.step, SetupPart.MIRE)
    return IN_ORDER.index(standing) < len(passed_parts(observation))


def digests(setup: str) -> Mapping[SetupPart, str]:
    """Return the digest of each part, out of `Observation.setup`.

    Empty for an observation of a Vigie that kept none.
    """
    pairs = (word.partition(":") for word in setup.split())
    known = {part.value: part for part in SetupPart}
    return {known[name]: digest for name, _, digest in pairs if name in known}


def written(of_parts: Mapping[SetupPart, str]) -> str:
    """Return the digests as `Observation.setup` holds them."""
    return " ".join(f"{part}:{digest}" for part, digest in of_parts.items())
