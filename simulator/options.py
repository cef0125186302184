"""Checks the options of a fault before it is switched on, so that none breaks a party later.

The table of faults (`simulator.faults`) has the options with their defaults. A number stays a
number and a text a text; this module says which numbers and which words make sense.
"""

import math
from collections.abc import Mapping

Option = str | int | float

_SESSION_STEPS = ("authorize", "mire", "oidc-callback", "verify", "consent", "login", "resume")
_WITHOUT_BODY = frozenset({204, 205, 304})
_LONGEST = 1000  # characters of a text

CHOICES: Mapping[tuple[str, str], tuple[Option, ...]] = {
    ("error_page", "step"): ("authorize", "mire", "redirect-to-idp", *_SESSION_STEPS[2:]),
    ("session_lost", "step"): _SESSION_STEPS,
    ("disabled_late", "step"): ("redirect-to-idp", "oidc-callback", "verify"),
    ("page_changed", "page"): ("mire", "consent"),
    ("account_page", "asks"): ("password", "terms"),
    ("secret_rotated", "form"): ("json", "text", "empty"),
    ("turned_away", "challenge"): ("", "header", "widget"),
    ("certificate_renewed", "authority"): (1, 2),
    ("sub_changed", "each"): (0, 1),
    ("person", "response"): (4, 6, 7, 8),
}
"""The options that are one of a few words or numbers, by fault and option."""

RANGES: Mapping[str, tuple[float, float]] = {
    "seconds": (-1e9, 1e9),
    "every": (0.001, 86_400),
    "mebibytes": (1, 65_536),
}
"""The numbers that an option may be, from and to."""


def what_is_wrong(fault: str, name: str, default: Option, value: object) -> str:
    """Return what is wrong with an option's value; "" when it may be switched on."""
    if isinstance(default, str):
        wrong = _text(value)
    elif name == "status":
        wrong = _status(value)
    else:
        wrong = _number(value, *RANGES.get(name, (-math.inf, math.inf)))
    choices = CHOICES.get((fault, name))
    if not wrong and choices is not None and value not in choices:
        wrong = f"must be one of {', '.join(map(repr, choices))}, not {value!r}"
    return wrong


def _text(value: object) -> str:
    if not isinstance(value, str):
        return f"must be a text, not {value!r}"
    if len(value) > _LONGEST:
        return f"must have {_LONGEST} characters at most, not {len(value)}"
    # A lone surrogate is not printable either: it could not be sent.
    return "" if value.isprintable() else f"must have no control character, as {value!r} has"


def _number(value: object, least: float, most: float) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or math.isnan(_float(value)):
        return f"must be a number, not {value!r}"
    if not least <= value <= most:
        return f"must be from {least:g} to {most:g}, not {value!r}"
    return ""


def _float(value: float) -> float:
    """Return the number as a float; infinity for a whole number that no float can be."""
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _status(value: object) -> str:
    if wrong := _number(value, 200, 599):
        return wrong
    whole = isinstance(value, int)
    return "" if whole and value not in _WITHOUT_BODY else f"must be a status that has a body, not {value!r}"
