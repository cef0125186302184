"""The login budget, over days that are played second by second."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from probe.config.accounts import SharedAccount
from probe.core.login_budget import Day, Run, admits, day_of, part_of, regular_runs
from probe.core.times import HOUR_US, MINUTE_US, SECOND_US, at, microseconds

ZONES = ("Europe/Paris", "America/Havana", "Australia/Lord_Howe", "UTC")
START = microseconds(datetime(2026, 3, 1, tzinfo=ZoneInfo("UTC")))
LENGTH = HOUR_US
"""The days here are short, so that every slot of them can be listed."""


@dataclass
class Played:
    """A day in which everything that asks is answered, in the order of time."""

    day: Day
    budget: int
    intervals_us: list[int]
    used: int = 0
    skipped: list[Run] = field(default_factory=list)

    def ask(self, run: Run, now_us: int) -> bool:
        answer = admits(run, self.budget, self.used, self.intervals_us, now_us, self.day)
        self.used += answer
        if not answer:
            self.skipped.append(run)
        return answer


intervals = st.lists(st.sampled_from([MINUTE_US, 90 * SECOND_US, 7 * MINUTE_US, 3 * HOUR_US]), min_size=1, max_size=3)
extras = st.lists(st.tuples(st.integers(0, LENGTH - 1), st.sampled_from([Run.RETRY, Run.DEMAND])), max_size=100)


@given(intervals, st.integers(0, 200), st.integers(0, MINUTE_US), st.integers(0, 60), extras)
def test_the_budget_is_kept_and_regular_runs_are_the_last_to_give_way(
    intervals_us: list[int], budget: int, phase_us: int, late_s: int, asked: list[tuple[int, Run]]
) -> None:
    day = Day("a day", START, START + LENGTH)
    slots = [(START + us, Run.REGULAR) for interval in intervals_us for us in range(phase_us % interval, LENGTH, interval)]
    late = [(min(us + late_s * SECOND_US, day.end_us - 1), run) for us, run in slots]
    played = Played(day, budget, intervals_us)
    for now_us, run in sorted(late + [(START + us, run) for us, run in asked]):
        played.ask(run, now_us)
    assert played.used <= budget
    if len(slots) <= budget:
        assert Run.REGULAR not in played.skipped
    assert len(slots) <= regular_runs(intervals_us, LENGTH)


@given(intervals, st.integers(0, 200), st.integers(0, 200), st.integers(0, LENGTH - 1))
def test_whoever_gives_way_later_may_log_in_whenever_another_may(intervals_us: list[int], budget: int, used: int, after_us: int) -> None:
    day = Day("a day", START, START + LENGTH)
    demand, retry, regular = (
        admits(run, budget, used, intervals_us, START + after_us, day) for run in (Run.DEMAND, Run.RETRY, Run.REGULAR)
    )
    assert demand <= retry <= regular


@given(intervals, st.integers(0, 200), st.integers(0, LENGTH - 1))
def test_journeys_on_demand_leave_half_of_what_is_spare_to_the_retries(intervals_us: list[int], spare: int, after_us: int) -> None:
    day = Day("a day", START, START + LENGTH)
    budget = regular_runs(intervals_us, LENGTH) + spare
    due = sum(-(-after_us // interval) for interval in intervals_us)  # regular runs, all on time
    played = Played(day, budget, intervals_us, used=due)
    while played.ask(Run.DEMAND, START + after_us):
        pass
    to_come = regular_runs(intervals_us, LENGTH) - due
    assert budget - played.used - to_come >= spare // 2


@given(st.integers(0, 10_000), st.integers(1, 20))
def test_the_parts_of_all_probers_never_exceed_the_budget(budget: int, vantages: int) -> None:
    assert part_of(budget, vantages) * vantages <= budget


@given(st.integers(0, 366 * 24 * 60), st.sampled_from(ZONES))
def test_a_day_is_the_civil_day_that_the_instant_is_in(minutes: int, zone: str) -> None:
    now = START + minutes * MINUTE_US
    day, there = day_of(now, ZoneInfo(zone)), ZoneInfo(zone)
    assert day.start_us <= now < day.end_us
    assert day.name == at(now).astimezone(there).date().isoformat()
    assert at(day.end_us).astimezone(there).date() == at(now).astimezone(there).date() + timedelta(days=1)
    assert at(day.start_us - 1).astimezone(there).date() == at(now).astimezone(there).date() - timedelta(days=1)


def test_the_day_of_a_change_of_the_clock_has_another_length() -> None:
    paris = ZoneInfo("Europe/Paris")
    for date, hours in (("2026-03-29", 23), ("2026-03-30", 24), ("2026-10-25", 25)):
        day = day_of(microseconds(datetime.fromisoformat(date).replace(hour=12, tzinfo=paris)), paris)
        assert (day.name, day.end_us - day.start_us) == (date, hours * HOUR_US)


@given(st.integers(0, 366 * 24), st.lists(st.sampled_from([5, 6, 7, 8, 12, 24]), min_size=1, max_size=3), st.integers(0, 24))
def test_a_budget_that_is_accepted_at_load_admits_every_regular_journey_of_any_day(hour: int, hours: list[int], phase: int) -> None:
    """A day has 23, 24 or 25 hours."""
    day = day_of(START + hour * HOUR_US, ZoneInfo("Europe/Paris"))
    one = SharedAccount((("fc", "ameli"),), tuple(each * HOUR_US for each in hours))
    slots = sorted(us for each in one.intervals_us for us in range(day.start_us + phase * HOUR_US % each, day.end_us, each))
    for used, now_us in enumerate(slots):
        assert admits(Run.REGULAR, one.needed, used, one.intervals_us, now_us, day)
