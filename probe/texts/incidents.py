"""The words of incidents and of deactivations (docs/contract.md, 2.2.2 and 2.2.3)."""

from probe.core.incident.deactivation import FlagStep
from probe.core.incident.deactivation_steps import Guard
from probe.core.incident.model import SPOKEN, WRITTEN, ActKind, IncidentClock, IncidentState, Origin, Relation, Scope, Severity, Way
from probe.core.incident.scope import ScopeKind, ScopeSubject
from probe.core.judgement.subject import client_of, journey_of
from probe.texts.bilingual import Text, Vocabulary
from probe.texts.columns import NONE_FEMININE
from probe.texts.judgement import negative
from probe.texts.subjects import Titles, subject_title

REGISTER = Text("registre des incidents", "incident register")

STATES = Vocabulary(
    {
        IncidentState.NEW: Text("nouveau", "new"),
        IncidentState.ACKNOWLEDGED: Text("pris en compte", "acknowledged"),
        IncidentState.IN_HAND: Text("pris en charge", "in hand"),
        IncidentState.WAITING: Text("en attente du fournisseur d'identité", "waiting for the identity provider"),
        IncidentState.RESOLVED: Text("résolu", "resolved"),
        IncidentState.CLOSED: Text("fermé", "closed"),
        IncidentState.MERGED: Text("fusionné", "merged"),
    }
)

SEVERITIES = Vocabulary(
    {
        Severity.CRITICAL: Text("1 (critique)", "1 (critical)"),
        Severity.MAJOR: Text("2 (majeure)", "2 (major)"),
        Severity.MEDIUM: Text("3 (moyenne)", "3 (medium)"),
        Severity.MINOR: Text("4 (mineure)", "4 (minor)"),
        Severity.INFO: Text("5 (info)", "5 (info)"),
    }
)

CLOCKS = Vocabulary(
    {
        IncidentClock.TAKE_IN_HAND: Text("prise en charge", "taking in hand"),
        IncidentClock.ESCALATION: Text("escalade", "escalation"),
        IncidentClock.RESOLUTION: Text("résolution", "resolution"),
        IncidentClock.BLOCKING: Text("anomalie bloquante", "blocking anomaly"),
        IncidentClock.NO_ANSWER: Text("réponse du fournisseur d'identité", "the identity provider's answer"),
        IncidentClock.NO_REMARK: Text("remarque du fournisseur d'identité", "the identity provider's remark"),
    }
)
"""What has to happen before each of the contract's deadlines."""

WAYS = Vocabulary(
    {
        Way.CONFIRMED: Text("résolu, confirmé par le fournisseur d'identité", "resolved, confirmed by the identity provider"),
        Way.AGREED: Text("non résolu, d'un commun accord écrit", "unresolved, agreed in writing"),
        Way.NO_ANSWER: Text("sans réponse du fournisseur d'identité", "no answer from the identity provider"),
        Way.NO_REMARK: Text("résolu, notifié, sans remarque", "resolved, notified, no remark"),
    }
)
"""How an incident was closed."""

HOWS = Vocabulary({SPOKEN: Text("de vive voix", "spoken"), WRITTEN: Text("par écrit", "in writing")})
"""How somebody confirmed or agreed."""

ORIGINS = Vocabulary(
    {
        Origin.CONDITION: Text("indisponibilité du service", "the service is unavailable"),
        Origin.IDP: Text("indisponibilité d'un fournisseur d'identité", "an identity provider is unavailable"),
        Origin.CLIENT: Text("un autre client du hub échoue", "another client of the hub fails"),
        Origin.INTERMITTENT: Text("fournisseur d'identité intermittent", "an identity provider is intermittent"),
        Origin.SLOW: Text("temps de réponse", "response times"),
        Origin.ACCOUNTS: Text("comptes des citoyens", "citizens' accounts"),
        Origin.SECURITY: Text("sécurité", "security"),
        Origin.ALERT: Text("alerte", "alert"),
        Origin.PERSON: Text("personne", "person"),
        Origin.MAIL: Text("courriel", "mail"),
    }
)
"""What opened an incident."""

ACTS = Vocabulary(
    {
        ActKind.OPENED: Text("ouvert", "opened"),
        ActKind.SEVERITY: Text("sévérité", "severity"),
        ActKind.ACKNOWLEDGED: STATES[IncidentState.ACKNOWLEDGED],
        ActKind.ASSIGNED: Text("confié", "assigned"),
        ActKind.WAITING: Text("question au fournisseur d'identité", "asked the identity provider"),
        ActKind.RESUMED: Text("repris", "resumed"),
        ActKind.COMMENTED: Text("commentaire", "comment"),
        ActKind.EVIDENCE: Text("constat", "evidence"),
        ActKind.BLOCKING: Text("bloquant", "blocking"),
        ActKind.RESOLVED: STATES[IncidentState.RESOLVED],
        ActKind.NOTIFIED: Text("notifié", "notified"),
        ActKind.REMARKED: Text("remarque", "remark"),
        ActKind.REOPENED: Text("rouvert", "reopened"),
        ActKind.CLOSED: STATES[IncidentState.CLOSED],
        ActKind.ESCALATED: Text("escalade", "escalated"),
        ActKind.BREACHED: Text("délai dépassé", "deadline missed"),
        ActKind.MERGED: STATES[IncidentState.MERGED],
        ActKind.LINKED: Text("lien", "linked"),
    }
)
"""What was done to an incident."""

