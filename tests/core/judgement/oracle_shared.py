"""The oracle of several vantages, by brute force: every vantage's readings second by second,
then what they hold together.

Written from docs/judgement.md ("Several vantages") and docs/domain.md alone; sharing nothing with
`fold` or `quorum`.
"""

from collections.abc import Iterator, Sequence

from probe.core.judgement.observation import Fault, Kind, Observation, Outcome, Reason, Step
from probe.core.judgement.spec import HubSpec
from tests.builders import SECOND
from tests.core.judgement import oracle
from tests.core.judgement.oracle import ABSENT, BAD, GOOD, NOTHING, UNKNOWN, Held, Judged, Mire, Readings, Why


def is_turned_away(seen: Observation) -> bool:
    """429, 403, a challenge: it may be everybody's lot, or this vantage's own."""
    asks = seen.kind in (Kind.MIRE, Kind.IDENTITY, Kind.LOGIN_PAGE) and seen.backend is None
    return asks and seen.reason == Reason.TURNED_AWAY and seen.fault is None


def said(spec: HubSpec, seen: Observation) -> Iterator[tuple[str, str]]:
    greyed = seen.outcome != Outcome.OK and seen.reason == Reason.TILES_GREYED
    if seen.kind == Kind.MIRE and greyed and seen.backend is None:
        yield "mire", GOOD
        yield "tiles", BAD
    elif is_turned_away(seen):
        if seen.kind == Kind.MIRE:
            yield "mire", BAD
        elif seen.step in (Step.IDP_LOGIN_PAGE, Step.IDP_LOGIN) and seen.idp in [idp.name for idp in spec.idps]:
            yield f"idp:{seen.idp}", BAD
    else:
        yield from oracle.said(spec, seen)


def read(spec: HubSpec, begun: int, observations: Sequence[Observation]) -> tuple[dict[str, Readings], int]:
    """Each vantage's readings in the order of its own recording;
    the clock is the latest finish of any of them.
    """
    found: dict[str, Readings] = {}
    clocks: dict[str, int] = {}
    for seen in observations:
        own = clocks.get(seen.vantage, seen.finished_us)
        if seen.finished_us < begun or seen.finished_us < own - spec.grace_us:
            continue
        own = clocks[seen.vantage] = max(own, seen.finished_us)
        for name in oracle.questions(seen):
            oracle.leave(spec, found.get(seen.vantage, {}).get(name, []), seen, own)
        for name, health in said(spec, seen):
            row = found.setdefault(seen.vantage, {}).setdefault(name, [])
            oracle.take(spec, row, seen, name, health, own)
            if health == BAD and is_turned_away(seen):
                why = oracle.why(seen)._replace(fault=Fault.HUB if seen.on_hub else Fault.IDP)
                row[-1] = row[-1]._replace(why=why, hold=spec.turned_away_us)
    return found, max([begun, *clocks.values()])


def together(spec: HubSpec, held: list[Held], networks: list[str]) -> Held:
    """What the vantages hold together; they come in the order of their names."""
    report = [each for each in held if each.health != UNKNOWN]
    away = [each for each in report if each.why is not None and each.why.reason == Reason.TURNED_AWAY]
    theirs = {network for each, network in zip(held, networks, strict=True) if each in away}
    if any(each not in away for each in report) or any(each.health != BAD for each in away) or len(theirs) < 2:
        report = [each for each in report if each not in away]
    bad = [each for each in report if each.health == BAD]
    if len(bad) == 1 and bad[0].why is not None and bad[0].why.reason == Reason.TILES_GREYED:
        report, bad = [each for each in report if each.health != BAD], []
    count = len(report)
    if count == 0 or count < spec.min_vantages:
        return NOTHING
    if len(bad) * 100 / count > spec.quorum:
        health, enough = BAD, next(n for n in range(1, count + 1) if n * 100 / count > spec.quorum)
    elif sum(each.health == ABSENT for each in report) > count / 2:
        health, enough = ABSENT, next(n for n in range(1, count + 1) if n > count / 2)
    elif any(each.health == GOOD for each in report):
        # so many that the others cannot be enough to be bad
        health, enough = GOOD, next(n for n in range(1, count + 1) if not (count - n) * 100 / count > spec.quorum)
    else:
        return NOTHING
    mine = [each for each in report if each.health == health]
    if count == 1:
        return mine[0]
    starts, failed = sorted(each.since for each in mine), sorted(each.failed for each in mine)
    followed = any(each.followed for each in mine)
    turning = not followed and any(each.turning for each in mine)
    fearing = [each for each in report if each.health == BAD or each.blip]
    blip = health == GOOD and any(each.blip for each in report) and len(fearing) * 100 / count > spec.quorum
    return Held(
        health,
        why=_most(spec, [each.why for each in mine]) if health == BAD else _most(spec, [each.why for each in fearing]) if blip else None,
        returned=any(each.returned for each in mine),
        blip=blip,
        doubted=max(each.doubted for each in report) if blip else 0,
        begun=max((each.begun for each in mine if each.begun is not None), default=None),
        since=starts[enough - 1] if enough <= len(starts) else starts[-1],
        failed=failed[min(enough, len(failed)) - 1],
        followed=followed,
        turning=turning,
        coming=_most(spec, [each.coming for each in mine if each.turning]) if turning else None,
        past=_most(spec, [each.past for each in mine]),
        mire=_seen([each.mire for each in mine if each.mire is not None]),
    )


def _most(spec: HubSpec, causes: list[Why | None]) -> Why | None:
    known = [cause for cause in causes if cause is not None]
    return oracle._most(spec, known) if known else None


def _seen(mires: list[Mire]) -> Mire | None:
    """What any of them sees."""
    aside = frozenset(name for each in mires for name in each.aside)
    return Mire(any(each.unwatched for each in mires), aside) if mires else None


def seconds(spec: HubSpec, begun: int, observations: Sequence[Observation]) -> tuple[oracle.Seconds, int]:
    """As `oracle.seconds`: (subject -> second -> state, the clock at the end)."""
    vantages, clock = read(spec, begun, observations)
    networks = {seen.vantage: seen.network for seen in observations}
    holds = {who: {name: oracle.hold(spec, row) for name, row in rows.items()} for who, rows in vantages.items()}
    questions = sorted({name for rows in vantages.values() for name in rows})
    found: oracle.Seconds = {name: {} for name in oracle.names(spec)}
    known: dict[tuple[tuple[str, Held], ...], dict[str, Judged]] = {}

    def held_at(t: int) -> oracle.Values:
        values = {}
        for name in questions:
            asked = [who for who in sorted(vantages) if name in vantages[who]]
            held = [oracle.at_instant(vantages[who][name], holds[who][name], t) for who in asked]
            values[name] = together(spec, held, [networks[who] or who for who in asked])
        return values

    for t in range(begun, clock + 1, SECOND):
        values = held_at(t)
        key = tuple(values.items())
        judged = known.get(key)
        if judged is None or any(t < each.failed for each in values.values()):
            judged = oracle.judge_with_fear(spec, values, t, held_at)
        if not any(t < each.failed for each in values.values()):
            known[key] = judged
        for name in oracle.names(spec):
            found[name][t] = judged[name]
    return found, clock
