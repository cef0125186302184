"""The API's description in OpenAPI 3.1, made from the models of its bodies and of its answers."""

import json
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import version
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue, models_json_schema
from pydantic_core.core_schema import WithDefaultSchema

from exporters.http import answers
from exporters.http.requests import ACTS, FLAG_STEPS, LARGEST, LARGEST_NOTIFICATION, FlagDoing, Opening, Retrying
from probe.core.incident.model import IncidentState

Json = dict[str, Any]
_WORDS: Mapping[str, str] = {
    "acknowledge": "Acknowledge it.",
    "assign": "Assign it to a role or a name: it is in hand from now on.",
    "wait": "Ask the IdP something, and wait: the clocks are paused.",
    "resume": "Go on with one that waited.",
    "comment": "Add a comment.",
    "resolve": "Say that it is resolved.",
    "notify": "Record that the IdP was told of the resolution.",
    "remark": "Record the IdP's remark about the resolution.",
    "close": "Close it, by one of the contract's four ways and with its evidence (contract, 2.2.3).",
    "reopen": "Open it again.",
    "merge": "Merge it into another one.",
    "severity": "Assign another severity: its clocks start anew.",
    "blocking": "Say whether it is a blocking anomaly.",
    "link": "Tie it to another one.",
}
_STEPS: Mapping[str, str] = {
    "propose": "Propose the deactivation of an IdP.",
    "approve": "Approve the proposed deactivation.",
    "reject": "Reject the proposed deactivation.",
    "recovered": "Say that the deactivated IdP works again.",
}
_INSTANT = {"type": "string", "format": "date-time"}
_TEXT = {"type": "string"}
_BODIES: Sequence[type[BaseModel]] = (Opening, FlagDoing, Retrying, *ACTS.values())
_ANSWERS: Sequence[type[BaseModel]] = (
    answers.Incidents, answers.Incident, answers.Story, answers.Idps, answers.Deactivations, answers.Flag, answers.Report, answers.Outbox,
    answers.Retried, answers.Taken, answers.Problem,
)  # fmt: skip


class _Schemas(GenerateJsonSchema):
    """Schemas without the titles that repeat a field's name, and without a default that says "left out"."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic's signature
        return False

    def default_schema(self, schema: WithDefaultSchema) -> JsonSchemaValue:
        if schema.get("default") in (None, []):
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)


def _schemas() -> Json:
    """The models by their names: bodies as they are read, answers as they are written."""
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = [
        *((body, "validation") for body in _BODIES),
        *((answer, "serialization") for answer in _ANSWERS),
    ]
    _, found = models_json_schema(wanted, ref_template="#/components/schemas/{model}", schema_generator=_Schemas)
    schemas: Json = found["$defs"]
    return schemas


def _ref(model: type[BaseModel]) -> Json:
    return {"$ref": f"#/components/schemas/{model.__name__}"}


def _answer(schema: Json, words: str = "Done.") -> Json:
    return {"description": words, "content": {"application/json": {"schema": schema}}}


def _problems(*statuses: int) -> Json:
    words = {
        400: "The request cannot be understood.", 401: "Credentials are missing or wrong.", 403: "This part of the API is off.",
        404: "There is no such thing.", 408: "The body takes too long.",
        409: "The contract or the incident's state forbids it: `code` says which rule.",
        413: f"The body is larger than {LARGEST} bytes.", 415: "The body is not application/json.",
        422: "The body is not what this call takes: `errors` says where.", 503: "The register cannot be asked now.",
    }  # fmt: skip
    told = {"application/problem+json": {"schema": _ref(answers.Problem)}}
    return {str(status): {"description": words[status], "content": told} for status in statuses}


def _parameter(name: str, schema: Json, where: str = "query") -> Json:
    return {"name": name, "in": where, "required": where == "path", "schema": schema}


_NUMBER = _parameter("number", {"type": "string", "pattern": "^(VIGIE-)?[0-9]+$"}, "path")
_SAME = {"description": "As it was (If-None-Match)."}
_KEY = {**_parameter("Idempotency-Key", {"type": "string", "maxLength": 200}, "header"), "description": "The same again changes nothing."}


def _reading(words: str, answer: type[BaseModel], *parameters: Json, refused: Sequence[int] = ()) -> Json:
    found = {"200": _answer(_ref(answer), "Found."), "304": _SAME}
    return {"summary": words, "parameters": list(parameters), "responses": {**found, **_problems(400, 401, 403, *refused, 503)}}


def _writing(
    words: str, body: Json, answer: type[BaseModel], *parameters: Json, status: str = "200", refused: Sequence[int] = (404, 409)
) -> Json:
    return {
        "summary": words,
        "parameters": list(parameters),
        "requestBody": {"content": {"application/json": {"schema": body}}},
        "responses": {status: _answer(_ref(answer)), **_problems(400, 401, 403, *refused, 408, 413, 415, 422, 503)},
    }


def _notifying() -> Json:
    """Alertmanager's door, which has a larger body, and neither numbers nor rules of its own."""
    told = _writing(
        "A notification of Alertmanager (webhook, version 4), read as far as it goes.", {"type": "object"}, answers.Taken, refused=()
    )
    told["responses"]["413"] = {**told["responses"]["413"], "description": f"The body is larger than {LARGEST_NOTIFICATION} bytes."}
    told["responses"]["422"] = {**told["responses"]["422"], "description": "No alert in it can be understood, or none concerns us."}
    return told


