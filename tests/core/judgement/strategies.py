"""Generates sequences of observations, plausible ones and impossible ones.

A scenario is a run of *rounds* and of single observations.
In a round every target is probed once while the federation is in one mood (all well, the mire gone,
identities lost, an IdP down, ...), each journey starting and finishing at its own time.
A single observation may have any values, also in combinations that no journey gives.
Then some finish out of order, and the wall clock may be set.

Instants are UTC microseconds at whole seconds. Times are short on purpose, so that journeys,
their freshness and the allowed lateness overlap.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

from probe.core.judgement.observation import Fault, Kind, Observation, Outcome, Reason, SetupPart, Step, Tile
from probe.core.judgement.spec import RULES, RULES_OF_0_1, Edge, HubSpec, IdpSpec
from tests.builders import SECOND
from tests.builders import observation as built

BEGUN = 1_000 * SECOND
OK, FAILED, INCONCLUSIVE = Outcome.OK, Outcome.FAILED, Outcome.INCONCLUSIVE


@dataclass(frozen=True, slots=True)
class Told:
    """What one journey says, without when."""

    outcome: Outcome
    fault: Fault | None = None
    reason: Reason | None = None
    step: Step | None = None
    code: str | None = None
    on_hub: bool = False
    authenticated: bool = False
    part: SetupPart | None = None

    @property
    def coded(self) -> bool:
        """A hub's code names someone, unless it is that of an unknown exception."""
        return self.code is not None and self.fault is not None and self.reason is not Reason.IDP_DISCOVERY


WELL = Told(OK)
OURS = Told(INCONCLUSIVE, Fault.NETWORK, Reason.TIMEOUT, Step.AUTHORIZE)
REFUSED = Told(INCONCLUSIVE, Fault.SP, Reason.CREDENTIALS_REFUSED, Step.IDP_LOGIN)
NOT_OFFERED = Told(INCONCLUSIVE, None, Reason.IDP_NOT_OFFERED, Step.MIRE)
NO_MIRE = Told(FAILED, Fault.HUB, Reason.STORE_ERROR, Step.AUTHORIZE, "Y040001", on_hub=True)
NOT_THE_MIRE = Told(FAILED, Fault.HUB, Reason.NOT_THE_MIRE, Step.MIRE, on_hub=True)
NO_TILES = Told(FAILED, Fault.HUB, Reason.NO_IDP_SELECTABLE, Step.MIRE, on_hub=True)
ALL_GREYED = Told(INCONCLUSIVE, Fault.SP, Reason.TILES_GREYED, Step.MIRE, on_hub=True)
TURNED_AWAY = Told(INCONCLUSIVE, None, Reason.TURNED_AWAY, Step.AUTHORIZE, on_hub=True)
TURNED_AWAY_AT_IDP = Told(INCONCLUSIVE, None, Reason.TURNED_AWAY, Step.IDP_LOGIN_PAGE)
IDP_HOST_DOWN = Told(FAILED, Fault.IDP, Reason.CONNECT, Step.IDP_LOGIN_PAGE)
IDP_REFUSES = Told(FAILED, Fault.IDP, Reason.IDP_ERROR, Step.OIDC_CALLBACK, on_hub=True)
NO_WAY_OUT = Told(FAILED, Fault.IDP, Reason.IDP_DISCOVERY, Step.REDIRECT_TO_IDP, "Y000000", on_hub=True)
HUB_REFUSES_THE_CHOICE = Told(FAILED, Fault.HUB, Reason.HTTP_STATUS, Step.REDIRECT_TO_IDP, on_hub=True)
IDP_TOKEN = Told(FAILED, Fault.IDP, Reason.IDP_TOKEN, Step.OIDC_CALLBACK, "Y020026", on_hub=True, authenticated=True)
IDP_USERINFO = Told(FAILED, Fault.IDP, Reason.IDP_USERINFO, Step.OIDC_CALLBACK, "Y020027", on_hub=True, authenticated=True)
REGISTRY = Told(FAILED, Fault.HUB, Reason.REGISTRY_ERROR, Step.VERIFY, "Y010011", on_hub=True, authenticated=True)
USERINFO = Told(FAILED, Fault.HUB, Reason.USERINFO_ERROR, Step.USERINFO, on_hub=True, authenticated=True)
BLANK = Told(FAILED, Fault.HUB, Reason.HUB_ERROR, Step.VERIFY, on_hub=True, authenticated=True)
BLANK_LATER = replace(BLANK, step=Step.RESUME)
# Before the IdP: says nothing of it.
SESSION_LOST = Told(FAILED, Fault.HUB, Reason.SESSION_LOST, Step.MIRE, "Y190001", on_hub=True)
WRONG_CLAIMS = Told(FAILED, Fault.HUB, Reason.CLAIMS_MISMATCH, Step.CLAIMS, authenticated=True)
DIRECT_DOWN = Told(FAILED, Fault.IDP, Reason.CONNECT, Step.DIRECT)


