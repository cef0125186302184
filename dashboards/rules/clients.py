"""The rules about the clients of a hub beside the main one.

Each is about what such a client meets and the main one does not: what both meet has alerts of its
own.
"""

from dashboards.rules.model import AlertRule, AlertSeverity, AlertTopic, Dashboard, RuleGroup, RuleSettings
from dashboards.rules.promql import bridged, joined, remembered, selected
from exporters.metrics import names
from probe.texts.bilingual import Text

_DOWN, _DOWN_AT_IDP = "hub_client:vigie_down:since", "hub_client_idp:vigie_down:since"
"""The names of the recorded beginnings of what a client meets, at the hub and at an IdP."""


def group(settings: RuleSettings) -> RuleGroup:
    """Return the rules about the clients beside the main one."""
    fails, fails_at_idp = (f"{selected(metric, state='down')} == 1" for metric in (names.CLIENT_STATE, names.CLIENT_IDP_STATE))
    at_hub = remembered(_DOWN, f"{names.CLIENT_SINCE.name} and ignoring (state) {fails}", settings)
    at_idp = remembered(_DOWN_AT_IDP, f"{names.CLIENT_IDP_SINCE.name} and ignoring (state) {fails_at_idp}", settings)
    rules = (_unavailable(settings), _unavailable_at_idp(settings), _unknown(settings))
    return RuleGroup("vigie-clients", (at_hub, at_idp, *rules))


def _main_fails(settings: RuleSettings) -> str:
    """Return the hubs of which a condition holds, or whose mire nobody knows of."""
    holds = f"max by (hub) ({bridged(names.CONDITION_STATE, settings, state='down')}) == 1"
    unknown = f"min by (hub) ({bridged(names.CONDITION_STATE, settings, condition='mire_missing', state='unknown')}) == 1"
    return f"({holds} or {unknown})"


def _denied(settings: RuleSettings) -> str:
    return f"{bridged(names.CLIENT_STATE, settings, state='down')} == 0"


def _all_idps_down(settings: RuleSettings) -> str:
    """Return the clients that may choose no IdP which is not down for everybody, as the incidents'
    rule has it (`probe.core.incident.detection`).
    """
    idps = bridged(names.CLIENT_IDP_STATE, settings, state="up")
    down = f"min by (hub, idp) ({bridged(names.IDP_STATE, settings, state='down')}) == 1"
    return f"(count by (hub, client) ({idps}) == count by (hub, client) ({idps} and on (hub, idp) {down}))"


def _unavailable(settings: RuleSettings) -> AlertRule:
    """Make the alert on a client that fails alone. It waits 90 s, as an IdP's does: it may turn out
    to be everybody's.
    """
    down = joined(_DOWN, "hub, client", _denied(settings))
    return AlertRule(
        name="VigieClientUnavailable",
        expr=f"({down}) unless on (hub, client) {_all_idps_down(settings)} unless on (hub) {_main_fails(settings)}",
        severity=AlertSeverity.TICKET,
        contract=3,
        about=AlertTopic.HUB,
        dashboard=Dashboard.IDP,
        summary=Text(
            "{{ $labels.hub }} ne sert plus le client {{ $labels.client }}",
            "{{ $labels.hub }} no longer serves client {{ $labels.client }}",
        ),
        description=Text(
            "Le hub sert le client principal de la sonde, et plus {{ $labels.client }}, depuis {{ $value | humanizeTimestamp }} : les "
            "usagers des services de ce niveau ne peuvent plus se connecter. Rien ne compte dans le chiffre annuel.",
            "The hub serves the prober's main client and has not served {{ $labels.client }} since {{ $value | humanizeTimestamp }}: the "
            "users of services of that level cannot log in. Nothing counts in the annual figure.",
        ),
        after_s=90,
        keep_s=60,
        shown=("hub",),
        labels={"vigie_subject": "client:{{ $labels.client }}"},
    )


def _unavailable_at_idp(settings: RuleSettings) -> AlertRule:
    """Make the alert on an IdP that fails for a client alone."""
    denied = f"{bridged(names.CLIENT_IDP_STATE, settings, state='down')} == 0"
    client_fails = f"max by (hub, client) ({bridged(names.CLIENT_STATE, settings, state='down')}) == 1"
    main_fails = f"max by (hub, idp) ({bridged(names.IDP_STATE, settings, state='up')}) == 0"
    down = joined(_DOWN_AT_IDP, "hub, client, idp", denied)
    return AlertRule(
        name="VigieClientUnavailable",
        expr=f"({down}) unless on (hub, client) {client_fails} unless on (hub, idp) {main_fails} unless on (hub) {_main_fails(settings)}",
        severity=AlertSeverity.TICKET,
        contract=3,
        about=AlertTopic.IDP,
        dashboard=Dashboard.IDP,
        summary=Text(
            "{{ $labels.idp }} est indisponible pour le client {{ $labels.client }} seul",
            "{{ $labels.idp }} is unavailable for client {{ $labels.client }} alone",
        ),
        description=Text(
            "Le client {{ $labels.client }} de {{ $labels.hub }} ne peut plus se connecter par {{ $labels.idp }} depuis "
            "{{ $value | humanizeTimestamp }}, le client principal si.",
            "Client {{ $labels.client }} of {{ $labels.hub }} has not been able to log in through {{ $labels.idp }} since "
            "{{ $value | humanizeTimestamp }}, and the main client can.",
        ),
        after_s=90,
        keep_s=60,
        shown=("hub", "idp"),
        labels={"vigie_subject": "idp:{{ $labels.idp }}@{{ $labels.client }}"},
    )


def _unknown(settings: RuleSettings) -> AlertRule:
    client = f"min by (hub, client) ({bridged(names.CLIENT_STATE, settings, state='unknown')}) == 1"
    hub = f"min by (hub) ({bridged(names.HUB_STATE, settings, state='unknown')}) == 1"
    return AlertRule(
        name="VigieClientStateUnknown",
        expr=f"{client} unless on (hub) ({hub} or {_main_fails(settings)})",
        severity=AlertSeverity.TICKET,
        contract=4,
        about=AlertTopic.WATCH,
        dashboard=Dashboard.IDP,
        summary=Text(
            "{{ $labels.hub }}, client {{ $labels.client }} : état inconnu", "{{ $labels.hub }}, client {{ $labels.client }}: state unknown"
        ),
        description=Text(
            "Depuis dix minutes rien ne permet de dire si le hub sert le client {{ $labels.client }}, alors que l'état du hub est connu.",
            "For ten minutes nothing has told whether the hub serves client {{ $labels.client }}, while the hub's state is known.",
        ),
        after_s=600,
        shown=("hub",),
    )
