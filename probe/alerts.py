"""What Alertmanager tells (webhook, version 4), as the desk takes it: a notification -> its alerts. Nothing is asked, nothing written here.

Theory of operation
-------------------
    labels                                        the alert is about
    condition=mire_missing|... (or C1, C2, C3)    that condition of the hub: severity 1
    vigie_subject=slow, slow:NAME, ...            what the register calls so; so do our own rules that tell of the register's findings
    idp=NAME                                      that IdP: severity 2
    vigie_severity=3..5 and idp=NAME              the rule, for that IdP: its outage is another matter
    none of these                                 the rule, by `alertname`: severity 3
`hub` names the hub; without it, it is the only one or the first: an alert about the watch itself is told somewhere. `vigie_severity`
(1 to 5) says the severity where the scope does not.
A whole notification is understood, or nothing of it is taken; what is understood and concerns nothing of ours is refused alone.
Source: Alertmanager documentation, "Configuration", `webhook_config`.
"""

import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from probe.core.incident.model import Severity
from probe.core.subject import CONDITIONS, journey_of
from probe.desk import Alert
from probe.errors import InputError

MOST_ALERTS = 1_000  # in one notification
MOST_LABELS = 100
LONGEST_LABEL = 4_096  # characters of a label's or an annotation's value
LONGEST_TITLE = 200
LONGEST_DETAIL = 4_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_GO_TIME = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})", re.ASCII)
_FINGERPRINT = re.compile(r"[0-9a-f]{16}")
_NUMBERED = {f"C{number}": name for number, name in enumerate(CONDITIONS, start=1)}
_OF_IDPS = ("idp", "intermittent", "slow")
_OWN = {"VigieIdpIntermittent": "intermittent:{idp}", "VigieIdpSlow": "slow:{idp}", "VigieHubSlow": "slow"}
"""Our own rules about what the register finds by itself: without a label that says so, for a rule may be in use for long."""

_TITLES = ("summary", "title", "description", "message")
_DETAILS = ("description", "message", "summary")


class Known(NamedTuple):
    """The hubs that are watched: name -> its IdPs' names."""

    hubs: Mapping[str, Collection[str]]


class Unplaced(NamedTuple):
    """An alert that is understood, and concerns nothing of ours. `why` completes "alert NAME: ..."."""

    name: str
    why: str


