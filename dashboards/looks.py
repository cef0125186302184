"""Colours, and the words beside them: no colour stands alone (RGAA criterion 3.1).

Every colour has a contrast of at least 4.5 with the white text that Grafana writes on it, and of at least 3 with the background of a panel
in its light and in its dark theme (RGAA criteria 3.2, 3.3): a narrow band of luminance, held by a test.
"""

from collections.abc import Mapping
from typing import Any

from dashboards.say import Said

Json = dict[str, Any]
Look = tuple[Said | str, str]
"""A text and its colour."""

GREEN = "#18804B"
RED = "#D4303A"
AMBER = "#9C6500"
ORANGE = "#B85000"
GREY = "#6A7280"
BLUE = "#2A6FC9"
PURPLE = "#8B54C9"
PALETTE = (GREEN, RED, AMBER, ORANGE, GREY, BLUE, PURPLE)

YES, NO = Said("oui", "yes"), Said("non", "no")
UNKNOWN = Said("inconnu", "unknown")

AVAILABLE: Mapping[int, Look] = {
    0: (Said("INDISPONIBLE", "UNAVAILABLE"), RED),
    1: (Said("INCONNU", "UNKNOWN"), GREY),
    2: (Said("disponible", "available"), GREEN),
}
HOLDS: Mapping[int, Look] = {
    0: (Said("OUI", "HOLDS"), RED),
    1: (Said("inconnue", "unknown"), GREY),
    2: (Said("non", "no"), GREEN),
}
FAULTS: Mapping[str, Look] = {
    "hub": (Said("le hub", "the hub"), RED),
    "idp": (Said("le FI", "the IdP"), ORANGE),
    "sp": (Said("notre FS", "our SP"), PURPLE),
    "prober": (Said("la sonde", "the prober"), GREY),
    "network": (Said("le réseau", "the network"), BLUE),
}
FAULT: Mapping[int, Look] = {
    0: (Said("aucune", "none"), GREEN),
    **dict(enumerate(FAULTS.values(), 1)),
    6: (Said("inconnue", "unknown"), GREY),
}
"""As `promql.blame` numbers them."""
STAGE: Mapping[int, Look] = {
    0: (Said("aucun", "none"), GREEN),
    1: (Said("proposé", "proposed"), AMBER),
    2: (Said("approuvé", "approved"), ORANGE),
    3: (Said("DÉSACTIVÉ", "DEACTIVATED"), RED),
    4: (Said("rétabli", "recovered"), BLUE),
}
TILE: Mapping[int, Look] = {
    0: (Said("ABSENTE", "ABSENT"), RED),
    1: (Said("grisée", "greyed"), AMBER),
    2: (Said("sélectionnable", "selectable"), GREEN),
}
NOT_EXPECTED: Mapping[int, Look] = {0: (NO, GREEN), 1: (Said("OUI", "YES"), RED)}
"""What should not be."""
EXPECTED: Mapping[int, Look] = {0: (Said("NON", "NO"), RED), 1: (YES, GREEN)}
"""What should be."""

CONDITIONS: Mapping[str, Said] = {
    "mire_missing": Said("C1 mire absente", "C1 mire missing"),
    "identity_not_returned": Said("C2 identité non rendue", "C2 identity not returned"),
    "all_idps_unavailable": Said("C3 tous les FI indisponibles", "C3 all IdPs unavailable"),
}
WINDOWS: Mapping[str, Said] = {"rolling": Said("365 jours glissants", "rolling 365 days"), "year": Said("année civile", "civil year")}
PERIODS: Mapping[str, Said] = {"month": Said("mois", "month"), "rolling": Said("365 jours", "365 days")}
READINGS: Mapping[str, Said] = {"contract": Said("tous", "all"), "due": Said("échus", "due")}
CLOCKS: Mapping[str, Said] = {
    "take_in_hand": Said("prise en charge (48 h)", "taken in hand (48 h)"),
    "escalation": Said("escalade", "escalation"),
    "resolution": Said("résolution", "resolution"),
    "blocking": Said("anomalie bloquante (4 h)", "blocking anomaly (4 h)"),
    "no_answer": Said("sans réponse (10 j)", "no answer (10 d)"),
    "no_remark": Said("sans remarque (5 j)", "no remark (5 d)"),
}
SEVERITIES: Mapping[str, Said] = {
    "1": Said("1 critique", "1 critical"),
    "2": Said("2 majeure", "2 major"),
    "3": Said("3 moyenne", "3 medium"),
    "4": Said("4 mineure", "4 minor"),
    "5": Said("5 info", "5 information"),
}
STATES: Mapping[str, Said] = {
    "new": Said("nouveau", "new"),
    "acknowledged": Said("reconnu", "acknowledged"),
    "in_hand": Said("pris en charge", "in hand"),
    "waiting": Said("en attente", "waiting"),
    "resolved": Said("résolu", "resolved"),
}
ALERTS: Mapping[str, Look] = {
    "page": (Said("APPEL", "PAGE"), RED),
    "ticket": (Said("ticket", "ticket"), AMBER),
    "info": (Said("information", "information"), BLUE),
}


def coloured(looks: Mapping[int, Look] | Mapping[str, Look]) -> list[Json]:
    """Value mappings: a text and its colour for each value."""
    return _mapped({str(value): {"text": text, "color": colour} for value, (text, colour) in looks.items()})


def named(names: Mapping[str, Said]) -> list[Json]:
    """Value mappings: people's words for the closed words of a label."""
    return _mapped({word: {"text": text} for word, text in names.items()})


def none_is_good(nothing: Said, colour: str = RED) -> list[Json]:
    """Value mappings of a count: a green word at zero, the number itself in `colour` above."""
    return [
        *coloured({0: (nothing, GREEN)}),
        {"type": "range", "options": {"from": 0, "to": 1e12, "result": {"color": colour, "index": 1}}},
    ]


def _mapped(results: Mapping[str, Json]) -> list[Json]:
    options = {value: {**result, "index": index} for index, (value, result) in enumerate(results.items())}
    return [{"type": "value", "options": options}]
