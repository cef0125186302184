"""Merges the values that several vantages hold of one question at one instant.

Theory of operation
-------------------
docs/domain.md, "Several vantages": "a condition holds when a quorum of the vantages that report
(default: more than half) sees it. Fewer than `min_vantages` reporting -> unknown." A vantage
*reports* when it holds anything but unknown. Of R that report, the value is

    unknown   when R < min_vantages
    bad       when more than `quorum` percent of R are bad
    absent    else, when more than half of R are absent
    good      else, when one at least is good
    unknown   else

A vantage that is turned away (429, 403, a challenge) does not report, unless every vantage that
reports is turned away and they are on two networks at least: then the host turns everybody away.

The vantages that hold this value are its *supporters*. Its cause and its instants are made of
theirs (docs/judgement.md, "Several vantages"). With one vantage the value is that vantage's own.
The order of the vantages decides ties between causes, and nothing else.

An example with three vantages and a quorum of 50 %: bad, bad, good. Two of three are more than
half, so the value is bad. It began when the second of the two became bad. With bad, good and
unknown, one of two that report is not more than half: the value is good.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from operator import attrgetter

from probe.core.judgement.observation import Reason
from probe.core.judgement.signal import UNKNOWN, Cause, Health, Offer, Value
from probe.core.judgement.spec import HubSpec
from probe.core.judgement.telling import rank


def merged(values: Sequence[Value], spec: HubSpec, networks: Sequence[str] = ()) -> Value:
    """Return one value of the vantages' own, which are given in the order of their names.

    `networks` names the network of each; left out, each is on its own.
    """
    reporting = _heard(values, networks or [str(number) for number in range(len(values))])
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
    needed = {Health.BAD: most, Health.ABSENT: len(reporting) // 2 + 1}.get(health, len(reporting) - most + 1)
    together = _said_by(supporters, needed, spec)
    return _doubted(together, reporting, most, spec) if health is Health.GOOD else together


def _heard(values: Sequence[Value], networks: Sequence[str]) -> list[Value]:
    """Return the values of the vantages that report."""
    known = [(value, network) for value, network in zip(values, networks, strict=True) if value.health is not Health.UNKNOWN]
    away = [(value, network) for value, network in known if _turned_away(value)]
    everybody = len(away) == len(known) and len({network for _, network in away}) > 1
    confirmed = all(value.health is Health.BAD for value, _ in away)
    return [value for value, _ in known if (everybody and confirmed) or not _turned_away(value)]


def _turned_away(value: Value) -> bool:
    return value.cause is not None and value.cause.reason is Reason.TURNED_AWAY


def _health(reporting: Sequence[Value], spec: HubSpec) -> Health:
    count = Counter(value.health for value in reporting)
    if 100 * count[Health.BAD] > spec.quorum * len(reporting):
        return Health.BAD
    if 2 * count[Health.ABSENT] > len(reporting):
        return Health.ABSENT
    return Health.GOOD if count[Health.GOOD] else Health.UNKNOWN


def _greyed(value: Value) -> bool:
    """Return whether every tile was greyed while `direct` found the IdPs well (docs/domain.md, "No
    selectable IdP"). A vantage that is the only one to see this is left out.
    """
    return value.cause is not None and value.cause.reason is Reason.TILES_GREYED


def _said_by(supporters: Sequence[Value], needed: int, spec: HubSpec) -> Value:
    """Return the value of all supporters together, with the freshest evidence of any of them.

    It began at the instant at which `needed` of them held it.
    """
    followed = any(value.followed for value in supporters)
    turning = not followed and any(value.turning for value in supporters)
    at_least = min(needed, len(supporters)) - 1
    next_causes = (value.next for value in supporters if value.turning)
    return Value(
        supporters[0].health,
        _chosen((value.cause for value in supporters if value.health is Health.BAD), spec),
        any(value.returned for value in supporters),
        at=max(value.at for value in supporters),
        since=sorted(value.since for value in supporters)[at_least],
        followed=followed,
        turning=turning,
        next=_chosen(next_causes, spec) if turning else None,
        previous=_chosen((value.previous for value in supporters), spec),
        offer=_offer(supporters),
        since_done=sorted(value.since_done for value in supporters)[at_least],
    )


def _offer(supporters: Sequence[Value]) -> Offer | None:
    """Return all that any of the vantages sees of the mire's offer beside the watched IdPs."""
    offers = [value.offer for value in supporters if value.offer is not None]
    if not offers:
        return None
    aside, strangers = ({name for offer in offers for name in names(offer)} for names in (_ASIDE, _STRANGERS))
    return Offer(any(offer.unwatched for offer in offers), tuple(sorted(aside)), tuple(sorted(strangers)))


_ASIDE, _STRANGERS = attrgetter("aside"), attrgetter("strangers")


def _doubted(good: Value, reporting: Sequence[Value], most: int, spec: HubSpec) -> Value:
    """Return the good value. It is a blip when it would be bad if every vantage's blip were
    confirmed.
    """
    doubting = [value for value in reporting if value.blip]
    bad = [value for value in reporting if value.health is Health.BAD or value.blip]
    if not doubting or len(bad) < most:
        return good
    return replace(good, blip=True, cause=_chosen((value.cause for value in bad), spec), doubt=max(value.doubt for value in doubting))


def _chosen(causes: Iterable[Cause | None], spec: HubSpec) -> Cause | None:
    """Return the cause that tells most, of equals the commonest, then the first; None where there
    is none.

    The first edition of the rules takes the commonest, whatever it tells.
    """
    known = Counter(cause for cause in causes if cause is not None)
    if not known:
        return None
    return min(known, key=lambda cause: (0 if spec.first_edition else rank(cause), -known[cause]))
