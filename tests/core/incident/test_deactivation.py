"""The life of a deactivation flag: which step may follow, and what the steps make of it."""

from dataclasses import replace
from typing import Any

import pytest

from probe.core.incident import deactivation as flags
from probe.core.incident.deactivation import Flag, FlagAct, FlagCause, FlagStep
from probe.core.incident.model import MACHINE
from probe.core.incident.refusal import RefusedActError
from tests.core.incident.samples import flagged, mire, step
from tests.fakes.stated_hub import StatedHub, minute


def act(to: FlagStep, author: str = "Alice", reason: str = "so", **evidence: Any) -> FlagAct:
    return FlagAct("fc", "ameli", to, minute(9), author, reason, evidence)


@pytest.mark.parametrize(
    ("state", "refused", "code"),
    [
        (None, act(FlagStep.APPROVED), "no_flag"),
        (FlagStep.CLEARED, act(FlagStep.APPROVED), "no_flag"),
        (FlagStep.REACTIVATED, act(FlagStep.RECOVERED), "no_flag"),
        (FlagStep.PROPOSED, act(FlagStep.PROPOSED), "flagged"),
        (FlagStep.REJECTED, act(FlagStep.PROPOSED), "flagged"),
        (FlagStep.APPROVED, act(FlagStep.APPROVED), "approved"),
        (FlagStep.REJECTED, act(FlagStep.APPROVED), "rejected"),
        (FlagStep.DEACTIVATED, act(FlagStep.REJECTED), "deactivated"),
        (FlagStep.PROPOSED, act(FlagStep.RECOVERED), "proposed"),
        (FlagStep.PROPOSED, act(FlagStep.REJECTED, reason=" "), "no_reason"),
        (FlagStep.PROPOSED, act(FlagStep.REJECTED, MACHINE), "machine"),
        (FlagStep.PROPOSED, act(FlagStep.DEACTIVATED), "person"),
        (FlagStep.RECOVERED, act(FlagStep.REACTIVATED), "person"),
        (FlagStep.PROPOSED, act(FlagStep.CLEARED), "person"),
        (FlagStep.PROPOSED, act(FlagStep.APPROVED, " "), "nobody"),
        (None, act(FlagStep.PROPOSED, reason=""), "no_reason"),
        (None, act(FlagStep.PROPOSED, why="boredom"), "malformed"),
    ],
)
def test_a_step_that_does_not_follow_is_refused(state: FlagStep | None, refused: FlagAct, code: str) -> None:
    with pytest.raises(RefusedActError) as error:
        flags.apply(None if state is None else flagged(state), refused)
    assert (error.value.code, bool(error.value.text)) == (code, True)


def test_all_acts_of_an_idp_make_its_latest_flag() -> None:
    watch = StatedHub(downs={"ameli": [(10, 25), (60, None)]}, samples=mire())
    for now in (20, 35, 70):
        step(watch, now)
    assert [each.step.value for each in watch.flag_acts] == ["proposed", "cleared", "proposed"]
    assert flags.replay(watch.flag_acts) == watch.flags["ameli"]
    assert flags.replay([]) is None


def test_each_step_leaves_the_whole_flag() -> None:
    def told(to: FlagStep, at: float, author: str = MACHINE, reason: str = "") -> FlagAct:
        return FlagAct("fc", "ameli", to, minute(at), author, reason)

    proposed = Flag("fc", "ameli", FlagStep.PROPOSED, minute(1), minute(1), FlagCause.PERSON, "Ada", "stolen keys")
    approved = replace(
        proposed, state=FlagStep.APPROVED, since_us=minute(2), author="Bob", reason="agreed", approved_us=minute(2), approved_by="Bob"
    )
    deactivated = replace(approved, state=FlagStep.DEACTIVATED, since_us=minute(3), author=MACHINE, reason="", deactivated_us=minute(3))
    recovered = replace(deactivated, state=FlagStep.RECOVERED, since_us=minute(4), author="Cy", reason="new keys", recovered_us=minute(4))
    over = replace(recovered, state=FlagStep.REACTIVATED, since_us=minute(5), author=MACHINE, reason="", ended_us=minute(5))
    acts = [
        told(FlagStep.PROPOSED, 1, "Ada", "stolen keys"),
        told(FlagStep.APPROVED, 2, "Bob", "agreed"),
        told(FlagStep.DEACTIVATED, 3),
        told(FlagStep.RECOVERED, 4, "Cy", "new keys"),
        told(FlagStep.REACTIVATED, 5),
    ]
    assert [flags.replay(acts[:count]) for count in range(1, 6)] == [proposed, approved, deactivated, recovered, over]
    rejected = flags.apply(proposed, told(FlagStep.REJECTED, 2, "Bob", "they are not"))
    assert rejected == replace(proposed, state=FlagStep.REJECTED, since_us=minute(2), author="Bob", reason="they are not")
    cleared = flags.apply(rejected, told(FlagStep.CLEARED, 6))
    assert cleared == replace(rejected, state=FlagStep.CLEARED, since_us=minute(6), author=MACHINE, reason="", ended_us=minute(6))
