"""The rules about a hub: the contract's conditions (section 3), the mire, an unknown state."""

from dashboards.rules.model import AlertRule, AlertSeverity, AlertTopic, Dashboard, RuleGroup, RuleSettings
from dashboards.rules.promql import TARGET, bridged, count, joined, remembered, selected, worded
from exporters.metrics import names
from probe.texts.bilingual import Text
from probe.texts.judgement import FAULTS

_DOWN = "hub_condition:vigie_down:since"
"""The name of the recorded beginning of a condition, a Unix time."""
_SINCE = "{{ $value | humanizeTimestamp }}"
_ASKED = (
    '{{ range query (printf "max by (fault) (' + names.CONDITION_FAULT.name + '{hub=%q, condition=%q}) == 1"'
    " $labels.hub $labels.condition) }}, "
)
_PARTY = worded(".Labels.fault", {fault.value: text for fault, text in FAULTS.items()})
_FAULT = Text(f"{_ASKED}en cause : {_PARTY.fr}{{{{ end }}}}", f"{_ASKED}at fault: {_PARTY.en}{{{{ end }}}}")
"""A template of Prometheus that shows the party at fault, and nothing while it is unknown."""


def group(settings: RuleSettings) -> RuleGroup:
    """Return the rules about hubs."""
    down = remembered(
        _DOWN, f"{names.CONDITION_SINCE.name} and ignoring (state) {selected(names.CONDITION_STATE, state='down')} == 1", settings
    )
    return RuleGroup("vigie-hub", (down, *_conditions(settings), _unknown(settings), *_mire(settings), _slow(settings)))


def _conditions(settings: RuleSettings) -> tuple[AlertRule, ...]:
    return (
        _condition(
            settings,
            "VigieMireMissing",
            "mire_missing",
            Text("C1 : {{ $labels.hub }} n'affiche pas la mire", "C1: {{ $labels.hub }} does not show its selection page"),
            Text("Aucun citoyen ne peut choisir de fournisseur d'identité", "No citizen can choose an identity provider"),
        ),
        _condition(
            settings,
            "VigieIdentityNotReturned",
            "identity_not_returned",
            Text("C2 : {{ $labels.hub }} ne renvoie pas les identités", "C2: {{ $labels.hub }} does not return identities"),
            Text(
                "Le citoyen s'authentifie chez son fournisseur d'identité, et le service n'obtient pas ses données",
                "The citizen logs in at the identity provider, and the service does not get the identity",
            ),
        ),
        _condition(
            settings,
            "VigieAllIdpsUnavailable",
            "all_idps_unavailable",
            Text("C3 : {{ $labels.hub }}, plus aucun fournisseur d'identité", "C3: {{ $labels.hub }}, no identity provider left"),
            Text(
                "La mire s'affiche, et aucun choix n'y mène à une connexion",
                "The selection page is shown, and no choice on it leads to a login",
            ),
        ),
    )


def _condition(settings: RuleSettings, name: str, condition: str, summary: Text, citizen: Text) -> AlertRule:
    """Make the alert on a condition.

    It fires at once, as the ledger has confirmed the condition already (failures in a row).
    It continues for three minutes after the condition, longer than an IdP's alert: after C3 the
    IdPs recover one after the other, and the last ones must not look like outages of their own.
    """

    denied = f"{bridged(names.CONDITION_STATE, settings, condition=condition, state='down')} == 0"
    return AlertRule(
        name=name,
        expr=joined(f'{_DOWN}{{condition="{condition}"}}', "hub, condition", denied),
        severity=AlertSeverity.PAGE,
        contract=1,
        about=AlertTopic.HUB,
        dashboard=Dashboard.ON_CALL,
        summary=summary,
        description=Text(
            f"{citizen.fr}, depuis {_SINCE}{_FAULT.fr}. Chaque seconde compte dans les 99,9 %.",
            f"{citizen.en}, since {_SINCE}{_FAULT.en}. Every second counts against the 99.9 %.",
        ),
        keep_s=180,
        shown=("hub",),
    )


def _unknown(settings: RuleSettings) -> AlertRule:
    return AlertRule(
        name="VigieHubUnknown",
        expr=f"min by (hub) ({bridged(names.HUB_STATE, settings, state='unknown')}) == 1",
        severity=AlertSeverity.PAGE,
        contract=2,
        about=AlertTopic.WATCH,
        dashboard=Dashboard.WATCH,
        summary=Text("{{ $labels.hub }} : état inconnu", "{{ $labels.hub }}: state unknown"),
        description=Text(
            "Depuis dix minutes rien ne permet de dire si {{ $labels.hub }} est disponible : une indisponibilité passerait inaperçue.",
            "For ten minutes nothing has told whether {{ $labels.hub }} is available: an outage would go unseen.",
        ),
        after_s=600,
        shown=("hub",),
    )


