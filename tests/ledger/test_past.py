"""What the ledger still has of a past failure: its observations, and the one that tells why."""

from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, insert

from probe.core.judgement.observation import JOURNEYS, Fault, Hop, Kind, Observation, Outcome, Reason, SetupPart, Step
from probe.core.judgement.past import ChangedSetting, OutageName, StoredObservation
from probe.core.judgement.subject import C1, C2, C3, Subject, journey_of
from probe.core.judgement.timeline import Outage
from probe.core.sla.correction import Correction, CorrectionKind
from probe.errors import GoneError, NoneSuchError
from probe.ledger.db import schema
from probe.ledger.figures.corrections import correct
from probe.ledger.past import Past
from probe.ledger.reader import Reader
from probe.ledger.writer import Writer
from tests.builders import BEGUN, SECOND, a_day, journey, mire, no_mire, seen
from tests.fakes.recorder import ImmediateRecorder, in_memory

NOW = BEGUN + 100 * SECOND
ERROR_ID = "0b8d9c66-1d8e-4a52-9f6c-8b1f6ef0a7c1"
MIRE_GONE = OutageName("fc", C1, BEGUN + 60 * SECOND)
AMELI_DOWN = OutageName("fc", journey_of("ameli"), BEGUN + 12 * SECOND)


def told_by_hub(one: Observation) -> Observation:
    """The mire's failures with what leads to the hub's log."""
    hop = Hop(Step.MIRE, "GET", "hub.example", "/", 500, request_id=f"{one.started_us:032}-001")
    return replace(one, error_id=ERROR_ID, hops=(hop,)) if one.outcome is Outcome.FAILED and one.kind is Kind.MIRE else one


@pytest.fixture
def past(engine: Engine) -> Past:
    ImmediateRecorder(engine).keep(map(told_by_hub, a_day()))
    return Past(engine)


def test_each_outage_has_the_first_failure_that_shows_its_cause(past: Past) -> None:
    ameli, gone = past.outages(NOW)
    assert (ameli.name, gone.name) == (AMELI_DOWN, MIRE_GONE)
    assert ameli.telling is not None
    assert (ameli.telling.observation.idp, ameli.telling.observation.started_us) == ("ameli", AMELI_DOWN.at_us)
    assert gone.telling is not None
    assert (gone.telling.observation.error_id, gone.telling.request_id) == (ERROR_ID, f"{MIRE_GONE.at_us:032}-001")


def test_an_observation_is_read_back_whole_by_its_number(past: Past, engine: Engine) -> None:
    stored = [past.observation(number) for number, _ in Reader(engine).observations()]
    assert [one.number for one in stored] == list(range(1, len(stored) + 1))
    assert [one.observation for one in stored] == [one for _, one in Reader(engine).observations()]
    assert ERROR_ID in {one.observation.error_id for one in stored}


def test_the_story_of_an_outage_has_the_observations_that_speak_of_it(past: Past) -> None:
    story = past.story(MIRE_GONE, NOW)
    assert [(one.observation.kind, one.observation.outcome) for one in story.observations] == [(Kind.MIRE, Outcome.FAILED)] * 3
    assert story.count == 3
    short = past.story(MIRE_GONE, NOW, most=2)
    assert (short.observations, short.count) == (story.observations[:2], 3)


@pytest.mark.parametrize(("asked", "told"), [("xx.", Reason.CONNECT), ("x.", None), ("..x", None), ("", None)])
def test_an_outage_says_what_its_idp_did_most_when_asked_without_the_hub(engine: Engine, asked: str, told: Reason | None) -> None:
    by_hub = {"fault": Fault.IDP, "reason": Reason.IDP_DISCOVERY, "step": Step.REDIRECT_TO_IDP, "on_hub": True}
    itself = {"fault": Fault.IDP, "reason": Reason.CONNECT, "step": Step.DIRECT}
    failures = [seen(Kind.IDENTITY, at, Outcome.FAILED, "ameli", **by_hub) for at in (10, 11)]
    direct = [
        seen(Kind.DIRECT, 11 + n, Outcome.FAILED, "ameli", **itself) if each == "x" else seen(Kind.DIRECT, 11 + n, idp="ameli")
        for n, each in enumerate(asked)
    ]
    ImmediateRecorder(engine).keep([mire(0), journey("yris", 9), *failures, *direct, journey("yris", 14)])
    (past,) = Past(engine).outages(BEGUN + 16 * SECOND)
    assert past.outage.cause is not None
    assert past.outage.cause.reason is Reason.IDP_DISCOVERY
    assert (past.direct and past.direct.reason) == told


