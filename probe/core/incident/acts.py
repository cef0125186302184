"""Defines the fields of each kind of act: one frozen dataclass for each `ActKind`.

From these types come the reading of an act by the rules (`probe.core.incident.rules`) and from the
store. The bodies of the API (`exporters.http.requests`), the options of `vigie incidents` and the
tables in docs/api.md and docs/incidents.md are held to them by tests.

Stored and sent, an act's data is a flat JSON object (`Data`): the names are those of the fields, a
closed word is its value. `of` reads one, `data` writes one. A field that may be left out may also
be null. Both were written by earlier versions, and an act is chained by its hash, so an `Act` keeps
its data as it was written.

Instants are UTC microseconds, in fields whose names end in `_us`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from enum import Enum, IntEnum
from types import NoneType
from typing import Annotated, Any, ClassVar, NamedTuple, Self, get_args, get_origin, get_type_hints

from probe.core.incident.model import Act, ActKind, Data, Fact, IncidentClock, Origin, Relation, Severity, Way
from probe.core.plain_text import LONGEST_BLOCK

LONGEST_LINE = 200
"""Characters that a person may send in a text of one line."""
LARGEST_NUMBER = 2**53 - 1
"""The largest number of an incident that every reader of JSON keeps whole (RFC 8259, section 6)."""


def number_of(text: str) -> int | None:
    """Return the number of the incident that people name `12` or `VIGIE-12`; None for any other
    text.
    """
    digits = text.upper().removeprefix("VIGIE-")
    number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 16 else 0
    return number if 1 <= number <= LARGEST_NUMBER else None


class Form(Enum):
    """The form of a text or of a number. Its limits hold for the input of people.

    The machine may write longer texts: the names of sixty IdPs are one line of more than 200
    characters.
    """

    LINE = "one line"
    TEXT = "text"
    INSTANT = "instant"
    INCIDENT = "incident"

    @property
    def longest(self) -> int | None:
        """The most characters of a text; None of a number."""
        return {Form.LINE: LONGEST_LINE, Form.TEXT: LONGEST_BLOCK}.get(self)


Line = Annotated[str, Form.LINE]
Text = Annotated[str, Form.TEXT]
Instant = Annotated[int, Form.INSTANT]
Number = Annotated[int, Form.INCIDENT]


class FieldError(ValueError):
    """The field `name` is missing or invalid."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the field {name} is missing or invalid")
        self.name = name


class Field(NamedTuple):
    """A field of an act. `type`: `str`, `int`, `bool`, or the enumeration of its words."""

    name: str
    type: type[Any]
    form: Form | None
    required: bool
    default: Any

    def read(self, value: object) -> Any:
        """Return a JSON value as the field's type. Raises FieldError.

        A text that is required must not be blank.
        """
        if value is None and not self.required:
            return self.default
        if issubclass(self.type, Enum):
            return self._word(value)
        if not isinstance(value, self.type) or (self.type is int and isinstance(value, bool)):
            raise FieldError(self.name)
        if self.required and isinstance(value, str) and not value.strip():
            raise FieldError(self.name)
        return value

    def _word(self, value: object) -> Any:
        plain = int if issubclass(self.type, IntEnum) else str
        if not isinstance(value, plain) or isinstance(value, bool):
            raise FieldError(self.name)
        try:
            return self.type(value)
        except ValueError:
            raise FieldError(self.name) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActData:
    """The base of the data of every kind of act."""

    kind: ClassVar[ActKind]
    nulls: ClassVar[frozenset[str]] = frozenset()
    """Fields that are written also when they are None."""

    @classmethod
    def of(cls, data: Data) -> Self:
        """Read the data of an act. Other keys are ignored. Raises FieldError."""
        return cls(**{field.name: field.read(data.get(field.name)) for field in fields_of(cls)})

    def data(self) -> Data:
        """Return the data as it is stored: without fields that are None, apart from `nulls`."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: _plain(value) for name, value in values.items() if value is not None or name in self.nulls}

    def act(self, number: int, at_us: int, author: str) -> Act:
        """Return the act of incident `number` that has this data."""
        return Act(number, at_us, author, self.kind, self.data())


def _plain(value: Any) -> str | int | bool | None:
    return value.value if isinstance(value, Enum) else value  # type: ignore[no-any-return]


def fields_of(content: type[ActData]) -> tuple[Field, ...]:
    """Return the fields of an act's data, in the order in which they are written."""
    return _FIELDS[content.kind]


def _fields(content: type[ActData]) -> tuple[Field, ...]:
    hints = get_type_hints(content, include_extras=True)
    return tuple(_field(each.name, hints[each.name], each.default) for each in fields(content))


def _field(name: str, hint: Any, default: Any) -> Field:
    """Make a field from its annotation: a type, `Annotated` with a form, or either `| None`."""
    parts = [hint] if get_origin(hint) is Annotated else [part for part in get_args(hint) if part is not NoneType]
    (inner,) = parts or [hint]
    plain, form = get_args(inner) if get_origin(inner) is Annotated else (inner, None)
    required = default is MISSING
    return Field(name, plain, form, required, None if required else default)


