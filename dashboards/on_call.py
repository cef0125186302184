"""The dashboard for on-call staff, on one screen.

It shows whether the service is available, which condition holds, since when, the party at fault,
the IdPs concerned, the runbooks, the budget that is left, and the next deadline.
"""

from dashboards import headings, looks
from dashboards.board import DEACTIVATIONS, HUBS, OUTAGES, VANTAGES, GrafanaDashboard, PanelRow, runbook, to_board
from dashboards.looks import coloured, none_is_good
from dashboards.panels import COUNT, Column, Label, Panel, PanelQuery, lasting, lines, looking, stat, table, timeline
from dashboards.promql import (
    HUB,
    VANTAGE,
    blame,
    elapsed,
    hub_titled,
    increase,
    known,
    matching,
    not_up,
    placeheld,
    series,
    spoken,
    state,
    titled,
    worst_within,
)
from exporters.metrics import names
from probe.texts.bilingual import Text

FIRING = 'ALERTS{alertstate="firing",severity=~"page|ticket|info"}'
"""A series of Prometheus: the alerts that fire."""

_TO_IDP = to_board(
    Text("Ouvrir le tableau de ce FI", "Open this IdP's dashboard"), "fi", "var-idp=${__value.text}", "var-hub=${__data.fields.hub}"
)


def _state() -> Panel:
    return stat(
        Text("Le service est-il disponible ?", "Is the service available?"),
        Text(
            "Indisponible dès que l'une des trois conditions du contrat (section 3) est confirmée. Inconnu : plus rien n'atteste de "
            "l'état, ni panne ni bon fonctionnement ; voir la santé de la veille.",
            "Unavailable as soon as one of the three conditions of the contract (section 3) is confirmed. Unknown: nothing vouches for the "
            "state any more, which is neither up nor down; look at the watch itself.",
        ),
        PanelQuery(state(names.HUB_STATE, "hub", HUB), "{{hub}}", instant=True),
        5,
        mappings=coloured(looks.AVAILABLE),
        links=[to_board(headings.TO_ANNUAL, "chiffre")],
    )


def _since() -> Panel:
    return lasting(
        headings.SINCE,
        Text("Depuis combien de temps le service est dans cet état.", "How long the service has been in this state."),
        elapsed(names.HUB_SINCE, "hub", HUB),
        4,
        nothing=Text("jamais observé", "never seen"),
    )


def _fault() -> Panel:
    return stat(
        Text("À qui la faute ?", "Whose fault?"),
        Text(
            "À qui est attribuée l'interruption en cours : le hub, un fournisseur d'identité (FI), notre fournisseur de services (FS), la "
            "sonde ou le réseau. Aucune : pas d'interruption confirmée. Inconnue : l'état ou la faute l'est encore.",
            "Who the present outage is attributed to: the hub, an identity provider (IdP), our service provider (SP), the prober or the "
            "network. None: no confirmed outage. Unknown: the state or the fault still is.",
        ),
        PanelQuery(blame(names.HUB_FAULT, not_up(names.HUB_STATE, "hub", HUB), "hub", HUB), "{{hub}}", instant=True),
        3,
        mappings=coloured(looks.FAULT),
    )


def _budget() -> Panel:
    return lasting(
        Text("Budget annuel restant", "Annual budget left"),
        Text(
            "Durée d'interruption encore permise par l'objectif sur 365 jours glissants (8 h 45 min 36 s en tout pour 99,9 %) ; "
            "négative : dépassé.",
            "Time of outage that the goal still allows over the rolling 365 days (8 h 45 min 36 s in all with 99.9 %); negative: "
            "overspent.",
        ),
        known(names.BUDGET_LEFT, "hub", HUB, matching("window", "rolling")),
        4,
        signed=True,
        nothing=Text("inconnu", "unknown"),
        links=[to_board(headings.TO_ANNUAL, "chiffre")],
    )


def _incidents() -> Panel:
    everything = f"sum(max by (severity, state) ({series(names.INCIDENTS_OPEN)}))"
    critical = f"sum(max by (state) ({series(names.INCIDENTS_OPEN, matching('severity', '1'))}))"
    return stat(
        Text("Incidents ouverts", "Open incidents"),
        Text(
            "Incidents qui ne sont pas fermés, et parmi eux les critiques (sévérité 1).",
            "Incidents that are not closed, and the critical ones (severity 1).",
        ),
        (
            PanelQuery(everything, Text("ouverts", "open"), instant=True),
            PanelQuery(critical, Text("critiques", "critical"), instant=True),
        ),
        4,
        unit=COUNT,
        mappings=none_is_good(looks.NONE_M),
        filled=False,
        links=[to_board(headings.TO_SUPPORT, "support")],
    )


def _deadline() -> Panel:
    running = f"(bottomk(1, max by (clock) ({series(names.INCIDENT_DEADLINE)}) > 0) - time())"
    return lasting(
        Text("Prochaine échéance", "Next deadline"),
        Text(
            "La première échéance contractuelle à venir, tous incidents confondus ; négative : dépassée. "
            "Les horloges ne tournent qu'aux heures ouvrées.",
            "The first contractual deadline to come, of all incidents; negative: missed. The clocks only run in working hours.",
        ),
        running,
        4,
        by="clock",
        signed=True,
        nothing=looks.NONE_F,
        words=looks.CLOCKS,
        links=[to_board(headings.TO_SUPPORT, "support")],
    )


