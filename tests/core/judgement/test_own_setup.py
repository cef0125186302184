"""What depends on our own settings says nothing of hub or IdP until it has passed once with them
(docs/domain.md, "Never passed yet")."""

from dataclasses import dataclass, replace
from itertools import takewhile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.core.judgement.attribution import Failure, PageKind, Party, attribute
from probe.core.judgement.condition import C1, C2, C3, State, journey_of
from probe.core.judgement.corroboration import (
    ANY,
    KEPT,
    LOGIN_PAUSE_US,
    Neighbours,
    adopt,
    corroborate,
    forget_unwatched,
    has_passed,
    held_back,
    learn,
    remember,
    remember_passed,
)
from probe.core.judgement.fold import HubState, begin, fold
from probe.core.judgement.hub_codes import CodeClass
from probe.core.judgement.observation import Fault, Kind, Observation, Outcome, Reason, SetupPart, Step
from probe.core.judgement.own_setup import IN_ORDER, digests, passed_parts, written
from probe.core.judgement.own_setup import dependence as depends
from probe.core.judgement.own_trouble import HUB
from tests.builders import BEGUN, MINUTE, SECOND, SPEC, journey, mire, seen

P = SetupPart
FAILED, INCONCLUSIVE = Outcome.FAILED, Outcome.INCONCLUSIVE
SETUP = written({part: f"{part.value}-1" for part in IN_ORDER})


def other(part: SetupPart, setup: str = SETUP) -> str:
    """The same settings, with another value in one part."""
    return written({**digests(setup), part: f"{part.value}-2"})


def failing(part: SetupPart, at: float = 60, setup: str = SETUP, idp: str | None = "ameli", **more: object) -> Observation:
    """A login that fails in this part of the set-up."""
    step, reason, fault = {
        P.MIRE: (Step.MIRE, Reason.NOT_THE_MIRE, Fault.HUB),
        P.LOGIN_PAGE: (Step.IDP_LOGIN_PAGE, Reason.LOGIN_PAGE_MISSING, Fault.IDP),
        P.LOGIN: (Step.IDP_LOGIN, Reason.IDP_ERROR, Fault.IDP),
        P.RETURN: (Step.CONSENT, Reason.HUB_ERROR, Fault.HUB),
        P.TOKEN: (Step.TOKEN, Reason.ID_TOKEN, Fault.HUB),
        P.USERINFO: (Step.USERINFO, Reason.SIGNATURE, Fault.HUB),
        P.CLAIMS: (Step.CLAIMS, Reason.CLAIMS_MISMATCH, Fault.HUB),
    }[part]
    late = IN_ORDER.index(part) > IN_ORDER.index(P.LOGIN)
    built = seen(Kind.IDENTITY, at, FAILED, idp, fault=fault, reason=reason, step=step, authenticated=late, setup=setup, part=part)
    return replace(built, **more)  # type: ignore[arg-type]


def well(at: float = 0, setup: str = SETUP, idp: str = "ameli") -> Observation:
    return journey(idp, at, setup=setup)


def kept(*before: Observation) -> Neighbours:
    near = Neighbours(passed={})
    for each in before:
        remember(corroborate(each, near), near, 3)
    return near


PROTECTED = [part for part in IN_ORDER if part is not P.CLIENT]


@pytest.mark.parametrize("part", PROTECTED, ids=str)
def test_a_failure_in_a_part_that_never_passed_is_ours_and_keeps_its_reason(part: SetupPart) -> None:
    settled = corroborate(failing(part), kept())
    assert settled == replace(failing(part), outcome=INCONCLUSIVE, fault=Fault.SP)
    assert settled.never_passed
    assert corroborate(settled, kept()) == settled


@pytest.mark.parametrize("part", PROTECTED, ids=str)
def test_a_part_that_passed_once_is_judged_until_its_own_settings_change(part: SetupPart) -> None:
    near = kept(well())
    assert corroborate(failing(part), near) == failing(part)
    assert corroborate(failing(part, setup=other(part)), near).never_passed
    for another in PROTECTED:
        if another is not part:
            assert corroborate(failing(part, setup=other(another)), near).outcome is FAILED


