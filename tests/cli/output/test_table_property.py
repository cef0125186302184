"""probe/cli/output/table.py: at any width no line is wider than the terminal, nothing is cut, and
what the wide table says is still said.
"""

import re
from collections import Counter
from collections.abc import Iterable

from hypothesis import example, given
from hypothesis import strategies as st

from probe.cli.output.live_table import screen
from probe.cli.output.outages import outage_table
from probe.cli.output.status import status_table
from probe.cli.output.table import Heading, Line, Styled, Table, cell_len, wrapped
from probe.cli.output.texts import CommandTexts
from probe.core.judgement.condition import C1, C2, C3, HUB, State, SubjectStatus
from probe.core.judgement.observation import Fault, Reason, Step
from probe.core.judgement.past import PastOutage
from probe.core.judgement.signal import Cause
from probe.core.judgement.subject import journey_of
from probe.core.judgement.timeline import Outage
from tests.builders import BEGUN, SECOND

WIDTHS = st.integers(60, 200)
WORD = st.text("abcéàç-'/:.@0123456789日本", min_size=1, max_size=20)
PHRASE = st.lists(WORD, max_size=25).map(" ".join)
DATE = st.integers(0, 4_000_000_000).map(lambda at: CommandTexts("fr").instant(at * SECOND))
LONG_NAME = st.text("abc_0123456789", min_size=1, max_size=230)
CELL = st.one_of(PHRASE, DATE, LONG_NAME, st.just(""))
DATED = re.compile(r"\d\d/\d\d/\d{4} \d\d:\d\d:\d\d")
CAUSES = st.builds(
    Cause,
    st.sampled_from(Fault),
    st.sampled_from(Reason),
    st.sampled_from(Step),
    st.text("Y0123456789", max_size=40).map(lambda code: code or None),
)


def plain(lines: Iterable[Line]) -> list[str]:
    return ["".join(part.text for part in line) for line in lines]


def letters(texts: Iterable[str]) -> Counter[str]:
    return Counter(letter for text in texts for letter in text if letter not in " \n")


@st.composite
def tables(draw: st.DrawFn) -> Table:
    ranks = draw(st.lists(st.integers(0, 4), min_size=1, max_size=9))
    made = Table(
        *(Heading(draw(WORD), rank, right=draw(st.booleans()), flows=draw(st.booleans()), shared=draw(st.booleans())) for rank in ranks),
        heads=draw(st.booleans()), indent=draw(st.integers(0, 4)),
    )  # fmt: skip
    for _ in range(draw(st.integers(0, 4))):
        made.add_row(*(draw(CELL) for _ in ranks))
    return made


def holds_all(table: Table, width: int) -> None:
    lines = plain(table.lines(width))
    assert [line for line in lines if cell_len(line) > width] == []
    assert [line for line in lines if line != line.rstrip()] == []
    shared = {number for number, heading in enumerate(table.columns) if heading.shared}
    cells = ["".join(part.text for part in cell) for row in table.rows for number, cell in enumerate(row) if number not in shared]
    once = {"".join(part.text for part in row[number]) for row in table.rows for number in shared}
    missing = letters(cells) - letters(lines)
    assert not missing, "a cell is cut"
    assert not {text for text in once if letters([text]) - letters(lines)}
    dates = Counter(found for cell in cells for found in DATED.findall(cell))
    assert not dates - Counter(found for line in lines for found in DATED.findall(line)), "a date is broken"


@given(tables(), WIDTHS)
def test_no_line_is_wider_than_the_terminal_and_no_cell_is_cut(table: Table, width: int) -> None:
    holds_all(table, width)


@given(tables())
def test_without_a_terminal_each_row_is_a_line_of_its_own(table: Table) -> None:
    lines = plain(table.lines())
    heads = table.heads and any(cell for row in table.rows for cell in row)
    assert len(lines) <= len(table.rows) + heads
    assert [line for line in lines if line != line.rstrip()] == []


@given(st.lists(st.tuples(LONG_NAME, LONG_NAME, st.integers(0, 10**6), st.none() | st.integers(0, 10**9), CAUSES), max_size=4), WIDTHS)
def test_the_list_of_outages_says_everything_at_every_width(told: list[tuple[str, str, int, int | None, Cause]], width: int) -> None:
    found = [
        PastOutage(Outage(hub, journey_of(idp), BEGUN, None if lasted is None else BEGUN + lasted * SECOND, down * SECOND, 0, cause))
        for hub, idp, down, lasted, cause in told
    ]
    for language in ("fr", "en"):
        holds_all(outage_table(found, CommandTexts(language), {}, {(one.outage.hub, one.outage.subject): BEGUN for one in found}), width)


SUBJECTS = st.dictionaries(
    st.sampled_from([HUB, C1, C2, C3]) | LONG_NAME.map(journey_of),
    st.builds(SubjectStatus, st.sampled_from(State), cause=st.none() | CAUSES),
    max_size=14,
)


@given(SUBJECTS, WIDTHS, st.integers(1, 60), st.lists(PHRASE, max_size=9))
@example({journey_of(f"idp_{number}"): SubjectStatus(State.DOWN) for number in range(7)}, 80, 23, ["one", "two"])
def test_the_states_and_the_live_screen_fit_every_terminal(
    told: dict[str, SubjectStatus], width: int, height: int, events: list[str]
) -> None:
    statuses = {("fc", subject): (BEGUN, current) for subject, current in told.items()}
    for language in ("fr", "en"):
        said = CommandTexts(language)
        holds_all(status_table(statuses, said, {}, {}), width)
        lines = plain(screen(statuses, [[Styled(event)] for event in events], "All is well", (width, height), said, {}))
        assert len(lines) <= height
        assert [line for line in lines if cell_len(line) > width] == []


@given(PHRASE, st.integers(1, 200))
def test_a_sentence_is_broken_between_words_only_where_a_word_fits(sentence: str, width: int) -> None:
    lines = plain(wrapped([Styled(sentence)], width))
    if width >= 40:
        assert " ".join(lines).split() == sentence.split()
    assert letters(lines) == letters([sentence])
