"""The texts of the page for people, `/readyz` and `/probe`, in French and English."""

from enum import StrEnum

from probe.texts.accounts import CHANGED, DIFFERS, SUSPENDED
from probe.texts.bilingual import Row, Text, Texts, Vocabulary
from probe.texts.changes import CHANGE_KINDS, NOTICES, RECORDED_AFTER
from probe.texts.columns import (
    AFFECTED,
    COLON,
    CORRECTIONS,
    DECIMAL,
    END,
    ERROR_ID,
    HUB,
    IDP,
    INCIDENT,
    ITS_OUTAGE,
    NAME,
    OBSERVATION,
    OBSERVATION_NO,
    ONGOING,
    OUTAGE,
    OWN_SETTING,
    REASON,
    RECEIVED,
    REQUEST_ID,
    RUNBOOK,
    SEVERITY,
    SIGHT,
    SINCE,
    START,
    STATE,
    STEP,
    SUBJECT,
    UNKNOWN_BECAUSE,
    WHAT_TO_DO,
    WHEN,
    YES,
)
from probe.texts.families import DEAD_FAMILY
from probe.texts.figure import ACTS
from probe.texts.incidents import SEVERITIES
from probe.texts.incidents import STATES as INCIDENT_STATES
from probe.texts.judgement import AT_FAULT, CONDITIONS, FAULTS, HOLDS, OUTCOMES, REACHES, STATES, STEPS


class Pending(StrEnum):
    """Why the service is not ready yet."""

    NOT_CONFIGURED = "not_configured"
    LEDGER_NOT_WRITABLE = "ledger_not_writable"
    LEDGER_BEHIND = "ledger_behind"  # an observation has waited too long to be written
    FIRST_ROUND = "first_round"  # not every target has been probed once


class ServiceNotice(StrEnum):
    """What somebody should know of a service that is ready all the same."""

    RELOAD_REFUSED = "reload_refused"


