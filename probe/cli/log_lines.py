"""Writes the log for a person at a terminal: one line an event, in local time.

    2026-11-30 06:12:03 +01:00  info     fc: Ameli.fr (whole login) failed: ...

Machines get JSON or key=value (`probe.logs`). An event with `told` is written in those words.
"""

import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, TextIO
from zoneinfo import ZoneInfo

from structlog.typing import EventDict, WrappedLogger

from probe.core.plain_text import visible
from probe.core.times import at

_INSTANTS = frozenset({"since_us"})
_COLOURS = {"debug": "2", "warning": "33", "error": "1;31", "critical": "1;31"}
_UNSAID = frozenset({"timestamp", "level", "logger", "event", "told"})
_MOST = 2_000  # characters of a value


def colour_wanted(stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Tell whether a stream is a terminal that takes colour (https://no-color.org)."""
    return stream.isatty() and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"


class LogLines:
    """A structlog renderer for people. `zone`: the time zone in which they read."""

    def __init__(self, zone: str, *, colour: bool) -> None:
        self._zone, self._colour = ZoneInfo(zone), colour

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> str:
        level = str(event.get("level", "info"))
        when = self._local(datetime.fromisoformat(str(event.get("timestamp", "1970-01-01T00:00:00+00:00"))))
        told = event.get("told")
        words = str(told) if told else " ".join([str(event.get("event", "")).replace("_", " "), *self._pairs(event)])
        shown = f"{level:<7}"
        if self._colour and level in _COLOURS:
            shown = f"\x1b[{_COLOURS[level]}m{shown}\x1b[0m"
        return f"{when}  {shown}  {visible(words)}"

    def _local(self, moment: datetime) -> str:
        local = moment.astimezone(self._zone)
        offset = local.strftime("%z")
        return f"{local:%Y-%m-%d %H:%M:%S} {offset[:3]}:{offset[3:5]}"

    def _pairs(self, event: EventDict) -> Iterator[str]:
        """Yield each value behind its name: instants in local time, durations in seconds."""
        for name, value in event.items():
            if name in _UNSAID or value is None or value == "":
                continue
            if name in _INSTANTS and isinstance(value, int):
                yield f"{name.removesuffix('_us')} {self._local(at(value))}"
            elif name.endswith("_us") and isinstance(value, int | float):
                yield f"{name.removesuffix('_us').replace('_', ' ')}: {value / 1_000_000:.3g} s"
            else:
                yield f"{name.replace('_', ' ')}: {_written(value)}"


def _written(value: Any) -> str:
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(str(each) for each in value)[:_MOST]
    return str(value)[:_MOST]
