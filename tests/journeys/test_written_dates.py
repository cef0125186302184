"""Dates are found as people write them, whichever date it is, and another date is not."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from probe.journeys.written_dates import KnownDates, dates_in_words

FRENCH = ["janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout", "septembre", "octobre", "novembre", "decembre"]
WAYS = (
    "{day} {french} {year}", "{day:02} {short}. {year}", "{english} {day}, {year}", "{day} of {english} {year}", "{english} {day}th {year}",
    "{day}-{english}-{year}", "{day}er {french} {year}",
    "{day:02}/{month:02}/{year}", "{month}.{day}.{year}", "{year}-{month:02}-{day:02}", "{day:02} / {month:02} / {two:02}",
    "{year}{month:02}{day:02}", "{day:02}{month:02}{year}", "{day:02}{month:02}{two:02}",
    "{day} {french}", "{english} {day}", "{french} {year}", "{year}",
)  # fmt: skip
IN_WORDS = 7  # the first ones, whole dates
DATES = st.dates(dt.date(1900, 1, 1), dt.date(2030, 12, 31))


def written(date: dt.date, way: str) -> str:
    french, english = FRENCH[date.month - 1], f"{date:%B}".lower()
    names = {"french": french, "english": english, "short": english[:3]}
    return way.format(day=date.day, month=date.month, year=date.year, two=date.year % 100, **names)


@given(DATES, st.sampled_from(WAYS))
def test_a_known_date_is_found_in_each_usual_way_of_writing_it(date: dt.date, way: str) -> None:
    known, text = KnownDates(), written(date, way)
    known.add(date.isoformat())
    found = sorted(known.spans(f"le {text} a"))
    assert found
    covered = {at for start, end in found for at in range(start, end)}
    assert not [each for at, each in enumerate(f"le {text} a") if each.isdigit() and at not in covered]
    if way in WAYS[:IN_WORDS]:
        assert list(dates_in_words(f"le {text} a")) == [(3, 3 + len(text))]


@given(DATES, DATES, st.sampled_from(WAYS[-4:-1]))
def test_a_part_of_another_date_is_not_taken_for_a_known_one(date: dt.date, other: dt.date, way: str) -> None:
    known, text = KnownDates(), written(other, way)
    known.add(date.isoformat())
    alike = "year" in way and (date.year, date.month) == (other.year, other.month)
    alike = alike or ("year" in way and date.year == other.year)
    alike = alike or ("day" in way and (date.month, date.day) == (other.month, other.day))
    assert bool(list(known.spans(text))) is alike