RELATIONS = Vocabulary(
    {
        Relation.SWALLOWED_BY: Text("compris dans", "part of"),
        Relation.SWALLOWS: Text("comprend", "includes"),
        Relation.DUPLICATE_OF: Text("doublon de", "duplicate of"),
        Relation.FOLLOWS: Text("fait suite à", "follows"),
        Relation.RELATED: Text("lié à", "related to"),
    }
)
"""What this incident is to another; the other's reference follows."""

ROLES = Vocabulary(
    {
        "production": Text("Responsable de la production", "head of production"),
        "level3": Text("Équipe Support de niveau 3", "level 3 support"),
        "level2": Text("Équipe Support de niveau 2", "level 2 support"),
        "level1": Text("Équipe Support de niveau 1", "level 1 support"),
    }
)
"""To whom the contract escalates (2.2.2, figure 2)."""

FLAG_STEPS = Vocabulary(
    {
        FlagStep.PROPOSED: Text("proposée", "proposed"),
        FlagStep.APPROVED: Text("approuvée", "approved"),
        FlagStep.REJECTED: Text("refusée", "rejected"),
        FlagStep.DEACTIVATED: Text("désactivé", "deactivated"),
        FlagStep.RECOVERED: Text("rétabli", "recovered"),
        FlagStep.REACTIVATED: Text("réactivé", "reactivated"),
        FlagStep.CLEARED: Text("sans objet", "not needed any more"),
    }
)
"""How far a deactivation is: of the proposal up to the decision, of the identity provider
afterwards.
"""

NO_FLAG = NONE_FEMININE
"""No deactivation is under way."""

GUARDS = Vocabulary(
    {
        Guard.MIRE_MISSING: Text("C1 en cours", "C1 holds"),
        Guard.IDENTITY_NOT_RETURNED: Text("C2 en cours", "C2 holds"),
        Guard.ALL_IDPS_UNAVAILABLE: Text("C3 en cours", "C3 holds"),
        Guard.UNKNOWN: Text("état du hub inconnu", "the hub's state is unknown"),
        Guard.CONTROL: Text("fournisseur d'identité témoin", "control identity provider"),
        Guard.SHARED: Text("cause commune", "shared cause"),
        Guard.OWN_SETTINGS: Text("nos réglages n'ont pas réussi depuis leur changement", "our settings have not passed since they changed"),
        Guard.LAST: Text("dernier fournisseur d'identité", "last identity provider"),
    }
)
"""Why no deactivation is proposed although the identity provider is in trouble."""

SHARED = Text(
    "plus de la moitié des fournisseurs d'identité dysfonctionnent à la fois",
    "more than half of the identity providers are failing at once",
)
HUB_SLOW = Text("les temps de réponse sont fortement affectés", "response times are strongly affected")
ACCOUNTS_LOST = Text("les citoyens perdent leurs comptes", "citizens lose their accounts")
IDP_SCOPES = Vocabulary(
    {
        ScopeKind.IDP: Text("fournisseur d'identité {idp} indisponible", "identity provider {idp} is unavailable"),
        ScopeKind.INTERMITTENT: Text("fournisseur d'identité {idp} : échecs intermittents", "identity provider {idp} fails now and again"),
        ScopeKind.SLOW_IDP: Text(
            "fournisseur d'identité {idp} : temps de réponse dégradés", "identity provider {idp}: degraded response times"
        ),
        ScopeKind.IDP_AT_CLIENT: Text(
            "fournisseur d'identité {idp} indisponible pour le client {client} seul",
            "identity provider {idp} is unavailable for client {client} alone",
        ),
    }
)
"""The trouble of one identity provider, by the kind of a scope's subject."""
CLIENT_FAILS = Text("le client {client} échoue, le client principal passe", "client {client} fails, and the main client passes")
ACCEPTED = Text("le hub accepte ce qu'il doit refuser : {what}", "the hub accepts what it must refuse: {what}")
RULE = Text("alerte {name}", "alert {name}")
REQUEST = Text("demande", "request")


def scope(about: Scope, titles: Titles) -> Text:
    """Write what an incident is about; `titles` are those of its hub."""
    subject = ScopeSubject.parse(about.subject)
    if subject.kind is ScopeKind.CONDITION:
        return subject_title(subject.name, titles)
    client = titles.get(client_of(subject.seen_by), subject.seen_by)
    if subject.kind in IDP_SCOPES:
        return IDP_SCOPES[subject.kind].format(idp=titles.get(journey_of(subject.name), subject.name), client=client)
    if subject.kind is ScopeKind.CLIENT:
        return CLIENT_FAILS.format(client=client)
    if subject.kind is ScopeKind.SECURITY:
        return ACCEPTED.format(what=negative(subject.name))
    if subject.kind is ScopeKind.RULE:
        return RULE.format(name=subject.name)
    return {ScopeKind.SHARED: SHARED, ScopeKind.SLOW: HUB_SLOW, ScopeKind.ACCOUNTS: ACCOUNTS_LOST}.get(subject.kind, REQUEST)
