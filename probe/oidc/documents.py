"""Reads JSON from strangers into plain dictionaries.

Nothing here raises, whatever the bytes are.
"""

import json
import math
from typing import Any, NoReturn

_MOST_PARTS = 50_000  # lists and objects: each takes a hundred times the memory of its brackets
_MOST_COMMAS = 60_000  # between members, and between the elements of lists


def _refuse(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON (RFC 8259, section 6)")


def load_object(body: bytes | str) -> dict[str, Any] | None:
    """Return a JSON object; None for anything else.

    That is: broken, too deep, of too many parts, not an object,
    or with numbers that nothing can hold.
    """
    try:
        text = body.decode("utf-8-sig") if isinstance(body, bytes) else body
        if text.count("[") + text.count("{") > _MOST_PARTS or text.count(",") > _MOST_COMMAS:
            return None
        document = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def text_of(document: dict[str, Any] | None, name: str, longest: int = 20_000) -> str | None:
    """Return the member `name` when it is a text of 1 to `longest` characters, else None."""
    value = (document or {}).get(name)
    return value if isinstance(value, str) and 0 < len(value) <= longest else None


def number_of(document: dict[str, Any], name: str) -> float | int | None:
    """Return the member `name` when it is a finite number and no boolean, else None."""
    value = document.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if isinstance(value, int) or math.isfinite(value) else None