# --- the acts


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened(ActData):
    """A new incident. `detail`, `subject` and `requester` may be empty."""

    kind = ActKind.OPENED
    nulls = frozenset({"began_us", "idp"})
    hub: Line
    subject: Line = ""
    origin: Origin
    severity: Severity
    title: Line
    detail: Text = ""
    began_us: Instant | None = None
    idp: Line | None = None
    blocking: bool = False
    requester: Line | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded(ActData):
    """Another severity. A machine only raises it; a person who lowers it gives a reason."""

    kind = ActKind.SEVERITY
    severity: Severity
    reason: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged(ActData):
    """Somebody has read the incident."""

    kind = ActKind.ACKNOWLEDGED


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned(ActData):
    """`to`: a role or a name. The incident is in hand from now on."""

    kind = ActKind.ASSIGNED
    to: Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked(ActData):
    """`request`: what is asked of the IdP. When it is asked again, `no_answer` starts anew."""

    kind = ActKind.WAITING
    request: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed(ActData):
    """`reason`: what the IdP answered, or why the work goes on."""

    kind = ActKind.RESUMED
    reason: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Commented(ActData):
    """A comment."""

    kind = ActKind.COMMENTED
    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed(ActData):
    """A fact that a machine saw. `at_us` is the instant of the fact."""

    kind = ActKind.EVIDENCE
    fact: Fact
    text: Text
    at_us: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockingStated(ActData):
    """`blocking`: whether it is a blocking anomaly. A machine never says that it is not."""

    kind = ActKind.BLOCKING
    blocking: bool
    reason: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved(ActData):
    """`text`: how it was resolved. `ended_us`: the end of the trouble."""

    kind = ActKind.RESOLVED
    text: Text
    ended_us: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notified(ActData):
    """`to`: who was told of the resolution."""

    kind = ActKind.NOTIFIED
    to: Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Remarked(ActData):
    """`text`: the IdP's remark about the resolution. `no_remark` cannot close it any more."""

    kind = ActKind.REMARKED
    text: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopened(ActData):
    """`reason`: why it is reopened. `detail`: the description from now on, where it is another.
    `again_us`: when the trouble began again.
    """

    kind = ActKind.REOPENED
    reason: Text
    detail: Text | None = None
    again_us: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed(ActData):
    """One of the contract's four ways (docs/contract.md, 2.2.3), with its evidence.

    confirmed: `by`, `how`, `when_us`; agreed: `by`, `ours`, `how`, `when_us`; no_answer and
    no_remark: `due_us`, which the register fills in. The rules say which of them is missing, each
    with its own code, so none is required here.
    """

    kind = ActKind.CLOSED
    way: Way
    by: Line | None = None
    how: Line | None = None
    when_us: Instant | None = None
    ours: Line | None = None
    due_us: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalated(ActData):
    """The time of a severity has elapsed. `role`: who takes over."""

    kind = ActKind.ESCALATED
    severity: Severity
    role: Line
    due_us: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Breached(ActData):
    """A deadline was missed. `severity`: the incident's at that time."""

    kind = ActKind.BREACHED
    clock: IncidentClock
    severity: Severity
    due_us: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged(ActData):
    """`into`: the incident of which it is a duplicate."""

    kind = ActKind.MERGED
    into: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked(ActData):
    """`to`: the other incident; `relation`: what that is to this one."""

    kind = ActKind.LINKED
    to: Number
    relation: Relation


_ALL: tuple[type[ActData], ...] = (
    Opened, Graded, Acknowledged, Assigned, Asked, Resumed, Commented, Observed, BlockingStated, Resolved, Notified, Remarked, Reopened,
    Closed, Escalated, Breached, Merged, Linked,
)  # fmt: skip
CONTENTS: Mapping[ActKind, type[ActData]] = {content.kind: content for content in _ALL}
"""The type of the data of each kind."""
_FIELDS = {kind: _fields(content) for kind, content in CONTENTS.items()}


def content_of(act: Act) -> ActData:
    """Return the data of an act, as its type. Raises FieldError."""
    return CONTENTS[act.kind].of(act.data)


def earlier_details(acts: Sequence[Act]) -> list[str]:
    """Return, for each act of an incident, the description that it gave and a later act replaced;
    "" for all others.
    """
    given = [str(act.data.get("detail") or "") if act.kind in (ActKind.OPENED, ActKind.REOPENED) else "" for act in acts]
    latest = max((place for place, detail in enumerate(given) if detail), default=0)
    return ["" if place == latest else detail for place, detail in enumerate(given)]


def undamaged(act: Act) -> ActData | None:
    """Return the data of an act, as its type has it. None where a field of a stored act is damaged.

    For readers that go on without such an act; `vigie verify` tells of it.
    """
    try:
        return content_of(act)
    except FieldError:
        return None
