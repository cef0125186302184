"""Makes the API's description in OpenAPI 3.1 from the models of its bodies and answers."""

import json
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import version
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue, models_json_schema
from pydantic_core.core_schema import WithDefaultSchema

from exporters.http import answers, past_answers
from exporters.http.answers import schema_name
from exporters.http.requests import ACTS, FLAG_STEPS, LARGEST, LARGEST_NOTIFICATION, FlagDoing, Opening, Retrying
from probe.core.incident.model import IncidentState

Json = dict[str, Any]
_WORDS: Mapping[str, str] = {
    "acknowledge": "Acknowledge an incident.",
    "assign": "Assign an incident to a role or a name; it is in hand from now on.",
    "wait": "Ask the IdP something, and wait for the answer; the clocks are paused.",
    "resume": "Resume an incident that waited.",
    "comment": "Add a comment to an incident.",
    "resolve": "Resolve an incident.",
    "notify": "Record that the IdP was informed of the resolution.",
    "remark": "Record the IdP's remark about the resolution.",
    "close": "Close an incident, in one of the contract's four ways and with its evidence (contract, 2.2.3).",
    "reopen": "Reopen an incident.",
    "merge": "Merge an incident into another one.",
    "severity": "Change the severity of an incident; its clocks start again.",
    "blocking": "Record whether an incident is a blocking anomaly.",
    "link": "Link an incident to another one.",
}
_STEPS: Mapping[str, str] = {
    "propose": "Propose the deactivation of an IdP.",
    "approve": "Approve the proposed deactivation.",
    "reject": "Reject the proposed deactivation.",
    "recovered": "Record that the deactivated IdP works again.",
}
_INSTANT = {"type": "string", "format": "date-time"}
_TEXT = {"type": "string"}
_BODIES: Sequence[type[BaseModel]] = (Opening, FlagDoing, Retrying, *ACTS.values())
_ANSWERS: Sequence[type[BaseModel]] = (
    answers.IncidentsAnswer,
    answers.IncidentAnswer,
    answers.StoryAnswer,
    answers.IdpsAnswer,
    answers.DeactivationsAnswer,
    answers.FlagAnswer,
    answers.ReportAnswer,
    answers.OutboxAnswer,
    answers.RetriedAnswer,
    answers.TakenAnswer,
    past_answers.OutagesAnswer,
    past_answers.OutageStoryAnswer,
    past_answers.ObservationAnswer,
    answers.ProblemAnswer,
)


class _Schemas(GenerateJsonSchema):
    """Names schemas as `schema_name` does, and leaves out titles that repeat a field's name, and
    defaults that mean an absent field.
    """

    def normalize_name(self, name: str) -> str:
        return schema_name(super().normalize_name(name))

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic's signature
        return False

    def default_schema(self, schema: WithDefaultSchema) -> JsonSchemaValue:
        if schema.get("default") in (None, []):
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)


def _schemas() -> Json:
    """Return the schemas by the models' names: bodies as they are read, answers as written."""
    models: list[tuple[type[BaseModel], JsonSchemaMode]] = [
        *((body, "validation") for body in _BODIES),
        *((answer, "serialization") for answer in _ANSWERS),
    ]
    _, found = models_json_schema(models, ref_template="#/components/schemas/{model}", schema_generator=_Schemas)
    schemas: Json = found["$defs"]
    return schemas


def _ref(model: type[BaseModel]) -> Json:
    return {"$ref": f"#/components/schemas/{schema_name(model.__name__)}"}


def _answer(schema: Json, words: str = "Done.") -> Json:
    return {"description": words, "content": {"application/json": {"schema": schema}}}


def _problems(*statuses: int) -> Json:
    words = {
        400: "The request cannot be understood.", 401: "Credentials are missing or wrong.", 403: "This part of the API is off.",
        404: "What the path names does not exist.", 408: "The body takes too long.",
        409: "The contract or the incident's state forbids the call: `code` names the rule.",
        413: f"The body is larger than {LARGEST} bytes.", 415: "The body is not application/json.",
        422: "The body is not what this call takes: `errors` says where.", 503: "The register cannot be asked now.",
    }  # fmt: skip
    content = {"application/problem+json": {"schema": _ref(answers.ProblemAnswer)}}
    return {str(status): {"description": words[status], "content": content} for status in statuses}


def _parameter(name: str, schema: Json, where: str = "query") -> Json:
    return {"name": name, "in": where, "required": where == "path", "schema": schema}


_NUMBER = _parameter("number", {"type": "string", "pattern": "^(VIGIE-)?[0-9]+$"}, "path")
_LIMIT = _parameter("limit", {"type": "integer", "minimum": 1, "maximum": 500, "default": 100})
_SAME = {"description": "The answer has not changed (If-None-Match)."}
_KEY = {
    **_parameter("Idempotency-Key", {"type": "string", "maxLength": 200}, "header"),
    "description": "A call that is repeated with the same key changes nothing.",
}


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
    """Describe the webhook of Alertmanager, which has a larger body, and neither 404 nor 409."""
    call = _writing(
        "A notification of Alertmanager (webhook, version 4), read as far as possible.", {"type": "object"}, answers.TakenAnswer, refused=()
    )
    responses = call["responses"]
    responses["413"] = {**responses["413"], "description": f"The body is larger than {LARGEST_NOTIFICATION} bytes."}
    responses["422"] = {**responses["422"], "description": "No alert in it can be understood, or none is about a hub that is watched."}
    return call


