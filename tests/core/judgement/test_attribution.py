"""Whose failure is it: the table of docs/hub.md, "Error codes", row by row, and the rules of
docs/domain.md."""

from dataclasses import replace

import pytest

from probe.config.models import CodeTable
from probe.config.profiles import built_in_codes
from probe.core.judgement.attribution import TABLE, AttributionRow, Blame, Failure, PageKind, Party, attribute, own_reason
from probe.core.judgement.hub_codes import CodeClass, HubCodes
from probe.core.judgement.observation import Fault, Outcome, Reason, Step
from tests.error_codes import EVERY_CODE, Told

FAILED, INCONCLUSIVE = Outcome.FAILED, Outcome.INCONCLUSIVE

FRANCECONNECT = built_in_codes(CodeTable.FRANCECONNECT)


@pytest.mark.parametrize("expected", EVERY_CODE, ids=str)
def test_each_code_of_the_table_has_its_outcome_its_fault_and_its_reason(expected: Told) -> None:
    step = expected.step
    chosen = expected.late or step is Step.REDIRECT_TO_IDP
    page = PageKind.NONE if step in (Step.TOKEN, Step.USERINFO) else PageKind.HUB_ERROR
    codes = FRANCECONNECT.classes(expected.code)
    blame = attribute(Failure(step, Party.HUB, None, expected.status, page, codes, chosen=chosen, authenticated=expected.late))
    assert (blame.outcome, blame.fault, blame.reason) == (expected.outcome, expected.fault, expected.reason)


def test_every_class_of_codes_has_a_row_and_a_code_of_franceconnect_that_is_tested() -> None:
    in_rows = {row.code for row in TABLE if row.code}
    tested = {each for one in EVERY_CODE for each in FRANCECONNECT.classes(one.code)}
    assert in_rows == tested == set(CodeClass)


def test_a_code_must_match_a_whole_pattern_and_may_be_of_several_classes() -> None:
    codes = HubCodes({CodeClass.STORE: ["E[0-9]", "F1"], CodeClass.HUB: ["E1"]})
    assert codes.classes("E1") == {CodeClass.STORE, CodeClass.HUB}
    assert codes.classes("F1") == {CodeClass.STORE}
    assert codes.classes("E12") == codes.classes("xE1") == codes.classes("E1\n") == codes.classes("") == codes.classes(None) == set()


@pytest.mark.parametrize(
    ("code", "step", "named"),
    [
        ("Y020026", Step.OIDC_CALLBACK, True),
        ("Y010011", Step.VERIFY, True),
        ("Y000000", Step.VERIFY, True),  # "Mongo down"
        # "confirm by another IdP + direct GET of the IdP's discovery"
        ("Y000000", Step.REDIRECT_TO_IDP, False),
        ("Y020017", Step.REDIRECT_TO_IDP, False),  # "neither FC nor IdP outage"
        ("Y999999", Step.OIDC_CALLBACK, False),
        ("106", Step.OIDC_CALLBACK, False),
        (None, Step.OIDC_CALLBACK, False),
    ],
)
def test_only_a_code_that_the_table_knows_names_whose_fault_it_is(code: str | None, step: Step, named: bool) -> None:
    """What a code that nobody knows leaves to be guessed, other IdPs and `direct` may correct."""
    late = step is not Step.REDIRECT_TO_IDP
    codes = FRANCECONNECT.classes(code)
    failure = Failure(step, Party.HUB, status=500, page=PageKind.HUB_ERROR, codes=codes, chosen=True, authenticated=late)
    assert attribute(failure).coded is named


