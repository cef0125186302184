"""probe/texts/durations.py: durations as people say them, rounded toward zero."""

import pytest

from probe.texts.durations import duration

SECOND, MINUTE, HOUR, DAY = 1_000_000, 60_000_000, 3_600_000_000, 86_400_000_000


@pytest.mark.parametrize(
    ("us", "fr", "en"),
    [
        (0, "0,0 s", "0.0 s"),
        (99_999, "0,0 s", "0.0 s"),
        (-99_999, "0,0 s", "0.0 s"),
        (6_499_999, "6,4 s", "6.4 s"),
        (MINUTE - 1, "59,9 s", "59.9 s"),
        (MINUTE, "1 min", "1 min"),
        (-(3 * MINUTE + 2 * SECOND + 999_999), "-3 min 2 s", "-3 min 2 s"),
        (HOUR, "1 h", "1 h"),
        (8 * HOUR + 36 * SECOND, "8 h 36 s", "8 h 36 s"),
        (31_536_999_999, "8 h 45 min 36 s", "8 h 45 min 36 s"),
        (365 * DAY - 1, "364 j 23 h 59 min 59 s", "364 d 23 h 59 min 59 s"),
        (DAY + SECOND, "1 j 1 s", "1 d 1 s"),
    ],
)
def test_a_duration_is_told_in_the_largest_units_and_never_too_long(us: int, fr: str, en: str) -> None:
    assert (duration(us, "fr"), duration(us, "en")) == (fr, en)


def test_working_time_has_no_days() -> None:
    assert duration(26 * HOUR, "fr", days=False) == "26 h"
