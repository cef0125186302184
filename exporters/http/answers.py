"""The models of the API's answers, from which the OpenAPI document is made.

`--json` of `vigie incidents` and `vigie idp` prints the same models. `probe.service.serialize`
fills them in. Instants are RFC 3339 in UTC with microseconds, or null before they come. Ratios
are exact, `[numerator, denominator]`, each with a percentage of four decimals, rounded down.

The name of each model ends in `Answer`, since the core and the register have classes of the same
things. Its schema in the document is named without that.
"""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, GetCoreSchemaHandler, WithJsonSchema
from pydantic_core import CoreSchema, core_schema

from probe.core.incident import model
from probe.core.judgement.accounts import AccountState
from probe.core.judgement.why_unknown import WhyUnknown


def _encodable(value: Any) -> Any:
    """Replace lone surrogates, which an old ledger may have and which UTF-8 cannot encode."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) and not value.isascii() else value


def _absent(value: Any) -> bool:
    """Whether an optional key is left out."""
    return value is None or value == []


class OneOf:
    """Annotates a text that is one of a closed set of words."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = [str(word) for word in words]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.literal_schema(self._words)


Text = Annotated[str, BeforeValidator(_encodable)]
Instant = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
Level = Annotated[int, Field(ge=1, le=5)]
Origin = Annotated[str, OneOf(model.Origin)]
State = Annotated[str, OneOf(model.IncidentState)]
Way = Annotated[str, OneOf(model.Way)]
ClockName = Annotated[str, OneOf(model.IncidentClock)]
Kind = Annotated[str, OneOf(model.ActKind)]
Data = dict[str, Text | int | bool | None]


def schema_name(model: str) -> str:
    """Return the name of a model's schema in the OpenAPI document."""
    return model.removesuffix("Answer")


class ApiAnswer(BaseModel):
    """The base of all answers: exact types, and no changes once it is made."""

    model_config = ConfigDict(frozen=True, strict=True, model_title_generator=lambda model: schema_name(model.__name__))

    def plain(self) -> dict[str, Any]:
        """Return the answer as JSON values, under its JSON names."""
        return self.model_dump(mode="json", by_alias=True)


# --- incidents


class LinkAnswer(ApiAnswer):
    """A link to another incident. `to` is the reference of that one."""

    to: Text
    relation: Text


class IncidentAnswer(ApiAnswer):
    """An incident without its acts."""

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
    links: list[LinkAnswer]
    escalated: list[Level]
    breached: list[ClockName]
    reopenings: int


class ClockAnswer(ApiAnswer):
    """A deadline. `due` is null while its clock is paused. `late` says that it was missed."""

    clock: ClockName
    due: Instant | None
    late: bool


class ActAnswer(ApiAnswer):
    """One act. `data` has the fields that docs/incidents.md lists, without `_us`."""

    at: Instant
    author: Text
    kind: Kind
    data: Data


class OpenIncidentAnswer(IncidentAnswer):
    """An open incident with its deadlines."""

    clocks: list[ClockAnswer]


class StoryAnswer(OpenIncidentAnswer):
    """An incident with its deadlines, its acts, and its tickets' references by ticket system."""

    tickets: dict[str, Text]
    acts: list[ActAnswer]


class IncidentsAnswer(ApiAnswer):
    """A page of incidents. `next` is the address of the next page, null on the last one."""

    incidents: list[IncidentAnswer]
    next: Text | None


# --- identity providers and their deactivation


class IdpFlagAnswer(ApiAnswer):
    """The state of a deactivation: none, proposed, approved, deactivated or recovered."""

    state: Text
    since: Instant | None


class ClaimsAnswer(ApiAnswer):
    """The claims of the latest identity at one level of assurance.

    `acr` is null where none came. `lost` are those of `absent` that once came.
    """

    acr: Text | None
    at: Instant
    came: list[Text]
    absent: list[Text]
    lost: list[Text]


class AccountAnswer(ApiAnswer):
    """The account of the IdP's persona at the hub, and the claims that come; the same one or
    another one `since`. `differs`: the same person has another account through other IdPs.
    """

    state: Annotated[str, OneOf(AccountState)]
    since: Instant | None
    differs: bool
    levels: list[ClaimsAnswer]


class UnknownAnswer(ApiAnswer):
    """Why nobody can tell a state (docs/api.md, "Why nobody can tell").

    `idps`: those that are unknown for one reason, where they are several.
    """

    why: Annotated[str, OneOf(WhyUnknown)]
    subject: Text
    idps: list[Text]
    part: Text | None
    reason: Text | None
    tiles: list[Text]
    latest: Instant | None


class SuspensionAnswer(ApiAnswer):
    """A test account that is not used any more: `refused` times in a row its credentials were
    refused, the first time at `since` (null where that is not known). A reload (SIGHUP) lifts it.
    """

    refused: int
    since: Instant | None


class IdpAnswer(ApiAnswer):
    """An IdP, for the hub's administrators.

    `displayed` and `selectable` are read from the latest mire, null before any. `guard` says why
    the IdP is not proposed for deactivation although it otherwise would be. `incident` is the
    reference of the open incident about it.
    """

    hub: Text
    name: Text
    title: Text
    tile: Text
    state: Annotated[str, OneOf(("up", "down", "unknown"))]
    since: Instant | None
    displayed: bool | None
    selectable: bool | None
    flag: IdpFlagAnswer
    guard: Text
    incident: Text | None
    account: AccountAnswer
    suspended: SuspensionAnswer | None
    unknown: UnknownAnswer | None