@pytest.mark.parametrize("reason", [Reason.DNS, Reason.CONNECT, Reason.TLS, Reason.RESET, Reason.PROTOCOL, Reason.TOO_LARGE])
@pytest.mark.parametrize(
    ("step", "party", "fault", "authenticated"),
    [
        (Step.AUTHORIZE, Party.HUB, Fault.HUB, False),
        (Step.REDIRECT_TO_IDP, Party.HUB, Fault.HUB, False),
        (Step.IDP_LOGIN_PAGE, Party.IDP, Fault.IDP, False),
        (Step.IDP_LOGIN, Party.IDP, Fault.IDP, False),
        (Step.OIDC_CALLBACK, Party.HUB, Fault.HUB, True),
        (Step.USERINFO, Party.HUB, Fault.HUB, True),
        (Step.DIRECT, Party.IDP, Fault.IDP, False),
        (Step.CONTROL, Party.OTHER, Fault.NETWORK, False),
    ],
)
def test_a_connection_that_fails_belongs_to_the_host_that_failed(
    reason: Reason, step: Step, party: Party, fault: Fault, authenticated: bool
) -> None:
    assert attribute(Failure(step, party, transport=reason, authenticated=authenticated)) == Blame(FAILED, fault, reason)


@pytest.mark.parametrize("party", Party)
@pytest.mark.parametrize("step", Step)
def test_a_head_that_browsers_read_and_we_do_not_is_nobody_s_outage(step: Step, party: Party) -> None:
    """docs/domain.md: "one cannot tell what the citizen gets"."""
    failure = Failure(step, party, transport=Reason.HEAD_REFUSED, authenticated=True)
    assert attribute(failure) == Blame(Outcome.INCONCLUSIVE, None, Reason.HEAD_REFUSED)


