"""The metrics of the register are those of the reading, and all series exist from the start."""

from fractions import Fraction
from math import isnan, nan

import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from exporters.http.pages import index
from exporters.metrics import names
from exporters.metrics.exposition import Format, page
from exporters.metrics.incidents import IncidentMetrics
from exporters.metrics.names import Metric
from exporters.metrics.readings import FlagReading, IndicatorReading, ListedIncident, RegisterReading, Snapshot, SystemReading
from tests.fakes.readings import START, VIEW, parsed, value

SECTION = [
    metric
    for metric in names.TABLE
    if metric.name.startswith(("vigie_incident", "vigie_escalation", "vigie_register", "vigie_indicator", "vigie_outbox", "vigie_intake"))
]


def test_the_page_lists_the_open_incidents() -> None:
    evil = "<script>alert(1)</script>"
    register = RegisterReading(open=(ListedIncident("VIGIE-7", "fc", 2, "in_hand", evil, START),))
    shown = HTMLParser(index(VIEW, Snapshot(), True, [], register))
    row = shown.css_first('section[aria-labelledby="incidents"] tbody tr')
    told = [cell.text() for cell in row.css("th, td")]
    assert told[:5] == ["VIGIE-7", "2 (majeure)", "Fédération", evil, "pris en charge"]
    assert shown.css("script") == []
    assert "Aucun incident" in index(VIEW, Snapshot(), True, [])


class Told:
    """A register that says what a test puts in it."""

    def __init__(self, reading: RegisterReading | None = None) -> None:
        self.says = reading or RegisterReading()

    def register(self) -> RegisterReading:
        return self.says


def told(says: RegisterReading, metric: Metric, /, **labels: str) -> float | None:
    return value(page(IncidentMetrics(Told(says)).parts(VIEW), Format.TEXT), metric, **labels)


def samples(incidents: IncidentMetrics) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    families = parsed(page(incidents.parts(VIEW), Format.TEXT))
    return {(one.name, tuple(sorted(one.labels.items()))): one.value for family in families.values() for one in family.samples}


@pytest.mark.parametrize("metric", SECTION, ids=lambda metric: metric.name)
def test_every_series_of_the_register_exists_before_the_first_incident(metric: Metric) -> None:
    assert any(name == metric.name for name, _ in samples(IncidentMetrics(Told())))


def test_before_anything_is_read_all_is_at_zero_but_flags_are_none_and_the_indicator_is_unknown() -> None:
    found = {key: count for key, count in samples(IncidentMetrics(Told())).items() if count}
    assert {name for name, _ in found} == {names.FLAG.name, names.INDICATOR.name}
    assert all(isnan(count) if name == names.INDICATOR.name else dict(labels)["state"] == "none" for (name, labels), count in found.items())


def test_the_series_do_not_depend_on_what_happened() -> None:
    incidents = IncidentMetrics(register := Told())
    before = set(samples(incidents))
    register.says = RegisterReading(
        {(1, "new"): 2}, {1: 2}, {1: START}, {"escalation": START}, {"resolution": 1}, {("resolution", 1): 1}, {1: 1}, 5, START,
        {"month": IndicatorReading()}, {("fc", "alpha"): FlagReading("proposed", START, True, True, True), ("fc", "gone"): FlagReading()},
        {"desk": SystemReading(1, START, 1, 1, 1), "gone": SystemReading()}, {("api", "opened"): 1}, {"fc": 1}, {"gone": 1},
    )  # fmt: skip
    assert set(samples(incidents)) == before


def test_open_incidents_are_told_by_severity_and_state_with_the_age_of_the_oldest() -> None:
    reading = RegisterReading({(1, "new"): 2, (3, "waiting"): 1}, {1: 2, 3: 4}, {1: START})
    assert told(reading, names.INCIDENTS_OPEN, severity="1", state="new") == 2
    assert told(reading, names.INCIDENTS_OPEN, severity="3", state="waiting") == 1
    assert told(reading, names.INCIDENTS_OPEN, severity="3", state="new") == 0
    assert told(reading, names.INCIDENTS, severity="3") == 4
    assert told(reading, names.INCIDENT_OLDEST, severity="1") == START / 1_000_000


def test_clocks_are_told_with_their_next_deadline_what_is_overdue_and_what_was_missed() -> None:
    reading = RegisterReading(
        deadline_us={"escalation": START}, overdue={"resolution": 3}, breaches={("resolution", 2): 1}, escalations={2: 4}, lag_us=2_500_000
    )
    assert told(reading, names.INCIDENT_DEADLINE, clock="escalation") == START / 1_000_000
    assert told(reading, names.INCIDENTS_OVERDUE, clock="resolution") == 3
    assert told(reading, names.BREACHES, clock="resolution", severity="2") == 1
    assert told(reading, names.ESCALATIONS, severity="2") == 4
    assert told(reading, names.ESCALATION_LAG) == 2.5


@pytest.mark.parametrize(
    ("found", "contract", "due"),
    [
        (None, nan, nan),
        (IndicatorReading(), 1, 1),
        (IndicatorReading(Fraction(1, 4), Fraction(1, 2), 4, 1), 0.25, 0.5),
        (IndicatorReading(Fraction(0), None, 1, 0), 0, 1),
    ],
    ids=["unknown", "none received", "some late", "all young"],
)
def test_the_indicator_is_told_in_both_readings(found: IndicatorReading | None, contract: float, due: float) -> None:
    reading = RegisterReading(indicators={"rolling": found} if found else {})
    assert told(reading, names.INDICATOR, period="rolling", reading="contract") == pytest.approx(contract, nan_ok=True)
    assert told(reading, names.INDICATOR, period="rolling", reading="due") == pytest.approx(due, nan_ok=True)


def test_a_flag_is_told_by_where_it_stands() -> None:
    reading = RegisterReading(flags={("fc", "alpha"): FlagReading("approved", START, guarded=True, slow=True)})
    assert {state: told(reading, names.FLAG, hub="fc", idp="alpha", state=state) for state in ("none", "proposed", "approved")} == {
        "none": 0, "proposed": 0, "approved": 1,
    }  # fmt: skip
    assert told(reading, names.FLAG_SINCE, hub="fc", idp="alpha") == START / 1_000_000
    assert told(reading, names.FLAG_GUARDED, hub="fc", idp="alpha") == 1
    assert told(reading, names.IDP_SLOW, hub="fc", idp="alpha") == 1
    assert told(reading, names.IDP_INTERMITTENT, hub="fc", idp="alpha") == 0
    assert told(reading, names.FLAG, hub="fc", idp="beta", state="none") == 1


def test_a_counter_never_goes_down_when_a_reading_does() -> None:
    incidents = IncidentMetrics(register := Told(RegisterReading(received={1: 5})))
    key = (names.INCIDENTS.name, (("severity", "1"),))
    assert samples(incidents)[key] == 5
    register.says = RegisterReading()
    assert samples(incidents)[key] == 5


def test_what_waits_for_a_ticket_system_is_told() -> None:
    reading = RegisterReading(systems={"desk": SystemReading(3, START, 1, 7, 2)})
    outbox = (names.OUTBOX_WAITING, names.OUTBOX_OLDEST, names.OUTBOX_DEAD, names.OUTBOX_DELIVERED, names.OUTBOX_FAILURES)
    assert [told(reading, metric, system="desk") for metric in outbox] == [3, START / 1_000_000, 1, 7, 2]
