"""The JSON Schema for editors, and the manual: neither says less than the models."""

import copy
import re
from enum import Enum
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from jsonschema import Draft202012Validator
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from probe.config import base, formats, models, percentages, support, tickets
from probe.config.formats import say_duration
from probe.config.schema import DIALECT, schema
from tests.config.conftest import EXAMPLES, ROOT, VALID

FOUND = {**vars(support), **vars(tickets), **vars(models)}.values()
MODELS = [kind for kind in FOUND if isinstance(kind, type) and issubclass(kind, base.Model) and kind is not base.Model]
FIELDS = [(kind, name, field) for kind in MODELS for name, field in kind.model_fields.items()]


def _errors(document: Any) -> list[str]:
    return [error.json_path for error in Draft202012Validator(schema()).iter_errors(document)]


def _valid() -> Any:
    return yaml.safe_load(VALID)


def test_the_schema_is_itself_valid() -> None:
    Draft202012Validator.check_schema(schema())
    assert schema()["$schema"] == DIALECT


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_shipped_files_are_valid_as_an_editors_yaml_types_them(name: str) -> None:
    document = yaml.safe_load((ROOT / "config" / name).read_text("utf-8"))
    for hub in document["hubs"]:
        for idp in hub["idps"]:
            # YAML 1.1 makes a date of it, which JSON has not
            idp.get("persona", {}).pop("birthdate", None)
    assert _errors(document) == []


def test_numbers_and_truths_may_be_typed_or_text() -> None:
    for control, failures in ((True, 2), ("yes", "2"), (False, "02")):
        document = _valid()
        document["hubs"][0]["thresholds"] = {"failures": failures}
        document["hubs"][0]["idps"][0]["control"] = control
        assert _errors(document) == []


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"vantage": "a b"}, "$.vantage"),
        ({"retention": "30"}, "$.retention"),
        ({"retention": 30}, "$.retention"),
        ({"language": "de"}, "$.language"),
        ({"languag": "fr"}, "$"),
        ({"hubs": []}, "$.hubs"),
        ({"politeness": {"requests": 0}}, "$.politeness.requests"),
        ({"politeness": {"requests": "many"}}, "$.politeness.requests"),
    ],
)
def test_a_wrong_document_is_refused_at_its_place(change: dict[str, Any], where: str) -> None:
    assert _errors({**_valid(), **change}) == [where]


def test_a_secret_written_in_the_file_or_taken_from_two_places_is_refused() -> None:
    for secret in ("s3cr3t", {}, {"file": "a", "env": "B"}):
        document = copy.deepcopy(_valid())
        document["hubs"][0]["sp"]["client_secret"] = secret
        assert _errors(document) == ["$.hubs[0].sp.client_secret"]


def _defaults(field: FieldInfo) -> str | None:
    """How the manual writes a default: None where it is no single value."""
    value = field.get_default(call_default_factory=False)
    if field.is_required() or value is None or isinstance(value, BaseModel) or field.default_factory:
        return None
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and formats.parse_duration in [getattr(each, "func", None) for each in field.metadata]:
        return say_duration(value)
    parsers = [getattr(each, "func", None) for each in field.metadata]
    if isinstance(value, int) and (percentages.parse_percent in parsers or percentages.parse_goal in parsers):
        return percentages.say_percent(value)
    return str(value)


def _is_told(text: str, kind: type, name: str, field: FieldInfo) -> bool:
    """Whether a text has a key, with its default where it has one."""
    written = re.findall(rf"(?m)(?:^|[\s{{]){name}:[ \t]*([^#\n]*)(#.*)?$", text)
    default = _defaults(field)
    # its default pattern is FranceConnect's, and said so in words
    if not default or kind.__name__ == "ErrorPage":
        return bool(written)
    alike = {default, {"60s": "1m", "10m": "600s", "1m": "60s", "2d": "48h", "1d": "24h"}.get(default, default)}
    return any(alike & {value.strip()} or f"default: {default}" in comment for value, comment in written)


def test_the_manual_or_the_generic_example_names_every_key_and_its_default() -> None:
    text = "".join((ROOT / "config" / file).read_text("utf-8") for file in ("vigie.yml", "examples/generic.yml"))
    missing = [f"{kind.__name__}.{name}: {_defaults(field)}" for kind, name, field in FIELDS if not _is_told(text, kind, name, field)]
    assert missing == []


def test_the_manual_is_data_only_and_has_no_line_that_a_reader_cannot_see() -> None:
    for name in EXAMPLES:
        text = (ROOT / "config" / name).read_text("utf-8")
        assert max(map(len, text.splitlines())) <= 140
        assert "\t" not in text


def test_union_members_of_the_models_are_what_the_loader_tells_apart() -> None:
    assert [tag.tag for member in get_args(get_args(models.Recipe)[0]) for tag in member.__metadata__] == [base.NAMED, base.INLINE]
    assert Path(models.__file__).name == "models.py"
