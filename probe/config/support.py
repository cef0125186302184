"""The support's settings: working hours, contacts, conditions of incidents and deactivations.

Source: docs/contract.md, 2.1, 2.2 and 4. Every default is the contract's, or the one that
docs/domain.md gives a newcomer. Durations of the contract's clocks (`Clocks`) are working time;
all others are plain time.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from probe.config import formats
from probe.config.base import Duration, Model, Name, SecretRef, Text, Url
from probe.core.incident.model import MACHINE
from probe.core.judgement.observation import Step

Hours = Annotated[
    tuple[int, int],
    BeforeValidator(formats.parse_hours),
    WithJsonSchema({"type": "string", "pattern": formats.HOURS_PATTERN, "description": "working hours: 09:30-18:00"}),
]
Days = Annotated[
    tuple[int, ...],
    BeforeValidator(formats.parse_days),
    WithJsonSchema({"type": "string", "description": "days of the week: mon-fri, or mon,tue,thu"}),
]
Zone = Annotated[str, AfterValidator(formats.check_zone)]
Holidays = Annotated[str, AfterValidator(formats.check_holidays)]
Mail = Annotated[str, AfterValidator(formats.check_mail)]
Phone = Annotated[str, AfterValidator(formats.check_phone)]
_HOUR = 3_600_000_000


def _somebody(name: str) -> str:
    """Refuse the machine's own name: nobody else may act under it."""
    if name.strip().lower() == MACHINE:
        raise ValueError(f"is the machine's own name: {MACHINE} is nobody's")
    return name


Author = Annotated[Name, AfterValidator(_somebody)]


class Person(Model):
    """Somebody to call or to write to: a role of the support, or an IdP's contact.

    Personal data: it is never in metrics, logs or the ledger.
    """

    name: Annotated[Text, AfterValidator(_somebody)]
    mail: Mail
    phone: Phone | None = None


class Role(StrEnum):
    """The roles to which an incident is escalated (docs/contract.md, 2.2.2, figure 2)."""

    PRODUCTION = "production"
    LEVEL3 = "level3"
    LEVEL2 = "level2"
    LEVEL1 = "level1"


class Times(Model):
    """The times of one severity, in working time (docs/contract.md, 2.2.2, figure 2).

    The incident is escalated after `escalate`, and must be resolved within `total`.
    """

    escalate: Duration
    total: Duration


def _figure_2() -> dict[int, Times]:
    hours = {1: (1, 2), 2: (2.5, 4), 3: (8, 12), 4: (15, 24), 5: (15, 24)}
    return {severity: Times(escalate=int(first * _HOUR), total=total * _HOUR) for severity, (first, total) in hours.items()}


SeverityNumber = Annotated[int, Field(ge=1, le=5)]


class Clocks(Model):
    """The contract's clocks, in working time.

    The defaults are the contract's figures; change them to try things out.
    """

    take_in_hand: Duration = 48 * _HOUR  # docs/contract.md, 2.2.2
    blocking: Duration = 4 * _HOUR  # docs/contract.md, 2.1
    # Whether `blocking` is in working hours: the contract says « 4h » there,
    # « heures ouvrées » elsewhere.
    blocking_working: bool = False
    # docs/contract.md, 4: a resolution within it counts as in time for the indicator.
    late: Duration = 24 * _HOUR
    severities: dict[SeverityNumber, Times] = Field(default_factory=dict)  # absent ones: figure 2

    def of(self, severity: int) -> Times:
        """Return the times of a severity."""
        return self.severities.get(severity) or _figure_2()[severity]


class Intermittent(Model):
    """When an IdP is intermittent: so many failures in the window, without an outage."""

    failures: int = Field(default=3, ge=2, le=1_000)
    window: Duration = _HOUR


class Latency(Model):
    """Objectives of response times, for the median of a step's times over the window.

    A step that was seen fewer than `at_least` times is not judged.
    """

    window: Duration = 1_800_000_000
    at_least: int = Field(default=5, ge=1, le=1_000)  # journeys
    steps: dict[Step, Duration] = Field(default_factory=dict)  # none: no objective


class Support(Model):
    """The support: its hours, its contacts, and the rules of incidents."""

    hours: Hours = Field(default="09:30-18:00", validate_default=True)
    days: Days = Field(default="mon-fri", validate_default=True)
    timezone: Zone = "Europe/Paris"
    holidays: Holidays = "FR"
    closed: list[date] = Field(default_factory=list)
    roles: dict[Role, Person] = Field(default_factory=dict)
    reopen_within: Duration = 1_800_000_000
    settle: Duration = 120_000_000
    no_remark: int = Field(default=5, ge=1, le=250)  # working days
    no_answer: int = Field(default=10, ge=1, le=250)  # working days (docs/contract.md, 2.2.3)
    tick: Duration = 5_000_000
    clocks: Clocks = Clocks()
    intermittent: Intermittent = Intermittent()
    latency: Latency = Latency()


class Approval(StrEnum):
    """Who approves a deactivation flag."""

    PERSON = "person"
    AUTOMATIC = "automatic"


class Failing(Model):
    """More than `share` percent of an IdP's journeys fail in the window, of at least `at_least`."""

    share: int = Field(default=50, ge=1, le=99)
    window: Duration = 1_800_000_000
    at_least: int = Field(default=5, ge=1, le=1_000)


class DeactivationWebhook(Model):
    """The address that receives deactivation flags, for the hub's administrators.

    `secret` signs: HMAC-SHA256 over timestamp and body.
    """

    url: Url
    secret: SecretRef


class Deactivation(Model):
    """When the deactivation of an IdP is proposed, and when it counts as recovered.

    Source: docs/contract.md, 2.2.2.
    """

    approval: Approval = Approval.PERSON
    after: Duration = 600_000_000
    failing: Failing = Failing()
    recovery: Duration = 600_000_000
    webhook: DeactivationWebhook | None = None


class Credentials(Model):
    """How a caller authenticates: a bearer token (RFC 6750), or user and password (RFC 7617)."""

    token: SecretRef | None = None
    user: Text | None = None
    password: SecretRef | None = None

    @model_validator(mode="after")
    def _one_way(self) -> "Credentials":
        basic = (self.user is None, self.password is None)
        if basic not in ((True, True), (False, False)) or (self.token is None) == basic[0]:
            raise ValueError("needs either token:, or user: and password:")
        return self


class Api(Model):
    """Who may call the HTTP API."""

    # Author -> bearer token: acts done with the token are the author's.
    tokens: dict[Author, SecretRef] = Field(default_factory=dict)
    alertmanager: Credentials | None = None  # absent: no notification is taken
    open_reads: bool = False  # whether reading needs no token; writing always does


class MailIn(Model):
    """Which messages `vigie mail` accepts, and what it keeps of them."""

    # The authserv-id whose DMARC result is believed (RFC 8601); absent: no result is required.
    authority: Text | None = None
    largest: int = Field(default=10_485_760, ge=10_000, le=1_073_741_824)  # bytes of a message
    attachments: int = Field(default=20, ge=0, le=1_000)  # listed at most
    # The From of replies; absent: the sender of `reply_by`, else an address that cannot be
    # answered.
    sender: Mail | None = None
    # The ticket system (`system: mail`) whose server sends the replies; absent:
    # they are printed only.
    reply_by: Name | None = None
