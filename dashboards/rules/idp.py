"""The rules about an IdP: outage, slowness, deactivation (2.2.2), account, certificate."""

from dashboards.rules.model import AlertRule, AlertSeverity, AlertTopic, Dashboard, RuleGroup, RuleSettings
from dashboards.rules.promql import bridged, count, joined, remembered, selected, worded
from exporters.metrics import names
from exporters.metrics.names import Metric
from probe.texts.bilingual import Text
from probe.texts.credentials import CREDENTIALS

_DAY_SECONDS = 86_400
_DOWN = "hub_idp:vigie_down:since"
"""The name of the recorded beginning of an IdP's outage, a Unix time."""


def group(settings: RuleSettings) -> RuleGroup:
    """Return the rules about IdPs."""
    down = remembered(_DOWN, f"{names.IDP_SINCE.name} and ignoring (state) {selected(names.IDP_STATE, state='down')} == 1", settings)
    rules = (
        _unavailable(settings),
        *_troubled(settings),
        *_identity(settings),
        _unknown(settings),
        *_flag(settings),
        *_certificates(settings),
        _family(settings),
        _budget(settings),
        *_credentials(settings),
    )
    return RuleGroup("vigie-idp", (down, *rules))


def _unavailable(settings: RuleSettings) -> AlertRule:
    """Make the alert on an outage, which waits 90 s.

    When all IdPs fail, each is confirmed by its own journey, a minute apart at most. The alert on
    C3 must come first.
    """

    denied = f"{bridged(names.IDP_STATE, settings, state='down')} == 0"
    return AlertRule(
        name="VigieIdpUnavailable",
        expr=joined(_DOWN, "hub, idp", denied),
        severity=AlertSeverity.TICKET,
        contract=2,
        about=AlertTopic.IDP,
        dashboard=Dashboard.IDP,
        summary=Text("{{ $labels.idp }} est indisponible", "{{ $labels.idp }} is unavailable"),
        description=Text(
            "On ne peut plus se connecter par {{ $labels.idp }} sur {{ $labels.hub }} depuis {{ $value | humanizeTimestamp }}.",
            "Nobody has been able to log in through {{ $labels.idp }} on {{ $labels.hub }} since {{ $value | humanizeTimestamp }}.",
        ),
        after_s=90,
        keep_s=60,
        shown=("hub", "idp"),
    )


def _each(settings: RuleSettings, metric: Metric, **labels: str) -> str:
    """Return 1 for each IdP for which the metric is 1 in some instance."""
    return f"max by (hub, idp) ({bridged(metric, settings, **labels)}) == 1"


def _troubled(settings: RuleSettings) -> tuple[AlertRule, ...]:
    of_clients = f"max by (hub, client, idp) ({bridged(names.CLIENT_NEVER_PASSED, settings)}) == 1"
    return (
        AlertRule(
            name="VigieIdpIntermittent",
            expr=_each(settings, names.IDP_INTERMITTENT),
            severity=AlertSeverity.TICKET,
            contract=3,
            about=AlertTopic.IDP,
            dashboard=Dashboard.IDP,
            summary=Text("{{ $labels.idp }} échoue par intermittence", "{{ $labels.idp }} fails now and again"),
            description=Text(
                "Des connexions par {{ $labels.idp }} échouent, sans panne confirmée : une partie des citoyens est touchée.",
                "Some logins through {{ $labels.idp }} fail, without a confirmed outage: some citizens are affected.",
            ),
            keep_s=900,
            shown=("hub", "idp"),
        ),
        AlertRule(
            name="VigieIdpSlow",
            expr=_each(settings, names.IDP_SLOW),
            severity=AlertSeverity.TICKET,
            contract=3,
            about=AlertTopic.IDP,
            dashboard=Dashboard.IDP,
            summary=Text("{{ $labels.idp }} est lent", "{{ $labels.idp }} is slow"),
            description=Text(
                "Les connexions par {{ $labels.idp }} manquent leur objectif de temps depuis cinq minutes.",
                "Logins through {{ $labels.idp }} have missed their latency objective for five minutes.",
            ),
            after_s=300,
            keep_s=900,
            shown=("hub", "idp"),
        ),
        AlertRule(
            name="VigieNeverPassed",
            expr=f"{_each(settings, names.NEVER_PASSED)} or {of_clients}",
            severity=AlertSeverity.TICKET,
            contract=4,
            about=AlertTopic.WATCH,
            dashboard=Dashboard.IDP,
            summary=Text(
                "{{ $labels.hub }} {{ $labels.client }} {{ $labels.idp }} : nos réglages n'ont jamais réussi",
                "{{ $labels.hub }} {{ $labels.client }} {{ $labels.idp }}: our settings have never passed",
            ),
            description=Text(
                "Depuis une heure les parcours échouent à une étape qui dépend de nos propres réglages, et qui n'a jamais réussi avec eux. "
                "Rien n'est compté comme indisponible, et une vraie panne ne se verrait pas : `vigie status` dit ce qu'il faut vérifier.",
                "For an hour journeys have failed at a step that depends on our own settings and has never passed with them. Nothing "
                "counts as unavailable, and a real outage would not show: `vigie status` says what to check.",
            ),
            after_s=3600,
            keep_s=600,
            shown=("hub", "idp"),
        ),
        AlertRule(
            name="VigieAccountSuspended",
            expr=_each(settings, names.ACCOUNT_SUSPENDED),
            severity=AlertSeverity.TICKET,
            contract=3,
            about=AlertTopic.WATCH,
            dashboard=Dashboard.IDP,
            summary=Text("{{ $labels.idp }} refuse notre compte", "{{ $labels.idp }} refuses our account"),
            description=Text(
                "Les identifiants du compte de test sont refusés : il n'est plus essayé, de peur d'être bloqué. {{ $labels.idp }} n'est "
                "suivi que jusqu'à sa page de connexion. Rétablir le compte ou son secret, puis lever la suspension : "
                "`systemctl reload vigie`, ou SIGHUP à `vigie run`.",
                "The synthetic account's credentials are refused: it is tried no more, lest it be locked. {{ $labels.idp }} is watched up "
                "to its login page only. Restore the account or its secret, then lift the suspension: `systemctl reload vigie`, or "
                "SIGHUP to `vigie run`.",
            ),
            shown=("hub", "idp"),
        ),
    )


