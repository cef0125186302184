"""What counts as trouble: chains of outages, and signs that only the present shows.

The rules are docs/domain.md's, "Incidents and tickets". Instants are small numbers here.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.core.incident.detection import (
    UNKNOWN,
    Chain,
    IncidentDraft,
    TroubleSign,
    TroubleTerms,
    about_condition,
    about_idp,
    about_negative,
    after_us,
    causes_since,
    chains,
    latest_acceptance,
    present_signs,
)
from probe.core.incident.model import Origin, Scope, Severity
from probe.core.incident.situation import NegativeSample, Present, Sample, Situation
from probe.core.incident.wording import DatedCause
from probe.core.judgement.condition import SubjectStatus
from probe.core.judgement.observation import Fault, Kind, Reason, Step
from probe.core.judgement.signal import Cause
from probe.core.judgement.subject import C1, C2, C3, State
from probe.core.judgement.timeline import Interval, Outage

NOW = 1_000
TERMS = TroubleTerms(
    reopen_within_us=30,
    failures=3,
    failures_window_us=100,
    objectives={"mire": 10, "idp-login-page": 20},
    latency_window_us=50,
    latency_at_least=5,
)
LATE, LOST = Cause(Fault.IDP, Reason.TIMEOUT, Step.IDP_LOGIN), Cause(Fault.IDP, Reason.CONNECT, Step.IDP_LOGIN)
UP_ALL = dict.fromkeys((C1, C2, C3), Present(State.UP, 0))


def outage(subject: str, start: int, end: int | None, cause: Cause | None = LATE) -> Outage:
    return Outage("fc", subject, start, end, 0, 0, cause)


def hub(*outages: Outage, samples: list[Sample] | None = None, present: Mapping[str, Present] | None = None, **more: Any) -> Situation:
    given: dict[str, Any] = {"idps": ("a", "b", "c"), **more}
    return Situation("fc", NOW, present={**UP_ALL, **(present or {})}, outages=outages, samples=samples or (), **given)


def test_what_trouble_is_about() -> None:
    assert about_condition("fc", C2) == IncidentDraft(Scope("fc", C2), Origin.CONDITION, Severity.CRITICAL, None)
    assert about_idp("fc", "a") == IncidentDraft(Scope("fc", "idp:a"), Origin.IDP, Severity.MAJOR, "a")
    assert (about_condition("fc", C2).blocking, about_idp("fc", "a").blocking) == (True, False)


def test_samples_are_read_as_far_back_as_the_longer_window_reaches() -> None:
    assert TroubleTerms(failures_window_us=7, latency_window_us=5).lookback_us == 7
    assert TroubleTerms(failures_window_us=5, latency_window_us=7).lookback_us == 7


# --- chains of outages


def test_outages_half_an_hour_apart_are_one_chain_and_a_moment_more_two() -> None:
    told = [outage("idp:a", 60, 70, LOST), outage("idp:a", 10, 20), outage("idp:a", 50, 55), outage("idp:a", 101, None, None)]
    a = about_idp("fc", "a")
    assert chains(hub(*told), TERMS) == [
        Chain(a, 10, 60, 70, (10, 50, 60)),
        Chain(a, 101, 101, None, (101,)),
    ]


LATER = Cause(Fault.IDP, Reason.HTTP_STATUS, Step.IDP_LOGIN)


@pytest.mark.parametrize(
    ("since", "told"),
    [
        (10, [(LATE, 10, 14), (LOST, 12, 20), (LATE, 30, 40), (LOST, 35, 38), (LATER, 40, None)]),
        (13, [(LATE, 13, 14), (LOST, 14, 20), (LATE, 30, 40), (LOST, 35, 38), (LATER, 40, None)]),
        (30, [(LATE, 30, 40), (LOST, 35, 38), (LATER, 40, None)]),
        (40, [(LATER, 40, None)]),
    ],
)
def test_the_causes_of_a_chain_are_told_with_their_instants(since: int, told: list[tuple[Cause, int, int | None]]) -> None:
    """Each once an outage: from when it was first seen until it was last seen."""
    points = [(5, None), (10, LATE), (12, LOST), (13, LATE), (14, LOST), (20, None), (30, LATE), (35, LOST), (38, LATE), (40, LATER)]
    ends = [*(at for at, _ in points[1:]), None]
    states = [SubjectStatus(State.UP) if cause is None else SubjectStatus(State.DOWN, cause) for _, cause in points]
    intervals = [Interval(at, end, state) for (at, _), end, state in zip(points, ends, states, strict=True)]
    stand = hub(outage("idp:a", 10, 20), outage("idp:a", 30, None), intervals={"idp:a": intervals})
    (chain,) = chains(stand, TERMS)
    assert causes_since(stand, chain, since) == [DatedCause(*each) for each in told]


def test_an_outage_that_was_part_of_a_wider_one_adds_no_cause() -> None:
    states = [(10, 20, SubjectStatus(State.DOWN, LOST)), (30, None, SubjectStatus(State.DOWN, LATE))]
    intervals = {"idp:a": [Interval(*each) for each in states]}
    stand = hub(outage("idp:a", 10, 20), outage("idp:a", 30, None), outage(C3, 10, 20), intervals=intervals)
    (chain,) = [each for each in chains(stand, replace(TERMS, settle_us=0)) if each.about.idp == "a"]
    assert causes_since(stand, chain, 0) == [DatedCause(LATE, 30, None)]


def test_chains_are_of_the_conditions_and_of_configured_idps() -> None:
    told = [outage("idp:b", 1, 2), outage("idp:gone", 1, 2), outage("hub", 1, 2), outage(C3, 1, None), outage(C1, 5, 6)]
    assert [(chain.about, chain.start_us, chain.end_us) for chain in chains(hub(*told), TERMS)] == [
        (about_condition("fc", C1), 5, 6),
        (about_condition("fc", C3), 1, None),
        (about_idp("fc", "b"), 1, 2),
    ]


def test_what_lasts_is_joined_with_all_that_begins_after_it() -> None:
    (chain,) = chains(hub(outage("idp:a", 10, None), outage("idp:a", 500, 600)), TERMS)
    assert (chain.start_us, chain.last_us, chain.end_us) == (10, 500, 600)


@pytest.mark.parametrize(
    ("span", "conditions", "apart"),
    [
        ((100, 200), [], None),
        ((100, 200), [(C1, 50, 100)], None),  # they touch
        ((100, 200), [(C1, 200, 300)], None),
        ((100, 200), [(C1, 199, 300)], 99),
        ((100, 200), [(C1, 50, 101)], 99),
        ((100, 200), [(C2, 120, 190)], 20),  # the longer of before and after
        ((100, 200), [(C2, 120, 130), (C3, 150, 190)], 20),
        ((100, 200), [(C2, 120, 130), ("idp:b", 150, 190)], 70),
        ((100, 200), [(C3, 150, None)], 50),
        ((100, None), [(C3, 150, 900)], 100),
        ((100, None), [(C3, 150, None)], 50),
    ],
)
def test_how_long_an_idp_failed_apart_from_its_hub(
    span: tuple[int, int | None], conditions: list[tuple[str, int, int | None]], apart: int | None
) -> None:
    told = [outage("idp:a", *span), *(outage(*each) for each in conditions)]
    own = {settle: _chain_of_a(told, settle).own_us == (span[0],) for settle in ((apart or 0) - 1, apart or 0, 10 * NOW)}
    assert [*own.values()] == ([True, True, True] if apart is None else [True, False, False])


def _chain_of_a(told: list[Outage], settle_us: int) -> Chain:
    (chain,) = [each for each in chains(hub(*told), replace(TERMS, settle_us=settle_us)) if each.about.idp == "a"]
    return chain


@pytest.mark.parametrize(
    ("end", "conditions", "since", "after"),
    [
        (200, [], 0, 100),  # since its last outage began
        (200, [], 150, 50),
        (200, [(C1, 50, 170)], 150, 30),
        (200, [(C1, 50, 170), (C2, 50, 180), ("idp:b", 50, 190)], 0, 20),
        (None, [(C1, 50, 170)], 0, NOW - 170),
        (200, [(C1, 50, None)], 0, 200 - NOW),
    ],
)
def test_how_long_an_idp_went_on_after_its_hub(
    end: int | None, conditions: list[tuple[str, int, int | None]], since: int, after: int
) -> None:
    chain = Chain(about_idp("fc", "a"), 10, 100, end, (10, 100))
    assert after_us(chain, hub(*(outage(*each) for each in conditions)), since) == after


# --- signs


def journeys(idp: str, *says: bool | None, since: int = NOW - 60, step: str = "mire", took: int = 0) -> list[Sample]:
    """One journey every 10, each passed (True), failed (False) or neither."""
    return [Sample(Kind.IDENTITY, idp, since + 10 * n, good, {step: took} if good else {}) for n, good in enumerate(says)]


def sign(situation: Situation, subject: str, shared: tuple[str, ...] = (), terms: TroubleTerms = TERMS) -> TroubleSign:
    return next(found for about, found in present_signs(situation, shared, terms).items() if about.scope.subject == subject)


def test_each_sign_is_of_its_scope_origin_and_severity() -> None:
    assert list(present_signs(hub(idps=("a",)), (), TERMS)) == [
        IncidentDraft(Scope("fc", "shared"), Origin.CONDITION, Severity.CRITICAL),
        IncidentDraft(Scope("fc", "slow"), Origin.SLOW, Severity.MAJOR),
        IncidentDraft(Scope("fc", "accounts"), Origin.ACCOUNTS, Severity.CRITICAL),
        IncidentDraft(Scope("fc", "intermittent:a"), Origin.INTERMITTENT, Severity.MEDIUM, "a"),
        IncidentDraft(Scope("fc", "slow:a"), Origin.SLOW, Severity.MEDIUM, "a"),
    ]


def test_a_shared_cause_began_when_the_first_of_its_idps_was_down() -> None:
    down = {"idp:a": Present(State.DOWN, 700), "idp:b": Present(State.DOWN, 600), "idp:c": Present(State.UP, 500)}
    assert sign(hub(present=down), "shared", ("a", "b", "c")) == TroubleSign(True, 600, NOW)
    assert sign(hub(), "shared", ("a", "b")) == TroubleSign(True, NOW, NOW)
    assert sign(hub(), "shared") == TroubleSign(False, NOW, NOW)


@pytest.mark.parametrize(
    ("subject", "state", "known"),
    [(C1, State.DOWN, False), (C2, State.DOWN, False), (C1, State.UNKNOWN, False), (C3, State.UNKNOWN, False), (C2, State.UNKNOWN, True)],
)
def test_a_shared_cause_is_not_known_while_c1_or_c3_is_not_or_a_condition_holds(subject: str, state: State, known: bool) -> None:
    found = sign(hub(present={subject: Present(state, 0)}), "shared")
    assert (found.bad is False) is known
    assert known or found == UNKNOWN


@pytest.mark.parametrize(
    ("says", "found"),
    [
        ([True, False, True, False, True, False], TroubleSign(True, NOW - 50, NOW - 10)),
        ([False, True, False, True], UNKNOWN),  # twice: neither trouble nor clean
        ([False, False, False, True, False, False], UNKNOWN),  # in a row they are one
        ([False, True, False, None, False, True], UNKNOWN),  # what is not known changes nothing
        ([False, True, False, None, True, False], TroubleSign(True, NOW - 60, NOW - 10)),
        ([None, True, True, True], TroubleSign(False, NOW - 50, NOW - 30)),
        ([None, None], UNKNOWN),
        ([], UNKNOWN),
    ],
)
def test_an_idp_is_intermittent_when_it_fails_three_times_not_in_a_row(says: list[bool | None], found: TroubleSign) -> None:
    assert sign(hub(samples=journeys("a", *says)), "intermittent:a") == found
    assert sign(hub(samples=journeys("a", *says)), "intermittent:b") == UNKNOWN


def test_only_failures_within_the_window_and_outside_outages_count() -> None:
    says = journeys("a", False, True, False, True, False, since=NOW - 100)
    assert sign(hub(samples=says), "intermittent:a") == TroubleSign(True, NOW - 100, NOW - 60)
    assert sign(hub(samples=journeys("a", False, True, False, True, False, since=NOW - 101)), "intermittent:a") == UNKNOWN
    for within, bad in (((NOW - 80, NOW - 79), None), ((NOW - 81, NOW - 80), True), ((NOW - 79, NOW - 78), True), ((NOW - 60, None), None)):
        assert sign(hub(outage("idp:a", *within), samples=says), "intermittent:a").bad is bad
        assert sign(hub(outage(C2, *within), samples=says), "intermittent:a").bad is bad
        assert sign(hub(outage("idp:b", *within), samples=says), "intermittent:a").bad is True


@pytest.mark.parametrize("subject", [C1, C2, C3, "idp:a"])
def test_nothing_is_known_of_an_intermittent_idp_while_it_or_its_hub_is_down(subject: str) -> None:
    says = journeys("a", False, True, False, True, False)
    assert sign(hub(samples=says, present={subject: Present(State.DOWN, 0)}), "intermittent:a") == UNKNOWN
    assert sign(hub(samples=says, present={subject: Present(State.UNKNOWN, 0)}), "intermittent:a").bad


def timed(idp: str, *took: int, step: str = "mire", since: int = NOW - 50) -> list[Sample]:
    return [Sample(Kind.IDENTITY, idp, since + 10 * n, True, {step: us}) for n, us in enumerate(took)]


@pytest.mark.parametrize(
    ("took", "found"),
    [
        ((11, 11, 11, 10, 10), TroubleSign(True, NOW - 50, NOW - 30)),
        ((10, 11, 11, 10, 11), TroubleSign(True, NOW - 40, NOW - 10)),
        ((11, 11, 11, 11), UNKNOWN),  # fewer than five
        ((11, 11, 11, 10, 10, 10), TroubleSign(False, NOW - 30, NOW - 30)),  # half is not more than half
        ((10, 11, 10, 10, 10), TroubleSign(False, NOW - 40, NOW - 40)),  # good since the last slow one
        ((10, 10, 10, 10, 10), TroubleSign(False, NOW - 50, NOW - 50)),
        ((), UNKNOWN),
    ],
)
def test_an_idp_is_slow_when_more_than_half_of_at_least_five_miss_an_objective(took: tuple[int, ...], found: TroubleSign) -> None:
    assert sign(hub(samples=timed("a", *took)), "slow:a") == found
    assert sign(hub(samples=timed("a", *took)), "slow:a", terms=replace(TERMS, objectives={})) == UNKNOWN
    assert sign(hub(samples=timed("a", *took, step="token")), "slow:a") == UNKNOWN


def test_one_step_that_is_too_slow_is_enough_and_all_its_late_journeys_show_it() -> None:
    late = [Sample(Kind.IDENTITY, "a", NOW - 50 + n, True, {"mire": 10, "idp-login-page": 21}) for n in range(5)]
    assert sign(hub(samples=late), "slow:a") == TroubleSign(True, NOW - 50, NOW - 46)
    assert sign(hub(samples=[*late, *timed("a", 11, 11, 11, 11, 11, 11)]), "slow:a") == TroubleSign(True, NOW - 50, NOW)
    well = [Sample(Kind.IDENTITY, "a", NOW - 50 + n, True, {"mire": 10 + (n == 1), "idp-login-page": 20 + (n == 3)}) for n in range(5)]
    assert sign(hub(samples=well), "slow:a") == TroubleSign(False, NOW - 47, NOW - 47)


def test_journeys_before_the_window_tell_nothing_of_latency() -> None:
    assert sign(hub(samples=timed("a", 11, 11, 11, 11, 11, since=NOW - 51)), "slow:a") == UNKNOWN


def of_mire(*took: int) -> list[Sample]:
    return [Sample(Kind.MIRE, None, NOW - 50 + 10 * n, True, {"mire": us}) for n, us in enumerate(took)]


SLOW, WELL = (11,) * 5, (10,) * 5


@pytest.mark.parametrize(
    ("mire", "idps", "found"),
    [
        (SLOW, (), TroubleSign(True, NOW - 50, NOW - 10)),
        (WELL, (), TroubleSign(False, NOW - 50, NOW - 50)),
        ((), (SLOW,), UNKNOWN),  # one is no several
        ((), (SLOW, WELL), TroubleSign(False, NOW - 50, NOW - 50)),
        ((), (SLOW, SLOW), TroubleSign(True, NOW - 50, NOW - 10)),
        ((), (SLOW, SLOW, ()), TroubleSign(True, NOW - 50, NOW - 10)),
        ((), (SLOW, SLOW, WELL), TroubleSign(True, NOW - 50, NOW - 10)),
        ((10, 10, 11, 11, 11), (SLOW,), TroubleSign(True, NOW - 30, NOW - 10)),  # the mire's own: one IdP adds nothing
        ((10, 10, 11, 11, 11), (SLOW, SLOW), TroubleSign(True, NOW - 50, NOW - 10)),
        ((10, 10, 10, 11, 10), (WELL, (11, 10, 10, 10, 10)), TroubleSign(False, NOW - 20, NOW - 20)),
        ((), (), UNKNOWN),
    ],
)
def test_a_hub_is_slow_when_its_mire_is_or_most_of_several_idps(
    mire: tuple[int, ...], idps: tuple[tuple[int, ...], ...], found: TroubleSign
) -> None:
    samples = of_mire(*mire) + [each for name, took in zip("abc", idps, strict=False) for each in timed(name, *took)]
    assert sign(hub(samples=samples), "slow") == found


def test_two_slow_idps_of_four_are_not_most() -> None:
    samples = [each for name, took in zip("abcd", (SLOW, SLOW, WELL, WELL), strict=True) for each in timed(name, *took)]
    assert sign(hub(idps=tuple("abcd"), samples=samples), "slow").bad is False


# --- what the hub accepts and must refuse


def proof(name: str, vantage: str, at: int, *, accepted: bool) -> NegativeSample:
    return NegativeSample(name, vantage, at, accepted)


@given(st.lists(st.tuples(st.sampled_from(["x", "y"]), st.booleans()), max_size=6))
def test_two_journeys_in_a_row_of_one_vantage_decide(found: list[tuple[str, bool]]) -> None:
    """docs/incidents.md, "Security": one vantage is enough to open it, and all must see the end."""
    proofs = [proof("client", vantage, at, accepted=accepted) for at, (vantage, accepted) in enumerate(found)]
    others = [proof("idp", "x", 1, accepted=True), proof("client", "x", NOW + 1, accepted=True)]  # another, and the future
    (sign,) = (
        sign
        for about, sign in present_signs(hub(negatives=("client",), proofs=[*proofs, *others]), (), TERMS).items()
        if about == about_negative("fc", "client")
    )
    ends = [[accepted for by, accepted in found if by == vantage][-2:] for vantage in {by for by, _ in found}]
    if [True, True] in ends:
        assert sign.bad is True
        assert all(proofs[at].accepted for at in (sign.first_us, sign.last_us))
    elif ends and all(end == [False, False] for end in ends):
        assert sign.bad is False
        assert not any(proofs[at].accepted for at in (sign.first_us, sign.last_us))
    else:
        assert sign == UNKNOWN


def test_a_security_incident_is_of_severity_1_and_does_not_block() -> None:
    about = about_negative("fc", "code")
    assert about == IncidentDraft(Scope("fc", "security:code"), Origin.SECURITY, Severity.CRITICAL, None)
    assert not about.blocking


def test_the_latest_acceptance_tells_what_was_accepted() -> None:
    proofs = [proof("client", "x", 3, accepted=True), proof("client", "y", 5, accepted=True), proof("client", "y", 7, accepted=False)]
    stand = hub(negatives=("client",), proofs=proofs)
    assert latest_acceptance(stand, Scope("fc", "security:client")) == proofs[1]
    assert latest_acceptance(stand, Scope("fc", "security:idp")) is None
    assert latest_acceptance(stand, Scope("fc", "shared")) is None