def test_an_outage_that_lasts_has_its_observations_up_to_now(engine: Engine) -> None:
    ImmediateRecorder(engine).keep([mire(0), no_mire(10), no_mire(11), no_mire(20)])
    assert [each.outage.end_us for each in Past(engine).outages(BEGUN + 25 * SECOND)] == [None]
    assert Past(engine).story(OutageName("fc", C1, BEGUN + 10 * SECOND), BEGUN + 25 * SECOND).count == 3


def test_the_failures_of_an_outage_before_are_no_part_of_the_next_one(engine: Engine) -> None:
    """The mire is gone for two journeys; then it is back, and no identity comes back."""
    lost = {"fault": Fault.HUB, "reason": Reason.HUB_ERROR, "step": Step.VERIFY, "authenticated": True, "on_hub": True}
    gone = {"fault": Fault.HUB, "reason": Reason.HTTP_STATUS, "step": Step.MIRE, "on_hub": True}
    walked = [(7, "ameli", gone), (8, "yris", gone), *((at, ("ameli", "yris")[at % 2], lost) for at in (12, 13, 14, 15))]
    mires = [mire(0), no_mire(5), no_mire(6), mire(9), mire(10)]
    failed = [seen(Kind.IDENTITY, at, Outcome.FAILED, idp, **more) for at, idp, more in walked]
    journeys = [journey("ameli", 1), journey("yris", 2), *failed]
    ImmediateRecorder(engine).keep(sorted([*mires, *journeys], key=lambda one: one.started_us))
    past = Past(engine)
    [name] = [each.name for each in past.outages(NOW) if each.outage.subject == C2]
    told = [one.observation.step for one in past.story(name, NOW).observations]
    assert told == [Step.VERIFY] * 4


def test_an_outage_of_all_idps_says_which_were_down_and_how_many_are_watched(past: Past, engine: Engine) -> None:
    with engine.begin() as connection:
        rows = [
            ("all_idps_unavailable", 100, 200, "down"), ("all_idps_unavailable", 200, None, "up"), ("idp:a", 50, 120, "down"),
            ("idp:b", 0, 100, "down"), ("idp:b", 100, None, "up"),
            ("idp:c", 90, None, "down"), ("idp:d", 200, None, "down"), ("idp:d", 0, 200, "unknown"), ("idp:e", 0, 100, "down"),
            ("idp:a@other", 0, None, "down"), ("hub", 0, None, "down"),
        ]  # fmt: skip
        for subject, start, end, state in rows:
            row = {"hub": "far", "subject": subject, "start_us": start, "end_us": end, "state": state}
            connection.execute(insert(schema.interval), row)
    found = past.outage(OutageName("far", C3, 100), 1_000)
    assert (list(found.idps), found.watched) == (["a", "c"], 4)


def test_a_window_of_outages_is_read(past: Past) -> None:
    def named(**window: Any) -> list[OutageName]:
        return [each.name for each in past.outages(NOW, "fc", **window)]

    assert named(latest=1) == [MIRE_GONE]
    assert named(before=MIRE_GONE._replace(subject=C2)) == [AMELI_DOWN], "of two that begin at once, C2 comes first"
    assert named(before=AMELI_DOWN) == []
    assert named(before=MIRE_GONE) == [AMELI_DOWN]
    assert named(since_us=BEGUN + 31 * SECOND) == [AMELI_DOWN, MIRE_GONE], "it was not over by then"
    assert named(since_us=BEGUN + 32 * SECOND) == [MIRE_GONE]
    assert past.outages(NOW, "other") == []


def test_what_people_stated_stands_beside_the_outage(past: Past, engine: Engine) -> None:
    with engine.begin() as connection:
        one = Correction(0, "fc", C1, MIRE_GONE.at_us, MIRE_GONE.at_us + SECOND, CorrectionKind("up"), "a", "b", NOW)
        assert correct(connection, one) == 1
    assert [each.corrections for each in past.outages(NOW)] == [(), ((1, "up"),)]


