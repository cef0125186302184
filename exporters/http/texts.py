"""What people read on the pages, in French and in English. Closed words of the ledger (steps, reasons) stay as they are."""

from dataclasses import dataclass
from enum import StrEnum

from probe.core.incident.model import IncidentState as Progress
from probe.core.incident.model import Severity
from probe.core.judgement.condition import C1, C2, C3, State
from probe.core.judgement.observation import Fault, Outcome


class Pending(StrEnum):
    """Why the service is not ready yet."""

    NOT_CONFIGURED = "not_configured"
    LEDGER_NOT_WRITABLE = "ledger_not_writable"
    LEDGER_BEHIND = "ledger_behind"  # an observation has waited too long to be written
    FIRST_ROUND = "first_round"  # not every target has been probed once


@dataclass(frozen=True, slots=True)
class Words:
    """One language. `states` are those of a hub or an IdP, `holds` those of a condition."""

    code: str
    colon: str
    title: str
    intro: str
    ready: str
    not_ready: str
    nothing_watched: str
    unreadable: str
    links: str
    link_metrics: str
    link_health: str
    link_ready: str
    conditions: str
    condition: str
    idps: str
    idp: str
    state: str
    since: str
    fault: str
    suspended: str
    hub: str
    incidents: str
    no_incident: str
    reference: str
    severity: str
    subject: str
    received: str
    severities: dict[Severity, str]
    progress: dict[Progress, str]
    probe_it: str
    date: str
    states: dict[State, str]
    holds: dict[State, str]
    names: dict[str, str]
    faults: dict[Fault, str]
    outcomes: dict[Outcome, str]
    pending: dict[Pending, str]
    trace: dict[str, str]


FR = Words(
    code="fr",
    colon="\N{NO-BREAK SPACE}:",
    title="Vigie, supervision d'une fédération d'identité",
    intro="État lu dans l'historique à l'instant où cette page a été demandée. Les heures sont en temps universel (UTC).",
    ready="Le service est prêt.",
    not_ready="Le service n'est pas encore prêt :",
    nothing_watched="Aucun hub n'est surveillé.",
    unreadable="L'historique n'a pas pu être lu : aucun état n'est connu.",
    links="Accès",
    link_metrics="Métriques pour Prometheus",
    link_health="Le processus répond",
    link_ready="Le service est prêt",
    conditions="Conditions d'indisponibilité",
    condition="Condition",
    idps="Fournisseurs d'identité",
    idp="Fournisseur d'identité",
    state="État",
    since="Depuis",
    fault="Imputable",
    suspended="compte de test suspendu",
    hub="Hub",
    incidents="Incidents ouverts",
    no_incident="Aucun incident n'est ouvert.",
    reference="Référence",
    severity="Sévérité",
    subject="Objet",
    received="Reçu",
    severities={
        Severity.CRITICAL: "1 (critique)",
        Severity.MAJOR: "2 (majeure)",
        Severity.MEDIUM: "3 (moyenne)",
        Severity.MINOR: "4 (mineure)",
        Severity.INFO: "5 (info)",
    },
    progress={
        Progress.NEW: "reçu",
        Progress.ACKNOWLEDGED: "pris en compte",
        Progress.IN_HAND: "en traitement",
        Progress.WAITING: "en attente du fournisseur d'identité",
        Progress.RESOLVED: "résolu",
        Progress.CLOSED: "fermé",
        Progress.MERGED: "fusionné",
    },
    probe_it="Parcours à la demande",
    date="%d/%m/%Y à %H:%M:%S",
    states={State.UP: "disponible", State.BLIP: "disponible, échec à confirmer", State.DOWN: "indisponible", State.UNKNOWN: "inconnu"},
    holds={State.UP: "non", State.BLIP: "non, échec à confirmer", State.DOWN: "oui, en cours", State.UNKNOWN: "inconnu"},
    names={
        C1: "C1 : la mire n'est pas affichée",
        C2: "C2 : les données d'identité ne sont pas renvoyées",
        C3: "C3 : tous les fournisseurs d'identité sont indisponibles",
    },
    faults={
        Fault.HUB: "au hub",
        Fault.IDP: "au fournisseur d'identité",
        Fault.SP: "à notre fournisseur de services",
        Fault.PROBER: "à la sonde",
        Fault.NETWORK: "au réseau de la sonde",
    },
    outcomes={Outcome.OK: "réussi", Outcome.FAILED: "échoué", Outcome.INCONCLUSIVE: "sans conclusion"},
    pending={
        Pending.NOT_CONFIGURED: "la configuration n'est pas chargée",
        Pending.LEDGER_NOT_WRITABLE: "l'historique ne peut pas être écrit",
        Pending.LEDGER_BEHIND: "l'historique est en retard : une observation attend d'être écrite depuis plus d'une minute",
        Pending.FIRST_ROUND: "le premier tour de sondes n'est pas terminé",
    },
    trace={
        "journey": "parcours",
        "started": "début",
        "duration": "durée",
        "outcome": "résultat",
        "fault": "imputable",
        "reason": "motif",
        "step": "étape",
        "code": "code",
        "tiles": "tuiles",
        "greyed": "grisée",
        "extract": "extrait",
        "hops": "échanges (durées en millisecondes)",
        "backend": "nœud",
        "vantage": "point de vue",
    },
)

