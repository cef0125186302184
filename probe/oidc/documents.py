"""JSON from strangers, as plain dictionaries. Nothing here raises for any bytes."""

import json
import math
from typing import Any, NoReturn

_MOST_PARTS = 50_000  # lists and objects: each costs a hundred times what its brackets weigh


def _refuse(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON (RFC 8259, section 6)")


def load_object(body: bytes | str) -> dict[str, Any] | None:
    """A JSON object, or None for anything else: broken, too deep, of too many parts, not an object, numbers that no one can hold."""
    try:
        text = body.decode("utf-8-sig") if isinstance(body, bytes) else body
        if text.count("[") + text.count("{") > _MOST_PARTS:
            return None
        found = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def text_of(document: dict[str, Any] | None, name: str, longest: int = 20_000) -> str | None:
    """The member `name` when it is a text that is not empty nor longer than `longest` characters."""
    value = (document or {}).get(name)
    return value if isinstance(value, str) and 0 < len(value) <= longest else None


def number_of(document: dict[str, Any], name: str) -> float | int | None:
    """The member `name` when it is a finite number (a boolean is none)."""
    value = document.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if isinstance(value, int) or math.isfinite(value) else None