def test_what_never_was_is_no_thing_that_was_deleted(past: Past, engine: Engine) -> None:
    last = Reader(engine).last_number()
    for number in (0, last + 1, 10**15):
        with pytest.raises(NoneSuchError, match=f"there is no observation {number}"):
            past.observation(number)
    with pytest.raises(NoneSuchError, match=r"knows no outage fc/C1@2026-01-01T00:00:00\.000000Z"):
        past.story(MIRE_GONE._replace(at_us=BEGUN), NOW)


def test_an_outage_outlives_its_observations(past: Past, engine: Engine) -> None:
    Writer(engine).forget(BEGUN + 80 * SECOND)
    with pytest.raises(GoneError, match="observation 1 was deleted"):
        past.observation(1)
    ameli, gone = past.outages(NOW)
    assert (ameli.telling, gone.telling) == (None, None)
    assert past.story(MIRE_GONE, NOW).count == 0
    assert past.latest_failure("fc") is None


def test_the_latest_failure_of_a_hub_is_its_own(past: Past) -> None:
    latest = past.latest_failure("fc")
    assert latest is not None
    assert latest.observation.started_us == BEGUN + 70 * SECOND
    assert past.latest_failure("other") is None


# --- the choice of the telling one, against one that looks at every observation


KINDS = {C1: {Kind.MIRE}, C2: {Kind.IDENTITY}, C3: {Kind.MIRE, *JOURNEYS}}
FAILURES = [
    (Kind.MIRE, None, Fault.HUB, Reason.HTTP_STATUS, Step.MIRE, None),
    (Kind.MIRE, None, Fault.HUB, Reason.NO_IDP_SELECTABLE, Step.MIRE, None),
    (Kind.IDENTITY, "ameli", Fault.HUB, Reason.HUB_ERROR, Step.VERIFY, "Y000000"),
    (Kind.IDENTITY, "yris", Fault.HUB, Reason.HUB_ERROR, Step.VERIFY, "Y000000"),
    (Kind.IDENTITY, "yris", Fault.HUB, Reason.HTTP_STATUS, Step.MIRE, None),
    (Kind.IDENTITY, "ameli", Fault.IDP, Reason.CONNECT, Step.IDP_LOGIN_PAGE, None),
    (Kind.IDENTITY, "yris", Fault.IDP, Reason.TIMEOUT, Step.IDP_LOGIN_PAGE, None),
]


def expected(stored: list[StoredObservation], outage: Outage, now_us: int) -> StoredObservation | None:
    """The choice in words: alike first, then within the outage, then the nearest to its start."""
    idp = Subject.parse(outage.subject).idp
    end_us = now_us + 1 if outage.end_us is None else outage.end_us

    def counts(seen: Observation) -> bool:
        mine = seen.kind in KINDS.get(outage.subject, set(JOURNEYS)) and idp in (None, seen.idp)
        vouches = seen.started_us + 3 * seen.interval_us > outage.start_us
        if outage.subject != C1 and seen.started_us < outage.start_us:
            mine = mine and seen.step is not Step.MIRE and (outage.subject != C2 or seen.authenticated)
        return mine and seen.outcome is Outcome.FAILED and vouches and seen.started_us < end_us

    def rank(one: StoredObservation) -> tuple[bool, bool, int, int]:
        seen, cause = one.observation, outage.cause
        alike = cause is not None and (seen.step, seen.reason, seen.code) == (cause.step, cause.reason, cause.code)
        return not alike, seen.started_us < outage.start_us, abs(seen.started_us - outage.start_us), one.number

    return min((one for one in stored if counts(one.observation)), key=rank, default=None)