def _conditions() -> Panel:
    by = "hub, condition"
    return table(
        Text("Quelle condition, depuis quand, par qui ?", "Which condition, since when, by whom?"),
        Text(
            "Les trois conditions d'indisponibilité du contrat (section 3). C1 masque C2 et C3, qui sont alors inconnues : sans mire, "
            "personne ne peut dire si elles tiennent.",
            "The contract's three conditions of unavailability (section 3). C1 masks C2 and C3, which are then unknown: without the mire "
            "no one can tell whether they hold.",
        ),
        [Label("hub", headings.NAME), Label("title", headings.HUB, width=110), Label("condition", headings.CONDITION, looks.CONDITIONS)],
        [
            Column(
                headings.HOLDS,
                hub_titled(state(names.CONDITION_STATE, by, HUB), HUB),
                mappings=coloured(looks.HOLDS),
                width=125,
            ),
            Column(headings.SINCE, elapsed(names.CONDITION_SINCE, by, HUB), lasts=True),
            Column(
                headings.FAULT,
                blame(names.CONDITION_FAULT, not_up(names.CONDITION_STATE, by, HUB), by, HUB),
                mappings=coloured(looks.FAULT),
                width=165,
            ),
        ],
        16,
        sort=headings.CONDITION,
        descending=True,  # of their names: C1, C2, C3
        hidden=("hub",),
        links=[
            runbook(Text("C1 : que faire", "C1: what to do"), "VigieMireMissing"),
            runbook(Text("C2 : que faire", "C2: what to do"), "VigieIdentityNotReturned"),
            runbook(Text("C3 : que faire", "C3: what to do"), "VigieAllIdpsUnavailable"),
        ],
    )


def _what_to_do() -> Panel:
    link = runbook(Text("Ouvrir la fiche réflexe", "Open the runbook"), "${__value.raw}")
    return table(
        Text("Que faire ?", "What to do?"),
        Text(
            "Les alertes actives ; un clic sur le nom ouvre la fiche réflexe : ce que voit l'usager, quoi regarder, quoi faire, qui "
            "appeler.",
            "The alerts that fire; a click on the name opens the runbook: what the citizen sees, what to look at, what to do, whom to "
            "call.",
        ),
        [
            Label("severity", headings.LEVEL, looks=coloured(looks.ALERTS), width=80),
            Label("alertname", Text("Alerte : ouvrir la fiche", "Alert: open the runbook"), links=[link]),
            Label("hub", headings.HUB, width=45, blank="–"),
            Label("idp", headings.IDP, width=75, blank="–"),
        ],
        [Column(Text("Nombre", "Count"), f"count by (severity, alertname, hub, idp) ({FIRING})", COUNT, width=62)],
        8,
        sort=headings.LEVEL,
        nothing=Text("Aucune alerte active", "No alert fires"),
    )


def _why() -> Panel:
    at_hub, at_idp, cause = "hub, condition", "hub, idp", "step, reason, fault, code"
    of_hub = f"max by ({at_hub}, {cause}) ({series(names.CONDITION_FAILURE, HUB)}) * on ({at_hub}) group_left"
    of_idp = f"{titled(f'max by ({at_idp}, {cause}) ({series(names.IDP_FAILURE, HUB)})', HUB)} * on ({at_idp}) group_left"

    def each(label: str, hub: str, idp: str) -> str:
        conditions = f'sum without (condition) (label_join({of_hub} ({label}) {hub}, "title", "", "condition"))'
        return placeheld(f"({conditions} or {of_idp} ({label}) {idp})", "idp")

    hub_for, idp_for = elapsed(names.CONDITION_SINCE, at_hub, HUB), elapsed(names.IDP_SINCE, at_idp, HUB)
    for_long = each("lasts_A", spoken(hub_for, at_hub, "lasts_A"), spoken(idp_for, at_idp, "lasts_A"))
    failed = f"sum by (hub, idp, step, reason, fault) (increase({series(names.FAILURES, HUB, VANTAGE, '%s')}[15m])) > 0.5"
    at_idps = titled(failed % 'idp!=""', HUB)
    counted = f'label_replace({failed % matching("idp", "")}, "title", "mire", "", "")'
    return table(
        Text("Pourquoi les parcours échouent", "Why journeys fail"),
        Text(
            "L'étape, la cause et le code du hub de chaque condition en cours et de chaque FI indisponible, et depuis quand ; et les "
            "parcours échoués des 15 dernières minutes, confirmés ou non.",
            "The step, the reason and the hub's code of each condition that holds and of each IdP that is down, and for how long; and the "
            "journeys that failed within the last 15 minutes, confirmed or not.",
        ),
        [
            Label("title", headings.ABOUT, {**looks.CONDITIONS, "mire": Text("la mire", "the mire")}, width=215),
            Label("hub", headings.HUB, width=50),
            Label("idp", headings.NAME, width=85),
            Label("step", headings.STEP, looks.STEPS, width=290),
            Label("reason", headings.REASON, looks.REASONS),
            Label("fault", headings.FAULT),
            Label("code", headings.CODE, width=100, blank="–"),
        ],
        [
            Column(headings.SINCE, for_long, lasts=True),
            Column(Text("Échecs, 15 min", "Failed, 15 min"), placeheld(f"round({at_idps} or {counted})", "idp"), COUNT, width=110),
        ],
        24,
        hidden=("fault",),  # the rows that are confirmed come first, as their query does
        nothing=Text("aucun échec", "no failure"),
        links=[to_board(Text("Causes dans le temps", "Reasons over time"), "fi")],
    )


