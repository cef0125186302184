"""The judgement by brute force: every second is judged by itself, when all is known.

It is written from docs/judgement.md and docs/domain.md alone, as simply as possible, and shares
nothing with `signal`, `condition` or `fold`. It has no state machine, no watermark and no ledger:
it keeps all readings, and compares each one with all others.

Instants are UTC microseconds, at whole seconds.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from probe.core.judgement.observation import Fault, Kind, Observation, Outcome, Reason, Step
from probe.core.judgement.spec import HubSpec, IdpSpec
from tests.builders import SECOND

GOOD, BAD, ABSENT, UNKNOWN = "good", "bad", "absent", "unknown"
NOBODY_CAN_TELL = "nobody can tell"
UP, BLIP, DOWN = "up", "blip", "down"
C1, C2, C3, HUB = "mire_missing", "identity_not_returned", "all_idps_unavailable", "hub"


class Why(NamedTuple):
    """Why something is bad."""

    fault: Fault | None
    reason: Reason | None
    step: Step | None
    code: str | None
    on_hub: bool
    authenticated: bool
    coded: bool


class Mire(NamedTuple):
    """What an observation of the mire shows beside the watched IdPs: whether a tile that nobody
    watches can be picked, and the watched IdPs whose button is outside the list.
    """

    unwatched: bool
    aside: frozenset[str]


class Said(NamedTuple):
    """What one observation says to one signal.

    It was `asked` when its journey started, and is of effect from `at`; it vouches until `until`.
    """

    asked: int
    at: int
    until: int
    health: str
    why: Why | None
    returned: bool
    mire: Mire | None = None
    hold: int = 0  # it counts in a run only once the run has lasted so long
    done: int = 0  # when its journey finished


class Held(NamedTuple):
    """What is held of one signal at one second.

    `begun`: the reading that its evidence window begins at. `followed`, `turning`:
    the window ends in a reading that says the same, or in a confirmed change;
    `coming` and `past` are the causes after and before it. `doubted`: the reading of a blip.
    """

    health: str
    why: Why | None = None
    returned: bool = False
    blip: bool = False
    doubted: int = 0
    begun: int | None = None
    since: int = 0
    failed: int = 0  # of what is bad: when the first journey that found it so had finished
    followed: bool = False
    turning: bool = False
    coming: Why | None = None
    past: Why | None = None
    mire: Mire | None = None


class Judged(NamedTuple):
    """A subject's state at one second."""

    state: str
    why: Why | None = None
    condition: str | None = None


class Run(NamedTuple):
    """An outage: from the first second down until the subject was up again."""

    start_us: int
    end_us: int | None
    down_us: int
    unknown_us: int
    why: Why | None
    condition: str | None


STALE = "awaited"
NOTHING = Held(UNKNOWN)
Readings = dict[str, list[Said]]


@dataclass
class Epoch:
    """What was read between two set-backs of the wall clock.
    It speaks of the time from `start` on.
    """

    start: int
    readings: Readings = field(default_factory=dict)


# --- signals


def said(spec: HubSpec, seen: Observation) -> Iterator[tuple[str, str]]:
    """(signal, health): what an observation says, and of what."""
    if seen.backend is not None:
        return
    known = [idp.name for idp in spec.idps]
    if seen.kind == Kind.MIRE:
        yield from _said_by_the_mire(spec, seen)
    if seen.kind == Kind.DIRECT and seen.idp in known and seen.outcome != Outcome.INCONCLUSIVE:
        yield f"direct:{seen.idp}", GOOD if seen.outcome == Outcome.OK else BAD
    if seen.kind in (Kind.IDENTITY, Kind.LOGIN_PAGE) and seen.idp in known:
        ours = seen.fault in (Fault.SP, Fault.PROBER, Fault.NETWORK)
        if seen.outcome == Outcome.OK:
            yield f"idp:{seen.idp}", GOOD
        elif seen.reason == Reason.IDP_NOT_OFFERED:
            yield f"idp:{seen.idp}", ABSENT
        elif ours or seen.outcome != Outcome.FAILED:
            return
        elif seen.fault == Fault.IDP or seen.authenticated or seen.step == Step.REDIRECT_TO_IDP:
            yield f"idp:{seen.idp}", BAD


