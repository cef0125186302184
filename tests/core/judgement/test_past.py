"""The names of outages: read back as they were written, and found as long as they hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.config.formats import NAME_PATTERN
from probe.core.judgement.past import OutageName
from probe.core.judgement.subject import CONDITIONS, journey_of
from probe.core.judgement.timeline import Outage
from probe.core.times import LAST_US

names = st.from_regex(NAME_PATTERN, fullmatch=True)
subjects = st.one_of(st.sampled_from(CONDITIONS), names.map(journey_of), st.sampled_from(["C1", "c2", "hub"]).map(journey_of))


@given(names, subjects, st.integers(0, LAST_US))
def test_a_name_is_read_back_as_it_was_written(hub: str, subject: str, at_us: int) -> None:
    name = OutageName(hub, subject, at_us)
    assert OutageName.parse(str(name)) == name
    assert str(name) == f"{hub}/{name.within_hub}"


@pytest.mark.parametrize("text", ["", "fc", "fc/C1", "fc/C1@", "fc/C1@noon", "@2026-01-01T00:00:00Z", "fc/@2026-01-01T00:00:00Z", "C1@x/y"])
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no"):
        OutageName.parse(text)


def outage(start_us: int, end_us: int | None, subject: str = CONDITIONS[0], hub: str = "fc") -> Outage:
    return Outage(hub, subject, start_us, end_us, 1, 0, None)


def test_an_outage_is_found_by_its_start_and_by_any_instant_in_it() -> None:
    """A late observation moved the start from 50 to 40: the name of then still finds it."""
    first, second, open_one = outage(40, 60), outage(60, 70), outage(90, None)
    found = [OutageName("fc", CONDITIONS[0], at).find([first, second, open_one]) for at in (40, 50, 59, 60, 70, 89, 90, 500)]
    assert found == [first, first, first, second, None, None, open_one, open_one]


def test_an_outage_of_another_subject_or_hub_is_not_found() -> None:
    others = [outage(40, 60, CONDITIONS[1]), outage(40, 60, hub="other")]
    assert OutageName("fc", CONDITIONS[0], 40).find(others) is None