@pytest.mark.parametrize(
    ("step", "party", "fault", "authenticated"),
    [
        (Step.MIRE, Party.HUB, Fault.HUB, False),
        (Step.REDIRECT_TO_IDP, Party.HUB, Fault.IDP, False),  # the hub waits for the IdP's metadata
        (Step.IDP_LOGIN_PAGE, Party.IDP, Fault.IDP, False),
        (Step.OIDC_CALLBACK, Party.HUB, Fault.HUB, True),
        (Step.VERIFY, Party.HUB, Fault.HUB, True),
    ],
)
def test_a_hang_is_the_idps_until_the_browser_is_back_with_a_code_and_the_hubs_after_it(
    step: Step, party: Party, fault: Fault, authenticated: bool
) -> None:
    failure = Failure(step, party, transport=Reason.TIMEOUT, chosen=True, authenticated=authenticated)
    assert attribute(failure) == Blame(FAILED, fault, Reason.TIMEOUT)


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (Failure(Step.MIRE, Party.HUB, check=Reason.NOT_THE_MIRE, page=PageKind.OTHER), (FAILED, Fault.HUB, Reason.NOT_THE_MIRE)),
        (Failure(Step.MIRE, Party.HUB, check=Reason.NO_IDP_SELECTABLE), (FAILED, Fault.HUB, Reason.NO_IDP_SELECTABLE)),
        (Failure(Step.MIRE, Party.HUB, check=Reason.IDP_NOT_OFFERED), (INCONCLUSIVE, None, Reason.IDP_NOT_OFFERED)),
        (Failure(Step.AUTHORIZE, Party.HUB, status=503, check=Reason.HTTP_STATUS), (FAILED, Fault.HUB, Reason.HTTP_STATUS)),
        (Failure(Step.REDIRECT_TO_IDP, Party.HUB, status=502, page=PageKind.OTHER), (FAILED, Fault.HUB, Reason.HTTP_STATUS)),
        (Failure(Step.REDIRECT_TO_IDP, Party.HUB, status=504, page=PageKind.OTHER), (FAILED, Fault.IDP, Reason.HTTP_STATUS)),
        (Failure(Step.REDIRECT_TO_IDP, Party.HUB, page=PageKind.MIRE, chosen=True), (FAILED, Fault.HUB, Reason.SESSION_LOST)),
        (Failure(Step.REDIRECT_TO_IDP, Party.HUB, check=Reason.REDIRECT_LOOP), (FAILED, Fault.HUB, Reason.REDIRECT_LOOP)),
        (Failure(Step.IDP_LOGIN, Party.IDP, check=Reason.REDIRECT_LOOP), (FAILED, Fault.IDP, Reason.REDIRECT_LOOP)),
        (Failure(Step.IDP_LOGIN_PAGE, Party.IDP, check=Reason.LOGIN_PAGE_MISSING), (FAILED, Fault.IDP, Reason.LOGIN_PAGE_MISSING)),
        (Failure(Step.IDP_LOGIN, Party.IDP, check=Reason.IDP_ERROR), (FAILED, Fault.IDP, Reason.IDP_ERROR)),
        (Failure(Step.IDP_LOGIN, Party.IDP, check=Reason.CREDENTIALS_REFUSED), (INCONCLUSIVE, Fault.SP, Reason.CREDENTIALS_REFUSED)),
        (Failure(Step.IDP_LOGIN, Party.IDP, check=Reason.UNEXPECTED_HOST), (FAILED, Fault.IDP, Reason.UNEXPECTED_HOST)),
        (Failure(Step.OIDC_CALLBACK, Party.HUB, page=PageKind.IDP_ERROR_BANNER, chosen=True), (FAILED, Fault.IDP, Reason.IDP_ERROR)),
        (Failure(Step.OIDC_CALLBACK, Party.HUB, page=PageKind.MIRE, chosen=True), (FAILED, Fault.IDP, Reason.IDP_ERROR)),
        (Failure(Step.OIDC_CALLBACK, Party.HUB, page=PageKind.HUB_ERROR, chosen=True), (FAILED, Fault.IDP, Reason.IDP_ERROR)),
        (Failure(Step.OIDC_CALLBACK, Party.HUB, page=PageKind.MIRE, authenticated=True), (FAILED, Fault.HUB, Reason.SESSION_LOST)),
        (Failure(Step.VERIFY, Party.HUB, page=PageKind.MIRE, authenticated=True), (INCONCLUSIVE, None, Reason.IDP_NOT_OFFERED)),
        (Failure(Step.SP_CALLBACK, Party.HUB, chosen=True, authenticated=True), (FAILED, Fault.HUB, Reason.CODE_MISSING)),
        (Failure(Step.JWKS, Party.HUB, check=Reason.SIGNATURE, authenticated=True), (FAILED, Fault.HUB, Reason.SIGNATURE)),
        (Failure(Step.CLAIMS, Party.HUB, check=Reason.CLAIMS_MISMATCH, authenticated=True), (FAILED, Fault.HUB, Reason.CLAIMS_MISMATCH)),
        (Failure(Step.TOKEN, Party.HUB, status=502, authenticated=True), (FAILED, Fault.HUB, Reason.TOKEN_ERROR)),
        (Failure(Step.USERINFO, Party.HUB, status=502, authenticated=True), (FAILED, Fault.HUB, Reason.USERINFO_ERROR)),
        (Failure(Step.MIRE, Party.HUB, check=Reason.NEGATIVE_PASSED), (FAILED, Fault.HUB, Reason.NEGATIVE_PASSED)),
        (Failure(Step.CONTROL, Party.OTHER, check=Reason.HTTP_STATUS), (FAILED, Fault.NETWORK, Reason.HTTP_STATUS)),
        (
            Failure(Step.DIRECT, Party.IDP, status=500, page=PageKind.OTHER, check=Reason.HTTP_STATUS),
            (FAILED, Fault.IDP, Reason.HTTP_STATUS),
        ),
    ],
)
def test_what_has_no_code_is_decided_by_the_check_the_page_and_the_step(
    failure: Failure, expected: tuple[Outcome, Fault | None, Reason]
) -> None:
    assert attribute(failure) == Blame(*expected)


