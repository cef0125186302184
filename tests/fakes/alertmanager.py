"""Notifications as Alertmanager writes them (webhook, version 4)."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

BEGUN = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
"""A Friday, in working hours, two days before the tests' clocks at the latest."""

ZERO = "0001-01-01T00:00:00Z"


def at(seconds: float) -> str:
    """So many seconds after the beginning, as Go writes an instant."""
    return f"{BEGUN + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S.%f}789Z"


def at_us(seconds: float) -> int:
    """The same in UTC microseconds."""
    return (BEGUN + timedelta(seconds=seconds) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def alert(starts: float = 0, ends: float | None = None, name: str = "VigieIdpUnavailable", **labels: str) -> dict[str, Any]:
    """One alert; it fires unless it ends."""
    named = {"alertname": name, **labels}
    return {
        "status": "firing" if ends is None else "resolved",
        "labels": named,
        "annotations": {"summary": f"{name} says so", "description": "Why it fires."},
        "startsAt": at(starts),
        "endsAt": ZERO if ends is None else at(ends),
        "generatorURL": "http://prometheus.example/graph?g0.expr=up",
        "fingerprint": hashlib.sha256(repr(sorted(named.items())).encode()).hexdigest()[:16],
    }


def notification(*alerts: dict[str, Any], receiver: str = "vigie", **more: Any) -> dict[str, Any]:
    firing: Sequence[dict[str, Any]] = [one for one in alerts if one["status"] == "firing"]
    return {
        "version": "4",
        "groupKey": '{}:{alertname="x"}',
        "truncatedAlerts": 0,
        "status": "firing" if firing else "resolved",
        "receiver": receiver,
        "groupLabels": {},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager.example",
        "alerts": list(alerts),
        **more,
    }
