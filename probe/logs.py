"""Logs without secrets: one line an event on standard error, JSON or key=value, in UTC.

Every message passes the same processors, whether structlog wrote it or the standard library's
loggers in uvicorn and httpx. The last one masks every configured secret and persona value.
"""

import json
import logging
import sys
import traceback
from collections.abc import Iterable, Mapping
from types import FrameType
from typing import Any, TextIO
from urllib.parse import quote, quote_plus

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

MASK = "***"
SHORTEST = 4  # masking shorter values would garble every line ("1", "fr") and hide nothing

_QUIET = ("httpx", "httpcore", "uvicorn", "uvicorn.error", "uvicorn.access", "asyncio", "alembic")
"""Loggers that are held at WARNING.

httpx logs full URLs at INFO, authorization codes included; httpcore logs headers at DEBUG;
alembic logs its plugins.
"""


class Masker:
    """A processor that replaces known values anywhere, in any form of a URL or JSON."""

    def __init__(self, values: Iterable[object] = ()) -> None:
        self._forms: tuple[str, ...] = ()
        self.replace(values)

    def replace(self, values: Iterable[object]) -> None:
        """Mask these values from now on, and no others.

        Values shorter than `SHORTEST` characters are left alone.
        """
        forms = {form for value in values for text in _texts(value) if len(text) >= SHORTEST for form in _forms(text)}
        self._forms = tuple(sorted(forms, key=lambda form: (-len(form), form)))

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {self.text(str(key)): self._mask(value) for key, value in event.items()}

    def text(self, text: str) -> str:
        """Return the text with every known value masked."""
        for form in self._forms:
            text = text.replace(form, MASK)
        return text

    def _mask(self, value: Any) -> Any:
        if isinstance(value, bool | None):
            return value
        if isinstance(value, int | float):
            masked = self.text(str(value))
            return value if MASK not in masked else masked
        if isinstance(value, Mapping):
            return {self.text(str(key)): self._mask(item) for key, item in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self._mask(item) for item in value]
        return self.text(str(value))


def configure(
    *,
    as_json: bool = False,
    level: str = "info",
    stream: TextIO | None = None,
    masker: Masker | None = None,
    lines: Processor | None = None,
) -> Masker:
    """Send every log line to `stream` (standard error by default): as JSON, as `lines` renders
    them for people, or else as key=value.

    Returns the masker, whose values may be replaced later.
    """
    masker = masker or Masker()
    numeric = logging.getLevelNamesMapping()[level.upper()]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _exception_without_values,
                masker,
                *([lines] if lines is not None else _for_machines(as_json=as_json)),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(numeric)
    for name in _QUIET:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(max(numeric, logging.WARNING))
    return masker


def _for_machines(*, as_json: bool) -> list[Processor]:
    if as_json:
        return [structlog.processors.EventRenamer("message"), structlog.processors.JSONRenderer(ensure_ascii=False)]
    return [_message_first, structlog.processors.LogfmtRenderer()]


def frames(error: BaseException, most: int = 20) -> list[str]:
    """Return where an exception came from, innermost last, as `file:line function`.

    There are no values and no text: those may quote a secret.
    """
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)[-most:]]


def stack(frame: FrameType | None, most: int = 20) -> list[str]:
    """Return where a thread is, innermost last, as `file:line function`, without values."""
    return [f"{entry.filename}:{entry.lineno} {entry.name}" for entry in traceback.extract_stack(frame)[-most:]]


def _exception_without_values(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    info = event.pop("exc_info", None)
    error = sys.exc_info()[1] if info is True else info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        event["frames"] = frames(error)
    return event


def _message_first(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Put time, level, logger and message first, and make all values flat for the renderer."""
    first = {"time": event.pop("timestamp", None), "level": event.pop("level", None), "logger": event.pop("logger", None)}
    first["message"] = event.pop("event", "")
    rest = {key: value if isinstance(value, str | int | float | bool | None) else json.dumps(value) for key, value in event.items()}
    return {key: value for key, value in {**first, **rest}.items() if value is not None}


def _texts(value: object) -> Iterable[str]:
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from _texts(item)
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def _forms(text: str) -> Iterable[str]:
    yield from (
        text,
        quote(text),
        quote(text, safe=""),
        quote_plus(text),
        json.dumps(text)[1:-1],
        json.dumps(text, ensure_ascii=False)[1:-1],
    )