def _said_by_the_mire(spec: HubSpec, seen: Observation) -> Iterator[tuple[str, str]]:
    if seen.outcome == Outcome.OK:
        yield "mire", GOOD
        yield "tiles", GOOD
    elif seen.reason == Reason.TILES_GREYED and spec.rules >= 2:
        yield "mire", GOOD
        yield "tiles", NOBODY_CAN_TELL
    elif seen.outcome == Outcome.FAILED and seen.reason == Reason.NO_IDP_SELECTABLE:
        yield "mire", GOOD
        yield "tiles", BAD
    elif seen.outcome == Outcome.FAILED and seen.fault == Fault.HUB:
        yield "mire", BAD


def why(seen: Observation) -> Why:
    return Why(seen.fault, seen.reason, seen.step, seen.code, seen.on_hub, seen.authenticated, seen.coded)


def read(spec: HubSpec, begun: int, observations: Sequence[Observation]) -> tuple[list[Epoch], int]:
    """Every reading of every signal, by epoch, and the clock at the end."""
    clock, epochs = begun, [Epoch(begun)]
    for seen in observations:
        if seen.finished_us < clock - spec.grace_us:
            clock = seen.finished_us
            epochs.append(Epoch(min(seen.started_us, seen.finished_us)))
        clock = max(clock, seen.finished_us)
        for name in questions(seen):
            leave(spec, epochs[-1].readings.get(name, []), seen, clock)
        for name, health in said(spec, seen):
            take(spec, epochs[-1].readings.setdefault(name, []), seen, name, health, clock)
    return epochs, clock


def questions(seen: Observation) -> list[str]:
    """What a journey that fails in a part of our settings which never passed says nothing of."""
    if seen.outcome != Outcome.INCONCLUSIVE or seen.part is None or seen.backend is not None:
        return []
    return {
        Kind.MIRE: ["mire", "tiles"],
        Kind.DIRECT: [f"direct:{seen.idp}"],
        Kind.IDENTITY: [f"idp:{seen.idp}"],
        Kind.LOGIN_PAGE: [f"idp:{seen.idp}"],
    }.get(seen.kind, [])


WALK: list[set[Step | str]] = [
    {Step.DISCOVERY, Step.AUTHORIZE, Step.MIRE},
    {Step.REDIRECT_TO_IDP, Step.IDP_LOGIN_PAGE},
    {Step.IDP_LOGIN, "back without a code"},
    {"back with a code"},
    {Step.TOKEN},
    {Step.JWKS, Step.USERINFO},
    {Step.CLAIMS},
]
"""Where a login may end, stage by stage."""


def stage(step: Step | None, *, authenticated: bool) -> int:
    back = {Step.OIDC_CALLBACK, Step.VERIFY, Step.CONSENT, Step.RESUME, Step.SP_CALLBACK}
    where: Step | str | None = ("back with a code" if authenticated else "back without a code") if step in back else step
    return next((number for number, steps in enumerate(WALK) if where in steps), 0)


def leave(spec: HubSpec, row: list[Said], seen: Observation, clock: int) -> None:
    """Let what is bad go on: nobody can tell what the journey would have met there.

    Not so where it got further than the outage, or a reading has said good since.
    """
    if not row or row[-1].health != BAD or held_health(spec, row, len(row) - 1) != BAD:
        return
    stands, ended = row[-1].why, seen.step
    assert stands is not None
    if seen.kind in (Kind.IDENTITY, Kind.LOGIN_PAGE) and stands.step is not None and (ended != Step.SP_CALLBACK or seen.authenticated):
        reached = stage(ended, authenticated=seen.authenticated)
        if ended == Step.JWKS:
            reached -= 1  # it may have been for the id_token
        if ended in (Step.OIDC_CALLBACK, Step.VERIFY, Step.CONSENT, Step.RESUME) and not seen.authenticated:
            reached -= 1  # nothing shows that the login page was right
        if stage(stands.step, authenticated=stands.authenticated) < reached:
            return
    asked = max(min(seen.started_us, clock), clock - spec.grace_us, row[-1].at)
    if asked < row[-1].until:
        done = max(asked, seen.finished_us) if spec.edge == "finish" else asked
        row[-1] = row[-1]._replace(until=max(row[-1].until, done + spec.vouches * seen.interval_us))


