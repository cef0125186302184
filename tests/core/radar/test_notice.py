"""docs/contract.md, 2.1: « Toute modification applicative ou d'infrastructure fait l'objet d'une
information préalable de la DINSIC dans un délai de six mois ».
"""

import pytest

from probe.core.judgement.sighting import Aspect
from probe.core.radar.change import ChangeKind, Difference, SeenChange
from probe.core.radar.notice import ANNOUNCED, ROUTINE, Notice, noticed
from probe.core.sla.correction import Change
from tests.builders import BEGUN, DAY, HOUR


def changed(kind: ChangeKind = ChangeKind.METADATA, at: int = BEGUN, aspect: Aspect = Aspect.METADATA) -> SeenChange:
    return SeenChange(aspect, "", kind, (Difference("a", "1", "2"),), at, at - HOUR)


def announcement(seq: int, planned_us: int, announced_us: int) -> Change:
    return Change(seq, "fc", planned_us, announced_us, "New version", "Alice")


@pytest.mark.parametrize(
    ("days_ahead", "notice"), [(30, Notice.LATE), (200, Notice.IN_TIME), (-1, Notice.NOBODY)], ids=["late", "in time", "afterwards"]
)
def test_a_change_belongs_to_the_announcement_that_was_made_before_it(days_ahead: int, notice: Notice) -> None:
    (one,) = noticed([changed()], [announcement(1, BEGUN, BEGUN - days_ahead * DAY)])
    assert one.notice is notice
    assert one.notice_days == (days_ahead if days_ahead > 0 else None)


@pytest.mark.parametrize(("recorded_us", "after"), [(None, False), (BEGUN - HOUR, False), (BEGUN, False), (BEGUN + 1, True)])
def test_an_announcement_that_was_recorded_after_the_change_was_seen_is_told_so(recorded_us: int | None, after: bool) -> None:
    backdated = announcement(1, BEGUN, BEGUN - 200 * DAY)._replace(recorded_us=recorded_us)
    (one,) = noticed([changed()], [backdated])
    assert (one.notice, one.recorded_after_us) == (Notice.IN_TIME, recorded_us if after else None)


@pytest.mark.parametrize("days", [-7, 0, 7])
def test_it_may_be_seen_a_week_before_or_after_it_was_planned(days: int) -> None:
    early, late = announcement(1, BEGUN + days * DAY, BEGUN - 300 * DAY), announcement(2, BEGUN + 8 * DAY, BEGUN - 300 * DAY)
    assert [one.announcement for one in noticed([changed()], [late, early])] == [early]
    assert [one.notice for one in noticed([changed()], [late])] == [Notice.NOBODY]


def test_of_several_announcements_the_nearest_counts() -> None:
    near, far = announcement(2, BEGUN + DAY, BEGUN - 10 * DAY), announcement(1, BEGUN - 3 * DAY, BEGUN - 300 * DAY)
    assert [one.announcement for one in noticed([changed()], [far, near])] == [near]


def test_routine_needs_no_announcement_and_a_setting_says_what_is_routine() -> None:
    assert not ROUTINE & ANNOUNCED
    renewed = changed(ChangeKind.CERTIFICATE_RENEWED, aspect=Aspect.CHAIN)
    assert [one.notice for one in noticed([renewed], [])] == [Notice.NOT_NEEDED]
    assert [one.notice for one in noticed([renewed], [], {ChangeKind.CERTIFICATE_RENEWED})] == [Notice.NOBODY]


def test_what_an_idp_does_is_not_the_hubs_to_announce() -> None:
    issuer = changed(ChangeKind.CERTIFICATE_ISSUER, aspect=Aspect.IDP_CHAIN)
    assert [one.notice for one in noticed([issuer], [])] == [Notice.NOT_NEEDED]
