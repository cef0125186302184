"""Reads Alertmanager's notifications (webhook, version 4) into alerts for the incident service.

It asks nothing and writes nothing.

Theory of operation
-------------------
    labels                                        the alert is about
    condition=mire_missing|... (or C1, C2, C3)    that condition of the hub: severity 1
    vigie_subject=slow, slow:NAME, ...            that subject of the register (as in our own rules)
    idp=NAME                                      that IdP: severity 2
    idp=NAME and vigie_severity=3..5              the rule, for that IdP, apart from its outage
    none of these                                 the rule, by `alertname`: severity 3

`hub` names the hub. Without it the alert belongs to the only hub or the first one,
so that an alert about the watch itself has a place. `vigie_severity` (1 to 5)
gives the severity where the scope does not. One malformed alert never costs the others.
The deciding parts (the labels in `DECIDING`, the status, the instants) are read strictly,
and an alert in which one cannot be understood is refused alone. The other parts (annotations,
links, other labels) are only shown: they are cut, cleaned, or left out.

Source: Alertmanager documentation, "Configuration", `webhook_config`.
"""

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import islice, zip_longest
from typing import Any, NamedTuple

from probe.core.incident.model import Scope, Severity
from probe.core.incident.scope import OF_IDPS, ScopeKind, ScopeSubject
from probe.core.judgement.observation import Negative
from probe.core.judgement.subject import CONDITIONS, NUMBERED, journey_of
from probe.core.plain_text import cleaned_block, cleaned_line
from probe.core.times import parse_rfc3339
from probe.errors import InputError
from probe.incidents.service import Alert

DECIDING = ("alertname", "hub", "condition", "idp", "target", "vigie_subject", "vigie_severity")
"""The labels that decide what an alert is about, and how bad it is."""

NAMELESS = "?"
MOST_ALERTS = 200_000  # more than the largest body can hold of meaningful alerts
MOST_LABELS = 100  # shown of one alert
LONGEST_LABEL = 200  # characters shown of a label and its value
LONGEST_TITLE = 200
LONGEST_DETAIL = 4_000
_LARGEST = 2**63
_FINGERPRINT = re.compile(r"[0-9a-f]{16}")
_OWN = {
    "VigieIdpIntermittent": ScopeKind.INTERMITTENT,
    "VigieIdpSlow": ScopeKind.SLOW_IDP,
    "VigieHubSlow": ScopeKind.SLOW,
    "VigieAccountChanged": ScopeKind.ACCOUNTS,
    "VigieNegativePassed": ScopeKind.SECURITY,
}
"""Our own rules about findings of the register, with their subjects.

They are known by name, as older versions of these rules, still in use, have no label for it.
"""

_TITLES = ("summary", "title", "description", "message")
_DETAILS = ("description", "message", "summary")


class Known(NamedTuple):
    """The hubs that are watched, with the names of their IdPs, and of their clients beside the main
    one.
    """

    hubs: Mapping[str, Collection[str]]
    clients: Mapping[str, Collection[str]] = {}


class Unplaced(NamedTuple):
    """An alert that is refused: it cannot be understood, or is about nothing that is watched.

    `why` completes "alert NAME: ...". `number` is its place in the notification, from 1.
    """

    name: str
    why: str
    number: int = 0


def parse_time(value: Any) -> int:
    """Parse Go's RFC 3339 with up to nanoseconds to UTC microseconds, rounded down.

    An instant before 1970 (Go's zero time) is 0. Raises ValueError.
    """
    if not isinstance(value, str):
        raise ValueError("is no RFC 3339 instant")
    return max(0, parse_rfc3339(value, digits=9))


class Firing(NamedTuple):
    """One alert of a notification, without the parts that are not used.

    `starts` and `ends` are UTC microseconds; `ends` means something only once the alert is
    resolved.
    """

    status: str
    labels: Mapping[str, str]
    annotations: Mapping[str, Any]
    starts: int
    ends: int = 0
    generator: str = ""
    fingerprint: str = ""


class Notification(NamedTuple):
    """One delivery: its alerts in their order.

    `truncated` is the number of alerts that Alertmanager left out (`max_alerts`).
    """

    alerts: Sequence[Firing | Unplaced]
    truncated: int = 0


