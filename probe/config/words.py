"""Writes pydantic's errors in plain words, each with its path and its line.

The value is added where it may be shown.
"""

import types
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from probe.config.base import DatedSecretRef, SecretRef
from probe.config.formats import UnshowableError
from probe.config.models import Config
from probe.config.source import Path_, Source, is_private, show, suggestion
from probe.errors import Problem

_TAG = "\0"  # how the tags of unions begin (`probe.config.base`)
_SAYS_IT_ALL = ("missing", "extra_forbidden", "too_short")


def say_errors(errors: Iterable[ErrorDetails], source: Source) -> Iterator[Problem]:
    """Yield one problem for each error."""
    for error in errors:
        path = tuple(step for step in error["loc"] if step != "[key]" and not str(step).startswith(_TAG))
        where, message = _say(error, path)
        yield source.problem(where, message + _value_text(error, path, source))


def _value_text(error: ErrorDetails, path: Path_, source: Source) -> str:
    if is_private(path) or error["type"] in _SAYS_IT_ALL or isinstance(_cause(error), UnshowableError):
        return ""
    value = path[-1] if error["loc"] and error["loc"][-1] == "[key]" else source.at(path)
    if isinstance(value, str) and "@" in value:
        return " (not shown: it may hold credentials)"
    return f": {show(value.partition('?')[0] if isinstance(value, str) and '://' in value else value)}"


def _cause(error: ErrorDetails) -> Any:
    return error.get("ctx", {}).get("error")


def _say(error: ErrorDetails, path: Path_) -> tuple[Path_, str]:
    kind = error["type"]
    if kind == "extra_forbidden":
        return _unknown_key(path)
    if kind == "missing":
        return path, "is required"
    if kind == "value_error":
        return path, str(_cause(error))
    if kind == "enum":
        return path, _not_one_of(error, path)
    if kind in ("model_type", "dict_type") and _model_at(path) in (SecretRef, DatedSecretRef):
        return path, "is a secret, which is never written here: say file: or env:, where it is read from"
    return path, _PLAIN.get(kind, _other)(error)


def _unknown_key(path: Path_) -> tuple[Path_, str]:
    owner = _model_at(path[:-1])
    known = list(owner.model_fields) if owner else []
    if is_private(path[:-1]):
        return path[:-1], f"has an unknown key; it knows {', '.join(known)}"
    return path, f"is an unknown key{suggestion(str(path[-1]), known)}"


def _not_one_of(error: ErrorDetails, path: Path_) -> str:
    choices = _choices(path)
    value = error.get("input")
    return f"is not one of {', '.join(choices)}{suggestion(value, choices) if isinstance(value, str) else ''}"


def _limit(word: str, key: str) -> Any:
    return lambda error: f"must be {word} {error['ctx'][key]}"


def _other(error: ErrorDetails) -> str:
    return f"is not valid ({error['msg'][:1].lower()}{error['msg'][1:]})"


_PLAIN: dict[str, Any] = {
    "string_type": lambda _: "must be text",
    "int_type": lambda _: "must be a whole number",
    "int_parsing": lambda _: "is not a whole number",
    "int_parsing_size": lambda _: "is not a number of reasonable size",
    "int_from_float": lambda _: "is not a whole number",
    "bool_type": lambda _: "must be true or false",
    "bool_parsing": lambda _: "is neither true nor false",
    "path_type": lambda _: "must be the path of a file",
    "list_type": lambda _: "must be a list",
    "dict_type": lambda _: "must be a mapping of keys and values",
    "model_type": lambda _: "must be a mapping of keys and values",
    "too_short": lambda _: "must have at least one entry",
    "string_pattern_mismatch": lambda _: "is not a name: letters, digits, dot, dash, underscore, at most 63, the first a letter or digit",
    "greater_than_equal": _limit("at least", "ge"),
    "less_than_equal": _limit("at most", "le"),
}


def _model_at(path: Path_) -> type[BaseModel] | None:
    """Return the model that validates the value at `path`, if there is one."""
    return next((kind for kind in _types_at(path) if isinstance(kind, type) and issubclass(kind, BaseModel)), None)


def _choices(path: Path_) -> list[str]:
    for kind in _types_at(path):
        if isinstance(kind, type) and issubclass(kind, Enum):
            return [str(member.value) for member in kind]
    return []


def _types_at(path: Path_) -> list[Any]:
    kinds: list[Any] = [Config]
    for step in path:
        kinds = [inner for kind in kinds for inner in _inside(kind, step)]
    return kinds


def _inside(kind: Any, step: str | int) -> list[Any]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        known = kind.model_fields.get(str(step))
        return _alternatives(known.annotation) if known else []
    if get_origin(kind) is list:
        return _alternatives(get_args(kind)[0])
    if get_origin(kind) in (dict, Mapping):
        key, value = get_args(kind)
        return _alternatives(value) + [each for each in _alternatives(key) if isinstance(each, type) and issubclass(each, Enum)]
    return []


def _alternatives(annotation: Any) -> list[Any]:
    """Return the plain types of an annotation, without `Annotated` and `| None`."""
    if get_origin(annotation) is Annotated:
        return _alternatives(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return [kind for part in get_args(annotation) for kind in _alternatives(part)]
    return [annotation]