def _paths() -> Json:
    """Return every path with its calls, in the order of the document."""
    return {
        **_incident_paths(),
        **_idp_paths(),
        **_other_paths(),
        **{
            f"/incidents/{{number}}/{name}": {"post": _writing(_WORDS[name], _ref(model), answers.IncidentAnswer, _NUMBER, _KEY)}
            for name, model in ACTS.items()
        },
        **_deactivation_paths(),
    }


def _incident_paths() -> Json:
    states = f"one or more of open, all, {', '.join(IncidentState)}, with commas. Default: open"
    listing = [
        _parameter("state", {"type": "string", "description": states}),
        _parameter("severity", {"type": "integer", "minimum": 1, "maximum": 5}),
        _parameter("hub", _TEXT),
        _parameter("idp", _TEXT),
        _parameter("since", _INSTANT),
        _parameter("before", {"type": "integer", "minimum": 1}),
        _LIMIT,
    ]
    story = "An incident with its clocks and all its acts."
    return {
        "/incidents": {
            "get": _reading("Incidents, the newest first.", answers.IncidentsAnswer, *listing),
            "post": _writing("Open an incident.", _ref(Opening), answers.IncidentAnswer, _KEY, status="201", refused=()),
        },
        "/incidents/{number}": {"get": _reading(story, answers.StoryAnswer, _NUMBER, refused=[404])},
    }


def _idp_paths() -> Json:
    steps = "Every step of every deactivation, the oldest first."
    hub, idp = _parameter("hub", _TEXT), _parameter("idp", _TEXT)
    return {
        "/idps": {"get": _reading("Every IdP, for the hub's administrators.", answers.IdpsAnswer, hub, refused=[422])},
        "/deactivations": {"get": _reading(steps, answers.DeactivationsAnswer, hub, idp)},
    }


def _deactivation_paths() -> Json:
    idp = [_parameter(name, _TEXT, "path") for name in ("hub", "idp")]
    return {
        f"/deactivations/{{hub}}/{{idp}}/{step}": {"post": _writing(_STEPS[step], _ref(FlagDoing), answers.FlagAnswer, *idp)}
        for step in FLAG_STEPS
    }


def _past_paths() -> Json:
    """Describe the calls about past outages and observations."""
    return {
        "/outages": {
            "get": _reading(
                "Outages of the conditions and of the IdPs, the latest first.",
                past_answers.OutagesAnswer,
                _parameter("hub", _TEXT),
                _parameter("since", {**_INSTANT, "description": "those that were not over by then"}),
                _parameter("before", {"type": "string", "description": "the id of an outage: those that come before it"}),
                _LIMIT,
            )
        },
        "/outages/{hub}/{name}": {
            "get": _reading(
                "An outage with its observations, oldest first, as long as they are kept.",
                past_answers.OutageStoryAnswer,
                _parameter("hub", _TEXT, "path"),
                _parameter("name", {"type": "string", "description": "SUBJECT@START: C1@2026-03-03T10:00:00.000000Z"}, "path"),
                _LIMIT,
                refused=[404],
            )
        },
        "/observations/{number}": {
            "get": _reading(
                "An observation with its evidence: every exchange, and the redacted extract of the page.",
                past_answers.ObservationAnswer,
                _parameter("number", {"type": "integer", "minimum": 1}, "path"),
                refused=[404],
            )
        },
    }


def _other_paths() -> Json:
    month = _parameter("month", {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$"})
    system = _parameter("system", _TEXT, "path")
    retrying = "Deliver an incident's dead letters to a ticket system again."
    description = {
        "summary": "This description.",
        "security": [],
        "responses": {"200": _answer({"type": "object"}, "Found."), "304": _SAME},
    }
    return {
        "/report": {"get": _reading("The quality of service (contract, 4).", answers.ReportAnswer, month, refused=[422])},
        "/outbox": {"get": _reading("The letters that the ticket systems have not received.", answers.OutboxAnswer)},
        **_past_paths(),
        "/outbox/{system}/{number}/retry": {
            "post": _writing(retrying, _ref(Retrying), answers.RetriedAnswer, system, _NUMBER, refused=[404])
        },
        "/alertmanager": {"post": {**_notifying(), "security": [{"alertmanager": []}, {"bearer": []}]}},
        "/openapi.json": {"get": description},
    }


@cache
def description() -> Json:
    """Return the whole description, as JSON values."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Vigie",
            "version": version("vigie-fc"),
            "description": "Incidents, deactivations and past failures: see docs/api.md.",
        },
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
    """Return the text of docs/openapi.json."""
    return json.dumps(description(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(document())