def take(spec: HubSpec, row: list[Said], seen: Observation, name: str, health: str, clock: int) -> None:
    """Add a reading to those of its signal."""
    asked = max(min(seen.started_us, clock), clock - spec.grace_us, row[-1].at if row else 0)
    if row and row[-1].health == NOBODY_CAN_TELL:
        row.pop()
    if health == NOBODY_CAN_TELL:
        # what was read before vouches no longer; no reading to come is earlier
        if row:
            row[-1] = row[-1]._replace(until=min(row[-1].until, asked))
            row.append(Said(asked, asked, row[-1].until, NOBODY_CAN_TELL, None, False))
        return
    at = done = asked
    if spec.edge == "finish":
        done = max(asked, seen.finished_us)
        if health == GOOD and row and is_failing(spec, row, asked):
            at = done
    until = done + spec.vouches * seen.interval_us
    returned = health == GOOD and seen.kind == Kind.IDENTITY
    found = why(seen) if health == BAD else None
    row.append(Said(asked, at, until, health, found, returned, mire_of(spec, seen, name), done=done if spec.rules >= 2 else asked))


def is_failing(spec: HubSpec, row: list[Said], asked: int) -> bool:
    """Whether the latest reading is bad; after a silence, whether bad is held."""
    if asked > row[-1].until:
        return held_health(spec, row, len(row) - 1) == BAD
    return row[-1].health == BAD


def mire_of(spec: HubSpec, seen: Observation, name: str) -> Mire | None:
    if name != "tiles" or spec.rules < 2:
        return None
    listed = [tile for tile in seen.tiles if tile.listed]
    unwatched = any(tile.selectable and all(tile.uid != idp.tile for idp in spec.idps) for tile in listed)
    outside = [idp for idp in spec.idps if any(tile.uid == idp.tile and not tile.listed for tile in seen.tiles)]
    return Mire(unwatched, frozenset(idp.name for idp in outside if all(tile.uid != idp.tile for tile in listed)))


def in_a_row(row: list[Said], first: int, health: str, count: int) -> bool:
    """Whether `count` readings from the first on say the same, with no silence between them."""
    run = row[first : first + count]
    silent = any(later.asked > earlier.until for earlier, later in pairwise(run))
    return len(run) == count and not silent and all(each.health == health for each in run)


def bad_in_a_row(spec: HubSpec, row: list[Said], first: int) -> bool:
    """Whether bad readings from the first on are enough of them, and last long enough."""
    for count in range(spec.failures, len(row) - first + 1):
        run = row[first : first + count]
        lasted = run[-1].at - run[0].at >= max(each.hold for each in run)
        counting = [each for each in run if lasted or not each.hold]
        if in_a_row(row, first, BAD, count) and len(counting) >= spec.failures:
            return True
    return False


def held_health(spec: HubSpec, row: list[Said], index: int) -> str:
    """What is held from this reading on, once all is known: the latest change at or before it,
    since the latest absence.
    """
    if row[index].health == ABSENT:
        return ABSENT
    for first in range(index, -1, -1):
        if row[first].health == ABSENT:
            break
        if bad_in_a_row(spec, row, first):
            return BAD
        if in_a_row(row, first, GOOD, spec.successes):
            return GOOD
    return GOOD  # the first good reading made it good at once, or nothing is confirmed yet


def hold(spec: HubSpec, row: list[Said]) -> list[Held]:
    """What is held from each reading on (while it is vouched, and until the next one)."""
    row = [each for each in row if each.health != NOBODY_CAN_TELL]
    healths = [held_health(spec, row, index) for index in range(len(row))]
    return [_held(spec, row, healths, index) for index in range(len(row))]


def _held(spec: HubSpec, row: list[Said], healths: list[str], index: int) -> Held:
    here, health = row[index], healths[index]
    if health == ABSENT:
        return _gone(spec, row, healths, index)
    block = index
    while block > 0 and healths[block - 1] == health:
        block -= 1
    alike = [each for each in row[block : index + 1] if each.health == health]
    past = _past(spec, row, healths, block) if health == GOOD else None
    followed, turning = _end(row, healths, index)
    blip = health == GOOD and here.health == BAD
    return Held(
        health,
        why=here.why if here.health == BAD else alike[-1].why if health == BAD else None,
        returned=health == GOOD and bool(alike) and alike[-1].returned,
        blip=blip,
        doubted=here.at if blip else 0,
        begun=_begin(row, healths, index),
        since=alike[0].at if alike else 0,
        failed=alike[0].done if health == BAD else 0,
        followed=followed,
        turning=turning,
        coming=row[index + 1].why if turning and health == GOOD else None,
        past=past,
        mire=here.mire,
    )