def _credentials(settings: RuleSettings) -> tuple[AlertRule, ...]:
    near = f"max by (hub, client, idp, which) ({bridged(names.CREDENTIAL_VALIDITY, settings)})"
    which = worded("$labels.which", {kind.value: text for kind, text in CREDENTIALS.items()})
    rules = (
        ("soon", f"{near} == 1", 4, Text("finit bientôt", "ends soon")),
        ("very_soon", f"{near} >= 2", 3, Text("finit très bientôt, ou est périmé", "ends very soon, or has ended")),
    )
    return tuple(
        AlertRule(
            name="VigieCredentialEnds",
            expr=expr,
            severity=AlertSeverity.TICKET,
            contract=contract,
            about=AlertTopic.WATCH,
            dashboard=Dashboard.IDP,
            summary=Text(
                f"{{{{ $labels.hub }}}} {{{{ $labels.client }}}} {{{{ $labels.idp }}}} : un accès de la sonde {when.fr}",
                f"{{{{ $labels.hub }}}} {{{{ $labels.client }}}} {{{{ $labels.idp }}}}: a credential of the prober {when.en}",
            ),
            description=Text(
                f"Lequel : {which.fr}. Une fois périmé, les parcours qui en dépendent ne disent plus rien : le renouveler, puis mettre "
                "`expires` à jour.",
                f"Which: {which.en}. Once it has ended, the journeys that need it tell nothing any more: renew it, then update `expires`.",
            ),
            keep_s=300,
            shown=("hub",),
            labels={"ends": ends},
        )
        for ends, expr, contract, when in rules
    )


def _budget(settings: RuleSettings) -> AlertRule:
    withheld = count(names.LOGINS_WITHHELD, 600, settings, run="regular")
    return AlertRule(
        name="VigieLoginBudgetSpent",
        expr=f"sum by (hub, idp, vantage) ({withheld}) > 0",
        severity=AlertSeverity.TICKET,
        contract=4,
        about=AlertTopic.WATCH,
        dashboard=Dashboard.IDP,
        summary=Text("{{ $labels.idp }} : plus de connexion aujourd'hui", "{{ $labels.idp }}: no more logins today"),
        description=Text(
            "Le compte de test a fait toutes ses connexions du jour depuis {{ $labels.vantage }} : jusqu'à minuit, {{ $labels.idp }} n'est "
            "suivi que jusqu'à son formulaire, et ce temps est inconnu.",
            "The synthetic account has made all logins of its day from {{ $labels.vantage }}: until midnight {{ $labels.idp }} is watched "
            "up to its form only, and that time is unknown.",
        ),
        keep_s=600,
        shown=("hub", "idp"),
    )


