"""Compares the changes that were seen with those that were announced.

docs/contract.md, 2.1: « Toute modification applicative ou d'infrastructure fait l'objet d'une
information préalable de la DINSIC dans un délai de six mois ».

An announcement does not say which part of the hub changes. So a change that was seen belongs to the
announcement whose planned instant is the nearest, if it was made before and lies within
`TOLERANCE_US`.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from probe.core.judgement.sighting import Aspect
from probe.core.radar.change import ChangeKind, SeenChange
from probe.core.sla.correction import Change
from probe.core.times import DAY_US

TOLERANCE_US = 7 * DAY_US
"""How far from the planned instant the announced change may be seen, before it or after."""

ROUTINE = frozenset(
    {
        ChangeKind.KEY_ADDED,
        ChangeKind.KEY_REMOVED,
        ChangeKind.CERTIFICATE_RENEWED,
        ChangeKind.CERTIFICATE_CHAIN,
        ChangeKind.TILE_RETURNED,
        ChangeKind.TILE_REMOVED,
    }
)
"""The kinds that need no announcement by default: renewals, and what a deactivation brings about
(docs/contract.md, 2.2.2)."""

ANNOUNCED = frozenset(ChangeKind) - ROUTINE
"""The kinds that need an announcement by default."""


class Notice(StrEnum):
    """Whether a change was announced as the contract asks."""

    NOT_NEEDED = "not_needed"
    NOBODY = "nobody"  # it needed an announcement, and there was none
    LATE = "late"  # announced less than six months ahead
    IN_TIME = "in_time"


@dataclass(frozen=True, slots=True)
class NoticedChange:
    """A change that was seen, with the announcement that it belongs to, if there is one."""

    change: SeenChange
    notice: Notice
    announcement: Change | None = None

    @property
    def notice_days(self) -> int | None:
        """Return how many whole days before it was seen it was announced; None if it was not."""
        return None if self.announcement is None else (self.change.first_us - self.announcement.announced_us) // DAY_US

    @property
    def recorded_after_us(self) -> int | None:
        """Return when its announcement was recorded, where that was after the change was seen.

        None where it was recorded before, or where there is none. In UTC microseconds.
        """
        recorded_us = None if self.announcement is None else self.announcement.recorded_us
        return recorded_us if recorded_us is not None and recorded_us > self.change.first_us else None


def noticed(
    changes: Iterable[SeenChange], announcements: Iterable[Change], needed: Collection[ChangeKind] = ANNOUNCED
) -> list[NoticedChange]:
    """Return the changes of a hub, each beside its announcement.

    `needed`: the kinds that need one. What an IdP does with its certificates never does: the clause
    binds the hub.
    """
    known = list(announcements)
    return [_noticed(change, _announcement(change, known), needed) for change in changes]


def _noticed(change: SeenChange, announcement: Change | None, needed: Collection[ChangeKind]) -> NoticedChange:
    if change.kind not in needed or change.aspect is Aspect.IDP_CHAIN:
        return NoticedChange(change, Notice.NOT_NEEDED, announcement)
    if announcement is None:
        return NoticedChange(change, Notice.NOBODY)
    return NoticedChange(change, Notice.LATE if announcement.late else Notice.IN_TIME, announcement)


def _announcement(change: SeenChange, announcements: Iterable[Change]) -> Change | None:
    near = (one for one in announcements if one.announced_us < change.first_us and _distance_us(change, one) <= TOLERANCE_US)
    return min(near, key=lambda one: (_distance_us(change, one), one.announced_us, one.seq), default=None)


def _distance_us(change: SeenChange, announcement: Change) -> int:
    return abs(announcement.planned_us - change.first_us)
