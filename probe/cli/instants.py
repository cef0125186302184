"""Instants as people write them on the command line, and what is shown of them. No library but click is needed."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import click

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RFC3339 = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)


def parse_instant(text: str) -> int:
    """An RFC 3339 instant (the seconds may be left out) as UTC microseconds. Raises ValueError, with words for people."""
    if not _RFC3339.fullmatch(text):
        raise ValueError(f"{text!r} is no instant: write it as 2026-03-29T08:00:00Z or 2026-03-29T10:00:00+02:00")
    try:
        found = (datetime.fromisoformat(text.upper().replace(" ", "T")) - _EPOCH) // timedelta(microseconds=1)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!r} is no instant: {error}") from error
    if found < 0:
        raise ValueError(f"{text!r} is before 1970")
    return found


def instant(us: int) -> str:
    """A UTC instant as RFC 3339 with microseconds."""
    return f"{_EPOCH + timedelta(microseconds=us):%Y-%m-%dT%H:%M:%S.%fZ}"


def shown(us: int) -> str:
    """A UTC instant for people, to the second."""
    return f"{_EPOCH + timedelta(microseconds=us):%d/%m/%Y %H:%M:%S}"


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