@pytest.mark.parametrize("error", ["invalid_acr", "invalid_request", "invalid_scope", "invalid_idp_hint", "unsupported_response_type"])
def test_an_error_of_our_own_request_on_the_sp_callback_is_our_configuration(error: str) -> None:
    failure = Failure(Step.SP_CALLBACK, Party.HUB, oauth_error=error)
    assert attribute(failure) == Blame(INCONCLUSIVE, Fault.SP, Reason.SP_CONFIGURATION)


@pytest.mark.parametrize(
    ("chosen", "authenticated", "fault", "reason"),
    [
        (False, False, Fault.HUB, Reason.HUB_ERROR),
        (True, False, Fault.IDP, Reason.IDP_ERROR),
        (True, True, Fault.HUB, Reason.CODE_MISSING),
    ],
)
def test_another_error_on_the_sp_callback_belongs_to_whoever_had_the_browser(
    chosen: bool, authenticated: bool, fault: Fault, reason: Reason
) -> None:
    failure = Failure(Step.SP_CALLBACK, Party.HUB, oauth_error="server_error", chosen=chosen, authenticated=authenticated)
    assert attribute(failure) == Blame(FAILED, fault, reason)


@pytest.mark.parametrize(("step", "error"), [(Step.TOKEN, "invalid_grant"), (Step.USERINFO, "invalid_token")])
def test_a_code_or_token_used_after_its_lifetime_is_our_slowness_and_within_it_the_hubs_error(step: Step, error: str) -> None:
    def aged(age_us: int) -> Blame:
        lived = Failure(step, Party.HUB, oauth_error=error, authenticated=True, grant_age_us=age_us, grant_lifetime_us=30_000_000)
        return attribute(replace(lived, codes=FRANCECONNECT.classes("Y040001")))

    own = Reason.TOKEN_ERROR if step is Step.TOKEN else Reason.USERINFO_ERROR
    assert aged(30_000_001) == Blame(INCONCLUSIVE, Fault.PROBER, Reason.TOO_SLOW)
    assert aged(30_000_000) == Blame(FAILED, Fault.HUB, own)


def test_a_client_that_worked_before_and_is_unknown_now_is_the_hubs_fault() -> None:
    unknown = frozenset({CodeClass.CLIENT_UNKNOWN})
    failure = Failure(Step.AUTHORIZE, Party.HUB, status=400, page=PageKind.HUB_ERROR, codes=unknown, client_known_good=True)
    assert FRANCECONNECT.classes("Y04EA6EF") >= unknown
    assert attribute(failure) == Blame(FAILED, Fault.HUB, Reason.HUB_ERROR, coded=True)


def test_an_unknown_client_that_never_worked_is_our_configuration() -> None:
    failure = Failure(Step.AUTHORIZE, Party.HUB, status=400, page=PageKind.HUB_ERROR, codes=frozenset({CodeClass.CLIENT_UNKNOWN}))
    assert attribute(failure) == Blame(INCONCLUSIVE, Fault.SP, Reason.SP_CONFIGURATION, coded=True)


def test_every_failure_that_can_be_told_has_a_blame_and_only_ours_are_without_fault_or_inconclusive() -> None:
    for step in Step:
        for party in Party:
            for page in PageKind:
                for authenticated in (False, True):
                    blame = attribute(Failure(step, party, page=page, authenticated=authenticated, status=500))
                    assert (blame.fault is None) <= (blame.outcome is INCONCLUSIVE)
                    assert blame.reason in Reason


def test_every_row_of_the_table_says_what_it_is_for_and_the_last_one_fits_everything() -> None:
    assert all(row.says for row in TABLE)
    assert TABLE[-1] == AttributionRow(TABLE[-1].says, FAILED, Fault.HUB, None)


def test_the_reason_of_a_failure_with_nothing_but_a_status_is_its_status() -> None:
    assert own_reason(Failure(Step.IDP_LOGIN_PAGE, Party.IDP, status=503)) is Reason.HTTP_STATUS
