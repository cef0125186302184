"""What several vantages hold of one question at one instant, made one value.

Theory of operation ------------------- docs/domain.md, "Several vantages": "a condition holds when
a quorum of the vantages that report (default: more than half) sees it. Fewer than `min_vantages`
reporting -> unknown." A vantage *reports* when it holds anything but unknown. Of R that report, the
value is

    unknown   when R < min_vantages
    bad       when more than `quorum` percent of R are bad
    absent    else, when more than half of R are absent
    good      else, when one at least is good
    unknown   else

The vantages that hold that are its *supporters*; they say the rest (docs/judgement.md, "Several
vantages"). With one vantage the value is that vantage's own. `merged` is symmetric but for ties
between causes, which the order given settles.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from probe.core.judgement.observation import Reason
from probe.core.judgement.signal import UNKNOWN, Cause, Health, Value
from probe.core.judgement.spec import HubSpec


def merged(values: Sequence[Value], spec: HubSpec) -> Value:
    """One value of the vantages' own, given in the order of their names."""
    reporting = [value for value in values if value.health is not Health.UNKNOWN]
    bad = [value for value in reporting if value.health is Health.BAD]
    if len(bad) == 1 and _greyed(bad[0]):
        reporting.remove(bad[0])
    if not reporting or len(reporting) < spec.min_vantages:
        return UNKNOWN
    health = _health(reporting, spec)
    supporters = [value for value in reporting if value.health is health]
    if not supporters or len(reporting) == 1:
        return reporting[0] if supporters else UNKNOWN
    most = spec.quorum * len(reporting) // 100 + 1
    needed = most if health is Health.BAD else len(reporting) - most + 1
    found = _said_by(supporters, needed)
    return _doubted(found, reporting, most) if health is Health.GOOD else found


def _health(reporting: Sequence[Value], spec: HubSpec) -> Health:
    count = Counter(value.health for value in reporting)
    if 100 * count[Health.BAD] > spec.quorum * len(reporting):
        return Health.BAD
    if 2 * count[Health.ABSENT] > len(reporting):
        return Health.ABSENT
    return Health.GOOD if count[Health.GOOD] else Health.UNKNOWN


def _greyed(value: Value) -> bool:
    """docs/domain.md, "No selectable IdP": every tile greyed while `direct` finds the IdPs well. A
    vantage alone in seeing that says nothing."""
    return value.cause is not None and value.cause.reason is Reason.TILES_GREYED


def _said_by(supporters: Sequence[Value], needed: int) -> Value:
    """The freshest evidence of any of them counts; it began when so many of them held it as it needs."""
    followed = any(value.followed for value in supporters)
    turning = not followed and any(value.turning for value in supporters)
    coming = (value.next for value in supporters if value.turning)
    return Value(
        supporters[0].health,
        _commonest(value.cause for value in supporters if value.health is Health.BAD),
        any(value.returned for value in supporters),
        at=max(value.at for value in supporters),
        since=sorted(value.since for value in supporters)[min(needed, len(supporters)) - 1],
        followed=followed,
        turning=turning,
        next=_commonest(coming) if turning else None,
        previous=_commonest(value.previous for value in supporters),
    )


def _doubted(good: Value, reporting: Sequence[Value], most: int) -> Value:
    """A blip, when it would be bad if every vantage's blip were believed."""
    doubting = [value for value in reporting if value.blip]
    bad = [value for value in reporting if value.health is Health.BAD or value.blip]
    if not doubting or len(bad) < most:
        return good
    return replace(good, blip=True, cause=_commonest(value.cause for value in bad), doubt=max(value.doubt for value in doubting))


def _commonest(causes: Iterable[Cause | None]) -> Cause | None:
    """The cause that most share; the first of them when several do; None where there is none."""
    known = Counter(cause for cause in causes if cause is not None)
    return known.most_common(1)[0][0] if known else None
