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


class Said(NamedTuple):
    """What one observation says to one signal; it vouches until `until`."""

    at: int
    until: int
    health: str
    why: Why | None
    returned: bool


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
    followed: bool = False
    turning: bool = False
    coming: Why | None = None
    past: Why | None = None


class Judged(NamedTuple):
    """A subject's state at one second."""

    state: str
    why: Why | None = None
    condition: str | None = None


class Run(NamedTuple):
    """An outage: from the first second down to the last one before the subject was up again."""

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
        if seen.outcome == Outcome.OK:
            yield "mire", GOOD
            yield "tiles", GOOD
        elif seen.outcome == Outcome.FAILED and seen.reason == Reason.NO_IDP_SELECTABLE:
            yield "mire", GOOD
            yield "tiles", BAD
        elif seen.outcome == Outcome.FAILED and seen.fault == Fault.HUB:
            yield "mire", BAD
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
        for name, health in said(spec, seen):
            row = epochs[-1].readings.setdefault(name, [])
            at = max(min(seen.started_us, clock), clock - spec.grace_us, row[-1].at if row else 0)
            until = at + spec.vouches * seen.interval_us
            returned = health == GOOD and seen.kind == Kind.IDENTITY
            row.append(Said(at, until, health, why(seen) if health == BAD else None, returned))
    return epochs, clock


def in_a_row(row: list[Said], first: int, health: str, count: int) -> bool:
    """Whether `count` readings from the first on say the same, with no silence between them."""
    run = row[first : first + count]
    silent = any(later.at > earlier.until for earlier, later in pairwise(run))
    return len(run) == count and not silent and all(each.health == health for each in run)


def held_health(spec: HubSpec, row: list[Said], index: int) -> str:
    """What is held from this reading on, once all is known: the latest change at or before it,
    since the latest absence.
    """
    if row[index].health == ABSENT:
        return ABSENT
    for first in range(index, -1, -1):
        if row[first].health == ABSENT:
            break
        if in_a_row(row, first, BAD, spec.failures):
            return BAD
        if in_a_row(row, first, GOOD, spec.successes):
            return GOOD
    return GOOD  # the first good reading made it good at once, or nothing is confirmed yet


def hold(spec: HubSpec, row: list[Said]) -> list[Held]:
    """What is held from each reading on (while it is vouched, and until the next one)."""
    healths = [held_health(spec, row, index) for index in range(len(row))]
    return [_held(row, healths, index) for index in range(len(row))]


def _held(row: list[Said], healths: list[str], index: int) -> Held:
    here, health = row[index], healths[index]
    if health == ABSENT:
        return Held(ABSENT)
    block = index
    while block > 0 and healths[block - 1] == health:
        block -= 1
    alike = [each for each in row[block : index + 1] if each.health == health]
    before = block
    while before > 0 and healths[before - 1] == BAD and health == GOOD:
        before -= 1
    past = [each.why for each in row[before:block] if each.health == BAD]
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
        followed=followed,
        turning=turning,
        coming=row[index + 1].why if turning and health == GOOD else None,
        past=past[-1] if past else None,
    )


def _begin(row: list[Said], healths: list[str], index: int) -> int | None:
    """The latest reading that said what is held, if no silence came after it."""
    for here in range(index, -1, -1):
        if healths[here] != healths[index] or (here < index and row[here + 1].at > row[here].until):
            return None
        if row[here].health == healths[index]:
            return row[here].at
    return None


def _end(row: list[Said], healths: list[str], index: int) -> tuple[bool, bool]:
    """Whether the window ends in a reading that says the same, or in a confirmed change."""
    for here in range(index + 1, len(row)):
        if row[here].at > row[here - 1].until or row[here].health == ABSENT:
            return False, False
        if healths[here] != healths[index]:
            return False, True
        if row[here].health == healths[index]:
            return True, False
    return False, False


def at_instant(row: list[Said], holds: list[Held], t: int) -> Held:
    """The value at t: that of the latest reading at or before it, if it vouches for t."""
    found = NOTHING
    for each, held in zip(row, holds, strict=True):
        if each.at <= t:
            found = held if t < each.until else NOTHING
    return found


# --- subjects

Values = dict[str, Held]
Heard = Callable[[str], object]


def names(spec: HubSpec) -> list[str]:
    return [HUB, C1, C2, C3, *(f"idp:{idp.name}" for idp in spec.idps)]


def judge_with_fear(spec: HubSpec, values: Values) -> dict[str, Judged]:
    """A subject that is up, but would be down if every blip were bad, is a blip."""
    plain = judge_second(spec, values)
    believed = {
        name: Held(BAD, why=value.why, begun=value.doubted, since=value.doubted) if value.blip else value for name, value in values.items()
    }
    feared = judge_second(spec, believed)
    for name in names(spec):
        if plain[name].state == UP and feared[name].state == DOWN:
            plain[name] = feared[name]._replace(state=BLIP)
    return plain


def judge_second(spec: HubSpec, values: Values) -> dict[str, Judged]:
    mire = values.get("mire", NOTHING)
    if mire.health == BAD:
        return {name: Judged(UNKNOWN) for name in names(spec)} | {C1: Judged(DOWN, mire.why), HUB: Judged(DOWN, mire.why, C1)}
    bad = [idp.name for idp in spec.idps if _idp(values, idp.name).health == BAD]
    causes = {name: _why(values, name)._replace(fault=blamed(spec, values, name)[1]) for name in bad}
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