def _identity(settings: RuleSettings) -> tuple[AlertRule, ...]:
    """Make the alerts on what comes back of an identity. The ledger has confirmed it already."""
    return (
        AlertRule(
            name="VigieAccountChanged",
            expr=f"max by (hub) ({bridged(names.ACCOUNT_CHANGED, settings)}) == 1",
            severity=AlertSeverity.PAGE,
            contract=1,
            about=AlertTopic.HUB,
            dashboard=Dashboard.IDP,
            summary=Text("{{ $labels.hub }} : les citoyens perdent leurs comptes", "{{ $labels.hub }}: citizens lose their accounts"),
            description=Text(
                "{{ $labels.hub }} donne à la même personne un autre `sub` qu'avant : les services ne reconnaissent plus leurs usagers. "
                "`vigie claims` dit par quels fournisseurs d'identité, et depuis quand.",
                "{{ $labels.hub }} gives the same person another `sub` than before: services do not recognise their users any more. "
                "`vigie claims` says through which identity providers, and since when.",
            ),
            keep_s=180,
            shown=("hub",),
        ),
        AlertRule(
            name="VigieAccountDiffers",
            expr=f"max by (hub) ({bridged(names.ACCOUNT_DIFFERS, settings)}) == 1",
            severity=AlertSeverity.TICKET,
            contract=3,
            about=AlertTopic.WATCH,
            dashboard=Dashboard.IDP,
            summary=Text(
                "{{ $labels.hub }} : deux comptes pour une même personne", "{{ $labels.hub }}: two accounts for one and the same person"
            ),
            description=Text(
                "La même personne n'a pas le même `sub` par tous ses fournisseurs d'identité : `vigie claims` dit par lesquels.",
                "The same person does not have the same `sub` through all identity providers: `vigie claims` says through which.",
            ),
            after_s=300,
            keep_s=900,
            shown=("hub",),
        ),
        AlertRule(
            name="VigieClaimLost",
            expr=_each(settings, names.CLAIM_LOST),
            severity=AlertSeverity.TICKET,
            contract=3,
            about=AlertTopic.WATCH,
            dashboard=Dashboard.IDP,
            summary=Text("{{ $labels.idp }} : une donnée d'identité ne vient plus", "{{ $labels.idp }}: an identity claim comes no more"),
            description=Text(
                "Une donnée que {{ $labels.hub }} renvoyait par {{ $labels.idp }} manque à deux parcours : `vigie claims` dit laquelle.",
                "A claim that {{ $labels.hub }} returned through {{ $labels.idp }} is missing from two journeys: `vigie claims` says "
                "which.",
            ),
            keep_s=900,
            shown=("hub", "idp"),
        ),
    )


def _unknown(settings: RuleSettings) -> AlertRule:
    """Make the alert on an unknown IdP.

    It fires only where the hub is available and offers the IdP; otherwise another alert fires.
    So it does where our settings have never passed or our account is suspended.
    """
    unknown = f"min by (hub, idp) ({bridged(names.IDP_STATE, settings, state='unknown')}) == 1"
    seen = f"max by (hub) ({bridged(names.HUB_STATE, settings, state='up')}) == 1"
    offered = f"max by (hub, idp) ({bridged(names.IDP_SELECTABLE, settings)}) == 1"
    ours = " or ".join(_each(settings, metric) for metric in (names.NEVER_PASSED, names.ACCOUNT_SUSPENDED))
    return AlertRule(
        name="VigieIdpUnknown",
        expr=f"{unknown} and on (hub) {seen} and on (hub, idp) {offered} unless on (hub, idp) ({ours})",
        severity=AlertSeverity.TICKET,
        contract=4,
        about=AlertTopic.WATCH,
        dashboard=Dashboard.IDP,
        summary=Text("{{ $labels.idp }} : état inconnu", "{{ $labels.idp }}: state unknown"),
        description=Text(
            "Depuis quinze minutes rien ne dit si l'on peut se connecter par {{ $labels.idp }}, que la mire offre pourtant.",
            "For fifteen minutes nothing has told whether one can log in through {{ $labels.idp }}, although it is offered.",
        ),
        after_s=900,
        keep_s=300,
        shown=("hub", "idp"),
    )


