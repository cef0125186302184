"""Draws `outline.json` from the models; a test compares the two.

    python -m probe.config.outliner > probe/config/outline.json

For each model it writes the keys, whether a key is needed, its default where that is plain, and the
shape of the value. Where a model asks for something that has no word here, the outline says so,
and a program that reads by the outline loads the whole configuration instead.
"""

import json
import sys
from functools import partial
from pathlib import Path
from typing import Any

from probe.config.models import Config

Json = dict[str, Any]


def outline() -> Json:
    """Return every model by its name, and the root's shape."""
    drawn = _Drawing()
    root = drawn.shape(Config.__pydantic_core_schema__)
    return {"root": root, "models": dict(sorted(drawn.models.items()))}


class _Drawing:
    """One walk through pydantic's description of the models (`pydantic_core.core_schema`)."""

    def __init__(self) -> None:
        self.models: Json = {}
        self._named: Json = {}

    def shape(self, schema: Any) -> Json:
        """Return the shape of a value."""
        kind = str(schema["type"])
        draw = getattr(self, f"_{kind.replace('-', '_')}", None)
        return draw(schema) if draw else {"is": "unknown", "what": kind}

    def _definitions(self, schema: Any) -> Json:
        self._named |= {one["ref"]: one for one in schema["definitions"]}
        return self.shape(schema["schema"])

    def _definition_ref(self, schema: Any) -> Json:
        return self.shape(self._named[schema["schema_ref"]])

    def _model(self, schema: Any) -> Json:
        name = schema["cls"].__name__
        if name not in self.models:
            self.models[name] = {}
            inner = schema["schema"]
            while inner["type"] != "model-fields":
                inner = inner["schema"]
            self.models[name] |= {key: self._field(field["schema"]) for key, field in _spelled(inner["fields"])}
        return {"is": "model", "name": name}

    def _field(self, schema: Any) -> Json:
        if schema["type"] != "default":
            return {**self.shape(schema), "needed": True}
        default = schema.get("default")
        plain = str(default) if isinstance(default, str | Path) else default if isinstance(default, int) else None
        return {**self.shape(schema["schema"]), **({} if plain is None else {"default": plain})}

    def _default(self, schema: Any) -> Json:
        return self.shape(schema["schema"])

    def _nullable(self, schema: Any) -> Json:
        return {"is": "nullable", "of": self.shape(schema["schema"])}

    def _str(self, schema: Any) -> Json:
        return {"is": "text", **{key: schema[key] for key in ("pattern", "min_length", "max_length") if schema.get(key) is not None}}

    def _int(self, schema: Any) -> Json:
        return {"is": "whole", **{key: schema[key] for key in ("ge", "le", "gt", "lt") if schema.get(key) is not None}}

    def _bool(self, _schema: Any) -> Json:
        return {"is": "truth"}

    def _date(self, _schema: Any) -> Json:
        return {"is": "day"}

    def _any(self, _schema: Any) -> Json:
        return {"is": "anything"}

    def _enum(self, schema: Any) -> Json:
        return {"is": "one of", "words": [str(one.value) for one in schema["members"]]}

    def _literal(self, schema: Any) -> Json:
        return {"is": "one of", "words": [str(getattr(one, "value", one)) for one in schema["expected"]]}

    def _list(self, schema: Any) -> Json:
        bounds = {key: schema[key] for key in ("min_length", "max_length") if schema.get(key) is not None}
        return {"is": "list", "of": self.shape(schema["items_schema"]), **bounds}

    def _dict(self, schema: Any) -> Json:
        return {"is": "map", "keys": self.shape(schema["keys_schema"]), "of": self.shape(schema["values_schema"])}

    def _lax_or_strict(self, schema: Any) -> Json:
        return self.shape(schema["lax_schema"])

    def _json_or_python(self, schema: Any) -> Json:
        return self.shape(schema["json_schema"])

    def _union(self, schema: Any) -> Json:
        """Draw a path: pydantic accepts a text, or a Path object."""
        return {"is": "text"} if schema.get("custom_error_type") == "path_type" else {"is": "unknown", "what": "union"}

    def _tagged_union(self, schema: Any) -> Json:
        by = schema["discriminator"]
        return {"is": "either", "by": by.__name__, "of": {tag: self.shape(one) for tag, one in schema["choices"].items()}}

    def _function_before(self, schema: Any) -> Json:
        """Draw a parser by its name, and a mere preparation by its inner shape."""
        name = _called(schema)
        return {"is": "parsed", "by": name} if name != "_as_list" else {"is": "as list", "of": self.shape(schema["schema"])}

    def _function_after(self, schema: Any) -> Json:
        inner = self.shape(schema["schema"])
        called = schema["function"]["function"]
        if isinstance(called, partial):  # annotated_types gives the bound of a length so
            return {**inner, **called.keywords}
        name = _called(schema)
        return inner if name.endswith("path_validator") else {"is": "checked", "by": name, "of": inner}


def _called(schema: Any) -> str:
    return str(schema["function"]["function"].__qualname__)


def _spelled(fields: Any) -> Any:
    """Yield each field under the key that the file uses."""
    return ((field.get("validation_alias") or name, field) for name, field in fields.items())


def document() -> str:
    """Return the text of outline.json."""
    return json.dumps(outline(), indent=1, sort_keys=True, ensure_ascii=True) + "\n"


if __name__ == "__main__":
    sys.stdout.write(document())