def read(document: object) -> Notification:
    """Read a decoded JSON body.

    An alert that cannot be understood is in the result as an `Unplaced`.

    Raises InputError when the body has no list of alerts.
    """
    if not isinstance(document, Mapping):
        raise InputError("body: is no object")
    alerts = document.get("alerts", ())
    if "alerts" not in document or not isinstance(alerts, list | None):
        raise InputError("alerts: is no list")
    if alerts and len(alerts) > MOST_ALERTS:
        raise InputError(f"alerts: are more than {MOST_ALERTS}")
    truncated = document.get("truncatedAlerts")
    count = truncated if isinstance(truncated, int) and not isinstance(truncated, bool) else 0
    return Notification([_firing(one) for one in alerts or ()], max(0, count))


def _firing(item: object) -> Firing | Unplaced:
    """Read one alert.

    Never raises: a refusal says why, in words that repeat nothing of the alert.
    """
    if not isinstance(item, Mapping):
        return Unplaced(NAMELESS, "it is no object")
    all_labels = item.get("labels")
    if not isinstance(all_labels, Mapping):
        return Unplaced(NAMELESS, "its labels are no object")
    labels = {key: text for key, value in all_labels.items() if (text := _text(value)) is not None}
    name = cleaned_line(labels.get("alertname", ""), LONGEST_TITLE) or NAMELESS
    for label in DECIDING:
        if all_labels.get(label) is not None and label not in labels:
            return Unplaced(name, f"its label {label} is no text")
    status = item.get("status")
    if status not in ("firing", "resolved"):
        return Unplaced(name, "its status is neither firing nor resolved")
    try:
        starts = _instant(item, "startsAt")
        ends = _instant(item, "endsAt") if status == "resolved" else 0
    except ValueError as error:
        return Unplaced(name, f"its {error}")
    annotations = item.get("annotations")
    return Firing(
        status,
        labels,
        annotations if isinstance(annotations, Mapping) else {},
        starts,
        ends,
        _text(item.get("generatorURL")) or "",
        _text(item.get("fingerprint")) or "",
    )


def _text(value: Any) -> str | None:
    """Return a text, or a whole number as a text; None for anything else."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LARGEST else None


def _instant(item: Mapping[str, Any], name: str) -> int:
    """Return the instant, 0 when there is none. Raises ValueError."""
    value = item.get(name)
    if value is None or value == "":
        return 0
    try:
        return parse_time(value)
    except ValueError:
        raise ValueError(f"{name} is no RFC 3339 instant") from None


def placed(notification: Notification, known: Known) -> list[Alert | Unplaced]:
    """Return each alert with its scope, in the order in which they began, then the refused ones.

    Of two that began together the firing one comes first.
    """
    counted = list(enumerate(notification.alerts, start=1))
    begun = sorted((each for each in counted if isinstance(each[1], Firing)), key=_beginning)
    lost = [each for each in counted if isinstance(each[1], Unplaced)]
    return [_numbered(place(one, known), number) for number, one in (*begun, *lost)]


def _beginning(counted: tuple[int, Firing | Unplaced]) -> tuple[int, str]:
    alert = counted[1]
    return (alert.starts, alert.status) if isinstance(alert, Firing) else (0, "")


def _numbered(alert: Alert | Unplaced, number: int) -> Alert | Unplaced:
    return alert._replace(number=number) if isinstance(alert, Unplaced) else alert


def by_weight(alerts: Iterable[tuple[int, Alert]]) -> list[tuple[int, Alert]]:
    """Return the alerts with the most important ones first, in case the work stops before the end.

    They are ordered scope by scope, by the worst severity of the scope.
    A scope's own alerts stay in their order. Scopes with a firing alert and scopes whose alerts are
    all over take turns, so that a flood of one kind never delays the other.
    """
    scopes: dict[Scope, list[tuple[int, Alert]]] = {}
    for each in alerts:
        alert = each[1]
        scopes.setdefault(alert.scope, []).append(each)
    ordered = sorted(scopes.values(), key=lambda scope: min(alert.severity for _, alert in scope))
    firing = [scope for scope in ordered if any(alert.ends_us is None for _, alert in scope)]
    over = [scope for scope in ordered if all(alert.ends_us is not None for _, alert in scope)]
    turns = (each for pair in zip_longest(firing, over, fillvalue=()) for each in pair)
    return [each for scope in turns for each in scope]


def place(firing: Firing | Unplaced, known: Known) -> Alert | Unplaced:
    """Return one alert with its scope and severity, or the refusal."""
    if isinstance(firing, Unplaced):
        return firing
    name = _rule_name(firing.labels.get("alertname", ""))
    if not name:
        return Unplaced(NAMELESS, "it has no label alertname")
    hub = firing.labels.get("hub") or next(iter(known.hubs))
    if hub not in known.hubs:
        return Unplaced(name, f"hub {cleaned_line(hub, 80)!r} is none of: {', '.join(known.hubs)}")
    if not firing.starts:
        return Unplaced(name, "it does not say since when")
    severity, subject, name = _scope(firing.labels, name, known.hubs[hub], known.clients.get(hub, ()))
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


def _scope(labels: Mapping[str, str], name: str, idps: Collection[str], clients: Collection[str]) -> tuple[Severity, str, str]:
    """Return the severity, the subject ("" for a rule) and the rule's name."""
    stated = labels.get("vigie_severity", "")
    severity = Severity(int(stated)) if stated in ("1", "2", "3", "4", "5") else None
    condition = NUMBERED.get(labels.get("condition", ""), labels.get("condition", ""))
    if condition in CONDITIONS:
        return severity or Severity.CRITICAL, condition, name
    idp = labels.get("idp", "")
    subject = _stated(labels, name, idp)
    if subject.kind is ScopeKind.ACCOUNTS or (subject.kind is ScopeKind.SECURITY and subject.name in set(Negative)):
        return severity or Severity.CRITICAL, str(subject), name
    of_the_hub = subject.kind in (ScopeKind.SLOW, ScopeKind.CLIENT) or (subject.kind in OF_IDPS and subject.name in idps)
    if of_the_hub and subject.seen_by in ("", *clients):
        default = Severity.MAJOR if subject.kind in (ScopeKind.SLOW, ScopeKind.IDP) else Severity.MEDIUM
        return severity or default, str(subject), name
    if idp not in idps:
        return severity or Severity.MEDIUM, "", name
    if (severity or Severity.MAJOR) <= Severity.MAJOR:
        return severity or Severity.MAJOR, journey_of(idp), name
    return severity or Severity.MEDIUM, "", f"{name}:{idp}"


