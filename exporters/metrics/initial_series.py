"""Lists the series of a target that exist at 0 before anything happened.

`increase()` and `rate()` cannot see the first failure of a series that starts at 1, so failures
must exist at 0. The full product of steps, reasons and faults is 18 x 52 x 5 = 4,680 series per
target, but a journey of one kind can end with 60 combinations at most. These are listed here, as
`probe.core.judgement.attribution` decides them:

- for every step, the reasons that only this step has;
- `timeout` on every exchange;
- failures of name, connection and TLS where a host is met first;
- a bad status where a status decides.

Other combinations (`reset`, `protocol`, `too_large`, `head_refused`, a fault that the neighbours
overturned, ...) are counted too: their series appears with the first of them. `increase()` sees
that first one in
`names.FAILED_RUNS`, which exists at 0 for every fault.
"""

from collections.abc import Iterator

from probe.core.judgement.observation import Fault, Kind, Negative, Reason, Step

Failure = tuple[Step, Reason, Fault]

_TO_MIRE = (Step.DISCOVERY, Step.AUTHORIZE, Step.MIRE)
_TO_LOGIN_PAGE = (*_TO_MIRE, Step.REDIRECT_TO_IDP, Step.IDP_LOGIN_PAGE)
_TO_IDENTITY = (
    *_TO_LOGIN_PAGE,
    Step.IDP_LOGIN,
    Step.OIDC_CALLBACK,
    Step.VERIFY,
    Step.CONSENT,
    Step.RESUME,
    Step.TOKEN,
    Step.JWKS,
    Step.USERINFO,
)

PASSED_OVER = ("ahead", "set_back", "too_late", "unreadable")
"""Why observations of a shared store are passed over (`probe.ledger.shared.evaluation.Why`)."""

STEPS: dict[Kind, tuple[Step, ...]] = {
    Kind.MIRE: _TO_MIRE,
    Kind.LOGIN_PAGE: _TO_LOGIN_PAGE,
    Kind.IDENTITY: _TO_IDENTITY,
    Kind.DIRECT: (Step.DIRECT,),
    Kind.CONTROL: (Step.CONTROL,),
    Kind.NEGATIVE: _TO_MIRE,
}
"""The steps of each kind of journey that make exchanges, in their order."""

_OF_NEGATIVE: dict[str, tuple[Step, ...]] = {
    Negative.IDP: (*_TO_MIRE, Step.REDIRECT_TO_IDP),
    Negative.SECRET: (Step.DISCOVERY, Step.TOKEN),
    Negative.CODE: tuple(step for step in _TO_IDENTITY if step is not Step.USERINFO),
    Negative.TOKEN: _TO_IDENTITY,
    Negative.LOGOUT: (*(step for step in _TO_IDENTITY if step is not Step.USERINFO), Step.LOGOUT),
}
_ACCEPTED_AT = {
    Negative.IDP: Step.REDIRECT_TO_IDP,
    Negative.SECRET: Step.TOKEN,
    Negative.CODE: Step.TOKEN,
    Negative.TOKEN: Step.USERINFO,
    Negative.LOGOUT: Step.LOGOUT,
}
"""Those that differ from the rest, which are accepted at the mire."""

_MEETS_A_HOST = {Step.AUTHORIZE, Step.IDP_LOGIN_PAGE, Step.TOKEN, Step.DIRECT, Step.CONTROL}
_MEETING = (Reason.DNS, Reason.CONNECT, Reason.TLS)
_HUB, _IDP = Fault.HUB, Fault.IDP
_STATUS_DECIDES = {
    Step.AUTHORIZE: _HUB,
    Step.REDIRECT_TO_IDP: _HUB,
    Step.IDP_LOGIN_PAGE: _IDP,
    Step.IDP_LOGIN: _IDP,
    Step.OIDC_CALLBACK: _HUB,
    Step.DIRECT: _IDP,
    Step.CONTROL: Fault.NETWORK,
}
_OWNER = {
    Step.REDIRECT_TO_IDP: _IDP,  # the hub asks the IdP's discovery document during this exchange
    Step.IDP_LOGIN_PAGE: _IDP,
    Step.IDP_LOGIN: _IDP,
    Step.DIRECT: _IDP,
    Step.CONTROL: Fault.NETWORK,
}
_OF_STEP: dict[Step, tuple[tuple[Reason, Fault], ...]] = {
    Step.AUTHORIZE: ((Reason.HUB_ERROR, _HUB), (Reason.STORE_ERROR, _HUB)),
    Step.MIRE: ((Reason.NOT_THE_MIRE, _HUB), (Reason.NO_IDP_SELECTABLE, _HUB)),
    Step.REDIRECT_TO_IDP: ((Reason.IDP_DISCOVERY, _IDP), (Reason.HUB_ERROR, _HUB), (Reason.SESSION_LOST, _HUB)),
    Step.IDP_LOGIN_PAGE: ((Reason.LOGIN_PAGE_MISSING, _IDP), (Reason.IDP_ERROR, _IDP)),
    Step.IDP_LOGIN: ((Reason.IDP_ERROR, _IDP),),
    Step.OIDC_CALLBACK: (
        (Reason.IDP_ERROR, _IDP),
        (Reason.IDP_TOKEN, _IDP),
        (Reason.IDP_USERINFO, _IDP),
        (Reason.IDP_IDENTITY, _IDP),
        (Reason.IDP_CALLBACK, _IDP),
        (Reason.SESSION_LOST, _HUB),
        (Reason.HUB_ERROR, _HUB),
    ),
    Step.VERIFY: ((Reason.REGISTRY_ERROR, _HUB), (Reason.STORE_ERROR, _HUB), (Reason.HUB_ERROR, _HUB)),
    Step.CONSENT: ((Reason.HUB_ERROR, _HUB),),
    Step.RESUME: ((Reason.HUB_ERROR, _HUB),),
    Step.SP_CALLBACK: ((Reason.CODE_MISSING, _HUB), (Reason.STATE_MISMATCH, _HUB), (Reason.ISSUER_MISMATCH, _HUB)),
    Step.TOKEN: ((Reason.TOKEN_ERROR, _HUB), (Reason.STORE_ERROR, _HUB), (Reason.ID_TOKEN, _HUB), (Reason.SIGNATURE, _HUB)),
    Step.USERINFO: ((Reason.USERINFO_ERROR, _HUB), (Reason.STORE_ERROR, _HUB), (Reason.SIGNATURE, _HUB)),
    Step.CLAIMS: ((Reason.CLAIMS_MISSING, _HUB), (Reason.CLAIMS_MISMATCH, _HUB)),
}
# Steps at the end of an identity journey that make no exchange of their own.
_WITHOUT_EXCHANGE = (Step.SP_CALLBACK, Step.CLAIMS)
_ONLY_OF_MIRE = {Reason.NO_IDP_SELECTABLE}