@pytest.mark.parametrize("part", PROTECTED, ids=str)
def test_a_journey_vouches_for_the_parts_before_the_one_that_it_failed_in_and_for_no_later_one(part: SetupPart) -> None:
    near = kept(failing(part))
    passed = {each for each in IN_ORDER if has_passed(near, HUB if each in (P.CLIENT, P.MIRE) else "ameli", each, digests(SETUP)[each])}
    before = IN_ORDER[: IN_ORDER.index(part)] if part is not P.MIRE else ()
    assert passed == set(before)


def test_what_passed_at_one_idp_says_nothing_of_another_but_for_the_mire() -> None:
    near = kept(well())
    assert corroborate(failing(P.LOGIN, idp="yris"), near).never_passed
    assert corroborate(failing(P.MIRE, idp="yris"), near).outcome is FAILED
    assert corroborate(replace(failing(P.MIRE), kind=Kind.MIRE, idp=None), near).outcome is FAILED


def test_an_observation_without_digests_is_judged_as_it_always_was() -> None:
    assert corroborate(failing(P.LOGIN, setup=""), kept()) == failing(P.LOGIN, setup="")
    assert corroborate(failing(P.LOGIN), Neighbours()) == failing(P.LOGIN)


def test_only_the_latest_settings_that_passed_are_remembered_and_an_older_one_may_come_back() -> None:
    setups = [written({P.LOGIN: f"login-{number}"}) for number in range(KEPT + 1)]
    near = kept(*(well(number, each) for number, each in enumerate(setups)))
    assert [has_passed(near, "ameli", P.LOGIN, f"login-{number}") for number in range(KEPT + 1)] == [False] + KEPT * [True]
    assert corroborate(failing(P.LOGIN, setup=setups[1]), near).outcome is FAILED


# --- against an oracle


@dataclass(frozen=True)
class Run:
    """One login: at which IdP, with which settings, how far it got (None: all the way)."""

    idp: str
    setup: tuple[int, ...]
    ends: SetupPart | None

    def observation(self, at: int) -> Observation:
        setup = written({part: f"{part.value}-{value}" for part, value in zip(IN_ORDER, self.setup, strict=True)})
        return well(at, setup, self.idp) if self.ends is None else failing(self.ends, at, setup, self.idp)


runs = st.lists(
    st.builds(
        Run,
        st.sampled_from(("ameli", "yris")),
        st.tuples(*(st.integers(0, 1) for _ in IN_ORDER)),
        st.one_of(st.none(), st.sampled_from(PROTECTED)),
    ),
    max_size=14,
)


def is_ours(before: list[Run], run: Run) -> bool:
    """By brute force: whether no run before got past this part, with this value of it."""
    if run.ends is None:
        return False
    place = IN_ORDER.index(run.ends)

    def got_past(earlier: Run) -> bool:
        end = len(IN_ORDER) if earlier.ends is None else IN_ORDER.index(earlier.ends)
        same_place = earlier.idp == run.idp or run.ends is P.MIRE
        return same_place and earlier.setup[place] == run.setup[place] and end > place

    return not any(got_past(earlier) for earlier in before)


@given(runs)
def test_every_login_is_corroborated_as_the_oracle_says(history: list[Run]) -> None:
    near = Neighbours(passed={})
    for number, run in enumerate(history):
        told = corroborate(run.observation(number), near)
        assert told.never_passed is is_ours(history[:number], run), f"run {number} of {history}"
        assert told.outcome is (Outcome.OK if run.ends is None else INCONCLUSIVE if told.never_passed else FAILED)
        remember(told, near, 3)


# --- an outage that is open


def story(*observations: Observation) -> dict[str, list[State]]:
    """Fold the observations as the recorder does. Return the states that each subject had."""
    near, (state, rows) = Neighbours(passed={}), begin(SPEC, BEGUN)
    for each in observations:
        told = corroborate(each, near, state.signals)
        remember(told, near, SPEC.vouches)
        rows = rows + fold(state, told)
    return {subject: [status.state for _, status in tail.points] for subject, tail in state.tails.items()}


def test_a_setting_that_changes_in_the_middle_of_an_outage_does_not_end_it() -> None:
    """docs/domain.md: "A setting that is changed while a journey fails leaves the open outage open,
    until a journey passes or a person corrects it".
    """
    opened = [mire(0), well(0), failing(P.LOGIN, 10), failing(P.LOGIN, 11)]
    changed = [failing(P.LOGIN, at, other(P.LOGIN)) for at in (20, 30, 40)]
    assert story(*opened, mire(20), *changed, mire(41))[journey_of("ameli")][-1] is State.DOWN
    mended = [well(50, other(P.LOGIN)), well(51, other(P.LOGIN))]
    assert story(*opened, mire(20), *changed, mire(41), *mended)[journey_of("ameli")][-1] is State.UP