def _paths() -> Json:
    listing = [
        _parameter(
            "state", {"type": "string", "description": f"some of open, all, {', '.join(IncidentState)}; with commas. Default: open"}
        ),
        _parameter("severity", {"type": "integer", "minimum": 1, "maximum": 5}),
        _parameter("hub", _TEXT),
        _parameter("idp", _TEXT),
        _parameter("since", _INSTANT),
        _parameter("before", {"type": "integer", "minimum": 1}),
        _parameter("limit", {"type": "integer", "minimum": 1, "maximum": 500, "default": 100}),
    ]
    flagged = [_parameter(name, _TEXT, "path") for name in ("hub", "idp")]
    paths: Json = {
        "/incidents": {
            "get": _reading("Incidents, the newest first.", answers.Incidents, *listing),
            "post": _writing("Open one.", _ref(Opening), answers.Incident, _KEY, status="201", refused=()),
        },
        "/incidents/{number}": {"get": _reading("One, with its clocks and its whole story.", answers.Story, _NUMBER, refused=[404])},
        "/idps": {"get": _reading("Every IdP, for the hub's administrators.", answers.Idps, _parameter("hub", _TEXT), refused=[422])},
        "/deactivations": {
            "get": _reading(
                "Every step of every deactivation, the oldest first.",
                answers.Deactivations,
                _parameter("hub", _TEXT),
                _parameter("idp", _TEXT),
            )
        },
        "/report": {
            "get": _reading(
                "The quality of service (contract, 4).",
                answers.Report,
                _parameter("month", {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$"}),
                refused=[422],
            )
        },
        "/outbox": {"get": _reading("What the ticket systems were not told yet.", answers.Outbox)},
        "/outbox/{system}/{number}/retry": {
            "post": _writing(
                "Try a ticket's dead letters again.",
                _ref(Retrying),
                answers.Retried,
                _parameter("system", _TEXT, "path"),
                _NUMBER,
                refused=[404],
            )
        },
        "/alertmanager": {
            "post": {
                **_notifying(),
                "security": [{"alertmanager": []}, {"bearer": []}],
            }
        },
        "/openapi.json": {
            "get": {
                "summary": "This description.",
                "security": [],
                "responses": {"200": _answer({"type": "object"}, "Found."), "304": _SAME},
            }
        },
    }
    for name, model in ACTS.items():
        paths[f"/incidents/{{number}}/{name}"] = {"post": _writing(_WORDS[name], _ref(model), answers.Incident, _NUMBER, _KEY)}
    for step in FLAG_STEPS:
        paths[f"/deactivations/{{hub}}/{{idp}}/{step}"] = {"post": _writing(_STEPS[step], _ref(FlagDoing), answers.Flag, *flagged)}
    return paths


@cache
def description() -> Json:
    """The whole document."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Vigie", "version": version("vigie-fc"), "description": "Incidents and deactivations: see docs/api.md."},
        "servers": [{"url": "/api/v1"}],
        "security": [{"bearer": []}],
        "paths": _paths(),
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "A token of api.tokens; its name is the author."},
                "alertmanager": {"type": "http", "scheme": "basic", "description": "api.alertmanager"},
            },
        },
    }


def document() -> str:
    """docs/openapi.json."""
    return json.dumps(description(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(document())