def parse_time(value: Any) -> int:
    """Go's RFC 3339 with up to nanoseconds -> UTC microseconds, rounded down; before 1970 (Go's zero time) is 0. Raises ValueError."""
    found = _GO_TIME.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise ValueError("is no RFC 3339 instant")
    try:
        whole = (datetime.fromisoformat(f"{found[1]}{found[3]}") - _EPOCH) // timedelta(microseconds=1)
    except OverflowError as error:
        raise ValueError("is no RFC 3339 instant") from error
    return max(0, whole + int((found[2] or "0").ljust(9, "0")) // 1_000)


_Time = Annotated[int, BeforeValidator(parse_time)]
_Texts = Annotated[dict[str, Annotated[str, Field(max_length=LONGEST_LABEL)]], Field(max_length=MOST_LABELS)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True, hide_input_in_errors=True)


class Firing(_Model):
    """One alert as Alertmanager writes it. `ends` counts once it is resolved."""

    status: Literal["firing", "resolved"]
    labels: _Texts
    annotations: _Texts = Field(default_factory=dict)
    starts: _Time = Field(alias="startsAt")
    ends: _Time = Field(default=0, alias="endsAt")
    generator: str = Field(default="", alias="generatorURL", max_length=LONGEST_LABEL)
    fingerprint: str = Field(default="", max_length=64)


class Notification(_Model):
    """One delivery. `truncated`: how many alerts Alertmanager left out (`max_alerts`)."""

    version: Literal["4"]
    alerts: list[Firing] = Field(max_length=MOST_ALERTS)
    truncated: int = Field(default=0, alias="truncatedAlerts", ge=0)


def read(document: object) -> Notification:
    """A decoded JSON body. Raises InputError, one problem a line, none of which repeats a value."""
    try:
        return Notification.model_validate(document)
    except ValidationError as error:
        told = error.errors(include_url=False, include_input=False, include_context=False)
        raise InputError("\n".join(f"{'.'.join(map(str, one['loc'])) or 'body'}: {one['msg']}" for one in told[:20])) from None


def placed(notification: Notification, known: Known) -> list[Alert | Unplaced]:
    """Each alert with its scope, in the order in which they began; of equals, what fires before what is over."""
    inside = sorted(notification.alerts, key=lambda one: (one.starts, one.status))
    return [place(one, known) for one in inside]


def place(firing: Firing, known: Known) -> Alert | Unplaced:
    """One alert with its scope and severity."""
    name = _line(firing.labels.get("alertname", ""), LONGEST_TITLE)
    if not name:
        return Unplaced("?", "it has no label alertname")
    hub = firing.labels.get("hub", next(iter(known.hubs)))
    if hub not in known.hubs:
        return Unplaced(name, f"hub {_line(hub, 80)!r} is none of: {', '.join(known.hubs)}")
    if not firing.starts:
        return Unplaced(name, "it does not say since when")
    severity, subject, name = _scope(firing.labels, name, known.hubs[hub])
    return Alert(
        fingerprint=fingerprint(firing),
        name=name,
        hub=hub,
        starts_us=firing.starts,
        ends_us=max(firing.starts, firing.ends) if firing.status == "resolved" else None,
        subject=subject,
        severity=severity,
        title=title(firing, name),
        detail=detail(firing),
    )


def _scope(labels: Mapping[str, str], name: str, idps: Collection[str]) -> tuple[Severity, str, str]:
    """Severity, subject ("": a rule's) and the rule's name."""
    stated = labels.get("vigie_severity", "")
    severity = Severity(int(stated)) if stated in ("1", "2", "3", "4", "5") else None
    condition = _NUMBERED.get(labels.get("condition", ""), labels.get("condition", ""))
    if condition in CONDITIONS:
        return severity or Severity.CRITICAL, condition, name
    idp = labels.get("idp", "")
    kind, _, of = (labels.get("vigie_subject") or _OWN.get(name, "").format(idp=idp)).partition(":")
    if (kind == "slow" and not of) or (kind in _OF_IDPS and of in idps):
        default = Severity.MEDIUM if kind != "idp" and of else Severity.MAJOR
        return severity or default, f"{kind}:{of}" if of else kind, name
    if idp not in idps:
        return severity or Severity.MEDIUM, "", name
    if (severity or Severity.MAJOR) <= Severity.MAJOR:
        return severity or Severity.MAJOR, journey_of(idp), name
    return severity or Severity.MEDIUM, "", f"{name}:{idp}"


def fingerprint(firing: Firing) -> str:
    """Alertmanager's own name of the label set, or one like it when it gave none."""
    if _FINGERPRINT.fullmatch(firing.fingerprint):
        return firing.fingerprint
    return hashlib.sha256(json.dumps(sorted(firing.labels.items())).encode("utf-8")).hexdigest()[:16]


def title(firing: Firing, name: str) -> str:
    """One line: what the rule's author wrote first, else the rule's name."""
    written = (firing.annotations.get(key, "").strip() for key in _TITLES)
    return _line(next((text.splitlines()[0] for text in written if text), name), LONGEST_TITLE) or name


def detail(firing: Firing) -> str:
    """What the rule's author wrote, its links, and the labels."""
    written = next((firing.annotations[key] for key in _DETAILS if firing.annotations.get(key, "").strip()), "")
    links = [firing.annotations.get(key, "") for key in ("runbook_url", "dashboard")] + [firing.generator]
    labels = ", ".join(f"{key}={value}" for key, value in sorted(firing.labels.items()))
    parts: Sequence[str] = (written, *links, labels)
    return "\n".join(cleaned for part in parts if (cleaned := _lines(part)))[:LONGEST_DETAIL]


def _lines(text: str) -> str:
    """Only what can be shown, and line ends."""
    return "\n".join(line for line in (_line(one, LONGEST_DETAIL) for one in text.splitlines()) if line)


def _line(text: str, longest: int) -> str:
    """One line of what can be shown, cut."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())[:longest]