EN = Words(
    code="en",
    colon=":",
    title="Vigie, monitoring of an identity federation",
    intro="State read from the history at the instant this page was asked for. Times are UTC.",
    ready="The service is ready.",
    not_ready="The service is not ready yet:",
    nothing_watched="No hub is watched.",
    unreadable="The history could not be read: no state is known.",
    links="Ways in",
    link_metrics="Metrics for Prometheus",
    link_health="The process answers",
    link_ready="The service is ready",
    conditions="Conditions of unavailability",
    condition="Condition",
    idps="Identity providers",
    idp="Identity provider",
    state="State",
    since="Since",
    fault="Whose fault",
    suspended="test account suspended",
    hub="Hub",
    incidents="Open incidents",
    no_incident="No incident is open.",
    reference="Reference",
    severity="Severity",
    subject="About",
    received="Received",
    severities={
        Severity.CRITICAL: "1 (critical)",
        Severity.MAJOR: "2 (major)",
        Severity.MEDIUM: "3 (medium)",
        Severity.MINOR: "4 (minor)",
        Severity.INFO: "5 (information)",
    },
    progress={
        Progress.NEW: "received",
        Progress.ACKNOWLEDGED: "acknowledged",
        Progress.IN_HAND: "in hand",
        Progress.WAITING: "waiting for the identity provider",
        Progress.RESOLVED: "resolved",
        Progress.CLOSED: "closed",
        Progress.MERGED: "merged",
    },
    probe_it="Journey on demand",
    date="%d/%m/%Y at %H:%M:%S",
    states={State.UP: "available", State.BLIP: "available, failure to be confirmed", State.DOWN: "unavailable", State.UNKNOWN: "unknown"},
    holds={State.UP: "no", State.BLIP: "no, failure to be confirmed", State.DOWN: "yes, at present", State.UNKNOWN: "unknown"},
    names={
        C1: "C1: the mire is not displayed",
        C2: "C2: identity data is not returned",
        C3: "C3: all identity providers are unavailable",
    },
    faults={
        Fault.HUB: "the hub",
        Fault.IDP: "the identity provider",
        Fault.SP: "our service provider",
        Fault.PROBER: "the prober",
        Fault.NETWORK: "the prober's network",
    },
    outcomes={Outcome.OK: "passed", Outcome.FAILED: "failed", Outcome.INCONCLUSIVE: "inconclusive"},
    pending={
        Pending.NOT_CONFIGURED: "the configuration is not loaded",
        Pending.LEDGER_NOT_WRITABLE: "the history cannot be written",
        Pending.LEDGER_BEHIND: "the history is behind: an observation has waited to be written for more than a minute",
        Pending.FIRST_ROUND: "the first round of probes is not over",
    },
    trace={
        "journey": "journey",
        "started": "started",
        "duration": "duration",
        "outcome": "outcome",
        "fault": "fault",
        "reason": "reason",
        "step": "step",
        "code": "code",
        "tiles": "tiles",
        "greyed": "greyed",
        "extract": "extract",
        "hops": "exchanges (times in milliseconds)",
        "backend": "node",
        "vantage": "vantage",
    },
)


def words(language: str) -> Words:
    """The words of a language; French when it is none of ours."""
    return EN if language == EN.code else FR
