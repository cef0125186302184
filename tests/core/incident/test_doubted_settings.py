"""No deactivation is proposed on failures that may be ours. docs/incidents.md, "Flags"."""

from hypothesis import given
from hypothesis import strategies as st

from probe.core.incident.deactivation import FlagStep
from probe.core.incident.deactivation_steps import FlagTerms, Guard, guard
from tests.core.incident.samples import failing, flagged, mire, step
from tests.fakes.stated_hub import StatedHub, minute


def doubted(at: float | None, pattern: str, *, automatic: bool = False) -> StatedHub:
    """Down from minute 0 on, with a journey a minute; the latest of ours that may be ours began at
    minute `at`.
    """
    unproven = {} if at is None else {"ameli": minute(at)}
    samples = mire() + failing("ameli", pattern)
    return StatedHub(downs={"ameli": [(0, None)]}, samples=samples, flag_terms=FlagTerms(automatic=automatic), unproven=unproven)


@given(st.text("x.?", min_size=20, max_size=20), st.none() | st.integers(0, 19), st.booleans())
def test_the_machine_proposes_unless_the_latest_failure_may_be_ours(pattern: str, at: int | None, automatic: bool) -> None:
    watch = doubted(at, pattern, automatic=automatic)
    told = step(watch, 20)
    may_be_ours = at is not None and "x" not in pattern[at + 1 :]
    expected = [] if may_be_ours else [FlagStep.PROPOSED, FlagStep.APPROVED][: 1 + automatic]
    assert [act.step for act in told.acts] == expected
    assert told.held == ({"ameli": Guard.OWN_SETTINGS} if may_be_ours else {})
    assert guard(watch.situation(20), {}, "ameli", watch.flag_terms) is None, "a person may"


def test_a_proposal_from_before_is_not_approved_by_the_machine_meanwhile() -> None:
    watch = doubted(19, "x" * 20, automatic=True)
    watch.flags["ameli"] = flagged(FlagStep.PROPOSED, since=10)
    assert step(watch, 20).acts == []
    watch.unproven = {}
    assert [act.step for act in step(watch, 20).acts] == [FlagStep.APPROVED]


def test_the_settings_of_one_idp_say_nothing_of_another() -> None:
    watch = doubted(None, "x" * 20)
    watch.unproven = {"impots": minute(19)}
    assert [act.step for act in step(watch, 20).acts] == [FlagStep.PROPOSED]
