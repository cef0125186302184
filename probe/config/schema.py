"""Makes the configuration's JSON Schema (2020-12), for editors.

It describes the file as an editor's YAML parser types it: `200` is a number there and a text for
our loader, so the schema admits both wherever the loader does.
It is never stricter than the loader, which has more rules.
"""

from typing import Any

from probe.config.formats import DURATION_PATTERN, say_duration
from probe.config.models import Config
from probe.config.percentages import PERCENT_PATTERN, say_percent

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TRUTH_PATTERN = "^([Tt]([Rr][Uu][Ee])?|[Ff]([Aa][Ll][Ss][Ee])?|[Yy]([Ee][Ss])?|[Nn][Oo]?|[Oo][Nn]|[Oo][Ff][Ff]|0|1)$"
_NUMBER_PATTERN = r"^\s*[+-]?[0-9_]+(\.0*)?\s*$"


def schema() -> dict[str, Any]:
    """Return a new JSON Schema of `vigie.yml`."""
    made = Config.model_json_schema(mode="validation")
    described = _editor(made)
    return {"$schema": DIALECT, **described, "title": "Vigie configuration"}


def _editor(part: Any) -> Any:
    """Return the same schema for YAML's own types."""
    if isinstance(part, list):
        return [_editor(each) for each in part]
    if not isinstance(part, dict):
        return part
    shaped = {key: _editor(value) for key, value in part.items() if not _is_noise(key, value)}
    say = {DURATION_PATTERN: say_duration, PERCENT_PATTERN: say_percent}.get(shaped.get("pattern", ""))
    if say and isinstance(shaped.get("default"), int):
        shaped["default"] = say(shaped["default"])
    return {**shaped, **_loosened(shaped)}


def _is_noise(key: str, value: Any) -> bool:
    """Tell whether an entry adds nothing: a title that repeats its key, or a mapping of defaults.

    The parts of such a default have their own.
    """
    if key == "default":
        return isinstance(value, dict)
    return (key == "title" and isinstance(value, str)) or (key == "format" and value == "path")


def _loosened(part: dict[str, Any]) -> dict[str, Any]:
    kind = part.get("type")
    if kind == "string" and "enum" not in part and part.get("pattern") != DURATION_PATTERN:
        return {"type": ["string", "number"]}
    if kind == "integer":
        return {"type": ["integer", "string"], "pattern": _NUMBER_PATTERN}
    if kind == "boolean":
        return {"type": ["boolean", "string"], "pattern": _TRUTH_PATTERN}
    return {}