def _mire(settings: RuleSettings) -> tuple[AlertRule, ...]:
    seen = f"{bridged(names.MIRE_SEEN, settings)} > 0"
    selectable = f"max by (hub, idp) ({bridged(names.IDP_SELECTABLE, settings)} and on ({TARGET}, hub, vantage) {seen}) == 0"
    away = f"max by (hub, idp) ({bridged(names.FLAG, settings, state='~deactivated|recovered')}) == 1"
    return (
        AlertRule(
            name="VigieMireLacksIdp",
            expr=f"{selectable} unless on (hub, idp) {away}",
            severity=AlertSeverity.TICKET,
            contract=2,
            about=AlertTopic.IDP,
            dashboard=Dashboard.IDP,
            summary=Text("La mire n'offre pas {{ $labels.idp }}", "The selection page does not offer {{ $labels.idp }}"),
            description=Text(
                "{{ $labels.idp }} est absent ou grisé sur la mire de {{ $labels.hub }} depuis cinq minutes, sans désactivation en cours.",
                "{{ $labels.idp }} has been absent or greyed on the page of {{ $labels.hub }} for five minutes, without any deactivation.",
            ),
            after_s=300,
            keep_s=120,
            shown=("hub", "idp"),
        ),
        AlertRule(
            name="VigieTilesGreyed",
            expr=f"sum by (hub, vantage) ({count(names.INCONCLUSIVE, 300, settings, kind='mire', reason='tiles_greyed')}) > 2.5",
            severity=AlertSeverity.TICKET,
            contract=4,
            about=AlertTopic.WATCH,
            dashboard=Dashboard.WATCH,
            summary=Text("{{ $labels.hub }} refuse notre sonde", "{{ $labels.hub }} refuses our probe"),
            description=Text(
                "Depuis {{ $labels.vantage }} toutes les tuiles sont grisées alors que les fournisseurs d'identité, interrogés en direct, "
                "répondent : le hub tient sans doute la sonde pour suspecte. Rien n'est compté comme indisponible.",
                "From {{ $labels.vantage }} every tile is greyed while the identity providers, asked directly, answer: the hub probably "
                "takes the probe for suspicious. Nothing counts as unavailable.",
            ),
            keep_s=600,
            shown=("hub", "vantage"),
        ),
        AlertRule(
            name="VigieTurnedAway",
            expr=f"sum by (hub, vantage) ({count(names.INCONCLUSIVE, 600, settings, reason='turned_away')}) > 4.5",
            severity=AlertSeverity.TICKET,
            contract=4,
            about=AlertTopic.WATCH,
            dashboard=Dashboard.WATCH,
            summary=Text("{{ $labels.hub }} : la sonde est renvoyée", "{{ $labels.hub }}: the probe is turned away"),
            description=Text(
                "Depuis {{ $labels.vantage }} le hub ou un fournisseur d'identité répond 429, 403 ou par une épreuve pour robots. Rien "
                "n'est compté comme indisponible : demander depuis un second réseau.",
                "From {{ $labels.vantage }} the hub or an identity provider answers 429, 403 or with a challenge for robots. Nothing "
                "counts as unavailable: ask from a second network.",
            ),
            keep_s=600,
            shown=("hub", "vantage"),
        ),
        AlertRule(
            name="VigieClientUnknown",
            expr=_client_unknown(settings),
            severity=AlertSeverity.TICKET,
            contract=4,
            about=AlertTopic.WATCH,
            dashboard=Dashboard.WATCH,
            summary=Text(
                "{{ $labels.hub }} ne connaît plus notre client {{ $labels.client }}",
                "{{ $labels.hub }} no longer knows our client {{ $labels.client }}",
            ),
            description=Text(
                "Le hub refuse ce client de la sonde et en connaît un autre : notre fiche y a disparu ou est coupée. Rien n'est "
                "compté comme indisponible, et une vraie panne ne se verrait pas.",
                "The hub refuses this client of the prober and knows another one: our record there is gone, or switched off. Nothing "
                "counts as unavailable, and a real outage would not show.",
            ),
            keep_s=600,
            shown=("hub", "vantage"),
        ),
        AlertRule(
            name="VigieBackendDown",
            expr=f"min by (hub, backend) ({bridged(names.BACKEND_STATE, settings, state='down')}) == 1",
            severity=AlertSeverity.TICKET,
            contract=3,
            about=AlertTopic.HUB,
            dashboard=Dashboard.ON_CALL,
            summary=Text(
                "{{ $labels.hub }} : le nœud {{ $labels.backend }} ne sert plus la mire",
                "{{ $labels.hub }}: node {{ $labels.backend }} lost the mire",
            ),
            description=Text(
                "Interrogé sans le répartiteur de charge, le nœud {{ $labels.backend }} n'affiche pas la mire depuis cinq minutes.",
                "Asked past the load balancer, node {{ $labels.backend }} has not shown the selection page for five minutes.",
            ),
            after_s=300,
            keep_s=120,
            shown=("hub",),
        ),
    )


def _client_unknown(settings: RuleSettings) -> str:
    """Return where the hub does not know the main client (without a label `client`) or another."""
    main = count(names.INCONCLUSIVE, 600, settings, kind="mire", reason="client_unknown")
    other = count(names.CLIENT_INCONCLUSIVE, 600, settings, kind="mire", reason="client_unknown")
    return f"sum by (hub, vantage) ({main}) > 2.5 or sum by (hub, client, vantage) ({other}) > 2.5"


def _slow(settings: RuleSettings) -> AlertRule:
    """Make the alert on strongly affected response times: severity 2 (contract, 2.2.2, figure 2).

    A single slow IdP says nothing about the hub.
    """
    slow = f"max by (hub, idp) ({bridged(names.IDP_SLOW, settings)})"
    return AlertRule(
        name="VigieHubSlow",
        expr=f"avg by (hub) ({slow}) > 0.5 and count by (hub) ({slow}) > 1",
        severity=AlertSeverity.TICKET,
        contract=2,
        about=AlertTopic.HUB,
        dashboard=Dashboard.ON_CALL,
        summary=Text("{{ $labels.hub }} est lent", "{{ $labels.hub }} is slow"),
        description=Text(
            "{{ $value | humanizePercentage }} des fournisseurs d'identité manquent leur objectif de temps : la cause est commune.",
            "{{ $value | humanizePercentage }} of the identity providers miss their latency objective: the cause is shared.",
        ),
        after_s=300,
        keep_s=600,
        shown=("hub",),
    )