class IdpsAnswer(ApiAnswer):
    """Every IdP."""

    idps: list[IdpAnswer]


class FlagAnswer(ApiAnswer):
    """The state of an IdP's deactivation after a step."""

    hub: Text
    idp: Text
    state: Text
    since: Instant | None


class FlagActAnswer(ApiAnswer):
    """One step of a deactivation."""

    number: int
    hub: Text
    idp: Text
    step: Text
    at: Instant
    author: Text
    reason: Text
    evidence: Data


class DeactivationsAnswer(ApiAnswer):
    """Every step of every deactivation, the oldest first."""

    deactivations: list[FlagActAnswer]


# --- the report


class RatioAnswer(ApiAnswer):
    """A ratio, and whether it meets the contract's goal; null when no incident was received."""

    ratio: tuple[int, int] | None
    percent: Text | None
    met: bool | None


class LateAnswer(ApiAnswer):
    """An incident that was not resolved in time.

    `working_seconds` is the working time that it took so far, or until it was resolved.
    """

    reference: Text
    severity: Level
    title: Text
    received: Instant
    resolved: Instant | None
    working_seconds: float


class IndicatorAnswer(ApiAnswer):
    """The indicator of one period (contract, 4).

    `contract` counts all received incidents, as the contract does; `mature` leaves out the
    incidents that are younger than their deadline.
    """

    name: Text
    from_: Instant = Field(serialization_alias="from")
    to: Instant
    received: int
    in_time: int
    young: int
    questions: int
    contract: RatioAnswer
    mature: RatioAnswer
    late: list[LateAnswer]


class BreachAnswer(ApiAnswer):
    """An open incident whose clock has run out."""

    reference: Text
    severity: Level
    clock: ClockName


class ChangeAnswer(ApiAnswer):
    """An announced change of application or infrastructure (contract, 2.1).

    `announced` is the instant that its author says, `recorded` the one at which that was recorded.
    `due` is the latest instant at which it had to be announced.
    """

    number: int
    hub: Text
    title: Text
    author: Text
    planned: Instant
    announced: Instant
    recorded: Instant
    due: Instant
    late: bool


class DifferenceAnswer(ApiAnswer):
    """A trait of the hub's outward form that changed; null where it was not there."""

    trait: Text
    before: Text | None
    after: Text | None


class SeenChangeAnswer(ApiAnswer):
    """A change of the hub that was seen, and whether it was announced (contract, 2.1).

    `announcement` is the number of the announced change that it belongs to. docs/changes.md says
    what the words mean.
    """

    hub: Text
    kind: Text
    aspect: Text
    place: Text
    differences: list[DifferenceAnswer]
    first_seen: Instant
    old_last_seen: Instant
    came_back: Instant | None
    alternates_since: Instant | None
    overlap_seconds: int | None
    notice: Literal["not_needed", "nobody", "late", "in_time"]
    announcement: int | None
    notice_days: int | None


class ReportAnswer(ApiAnswer):
    """The report on the quality of service (contract, 2 and 4) at an instant.

    `seen` has the changes of the hubs that were seen in the rolling year.
    """

    at: Instant
    month: IndicatorAnswer
    rolling: IndicatorAnswer
    breached: list[BreachAnswer]
    open: list[OpenIncidentAnswer]
    changes: list[ChangeAnswer]
    seen: list[SeenChangeAnswer]


# --- letters, alerts


class LetterAnswer(ApiAnswer):
    """A letter that its ticket system has not received. `ticket` is the reference there."""

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


class OutboxAnswer(ApiAnswer):
    """The letters that the ticket systems have not received."""

    letters: list[LetterAnswer]


class RetriedAnswer(ApiAnswer):
    """The number of dead letters that are delivered again."""

    letters: int


class TakenAlertAnswer(ApiAnswer):
    """An accepted alert. `incident` is the one that it belongs to, null when it belongs to none."""

    alert: Text
    result: Literal["opened", "attached", "unchanged"]
    incident: Text | None


class RefusedAlertAnswer(ApiAnswer):
    """An alert that was refused, and why.

    `number` is its place in the notification, from 1, where it is known.
    """

    alert: Text
    result: Literal["refused"]
    why: Text
    number: Annotated[int | None, WithJsonSchema({"type": "integer"})] = Field(default=None, exclude_if=_absent)


class TakenAnswer(ApiAnswer):
    """The results of a notification's alerts.

    `untold` is the number of accepted alerts that are not listed.
    """

    alerts: list[TakenAlertAnswer | RefusedAlertAnswer]
    untold: Annotated[int | None, WithJsonSchema({"type": "integer"})] = Field(default=None, exclude_if=_absent)


# --- problems


class FieldProblemAnswer(ApiAnswer):
    """A problem of one field of a body. `at` is the path of the field."""

    at: Text
    problem: Text


class ProblemAnswer(ApiAnswer):
    """A problem document (RFC 9457).

    `code` is the machine word of the rule that refused the call (409). `errors` has the problems of
    the body (422).
    """

    type: Text
    title: Text
    status: int
    detail: Text
    code: Annotated[str | None, WithJsonSchema({"type": "string"})] = Field(default=None, exclude_if=_absent)
    errors: list[FieldProblemAnswer] = Field(default=[], exclude_if=_absent)
