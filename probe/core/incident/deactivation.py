"""The life of a deactivation flag: what people and the machine may do with it, and when.

docs/contract.md, 2.2.2: « Dans le cas d'un dysfonctionnement concernant un Fournisseur d'Identité,
ce dernier sera désactivé jusqu'à la résolution complète de l'incident ». docs/domain.md,
"Deactivation of an IdP". Vigie proposes and watches; it never touches the hub. Instants are UTC
microseconds.

Theory of operation
-------------------
A flag is Vigie's proposal to deactivate an IdP. What happens to it:

    nothing                 --proposed-->     PROPOSED     the IdP is in trouble
    PROPOSED                --approved-->     APPROVED     a person says so, or the settings do
    PROPOSED                --rejected-->     REJECTED     a person says so
    PROPOSED, APPROVED      --deactivated-->  DEACTIVATED  its tile is gone, whoever did it
    APPROVED, DEACTIVATED   --recovered-->    RECOVERED    the IdP is well again
    DEACTIVATED, RECOVERED  --reactivated-->  REACTIVATED  its tile is back, whoever did it
    PROPOSED, REJECTED      --cleared-->      CLEARED      it is well again, nothing was deactivated

REACTIVATED and CLEARED are over: the next trouble proposes a new flag. REJECTED lasts until the IdP
is well, so that one refusal holds for the whole trouble. A tile counts as gone or back when two
observations in a row say so.

An IdP that citizens can reach is well when it was up for `recovery_us`. One that is deactivated is
well when `direct` was good for as long. But where `direct` was good all through the trouble it is
blind to it: then only a person can say that the trouble is over.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from probe.core.incident.model import MACHINE, Data
from probe.core.incident.refusal import RefusedActError

WEBHOOK = "deactivation"
"""The webhook of the flags as a recipient in the outbox. No ticket system may have this name."""


class FlagStep(StrEnum):
    """A step of a flag, which also names the state after it."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"
    DEACTIVATED = "deactivated"  # seen: the tile is gone or greyed
    RECOVERED = "recovered"
    REACTIVATED = "reactivated"  # seen: the tile is back
    CLEARED = "cleared"


OVER = (FlagStep.REACTIVATED, FlagStep.CLEARED)


class FlagCause(StrEnum):
    """The cause for which a flag was raised."""

    UNAVAILABLE = "unavailable"  # confirmed unavailable for 10 minutes
    FAILING = "failing"  # more than half of its journeys fail
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class FlagAct:
    """One step of an IdP's flag, by a person or by MACHINE.

    `evidence`: closed words and figures only.
    """

    hub: str
    idp: str
    step: FlagStep
    at_us: int
    author: str
    reason: str = ""
    evidence: Data = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Flag:
    """The latest flag of an IdP, as its acts make it. Instants that have not come are None.

    `since_us`: in this state since. `blind`: `direct` was good all through the trouble.
    """

    hub: str
    idp: str
    state: FlagStep
    since_us: int
    proposed_us: int
    why: FlagCause
    author: str  # of the last act
    reason: str = ""
    blind: bool = False
    approved_us: int | None = None
    approved_by: str = ""
    deactivated_us: int | None = None
    recovered_us: int | None = None
    ended_us: int | None = None  # reactivated or cleared

    @property
    def current(self) -> bool:
        """Whether it is not over yet."""
        return self.state not in OVER


# --- rules

_FROM = {
    FlagStep.APPROVED: (FlagStep.PROPOSED,),
    FlagStep.REJECTED: (FlagStep.PROPOSED,),
    FlagStep.DEACTIVATED: (FlagStep.PROPOSED, FlagStep.APPROVED),
    FlagStep.RECOVERED: (FlagStep.APPROVED, FlagStep.DEACTIVATED),
    FlagStep.REACTIVATED: (FlagStep.DEACTIVATED, FlagStep.RECOVERED),
    FlagStep.CLEARED: (FlagStep.PROPOSED, FlagStep.REJECTED),
}
_BY_PEOPLE = (FlagStep.PROPOSED, FlagStep.APPROVED, FlagStep.REJECTED, FlagStep.RECOVERED)


def apply(flag: Flag | None, act: FlagAct) -> Flag:
    """Return the flag after one more act.

    Raises RefusedActError, with the code `no_flag`, `flagged`, `no_reason`, ..., or the state that
    forbids the act.
    """
    machine = act.author == MACHINE
    if not act.author.strip():
        raise RefusedActError("nobody", "an act has an author")
    if not machine and act.step not in _BY_PEOPLE:
        raise RefusedActError("person", f"« {act.step} » is recorded by Vigie alone, when it sees it")
    if machine and act.step is FlagStep.REJECTED:
        raise RefusedActError("machine", f"« {act.step} » is for people")
    if act.step is FlagStep.PROPOSED:
        return _proposed(flag, act)
    if flag is None or not flag.current:
        raise RefusedActError("no_flag", f"{act.idp} has no flag")
    if flag.state not in _FROM[act.step]:
        raise RefusedActError(flag.state.value, f"the flag of {act.idp} is {flag.state}: it cannot be {act.step}")
    if act.step is FlagStep.REJECTED and not act.reason.strip():
        raise RefusedActError("no_reason", "say why the flag is rejected")
    after = replace(flag, state=act.step, since_us=act.at_us, author=act.author, reason=act.reason)
    match act.step:
        case FlagStep.APPROVED:
            return replace(after, approved_us=act.at_us, approved_by=act.author)
        case FlagStep.DEACTIVATED:
            return replace(after, deactivated_us=act.at_us)
        case FlagStep.RECOVERED:
            return replace(after, recovered_us=act.at_us)
        case FlagStep.REACTIVATED | FlagStep.CLEARED:
            return replace(after, ended_us=act.at_us)
    return after


def _proposed(flag: Flag | None, act: FlagAct) -> Flag:
    if flag is not None and flag.current:
        raise RefusedActError("flagged", f"{act.idp} has a flag already: it is {flag.state}")
    if act.author != MACHINE and not act.reason.strip():
        raise RefusedActError("no_reason", "say why the IdP should be deactivated")
    try:
        why = FlagCause(str(act.evidence.get("why", FlagCause.PERSON.value)))
    except ValueError:
        raise RefusedActError("malformed", "« proposed »: the field why is invalid") from None
    blind = act.evidence.get("blind") is True
    return Flag(act.hub, act.idp, FlagStep.PROPOSED, act.at_us, act.at_us, why, act.author, act.reason, blind)


def replay(acts: Iterable[FlagAct]) -> Flag | None:
    """Return the latest flag of an IdP, from all acts of all its flags in order.

    Raises RefusedActError.
    """
    flag: Flag | None = None
    for act in acts:
        flag = apply(flag, act)
    return flag


# --- what the machine does
