"""`tickets:` and `links:` of the configuration: the ticket systems, and how each is reached.

`probe.tickets` implements the systems; these are the keys that an operator writes. Templates are
Jinja2. They are compiled when the file is read, so that a bad one is reported on its line.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, model_validator

from probe.config import formats
from probe.config.base import CaFile, Duration, HeaderValue, Model, Name, SecretRef, Text, Url
from probe.config.support import Mail, SeverityNumber
from probe.core.plain_text import line_fault


def _check_template(text: str) -> str:
    from jinja2 import TemplateError  # here, as few configurations have a template
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    try:
        ImmutableSandboxedEnvironment().from_string(text)
    except TemplateError as error:
        raise ValueError(f"is not a Jinja2 template ({error.message})") from None
    return text


def _check_header_name(text: str) -> str:
    if text.lower().startswith(("x-vigie-", "idempotency-key", "content-", "transfer-", "host", "connection")):
        raise ValueError("is a header that Vigie sets itself")
    return formats.check_cookie(text)  # a token, as a cookie's name is (RFC 9110, section 5.1)


def _check_field(text: str) -> str:
    if line_fault(text):
        raise ValueError("is not the name of a field")
    return text


def _one_way(token: SecretRef | None, user: str | None, password: SecretRef | None) -> None:
    basic = (user is None, password is None)
    if basic not in ((True, True), (False, False)) or (token is None) == basic[0]:
        raise ValueError("needs either token:, or user: and password:")


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


TicketTemplate = Annotated[str, AfterValidator(_check_template)]
HeaderName = Annotated[str, AfterValidator(_check_header_name)]
FieldName = Annotated[str, AfterValidator(_check_field)]
Level = Annotated[int, Field(ge=1, le=5)]
Priority = Annotated[int, Field(ge=0, le=1_000)]
Number = Annotated[int, Field(ge=0)]
Domain = Annotated[str, AfterValidator(formats.check_name_of_host)]
PlainMail = Annotated[Mail, AfterValidator(formats.check_ascii)]
_LONGEST_PAUSE, _LONGEST_TRY = 3_600_000_000, 600_000_000


class System(StrEnum):
    """The kinds of ticket systems."""

    REQUEST_TRACKER = "request-tracker"
    MAIL = "mail"
    GLPI = "glpi"
    WEBHOOK = "webhook"


class Retry(Model):
    """The pauses after failures, which double up to the longest, and the deadline of one try."""

    first: Duration = 5_000_000
    longest: Duration = 300_000_000
    deadline: Duration = 60_000_000

    @model_validator(mode="after")
    def _bounded(self) -> "Retry":
        if self.longest < self.first:
            raise ValueError("has a longest pause that is shorter than the first")
        if self.longest > _LONGEST_PAUSE or self.deadline > _LONGEST_TRY:
            raise ValueError("is too patient: longest: at most 1h, deadline: at most 10m")
        return self


class _Ticketing(Model):
    """The settings of every ticket system."""

    name: Name
    # An incident that once had one of these is sent from then on.
    severities: list[SeverityNumber] = Field(default_factory=lambda: [1, 2, 3, 4, 5], min_length=1)
    ca_file: CaFile | None = None
    retry: Retry = Retry()
    # After so long without an exchange the system is asked for something that changes nothing.
    prove: Duration = 900_000_000


class Statuses(Model):
    """Request Tracker's names of a ticket's statuses; its lifecycle may have others."""

    work: Text = "open"
    wait: Text = "stalled"
    resolve: Text = "resolved"
    reopen: Text = "open"
    close: Text = "resolved"


class RequestTrackerSystem(_Ticketing):
    """A queue of Request Tracker, by its REST 2 API."""

    system: Literal[System.REQUEST_TRACKER]
    url: Url  # without /REST/2.0
    token: SecretRef | None = None
    user: Text | None = None
    password: SecretRef | None = None
    queue: Text
    requestor: Mail | None = None
    # Absent ones: 90, 70, 50, 30, 10.
    priorities: dict[SeverityNumber, Priority] = Field(default_factory=dict)
    statuses: Statuses = Statuses()
    fields: dict[FieldName, TicketTemplate] = Field(default_factory=dict)  # custom fields

    @model_validator(mode="after")
    def _credentials(self) -> "RequestTrackerSystem":
        _one_way(self.token, self.user, self.password)
        return self


class MailSecurity(StrEnum):
    """How the connection to the mail server is secured."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class MailSystem(_Ticketing):
    """Mail, by SMTP submission."""

    system: Literal[System.MAIL]
    host: Domain
    port: Annotated[int, Field(ge=1, le=65_535)] = 587
    security: MailSecurity = MailSecurity.STARTTLS
    user: Text | None = None
    password: SecretRef | None = None
    sender: PlainMail
    sender_name: Text = "Vigie"
    to: Annotated[list[PlainMail], BeforeValidator(_as_list), Field(min_length=1, max_length=50)]
    reply_to: PlainMail | None = None
    # The IdPs' contacts get a blind copy of requests to them and of resolutions.
    contacts: bool = True
    domain: Domain | None = None  # of the Message-IDs. Default: the sender's

    @model_validator(mode="after")
    def _login(self) -> "MailSystem":
        if (self.user is None) != (self.password is None):
            raise ValueError("needs both user: and password:, or neither")
        if self.user is not None and self.security is MailSecurity.NONE:
            raise ValueError("must not log in without TLS: security: starttls or tls")
        return self