def _stated(labels: Mapping[str, str], name: str, idp: str) -> ScopeSubject:
    """Return what the alert says that it is about, or what our own rule of that name is about."""
    stated = labels.get("vigie_subject")
    if stated or name not in _OWN:
        return ScopeSubject.parse(stated or "")
    kind = _OWN[name]
    # Without an IdP, `slow:` is the hub's.
    return ScopeSubject.parse(str(ScopeSubject(kind, labels.get("target", "") if kind is ScopeKind.SECURITY else idp)))


def fingerprint(firing: Firing) -> str:
    """Return Alertmanager's own name of the label set, or a similar one when it gave none."""
    if _FINGERPRINT.fullmatch(firing.fingerprint):
        return firing.fingerprint
    return hashlib.sha256(json.dumps(sorted(firing.labels.items())).encode("utf-8")).hexdigest()[:16]


def title(firing: Firing, name: str) -> str:
    """Return one line: the first text of the rule's author, else the rule's name."""
    written = (_annotation(firing, key) for key in _TITLES)
    return cleaned_line(next((text.split("\n")[0] for text in written if text), name), LONGEST_TITLE) or name


def detail(firing: Firing) -> str:
    """Return the author's text, the links, and the labels."""
    written = next((text for key in _DETAILS if (text := _annotation(firing, key))), "")
    links = [_annotation(firing, key) for key in ("runbook_url", "dashboard")] + [cleaned_block(firing.generator, LONGEST_DETAIL)]
    parts = (written, *links, cleaned_block(", ".join(_labels(firing)), LONGEST_DETAIL))
    lines = [line for part in parts for line in part.split("\n") if line]
    return "\n".join(lines)[:LONGEST_DETAIL].rstrip()


def _annotation(firing: Firing, key: str) -> str:
    """Return an annotation, cleaned and cut."""
    return cleaned_block(_text(firing.annotations.get(key)) or "", LONGEST_DETAIL)


def _labels(firing: Firing) -> list[str]:
    """Return some of the labels, the deciding ones first."""
    named = [key for key in DECIDING if key in firing.labels]
    others = (key for key in firing.labels if key not in DECIDING)
    names = sorted([*named, *islice(others, MOST_LABELS - len(named))])
    return [cleaned_line(f"{key[:LONGEST_LABEL]}={firing.labels[key][:LONGEST_LABEL]}", LONGEST_LABEL) for key in names]


def _rule_name(text: str) -> str:
    """Return a rule's name. Two names that are too long stay different when they are cut."""
    name = cleaned_line(text, LONGEST_TITLE)
    if len(text) <= LONGEST_TITLE or not name:
        return name
    return f"{name[: LONGEST_TITLE - 9].rstrip()}-{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