def trouble(part: SetupPart) -> list[Observation]:
    """After a good minute `ameli` fails in a part that has passed; `yris` is not asked."""
    return [mire(0), well(0), failing(part, 10), failing(part, 11)]


@pytest.mark.parametrize("wrong", PROTECTED, ids=str)
@pytest.mark.parametrize("stands", [P.LOGIN_PAGE, P.LOGIN, P.TOKEN, P.CLAIMS], ids=str)
def test_a_setting_that_is_wrong_neither_ends_nor_hides_an_outage_unless_a_journey_got_past_it(stands: SetupPart, wrong: SetupPart) -> None:
    """docs/domain.md: "an outage that is open goes on meanwhile as it was told"."""
    subject = C2 if stands in (P.TOKEN, P.CLAIMS) else journey_of("ameli")
    changed = [each for at in range(20, 3_600, 10) for each in (mire(at), failing(wrong, at, other(wrong)))]
    if wrong is stands:  # the same trouble goes on as it did
        changed = [replace(each, reason=Reason.PROTOCOL) if each.kind is Kind.IDENTITY else each for each in changed]
    past = IN_ORDER.index(wrong) > IN_ORDER.index(stands)
    near, (state, _) = Neighbours(passed={}), begin(SPEC, BEGUN)
    for each in [*trouble(stands), *changed]:
        told = corroborate(each, near, state.signals)
        assert told.never_passed is (each.kind is Kind.IDENTITY and each.started_us >= BEGUN + 20 * SECOND)
        remember(told, near, SPEC.vouches)
        fold(state, told)
    now = state.tails[subject].points[-1][1]
    assert now.state is (State.UNKNOWN if past else State.DOWN)
    if not past:  # what we see by our wrong settings is not what the outage is told by
        assert (now.cause and now.cause.step) == failing(stands).step
    other_subjects = [each for each in (C1, C3, journey_of("ameli"), C2) if each != subject]
    assert State.DOWN not in {status.state for each in other_subjects for _, status in state.tails[each].points}


def test_what_our_wrong_setting_keeps_open_is_no_evidence_against_an_idp_once_another_returns_identities() -> None:
    """Both IdPs lose the identity; then our settings are wrong at one, and the hub is mended: it is
    known by the other that the hub is well, and nobody knows anything of this one.
    """
    lost = [each for at in (10, 11) for name in ("ameli", "yris") for each in [failing(P.TOKEN, at, idp=name)]]
    wrong = [failing(P.LOGIN_PAGE, at, other(P.LOGIN_PAGE)) for at in range(20, 80, 10)]
    mended = [well(at, idp="yris") for at in (45, 46, 55, 65, 75)]
    rest = sorted([*wrong, *mended, *(mire(at) for at in range(0, 80, 10))], key=lambda each: each.finished_us)
    had = story(well(0), well(1, idp="yris"), *lost, *rest)
    assert (had[C2][-1], had[journey_of("ameli")][-1], had[journey_of("yris")][-1]) == (State.UP, State.UNKNOWN, State.UP)
    assert State.DOWN in had[C2]
    assert State.DOWN not in had[journey_of("ameli")]


@pytest.mark.parametrize("part", PROTECTED, ids=str)
def test_a_mistake_that_is_repeated_for_an_hour_is_no_outage_of_anybody(part: SetupPart) -> None:
    wrong = [each for at in range(0, 3_600, 10) for each in (mire(at), well(at, idp="yris"), failing(part, at, other(part)))]
    if part is P.MIRE:
        wrong = [replace(failing(part, at, other(part)), kind=Kind.MIRE, idp=None) for at in range(0, 3_600, 10)]
    states = story(*wrong)
    assert not {subject for subject, had in states.items() if State.DOWN in had or State.BLIP in had}
    assert all(subject in states for subject in (C1, C2, C3))


# --- which failures depend on what


def dependence(failure: Failure) -> SetupPart | None:
    return depends(failure, attribute(failure))


