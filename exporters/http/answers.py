"""What the API answers: one model for each answer. The OpenAPI document is made from them.

`--json` of `vigie incidents` and `vigie idp` prints the same models. `probe.service.serialize`
fills them in. Instants are RFC 3339 in UTC with microseconds, null where they have not come. Ratios
are exact, `[numerator, denominator]`, and beside them stands a percentage with four decimals,
rounded down.
"""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, GetCoreSchemaHandler, WithJsonSchema
from pydantic_core import CoreSchema, core_schema

from probe.core.incident import model


def _encodable(value: Any) -> Any:
    """A text without halves of characters, which an old ledger may hold and JSON in UTF-8 cannot."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) and not value.isascii() else value


def _absent(value: Any) -> bool:
    """Whether an optional key is left out."""
    return value is None or value == []


class _OneOf:
    """An annotation of a text that is one of some closed words."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = [str(word) for word in words]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.literal_schema(self._words)


Text = Annotated[str, BeforeValidator(_encodable)]
Instant = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
Level = Annotated[int, Field(ge=1, le=5)]
Origin = Annotated[str, _OneOf(model.Origin)]
State = Annotated[str, _OneOf(model.IncidentState)]
Way = Annotated[str, _OneOf(model.Way)]
ClockName = Annotated[str, _OneOf(model.IncidentClock)]
Kind = Annotated[str, _OneOf(model.ActKind)]
Data = dict[str, Text | int | bool | None]


class Answer(BaseModel):
    """What every answer is: exact types, made once."""

    model_config = ConfigDict(frozen=True, strict=True)

    def plain(self) -> dict[str, Any]:
        """As JSON values, under the names that JSON has."""
        return self.model_dump(mode="json", by_alias=True)


# --- incidents


class Link(Answer):
    """A tie to another incident. `to`: its reference."""

    to: Text
    relation: Text


class Incident(Answer):
    """An incident without its story."""

    number: int
    reference: Text
    hub: Text
    subject: Text
    idp: Text | None
    origin: Origin
    severity: Level
    state: State
    open: bool
    title: Text
    detail: Text
    requester: Text
    blocking: bool
    assignee: Text
    received: Instant
    assigned: Instant
    began: Instant | None
    ended: Instant | None
    acknowledged: Instant | None
    in_hand: Instant | None
    resolved: Instant | None
    notified: Instant | None
    remarked: Instant | None
    asked: Instant | None
    closed: Instant | None
    resolved_by: Text
    way: Way | None
    merged_into: Text | None
    waits: list[tuple[Instant, Instant | None]]
    links: list[Link]
    escalated: list[Level]
    breached: list[ClockName]
    reopenings: int


class Clock(Answer):
    """A deadline. `due`: null while its clock is paused. `late`: it has run out."""

    clock: ClockName
    due: Instant | None
    late: bool


class Act(Answer):
    """One act. `data` has the fields that docs/incidents.md lists, without `_us`; instants are written as everywhere."""

    at: Instant
    author: Text
    kind: Kind
    data: Data


class OpenIncident(Incident):
    """An open incident with its deadlines."""

    clocks: list[Clock]


class Story(OpenIncident):
    """An incident with its deadlines, its tickets (system -> reference there) and all its acts."""

    tickets: dict[str, Text]
    acts: list[Act]


class Incidents(Answer):
    """A page of incidents. `next`: the address of the page after, null on the last one."""

    incidents: list[Incident]
    next: Text | None


# --- identity providers and their deactivation


class IdpFlag(Answer):
    """Where a deactivation stands: none, proposed, approved, deactivated or recovered."""

    state: Text
    since: Instant | None


class Idp(Answer):
    """An IdP as the hub's administrators need it.

    `displayed`, `selectable`: on the latest mire, null before any. `guard`: why no flag is proposed
    although it would be. `incident`: the reference of the open one about it.
    """

    hub: Text
    name: Text
    title: Text
    tile: Text
    state: Annotated[str, _OneOf(("up", "down", "unknown"))]
    since: Instant | None
    displayed: bool | None
    selectable: bool | None
    flag: IdpFlag
    guard: Text
    incident: Text | None


