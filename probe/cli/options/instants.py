"""Reads instants as people write them on the command line, and as Vigie prints them.

No library but click is needed.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from probe.cli.options.paths import named_configuration
from probe.core.times import parse_rfc3339
from probe.texts.moments import PARIS

_SHORT = re.compile(r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2})(?:(:\d{2})|(?=[Zz+-]))", re.ASCII)
_PRINTED = re.compile(
    r"(\d{2})/(\d{2})/(\d{4})(?: à| at)? (\d{2}:\d{2})(:\d{2})?(?: \((?:[\w/+-]+, )?UTC([+-]\d{2}:\d{2})\))?",
    re.ASCII,
)


def parse_instant(text: str, zone: Callable[[], str] = lambda: PARIS) -> int:
    """Return an instant as UTC microseconds: RFC 3339, whose seconds may be left out, or as Vigie
    prints it to people (29/03/2026 10:00:00, with the offset where it has one).

    `zone` gives the time zone of the latter, which is asked for only where it is needed. Raises
    ValueError with a text for people when the instant is malformed, before 1970, or when the clock
    of the zone shows it twice or never.
    """
    printed = _PRINTED.fullmatch(text)
    try:
        found = parse_rfc3339(_whole(text)) if printed is None else _printed(printed, zone)
    except ValueError as error:
        raise ValueError(f"{text!r} is no instant: write it as 2026-03-29T08:00:00Z or 2026-03-29T10:00:00+02:00") from error
    if found < 0:
        raise ValueError(f"{text!r} is before 1970")
    return found


def _whole(text: str) -> str:
    return _SHORT.sub(lambda short: f"{short[1]}T{short[2]}{short[3] or ':00'}", text, count=1)


def _printed(printed: re.Match[str], zone: Callable[[], str]) -> int:
    """Read an instant as it is printed. Raises ValueError for one that is none, or not one."""
    day, month, year, clock, seconds, offset = printed.groups()
    local = f"{year}-{month}-{day}T{clock}{seconds or ':00'}"
    if offset is not None:
        return parse_rfc3339(local + offset)
    known = ZoneInfo(zone())
    meant = [datetime.fromisoformat(local).replace(tzinfo=known, fold=fold).astimezone(UTC) for fold in (0, 1)]
    if meant[0] != meant[1]:
        raise ValueError("the clock shows it twice, or never")
    return parse_rfc3339(meant[0].isoformat())


class Instant(click.ParamType[int]):
    """A click parameter that is an instant, in the configured zone where it names none."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        try:
            return parse_instant(str(value), lambda: _zone(ctx))
        except ValueError as error:
            self.fail(str(error), param, ctx)


def _zone(context: click.Context | None) -> str:
    """Return the time zone in which the command that was called prints instants.

    Raises ConfigError when its configuration cannot be read.
    """
    from probe.cli.options.quick_settings import glance

    arguments = getattr(context.find_root().command, "arguments", ()) if context is not None else ()
    return glance(named_configuration(arguments)).timezone


INSTANT = Instant()
