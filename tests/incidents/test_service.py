"""What people do with an incident: each act once, at a time that can be, in words that can stay,
beside a running watch.
"""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from probe.core.incident.model import ActKind, IncidentState, Origin, Severity, Way
from probe.core.incident.refusal import RefusedActError
from probe.errors import InputError, LedgerError
from probe.incidents.service import IncidentService, month_span
from probe.ledger.db import schema
from tests.builders import BEGUN, MINUTE, SECOND
from tests.fakes.recorder import new_ledger
from tests.fakes.watched_hub import WatchedHub

DAY = 86_400 * SECOND


@pytest.fixture
def service(world: WatchedHub) -> IncidentService:
    return world.service


def opened(service: IncidentService, **more: object) -> int:
    told = {"author": "Ada", "hub": "fc", "severity": Severity.MINOR, "title": "a question", **more}
    return service.open(**told).number  # type: ignore[arg-type]


def test_what_is_opened_is_shown_with_its_story_and_its_clocks(service: IncidentService) -> None:
    number = opened(service, idp="ameli", requester="Bob", blocking=True, origin=Origin.MAIL)
    service.act(number, ActKind.ACKNOWLEDGED, author="Ada")
    shown = service.show(number)
    assert shown.incident.state is IncidentState.ACKNOWLEDGED
    assert [act.kind for act in shown.acts] == [ActKind.OPENED, ActKind.ACKNOWLEDGED]
    assert {clock.clock.value for clock in shown.clocks} == {"take_in_hand", "escalation", "resolution", "blocking"}


def test_the_same_key_comes_in_once(service: IncidentService) -> None:
    first = opened(service, key="mail:<1@example>")
    assert opened(service, key="mail:<1@example>", title="again") == first
    service.act(first, ActKind.COMMENTED, {"text": "a"}, author="Ada", key="mail:<2@example>")
    service.act(first, ActKind.COMMENTED, {"text": "a"}, author="Ada", key="mail:<2@example>")
    assert len(service.show(first).acts) == 2
    assert service.keyed("mail:<2@example>") == first
    assert service.keyed("mail:<3@example>") is None


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"hub": "other"}, "is not configured"),
        ({"idp": "other"}, "has no IdP"),
        ({"title": ""}, "title must be given"),
        ({"title": "two\nlines"}, "title must be one line"),
        ({"title": "x" * 1_001}, "title is longer"),
        ({"detail": "x" * 20_001}, "detail is longer"),
        ({"detail": "\x1b[2J"}, "cannot be printed"),
        ({"author": " "}, "author must be given"),
        ({"at_us": BEGUN + 10**15}, "in the future"),
    ],
)
def test_what_cannot_be_is_bad_input_and_nothing_is_written(service: IncidentService, wrong: dict[str, object], why: str) -> None:
    with pytest.raises(InputError, match=why):
        opened(service, **wrong)
    assert service.incidents(states=None) == []


def test_nothing_is_done_before_the_latest_act(world: WatchedHub, service: IncidentService) -> None:
    number = opened(service)
    with pytest.raises(InputError, match="has a later act"):
        service.act(number, ActKind.ACKNOWLEDGED, author="Ada", at_us=world.now_us - SECOND)


def test_a_clock_that_was_set_back_does_not_stop_the_work(world: WatchedHub, service: IncidentService) -> None:
    number = opened(service)
    world.now_us -= MINUTE
    assert service.act(number, ActKind.ACKNOWLEDGED, author="Ada").acknowledged_us == world.now_us + MINUTE


def test_there_is_no_incident_of_an_unknown_number(service: IncidentService) -> None:
    with pytest.raises(InputError, match="there is no incident VIGIE-9"):
        service.show(9)
    number = opened(service)
    with pytest.raises(InputError, match="there is no incident VIGIE-9"):
        service.act(number, ActKind.MERGED, {"into": 9}, author="Ada")


def test_what_the_contract_forbids_is_refused_with_a_code(service: IncidentService) -> None:
    number = opened(service)
    with pytest.raises(RefusedActError) as refused:
        service.act(number, ActKind.CLOSED, {"way": Way.CONFIRMED.value, "by": "Bob", "how": "spoken", "when_us": 1}, author="Ada")
    assert refused.value.code == "not_resolved"


