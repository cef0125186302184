"""The sentences of tickets, in French and in English. Text in braces comes from the incident."""

from probe.core.incident.model import ActKind, IncidentState
from probe.core.incident.scope import ACCOUNTS, SLOW, ScopeKind
from probe.core.judgement.observation import Kind
from probe.core.judgement.subject import C1, C2, C3
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
    citizen = Text("Ce que voit l'usager", "What the citizen sees")
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
    acknowledge = Text("Prendre en compte : {command}", "Acknowledge: {command}")
    read_on = Text("{label} : {name}", "{label}: {name}").format(label=RUNBOOK, name="{name}")
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

    sights = Vocabulary(
        {
            C1: Text(
                "La page de choix du fournisseur d'identité ne s'affiche pas : personne ne peut se connecter.",
                "The page on which to pick an identity provider is not displayed: nobody can log in.",
            ),
            C2: Text(
                "L'usager s'authentifie chez son fournisseur d'identité, puis la connexion échoue : "
                "ses données d'identité ne parviennent pas au service.",
                "The citizen authenticates at the identity provider, then the login fails: the identity data does not reach the service.",
            ),
            C3: Text(
                "La page de choix s'affiche, mais aucun fournisseur d'identité ne permet de se connecter.",
                "The page on which to pick is displayed, but no identity provider lets anybody log in.",
            ),
            SLOW: Text(
                "La connexion est anormalement lente, quel que soit le fournisseur d'identité.",
                "Logging in is unusually slow, whichever the identity provider.",
            ),
            ACCOUNTS: Text(
                "L'usager se connecte sans erreur, et le service ne le reconnaît pas : il lui a été donné un autre compte.",
                "The citizen logs in without an error, and the service does not recognise them: they were given another account.",
            ),
        }
    )
    """What the citizen sees, by the subject of the incident's scope."""
    idp_sights = Vocabulary(
        {
            ScopeKind.IDP: Text("L'usager qui choisit {idp} ne peut pas se connecter.", "A citizen who picks {idp} cannot log in."),
            ScopeKind.INTERMITTENT: Text(
                "L'usager qui choisit {idp} échoue par moments à se connecter.", "A citizen who picks {idp} fails now and again to log in."
            ),
            ScopeKind.SLOW_IDP: Text("La connexion par {idp} est anormalement lente.", "Logging in by {idp} is unusually slow."),
            ScopeKind.IDP_AT_CLIENT: Text(
                "L'usager qui choisit {idp} ne peut pas se connecter aux services que représente le client {client} ; aux autres, si.",
                "A citizen who picks {idp} cannot log in to the services that client {client} stands for, and can log in to others.",
            ),
            ScopeKind.CLIENT: Text(
                "L'usager ne peut pas se connecter aux services que représente le client {client} ; aux autres, si.",
                "A citizen cannot log in to the services that client {client} stands for, and can log in to others.",
            ),
        }
    )
    """The same where it is about one identity provider or one client, by the kind of scope."""
    no_login_page_sight = Text(
        "La page de connexion du hub ne s'affiche pas : personne ne peut se connecter.",
        "The hub's login page is not displayed: nobody can log in.",
    )
    accepted_sight = Text(
        "Rien. Mais un tiers pourrait se faire passer pour un service ou pour un usager.",
        "Nothing. But somebody could pass for a service or for a citizen.",
    )