TROUBLES: list[dict[str, object]] = [
    {"transport": Reason.DNS},
    {"transport": Reason.TLS},
    {"transport": Reason.TIMEOUT},
    {"status": 500, "check": Reason.HTTP_STATUS},
    {"status": 503, "page": PageKind.OTHER},
    {"page": PageKind.HUB_ERROR, "status": 400, "codes": frozenset({CodeClass.STORE})},
    {"oauth_error": "server_error"},
    {"check": Reason.CREDENTIALS_REFUSED},
    {"check": Reason.TURNED_AWAY},
    {"check": Reason.NEGATIVE_PASSED},
]


@pytest.mark.parametrize("step", [step for step in Step if step is not Step.DIRECT])
@pytest.mark.parametrize("trouble", TROUBLES, ids=str)
def test_what_no_setting_explains_is_judged_from_the_first_run(step: Step, trouble: dict[str, object]) -> None:
    party = Party.IDP if step in (Step.IDP_LOGIN_PAGE, Step.IDP_LOGIN) else Party.HUB
    assert dependence(Failure(step, party, chosen=True, authenticated=True, **trouble)) is None  # type: ignore[arg-type]


@pytest.mark.parametrize("trouble", TROUBLES, ids=str)
def test_whatever_fails_at_direct_may_be_a_mistake_in_its_address_until_it_has_passed(trouble: dict[str, object]) -> None:
    failure = Failure(Step.DIRECT, Party.IDP, **trouble)  # type: ignore[arg-type]
    failed = attribute(failure).outcome is FAILED and failure.check is not Reason.NEGATIVE_PASSED
    assert dependence(failure) is (P.DIRECT if failed else None)


@pytest.mark.parametrize(
    ("failure", "part"),
    [
        (Failure(Step.DISCOVERY, Party.HUB, check=Reason.ISSUER_MISMATCH), P.MIRE),
        (Failure(Step.AUTHORIZE, Party.HUB, status=400, check=Reason.HTTP_STATUS), P.MIRE),
        (Failure(Step.AUTHORIZE, Party.HUB, status=200, page=PageKind.HUB_ERROR), P.MIRE),
        (Failure(Step.MIRE, Party.HUB, check=Reason.NO_IDP_SELECTABLE), P.MIRE),
        (Failure(Step.SP_CALLBACK, Party.HUB, oauth_error="login_required"), P.MIRE),
        (Failure(Step.REDIRECT_TO_IDP, Party.OTHER, check=Reason.UNEXPECTED_HOST, chosen=True), P.LOGIN_PAGE),
        (Failure(Step.REDIRECT_TO_IDP, Party.HUB, page=PageKind.MIRE, chosen=True), P.LOGIN_PAGE),
        (Failure(Step.IDP_LOGIN_PAGE, Party.IDP, check=Reason.LOGIN_PAGE_MISSING, status=200, chosen=True), P.LOGIN_PAGE),
        # where the hub sent the browser, whatever our recipe is
        (Failure(Step.IDP_LOGIN_PAGE, Party.IDP, check=Reason.HTTP_STATUS, status=404, chosen=True), None),
        (Failure(Step.IDP_LOGIN, Party.IDP, check=Reason.HTTP_STATUS, status=404, chosen=True), P.LOGIN),
        (Failure(Step.IDP_LOGIN, Party.IDP, check=Reason.IDP_ERROR, chosen=True), P.LOGIN),
        # the button "cancel" was pressed, or the IdP is ill
        (Failure(Step.OIDC_CALLBACK, Party.HUB, page=PageKind.IDP_ERROR_BANNER, chosen=True, idp_error="access_denied"), P.LOGIN),
        (Failure(Step.OIDC_CALLBACK, Party.HUB, page=PageKind.IDP_ERROR_BANNER, chosen=True, idp_error="server_error"), None),
        (Failure(Step.CONSENT, Party.HUB, page=PageKind.HUB_ERROR, status=200, chosen=True, authenticated=True), P.RETURN),
        (Failure(Step.SP_CALLBACK, Party.HUB, check=Reason.STATE_MISMATCH, chosen=True, authenticated=True), P.RETURN),
        (Failure(Step.TOKEN, Party.HUB, check=Reason.ID_TOKEN, authenticated=True), P.TOKEN),
        (Failure(Step.JWKS, Party.HUB, check=Reason.SIGNATURE, authenticated=True), P.TOKEN),
        (Failure(Step.JWKS, Party.HUB, check=Reason.SIGNATURE, authenticated=True, for_userinfo=True), P.USERINFO),
        (Failure(Step.USERINFO, Party.HUB, check=Reason.SIGNATURE, authenticated=True), P.USERINFO),
        (Failure(Step.CLAIMS, Party.HUB, check=Reason.CLAIMS_MISSING, authenticated=True), P.CLAIMS),
        (Failure(Step.DIRECT, Party.IDP, check=Reason.IDP_ERROR, status=200), P.DIRECT),
        # the code says whose it is; but identity and level are the account's, until they passed
        (Failure(Step.OIDC_CALLBACK, Party.HUB, codes=frozenset({CodeClass.IDP_TOKEN}), status=400, authenticated=True), None),
        (Failure(Step.OIDC_CALLBACK, Party.HUB, codes=frozenset({CodeClass.IDP_IDENTITY}), status=400, authenticated=True), P.CLAIMS),
        (Failure(Step.AUTHORIZE, Party.HUB, codes=frozenset({CodeClass.REQUEST_REFUSED}), status=400), None),  # ours anyway
    ],
)
def test_a_failure_depends_on_the_part_that_it_happened_in(failure: Failure, part: SetupPart | None) -> None:
    assert dependence(failure) is part


