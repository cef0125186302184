"""The API, the commands and docs/api.md have the fields of `probe.core.incident.acts`."""

import re
from enum import Enum
from pathlib import Path
from typing import Any

import click
import pytest

from exporters.http.openapi import description
from exporters.http.requests import ACTS, Opening
from probe.cli.incidents import incidents
from probe.cli.options.incidents import NUMBER, act_line, lines
from probe.cli.options.instants import INSTANT
from probe.core.incident.acts import CONTENTS, LARGEST_NUMBER, LONGEST_LINE, Field, Form, fields_of
from probe.core.incident.model import ActKind, Severity
from probe.core.plain_text import LONGEST_BLOCK

PAGE = (Path(__file__).parents[3] / "docs" / "api.md").read_text("utf-8")
COMMANDS = {**{name: name for name in ACTS}, "acknowledge": "ack"}
NOT_ASKED = {(ActKind.CLOSED, "due_us"), (ActKind.REOPENED, "detail"), (ActKind.REOPENED, "again_us")}
"""What the register fills in itself."""
COMMANDS_ALONE = {(ActKind.BLOCKING, "reason")}
"""What the API does not take (yet)."""
ALWAYS_ASKED = {(ActKind.SEVERITY, "reason")}
"""What a machine may leave out, and people must give."""


def asked(name: str, more: set[tuple[ActKind, str]]) -> dict[str, Field]:
    """The fields that people may give of an act, by the names that they have outside."""
    kind = ACTS[name].kind
    found = [field for field in fields_of(CONTENTS[kind]) if (kind, field.name) not in more]
    return {field.name.removesuffix("_us"): field for field in found}


def required(name: str, field: Field) -> bool:
    return field.required or (ACTS[name].kind, field.name) in ALWAYS_ASKED


def schema_of(field: Field, told: dict[str, Any]) -> dict[str, Any]:
    """What the description must hold of a field; `told` is what it holds."""
    if issubclass(field.type, Enum) and field.type is not Severity:
        assert set(told["enum"]) <= {word.value for word in field.type}
        return {"type": "string", "enum": told["enum"]}
    if field.name == "how":
        return {"type": "string", "enum": ["spoken", "written"]}
    forms: dict[Form | None, dict[str, Any]] = {
        Form.LINE: {"type": "string", "minLength": 1, "maxLength": LONGEST_LINE},
        Form.TEXT: {"type": "string", "minLength": 1, "maxLength": LONGEST_BLOCK},
        Form.INSTANT: {"type": "string", "format": "date-time"},
        Form.INCIDENT: {"type": "integer", "minimum": 1, "maximum": LARGEST_NUMBER},
        None: {"type": "boolean"} if field.type is bool else {"type": "integer", "minimum": 1, "maximum": 5},
    }
    return forms[field.form]


def plain(told: dict[str, Any]) -> dict[str, Any]:
    """A property without what people read, and without `null`."""
    (found,) = [one for one in told.get("anyOf", [told]) if one != {"type": "null"}]
    return {name: value for name, value in found.items() if name not in ("title", "description", "default")}


def holds(properties: dict[str, Any], fields: dict[str, Field]) -> None:
    for key, field in fields.items():
        told = plain(properties[key])
        assert told == schema_of(field, told), key


@pytest.mark.parametrize("name", ACTS)
def test_a_body_has_the_fields_of_its_act_and_their_limits(name: str) -> None:
    schema = description()["components"]["schemas"][ACTS[name].__name__]
    fields = asked(name, NOT_ASKED | COMMANDS_ALONE)
    assert set(schema["properties"]) == {*fields, "at"}
    assert set(schema.get("required", [])) == {key for key, field in fields.items() if required(name, field)}
    holds(schema["properties"], fields)


def test_an_opening_has_the_fields_of_its_act_but_those_that_the_register_says() -> None:
    """`security` says the origin; the subject is the machine's."""
    schema = description()["components"]["schemas"]["Opening"]
    fields = {field.name.removesuffix("_us"): field for field in fields_of(CONTENTS[ActKind.OPENED])}
    del fields["origin"], fields["subject"]
    assert set(Opening.model_fields) == {*fields, "security", "at"}
    assert set(schema["required"]) == {"title", "severity"}
    holds(schema["properties"], fields)


def takes(field: Field, option: click.Option) -> bool:
    """Whether an option takes what the field takes."""
    if isinstance(option.type, click.Choice):
        words = set(option.type.choices)
        return words <= {word.value for word in field.type} if issubclass(field.type, Enum) else words == {"spoken", "written"}
    if field.form is None and field.type is bool:
        return option.is_flag
    if field.form is None:
        return isinstance(option.type, click.IntRange) and (option.type.min, option.type.max) == (1, 5)
    forms = {
        Form.LINE: option.callback is act_line,
        Form.TEXT: option.callback is lines,
        Form.INSTANT: option.type is INSTANT,
        Form.INCIDENT: option.type is NUMBER,
    }
    return forms[field.form]


@pytest.mark.parametrize("name", ACTS)
def test_a_command_has_the_fields_of_its_act_and_their_limits(name: str) -> None:
    options = {one.name: one for one in incidents.commands[COMMANDS[name]].params if isinstance(one, click.Option)}
    for common in ("author", "at_us", "as_json", "config", "help"):
        options.pop(common, None)
    fields = {field.name: field for field in asked(name, NOT_ASKED).values()}
    assert set(options) == set(fields)
    for key, field in fields.items():
        assert options[key].required is required(name, field) or options[key].default is not None, key
        assert takes(field, options[key]), key


@pytest.mark.parametrize("name", ACTS)
def test_the_page_names_the_fields_of_each_act(name: str) -> None:
    (cell,) = re.findall(rf"^\| `(?:POST /api/v1/incidents/\{{number\}}|\.\.\.)/{name}` \|(.*)\|$", PAGE, re.MULTILINE)
    words = {word for field in asked(name, set()).values() if issubclass(field.type, Enum) for word in field.type}
    named = {one.partition(":")[0] for one in re.findall(r"`([a-z_: ]+)`", cell)}
    assert named - {str(word) for word in words} == set(asked(name, NOT_ASKED | COMMANDS_ALONE))


def test_a_line_of_a_command_is_no_longer_than_one_of_the_api() -> None:
    option = next(one for one in incidents.commands["assign"].params if one.name == "to")
    context = click.Context(incidents.commands["assign"])
    assert act_line(context, option, "x" * LONGEST_LINE) == "x" * LONGEST_LINE
    with pytest.raises(click.BadParameter, match=f"longer than {LONGEST_LINE} characters"):
        act_line(context, option, "x" * (LONGEST_LINE + 1))
