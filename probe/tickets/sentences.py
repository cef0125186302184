"""The sentences of tickets, in French and in English. Text in braces comes from the incident."""

from probe.core.incident.model import ActKind, IncidentState
from probe.core.judgement.observation import Kind
from probe.texts.bilingual import Text, Texts, Vocabulary
from probe.texts.columns import (
    AFFECTED,
    COLON,
    ERROR_ID,
    HUB,
    INCIDENT,
    ITS_OUTAGE,
    OBSERVATION,
    OWN_SETTING,
    REASON,
    RECEIVED,
    REQUEST_ID,
    RUNBOOK,
    SEVERITY,
    SIGHT,
    SINCE,
    STATE,
    STEP,
    WHAT_TO_DO,
)
from probe.texts.incidents import ACTS, CLOCKS, HOWS, RELATIONS, ROLES, SEVERITIES, STATES, WAYS
from probe.texts.judgement import AT_FAULT, FAULTS, KINDS


class TicketTexts(Texts):
    """Of the messages to ticket systems. The first ones are labels, in the order of the layouts."""

    colon = COLON
    incident = INCIDENT
    hub = HUB
    scope = Text("Périmètre", "Scope")
    severity = SEVERITY
    state = STATE
    since = SINCE
    again = Text("Repris le", "Again since")
    received = RECEIVED
    citizen = SIGHT
    requester = Text("Demandeur", "Requester")
    until = Text("Jusqu'au", "Until")
    assignee = Text("Confié à", "Assigned to")
    step = STEP
    reason = REASON
    fault = AT_FAULT
    code = Text("Code d'erreur", "Error code")
    precisely = Text("Précisément", "Precisely")
    direct = KINDS[Kind.DIRECT].capitalized()
    affected = AFFECTED
    own_setting = OWN_SETTING
    error_id = ERROR_ID
    request_id = REQUEST_ID
    observation = OBSERVATION
    what_to_do = WHAT_TO_DO
    detail = Text("Description", "Description")
    evidence = Text("Constats", "Evidence")
    deadlines = Text("Échéances (heures ouvrées)", "Due (working hours)")
    call = Text("Qui appeler", "Who to call")
    links = Text("Liens", "Links")
    link_names = Vocabulary(
        {
            "runbook": RUNBOOK,
            "vigie": Text("L'incident dans Vigie", "The incident in Vigie"),
            "outage": ITS_OUTAGE,
            "trace": Text("La trace qui l'explique", "The trace that tells why"),
            "grafana": Text("Les tableaux de bord", "The dashboards"),
        }
    )
    key = Text("Clé", "Key")

    title = Text("{hub} : {scope}", "{hub}: {scope}")
    about_idp = Text("fournisseur d'identité {idp}", "identity provider {idp}")

    states = STATES
    severities = SEVERITIES
    clocks = CLOCKS
    ways = WAYS
    hows = HOWS
    relations = RELATIONS
    roles = ROLES
    faults = FAULTS
    headlines = Vocabulary(
        {
            ActKind.OPENED: Text("{title}", "{title}"),
            ActKind.SEVERITY: Text("Sévérité {severity}", "Severity {severity}"),
            ActKind.ACKNOWLEDGED: STATES[IncidentState.ACKNOWLEDGED].capitalized(),
            ActKind.ASSIGNED: Text("Confié à {to}", "Assigned to {to}"),
            ActKind.WAITING: STATES[IncidentState.WAITING].capitalized(),
            ActKind.RESUMED: Text("Reprise du traitement", "Work goes on"),
            ActKind.COMMENTED: ACTS[ActKind.COMMENTED].capitalized(),
            ActKind.EVIDENCE: ACTS[ActKind.EVIDENCE].capitalized(),
            ActKind.BLOCKING: Text("Anomalie bloquante", "Blocking anomaly"),
            ActKind.RESOLVED: STATES[IncidentState.RESOLVED].capitalized(),
            ActKind.NOTIFIED: Text("Fournisseur d'identité notifié de la résolution", "Identity provider told of the resolution"),
            ActKind.REMARKED: Text("Remarque du fournisseur d'identité", "Remark of the identity provider"),
            ActKind.REOPENED: ACTS[ActKind.REOPENED].capitalized(),
            ActKind.CLOSED: Text("{closed} : {way}", "{closed}: {way}").format(
                closed=STATES[IncidentState.CLOSED].capitalized(), way="{way}"
            ),
            ActKind.ESCALATED: Text("Escalade vers {role}", "Escalated to {role}"),
            ActKind.BREACHED: Text("Échéance manquée : {clock}", "Deadline missed: {clock}"),
            ActKind.MERGED: Text("{merged} dans {into}", "{merged} into {into}").format(
                merged=STATES[IncidentState.MERGED].capitalized(), into="{into}"
            ),
            ActKind.LINKED: Text("{relation} {linked}", "{relation} {linked}"),
        }
    )
    """The first line of a message, by the act that it tells."""
    not_blocking = Text("Anomalie non bloquante", "Anomaly that does not block")

    notified = Text("Notifié à {to}.", "Told to {to}.")
    confirmed = Text("Confirmé par {by}", "Confirmed by {by}")
    confirmed_how = Text(" ({how})", " ({how})")
    confirmed_when = Text(", le {when}", ", {when}")
    agreed = Text(" Accord donné pour nous par {ours}.", " Agreed for us by {ours}.")
    was_due = Text("L'échéance était le {due}.", "It was due at {due}.")
