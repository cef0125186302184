"""Reads the fold's memory back without pydantic, whose import a quick command should not wait for.

It reads the output of `probe.ledger.memory.remembered`, and gives the same value (a test holds
that). Raises LedgerError on anything else.

There are two readers of one format because each is right where it is used. pydantic reads a memory
of 11 kB in a quarter of the time, which a scrape of many hubs needs; but its import takes longer
than all the rest of a command such as `vigie availability`, which reads one memory and ends.
"""

import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from probe.core.judgement.fold import HubState, advance
from probe.core.judgement.timeline import LedgerRow
from probe.errors import LedgerError

Build = Callable[[Any], Any]


def lapses(content: bytes | str, at_us: int) -> list[LedgerRow]:
    """Return the rows that the passing of time alone would write by an instant.

    A state without a fresh observation is unknown. Raises LedgerError.
    """
    hub = state(content)
    return advance(hub, at_us) if at_us > hub.clock_us else []


def state(content: bytes | str) -> HubState:
    """Return the fold's state of one hub. Raises LedgerError when `remembered` did not write it."""
    try:
        hub: HubState = _builder(HubState)(json.loads(content)["state"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LedgerError(f"the ledger's memory of a hub cannot be read ({type(error).__name__})") from error
    return hub


@cache
def _builder(kind: Any) -> Build:
    """Return a function that makes a value of a type from JSON.

    Types: dataclasses, enums, tuples, lists, dicts, `X | None`, and plain values. A field that an
    older Vigie did not write has its default.
    """
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        parts = [(field.name, _builder(hints[field.name])) for field in fields(kind)]
        # a field that is younger than the memory has its default
        return lambda data: kind(**{name: build(data[name]) for name, build in parts if name in data})  # type: ignore[operator]
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is UnionType:
        build = _builder(next(each for each in arguments if each is not NoneType))
        return lambda data: None if data is None else build(data)
    if origin is dict:
        key, value = map(_builder, arguments)
        return lambda data: {key(name): value(each) for name, each in data.items()}
    if origin is list or (origin is tuple and arguments[1:] == (...,)):
        build = _builder(arguments[0])
        return lambda data: origin(map(build, data))
    if origin is tuple:
        builds = [_builder(each) for each in arguments]
        return lambda data: tuple(build(each) for build, each in zip(builds, data, strict=True))
    return kind if issubclass(kind, Enum) else lambda data: _checked(kind, data)


def _checked(kind: type, data: Any) -> Any:
    if type(data) is not kind:
        raise TypeError(kind.__name__)
    return data
