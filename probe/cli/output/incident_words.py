"""What `vigie incidents` and `vigie idp` say to people, in French and in English."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from probe.config.models import Language
from probe.core.incident.model import ActKind, IncidentClock, IncidentState, Origin, Way
from probe.core.sla.availability import percent


@dataclass(frozen=True, slots=True)
class Words:
    """One language."""

    decimal: str
    colon: str
    columns: tuple[str, ...]
    none: str
    late: str
    paused: str
    done: str
    at: str
    fields: Mapping[str, str]
    states: Mapping[IncidentState, str]
    origins: Mapping[Origin, str]
    severities: tuple[str, ...]
    clocks: Mapping[IncidentClock, str]
    kinds: Mapping[ActKind, str]
    ways: Mapping[Way, str]
    facts: Mapping[str, str]
    clock_columns: tuple[str, ...]
    story: str
    story_columns: tuple[str, ...]
    yes: str
    no: str
    indicator: str
    month: str
    rolling: str
    contract: str
    mature: str
    goal_met: str
    goal_missed: str
    nothing_received: str
    received: str
    late_list: str
    late_columns: tuple[str, ...]
    unresolved: str
    breached: str
    breached_columns: tuple[str, ...]
    no_breach: str
    changes: str
    change_columns: tuple[str, ...]
    change_late: str
    change_in_time: str
    no_change: str
    outbox_columns: tuple[str, ...]
    outbox_empty: str
    outbox_states: Mapping[str, str]
    revived: str
    dropped: str
    idp_columns: tuple[str, ...]
    idp_states: Mapping[str, str]
    flags: Mapping[str, str]
    guards: Mapping[str, str]
    flag_columns: tuple[str, ...]
    flag_told: str
    no_flag: str
    unseen: str

    def percent(self, value: Fraction | None) -> str:
        """A ratio as a percentage with four decimals, rounded down."""
        return "-" if value is None else f"{percent(value).replace('.', self.decimal)} %"

    def hours(self, us: int) -> str:
        """Working time as hours and minutes, rounded down."""
        minutes = us // 60_000_000
        return f"{minutes // 60} h {minutes % 60:02}"


FR = Words(
    decimal=",",
    colon="\N{NO-BREAK SPACE}:",
    columns=("Référence", "Sév.", "État", "Objet", "Titre", "Reçu", "Prochaine échéance", "Confié à"),
    none="Aucun incident.",
    late="dépassée",
    paused="à l'arrêt",
    done="{reference}\N{NO-BREAK SPACE}: {state}, sévérité {severity}",
    at="Heures en temps universel (UTC).",
    fields={
        "hub": "Hub",
        "subject": "Objet",
        "idp": "Fournisseur d'identité",
        "origin": "Origine",
        "severity": "Sévérité",
        "state": "État",
        "requester": "Demandeur",
        "blocking": "Bloquant",
        "assignee": "Confié à",
        "received": "Reçu",
        "began": "Début du trouble",
        "ended": "Fin du trouble",
        "acknowledged": "Pris en compte",
        "in_hand": "Pris en charge",
        "resolved": "Résolu",
        "resolved_by": "Résolu par",
        "notified": "Notifié",
        "remarked": "Remarque",
        "closed": "Clos",
        "way": "Clôture",
        "merged_into": "Fusionné dans",
        "links": "Liens",
        "tickets": "Tickets",
        "reopenings": "Réouvertures",
        "detail": "Description",
    },
    states={
        IncidentState.NEW: "nouveau",
        IncidentState.ACKNOWLEDGED: "pris en compte",
        IncidentState.IN_HAND: "en cours",
        IncidentState.WAITING: "en attente du FI",
        IncidentState.RESOLVED: "résolu",
        IncidentState.CLOSED: "clos",
        IncidentState.MERGED: "fusionné",
    },
    origins={
        Origin.CONDITION: "indisponibilité du service",
        Origin.IDP: "indisponibilité d'un FI",
        Origin.INTERMITTENT: "FI intermittent",
        Origin.SLOW: "temps de réponse",
        Origin.SECURITY: "sécurité",
        Origin.ALERT: "alerte",
        Origin.PERSON: "personne",
        Origin.MAIL: "courriel",
    },
    severities=("critique", "majeure", "moyenne", "mineure", "info"),
    clocks={
        IncidentClock.TAKE_IN_HAND: "prise en charge (48 h)",
        IncidentClock.ESCALATION: "escalade",
        IncidentClock.RESOLUTION: "résolution",
        IncidentClock.BLOCKING: "anomalie bloquante (4 h)",
        IncidentClock.NO_ANSWER: "réponse du FI (10 jours)",
        IncidentClock.NO_REMARK: "remarque du FI",
    },
    kinds={
        ActKind.OPENED: "ouvert",
        ActKind.SEVERITY: "sévérité",
        ActKind.ACKNOWLEDGED: "pris en compte",
        ActKind.ASSIGNED: "confié",
        ActKind.WAITING: "question au FI",
        ActKind.RESUMED: "repris",
        ActKind.COMMENTED: "commentaire",
        ActKind.EVIDENCE: "constat",
        ActKind.BLOCKING: "bloquant",
        ActKind.RESOLVED: "résolu",
        ActKind.NOTIFIED: "notifié",
        ActKind.REMARKED: "remarque",
        ActKind.REOPENED: "rouvert",
        ActKind.CLOSED: "clos",
        ActKind.ESCALATED: "escalade",
        ActKind.BREACHED: "délai dépassé",
        ActKind.MERGED: "fusionné",
        ActKind.LINKED: "lien",
    },
    ways={
        Way.CONFIRMED: "résolu, confirmé par le FI",
        Way.AGREED: "non résolu, d'un commun accord écrit",
        Way.NO_ANSWER: "sans réponse du FI",
        Way.NO_REMARK: "résolu, notifié, sans remarque",
    },
    facts={
        "to": "à",
        "idp": "FI",
        "request": "demande",
        "reason": "motif",
        "text": "",
        "way": "voie",
        "by": "par",
        "how": "",
        "when": "le",
        "ours": "pour nous",
        "into": "dans",
        "relation": "",
        "severity": "sévérité",
        "role": "vers",
        "due": "échéance",
        "clock": "délai",
        "fact": "",
        "at": "le",
        "blocking": "bloquant",
        "ended": "fin du trouble",
        "began": "début du trouble",
        "title": "titre",
    },
    clock_columns=("Délai", "Échéance"),
    story="Histoire",
    story_columns=("Quand", "Qui", "Acte", "Détail"),
    yes="oui",
    no="non",
    indicator="Incidents résolus en moins de 24 heures ouvrées / incidents reçus (objectif 95 %)",
    month="Mois {name}",
    rolling="Année glissante",
    contract="  formule de la convention",
    mature="  sans les incidents encore dans leur délai",
    goal_met="objectif tenu",
    goal_missed="objectif manqué",
    nothing_received="aucun incident reçu",
    received="  {received} reçus, {in_time} résolus à temps, {young} dans leur délai, {late} en retard (questions à part : {questions})",
    late_list="Incidents en retard sur l'année glissante",
    late_columns=("Référence", "Sév.", "Titre", "Reçu", "Résolu", "Temps ouvré"),
    unresolved="non résolu",
    breached="Délais dépassés des incidents ouverts",
    breached_columns=("Référence", "Sév.", "Délai", "Titre"),
    no_breach="Aucun délai dépassé.",
    changes="Modifications annoncées (préavis de six mois)",
    change_columns=("N°", "Hub", "Prévue", "Annoncée", "À annoncer avant", "", "Titre"),
    change_late="! trop tard",
    change_in_time="✔ à temps",
    no_change="Aucune modification annoncée.",
    outbox_columns=("Identifiant", "Acte", "État", "Écrit", "Essais", "Prochain essai", "Ticket", "Erreur"),
    outbox_empty="Tout est remis aux outils de ticketing.",
    outbox_states={"waiting": "en attente", "dead": "refusé"},
    revived="{count} message(s) à remettre de nouveau",
    dropped="{count} message(s) abandonné(s)",
    idp_columns=("Hub", "Fournisseur", "Nom", "État", "Depuis", "Mire", "Désactivation", "Depuis", "Incident", "Tuile"),
    idp_states={"up": "● disponible", "down": "✖ indisponible", "unknown": "? inconnu", "blip": "◐ disponible"},
    flags={
        "none": "-",
        "proposed": "proposée",
        "approved": "approuvée",
        "deactivated": "désactivé",
        "recovered": "rétabli",
        "reactivated": "réactivé",
        "rejected": "rejetée",
        "cleared": "sans objet",
    },
    guards={
        "mire_missing": "C1 en cours",
        "identity_not_returned": "C2 en cours",
        "all_idps_unavailable": "C3 en cours",
        "unknown": "état du hub inconnu",
        "control": "FI témoin",
        "shared": "cause commune",
        "last": "dernier FI",
    },
    flag_columns=("N°", "Hub", "Fournisseur", "Étape", "Quand", "Qui", "Motif"),
    flag_told="{hub}/{idp}\N{NO-BREAK SPACE}: {state}",
    no_flag="Aucune désactivation.",
    unseen="jamais vue",
)

EN = Words(
    decimal=".",
    colon=":",
    columns=("Reference", "Sev.", "State", "Subject", "Title", "Received", "Next deadline", "Assigned to"),
    none="No incident.",
    late="missed",
    paused="stopped",
    done="{reference}: {state}, severity {severity}",
    at="Times are UTC.",
    fields={
        "hub": "Hub",
        "subject": "Subject",
        "idp": "Identity provider",
        "origin": "Origin",
        "severity": "Severity",
        "state": "State",
        "requester": "Requester",
        "blocking": "Blocking",
        "assignee": "Assigned to",
        "received": "Received",
        "began": "Trouble began",
        "ended": "Trouble ended",
        "acknowledged": "Acknowledged",
        "in_hand": "Taken in hand",
        "resolved": "Resolved",
        "resolved_by": "Resolved by",
        "notified": "Notified",
        "remarked": "Remark",
        "closed": "Closed",
        "way": "Closed by",
        "merged_into": "Merged into",
        "links": "Links",
        "tickets": "Tickets",
        "reopenings": "Reopenings",
        "detail": "Description",
    },
    states={
        IncidentState.NEW: "new",
        IncidentState.ACKNOWLEDGED: "acknowledged",
        IncidentState.IN_HAND: "in hand",
        IncidentState.WAITING: "waiting for the IdP",
        IncidentState.RESOLVED: "resolved",
        IncidentState.CLOSED: "closed",
        IncidentState.MERGED: "merged",
    },
    origins={
        Origin.CONDITION: "the service is unavailable",
        Origin.IDP: "an IdP is unavailable",
        Origin.INTERMITTENT: "intermittent IdP",
        Origin.SLOW: "response times",
        Origin.SECURITY: "security",
        Origin.ALERT: "alert",
        Origin.PERSON: "person",
        Origin.MAIL: "mail",
    },
    severities=("critical", "major", "medium", "minor", "info"),
    clocks={
        IncidentClock.TAKE_IN_HAND: "taking in hand (48 h)",
        IncidentClock.ESCALATION: "escalation",
        IncidentClock.RESOLUTION: "resolution",
        IncidentClock.BLOCKING: "blocking anomaly (4 h)",
        IncidentClock.NO_ANSWER: "the IdP's answer (10 days)",
        IncidentClock.NO_REMARK: "the IdP's remark",
    },
    kinds={
        ActKind.OPENED: "opened",
        ActKind.SEVERITY: "severity",
        ActKind.ACKNOWLEDGED: "acknowledged",
        ActKind.ASSIGNED: "assigned",
        ActKind.WAITING: "asked the IdP",
        ActKind.RESUMED: "resumed",
        ActKind.COMMENTED: "comment",
        ActKind.EVIDENCE: "evidence",
        ActKind.BLOCKING: "blocking",
        ActKind.RESOLVED: "resolved",
        ActKind.NOTIFIED: "notified",
        ActKind.REMARKED: "remark",
        ActKind.REOPENED: "reopened",
        ActKind.CLOSED: "closed",
        ActKind.ESCALATED: "escalated",
        ActKind.BREACHED: "deadline missed",
        ActKind.MERGED: "merged",
        ActKind.LINKED: "linked",
    },
    ways={
        Way.CONFIRMED: "resolved, confirmed by the IdP",
        Way.AGREED: "unresolved, agreed in writing",
        Way.NO_ANSWER: "no answer from the IdP",
        Way.NO_REMARK: "resolved, notified, no remark",
    },
    facts={
        "to": "to",
        "idp": "IdP",
        "request": "request",
        "reason": "reason",
        "text": "",
        "way": "way",
        "by": "by",
        "how": "",
        "when": "on",
        "ours": "for us",
        "into": "into",
        "relation": "",
        "severity": "severity",
        "role": "to",
        "due": "due",
        "clock": "clock",
        "fact": "",
        "at": "at",
        "blocking": "blocking",
        "ended": "trouble ended",
        "began": "trouble began",
        "title": "title",
    },
    clock_columns=("Clock", "Due"),
    story="Story",
    story_columns=("When", "Who", "Act", "Detail"),
    yes="yes",
    no="no",
    indicator="Incidents resolved in under 24 working hours / received (goal 95 %)",
    month="Month {name}",
    rolling="Rolling year",
    contract="  the contract's formula",
    mature="  without incidents younger than their deadline",
    goal_met="goal met",
    goal_missed="goal missed",
    nothing_received="no incident received",
    received="  {received} received, {in_time} resolved in time, {young} within their deadline, {late} late (questions apart: {questions})",
    late_list="Late incidents of the rolling year",
    late_columns=("Reference", "Sev.", "Title", "Received", "Resolved", "Working time"),
    unresolved="unresolved",
    breached="Missed deadlines of open incidents",
    breached_columns=("Reference", "Sev.", "Clock", "Title"),
    no_breach="No deadline is missed.",
    changes="Announced changes (six months' notice)",
    change_columns=("No.", "Hub", "Planned", "Announced", "To announce before", "", "Title"),
    change_late="! too late",
    change_in_time="✔ in time",
    no_change="No change was announced.",
    outbox_columns=("Id", "Act", "State", "Written", "Tries", "Next try", "Ticket", "Error"),
    outbox_empty="All is delivered to the ticket systems.",
    outbox_states={"waiting": "waiting", "dead": "refused"},
    revived="{count} message(s) to be delivered again",
    dropped="{count} message(s) given up",
    idp_columns=("Hub", "IdP", "Name", "State", "Since", "Mire", "Deactivation", "Since", "Incident", "Tile"),
    idp_states={"up": "● up", "down": "✖ down", "unknown": "? unknown", "blip": "◐ up"},
    flags={
        "none": "-",
        "proposed": "proposed",
        "approved": "approved",
        "deactivated": "deactivated",
        "recovered": "recovered",
        "reactivated": "reactivated",
        "rejected": "rejected",
        "cleared": "cleared",
    },
    guards={
        "mire_missing": "C1 holds",
        "identity_not_returned": "C2 holds",
        "all_idps_unavailable": "C3 holds",
        "unknown": "the hub's state is unknown",
        "control": "control IdP",
        "shared": "shared cause",
        "last": "last IdP",
    },
    flag_columns=("No.", "Hub", "IdP", "Step", "When", "Who", "Reason"),
    flag_told="{hub}/{idp}: {state}",
    no_flag="No deactivation.",
    unseen="never seen",
)


def words(language: Language) -> Words:
    """What is said in a language."""
    return EN if language is Language.EN else FR