class GlpiSystem(_Ticketing):
    """GLPI, by its REST API."""

    system: Literal[System.GLPI]
    url: Url  # up to apirest.php
    token: SecretRef | None = None  # the user's
    user: Text | None = None
    password: SecretRef | None = None
    app_token: SecretRef | None = None
    # Absent ones: 5, 4, 3, 2, 1.
    urgencies: dict[SeverityNumber, Level] = Field(default_factory=dict)
    category: Number | None = None
    entity: Number | None = None

    @model_validator(mode="after")
    def _credentials(self) -> "GlpiSystem":
        _one_way(self.token, self.user, self.password)
        return self


class WebhookSystem(_Ticketing):
    """A signed HTTP request with the incident's facts."""

    system: Literal[System.WEBHOOK]
    url: Url
    secret: SecretRef  # signs: HMAC-SHA256 over timestamp and body
    method: Literal["POST", "PUT"] = "POST"
    body: TicketTemplate | None = None  # absent: JSON with every fact
    content_type: HeaderValue = "application/json"
    headers: dict[HeaderName, HeaderValue] = Field(default_factory=dict)
    secret_headers: dict[HeaderName, SecretRef] = Field(default_factory=dict)
    reference: Text | None = None  # the key of a JSON answer that holds the ticket's name


def _which(value: Any) -> str:
    """Return the tag of a system's model.

    Tags begin like the configuration's others (`base.INLINE`), so that no path shows them.
    """
    named = value.get("system") if isinstance(value, Mapping) else getattr(value, "system", "")
    return f"\0{named}"


AnySystem = Annotated[
    Annotated[RequestTrackerSystem, Tag(f"\0{System.REQUEST_TRACKER}")]
    | Annotated[MailSystem, Tag(f"\0{System.MAIL}")]
    | Annotated[GlpiSystem, Tag(f"\0{System.GLPI}")]
    | Annotated[WebhookSystem, Tag(f"\0{System.WEBHOOK}")],
    Discriminator(_which, custom_error_type="ticket_system", custom_error_message=f"it needs system: {', '.join(System)}"),
]


class Links(Model):
    """Base URLs in tickets and pages, at which people look.

    Under `runbooks` are the files of docs/runbooks.
    """

    vigie: Url | None = None
    grafana: Url | None = None
    runbooks: Url | None = None
