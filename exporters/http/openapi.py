"""The API's description in OpenAPI 3.1, made from what the API itself accepts."""

import json
import sys
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from typing import Any

from exporters.http.requests import ACTS, FLAG_STEPS, LARGEST, LARGEST_NOTIFICATION, FlagDoing, Opening, Retrying
from probe.core.incident.model import ActKind, IncidentClock, IncidentState, Origin, Way

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
_MAYBE_INSTANT = {"type": ["string", "null"], "format": "date-time"}
_TEXT = {"type": "string"}
_MAYBE_TEXT = {"type": ["string", "null"]}
_WHOLE = {"type": "integer"}
_YES = {"type": "boolean"}


def _object(**properties: Json) -> Json:
    return {"type": "object", "required": list(properties), "properties": properties}


def _list(of: Json) -> Json:
    return {"type": "array", "items": of}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _incident() -> Json:
    instants = ("began", "ended", "acknowledged", "in_hand", "resolved", "notified", "remarked", "asked", "closed")
    return _object(
        number=_WHOLE,
        reference=_TEXT,
        hub=_TEXT,
        subject=_TEXT,
        idp=_MAYBE_TEXT,
        origin={"type": "string", "enum": [one.value for one in Origin]},
        severity={"type": "integer", "minimum": 1, "maximum": 5},
        state={"type": "string", "enum": [one.value for one in IncidentState]},
        open=_YES,
        title=_TEXT,
        detail=_TEXT,
        requester=_TEXT,
        blocking=_YES,
        assignee=_TEXT,
        received=_INSTANT,
        assigned=_INSTANT,
        **dict.fromkeys(instants, _MAYBE_INSTANT),
        resolved_by=_TEXT,
        way={"type": ["string", "null"], "enum": [*(one.value for one in Way), None]},
        merged_into=_MAYBE_TEXT,
        waits=_list(_list(_MAYBE_INSTANT)),
        links=_list(_object(to=_TEXT, relation=_TEXT)),
        escalated=_list(_WHOLE),
        breached=_list(_TEXT),
        reopenings=_WHOLE,
    )


def _taken() -> Json:
    """What became of a notification's alerts."""
    alert = _object(alert=_TEXT, result={"type": "string", "enum": ["opened", "attached", "unchanged", "refused"]})
    alert["properties"] |= {
        "incident": _MAYBE_TEXT,
        "why": _TEXT,
        "number": {**_WHOLE, "description": "Which of the notification, from 1."},
    }
    taken = _object(alerts=_list(alert))
    taken["properties"]["untold"] = {**_WHOLE, "description": "How many more were taken than are listed."}
    return taken


def _schemas() -> Json:
    clock = _object(clock={"type": "string", "enum": [one.value for one in IncidentClock]}, due=_MAYBE_INSTANT, late=_YES)
    act = _object(at=_INSTANT, author=_TEXT, kind={"type": "string", "enum": [one.value for one in ActKind]}, data={"type": "object"})
    story = _object(clocks=_list(_ref("Clock")), tickets={"type": "object", "additionalProperties": _TEXT}, acts=_list(_ref("Act")))
    flag = _object(state=_TEXT, since=_MAYBE_INSTANT)
    ratio = _object(ratio={"type": ["array", "null"], "items": _WHOLE}, percent=_MAYBE_TEXT, met={"type": ["boolean", "null"]})
    late = _object(
        reference=_TEXT, severity=_WHOLE, title=_TEXT, received=_INSTANT, resolved=_MAYBE_INSTANT, working_seconds={"type": "number"}
    )
    indicator = {
        "name": _TEXT,
        "from": _INSTANT,
        "to": _INSTANT,
        "received": _WHOLE,
        "in_time": _WHOLE,
        "young": _WHOLE,
        "questions": _WHOLE,
    }
    change = _object(
        number=_WHOLE, hub=_TEXT, planned=_INSTANT, announced=_INSTANT, due=_INSTANT, late=_YES, title=_TEXT
    )  # fmt: skip
    return {
        "Incident": _incident(),
        "Clock": clock,
        "Act": act,
        "Story": {"allOf": [_ref("Incident"), story]},
        "Idp": _object(
            hub=_TEXT,
            name=_TEXT,
            title=_TEXT,
            tile=_TEXT,
            state={"type": "string", "enum": ["up", "down", "unknown"]},
            since=_MAYBE_INSTANT,
            displayed={"type": ["boolean", "null"]},
            selectable={"type": ["boolean", "null"]},
            flag=flag,
            guard=_TEXT,
            incident=_MAYBE_TEXT,
        ),
        "Flag": _object(hub=_TEXT, idp=_TEXT, state=_TEXT, since=_MAYBE_INSTANT),
        "FlagAct": _object(
            number=_WHOLE, hub=_TEXT, idp=_TEXT, step=_TEXT, at=_INSTANT, author=_TEXT, reason=_TEXT, evidence={"type": "object"}
        ),
        "Indicator": _object(**indicator, contract=ratio, mature=ratio, late=_list(late)),
        "Report": _object(
            at=_INSTANT,
            month=_ref("Indicator"),
            rolling=_ref("Indicator"),
            breached=_list(_object(reference=_TEXT, severity=_WHOLE, clock=_TEXT)),
            open=_list(_ref("Incident")),
            changes=_list(change),
        ),
        "Letter": _object(
            id=_TEXT,
            system=_TEXT,
            incident=_TEXT,
            act=_WHOLE,
            state=_TEXT,
            written=_INSTANT,
            tries=_WHOLE,
            due=_INSTANT,
            error=_TEXT,
            ticket=_MAYBE_TEXT,
        ),
        "Taken": _taken(),
        "Problem": _object(type=_TEXT, title=_TEXT, status=_WHOLE, detail=_TEXT),
        "Opening": Opening.model_json_schema(),
        "FlagDoing": FlagDoing.model_json_schema(),
        "Retrying": Retrying.model_json_schema(),
        **{model.__name__: model.model_json_schema() for model in ACTS.values()},
    }


