"""Reads instants as people write them on the command line.

No library but click is needed.
"""

import re
from typing import Any

import click

from probe.core.times import parse_rfc3339

_SHORT = re.compile(r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2})(?:(:\d{2})|(?=[Zz+-]))", re.ASCII)


def parse_instant(text: str) -> int:
    """Return an RFC 3339 instant, whose seconds may be left out, as UTC microseconds.

    Raises ValueError with a text for people when it is malformed, or before 1970.
    """
    try:
        found = parse_rfc3339(_SHORT.sub(lambda short: f"{short[1]}T{short[2]}{short[3] or ':00'}", text, count=1))
    except ValueError as error:
        raise ValueError(f"{text!r} is no instant: write it as 2026-03-29T08:00:00Z or 2026-03-29T10:00:00+02:00") from error
    if found < 0:
        raise ValueError(f"{text!r} is before 1970")
    return found


class Instant(click.ParamType[int]):
    """A click parameter that is an instant."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        try:
            return parse_instant(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


INSTANT = Instant()