def _past(spec: HubSpec, row: list[Said], healths: list[str], end: int) -> Why | None:
    """The last cause of the outage that ended before the reading `end`; by the first rules there
    is none where an absence ended it.
    """
    while spec.rules >= 2 and end > 0 and healths[end - 1] == ABSENT:
        end -= 1
    before = end
    while before > 0 and healths[before - 1] == BAD:
        before -= 1
    past = [each.why for each in row[before:end] if each.health == BAD]
    return past[-1] if past else None


def _gone(spec: HubSpec, row: list[Said], healths: list[str], index: int) -> Held:
    """What is held while an IdP is not offered: since when, and what it came out of."""
    first = index
    while first > 0 and healths[first - 1] == ABSENT and row[first].asked <= row[first - 1].until:
        first -= 1
    return Held(ABSENT, since=row[first].at, past=_past(spec, row, healths, index) if spec.rules >= 2 else None)


def _begin(row: list[Said], healths: list[str], index: int) -> int | None:
    """The latest reading that said what is held, if no silence came after it."""
    for here in range(index, -1, -1):
        if healths[here] != healths[index] or (here < index and row[here + 1].asked > row[here].until):
            return None
        if row[here].health == healths[index]:
            return row[here].at
    return None


def _end(row: list[Said], healths: list[str], index: int) -> tuple[bool, bool]:
    """Whether the window ends in a reading that says the same, or in a confirmed change."""
    for here in range(index + 1, len(row)):
        if row[here].asked > row[here - 1].until or row[here].health == ABSENT:
            return False, False
        if healths[here] != healths[index]:
            return False, True
        if row[here].health == healths[index]:
            return True, False
    return False, False


def at_instant(row: list[Said], holds: list[Held], t: int) -> Held:
    """The value at t: that of the latest reading at or before it, if it vouches for t.

    Between the start of a reading and the instant from which on it is of effect, what was held
    before it goes on.
    """
    row = [each for each in row if each.health != NOBODY_CAN_TELL]
    found = NOTHING
    for index, (each, held) in enumerate(zip(row, holds, strict=True)):
        if each.at <= t:
            found = held if t < each.until else NOTHING
        elif each.asked <= t:
            found = holds[index - 1]
            if each.asked > row[index - 1].until:
                found = _held_since_a_silence(row, index, held, found.since, found.failed)
    return found


def _held_since_a_silence(row: list[Said], index: int, held: Held, since: int, failed: int) -> Held:
    """What is held until the first good reading after a silence is of effect: bad, unmeasured."""
    ended = held.health == GOOD
    turning = ended or held.turning
    return Held(BAD, why=last_cause(row[:index]), since=since, failed=failed, followed=held.followed and not ended, turning=turning)


def last_cause(row: list[Said]) -> Why | None:
    return next(each.why for each in reversed(row) if each.health == BAD)


# --- subjects

Values = dict[str, Held]
HeldAt = Callable[[int], Values]
Heard = Callable[[str], object]


def names(spec: HubSpec) -> list[str]:
    return [HUB, C1, C2, C3, *(f"idp:{idp.name}" for idp in spec.idps)]


def judge_with_fear(spec: HubSpec, values: Values, t: int, held_at: HeldAt) -> dict[str, Judged]:
    """A subject that is up, but would be down if every blip were bad, is a blip."""
    plain = judge_second(spec, values, t, held_at)
    feared = judge_second(spec, feared_of(values), t, lambda later: feared_of(held_at(later)))
    for name in names(spec):
        if plain[name].state == UP and feared[name].state == DOWN:
            plain[name] = feared[name]._replace(state=BLIP)
    return plain


def feared_of(values: Values) -> Values:
    return {
        name: Held(BAD, why=value.why, begun=value.doubted, since=value.doubted, failed=value.doubted) if value.blip else value
        for name, value in values.items()
    }


def when_it_had_failed(spec: HubSpec, values: Values, name: str, t: int, held_at: HeldAt) -> Values:
    """The values by which an IdP's failure is judged at t: until its first journey has finished,
    those of that instant.
    """
    now = _idp(values, name)
    if spec.rules < 2 or t >= now.failed:
        return values
    then = held_at(now.failed)
    same = _idp(then, name)
    failing = same.health == BAD and (same.since, same.failed) == (now.since, now.failed)
    return then if failing and _is_compared(same.why) else values