class Idps(Answer):
    """Every IdP."""

    idps: list[Idp]


class Flag(Answer):
    """Where the deactivation of an IdP stands after a step."""

    hub: Text
    idp: Text
    state: Text
    since: Instant | None


class FlagAct(Answer):
    """One step of a deactivation."""

    number: int
    hub: Text
    idp: Text
    step: Text
    at: Instant
    author: Text
    reason: Text
    evidence: Data


class Deactivations(Answer):
    """Every step of every deactivation, the oldest first."""

    deactivations: list[FlagAct]


# --- the report


class Ratio(Answer):
    """A part of the whole, and whether the contract's goal is met; null where nothing was received."""

    ratio: tuple[int, int] | None
    percent: Text | None
    met: bool | None


class Late(Answer):
    """An incident that was not resolved in time. `working_seconds`: the working time that it took."""

    reference: Text
    severity: Level
    title: Text
    received: Instant
    resolved: Instant | None
    working_seconds: float


class Indicator(Answer):
    """The indicator of one period (contract, 4).

    `contract` is the contract's own reading; `mature` is the one without the incidents that are
    younger than their deadline.
    """

    name: Text
    from_: Instant = Field(serialization_alias="from")
    to: Instant
    received: int
    in_time: int
    young: int
    questions: int
    contract: Ratio
    mature: Ratio
    late: list[Late]


class Breach(Answer):
    """An open incident whose clock has run out."""

    reference: Text
    severity: Level
    clock: ClockName


class Change(Answer):
    """An announced change of application or infrastructure (contract, 2.1). `due`: the latest instant to announce it."""

    number: int
    hub: Text
    title: Text
    author: Text
    planned: Instant
    announced: Instant
    due: Instant
    late: bool


class Report(Answer):
    """The quality of service (contract, 2 and 4), at an instant."""

    at: Instant
    month: Indicator
    rolling: Indicator
    breached: list[Breach]
    open: list[OpenIncident]
    changes: list[Change]


# --- what goes out, what comes in


class Letter(Answer):
    """What a ticket system was not told yet. `ticket`: the ticket's reference there."""

    id: Text
    system: Text
    incident: Text
    act: int
    state: Text
    written: Instant
    tries: int
    due: Instant
    error: Text
    ticket: Text | None


class Outbox(Answer):
    """What the ticket systems were not told yet."""

    letters: list[Letter]


class Retried(Answer):
    """How many dead letters are tried again."""

    letters: int


class TakenAlert(Answer):
    """An alert that was taken. `incident`: the one that it belongs to, null when none concerns it."""

    alert: Text
    result: Literal["opened", "attached", "unchanged"]
    incident: Text | None


class RefusedAlert(Answer):
    """An alert that was refused, and why. `number`: which of the notification, from 1, where it could be told."""

    alert: Text
    result: Literal["refused"]
    why: Text
    number: Annotated[int | None, WithJsonSchema({"type": "integer"})] = Field(default=None, exclude_if=_absent)


class Taken(Answer):
    """What became of a notification's alerts. `untold`: how many more were taken than are listed."""

    alerts: list[TakenAlert | RefusedAlert]
    untold: Annotated[int | None, WithJsonSchema({"type": "integer"})] = Field(default=None, exclude_if=_absent)


# --- problems


class FieldProblem(Answer):
    """What is wrong with one field of a body. `at`: its path."""

    at: Text
    problem: Text


class Problem(Answer):
    """A problem document (RFC 9457). `code`: the rule's closed word (409). `errors`: where a body is wrong (422)."""

    type: Text
    title: Text
    status: int
    detail: Text
    code: Annotated[str | None, WithJsonSchema({"type": "string"})] = Field(default=None, exclude_if=_absent)
    errors: list[FieldProblem] = Field(default=[], exclude_if=_absent)