def test_a_journey_at_a_single_backend_and_a_journey_of_another_kind_vouch_for_nothing() -> None:
    assert passed_parts(replace(mire(0), backend="node1")) == ()
    assert passed_parts(seen(Kind.NEGATIVE, 0, idp="client")) == ()
    assert passed_parts(seen(Kind.CONTROL, 0, idp="net")) == ()
    assert passed_parts(seen(Kind.DIRECT, 0, idp="ameli")) == (P.DIRECT,)
    assert passed_parts(seen(Kind.LOGIN_PAGE, 0, idp="ameli")) == (P.CLIENT, P.MIRE, P.LOGIN_PAGE)
    assert passed_parts(seen(Kind.IDENTITY, 0, INCONCLUSIVE, "ameli", reason=Reason.IDP_NOT_OFFERED, step=Step.MIRE)) == (P.CLIENT, P.MIRE)


# --- across vantages, restarts and upgrades


def test_what_passed_at_another_vantage_has_passed() -> None:
    here, there = kept(), kept(well())
    learn(here, there)
    assert corroborate(failing(P.CLAIMS), here).outcome is FAILED
    assert corroborate(failing(P.CLAIMS, setup=other(P.CLAIMS)), here).never_passed


def older(*observations: Observation) -> tuple[Neighbours, HubState]:
    """The memory of a Vigie that kept no digests."""
    near, (state, _) = Neighbours(), begin(SPEC, BEGUN)
    for each in observations:
        fold(state, replace(each, setup=""))
    adopt(near, state)
    return near, state


def test_an_upgrade_takes_over_as_passed_what_was_ever_up_before() -> None:
    near, _ = older(mire(0), well(0), mire(10), well(10))
    assert near.passed is not None
    assert near.passed["ameli"][P.CLAIMS] == [ANY]
    assert "yris" not in near.passed
    assert corroborate(failing(P.CLAIMS), near).outcome is FAILED
    assert corroborate(failing(P.CLAIMS, idp="yris"), near).never_passed
    # those are the settings in force when the next journey is seen; others have not passed
    remember(failing(P.MIRE), near, 3)
    assert corroborate(failing(P.CLAIMS), near).outcome is FAILED
    assert corroborate(failing(P.CLAIMS, setup=other(P.CLAIMS)), near).never_passed


def test_an_upgrade_of_a_watch_that_never_saw_anything_takes_nothing_over() -> None:
    near, state = older()
    assert near.passed == {}
    adopt(near, state)
    assert near.passed == {}


# --- what people are told, and the account


def test_since_when_a_part_has_never_passed_is_kept_until_it_passes_or_the_settings_change() -> None:
    near = kept(failing(P.LOGIN, 0), failing(P.LOGIN, 60))
    told = near.never_passed["ameli"]
    assert (told.part, told.since_us, told.latest_us, told.times) == (P.LOGIN, BEGUN, BEGUN + MINUTE, 2)
    remember(corroborate(failing(P.LOGIN, 120, other(P.LOGIN)), near), near, 3)
    assert near.never_passed["ameli"].since_us == BEGUN + 2 * MINUTE
    remember(seen(Kind.LOGIN_PAGE, 130, idp="ameli", setup=other(P.LOGIN)), near, 3)
    assert "ameli" in near.never_passed  # the login page was never in doubt
    remember(failing(P.RETURN, 140, other(P.LOGIN)), near, 3)
    assert near.never_passed == {}


