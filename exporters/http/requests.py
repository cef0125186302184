"""The models of the API's bodies: strict JSON, without values that could not be stored or shown.

Each body has the kind of the act that it asks for, and gives the act's data
(`probe.core.incident.acts`). Instants are RFC 3339 in the body, and integer UTC microseconds in the
data.

The bodies are written out, since each has a name and a sentence of its own in the description, and
four of them take other fields or words than their act; `tests/exporters/http/test_requests.py`
holds the fields and limits of each body to those of its act.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from probe.core.incident.acts import CONTENTS, LARGEST_NUMBER, LONGEST_LINE, fields_of
from probe.core.incident.model import ActKind, Data
from probe.core.plain_text import LONGEST_BLOCK, checked_block, checked_line
from probe.core.times import parse_rfc3339

LARGEST = 1_048_576  # bytes of a body
LARGEST_NOTIFICATION = 16 * 1_048_576  # bytes; Alertmanager does not send a refused one again
DEEPEST = 32  # levels of arrays and objects


class MalformedError(ValueError):
    """A body that is not the JSON that the API takes. The text repeats nothing of the body."""


def decoded(body: bytes) -> Any:
    """Parse strict JSON (RFC 8259): UTF-8, no duplicate names, no NaN, not too deep.

    Raises MalformedError.
    """
    try:
        found = json.loads(body.decode("utf-8"), object_pairs_hook=_object, parse_constant=_constant)
    except RecursionError:
        raise MalformedError("is too deep") from None
    except UnicodeDecodeError:
        raise MalformedError("is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise MalformedError(f"is no JSON: line {error.lineno}, column {error.colno}") from None
    except MalformedError:
        raise
    except ValueError:  # a number of thousands of digits
        raise MalformedError("has a number that is too long") from None
    if _depth(found) > DEEPEST:
        raise MalformedError(f"is deeper than {DEEPEST} levels")
    return found


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise MalformedError("has the same name twice in one object")
    return found


def _constant(_text: str) -> Any:
    raise MalformedError("has NaN or Infinity, which are no JSON")


def _depth(value: Any) -> int:
    """Count the levels of arrays and objects, without recursion."""
    depth, level = 0, [value]
    while level := [one for one in level if isinstance(one, (dict, list))]:
        depth += 1
        level = [inner for one in level for inner in (one.values() if isinstance(one, dict) else one)]
    return depth


def parse_instant(text: Any) -> int:
    """Parse RFC 3339 to UTC microseconds. Raises ValueError, also for an instant before 1970."""
    try:
        found = parse_rfc3339(text if isinstance(text, str) else "")
    except ValueError as error:
        raise ValueError(f"{error}: write it as 2026-03-29T08:00:00Z or 2026-03-29T10:00:00+02:00") from None
    if found < 0:
        raise ValueError("is before 1970")
    return found


Line = Annotated[str, Field(min_length=1, max_length=LONGEST_LINE), AfterValidator(checked_line)]
Text = Annotated[str, Field(min_length=1, max_length=LONGEST_BLOCK), AfterValidator(checked_block)]
Instant = Annotated[int, BeforeValidator(parse_instant), WithJsonSchema({"type": "string", "format": "date-time"})]
Number = Annotated[int, Field(ge=1, le=LARGEST_NUMBER)]
Level = Annotated[int, Field(ge=1, le=5, description="contract, 2.2.2, figure 1: 1 is the worst")]


class Body(BaseModel):
    """The base of all bodies: exact types, and no unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


class Opening(Body):
    """A new incident of a person. `hub` may be left out when there is only one."""

    title: Line
    severity: Level
    hub: Line | None = None
    detail: Text | None = None
    idp: Line | None = None
    security: bool = False
    blocking: bool = False
    began: Instant | None = None
    requester: Line | None = None
    at: Instant | None = None


class Doing(Body):
    """One act.

    `at` is when it was done, if not now. It cannot be before the incident's latest act.
    """

    kind: ClassVar[ActKind]
    nulls: ClassVar[frozenset[str]] = frozenset()
    """Fields that are stored as null when they are not given, as earlier versions did."""
    at: Instant | None = None

    def data(self) -> Data:
        """Return the act's data under the act's own names, without fields that are not given."""
        names = {field.name.removesuffix("_us"): field.name for field in fields_of(CONTENTS[self.kind])}
        given = {names[name]: _plain(value) for name, value in self if name != "at"}
        return {name: value for name, value in given.items() if value is not None or name in self.nulls}


def _plain(value: Any) -> str | int | bool | None:
    if isinstance(value, bool) or value is None:
        return value
    return int(value) if isinstance(value, int) else str(value)


class Acknowledging(Doing):
    """Acknowledges the incident."""

    kind = ActKind.ACKNOWLEDGED


class Assigning(Doing):
    """Assigns the incident to a role or a name."""

    kind = ActKind.ASSIGNED
    to: Line


class Waiting(Doing):
    """Asks the IdP something, and pauses the clocks until it answers."""

    kind = ActKind.WAITING
    request: Text


class Resuming(Doing):
    """Ends the waiting, so that the clocks run again."""

    kind = ActKind.RESUMED
    reason: Text


class Commenting(Doing):
    """Adds a comment."""

    kind = ActKind.COMMENTED
    text: Text


class Resolving(Doing):
    """Resolves the incident. `ended` is when the trouble ended."""

    kind = ActKind.RESOLVED
    nulls = frozenset({"ended_us"})
    text: Text
    ended: Instant | None = None


class Notifying(Doing):
    """Records that the IdP was informed of the resolution."""

    kind = ActKind.NOTIFIED
    to: Line


class Remarking(Doing):
    """Records the IdP's remark about the resolution."""

    kind = ActKind.REMARKED
    text: Text | None = None


class Closing(Doing):
    """Closes an incident in one of the contract's four ways (2.2.3), with its evidence."""

    kind = ActKind.CLOSED
    way: Literal["confirmed", "agreed", "no_answer", "no_remark"]
    by: Line | None = None
    how: Literal["spoken", "written"] | None = None
    when: Instant | None = None
    ours: Line | None = None


class Reopening(Doing):
    """Reopens the incident."""

    kind = ActKind.REOPENED
    reason: Text


class Merging(Doing):
    """Merges the incident into another one."""

    kind = ActKind.MERGED
    into: Number


class Assessing(Doing):
    """Changes the severity."""

    kind = ActKind.SEVERITY
    severity: Level
    reason: Text


class Blocking(Doing):
    """Records whether the incident is a blocking anomaly (contract, 2.1)."""

    kind = ActKind.BLOCKING
    blocking: bool


class Linking(Doing):
    """Links the incident to another one."""

    kind = ActKind.LINKED
    to: Number
    relation: Literal["duplicate_of", "follows", "related"]


ACTS: Mapping[str, type[Doing]] = {
    "acknowledge": Acknowledging,
    "assign": Assigning,
    "wait": Waiting,
    "resume": Resuming,
    "comment": Commenting,
    "resolve": Resolving,
    "notify": Notifying,
    "remark": Remarking,
    "close": Closing,
    "reopen": Reopening,
    "merge": Merging,
    "severity": Assessing,
    "blocking": Blocking,
    "link": Linking,
}
"""The bodies by the last part of the call's path."""


class FlagDoing(Body):
    """One step of a deactivation by a person."""

    reason: Line | None = None
    at: Instant | None = None


FLAG_STEPS = ("propose", "approve", "reject", "recovered")


class Retrying(Body):
    """Asks to deliver dead letters again. It has no fields."""
