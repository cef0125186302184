"""Every example of docs/decides.md is played through the real core:
the page states what the program does.
"""

import re
from fractions import Fraction

import pytest

from probe.config.models import CodeTable
from probe.config.profiles import built_in_codes
from probe.core.judgement.attribution import Failure, PageKind, Party, attribute
from probe.core.judgement.condition import C1, HUB, State, SubjectStatus
from probe.core.judgement.fold import begin, fold
from probe.core.judgement.observation import Kind, Observation, Outcome, Reason, Step
from probe.core.judgement.spec import HubSpec, IdpSpec
from probe.core.judgement.timeline import Interval, timelines
from probe.core.sla.availability import figure, percent
from probe.core.sla.goal import CONTRACT, meets
from probe.core.sla.window import rolling
from tests.builders import SECOND
from tests.core.sla.interval_track import IntervalTrack
from tests.docs.timelines import BEGUN, MINUTE, PAGE, PICTURES, ROOT, Example, draw, examples

TEXT = PAGE.read_text(encoding="utf-8")
EXAMPLES = {each.name: each for each in examples(TEXT)}
HOUR, DAY = 3_600 * SECOND, 86_400 * SECOND
STEPS = range(1, 9)


def section(number: int) -> str:
    """The text under a numbered heading of the page."""
    found = re.search(rf"^## {number}\. .*?(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert found, f"the page has no step {number}"
    return found[0]


def table(text: str) -> list[list[str]]:
    """The cells of the first table of a text, without its head."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines[2:]]


# --- the time lines -------------------------------------------------------------------------------


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES.keys())
def test_the_verdict_of_each_time_line_is_what_the_core_says(example: Example) -> None:
    example.play()
    assert {each.label: each.cells for each in example.stated} == {each.label: example.said(each) for each in example.stated}


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES.keys())
def test_the_picture_of_each_time_line_is_drawn_from_it(example: Example) -> None:
    """`python -m tests.docs.timelines` draws them again."""
    picture = PICTURES / f"{example.name}.svg"
    assert picture.read_text(encoding="utf-8") == draw(example.play())
    assert str(picture.relative_to(ROOT / "docs")) in TEXT, "and it stands on the page"


def test_no_picture_is_left_of_an_example_that_is_gone() -> None:
    assert {each.stem for each in PICTURES.iterdir()} == set(EXAMPLES)


def test_a_wrong_verdict_would_be_found() -> None:
    right = "time  0:00  1:00  1:02\nmire  good  FAIL  FAIL\n----\nC1    up    {}  {}\n"
    [example] = examples(f"```timeline try\n{right.format('up', 'up')}```\n")
    assert [example.play().said(each) for each in example.stated] == [("up", "down", "down")]


def test_each_step_says_where_it_is_decided() -> None:
    for number in STEPS:
        assert re.search(r"`probe/core/[\w/]+\.py`", section(number)), f"step {number}"


# --- the tables -----------------------------------------------------------------------------------


def seen(step: str, party: str, what: str) -> Failure:
    """The failure that a row of step 1 describes."""
    code = re.search(r"`(Y\w+)`", what)
    status = re.search(r"status (\d+)", what)
    ours = re.search(r"(invalid_\w+)`, our code was (\d+) s old", what)
    checks = {"another page than the mire": Reason.NOT_THE_MIRE, "our password is refused": Reason.CREDENTIALS_REFUSED}
    return Failure(
        Step(step),
        Party(party),
        transport=Reason.CONNECT if what == "connection refused" else None,
        status=int(status[1]) if status else None,
        page=PageKind.HUB_ERROR if code else PageKind.NONE,
        codes=built_in_codes(CodeTable.FRANCECONNECT).classes(code[1] if code else None),
        oauth_error=ours[1] if ours else None,
        check=checks.get(what),
        chosen=step not in ("authorize", "mire"),
        authenticated="after the login" in what or step == "token",
        grant_age_us=int(ours[2]) * SECOND if ours else None,
        grant_lifetime_us=30 * SECOND if ours else None,
    )


@pytest.mark.parametrize("row", table(section(1)), ids=lambda row: f"{row[0]} {row[5]}")
def test_each_observation_of_step_1_is_what_the_attribution_says(row: list[str]) -> None:
    step, party, what, outcome, fault, reason = row
    blame = attribute(seen(step, party, what))
    assert (blame.outcome.value, blame.fault and blame.fault.value, blame.reason.value) == (outcome, fault, reason)


def test_the_rows_of_step_5_are_those_of_the_example_they_name() -> None:
    rows = [row for row in EXAMPLES["confirmed"].play().rows if row.subject == C1]

    def at(us: int) -> str:
        return f"{(us - BEGUN) // SECOND // MINUTE}:{(us - BEGUN) // SECOND % MINUTE:02}"

    told = [[str(number), at(row.effective_us), row.status.state.value, at(row.recorded_us)] for number, row in enumerate(rows, start=1)]
    assert [[number, since, state, when.partition(",")[0]] for number, since, state, when in table(section(5))] == told


def test_the_clock_that_is_set_back_in_step_6() -> None:
    """ "C1 is up from 1:30 on because it was read again, and the hub is unknown:
    no login was read since."
    """
    state, rows = begin(HubSpec("fc", (IdpSpec("a"),)), BEGUN)

    def told(kind: Kind, at: int, idp: str | None = None) -> None:
        start = BEGUN + at * SECOND
        rows.extend(fold(state, Observation("fc", kind, start, start + SECOND, MINUTE * SECOND, Outcome.OK, idp=idp)))

    def held(subject: str, at: int) -> State:
        line = timelines(rows)["fc", subject]
        return line.points[line.index(BEGUN + at * SECOND)][1].state

    for minute in range(6):
        told(Kind.MIRE, 60 * minute)
        told(Kind.IDENTITY, 60 * minute + 10, "a")
    assert (held(HUB, 311), held(C1, 311)) == (State.UP, State.UP)
    told(Kind.MIRE, 90)
    assert "two minutes, with the deadlines of a fresh configuration" in " ".join(section(6).split())
    assert state.spec.grace_us == 120 * SECOND
    assert (held(HUB, 89), held(C1, 89)) == (State.UP, State.UP)
    assert (held(HUB, 91), held(C1, 91)) == (State.UNKNOWN, State.UP)
    assert (held(HUB, 310), held(C1, 310)) == (State.UNKNOWN, State.UP), "what the ledger said beyond is void"


def test_the_figure_of_step_8() -> None:
    window = rolling(BEGUN + 365 * DAY)
    parts = [(291 * DAY + 22 * HOUR, State.UP), (2 * HOUR, State.BLIP), (8 * HOUR, State.DOWN), (72 * DAY + 16 * HOUR, State.UNKNOWN)]
    assert sum(us for us, _ in parts) == window.length_us
    at, intervals = window.start_us, list[Interval]()
    for us, state in parts:
        intervals.append(Interval(at, at + us, SubjectStatus(state)))
        at += us
    told = figure(IntervalTrack([*intervals, Interval(at, None, SubjectStatus(State.UP))]), window)
    values = (told.availability(), told.coverage, told.lowest, told.highest)
    shown = [row[2] for row in table(section(8))]
    assert shown == [
        *(f"{percent(value or Fraction(0))} %" for value in values),
        "yes" if meets(told.availability(), CONTRACT.availability) else "no",
    ]