def steps(kind: Kind, target: str = "") -> tuple[Step, ...]:
    """Return the steps that make exchanges. `target` is what a negative journey asks for."""
    return _OF_NEGATIVE.get(target, STEPS[kind]) if kind is Kind.NEGATIVE else STEPS[kind]


def failures(kind: Kind, target: str = "") -> tuple[Failure, ...]:
    """Return the combinations that exist at 0 for a target of this kind.

    `target` is what a negative journey asks for.
    """
    # A negative journey is meant to fail. The other journeys report every other trouble of the hub.
    if kind is Kind.NEGATIVE:
        at = _ACCEPTED_AT.get(Negative(target), Step.MIRE) if target else Step.MIRE
        return ((at, Reason.NEGATIVE_PASSED, _HUB),)
    return tuple(dict.fromkeys(_failures(kind)))


def _failures(kind: Kind) -> Iterator[Failure]:
    for step in STEPS[kind]:
        owner = _OWNER.get(step, _HUB)
        yield step, Reason.TIMEOUT, owner
        if step in _MEETS_A_HOST:
            yield from ((step, reason, owner) for reason in _MEETING)
        if step in _STATUS_DECIDES:
            yield step, Reason.HTTP_STATUS, _STATUS_DECIDES[step]
    for step in (*STEPS[kind], *(_WITHOUT_EXCHANGE if kind is Kind.IDENTITY else ())):
        for reason, fault in _OF_STEP.get(step, ()):
            if kind is Kind.MIRE or reason not in _ONLY_OF_MIRE:
                yield step, reason, fault


_NETWORK = (Reason.DNS, Reason.CONNECT, Reason.TLS, Reason.TIMEOUT, Reason.RESET)
_OURS = (Reason.SP_CONFIGURATION, Reason.OVERSLEPT, Reason.PROBER_ERROR)
_OF_KIND: dict[Kind, tuple[Reason, ...]] = {
    Kind.MIRE: (Reason.TILES_GREYED, Reason.TURNED_AWAY, Reason.CLIENT_UNKNOWN),
    Kind.LOGIN_PAGE: (
        *(Reason.IDP_NOT_OFFERED, Reason.TILES_GREYED, Reason.TURNED_AWAY, Reason.CLIENT_UNKNOWN),
        *(Reason.RECIPE_UNFIT, Reason.SCRIPT_NEEDED),
    ),
    Kind.DIRECT: (Reason.TURNED_AWAY,),
    Kind.NEGATIVE: (Reason.NOTHING_PROVED,),
    Kind.IDENTITY: (
        Reason.IDP_NOT_OFFERED,
        Reason.TILES_GREYED,
        Reason.TURNED_AWAY,
        Reason.CLIENT_UNKNOWN,
        Reason.RECIPE_UNFIT,
        Reason.SCRIPT_NEEDED,
        Reason.CREDENTIALS_REFUSED,
        Reason.ACCOUNT_SUSPENDED,
        Reason.LOGIN_BUDGET,
        Reason.CREDENTIAL_ENDED,
        Reason.TEST_USER,
        Reason.CLOCK_OFF,
        Reason.TOO_SLOW,
    ),
}


def inconclusive(kind: Kind) -> tuple[Reason, ...]:
    """Return the reasons of inconclusive journeys that exist at 0 for a target of this kind."""
    return (*_NETWORK, *_OURS, *_OF_KIND.get(kind, ()))