def never_passed(part: SetupPart, reason: Reason, step: Step, **more: Any) -> Told:
    """A failure in a part of our own settings that has never passed."""
    return Told(INCONCLUSIVE, Fault.SP, reason, step, part=part, **more)


WRONG_PROFILE = never_passed(SetupPart.MIRE, Reason.NOT_THE_MIRE, Step.MIRE, on_hub=True)
WRONG_DIRECT = never_passed(SetupPart.DIRECT, Reason.DNS, Step.DIRECT)
WRONG_SETTINGS = (
    WRONG_PROFILE,
    never_passed(SetupPart.LOGIN_PAGE, Reason.LOGIN_PAGE_MISSING, Step.IDP_LOGIN_PAGE),
    never_passed(SetupPart.LOGIN, Reason.IDP_ERROR, Step.IDP_LOGIN),
    never_passed(SetupPart.LOGIN, Reason.IDP_ERROR, Step.OIDC_CALLBACK, on_hub=True),
    never_passed(SetupPart.RETURN, Reason.CODE_MISSING, Step.SP_CALLBACK, authenticated=True),
    never_passed(SetupPart.TOKEN, Reason.SIGNATURE, Step.JWKS, on_hub=True, authenticated=True),
    never_passed(SetupPart.CLAIMS, Reason.CLAIMS_MISMATCH, Step.CLAIMS, authenticated=True),
)

MIRES = (WELL, NO_MIRE, NOT_THE_MIRE, NO_TILES, ALL_GREYED, OURS, WRONG_PROFILE)
JOURNEYS = (
    WELL, IDP_HOST_DOWN, NO_WAY_OUT, HUB_REFUSES_THE_CHOICE, IDP_TOKEN, IDP_USERINFO, REGISTRY, USERINFO, BLANK, BLANK_LATER, WRONG_CLAIMS,
    IDP_REFUSES, NOT_OFFERED, OURS, REFUSED, SESSION_LOST, WRONG_SETTINGS[1], WRONG_SETTINGS[-1],
)  # fmt: skip
DIRECTS = (WELL, DIRECT_DOWN, OURS, WRONG_DIRECT)
ALIKE_BEFORE, ALIKE_AFTER = (NO_WAY_OUT, HUB_REFUSES_THE_CHOICE), (IDP_TOKEN, REGISTRY, USERINFO, BLANK, BLANK_LATER, IDP_USERINFO)


