"""The four ways of closing an incident, and their refusals (docs/contract.md, 2.2.3)."""

from typing import Any

import pytest

from probe.core.incident.model import MACHINE, Act, ActKind, IncidentState, Way
from probe.core.incident.rules import apply
from tests.core.incident.one_incident import ACK, AGREED, CONFIRMED, IN_HAND, NOTIFIED, RESOLVED, WAIT, act, refusal, story
from tests.fakes.stated_hub import minute


@pytest.mark.parametrize("how", ["spoken", "written"])
def test_resolved_and_confirmed_by_the_idp_it_is_closed(how: str) -> None:
    closed = story(RESOLVED, act(9, ActKind.CLOSED, **{**CONFIRMED, "how": how}))
    assert (closed.state, closed.way, closed.closed_us, closed.resolved_us) == (IncidentState.CLOSED, Way.CONFIRMED, minute(9), minute(5))


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"by": ""}, "not_confirmed"),
        ({"by": None}, "not_confirmed"),
        ({"how": "guessed"}, "not_confirmed"),
        ({"how": None}, "not_confirmed"),
        ({"when_us": None}, "not_confirmed"),
        ({"when_us": minute(10)}, "when"),
        ({"when_us": minute(-1)}, "when"),
        ({"when_us": "yesterday"}, "malformed"),
        ({"way": "forgotten"}, "malformed"),
        ({"way": None}, "malformed"),
    ],
)
def test_a_confirmation_says_who_how_and_when(wrong: dict[str, Any], code: str) -> None:
    assert refusal(story(RESOLVED), act(9, ActKind.CLOSED, **{**CONFIRMED, **wrong})) == code


def test_what_is_not_resolved_cannot_be_confirmed() -> None:
    assert refusal(story(IN_HAND), act(9, ActKind.CLOSED, **CONFIRMED)) == "not_resolved"


@pytest.mark.parametrize("before", [(), (ACK,), (IN_HAND,), (WAIT,)])
def test_unresolved_it_is_closed_when_both_agree_in_writing(before: tuple[Act, ...]) -> None:
    closed = story(*before, act(9, ActKind.CLOSED, **AGREED))
    assert (closed.state, closed.way, closed.resolved_us, closed.rests[-1]) == (IncidentState.CLOSED, Way.AGREED, None, (minute(9), None))
    assert all(end is not None for _, end in closed.waits)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [({"by": " "}, "not_agreed"), ({"ours": ""}, "not_agreed"), ({"how": "spoken"}, "not_written"), ({"when_us": None}, "not_agreed")],
)
def test_an_agreement_has_two_parties_and_is_written(wrong: dict[str, Any], code: str) -> None:
    assert refusal(story(IN_HAND), act(9, ActKind.CLOSED, **{**AGREED, **wrong})) == code


def test_what_is_resolved_is_not_closed_by_agreement() -> None:
    assert refusal(story(RESOLVED), act(9, ActKind.CLOSED, **AGREED)) == "resolved"


def test_without_an_answer_it_is_closed_once_the_time_has_run_out() -> None:
    waiting = story(WAIT)
    assert apply(waiting, act(9, ActKind.CLOSED, way="no_answer", due_us=minute(9))).way is Way.NO_ANSWER
    for due in (None, minute(10), minute(3)):
        assert refusal(waiting, act(9, ActKind.CLOSED, way="no_answer", due_us=due)) == "too_early"


@pytest.mark.parametrize("before", [(), (WAIT, act(4, ActKind.RESUMED, reason="version 3")), (WAIT, RESOLVED)])
def test_nobody_who_was_not_asked_has_not_answered(before: tuple[Act, ...]) -> None:
    assert refusal(story(*before), act(9, ActKind.CLOSED, way="no_answer", due_us=minute(8))) == "not_waiting"


@pytest.mark.parametrize("author", [MACHINE, "Alice"])
def test_notified_and_without_a_remark_it_is_closed(author: str) -> None:
    assert story(RESOLVED, NOTIFIED, act(9, ActKind.CLOSED, author, way="no_remark", due_us=minute(8))).way is Way.NO_REMARK


@pytest.mark.parametrize(
    ("before", "due", "code"),
    [
        ((IN_HAND,), minute(8), "not_resolved"),
        ((RESOLVED,), minute(8), "not_notified"),
        ((RESOLVED, NOTIFIED, act(7, ActKind.REMARKED)), minute(8), "remarked"),
        ((RESOLVED, NOTIFIED), minute(10), "too_early"),
        ((RESOLVED, NOTIFIED), None, "too_early"),
        ((RESOLVED, NOTIFIED), minute(6), "too_early"),
        ((RESOLVED, NOTIFIED, act(7, ActKind.NOTIFIED, to="ameli")), minute(7), "too_early"),
    ],
)
def test_no_remark_closes_only_what_was_notified_and_had_its_time(before: tuple[Act, ...], due: int | None, code: str) -> None:
    assert refusal(story(*before), act(9, ActKind.CLOSED, way="no_remark", due_us=due)) == code


@pytest.mark.parametrize("data", [CONFIRMED, AGREED, {"way": "no_answer", "due_us": minute(8)}])
def test_a_machine_closes_by_the_fourth_way_alone(data: dict[str, Any]) -> None:
    assert refusal(story(RESOLVED if data is CONFIRMED else WAIT), act(9, ActKind.CLOSED, MACHINE, **data)) == "machine"


def test_it_may_have_been_confirmed_at_the_very_receipt_and_agreed_now() -> None:
    assert story(RESOLVED, act(9, ActKind.CLOSED, **{**CONFIRMED, "when_us": minute(0)})).way is Way.CONFIRMED
    assert story(act(9, ActKind.CLOSED, **{**AGREED, "when_us": minute(9)})).way is Way.AGREED