def _answer(schema: Json, words: str = "Done.") -> Json:
    return {"description": words, "content": {"application/json": {"schema": schema}}}


def _problems(*statuses: int) -> Json:
    words = {
        400: "The request cannot be understood.", 401: "Credentials are missing or wrong.", 403: "This part of the API is off.",
        404: "There is no such thing.", 409: "The contract or the incident's state forbids it: `code` says which rule.",
        413: f"The body is larger than {LARGEST} bytes.", 415: "The body is not application/json.",
        422: "The body is not what this call takes: `errors` says where.", 503: "The register cannot be asked now.",
    }  # fmt: skip
    told = {"application/problem+json": {"schema": _ref("Problem")}}
    return {str(status): {"description": words[status], "content": told} for status in statuses}


def _parameter(name: str, schema: Json, where: str = "query") -> Json:
    return {"name": name, "in": where, "required": where == "path", "schema": schema}


_NUMBER = _parameter("number", {"type": "string", "pattern": "^(VIGIE-)?[0-9]+$"}, "path")
_KEY = {**_parameter("Idempotency-Key", {"type": "string", "maxLength": 200}, "header"), "description": "The same again changes nothing."}


def _reading(words: str, schema: Json, *parameters: Json) -> Json:
    found = {"200": _answer(schema, "Found."), "304": {"description": "As it was (If-None-Match)."}}
    return {"summary": words, "parameters": list(parameters), "responses": {**found, **_problems(400, 401, 403, 404, 422, 503)}}


def _writing(words: str, body: Json, schema: Json, *parameters: Json, status: str = "200") -> Json:
    return {
        "summary": words,
        "parameters": list(parameters),
        "requestBody": {"content": {"application/json": {"schema": body}}},
        "responses": {status: _answer(schema), **_problems(400, 401, 403, 404, 409, 413, 415, 422, 503)},
    }


def _notifying() -> Json:
    """Alertmanager's door, which has a larger body, and neither numbers nor rules of its own."""
    told = _writing("A notification of Alertmanager (webhook, version 4), read as far as it goes.", {"type": "object"}, _ref("Taken"))
    del told["responses"]["404"], told["responses"]["409"]
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
    letters = _object(letters=_WHOLE)
    paths: Json = {
        "/incidents": {
            "get": _reading("Incidents, the newest first.", _object(incidents=_list(_ref("Incident")), next=_MAYBE_TEXT), *listing),
            "post": _writing("Open one.", _ref("Opening"), _ref("Incident"), _KEY, status="201"),
        },
        "/incidents/{number}": {"get": _reading("One, with its clocks and its whole story.", _ref("Story"), _NUMBER)},
        "/idps": {"get": _reading("Every IdP, for the hub's administrators.", _object(idps=_list(_ref("Idp"))), _parameter("hub", _TEXT))},
        "/deactivations": {
            "get": _reading(
                "Every step of every deactivation, the oldest first.",
                _object(deactivations=_list(_ref("FlagAct"))),
                _parameter("hub", _TEXT),
                _parameter("idp", _TEXT),
            )
        },
        "/report": {
            "get": _reading(
                "The quality of service (contract, 4).",
                _ref("Report"),
                _parameter("month", {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$"}),
            )
        },
        "/outbox": {"get": _reading("What the ticket systems were not told yet.", _object(letters=_list(_ref("Letter"))))},
        "/outbox/{system}/{number}/retry": {
            "post": _writing("Try a ticket's dead letters again.", _ref("Retrying"), letters, _parameter("system", _TEXT, "path"), _NUMBER)
        },
        "/alertmanager": {
            "post": {
                **_notifying(),
                "security": [{"alertmanager": []}, {"bearer": []}],
            }
        },
        "/openapi.json": {
            "get": {"summary": "This description.", "security": [], "responses": {"200": _answer({"type": "object"}, "Found.")}}
        },
    }
    for name, model in ACTS.items():
        paths[f"/incidents/{{number}}/{name}"] = {"post": _writing(_WORDS[name], _ref(model.__name__), _ref("Incident"), _NUMBER, _KEY)}
    for step in FLAG_STEPS:
        paths[f"/deactivations/{{hub}}/{{idp}}/{step}"] = {"post": _writing(_STEPS[step], _ref("FlagDoing"), _ref("Flag"), *flagged)}
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