class PageTexts(Texts):
    """The texts in one language.

    `states` are the words for the states of a hub or an IdP, `holds` those for a condition.
    """

    colon = COLON
    title = Text("Vigie, supervision d'une fédération d'identité", "Vigie, monitoring of an identity federation")
    intro = Text(
        "État lu dans l'historique à l'instant où cette page a été demandée.",
        "State read from the ledger at the instant this page was asked for.",
    )
    ready = Text("Le service est prêt.", "The service is ready.")
    not_ready = Text("Le service n'est pas encore prêt :", "The service is not ready yet:")
    nothing_watched = Text("Aucun hub n'est surveillé.", "No hub is watched.")
    unreadable = Text("L'historique n'a pas pu être lu : aucun état n'est connu.", "The history could not be read: no state is known.")
    dead_family = DEAD_FAMILY
    links = Text("Accès", "Ways in")
    link_metrics = Text("Métriques pour Prometheus", "Metrics for Prometheus")
    link_health = Text("Le processus répond", "The process answers")
    link_ready = Text("Le service est prêt", "The service is ready")
    conditions_caption = Text("Conditions d'indisponibilité", "Conditions of unavailability")
    conditions = CONDITIONS
    condition = Text("Condition", "Condition")
    idps = Text("Fournisseurs d'identité", "Identity providers")
    idp = IDP
    clients = Text("Autres clients du hub, hors du chiffre", "Other clients of the hub, outside the figure")
    client = Text("Client", "Client")
    state = STATE
    since = SINCE
    fault = AT_FAULT
    suspended = SUSPENDED
    account_changed = CHANGED
    account_differs = DIFFERS
    unwatched = Text("Tuile que personne ne surveille", "A tile that nobody watches")
    never_passed = Text("jamais réussi avec ces réglages", "never passed yet with these settings")
    hub = HUB
    incidents = Text("Incidents ouverts", "Open incidents")
    incident = INCIDENT
    no_such_incident = Text("Il n'y a pas d'incident n° {number}.", "There is no incident no. {number}.")
    acts = Text("Ce qui a été fait", "What was done")
    act = Text("Acte", "Act")
    no_incident = Text("Aucun incident n'est ouvert.", "No incident is open.")
    reference = Text("Référence", "Reference")
    severity = SEVERITY
    subject = SUBJECT
    received = RECEIVED
    severities = SEVERITIES
    progress = INCIDENT_STATES
    probe_it = Text("Parcours à la demande", "Journey on demand")
    home = Text("État de la fédération", "State of the federation")
    not_there = Text("Introuvable", "Not found")
    gone = Text(
        "L'observation n° {number} a été supprimée de l'historique : sa durée de conservation est écoulée.",
        "Observation no. {number} was deleted from the ledger: its retention time is over.",
    )
    no_observation = Text("L'historique n'a pas d'observation n° {number}.", "The ledger has no observation no. {number}.")
    no_such_outage = Text(
        "L'historique ne connaît pas d'indisponibilité de ce nom : HUB/OBJET@DÉBUT, comme les donne vigie outages.",
        "The ledger knows no outage of this name: HUB/SUBJECT@START, as vigie outages gives them.",
    )
    not_readable_now = Text(
        "L'historique n'a pas pu être lu. Réessayez dans un moment.", "The ledger could not be read. Try again in a moment."
    )
    decimal = DECIMAL
    outage = OUTAGE
    outage_of = Text("Indisponibilité : {subject} ({hub})", "Outage: {subject} ({hub})")
    latest_outages = Text("Dernières indisponibilités (30 jours)", "Latest outages (30 days)")
    no_outage_lately = Text("Aucune indisponibilité depuis 30 jours.", "No outage for 30 days.")
    latest_changes = Text("Modifications vues (30 jours)", "Changes that were seen (30 days)")
    change = Text("Modification", "Change")
    change_kinds = CHANGE_KINDS
    traits = Text("Ce qui diffère", "What differs")
    notice = Text("Annonce", "Announcement")
    notices = NOTICES
    recorded_after = RECORDED_AFTER
    reaches = REACHES
    latest_failure = Text("Dernier échec", "Latest failure")
    its_trace = Text("Sa trace, échange par échange", "Its trace, hop by hop")
    why = Text("Ce qui l'explique", "What tells why")
    observation = OBSERVATION
    observation_no = OBSERVATION_NO
    observations = Text("Ses observations", "Its observations")
    none_kept = Text(
        "Aucune n'est plus dans l'historique : elles sont supprimées après leur durée de conservation.",
        "None is in the ledger any more: they are deleted after their retention time.",
    )
    first_of = Text("Les {shown} premières sur {count}.", "The first {shown} of {count}.")
    name = NAME
    start = START
    end = END
    ongoing = ONGOING
    down = Text("Durée constatée", "Time known to be down")
    unknown_because = UNKNOWN_BECAUSE
    unknown = Text("Durée inconnue", "Unknown time within")
    reason = REASON
    step = STEP
    error_id = ERROR_ID
    own_setting = OWN_SETTING
    affected = AFFECTED
    what_to_do = WHAT_TO_DO
    sight = SIGHT
    runbook = RUNBOOK
    when = WHEN
    its_outage = ITS_OUTAGE
    request_id = REQUEST_ID
    corrections = CORRECTIONS
    stated = ACTS
    imported = Text("Importée", "Imported")
    yes = YES
    states = STATES
    holds = HOLDS
    faults = FAULTS
    outcomes = OUTCOMES
    steps = STEPS
    pending = Vocabulary(
        {
            Pending.NOT_CONFIGURED: Text("la configuration n'est pas chargée", "the configuration is not loaded"),
            Pending.LEDGER_NOT_WRITABLE: Text("l'historique ne peut pas être écrit", "the ledger cannot be written"),
            Pending.LEDGER_BEHIND: Text(
                "l'historique est en retard : une observation attend d'être écrite depuis plus d'une minute",
                "the ledger is behind: an observation has waited to be written for more than a minute",
            ),
            Pending.FIRST_ROUND: Text("le premier tour de sondes n'est pas terminé", "the first round of probes is not over"),
        }
    )
    service_notices = Vocabulary(
        {
            ServiceNotice.RELOAD_REFUSED: Text(
                "la configuration relue a été refusée, celle d'avant reste en vigueur : le journal de Vigie dit pourquoi",
                "the configuration that was read again was refused, and the one before stays in force: Vigie's log says why",
            ),
        }
    )
    trace = Vocabulary(
        {
            "journey": Text("parcours", "journey"),
            "started": Text("début", "started"),
            "duration": Text("durée", "duration"),
            "outcome": Text("résultat", "outcome"),
            "fault": Text("en cause", "at fault"),
            "reason": Text("motif", "reason"),
            "step": Text("étape", "step"),
            "code": Text("code", "code"),
            "detail": Text("détail", "detail"),
            "error_id": Text("identifiant d'erreur", "error id"),
            "request_ids": Text("identifiants de requête", "request ids"),
            "exchange_number": Text("* : n° de l'échange", "*: the exchange's number"),
            "families": Text("familles", "families"),
            "settings": Text("réglages", "settings"),
            "to_do": Text("à faire", "what to do"),
            "tiles": Text("tuiles", "tiles"),
            "greyed": Text("grisée", "greyed"),
            "extract": Text("extrait", "extract"),
            "hops": Text("échanges (durées en millisecondes)", "exchanges (times in milliseconds)"),
            "backend": Text("nœud", "node"),
            "vantage": Text("point de vue", "vantage"),
        }
    )
    hop_columns = Row(
        Text("n°", "no."),
        Text("étape", "step"),
        Text("échange", "exchange"),
        Text("statut", "status"),
        Text("octets", "bytes"),
        Text("DNS", "DNS"),
        Text("connexion", "connect"),
        Text("TLS", "TLS"),
        Text("1er octet", "first byte"),
        Text("suite", "transfer"),
        Text("total", "total"),
        Text("erreur", "error"),
    )
