"""Texts of `vigie incidents` and `vigie idp`, in French and in English."""

from fractions import Fraction

from probe.core.incident.model import IncidentState
from probe.core.sla.availability import percent
from probe.texts.accounts import SUSPENDED
from probe.texts.bilingual import Row, Text, Texts, Vocabulary
from probe.texts.columns import COLON, DECIMAL, OUTAGE, SIGHT, WHAT_TO_DO, WHEN, YES
from probe.texts.durations import duration
from probe.texts.incidents import ACTS, CLOCKS, FLAG_STEPS, GUARDS, HOWS, NO_FLAG, ORIGINS, RELATIONS, ROLES, SEVERITIES, STATES, WAYS
from probe.texts.judgement import STATES as LEDGER_STATES


class IncidentTexts(Texts):
    """Of `vigie incidents` and `vigie idp`."""

    decimal = DECIMAL
    colon = COLON
    columns = Row(
        Text("Référence", "Reference"),
        Text("Sév.", "Sev."),
        Text("État", "State"),
        Text("Objet", "Subject"),
        Text("Titre", "Title"),
        Text("Reçu", "Received"),
        Text("Prochaine échéance", "Next deadline"),
        Text("Confié à", "Assigned to"),
    )
    none = Text("Aucun incident.", "No incident.")
    none_open = Text("Aucun incident ouvert (--all : tous les incidents).", "No open incident (--all: every incident).")
    late = Text("dépassée", "missed")
    paused = Text("à l'arrêt", "stopped")
    done = Text("{reference} : {state}, sévérité {severity}", "{reference}: {state}, severity {severity}")
    fields = Vocabulary(
        {
            "hub": Text("Hub", "Hub"),
            "subject": Text("Objet", "Subject"),
            "idp": Text("Fournisseur d'identité", "Identity provider"),
            "sight": SIGHT,
            "outage": OUTAGE,
            "origin": Text("Origine", "Origin"),
            "severity": Text("Sévérité", "Severity"),
            "state": Text("État", "State"),
            "requester": Text("Demandeur", "Requester"),
            "blocking": Text("Bloquant", "Blocking"),
            "assignee": Text("Confié à", "Assigned to"),
            "received": Text("Reçu", "Received"),
            "began": Text("Début du trouble", "Trouble began"),
            "again": Text("Repris le", "Again since"),
            "ended": Text("Fin du trouble", "Trouble ended"),
            "acknowledged": STATES[IncidentState.ACKNOWLEDGED].capitalized(),
            "in_hand": STATES[IncidentState.IN_HAND].capitalized(),
            "resolved": STATES[IncidentState.RESOLVED].capitalized(),
            "resolved_by": Text("Résolu par", "Resolved by"),
            "notified": Text("Notifié", "Notified"),
            "remarked": Text("Remarque", "Remark"),
            "closed": STATES[IncidentState.CLOSED].capitalized(),
            "way": Text("Fermeture", "Closed by"),
            "merged_into": Text("Fusionné dans", "Merged into"),
            "links": Text("Liens", "Links"),
            "tickets": Text("Tickets", "Tickets"),
            "reopenings": Text("Réouvertures", "Reopenings"),
            "detail": Text("Description", "Description"),
        }
    )
    what_to_do = WHAT_TO_DO
    states = STATES
    origins = ORIGINS
    severities = SEVERITIES
    clocks = CLOCKS
    acts = ACTS
    ways = WAYS
    hows = HOWS
    relations = RELATIONS
    roles = ROLES
    facts = Vocabulary(
        {
            "to": Text("à", "to"),
            "idp": Text("fournisseur d'identité", "identity provider"),
            "request": Text("demande", "request"),
            "reason": Text("motif", "reason"),
            "text": Text("", ""),
            "way": Text("", ""),
            "by": Text("par", "by"),
            "how": Text("", ""),
            "when": Text("le", "on"),
            "ours": Text("pour nous", "for us"),
            "into": Text("dans", "into"),
            "severity": Text("sévérité", "severity"),
            "role": Text("vers", "to"),
            "due": Text("échéance", "due"),
            "clock": Text("", ""),
            "at": Text("le", "at"),
            "blocking": Text("bloquant", "blocking"),
            "ended": Text("fin du trouble", "trouble ended"),
            "began": Text("début du trouble", "trouble began"),
            "again": Text("repris le", "again since"),
            "title": Text("titre", "title"),
        }
    )
    clock_columns = Row(Text("Délai", "Clock"), Text("Échéance", "Due"))
    story = Text("Histoire", "Story")
    story_columns = Row(WHEN, Text("Qui", "Who"), Text("Acte", "Act"), Text("Détail", "Detail"))
    yes = YES
    no = Text("non", "no")
    indicator = Text(
        "Incidents résolus en moins de 24 heures ouvrées / incidents reçus (objectif 95 %)",
        "Incidents resolved in under 24 working hours / received (goal 95 %)",
    )
    month = Text("Mois {name}", "Month {name}")
    rolling = Text("Année glissante", "Rolling year")
    contract = Text("  formule du contrat", "  the contract's formula")
    mature = Text("  sans les incidents encore dans leur délai", "  without incidents younger than their deadline")
    goal_met = Text("objectif tenu", "goal met")
    goal_missed = Text("objectif manqué", "goal missed")
    nothing_received = Text("aucun incident reçu", "no incident received")
    received = Text(
        "  {received} reçus, {in_time} résolus à temps, {young} dans leur délai, {late} en retard (questions à part : {questions})",
        "  {received} received, {in_time} resolved in time, {young} within their deadline, {late} late (questions apart: {questions})",
    )
    late_list = Text("Incidents en retard sur l'année glissante", "Late incidents of the rolling year")
    late_columns = Row(
        Text("Référence", "Reference"),
        Text("Sév.", "Sev."),
        Text("Titre", "Title"),
        Text("Reçu", "Received"),
        Text("Résolu", "Resolved"),
        Text("Temps ouvré", "Working time"),
    )
    unresolved = Text("non résolu", "unresolved")
    breached = Text("Délais dépassés des incidents ouverts", "Missed deadlines of open incidents")
    breached_columns = Row(Text("Référence", "Reference"), Text("Sév.", "Sev."), Text("Délai", "Clock"), Text("Titre", "Title"))
    no_breach = Text("Aucun délai dépassé.", "No deadline is missed.")
    changes = Text("Modifications annoncées (préavis de six mois)", "Announced changes (six months' notice)")
    change_columns = Row(
        Text("N°", "No."),
        Text("Hub", "Hub"),
        Text("Prévue", "Planned"),
        Text("Annoncée", "Announced"),
        Text("À annoncer avant", "To announce before"),
        Text("", ""),
        Text("Titre", "Title"),
    )
    change_late = Text("! trop tard", "! too late")
    change_in_time = Text("✔ à temps", "✔ in time")
    no_change = Text("Aucune modification annoncée.", "No change was announced.")
    seen_unannounced = Text(
        "{hub} : {count} modifications vues en un an, annoncées par personne (vigie change seen)",
        "{hub}: {count} changes seen within a year, announced by nobody (vigie change seen)",
    )
    figures = Text(
        "Disponibilité, temps inconnu et ses causes : vigie availability", "Availability, unknown time and its causes: vigie availability"
    )
    outbox_columns = Row(
        Text("Identifiant", "Id"),
        Text("Acte", "Act"),
        Text("État", "State"),
        Text("Écrit", "Written"),
        Text("Essais", "Tries"),
        Text("Prochain essai", "Next try"),
        Text("Ticket", "Ticket"),
        Text("Erreur", "Error"),
    )
    outbox_empty = Text("Tout est remis aux outils de ticketing.", "All is delivered to the ticket systems.")
    outbox_states = Vocabulary(
        {
            "waiting": Text("en attente", "waiting"),
            "dead": Text("refusé", "refused"),
        }
    )
    revived = Text("{count} message(s) à remettre de nouveau", "{count} message(s) to be delivered again")
    dropped = Text("{count} message(s) abandonné(s)", "{count} message(s) given up")
    idp_columns = Row(
        Text("Hub", "Hub"),
        Text("Fournisseur d'identité", "Identity provider"),
        Text("Nom", "Name"),
        Text("État", "State"),
        Text("Depuis", "Since"),
        Text("Mire", "Mire"),
        Text("Désactivation", "Deactivation"),
        Text("Depuis", "Since"),
        Text("Incident", "Incident"),
        Text("Tuile", "Tile"),
    )
    idp_states = LEDGER_STATES
    flags = FLAG_STEPS
    no_flags = NO_FLAG
    guards = GUARDS
    flag_columns = Row(
        Text("N°", "No."),
        Text("Hub", "Hub"),
        Text("Fournisseur d'identité", "Identity provider"),
        Text("Étape", "Step"),
        WHEN,
        Text("Qui", "Who"),
        Text("Motif", "Reason"),
    )
    flag_told = Text("{hub}/{idp} : {state}", "{hub}/{idp}: {state}")
    no_flag = Text("Aucune désactivation.", "No deactivation.")
    suspended = SUSPENDED
    unseen = Text("jamais vue", "never seen")

    def percent(self, value: Fraction | None) -> str:
        """A ratio as a percentage with four decimals, rounded down."""
        return "-" if value is None else f"{percent(value).replace('.', self.decimal)} %"

    def hours(self, us: int) -> str:
        """Write working time (`probe.texts.durations`)."""
        return duration(us, self.language, days=False)