def test_a_mire_that_never_passed_is_told_of_the_hub_and_not_of_each_idp() -> None:
    assert set(kept(failing(P.MIRE), failing(P.MIRE, idp="yris")).never_passed) == {HUB}


def test_a_backend_that_is_asked_by_itself_tells_nothing_of_what_passed() -> None:
    near = Neighbours(passed={})
    remember_passed(replace(corroborate(failing(P.MIRE), near), backend="one"), near)
    assert (near.passed, near.never_passed) == ({}, {})
    remember_passed(corroborate(failing(P.MIRE), near), near)
    assert set(near.never_passed) == {HUB}


def test_an_idp_that_is_no_longer_watched_is_forgotten() -> None:
    near = kept(failing(P.LOGIN, idp="gone"), failing(P.LOGIN, idp="ameli"))
    forget_unwatched(near, begin(SPEC, BEGUN)[0])
    assert set(near.never_passed) == {"ameli"}


def test_a_login_that_was_tried_in_vain_and_never_passed_waits_for_an_hour_lest_the_account_be_locked() -> None:
    login = digests(SETUP)[P.LOGIN]
    near = kept(failing(P.LOGIN, 0), failing(P.LOGIN, 60))
    assert not held_back(near, "ameli", login, 3, BEGUN + 61 * SECOND)
    remember(corroborate(failing(P.LOGIN, 120), near), near, 3)
    latest = BEGUN + 120 * SECOND
    assert held_back(near, "ameli", login, 3, latest + LOGIN_PAUSE_US - 1)
    assert not held_back(near, "ameli", login, 3, latest + LOGIN_PAUSE_US)
    assert not held_back(near, "ameli", "mended", 3, latest + 1)  # a correction is tried at once
    assert not held_back(near, "yris", login, 3, latest + 1)
    assert not held_back(kept(*(failing(P.CLAIMS, at) for at in range(5))), "ameli", login, 3, BEGUN + 10)


# --- witnesses


DIRECT_SETUP = written({P.DIRECT: "direct-1"})
DIRECT_TROUBLES = (Reason.DNS, Reason.CONNECT, Reason.TLS, Reason.TIMEOUT, Reason.HTTP_STATUS, Reason.IDP_ERROR)


def asked_directly(at: float, reason: Reason | None = None, setup: str = DIRECT_SETUP) -> Observation:
    if reason is None:
        return seen(Kind.DIRECT, at, idp="ameli", setup=setup)
    told = {"fault": Fault.IDP, "reason": reason, "step": Step.DIRECT, "part": P.DIRECT}
    return seen(Kind.DIRECT, at, FAILED, "ameli", setup=setup, **told)


@pytest.mark.parametrize("reason", DIRECT_TROUBLES, ids=str)
def test_a_direct_that_never_passed_witnesses_nothing_whatever_its_trouble_is(reason: Reason) -> None:
    """A mistyped host, at an IdP that loses its identity alone: that is C2, and no IdP is down."""
    only = replace(SPEC, idps=SPEC.idps[:1])
    known = [mire(0), well(0)]
    rounds = [each for at in range(10, 60, 10) for each in (mire(at), asked_directly(at, reason), failing(P.TOKEN, at))]
    for passed_before, expected in ((False, (State.DOWN, State.UNKNOWN)), (True, (State.UNKNOWN, State.DOWN))):
        near, (state, _) = Neighbours(passed={}), begin(only, BEGUN)
        for each in [*known, *([asked_directly(1)] if passed_before else []), *rounds]:
            told = corroborate(each, near, state.signals)
            remember(told, near, only.vouches)
            fold(state, told)
        c2, idp = (state.tails[subject].points[-1][1].state for subject in (C2, journey_of("ameli")))
        assert (c2, idp) == expected


@pytest.mark.parametrize("reason", DIRECT_TROUBLES, ids=str)
def test_tiles_greyed_for_us_only_are_told_so_whatever_a_direct_says_that_never_passed(reason: Reason) -> None:
    greyed = replace(mire(20), outcome=FAILED, fault=Fault.HUB, reason=Reason.NO_IDP_SELECTABLE, step=Step.MIRE)
    yris = replace(asked_directly(2), idp="yris")
    assert corroborate(greyed, kept(yris, asked_directly(3, reason))).reason is Reason.TILES_GREYED
    assert corroborate(greyed, kept(yris, asked_directly(1), asked_directly(3, reason))).reason is Reason.NO_IDP_SELECTABLE


