"""The colours and words for values: no colour is used without a word (RGAA criterion 3.1).

Every colour has a contrast of at least 4.5 with the white text that Grafana writes on it,
and of at least 3 with the background of a panel in its light and in its dark theme
(RGAA criteria 3.2, 3.3). Few luminances satisfy this; a test holds it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from probe.core.credentials import Validity
from probe.core.incident.deactivation import FlagStep
from probe.core.incident.model import IncidentState as Progress
from probe.core.judgement.observation import Fault
from probe.core.judgement.subject import State
from probe.texts import incidents, judgement
from probe.texts.bilingual import Text
from probe.texts.credentials import VALIDITIES
from probe.texts.incidents import FLAG_STEPS, NO_FLAG
from probe.texts.judgement import FAULTS, STATES
from probe.texts.judgement import HOLDS as HELD

Json = dict[str, Any]
Look = tuple[Text | str, str]
"""A text and its colour."""

GREEN = "#18804B"
RED = "#D4303A"
AMBER = "#9C6500"
ORANGE = "#B85000"
GREY = "#6A7280"
BLUE = "#2A6FC9"
PURPLE = "#8B54C9"
PALETTE = (GREEN, RED, AMBER, ORANGE, GREY, BLUE, PURPLE)

YES, NO = Text("oui", "yes"), Text("non", "no")
NONE_M, NONE_F = Text("aucun", "none"), Text("aucune", "none")
"""No such thing, for a word that is masculine and for one that is feminine in French."""
MISSED, MET = Text("MANQUÉ", "MISSED"), Text("tenu", "met")
"""Of an objective."""
UNKNOWN = STATES[State.UNKNOWN]

AVAILABLE: Mapping[int, Look] = {
    0: (STATES[State.DOWN].upper(), RED),
    1: (UNKNOWN.upper(), GREY),
    2: (STATES[State.UP], GREEN),
}
HOLDS: Mapping[int, Look] = {
    0: (HELD[State.DOWN].upper(), RED),
    1: (HELD[State.UNKNOWN], GREY),
    2: (HELD[State.UP], GREEN),
}
VERDICTS: Mapping[int, Look] = {
    0: (MISSED, RED),
    1: (MET, GREEN),
    2: (Text("pas assez de temps connu", "not enough known"), GREY),
    3: (UNKNOWN, GREY),
}
"""Whether a goal is met, under the numbers of `promql.verdict`."""
_COLOURS = {Fault.HUB: RED, Fault.IDP: ORANGE, Fault.SP: PURPLE, Fault.PROBER: GREY, Fault.NETWORK: BLUE}
FAULT_LOOKS: Mapping[str, Look] = {fault.value: (text, _COLOURS[fault]) for fault, text in FAULTS.items()}
FAULT: Mapping[int, Look] = {
    0: (NONE_F, GREEN),
    **dict(enumerate(FAULT_LOOKS.values(), 1)),
    6: (UNKNOWN, GREY),
}
"""The faults under the numbers of `promql.blame`."""
STAGE: Mapping[int, Look] = {
    0: (NO_FLAG, GREEN),
    1: (FLAG_STEPS[FlagStep.PROPOSED], AMBER),
    2: (FLAG_STEPS[FlagStep.APPROVED], ORANGE),
    3: (FLAG_STEPS[FlagStep.DEACTIVATED].upper(), RED),
    4: (FLAG_STEPS[FlagStep.RECOVERED], BLUE),
}
TILE: Mapping[int, Look] = {
    0: (Text("ABSENTE", "ABSENT"), RED),
    1: (Text("grisée", "greyed"), AMBER),
    2: (Text("sélectionnable", "selectable"), GREEN),
}
CLAIM: Mapping[int, Look] = {
    0: (Text("NE VIENT PLUS", "LOST"), RED),
    1: (NO, GREY),
    2: (YES, GREEN),  # at this level; lost at another one
    3: (YES, GREEN),
}
VALIDITY: Mapping[int, Look] = {
    0: (VALIDITIES[Validity.VALID], GREEN),
    1: (VALIDITIES[Validity.ENDS_SOON], AMBER),
    2: (VALIDITIES[Validity.ENDS_VERY_SOON], ORANGE),
    3: (VALIDITIES[Validity.ENDED].upper(), RED),
}
NOT_EXPECTED: Mapping[int, Look] = {0: (NO, GREEN), 1: (Text("OUI", "YES"), RED)}
"""A yes that is bad."""
EXPECTED: Mapping[int, Look] = {0: (Text("NON", "NO"), RED), 1: (YES, GREEN)}
"""A yes that is good."""

_PHASES = (
    Text("résolution du nom", "resolving the name"),
    Text("connexion", "connecting"),
    Text("TLS", "TLS"),
    Text("attente de la réponse", "waiting for the answer"),
    Text("transfert", "transfer"),
)
PHASES: Mapping[str, Text] = dict(zip(("dns", "connect", "tls", "first_byte", "transfer"), _PHASES, strict=True))
"""The phases of an exchange. Some are called as a reason is that they failed by."""
CONDITIONS: Mapping[str, Text] = judgement.CONDITIONS
REASONS: Mapping[str, Text] = {word.value: judgement.reason(word) for word in judgement.REASONS}
STEPS: Mapping[str, Text] = {word.value: text for word, text in judgement.STEPS.items()}
WINDOWS: Mapping[str, Text] = {"rolling": Text("365 jours glissants", "rolling 365 days"), "year": Text("année civile", "civil year")}
PERIODS: Mapping[str, Text] = {"month": Text("mois", "month"), "rolling": Text("365 jours", "365 days")}
READINGS: Mapping[str, Text] = {"contract": Text("tous", "all"), "due": Text("échus", "due")}
CLOCKS: Mapping[str, Text] = {clock.value: text for clock, text in incidents.CLOCKS.items()}
SEVERITIES: Mapping[str, Text] = {str(int(severity)): text for severity, text in incidents.SEVERITIES.items()}
INCIDENT_STATES: Mapping[str, Text] = {
    state.value: text for state, text in incidents.STATES.items() if state not in (Progress.CLOSED, Progress.MERGED)
}
"""The states of incidents that are not closed."""
ALERTS: Mapping[str, Look] = {
    "page": (Text("APPEL", "PAGE"), RED),
    "ticket": (Text("ticket", "ticket"), AMBER),
    "info": (Text("information", "information"), BLUE),
}


_DIGITS: Sequence[tuple[str, Text]] = (
    (r"(\d+)(\d\d)(\d\d)(\d\d)", Text("$1 j $2 h $3 min", "$1 d $2 h $3 min")),
    (r"(\d{1,2})(\d\d)(\d\d)", Text("$1 h $2 min $3 s", "$1 h $2 min $3 s")),
    (r"(\d{1,2})(\d\d)", Text("$1 min $2 s", "$1 min $2 s")),
    (r"(\d{1,2})", Text("$1 s", "$1 s")),
)


def spoken() -> list[Json]:
    """Make mappings of the digits that `promql.spoken` gives to a duration as people say it.

    A duration below zero has its sign, and is red.
    """
    signs: tuple[tuple[str, str, Json], ...] = (("", "", {}), ("-", "-", {"color": RED}))
    return [
        {
            "type": "regex",
            "options": {
                "pattern": f"/^{sign}{digits}$/",
                "result": {"text": Text(f"{shown}{text.fr}", f"{shown}{text.en}"), "index": index, **colour},
            },
        }
        for sign, shown, colour in signs
        for index, (digits, text) in enumerate(_DIGITS)
    ]


def graded(*steps: tuple[float, str]) -> list[Json]:
    """Make mappings of a number to colours: each from its value up to the next one's."""
    ends = [*(value for value, _ in steps[1:]), 1e12]
    return [
        {"type": "range", "options": {"from": value, "to": end - 1e-9, "result": {"color": colour, "index": index}}}
        for index, ((value, colour), end) in enumerate(zip(steps, ends, strict=True))
    ]


def coloured(looks: Mapping[int, Look] | Mapping[str, Look]) -> list[Json]:
    """Make value mappings with a text and its colour for each value."""
    return _mapped({str(value): {"text": text, "color": colour} for value, (text, colour) in looks.items()})


def named(names: Mapping[str, Text]) -> list[Json]:
    """Make value mappings from the machine words of a label to texts."""
    return _mapped({word: {"text": text} for word, text in names.items()})


def none_is_good(nothing: Text, colour: str = RED) -> list[Json]:
    """Make value mappings of a count: a green word for zero, else the number in `colour`."""
    return [
        *coloured({0: (nothing, GREEN)}),
        {"type": "range", "options": {"from": 0, "to": 1e12, "result": {"color": colour, "index": 1}}},
    ]


def _mapped(results: Mapping[str, Json]) -> list[Json]:
    options = {value: {**result, "index": index} for index, (value, result) in enumerate(results.items())}
    return [{"type": "value", "options": options}]
