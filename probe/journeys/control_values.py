"""Makes a value what its control may hold (WHATWG HTML, "value sanitization algorithm")."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from math import isfinite

_NEWLINES = str.maketrans("", "", "\r\n")
_WHITE = " \t\n\f\r"
_FLOAT = re.compile(r"-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII)
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
_WEEK = re.compile(r"([0-9]{4})-W([0-9]{2})")
_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,3})?)?")
_INSTANT = re.compile(rf"([^T ]+)[T ]({_TIME.pattern})")
_HEX = re.compile(r"#(?:[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})")
_SHORT_HEX = 4  # characters of `#abc`
_AS_IT_IS = frozenset({"textarea", "hidden", "submit"})


def sanitised(kind: str, value: str, attributes: Mapping[str, str | None]) -> str:
    """Return the value that a control of this kind sends."""
    if kind in _AS_IT_IS:
        return value
    if kind == "range":
        return _in_range(value, attributes)
    if kind == "color":
        return _colour(value)
    if kind in _CHECKS:
        return value if _CHECKS[kind](value) else ""
    if kind == "datetime-local":
        return _instant(value)
    line = value.translate(_NEWLINES)
    if kind == "email" and "multiple" in attributes:
        return ",".join(part.strip(_WHITE) for part in line.split(","))
    return line.strip(_WHITE) if kind in ("email", "url") else line


def _number(value: str | None) -> float | None:
    """Return the number that a text is; None for none, and for one that is too large."""
    if value is None or not _FLOAT.fullmatch(value):
        return None
    number = float(value)
    return number if isfinite(number) else None


def _is_day(value: str) -> bool:
    found = _DAY.fullmatch(value)
    try:
        return found is not None and bool(date(int(found[1]), int(found[2]), int(found[3])))
    except ValueError:
        return False


def _is_week(value: str) -> bool:
    found = _WEEK.fullmatch(value)
    try:
        return found is not None and bool(date.fromisocalendar(int(found[1]), int(found[2]), 1))
    except ValueError:
        return False


def _is_month(value: str) -> bool:
    found = _MONTH.fullmatch(value)
    return found is not None and int(found[1]) > 0


_CHECKS: dict[str, Callable[[str], bool]] = {
    "number": lambda value: _number(value) is not None,
    "date": _is_day,
    "month": _is_month,
    "week": _is_week,
    "time": lambda value: _TIME.fullmatch(value) is not None,
}
"""Values of other shapes are emptied."""


def _instant(value: str) -> str:
    """Return a local date and time as it is written: with `T`, as short as can be."""
    found = _INSTANT.fullmatch(value)
    if found is None or not _is_day(found[1]):
        return ""
    hours, seconds = found[2][:5], found[2][6:]
    shortest = seconds.rstrip("0").rstrip(".") if "." in seconds else seconds
    return f"{found[1]}T{hours}:{shortest}" if seconds.strip("0.") else f"{found[1]}T{hours}"


def _colour(value: str) -> str:
    """Return a colour as `#rrggbb`. Of the names and functions that CSS has none is read."""
    value = value.strip(_WHITE).lower()
    if not _HEX.fullmatch(value):
        return "#000000"
    return value if len(value) > _SHORT_HEX else "#" + "".join(2 * digit for digit in value[1:])


def _in_range(value: str, attributes: Mapping[str, str | None]) -> str:
    """Return the place of a slider: between its ends, and on one of its steps."""
    least, most, step = _number(attributes.get("min")), _number(attributes.get("max")), _number(attributes.get("step"))
    bottom, top = 0.0 if least is None else least, 100.0 if most is None else most
    wanted = _number(value)
    place = (bottom + (top - bottom) / 2 if top > bottom else bottom) if wanted is None else wanted
    place = max(bottom, min(place, top))
    if (attributes.get("step") or "").strip().lower() != "any":
        width = step if step is not None and step > 0 else 1.0
        steps = int((place - bottom) / width + 0.5)
        place = bottom + steps * width
        place -= width if place > top and steps else 0.0
    return f"{place:.12g}" if place != int(place) else str(int(place))


def text_direction(text: str) -> str:
    """Return the direction of a text: that of its first letter that has one, else `ltr`."""
    strong = (unicodedata.bidirectional(character) for character in text)
    return "rtl" if next((one for one in strong if one in ("L", "R", "AL")), "L") != "L" else "ltr"