def judge_second(spec: HubSpec, values: Values, t: int, held_at: HeldAt) -> dict[str, Judged]:
    mire = values.get("mire", NOTHING)
    if mire.health == BAD:
        return {name: Judged(UNKNOWN) for name in names(spec)} | {C1: Judged(DOWN, mire.why), HUB: Judged(DOWN, mire.why, C1)}
    bad = [idp.name for idp in spec.idps if _idp(values, idp.name).health == BAD]
    causes = {}
    for name in bad:
        shown = when_it_had_failed(spec, values, name, t, held_at) if _is_compared(_idp(values, name).why) else values
        causes[name] = _told(spec, _why(values, name), blamed(spec, shown, name)[1])
    found = {C1: Judged(UP if mire.health == GOOD else UNKNOWN)}
    found[C2] = _c2(spec, values, causes)
    found[C3] = _c3(spec, values, causes)
    for idp in spec.idps:
        state = {GOOD: UP}.get(_idp(values, idp.name).health, UNKNOWN)
        found[f"idp:{idp.name}"] = Judged(state)
        if idp.name in causes and causes[idp.name].fault == Fault.IDP:
            found[f"idp:{idp.name}"] = Judged(DOWN, causes[idp.name])
    down = [name for name in (C1, C2, C3) if found[name].state == DOWN]
    has_identity = any(idp.identity for idp in spec.idps)
    if down:
        found[HUB] = Judged(DOWN, found[down[0]].why, down[0])
    elif UNKNOWN in (found[C1].state, found[C3].state) or (found[C2].state == UNKNOWN and has_identity):
        found[HUB] = Judged(UNKNOWN)
    else:
        found[HUB] = Judged(UP)
    return found


def _told(spec: HubSpec, own: Why, fault: Fault | None) -> Why:
    """A cause with the fault that all journeys point to. A code that names the other party is
    evidence, and no reason.
    """
    if spec.rules >= 2 and own.coded and fault not in (None, own.fault):
        reason = Reason.AT_EVERY_IDP if fault == Fault.HUB else Reason.AT_THIS_IDP_ONLY
        return own._replace(fault=fault, reason=reason, coded=False)
    return own._replace(fault=fault)


def _idp(values: Values, name: str) -> Held:
    return values.get(f"idp:{name}", NOTHING)


def blamed(spec: HubSpec, values: Values, name: str) -> tuple[str, Fault | None]:
    """Whose fault a bad IdP's failure is, and what decided it."""
    own = _why(values, name)
    if not _is_compared(own):
        return "own host", own.fault
    others = {idp: _shown(spec, _idp(values, name), _idp(values, idp.name)) for idp in spec.idps if idp.name != name}
    controls = [each for idp, each in others.items() if idp.control and isinstance(each, Why) and each.authenticated]
    if own.authenticated and (controls or any(idp.control and idp.name == name for idp in spec.idps)):
        return "control", Fault.HUB
    shown = list(others.values())
    successes = [each for each in shown if isinstance(each, bool)]
    failures = [each for each in shown if isinstance(each, Why)]
    alike = [each for each in failures if _alike(own, each)]
    if own.authenticated:
        elsewhere = any(successes)  # one of them returned an identity
    else:
        elsewhere = bool(successes) or len(alike) < len(failures)
    if elsewhere:
        return "elsewhere", Fault.IDP
    if STALE in shown:
        return "awaited", None
    direct = _shown(spec, _idp(values, name), values.get(f"direct:{name}", NOTHING))
    if alike and all(_same_trouble(own, each) for each in alike):
        if own.coded and own.fault == Fault.HUB:
            return "alike", Fault.HUB
        if direct == STALE:
            return "direct awaited", None
        return ("alike, but direct", Fault.IDP) if isinstance(direct, Why) else ("alike", Fault.HUB)
    return _alone(spec, _idp(values, name), own, direct)


def _alone(spec: HubSpec, failing: Held, own: Why, direct: Why | bool | str | None) -> tuple[str, Fault | None]:
    """Whose fault it is where no other IdP tells."""
    if spec.rules >= 2 and failing.begun is None:
        return "unmeasured", None
    if own.coded:
        return "code", own.fault
    if direct == STALE:
        return "direct awaited", None
    if direct is not None:
        return "direct", Fault.IDP if isinstance(direct, Why) else Fault.HUB
    return "words", Fault.HUB if own.authenticated else Fault.IDP