def control(name: str, at: float, *, good: bool, setup: str = "control:1") -> Observation:
    told = {} if good else {"fault": Fault.NETWORK, "reason": Reason.DNS, "step": Step.CONTROL}
    return seen(Kind.CONTROL, at, Outcome.OK if good else FAILED, name, setup=setup, **told)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(("one", "two", "hub")),
            st.booleans(),  # whether it answers
            st.sampled_from(("control:1", "control:2")),
        ),
        max_size=12,
    )
)
def test_control_targets_witness_a_lost_network_as_the_oracle_says(history: list[tuple[str, bool, str]]) -> None:
    """A target that never answered with its present settings witnesses nothing, once anything else
    has answered. So a network that was never there is ours, and a mistyped target hides nothing.
    """
    near, no_name = Neighbours(passed={}), no_mire_by_dns(0)
    for number, (name, answers, setup) in enumerate(history):
        asked = mire(number) if answers else no_mire_by_dns(number)
        remember(asked if name == "hub" else control(name, number, good=answers, setup=setup), near, 3)
    latest = {name: (answers, setup) for name, answers, setup in history if name != "hub"}
    reached = any(name == "hub" and answers for name, answers, _ in history)

    def ever(name: str) -> bool:
        """Whether it answered since its settings were last changed."""
        own = [(answers, setup) for other_name, answers, setup in history if other_name == name]
        since = takewhile(lambda each: each[1] == own[-1][1], reversed(own))
        return any(answers for answers, _ in since)

    witnesses = [name for name in latest if ever(name) or not reached]
    lost = bool(witnesses) and not any(latest[name][0] for name in witnesses)
    assert (corroborate(no_name, near).fault is Fault.NETWORK) is lost
    assert near.never_answered == sorted(name for name in latest if not ever(name))


def no_mire_by_dns(at: float) -> Observation:
    return seen(Kind.MIRE, at, FAILED, fault=Fault.HUB, reason=Reason.DNS, step=Step.AUTHORIZE, on_hub=True)


def test_a_network_that_is_lost_is_told_of_no_part_of_our_settings() -> None:
    near = kept(control("one", 0, good=True), control("one", 60, good=False))
    told = corroborate(asked_directly(60, Reason.DNS), near)
    assert (told.outcome, told.fault, told.part, told.never_passed) == (INCONCLUSIVE, Fault.NETWORK, None, False)


@pytest.mark.parametrize("part", PROTECTED, ids=str)
def test_an_outage_that_goes_on_with_a_setting_that_never_passed_is_remembered_until_it_passes(part: SetupPart) -> None:
    """It counts, as it was open before; but people are told that the failure may be ours."""
    near, changed = kept(well()), other(part)
    remember(failing(part, 50), near, 3)
    assert near.unproven == {}
    for at in (60, 70):
        remember(failing(part, at, changed), near, 3)
    owner = HUB if part is P.MIRE else "ameli"
    assert {name: (each.part, each.since_us, each.times) for name, each in near.unproven.items()} == {owner: (part, BEGUN + 60 * SECOND, 2)}
    remember(well(80), near, 3)  # with the old settings again
    assert near.unproven == {}
    remember(failing(part, 90, changed), near, 3)
    remember(failing(part, 100), near, 3)  # with the old settings again, as before
    assert near.unproven == {}


@pytest.mark.parametrize("memory", ["unproven", "never_passed"])
def test_a_witness_that_never_passed_displaces_no_part_of_a_journey(memory: str) -> None:
    near = kept(well())
    for number, part in enumerate((P.LOGIN, P.DIRECT, P.LOGIN, P.DIRECT)):
        login = failing(P.LOGIN, 60 + number, other(P.LOGIN))
        told = login if part is P.LOGIN else replace(asked_directly(60 + number, Reason.HTTP_STATUS), setup=other(P.DIRECT))
        remember(told if memory == "unproven" else corroborate(told, near), near, 3)
    [told_of] = getattr(near, memory).values()
    assert (told_of.part, told_of.since_us, told_of.times) == (P.LOGIN, BEGUN + 60 * SECOND, 2)
