"""docs/contract.md, 2.1: what a month of watching tells of the changes of a hub.

« Toute modification applicative ou d'infrastructure fait l'objet d'une information préalable de la
DINSIC dans un délai de six mois »
"""

from collections.abc import Iterator

from probe.core.judgement.observation import Kind
from probe.core.judgement.sighting import Aspect, Sighting, in_order
from probe.core.radar.change import ChangeKind
from probe.core.radar.notice import ANNOUNCED, Notice
from probe.core.radar.novelty import Novelty
from probe.core.sla.correction import Change
from probe.ledger.db.store import writing
from probe.ledger.figures.corrections import announce
from probe.ledger.figures.runs import on
from probe.ledger.figures.seen import noticed_changes, sightings
from tests.builders import BEGUN, DAY, HOUR, observation
from tests.fakes.recorder import ImmediateRecorder, in_memory

OLD_KEY, NEW_KEY = "RSA-2048 RS256 sig aa", "RSA-2048 RS256 sig bb"


def shown(day: float, hour: int) -> Iterator[Sighting]:
    """What the hub looks like at an hour of a month in which much changes."""
    scopes = ["openid", *(["phone"] if day >= 12 else [])]
    keys = ({"old": OLD_KEY} if day < 9 else {}) | ({"new": NEW_KEY} if day >= 5 else {})
    leaf = {"issuer": "Certigna", "key": "RSA-2048", "certificate": "1" if day < 3 else "2", "above": ""}
    mire = {"path": "/interaction/*", "form POST /choice": ""}
    if day >= 20:  # one of two nodes is newer
        mire |= {"field /choice version": ""} if hour % 2 else {}
    yield Sighting(Aspect.METADATA, "", in_order((f"scopes_supported={scope}", "") for scope in scopes), "1:")
    yield Sighting(Aspect.KEYS, "", in_order(keys.items()), "1:")
    yield Sighting(Aspect.CHAIN, "fc.example", in_order(leaf.items()), "1:")
    yield Sighting(Aspect.MIRE, "", in_order(mire.items()), "1:")


def test_a_month_of_changes_is_told_with_who_announced_what() -> None:
    engine = in_memory()
    recording, novelty = ImmediateRecorder(engine), Novelty()
    with writing(engine) as connection:
        announce(connection, Change(0, "fc", BEGUN + 13 * DAY, BEGUN - 40 * DAY, "Numéro de téléphone", "DINSIC"))
    for hour in range(30 * 24):
        if hour == 15 * 24:
            novelty = Novelty()  # another process
        at_us = BEGUN + hour * HOUR
        if on_record := novelty.worth_recording(shown(hour / 24, hour), at_us):
            recording.keep([observation(Kind.MIRE, at_us, sightings=on_record)])
    with engine.connect() as connection:
        told = noticed_changes(on(connection), lambda _: ANNOUNCED)["fc"]
        rows = len(sightings(on(connection))["fc"])
    assert [(one.change.kind, one.change.first_us, one.notice) for one in told] == [
        (ChangeKind.CERTIFICATE_RENEWED, BEGUN + 3 * DAY, Notice.NOT_NEEDED),
        (ChangeKind.KEY_ADDED, BEGUN + 5 * DAY, Notice.NOT_NEEDED),
        (ChangeKind.KEY_REMOVED, BEGUN + 9 * DAY, Notice.NOT_NEEDED),
        (ChangeKind.METADATA, BEGUN + 12 * DAY, Notice.LATE),
        (ChangeKind.PAGE_FORM, BEGUN + 20 * DAY + HOUR, Notice.NOBODY),
    ]
    _, _, removed, phone, alternating = told
    assert removed.change.overlap_us == 4 * DAY
    assert (phone.notice_days, phone.announcement and phone.announcement.title) == (52, "Numéro de téléphone")
    assert (alternating.change.back_us, alternating.change.again_us) == (BEGUN + 20 * DAY + 6 * HOUR, BEGUN + 20 * DAY + 7 * HOUR)
    assert rows < 200  # of 2,880 that were seen