@settings(max_examples=40)
@given(st.lists(st.one_of(st.sampled_from(["mire", "ameli", "yris"]), st.sampled_from(FAILURES)), max_size=30), st.integers(2, 9))
def test_the_telling_observation_is_the_first_that_shows_the_cause(story: list[object], every: int) -> None:
    engine = in_memory()
    ImmediateRecorder(engine).keep(_observation(each, at) for each, at in zip(story, count(0, every), strict=False))
    now_us = BEGUN + (len(story) * every + 5) * SECOND
    stored = [StoredObservation(number, one) for number, one in Reader(engine).observations()]
    for each in Past(engine).outages(now_us):
        assert each.telling == expected(stored, each.outage, now_us)
        assert each.telling is not None, "an outage was seen by somebody"
    engine.dispose()


def _observation(told: object, at: float) -> Observation:
    if isinstance(told, tuple):
        kind, idp, fault, reason, step, code = told
        authenticated, on_hub = step is Step.VERIFY, fault is Fault.HUB
        more = {"fault": fault, "reason": reason, "step": step, "code": code, "authenticated": authenticated, "on_hub": on_hub}
        return seen(kind, at, Outcome.FAILED, idp, **more)
    return mire(at) if told == "mire" else journey(str(told), at)


def test_the_ways_of_failing_make_every_kind_of_outage() -> None:
    """The property above would prove nothing of a kind that never occurs."""
    failing = [FAILURES[2], FAILURES[3], FAILURES[2], FAILURES[3], "mire", FAILURES[5], FAILURES[6], FAILURES[5], FAILURES[6], FAILURES[0]]
    engine = in_memory()
    ImmediateRecorder(engine).keep(_observation(each, at) for at, each in enumerate(["mire", "ameli", "yris", *failing, FAILURES[0]]))
    found = {each.outage.subject for each in Past(engine).outages(BEGUN + 20 * SECOND)}
    engine.dispose()
    assert found >= {C1, C2, C3, journey_of("ameli"), journey_of("yris")}


LOGIN, PAGE = SetupPart.LOGIN, SetupPart.LOGIN_PAGE


@pytest.mark.parametrize(
    ("failures", "changed"),
    [
        ([], None),
        ([(1, "", None)], None),
        ([(1, "login:a", LOGIN), (9, "login:a", LOGIN)], None),
        ([(1, "login:a", LOGIN), (5, "login:b", LOGIN), (9, "login:b", LOGIN)], ChangedSetting(LOGIN, 5)),
        # the outage began by what depends on no setting: a refused connection
        ([(1, "login:a", None), (5, "login:b", LOGIN)], ChangedSetting(LOGIN, 5)),
        # a setting that the failure does not depend on
        ([(1, "login-page:a login:a", LOGIN), (5, "login-page:b login:a", LOGIN)], None),
        # taken back
        ([(1, "login:a", LOGIN), (5, "login:b", LOGIN), (9, "login:a", LOGIN)], None),
        # an older Vigie kept no digests
        ([(1, "", None), (5, "login:b", LOGIN)], None),
    ],
)
def test_a_setting_that_changed_while_an_outage_lasts_is_told_with_when(
    failures: list[tuple[int, str, SetupPart | None]], changed: ChangedSetting | None
) -> None:
    assert ChangedSetting.of(failures) == changed


def test_an_outage_that_goes_on_with_another_recipe_says_since_when(engine: Engine) -> None:
    """docs/domain.md, "Never passed yet": the outage stays open until a journey passes."""
    wrong = {"fault": Fault.IDP, "reason": Reason.LOGIN_PAGE_MISSING, "step": Step.IDP_LOGIN_PAGE, "part": PAGE}
    before, after = {"setup": "login-page:old"}, {"setup": "login-page:new"}
    failures = [(10, before), (11, before), (20, before), (30, after), (40, after)]
    seen_ones = [
        mire(0),
        journey("ameli", 1, **before),
        *(seen(Kind.IDENTITY, at, Outcome.FAILED, "ameli", **wrong, **of) for at, of in failures),
    ]
    ImmediateRecorder(engine).keep([*seen_ones, mire(41)])
    name = OutageName("fc", journey_of("ameli"), BEGUN + 10 * SECOND)
    changed = ChangedSetting(PAGE, BEGUN + 30 * SECOND)
    assert Past(engine).outage(name, BEGUN + 45 * SECOND).changed == changed
    assert Past(engine).story(name, BEGUN + 45 * SECOND).past.changed == changed
    assert Past(engine).outage(name, BEGUN + 25 * SECOND).changed is None
