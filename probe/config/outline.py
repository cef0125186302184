"""Tells without pydantic whether raw data is plainly a configuration, for commands that start fast.

`probe.config.outliner` draws `outline.json` from the models, which alone define the keys and their
defaults. This module gives each word of the outline its meaning. Data that is not plain
(a number with underscores, a template, an unknown word) is never declared right:
the caller then loads the whole configuration, which finds the problems, if there are any.
"""

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

Shape = Mapping[str, Any]
_WHOLE = re.compile(r"[0-9]{1,15}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NAME = "[A-Za-z][A-Za-z0-9_-]{0,99}"
_SIMPLE = rf"(?:{_NAME})?(?:[.#]{_NAME}|\[{_NAME}(?:[*^$]?=(?:{_NAME}|\"[A-Za-z0-9_/.: -]{{0,99}}\"))?\])*"
_SELECTOR = re.compile(rf"(?=\S){_SIMPLE}(?:(?: | > |, )(?=\S){_SIMPLE}){{0,9}}")
_TRUTHS = ("true", "false", "yes", "no", "on", "off")


@cache
def _drawn() -> Any:
    return json.loads(Path(__file__).with_name("outline.json").read_bytes())


def default(model: str, key: str) -> Any:
    """Return the default of a model's key; None when there is none, or it is not plain."""
    return _drawn()["models"][model][key].get("default")


def keys(model: str) -> list[str]:
    """Return the keys of a model."""
    return list(_drawn()["models"][model])


def is_plain(data: Any) -> bool:
    """Tell whether the models certainly accept `data`.

    False means nothing: the data may be right in a way that is not plain.
    """
    return _fits(data, _drawn()["root"])


def is_for_reading(data: Any) -> bool:
    """Tell whether `data` plainly has enough to read a ledger, and nothing about a watch.

    It names the store, and gives titles, goals and what changes must be announced.
    """
    return _fits(data, _READING)


def _fits(value: Any, shape: Shape) -> bool:
    fits = _KINDS.get(shape["is"])
    return fits is not None and fits(value, shape)


def _model(value: Any, shape: Shape) -> bool:
    return _has(value, _drawn()["models"][shape["name"]])


def _few(value: Any, shape: Shape) -> bool:
    """Tell whether the value has only some keys of a model; a few have a shape of their own."""
    drawn = _drawn()["models"][shape["name"]]
    return _has(value, {key: shape["own"].get(key) or drawn[key] for key in shape["keys"]})


def _has(value: Any, fields: Mapping[str, Shape]) -> bool:
    if not isinstance(value, dict) or not value.keys() <= fields.keys():
        return False
    if any(field.get("needed") and key not in value for key, field in fields.items()):
        return False
    return all(_fits(inner, fields[key]) for key, inner in value.items())


def _nullable(value: Any, shape: Shape) -> bool:
    return value is None or _fits(value, shape["of"])


def _text(value: Any, shape: Shape) -> bool:
    return isinstance(value, str) and _bounded(value, shape) and ("pattern" not in shape or _matches(value, shape["pattern"]))


def _matches(value: str, pattern: str) -> bool:
    """Search as pydantic's own engine does, to which `$` is the very end."""
    return "\n" not in value and re.search(pattern, value) is not None


def _bounded(value: Any, shape: Shape) -> bool:
    least, most = shape.get("min_length", 0), shape.get("max_length")
    return len(value) >= least and (most is None or len(value) <= most)


def _whole(value: Any, shape: Shape) -> bool:
    if not (isinstance(value, str) and _WHOLE.fullmatch(value)):
        return False
    number = int(value)
    least, most = int(shape.get("ge", number)), int(shape.get("le", number))
    return least <= number <= most and "gt" not in shape and "lt" not in shape


def _truth(value: Any, _shape: Shape) -> bool:
    return isinstance(value, str) and value in _TRUTHS


def _day(value: Any, _shape: Shape) -> bool:
    from datetime import date

    return isinstance(value, str) and _DAY.fullmatch(value) is not None and _passes(date.fromisoformat, value)


def _one_of(value: Any, shape: Shape) -> bool:
    return isinstance(value, str) and value in shape["words"]


def _list(value: Any, shape: Shape) -> bool:
    return isinstance(value, list) and _bounded(value, shape) and all(_fits(one, shape["of"]) for one in value)


def _map(value: Any, shape: Shape) -> bool:
    return isinstance(value, dict) and all(_fits(key, shape["keys"]) and _fits(one, shape["of"]) for key, one in value.items())


def _as_list(value: Any, shape: Shape) -> bool:
    return _fits([value] if isinstance(value, str) else value, shape["of"])


def _either(value: Any, shape: Shape) -> bool:
    """Choose the shape by the way the value is given, or by the ticket system that it names.

    See `base.how_given` and `tickets._which`.
    """
    if shape["by"] == "how_given":
        tag = "\0inline" if isinstance(value, dict) else "\0named"
    elif shape["by"] == "_which" and isinstance(value, dict):
        tag = f"\0{value.get('system')}"
    else:
        return False
    return tag in shape["of"] and _fits(value, shape["of"][tag])


def _parsed(value: Any, shape: Shape) -> bool:
    return isinstance(value, str) and _known(shape["by"], value)


def _checked(value: Any, shape: Shape) -> bool:
    return _fits(value, shape["of"]) and _known(shape["by"], value)


def _known(by: str, value: Any) -> bool:
    """Tell whether a check of the models passes. A check that is unknown here does not."""
    if by in _OF_MODELS:
        return bool(_OF_MODELS[by](value))
    if not by.startswith(("check_", "parse_")):
        return False
    from probe.config import formats, percentages

    check: Callable[[Any], object] | None = getattr(formats, by, None) or getattr(percentages, by, None)
    return check is not None and _passes(check, value)


def _passes(check: Callable[[Any], object], value: Any) -> bool:
    try:
        check(value)
    except ValueError:
        return False
    return True


def _is_store(value: str) -> bool:
    from probe.config.formats import check_store

    return _passes(lambda text: _needs_parts(check_store(text)), value)


def _needs_parts(place: Path | str) -> None:
    if isinstance(place, Path) and not place.parts:
        raise ValueError("is empty")


def _is_selector(value: str) -> bool:
    """Tell whether the text is a selector: plainly, or else by asking the page parser."""
    from probe.config.formats import check_selector

    return _SELECTOR.fullmatch(value) is not None or _passes(check_selector, value)


def _is_somebody(value: str) -> bool:
    from probe.core.incident.model import MACHINE

    return value.strip().lower() != MACHINE


def _has_one_source(value: Shape) -> bool:
    return (value.get("file") is None) != (value.get("env") is None)


def _has_one_way(value: Shape) -> bool:
    token, user, password = (value.get(key) is not None for key in ("token", "user", "password"))
    return user == password and token != user


def _may_log_in(value: Shape) -> bool:
    user, password = (value.get(key) is not None for key in ("user", "password"))
    return user == password and not (user and value.get("security") == "none")


_OF_MODELS: Mapping[str, Callable[[Any], bool]] = {
    "_beside_the_ledger": lambda value: bool(Path(value).parts),
    "_beside_the_file": lambda value: bool(Path(value).parts),
    "_trusted": lambda value: bool(Path(value).parts),
    "_read_path": lambda value: not value.startswith("~"),
    "_read_store": _is_store,
    "_stored_where": lambda _value: True,  # `_read_store` has checked it
    "check_selector": _is_selector,
    "_somebody": _is_somebody,
    "SecretRef._one_source": _has_one_source,
    "Credentials._one_way": _has_one_way,
    "RequestTrackerSystem._credentials": _has_one_way,
    "GlpiSystem._credentials": _has_one_way,
    "MailSystem._login": _may_log_in,
}
_KINDS: Mapping[str, Callable[[Any, Shape], bool]] = {
    "model": _model,
    "few": _few,
    "nullable": _nullable,
    "text": _text,
    "whole": _whole,
    "truth": _truth,
    "day": _day,
    "anything": lambda _value, _shape: True,
    "one of": _one_of,
    "list": _list,
    "map": _map,
    "as list": _as_list,
    "either": _either,
    "parsed": _parsed,
    "checked": _checked,
}


def _list_of(name: str, keys: tuple[str, ...], **own: Shape) -> Shape:
    return {"is": "list", "needed": True, "min_length": 1, "of": {"is": "few", "name": name, "keys": keys, "own": own}}


_READING: Shape = {
    "is": "few",
    "name": "Config",
    "keys": ("store", "language", "unknown_time", "hubs"),
    "own": {"hubs": _list_of("Hub", ("name", "title", "goal", "changes", "idps"), idps=_list_of("IdP", ("name", "title", "goal")))},
}