def _is_compared(own: Why | None) -> bool:
    return own is not None and (own.authenticated or own.on_hub)


def decisions(spec: HubSpec, values: Values) -> Iterator[str]:
    """What decided each fault at this second, and what was shown that was not simply held."""
    bad = [idp.name for idp in spec.idps if _idp(values, idp.name).health == BAD]
    if values.get("mire", NOTHING).health == BAD:
        return
    for name in bad:
        yield blamed(spec, values, name)[0]
        for idp in spec.idps:
            other, failing = _idp(values, idp.name), _idp(values, name)
            shown = _shown(spec, failing, other)
            if other.health == GOOD and isinstance(shown, Why):
                yield "shown: to come" if _carried_over(other, failing.failed) else "shown: past"


def _why(values: Values, name: str) -> Why:
    found = _idp(values, name).why
    assert found is not None, "a bad value has a cause"
    return found


def _alike(one: Why, other: Why) -> bool:
    if not all(each.on_hub or each.authenticated for each in (one, other)):
        return False
    return one.authenticated == other.authenticated or _same_trouble(one, other)


def _same_trouble(one: Why, other: Why) -> bool:
    outward = (Reason.IDP_DISCOVERY, Reason.IDP_TOKEN, Reason.IDP_USERINFO)
    if one.reason in outward or other.reason in outward:
        return one.reason in outward and other.reason in outward
    return (one.step, one.reason) == (other.step, other.reason)


def _shown(spec: HubSpec, failing: Held, other: Held) -> Why | bool | str | None:
    """What another IdP shows: its failure, its success (True: an identity came back),
    that it is awaited, or nothing.
    """
    if other.health == BAD:
        return other.why
    if other.health == ABSENT and other.past is not None and _carried_over(failing, other.since):
        return other.past if failing.turning else STALE
    if other.health != GOOD:
        return None
    if _carried_over(other, failing.failed):
        return other.coming if other.turning else STALE
    if _carried_over(failing, other.since):
        if failing.turning:
            return other.past
        if other.past is not None or (spec.rules >= 2 and failing.failed < other.since):
            return STALE
    return other.returned


def _carried_over(held: Held, instant: int) -> bool:
    """Its evidence window began before the instant, and does not end in a reading
    that says the same.
    """
    return (held.begun is None or held.begun < instant) and not held.followed


def _c2(spec: HubSpec, values: Values, causes: dict[str, Why]) -> Judged:
    deep = [idp.name for idp in spec.idps if idp.identity]
    lost = [name for name in deep if name in causes and causes[name].authenticated]
    returned = [_idp(values, name) for name in deep if _idp(values, name).health == GOOD and _idp(values, name).returned]
    if spec.any_identity:
        told = [_why(values, name) for name in lost]
        strict = [each._replace(fault=Fault.HUB) for each in told if not (each.coded and each.fault == Fault.IDP)]
        if strict:
            return Judged(DOWN, _most(spec, strict))
    if any(not lost or not _carried_over(held, max(_idp(values, name).since for name in lost)) for held in returned):
        return Judged(UP)
    if lost and all(causes[name].fault == Fault.HUB for name in lost):
        return Judged(DOWN, _most(spec, [causes[name] for name in lost]))
    return Judged(UNKNOWN)


def _c3(spec: HubSpec, values: Values, causes: dict[str, Why]) -> Judged:
    if values.get("mire", NOTHING).health != GOOD:
        return Judged(UNKNOWN)
    tiles = values.get("tiles", NOTHING)
    if tiles.health == BAD:
        return Judged(DOWN, tiles.why)
    if tiles.health == UNKNOWN and spec.rules >= 2:
        return Judged(UNKNOWN)
    shown = tiles.mire or Mire(unwatched=False, aside=frozenset())
    listed: list[IdpSpec] = [idp for idp in spec.idps if not idp.control and idp.name not in shown.aside]
    offered = [idp for idp in listed if _idp(values, idp.name).health != ABSENT]
    out = [causes[idp.name] for idp in offered if idp.name in causes and _unreachable(causes[idp.name])]
    works = any(_idp(values, idp.name).health == GOOD for idp in offered)
    lost_after = any(causes[idp.name].authenticated and causes[idp.name].fault == Fault.HUB for idp in offered if idp.name in causes)
    if works or lost_after:
        return Judged(UP)
    if offered and len(out) == len(offered) and not shown.unwatched:
        return Judged(DOWN, _most(spec, out))
    return Judged(UNKNOWN)


