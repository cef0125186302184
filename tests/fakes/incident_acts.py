"""Stories to tell: what a register would read, without a register."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from probe.core.incident.model import MACHINE, Act, ActKind, Incident, IncidentClock, IncidentState, Origin, Scope, Severity
from probe.core.judgement.observation import Fault, Reason, Step
from probe.core.judgement.signal import Cause
from probe.tickets.wording import PersonToCall, Story
from tests.builders import SECOND, fresh_incident

HOUR = 3_600 * SECOND
OPENED_US = 1_772_456_700 * SECOND  # 2026-03-02T13:05:00Z, 14:05 in Paris

_STATES = {
    ActKind.ACKNOWLEDGED: IncidentState.ACKNOWLEDGED,
    ActKind.ASSIGNED: IncidentState.IN_HAND,
    ActKind.WAITING: IncidentState.WAITING,
    ActKind.RESUMED: IncidentState.IN_HAND,
    ActKind.RESOLVED: IncidentState.RESOLVED,
    ActKind.REOPENED: IncidentState.IN_HAND,
    ActKind.CLOSED: IncidentState.CLOSED,
    ActKind.MERGED: IncidentState.MERGED,
}
CAUSE = Cause(Fault.IDP, Reason.CONNECT, Step.IDP_LOGIN_PAGE)
ROLE = PersonToCall("Équipe Support de niveau 3", "n3@support.example", "+33 1 00 00 00 00")
CONTACT = PersonToCall("Renée Noël", "renee.noel@idp.example", "+33 6 00 00 00 00")

WHOLE: tuple[tuple[ActKind, dict[str, Any]], ...] = (
    (ActKind.OPENED, {"title": "ameli indisponible", "detail": "Échec à la page de connexion"}),
    (ActKind.EVIDENCE, {"fact": "failed", "text": "GET fip2.example/login : connexion refusée", "at_us": OPENED_US}),
    (ActKind.ACKNOWLEDGED, {}),
    (ActKind.ASSIGNED, {"to": "niveau 2"}),
    (ActKind.WAITING, {"request": "Votre page répond-elle ?"}),
    (ActKind.RESUMED, {"reason": "Oui, depuis midi."}),
    (ActKind.ESCALATED, {"severity": 2, "role": "level3", "due_us": OPENED_US + HOUR}),
    (ActKind.SEVERITY, {"severity": 1, "reason": "Tous les fournisseurs sont touchés"}),
    (ActKind.COMMENTED, {"text": "L’équipe réseau s’en occupe, à l’œuvre dès 15 h : ça avance."}),
    (ActKind.RESOLVED, {"text": "Le certificat a été renouvelé.", "ended_us": OPENED_US + 2 * HOUR}),
    (ActKind.NOTIFIED, {"to": "renee.noel@idp.example"}),
    (ActKind.REOPENED, {"reason": "Cela recommence."}),
    (ActKind.RESOLVED, {"text": "Deuxième correction.", "ended_us": OPENED_US + 3 * HOUR}),
    (ActKind.CLOSED, {"way": "confirmed", "by": "Renée Noël", "how": "spoken", "when_us": OPENED_US + 4 * HOUR}),
)


def acts(number: int, what: Sequence[tuple[ActKind, dict[str, Any]]] = WHOLE) -> list[Act]:
    return [Act(number, OPENED_US + i * 60 * SECOND, MACHINE, kind, data) for i, (kind, data) in enumerate(what)]


def incident(written: Sequence[Act], severity: Severity = Severity.MAJOR, subject: str = "idp:ameli") -> Incident:
    """A rough reading of acts: enough to be told."""
    first = written[0]
    made = fresh_incident(
        first.number,
        first.at_us,
        scope=Scope("franceconnect", subject),
        origin=Origin.IDP,
        severity=severity,
        title=str(first.data.get("title", "")),
        detail=str(first.data.get("detail", "")),
        began_us=first.at_us - 60 * SECOND,
        idp="ameli" if subject.endswith("ameli") else None,
    )
    for act in written:
        made = replace(made, acts=made.acts + 1, state=_STATES.get(act.kind, made.state))
        if act.kind is ActKind.SEVERITY:
            made = replace(made, severity=Severity(int(act.data["severity"] or 0)))
        if act.kind is ActKind.RESOLVED:
            made = replace(made, ended_us=int(act.data["ended_us"] or 0))
        if act.kind is ActKind.REOPENED:
            made = replace(made, ended_us=None)
    return made


def story(written: Sequence[Act], **change: Any) -> Story:
    due = {IncidentClock.ESCALATION: OPENED_US + HOUR, IncidentClock.RESOLUTION: OPENED_US + 4 * HOUR}
    kept: dict[str, Any] = {
        "hub": "FranceConnect",
        "idp": "l’Assurance maladie",
        "titles": {"idp:ameli": "l’Assurance maladie"},
        "role": ROLE,
        "contacts": (CONTACT,),
        "cause": CAUSE,
        "due_us": due,
    }
    made = incident(written, **{name: change.pop(name) for name in ("severity", "subject") if name in change})
    return Story(made, written, **{**kept, **change})


class FakeHistory:
    """Tells any act of the incidents it was given."""

    def __init__(self) -> None:
        self.acts: dict[int, list[Act]] = {}

    def __call__(self, number: int, act: int) -> Story:
        return story(self.acts[number][:act])
