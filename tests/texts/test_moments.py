"""Instants as people read them."""

from datetime import UTC, datetime

import pytest

from probe.core.times import FIRST_US, LAST_US, microseconds
from probe.texts.bilingual import Texts
from probe.texts.moments import PARIS


def us(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> int:
    return microseconds(datetime(year, month, day, hour, minute, second, tzinfo=UTC))


@pytest.mark.parametrize(
    ("zone", "at", "written", "sent"),
    [
        (PARIS, us(2026, 1, 1, 0, 0, 5), "01/01/2026 01:00:05", "01/01/2026 à 01:00:05 (Europe/Paris, UTC+01:00)"),
        (PARIS, us(2026, 7, 1), "01/07/2026 02:00:00", "01/07/2026 à 02:00:00 (Europe/Paris, UTC+02:00)"),
        ("UTC", us(2026, 7, 1), "01/07/2026 00:00:00", "01/07/2026 à 00:00:00 (UTC, UTC+00:00)"),
        ("America/Martinique", us(2026, 1, 1), "31/12/2025 20:00:00", "31/12/2025 à 20:00:00 (America/Martinique, UTC-04:00)"),
        ("Asia/Kolkata", us(2026, 1, 1), "01/01/2026 05:30:00", "01/01/2026 à 05:30:00 (Asia/Kolkata, UTC+05:30)"),
        # the hour that comes twice, at the end of summer time
        (PARIS, us(2026, 10, 25, 0, 30), "25/10/2026 02:30:00 (UTC+02:00)", "25/10/2026 à 02:30:00 (Europe/Paris, UTC+02:00)"),
        (PARIS, us(2026, 10, 25, 1, 30), "25/10/2026 02:30:00 (UTC+01:00)", "25/10/2026 à 02:30:00 (Europe/Paris, UTC+01:00)"),
        # the hour that does not exist, at its beginning
        (PARIS, us(2026, 3, 29, 1, 0), "29/03/2026 03:00:00", "29/03/2026 à 03:00:00 (Europe/Paris, UTC+02:00)"),
    ],
)
def test_an_instant_is_written_in_the_reader_s_zone(zone: str, at: int, written: str, sent: str) -> None:
    texts = Texts("fr", zone)
    assert (texts.instant(at), texts.zoned_instant(at)) == (written, sent)
    offset = sent.rpartition(", ")[2].removesuffix(")")
    assert texts.times == f"Heures du fuseau {zone} ({offset})."


def test_the_sentence_on_the_times_names_the_offsets_of_those_that_were_written() -> None:
    texts = Texts("fr", PARIS)
    assert texts.times == "Heures du fuseau Europe/Paris."
    for month in (7, 1, 2):
        texts.instant(us(2026, month, 1))
    assert texts.times == "Heures du fuseau Europe/Paris (UTC+01:00 et UTC+02:00)."


@pytest.mark.parametrize("at", [FIRST_US, LAST_US, -(10**20), 10**20])
@pytest.mark.parametrize("zone", [PARIS, "Pacific/Kiritimati", "Etc/GMT+12"])
def test_an_instant_beyond_the_calendar_is_written_all_the_same(at: int, zone: str) -> None:
    assert "/" in Texts("en", zone).instant(at)