def _idps() -> Panel:
    by = "hub, idp"
    return table(
        Text("Quels fournisseurs d'identité ?", "Which identity providers?"),
        Text(
            "L'état de chaque FI, les indisponibles d'abord ; un clic sur le nom ouvre son tableau. Un FI est inconnu tant que le hub est "
            "en panne devant lui.",
            "The state of each IdP, unavailable ones first; a click on the name opens its dashboard. An IdP is unknown while the hub is "
            "down in front of it.",
        ),
        [
            Label("hub", headings.HUB, width=60),
            Label("title", headings.IDP),
            Label("idp", headings.NAME, links=[_TO_IDP], width=80),
        ],
        [
            Column(
                headings.STATE,
                titled(state(names.IDP_STATE, by, HUB), HUB),
                mappings=coloured(looks.AVAILABLE),
                width=118,
            ),
            Column(headings.SINCE, elapsed(names.IDP_SINCE, by, HUB), lasts=True),
            Column(
                headings.FAULT,
                blame(names.IDP_FAULT, not_up(names.IDP_STATE, by, HUB), by, HUB),
                mappings=coloured(looks.FAULT),
                width=165,
            ),
        ],
        13,
        sort=headings.STATE,
    )


def _course() -> Panel:
    return timeline(
        Text("Les trois conditions dans le temps", "The three conditions over time"),
        Text(
            "Le pire état de chaque pas de temps : une interruption plus courte qu'un pas se voit aussi. Un trou : Prometheus n'a rien "
            "relevé.",
            "The worst state of each time step: an outage shorter than a step shows too. A gap: Prometheus scraped nothing.",
        ),
        tuple(
            PanelQuery(
                worst_within(names.CONDITION_STATE, "hub", HUB, matching("condition", condition)),
                Text(f"{text.fr} ({{{{hub}}}})", f"{text.en} ({{{{hub}}}})"),
            )
            for condition, text in looks.CONDITIONS.items()
        ),
        11,
        coloured(looks.HOLDS),
    )


def _failures() -> Panel:
    return lines(
        Text("Parcours en échec, par faute", "Failed journeys, by fault"),
        Text(
            "Parcours échoués par pas de temps, selon à qui la faute, de tous les points de vue choisis. Un échec seul n'est pas une panne "
            ": il faut qu'un second le confirme.",
            "Failed journeys per time step by whose fault, from all chosen vantages. One failure alone is no outage: a second one has to "
            "confirm it.",
        ),
        PanelQuery(increase(names.FAILED_RUNS, "fault", "$__interval", HUB, VANTAGE), "{{fault}}"),
        12,
        unit=COUNT,
        interval="5m",
        bars=True,
        decimals=0,
        overrides=looking(looks.FAULT_LOOKS),
    )


def _backends() -> Panel:
    by = "hub, backend, vantage"
    return timeline(
        Text("Nœuds du hub derrière le répartiteur", "The hub's nodes behind the load balancer"),
        Text(
            "Chaque nœud configuré, interrogé directement pour la mire. Il informe, il n'ouvre pas d'interruption. Vide si aucun nœud "
            "n'est configuré.",
            "Each configured node, asked for the mire itself. It informs, it opens no outage. Empty when no node is configured.",
        ),
        PanelQuery(worst_within(names.BACKEND_STATE, by, HUB, VANTAGE), "{{backend}} ({{vantage}})"),
        12,
        coloured(looks.AVAILABLE),
    )


BOARD = GrafanaDashboard(
    "astreinte",
    Text("Vigie – Astreinte", "Vigie – On call"),
    Text(
        "Le service est-il disponible, quelle condition, depuis quand, la faute à qui, quels FI, que faire.",
        "Is the service available, which condition, since when, whose fault, which IdPs, what to do.",
    ),
    "6h",
    "30s",
    (
        PanelRow(4, (_state(), _since(), _fault(), _budget(), _incidents(), _deadline())),
        PanelRow(5, (_conditions(), _what_to_do())),
        PanelRow(4, (_why(),)),
        PanelRow(4, (_course(), _idps())),
        PanelRow(7, (_failures(), _backends())),
    ),
    (HUBS, VANTAGES),
    (OUTAGES, DEACTIVATIONS),
)