def _flag(settings: RuleSettings) -> tuple[AlertRule, ...]:
    """Make the alerts on a deactivation, for which people must act until the tile is gone.

    Contract, 2.2.2: « désactivé jusqu'à la résolution complète de l'incident ».
    """
    return (
        AlertRule(
            name="VigieIdpFlagged",
            expr=_each(settings, names.FLAG, state="~proposed|approved"),
            severity=AlertSeverity.PAGE,
            contract=2,
            about=AlertTopic.IDP,
            dashboard=Dashboard.IDP,
            summary=Text("{{ $labels.idp }} est à désactiver", "{{ $labels.idp }} is to be deactivated"),
            description=Text(
                "La panne de {{ $labels.idp }} dure : sa désactivation attend une décision, ou d'être faite sur {{ $labels.hub }}.",
                "The outage of {{ $labels.idp }} lasts: its deactivation waits for a decision, or to be done on {{ $labels.hub }}.",
            ),
            shown=("hub", "idp"),
        ),
        AlertRule(
            name="VigieIdpFlagGuarded",
            expr=_each(settings, names.FLAG_GUARDED),
            severity=AlertSeverity.TICKET,
            contract=2,
            about=AlertTopic.IDP,
            dashboard=Dashboard.IDP,
            summary=Text("{{ $labels.idp }} échoue et ne peut être désactivé", "{{ $labels.idp }} fails and may not be deactivated"),
            description=Text(
                "{{ $labels.idp }} devrait être désactivé, et une garde l'interdit : c'est le dernier, ou trop d'autres échouent avec lui.",
                "{{ $labels.idp }} should be deactivated, and a guard forbids it: it is the last one, or too many others fail with it.",
            ),
            after_s=600,
            keep_s=300,
            shown=("hub", "idp"),
        ),
        AlertRule(
            name="VigieIdpNotReactivated",
            expr=_each(settings, names.FLAG, state="recovered"),
            severity=AlertSeverity.TICKET,
            contract=3,
            about=AlertTopic.IDP,
            dashboard=Dashboard.IDP,
            summary=Text("{{ $labels.idp }} est rétabli et reste désactivé", "{{ $labels.idp }} is well again and still deactivated"),
            description=Text(
                "{{ $labels.idp }} est rétabli depuis plus de trente minutes et la mire de {{ $labels.hub }} ne l'offre toujours pas.",
                "{{ $labels.idp }} has been well for more than thirty minutes and {{ $labels.hub }} still does not offer it.",
            ),
            after_s=1800,
            shown=("hub", "idp"),
        ),
    )


def _family(settings: RuleSettings) -> AlertRule:
    return AlertRule(
        name="VigieFamilyDead",
        expr=f"max by (host, ip) ({bridged(names.HOST_FAMILY, settings)}) == 0",
        severity=AlertSeverity.TICKET,
        contract=4,
        about=AlertTopic.IDP,
        dashboard=Dashboard.IDP,
        summary=Text("{{ $labels.host }} ne répond plus en IPv{{ $labels.ip }}", "{{ $labels.host }} has no IPv{{ $labels.ip }}"),
        description=Text(
            "{{ $labels.host }} a des adresses IPv{{ $labels.ip }} auxquelles personne ne se connecte plus depuis quinze minutes. L'autre "
            "famille répond : les navigateurs la prennent, sauf ceux d'un réseau qui ne l'a pas.",
            "{{ $labels.host }} has IPv{{ $labels.ip }} addresses that nobody could connect to for fifteen minutes. The other family "
            "answers: browsers take it, but those on a network without it.",
        ),
        after_s=900,
    )


def _certificates(settings: RuleSettings) -> tuple[AlertRule, ...]:
    """Make the alerts on certificates: calendar days, which `faster` does not shorten."""
    return tuple(
        _certificate(settings, days, severity, contract)
        for days, severity, contract in ((21, AlertSeverity.TICKET, 3), (3, AlertSeverity.PAGE, 2))
    )


def _certificate(settings: RuleSettings, days: int, severity: AlertSeverity, contract: int) -> AlertRule:
    return AlertRule(
        name="VigieCertificateExpires",
        expr=f"min by (host) ({bridged(names.CERTIFICATE_EXPIRY, settings)} > 0) - time() < {days * _DAY_SECONDS}",
        severity=severity,
        contract=contract,
        about=AlertTopic.IDP,
        dashboard=Dashboard.IDP,
        summary=Text("Le certificat de {{ $labels.host }} expire bientôt", "The certificate of {{ $labels.host }} expires soon"),
        description=Text(
            "Il reste {{ $value | humanizeDuration }} au certificat de {{ $labels.host }}, ou à un certificat de sa chaîne. "
            "Ensuite les navigateurs refuseront la page.",
            "The certificate of {{ $labels.host }}, or one of its chain, has {{ $value | humanizeDuration }} left. "
            "Then browsers will refuse the page.",
        ),
    )