def test_no_answer_closes_after_ten_working_days_and_not_before(world: WatchedHub, service: IncidentService) -> None:
    number = opened(service)
    service.act(number, ActKind.WAITING, {"request": "your logs?"}, author="Ada")
    with pytest.raises(RefusedActError):
        service.act(number, ActKind.CLOSED, {"way": Way.NO_ANSWER.value}, author="Ada")
    world.now_us += 11 * DAY
    assert service.act(number, ActKind.CLOSED, {"way": Way.NO_ANSWER.value}, author="Ada").state is IncidentState.CLOSED


def test_incidents_are_listed_newest_first_and_by_what_is_asked(service: IncidentService) -> None:
    first, second, third = opened(service), opened(service, severity=Severity.MAJOR, idp="ameli"), opened(service)
    service.act(third, ActKind.RESOLVED, {"text": "done"}, author="Ada")
    assert [one.number for one in service.incidents()] == [second, first]
    assert [one.number for one in service.incidents(states=None)] == [third, second, first]
    assert [one.number for one in service.incidents(severity=Severity.MAJOR)] == [second]
    assert [one.number for one in service.incidents(idp="ameli")] == [second]
    assert [one.number for one in service.incidents(before=second, limit=1)] == [first]


def test_a_person_proposes_within_the_guards(world: WatchedHub, service: IncidentService) -> None:
    assert service.propose("fc", "ameli", author="Ada", reason="its contract ended").state == "proposed"
    assert service.propose("fc", "yris", author="Ada", reason="so did its").state == "proposed"
    with pytest.raises(RefusedActError) as refused:
        service.propose("fc", "msa", author="Ada", reason="and its")
    assert refused.value.code == "guard_last"
    assert service.reject("fc", "ameli", author="Bob", reason="not yet").state == "none"
    assert [(one.step, one.author) for one in service.flags(idp="ameli")] == [("proposed", "Ada"), ("rejected", "Bob")]


def test_every_idp_is_told_with_its_tile_and_its_flag(world: WatchedHub, service: IncidentService) -> None:
    world.run(3, down=["ameli"])
    world.run(3, down=["ameli"], hidden=["yris"])
    told = {one.idp: one for one in service.idps()}
    assert (told["ameli"].state, told["ameli"].displayed, told["ameli"].selectable, told["ameli"].incident) == ("down", True, True, 1)
    assert (told["yris"].state, told["yris"].displayed, told["yris"].selectable) == ("unknown", False, False)
    assert (told["msa"].state, told["msa"].flag.state, told["msa"].guard) == ("up", "none", "")


def test_the_report_tells_the_month_and_the_year_and_what_is_open(world: WatchedHub, service: IncidentService) -> None:
    late, in_time = opened(service), opened(service)
    service.act(in_time, ActKind.RESOLVED, {"text": "done"}, author="Ada")
    world.now_us += 2 * DAY
    young = opened(service)
    told = service.report()
    assert (told.name, told.month.received, told.month.in_time, told.month.young) == ("2026-01", 3, 1, 1)
    assert [one.incident.number for one in told.month.late] == [late]
    assert told.rolling.ratio == told.month.ratio
    assert [one.incident.number for one in told.open] == [late, young]


@pytest.mark.parametrize("text", ["2026-13", "2026", "26-01", "2026-1", "9999-01", "2027-01"])
def test_a_month_is_one_that_has_begun(text: str) -> None:
    with pytest.raises(InputError):
        month_span(text, BEGUN)


def test_a_desk_on_a_ledger_that_is_gone_says_so(world: WatchedHub, tmp_path: Path) -> None:
    engine = new_ledger(tmp_path / "other.db")
    service = IncidentService(engine, world.policy, lambda: BEGUN)
    engine.dispose()
    (tmp_path / "other.db").write_bytes(b"no database at all, and longer than a header of one would be" * 100)
    with pytest.raises(LedgerError):
        service.incidents()
    engine.dispose()


def test_the_desk_writes_beside_the_watch(world: WatchedHub, service: IncidentService) -> None:
    for _ in range(5):
        opened(service)
        world.run(1, down=["ameli"])
    with world.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(schema.incident)) == 6
    assert world.findings() == []
