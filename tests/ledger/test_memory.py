"""What is remembered of the hubs is recalled once for all questions of one reading."""

from collections.abc import Callable
from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from probe.core.judgement.observation import Fault, Kind, Outcome, Reason, Step
from probe.core.judgement.subject import C1, HUB
from probe.ledger.memory import Memories, recall
from probe.ledger.reader import Reader
from tests.builders import BEGUN, SECOND, a_day, journey, mire, seen
from tests.fakes.recorder import ImmediateRecorder, in_memory

LATE = BEGUN + 400 * SECOND
"""By then no observation vouches for anything any more."""
QUESTIONS: dict[str, Callable[[Reader], Any]] = {
    "statuses": lambda reader: reader.statuses(LATE),
    "earlier statuses": lambda reader: reader.statuses(BEGUN + 80 * SECOND),
    "explanations": lambda reader: reader.explanations(LATE),
    "earlier explanations": lambda reader: reader.explanations(BEGUN + 80 * SECOND),
    "direct failures": lambda reader: reader.direct_failures(LATE),
    "short reaches": lambda reader: reader.short_reaches(),
    "never passed": lambda reader: reader.never_passed(),
    "unproven": lambda reader: reader.unproven(),
    "own troubles": lambda reader: reader.own_troubles(BEGUN + 80 * SECOND),
    "suspensions": lambda reader: reader.suspensions(),
    "tiles": lambda reader: reader.unwatched_tiles(LATE),
    "never answered": lambda reader: reader.never_answered(),
    "accounts": lambda reader: reader.accounts(),
    "outages": lambda reader: reader.outages(LATE),
    "intervals": lambda reader: reader.intervals("fc", C1, LATE),
}


@cache
def a_ledger() -> Engine:
    engine = in_memory()
    refused = seen(Kind.IDENTITY, 75, Outcome.INCONCLUSIVE, "yris", fault=Fault.SP, reason=Reason.CREDENTIALS_REFUSED, step=Step.IDP_LOGIN)
    ImmediateRecorder(engine).keep([*a_day(), refused, mire(78), journey("ameli", 79)])
    return engine


@cache
def told_by_fresh_ones() -> dict[str, Any]:
    return {name: ask(Reader(a_ledger())) for name, ask in QUESTIONS.items()}


@settings(max_examples=20)
@given(st.permutations(list(QUESTIONS)))
def test_a_frozen_reader_answers_as_a_fresh_one_whatever_was_asked_before(order: list[str]) -> None:
    with Reader(a_ledger()).frozen() as still:
        assert {name: QUESTIONS[name](still) for name in order} == told_by_fresh_ones()


def test_the_questions_have_answers() -> None:
    """The property above would prove little if most were empty."""
    assert {name for name, told in told_by_fresh_ones().items() if told} >= {"statuses", "explanations", "outages", "intervals"}


def test_what_is_stored_is_read_once_and_is_left_as_it_was() -> None:
    stored, asked = Reader(a_ledger()).memory(), list[int]()

    def contents() -> Any:
        asked.append(1)
        return stored

    kept = Memories(contents)
    assert {row.subject for row in kept.lapses(LATE)} >= {HUB, C1}
    assert kept.at(LATE) is kept.at(LATE)
    assert kept.stored == {hub: recall(content) for hub, content in stored.items()}
    assert len(asked) == 1