def _idp(values: Values, name: str) -> Held:
    return values.get(f"idp:{name}", NOTHING)


def blamed(spec: HubSpec, values: Values, name: str) -> tuple[str, Fault | None]:
    """Whose fault a bad IdP's failure is, and what decided it."""
    own = _why(values, name)
    if not own.authenticated and not own.on_hub:
        return "own host", own.fault
    others = {idp: _shown(_idp(values, name), _idp(values, idp.name)) for idp in spec.idps if idp.name != name}
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
    direct = _shown(_idp(values, name), values.get(f"direct:{name}", NOTHING))
    if alike and all(_same_trouble(own, each) for each in alike):
        if own.coded and own.fault == Fault.HUB:
            return "alike", Fault.HUB
        if direct == STALE:
            return "direct awaited", None
        return ("alike, but direct", Fault.IDP) if isinstance(direct, Why) else ("alike", Fault.HUB)
    if own.coded:
        return "code", own.fault
    if direct == STALE:
        return "direct awaited", None
    if direct is not None:
        return "direct", Fault.IDP if isinstance(direct, Why) else Fault.HUB
    return "words", Fault.HUB if own.authenticated else Fault.IDP


def decisions(spec: HubSpec, values: Values) -> Iterator[str]:
    """What decided each fault at this second, and what was shown that was not simply held."""
    bad = [idp.name for idp in spec.idps if _idp(values, idp.name).health == BAD]
    if values.get("mire", NOTHING).health == BAD:
        return
    for name in bad:
        yield blamed(spec, values, name)[0]
        for idp in spec.idps:
            other, failing = _idp(values, idp.name), _idp(values, name)
            shown = _shown(failing, other)
            if other.health == GOOD and isinstance(shown, Why):
                yield "shown: to come" if _carried_over(other, failing.since) else "shown: past"


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


def _shown(failing: Held, other: Held) -> Why | bool | str | None:
    """What another IdP shows: its failure, its success (True: an identity came back),
    that it is awaited, or nothing.
    """
    if other.health == BAD:
        return other.why
    if other.health != GOOD:
        return None
    if _carried_over(other, failing.since):
        return other.coming if other.turning else STALE
    if _carried_over(failing, other.since):
        if failing.turning:
            return other.past
        if other.past is not None:
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
            return Judged(DOWN, _most(strict))
    if any(not lost or not _carried_over(held, max(_idp(values, name).since for name in lost)) for held in returned):
        return Judged(UP)
    if lost and all(causes[name].fault == Fault.HUB for name in lost):
        return Judged(DOWN, _most([causes[name] for name in lost]))
    return Judged(UNKNOWN)


def _c3(spec: HubSpec, values: Values, causes: dict[str, Why]) -> Judged:
    if values.get("mire", NOTHING).health != GOOD:
        return Judged(UNKNOWN)
    tiles = values.get("tiles", NOTHING)
    if tiles.health == BAD:
        return Judged(DOWN, tiles.why)
    offered: list[IdpSpec] = [idp for idp in spec.idps if not idp.control and _idp(values, idp.name).health != ABSENT]
    out = [causes[idp.name] for idp in offered if idp.name in causes and _unreachable(causes[idp.name])]
    works = any(_idp(values, idp.name).health == GOOD for idp in offered)
    lost_after = any(causes[idp.name].authenticated and causes[idp.name].fault == Fault.HUB for idp in offered if idp.name in causes)
    if works or lost_after:
        return Judged(UP)
    if offered and len(out) == len(offered):
        return Judged(DOWN, _most(out))
    return Judged(UNKNOWN)


def _unreachable(cause: Why) -> bool:
    """Bad before or at the authentication, or by the IdP's own fault."""
    return not cause.authenticated or cause.fault == Fault.IDP


def _most(causes: list[Why]) -> Why:
    """The cause that most share, the first of them when several do."""
    return max(causes, key=lambda each: (causes.count(each), -causes.index(each)))


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
        values = {name: at_instant(row, holds[number][name], t) for name, row in rows.items()}
        key = tuple(sorted(values.items()))
        if key not in known:
            known[key] = judge_with_fear(spec, values)
            if heard:
                for what in decisions(spec, values):
                    heard(what)
        for name in names(spec):
            found[name][t] = known[key][name]
    return found, clock


def runs(judged: dict[int, Judged], clock: int) -> list[Run]:
    """The outages of one subject, from its seconds. Each second lasts one, but the clock's own,
    which has just begun.
    """
    found: list[Run] = []
    held: list[tuple[int, Judged]] = []
    for t, state in sorted(judged.items()):
        if state.state == DOWN or (held and state.state == UNKNOWN):
            held.append((t, state))
        elif held:
            while held[-1][1].state == UNKNOWN:
                held.pop()
            found.append(_run(held, held[-1][0] + SECOND, clock))
            held = []
    if held:
        found.append(_run(held, None, clock))
    return found


def _run(held: list[tuple[int, Judged]], end: int | None, clock: int) -> Run:
    length = {t: SECOND if t < clock else 0 for t, _ in held}
    kinds = [state for _, state in held if state.state == DOWN]
    weights = {kind: sum(length[t] for t, state in held if state == kind) for kind in kinds}
    most = max(kinds, key=lambda kind: (weights[kind], -kinds.index(kind)))
    unknown = sum(length[t] for t, state in held if state.state == UNKNOWN)
    return Run(held[0][0], end, sum(weights.values()), unknown, most.why, most.condition)
