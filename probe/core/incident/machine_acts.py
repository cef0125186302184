"""Collects the machine's acts while its rules are applied one after the other.

Each act is applied to its incident at once, so that the next rule sees the incident as the act
leaves it. `probe.core.incident.automation` has the rules. Instants are UTC microseconds.
"""

from collections.abc import Iterable, Mapping

from probe.core.incident.acts import ActData, Graded, Notified, Observed, Reopened, Resolved
from probe.core.incident.deactivation import Flag
from probe.core.incident.detection import IncidentDraft, TroubleTerms
from probe.core.incident.model import MACHINE, Act, Fact, Incident, Scope
from probe.core.incident.policy import is_security, machine_opened, may_raise, opened, reopened_since
from probe.core.incident.rules import apply
from probe.core.incident.scope import ScopeSubject
from probe.core.incident.situation import Situation
from probe.core.incident.wording import ReopeningCause


class MachineActs:
    """Collects the machine's acts about one hub, in the order in which they are written.

    `acts`: those so far. `known`: the incidents by number, as they are after these acts.
    `explained`: the numbers of those whose trouble is known, or may be. `opening`: the scopes of
    the incidents that these acts open; they get their numbers when they are written.
    """

    def __init__(self, situation: Situation, incidents: Iterable[Incident], flags: Mapping[str, Flag], terms: TroubleTerms) -> None:
        self.situation, self.flags, self.terms = situation, flags, terms
        self.known = {each.number: each for each in incidents if each.scope.hub == situation.hub}
        self.acts: list[Act] = []
        self.explained: set[int] = set()
        self.opening: set[Scope] = set()

    @property
    def now_us(self) -> int:
        return self.situation.now_us

    def of(self, scope: Scope) -> list[Incident]:
        """Return the incidents of a scope: the open one first, then the latest."""
        return sorted((each for each in self.known.values() if each.scope == scope), key=lambda each: (not each.open, -each.number))

    def do(self, incident: Incident, data: ActData) -> Incident:
        """Add one act. Return the incident after it.

        Raises RefusedActError when the rules forbid the act, which is a mistake of ours.
        """
        act = data.act(incident.number, self.now_us, MACHINE)
        after = self.known[incident.number] = apply(incident, act)
        self.acts.append(act)
        return after

    def open(self, about: IncidentDraft, began_us: int, detail: str) -> None:
        """Open an incident, unless its scope has an open one or is about to have."""
        if about.scope in self.opening or any(each.open for each in self.of(about.scope)):
            return
        self.opening.add(about.scope)
        title = self.terms.wording.title(about.scope)
        opening = opened(
            about.scope, about.origin, about.severity, title, detail, began_us, idp=about.idp, blocking=about.blocking,
        )  # fmt: skip
        self.acts.append(opening.act(0, self.now_us, MACHINE))

    def see(self, incident: Incident, fact: Fact, at_us: int) -> Incident:
        """Record a fact, such as the beginning or the end of the trouble, at its instant."""
        return self.do(incident, Observed(fact=fact, text=self.terms.wording.fact(fact), at_us=at_us))

    def over(self, incident: Incident, fact: Fact, at_us: int) -> None:
        """Record that the trouble is over, and resolve the incident.

        The machine resolves only what it opened, and not what a person reopened since.
        """
        if incident.ended_us != at_us:
            incident = self.see(incident, fact, at_us)
        if not incident.open or not machine_opened(incident) or reopened_since(incident, at_us):
            return
        incident = self.do(incident, Resolved(text=self.terms.wording.fact(fact), ended_us=at_us))
        to = self._notified(incident)
        if to:
            self.do(incident, Notified(to=to))

    def _notified(self, incident: Incident) -> str:
        """Return who is notified of its resolution: the contacts of its IdP, or of all IdPs.

        A client's trouble is told to those at which it logs in.

        What the hub accepted is told to nobody outside, so it is people who close the incident.
        """
        if is_security(incident.scope):
            return ""
        client = ScopeSubject.parse(incident.scope.subject).seen_by
        of_all = self.situation.clients.get(client, ()) if client else self.situation.idps
        concerned = of_all if incident.idp is None else (incident.idp,)
        return ", ".join(idp for idp in concerned if idp in self.situation.contacts)

    def reopen(self, incident: Incident, why: ReopeningCause, detail: str, again_us: int | None = None) -> None:
        """Reopen an incident, unless its scope has another open one.

        `again_us`: when the outage began that is why. `detail`: what is so now. It takes the place
        of what the machine wrote before, never of what a person did.
        """
        if incident.scope in self.opening or any(each.open for each in self.of(incident.scope)):
            return
        told = detail if detail and detail != incident.detail and machine_opened(incident) else None
        self.do(incident, Reopened(reason=self.terms.wording.reopening(why), detail=told, again_us=again_us))

    def raise_to(self, incident: Incident, about: IncidentDraft) -> Incident:
        """Raise the severity of what was reported as less than it is. A person's grading holds."""
        if may_raise(incident, about.severity):
            return self.do(incident, Graded(severity=about.severity))
        return incident