def _unreachable(cause: Why) -> bool:
    """Bad before or at the authentication, or by the IdP's own fault."""
    return not cause.authenticated or cause.fault == Fault.IDP


def _most(spec: HubSpec, causes: list[Why]) -> Why:
    """The cause that tells most, then the one that most share, then the first of them."""
    return min(causes, key=lambda each: (telling(each) if spec.rules >= 2 else 0, -causes.count(each), causes.index(each)))


def telling(cause: Why | None) -> int:
    """docs/domain.md: "in this order: the hub's code, the page, HTTP status, TLS/connect/DNS,
    reset, time-out". What was read from a page or an answer is a page.
    """
    if cause is None or (cause.code is None and cause.reason is None):
        return 7
    wire = (
        (Reason.HTTP_STATUS,),
        (Reason.TLS, Reason.CONNECT, Reason.DNS),
        (Reason.RESET, Reason.PROTOCOL, Reason.TOO_LARGE),
        (Reason.TIMEOUT,),
    )
    if cause.code is not None:
        return 1
    return next((number for number, reasons in enumerate(wire, start=3) if cause.reason in reasons), 2)


# --- time

Seconds = dict[str, dict[int, Judged]]


def seconds(spec: HubSpec, begun: int, observations: Sequence[Observation], heard: Heard | None = None) -> tuple[Seconds, int]:
    """(subject -> second -> state, the clock at the end). The seconds run from the first
    that is spoken of to the clock, which is one.

    `heard` is told what decided each fault (`blamed`) and what the IdPs showed one another,
    for those who count.
    """
    epochs, clock = read(spec, begun, observations)
    found: Seconds = {name: {} for name in names(spec)}
    holds = [{name: hold(spec, row) for name, row in epoch.readings.items()} for epoch in epochs]
    known: dict[tuple[tuple[str, Held], ...], dict[str, Judged]] = {}
    for t in range(min(epoch.start for epoch in epochs), clock + 1, SECOND):
        speaking = [number for number, epoch in enumerate(epochs) if epoch.start <= t]
        number = speaking[-1]  # the last one that was written overrides the others
        rows = epochs[number].readings

        def held_at(instant: int, rows: Readings = rows, held: dict[str, list[Held]] = holds[number]) -> Values:
            return {name: at_instant(row, held[name], instant) for name, row in rows.items()}

        values = held_at(t)
        key = tuple(sorted(values.items()))
        if any(t < each.failed for each in values.values()):
            judged = judge_with_fear(spec, values, t, held_at)
        else:
            if key not in known:
                known[key] = judge_with_fear(spec, values, t, held_at)
                if heard:
                    for what in decisions(spec, values):
                        heard(what)
            judged = known[key]
        for name in names(spec):
            found[name][t] = judged[name]
    return found, clock


def runs(judged: dict[int, Judged], clock: int) -> list[Run]:
    """The outages of one subject, from its seconds, each until it is up again. Each second lasts
    one, but the clock's own, which has just begun.
    """
    found: list[Run] = []
    held: list[tuple[int, Judged]] = []
    for t, state in sorted(judged.items()):
        if state.state == DOWN or (held and state.state == UNKNOWN):
            held.append((t, state))
        elif held:
            found.append(_run(held, held[-1][0] + SECOND, clock))
            held = []
    if held:
        found.append(_run(held, None, clock))
    return found


def _run(held: list[tuple[int, Judged]], end: int | None, clock: int) -> Run:
    length = {t: SECOND if t < clock else 0 for t, _ in held}
    conditions = [state.condition for _, state in held if state.state == DOWN]
    weights = {one: sum(length[t] for t, state in held if state.state == DOWN and state.condition == one) for one in conditions}
    most = max(conditions, key=lambda one: (weights[one], -conditions.index(one)))
    causes = [state.why for _, state in held if state.state == DOWN and state.condition == most]
    unknown = sum(length[t] for t, state in held if state.state == UNKNOWN)
    return Run(held[0][0], end, sum(weights.values()), unknown, min(causes, key=telling), most)
