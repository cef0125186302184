"""The panel of a hub's clients beside the main one."""

from dashboards import headings, looks
from dashboards.board import runbook
from dashboards.looks import coloured
from dashboards.panels import COUNT, Column, Label, Panel, table
from dashboards.promql import ANY_IDP, HUB, IDP, VANTAGE, blame, elapsed, highest, increase, matching, not_up, state
from exporters.metrics import names
from exporters.metrics.names import Metric
from probe.texts.bilingual import Text

_AT_HUB, _AT_IDP = "hub, client", "hub, client, idp"
_LABELS = (Label("hub", headings.HUB, width=100), Label("client", Text("Client", "Client")), Label("idp", headings.IDP, blank=""))


def clients() -> Panel:
    """Return the table of what each of these clients sees: at the hub, and at its IdPs."""
    at_hub = state(names.CLIENT_STATE, _AT_HUB, HUB)
    at_idp = state(names.CLIENT_IDP_STATE, _AT_IDP, HUB, IDP)
    begun = f"({elapsed(names.CLIENT_SINCE, _AT_HUB, HUB)} or {elapsed(names.CLIENT_IDP_SINCE, _AT_IDP, HUB, IDP)})"
    fault = f"{_fault(names.CLIENT_FAULT, names.CLIENT_STATE, _AT_HUB, HUB)} or "
    fault += _fault(names.CLIENT_IDP_FAULT, names.CLIENT_IDP_STATE, _AT_IDP, HUB, IDP)
    down = f"{_down(names.CLIENT_SECONDS, _AT_HUB, HUB)} or {_down(names.CLIENT_IDP_SECONDS, _AT_IDP, HUB, IDP)}"
    never_passed = highest(names.CLIENT_NEVER_PASSED, _AT_IDP, HUB, ANY_IDP)
    return table(
        Text("Autres clients du hub", "Other clients of the hub"),
        Text(
            "Ce que voient les clients de `clients:` (un autre niveau, un témoin), hors du chiffre : le hub en entier (sans FI), et chaque "
            "FI. Jamais réussi : les parcours échouent à une étape qui dépend de nos réglages et n'a jamais réussi avec eux.",
            "What the clients under `clients:` see (another level, a witness), outside the figure: the hub as a whole (without an IdP), "
            "and each IdP. Never passed: journeys fail at a step that depends on our own settings and has never passed with them.",
        ),
        [*_LABELS],
        [
            Column(headings.STATE, f"{at_hub} or {at_idp}", mappings=coloured(looks.AVAILABLE)),
            Column(headings.SINCE, begun, lasts=True),
            Column(headings.FAULT, fault, mappings=coloured(looks.FAULT)),
            Column(headings.DOWN, f"({down})", lasts=True),
            Column(Text("Jamais réussi", "Never passed"), never_passed, mappings=coloured(looks.NOT_EXPECTED)),
        ],
        24,
        sort=headings.STATE,
        links=[runbook(Text("Un client échoue seul : que faire", "A client fails alone: what to do"), "VigieClientUnavailable")],
    )


def journeys() -> Panel:
    """Return the table of the journeys that are made as these clients."""
    by = f"{_AT_IDP}, kind"
    matchers = (HUB, ANY_IDP, VANTAGE)
    said_nothing = increase(names.CLIENT_INCONCLUSIVE, by, "$__range", *matchers)
    return table(
        Text("Parcours des autres clients", "Journeys as other clients"),
        Text(
            "Comptés par la sonde sur la période affichée, hors des parcours du client principal.",
            "Counted by the prober over the range shown, beside the journeys of the main client.",
        ),
        [*_LABELS, Label("kind", Text("Parcours", "Journey"))],
        [
            Column(Text("Faits", "Made"), increase(names.CLIENT_RUNS, by, "$__range", *matchers), COUNT, decimals=0),
            Column(Text("Échoués", "Failed"), increase(names.CLIENT_FAILED_RUNS, by, "$__range", *matchers), COUNT, decimals=0),
            Column(Text("Sans conclusion", "Inconclusive"), said_nothing, COUNT, decimals=0),
            Column(Text("Dernier il y a", "Last one ago"), elapsed(names.CLIENT_LAST_RUN, by, *matchers), lasts=True),
            Column(Text("Dernier succès il y a", "Last success ago"), elapsed(names.CLIENT_LAST_SUCCESS, by, *matchers), lasts=True),
        ],
        24,
        sort=Text("Échoués", "Failed"),
        descending=True,
    )


def _fault(fault: Metric, state: Metric, by: str, *matchers: str) -> str:
    return blame(fault, not_up(state, by, *matchers), by, *matchers)


def _down(seconds: Metric, by: str, *matchers: str) -> str:
    return increase(seconds, by, "$__range", *matchers, matching("state", "down"), across="max")