TELLING = ("outcome", "fault", "reason", "step", "code", "on_hub", "authenticated", "backend")


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is folded: one hub, watched from `begun` on,
    and what was seen in the order of recording.
    """

    spec: HubSpec
    begun: int
    observations: tuple[Observation, ...]

    def __repr__(self) -> str:
        """One line per observation, for the reader of a counter-example;
        times in seconds after the beginning.
        """
        lines = [f"Scenario({self.spec!r}"]
        for seen in self.observations:
            start, finish = (seen.started_us - BEGUN) // SECOND, (seen.finished_us - BEGUN) // SECOND
            told = [f"{word}={value}" for word in TELLING if (value := getattr(seen, word))]
            lines.append(f"  {start}-{finish} every {seen.interval_us // SECOND}: {seen.kind} {seen.idp or ''} {' '.join(told)}")
        return "\n".join([*lines, ")"])

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))


# --- who is asked


@st.composite
def specs(draw: st.DrawFn, least: int = 0) -> HubSpec:
    count = max(least, draw(st.sampled_from((0, 1, 1, 2, 2, 2, 3, 3, 4))))
    shape = st.sampled_from((IdpSpec("x"), IdpSpec("x"), IdpSpec("x"), IdpSpec("x", identity=False), IdpSpec("x", control=True)))
    idps = tuple(replace(draw(shape), name=f"i{number}", tile=f"uid-{number}") for number in range(count))
    small = st.sampled_from((2, 2, 2, 1, 3, 4))
    return HubSpec(
        "fc",
        idps,
        failures=draw(small),
        successes=draw(small),
        vouches=draw(st.sampled_from((3, 3, 2, 1, 4))),
        any_identity=draw(st.sampled_from((False, False, False, True))),
        grace_us=draw(st.sampled_from((12, 6, 25))) * SECOND,
        edge=draw(st.sampled_from((Edge.FINISH, Edge.FINISH, Edge.START))),
        rules=draw(st.sampled_from((RULES, RULES, RULES, RULES_OF_0_1))),
    )


@st.composite
def offers(draw: st.DrawFn, spec: HubSpec) -> tuple[Tile, ...]:
    """The tiles of the mire: mostly one for each IdP, now and then a stranger's, a greyed one, or a
    button aside.
    """
    tiles = {idp.tile: Tile(idp.tile, selectable=True) for idp in spec.idps}
    odd = draw(st.sampled_from([*tiles, "stranger", "stranger"]))
    kind = draw(st.sampled_from(("usual", "usual", "usual", "selectable", "greyed", "aside")))
    if kind != "usual":
        tiles[odd] = Tile(odd, selectable=kind != "greyed", listed=kind != "aside")
    return tuple(tiles.values())


Target = tuple[Kind, str | None]


def targets(spec: HubSpec) -> list[Target]:
    """Everything that a round probes, the mire first."""
    found: list[Target] = [(Kind.MIRE, None)]
    for idp in spec.idps:
        found.append((Kind.IDENTITY if idp.identity else Kind.LOGIN_PAGE, idp.name))
        found.append((Kind.DIRECT, idp.name))
    return found


# --- what a round says

Mood = Callable[[Kind, str | None], Told]


@st.composite
def moods(draw: st.DrawFn, spec: HubSpec) -> Mood:
    """The federation in one state."""
    kinds = ["well", "well", "well", "mire", "no tiles"]
    if spec.idps:
        kinds += ["lost alike", "lost alike", "lost each their way", "no way out", "one down", "one down"]
        kinds += ["one at the hub", "all down", "absent"]
    kind = draw(st.sampled_from(kinds))
    culprit = draw(st.sampled_from([idp.name for idp in spec.idps] or [""]))
    after, before = draw(st.sampled_from(ALIKE_AFTER)), draw(st.sampled_from(ALIKE_BEFORE))
    direct_tells = draw(st.booleans())
    shift = draw(st.integers(0, 4))

    at_all = {"mire": SESSION_LOST, "lost alike": after, "no way out": before, "all down": IDP_HOST_DOWN}
    at_one = {"one down": IDP_HOST_DOWN, "one at the hub": after if shift % 2 else before, "absent": NOT_OFFERED}

    def journey(name: str | None) -> Told:
        if kind == "lost each their way":
            return ALIKE_AFTER[(int((name or "i0")[1:]) + shift) % len(ALIKE_AFTER)]
        return at_all.get(kind) or (at_one.get(kind) if name == culprit else None) or WELL

    def mood(asked: Kind, name: str | None) -> Told:
        if asked is Kind.MIRE:
            return {"mire": NO_MIRE, "no tiles": NO_TILES}.get(kind, WELL)
        told = journey(name)
        if asked is Kind.DIRECT:
            return DIRECT_DOWN if kind == "all down" or (direct_tells and told is not WELL) else WELL
        # a login page is reached or it is not: what happens after the authentication is not seen
        # from there
        return WELL if asked is Kind.LOGIN_PAGE and told.authenticated else told

    return mood


def observation(asked: Target, told: Told, started: int, length: int, interval: int) -> Observation:
    """`started` and `length` in seconds after the beginning, `interval` in seconds."""
    at = BEGUN + started * SECOND
    return built(
        asked[0],
        at,
        told.outcome,
        idp=asked[1],
        lasts_us=length * SECOND,
        interval_us=interval * SECOND,
        fault=told.fault,
        reason=told.reason,
        step=told.step,
        code=told.code,
        coded=told.coded,
        on_hub=told.on_hub,
        authenticated=told.authenticated,
        part=told.part,
    )


wild_told = st.builds(
    Told,
    outcome=st.sampled_from((FAILED, FAILED, OK, INCONCLUSIVE)),
    fault=st.sampled_from((Fault.HUB, Fault.IDP, None, Fault.SP, Fault.PROBER, Fault.NETWORK)),
    reason=st.sampled_from(
        (None, Reason.IDP_DISCOVERY, Reason.IDP_NOT_OFFERED, Reason.NO_IDP_SELECTABLE, Reason.TOKEN_ERROR, Reason.TILES_GREYED, Reason.DNS)
    ),
    step=st.sampled_from((None, Step.REDIRECT_TO_IDP, Step.MIRE, Step.OIDC_CALLBACK, Step.TOKEN, Step.IDP_LOGIN)),
    code=st.sampled_from((None, "Y000000", "Y020026")),
    on_hub=st.booleans(),
    authenticated=st.booleans(),
)


@st.composite
def told_of(draw: st.DrawFn, kind: Kind) -> Told:
    """Something a journey of this kind says, and now and then something that it never should."""
    usual = {Kind.MIRE: MIRES, Kind.DIRECT: DIRECTS}.get(kind, JOURNEYS)
    return draw(wild_told) if draw(st.integers(0, 5)) == 5 else draw(st.sampled_from(usual))


# --- scenarios


def scenarios(*, steps_of_the_clock: bool = True) -> st.SearchStrategy[Scenario]:
    """Anything: rounds of moods and single observations,
    or one trouble met by each IdP at its own times.
    """
    return st.one_of(walks(steps_of_the_clock=steps_of_the_clock), troubles())


@st.composite
def troubles(draw: st.DrawFn) -> Scenario:
    """A trouble begins and ends once or twice. Each IdP meets it by its own timetable, and
    now and then misses it.
    """
    spec = draw(specs(least=draw(st.sampled_from((1, 2, 2)))))
    spec = replace(spec, failures=min(spec.failures, 3), successes=min(spec.successes, 3), vouches=max(spec.vouches, 2))
    until = draw(st.integers(30, 80))
    edges = sorted(draw(st.lists(st.integers(4, until), min_size=1, max_size=4, unique=True)))
    silence = over = until
    # The prober was killed, most often in the middle of the trouble, and started again.
    if draw(st.integers(0, 2)) == 2:
        silence = edges[0] + draw(st.integers(0, 20))
        over = silence + draw(st.sampled_from((20, 35, 50)))
        edges, until = [edges[0], over + draw(st.integers(-10, 20))], over + 40
    alike = draw(st.sampled_from((*ALIKE_AFTER, *ALIKE_AFTER, *ALIKE_BEFORE, IDP_HOST_DOWN, SESSION_LOST, SESSION_LOST, SESSION_LOST)))
    mire = NO_MIRE if alike is SESSION_LOST else WELL
    spoilt_from = draw(st.sampled_from((until, until, until, until, until, until, until, edges[0] + 15)))

    def ill(start: int) -> bool:
        return sum(edge <= start for edge in edges) % 2 == 1

    seen = [
        observation((Kind.MIRE, None), WRONG_PROFILE if start > spoilt_from else mire if ill(start) else WELL, start, 1, 6)
        for start in range(0, until, 6)
    ]
    tiles = draw(offers(spec))
    seen = [replace(each, tiles=tiles) for each in seen]
    if draw(st.booleans()):
        told, follows, apart = draw(st.sampled_from((WELL, DIRECT_DOWN))), draw(st.booleans()), draw(st.sampled_from((10, 5, 7)))
        starts = range(draw(st.integers(0, apart)), until, apart)
        direct = (Kind.DIRECT, spec.idps[0].name)
        seen += [observation(direct, WELL if follows and not ill(start) else told, start, 1, apart) for start in starts]
    for idp in spec.idps:
        asked = (Kind.IDENTITY if idp.identity else Kind.LOGIN_PAGE, idp.name)
        every, spared = draw(st.sampled_from((5, 4, 7, 3, 11))), draw(st.integers(0, 7)) == 7
        own = alike if draw(st.integers(0, 7)) < 6 else draw(st.sampled_from(JOURNEYS))
        start, odd = draw(st.integers(0, every)), draw(st.integers(0, 12))
        # from the odd one on our settings are wrong
        spoilt = draw(st.sampled_from((*(None,) * 30, *WRONG_SETTINGS))) if idp.identity else None
        length, number = draw(st.sampled_from((1, 1, 0, 3, 8))), 0
        while start < until:
            usual, other = (own, WELL) if ill(start) and not spared else (WELL, own)
            said = draw(st.sampled_from((other, NOT_OFFERED, OURS))) if number == odd else usual
            if number > odd and spoilt is not None and ill(start):
                said = spoilt
            seen.append(observation(asked, said, start, length, every))
            start, number = start + every, number + 1
            # Out of its time: a retry at once, the very same second, or a journey that was skipped.
            if number == odd:
                start += draw(st.sampled_from((-every, 1 - every, 0, every)))
    seen = [each for each in seen if not silence <= (each.started_us - BEGUN) // SECOND < over]
    seen.sort(key=lambda each: each.finished_us)
    return Scenario(spec, BEGUN, tuple(seen))


@st.composite
def walks(draw: st.DrawFn, fixed: HubSpec | None = None, *, most: int = 9, steps_of_the_clock: bool = True) -> Scenario:
    """A spec, and up to `most` rounds or single observations."""
    spec = fixed or draw(specs())
    asked = targets(spec)
    interval = draw(st.sampled_from((5, 8, 3, 12)))
    gaps = st.sampled_from((interval, interval, interval, 1, 2, 0, 2 * interval, 5 * interval))
    lengths = st.sampled_from((0, 1, 2, 1, 4, 9, spec.grace_us // SECOND, spec.grace_us // SECOND + 5))
    seen: list[tuple[int, Observation]] = []
    now = shift = 0
    mood, tiles = draw(moods(spec)), draw(offers(spec))
    for _ in range(draw(st.integers(3, most))):
        if steps_of_the_clock and draw(st.integers(0, 11)) == 11:
            shift += draw(st.sampled_from((-1, -5, -spec.grace_us // SECOND - 20, -60, 3, 40)))
        what = draw(st.integers(0, 9))
        if what >= 8:  # one observation of anything
            kind, name = draw(st.sampled_from([*asked, (Kind.CONTROL, "net"), (Kind.NEGATIVE, "bogus"), (Kind.IDENTITY, "gone")]))
            start = now + draw(st.integers(0, 3))
            found = observation((kind, name), draw(told_of(kind)), start + shift, draw(lengths), draw(st.sampled_from((interval, 3, 20))))
            if draw(st.integers(0, 7)) == 7:
                found = replace(found, backend="node1")
            # The clock was set back while the journey ran.
            if steps_of_the_clock and draw(st.integers(0, 15)) == 15:
                found = replace(found, finished_us=found.started_us - draw(st.sampled_from((2, 50))) * SECOND)
            seen.append((start + (found.finished_us - found.started_us) // SECOND, found))
        else:  # a round; its mood mostly lasts
            if what >= 5:
                mood, tiles = draw(moods(spec)), draw(offers(spec))
            stagger = draw(st.sampled_from((0, 1, 2)))
            odd = draw(st.integers(-6, len(asked) - 1))
            for number, (kind, name) in enumerate(asked):
                told = draw(told_of(kind)) if number == odd else mood(kind, name)
                length = draw(lengths) if number == odd else 1 + (number + stagger) % 3
                start = now + stagger * number
                found = observation((kind, name), told, start + shift, length, interval)
                seen.append((start + length, replace(found, tiles=tiles if kind is Kind.MIRE else ())))
        now += draw(gaps)
        if what == 7:  # the settings gave another interval
            interval = draw(st.sampled_from((5, 8, 3, 12)))
    seen.sort(key=lambda pair: pair[0])  # recorded as they finish
    order = [found for _, found in seen]
    if steps_of_the_clock and len(order) > 1 and draw(st.integers(0, 3)) == 3:  # or nearly so
        here = draw(st.integers(0, len(order) - 2))
        order[here], order[here + 1] = order[here + 1], order[here]
    return Scenario(spec, BEGUN, tuple(order))
