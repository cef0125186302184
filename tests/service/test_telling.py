"""The events of a watch in words."""

from dataclasses import replace

from probe.core.judgement.condition import State, SubjectStatus
from probe.core.judgement.observation import Fault, Outcome, Reason, Step
from probe.core.judgement.signal import Cause
from probe.core.judgement.subject import C1
from probe.service.telling import journey_in_words, state_in_words
from tests.builders import journey

TITLES = {("fc", "idp:ameli"): "Ameli.fr"}


def test_a_failing_journey_is_told_with_hub_idp_step_reason_and_fault() -> None:
    seen = replace(journey("ameli", 0), hub="fc", outcome=Outcome.FAILED, step=Step.IDP_LOGIN_PAGE, reason=Reason.TIMEOUT, fault=Fault.IDP)
    assert journey_in_words(seen, TITLES) == (
        "fc: Ameli.fr (whole login) failed at step 'login page of the identity provider': "
        "the identity provider does not answer (timed out) (at fault: the identity provider)"
    )


def test_a_state_is_told_with_its_beginning_and_its_cause() -> None:
    cause = Cause(Fault.IDP, Reason.TIMEOUT, Step.IDP_LOGIN_PAGE)
    told = state_in_words("fc", "idp:ameli", SubjectStatus(State.DOWN, cause), "06:12:03", TITLES)
    assert told.startswith("fc: Ameli.fr is unavailable since 06:12:03: ")
    assert told.endswith("(at fault: the identity provider)")
    assert state_in_words("fc", C1, SubjectStatus(State.UP), "06:12:03", TITLES) == "fc: C1: the mire is not displayed? no, since 06:12:03"
