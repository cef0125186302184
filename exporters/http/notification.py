"""The body of a notification, read as far as it goes: what is odd in one alert never costs the
others.

Theory of operation
-------------------
    bytes --what is no UTF-8 is marked--> text --json--> document             nearly always
                                           \\--no JSON, or too deep--> the alerts, one by one: each is JSON by itself, or None
Alertmanager does not come back with what was refused once. So nothing is asked here that the alerts
do not need: no number is too large, NaN is null, the last of equal names counts where they agree,
and where they do not, the value is `UNCLEAR`. Everything is linear in the length of the body, which
the caller has bounded.
"""

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from exporters.http.requests import MalformedError

DEEPEST = 32  # levels that are read of an alert which the parser finds too deep
MOST_LISTS = 50_000
"""Brackets, within texts or without: of a body with more the alerts are read one by one. Of the
parser's own steps only lists are taken without letting another thread run, and the loop must not
wait for millions of them.
"""

MOST_SALVAGED = 50_000  # alerts of a body that is no JSON as a whole
_LONGEST_NUMBER = 20  # digits
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"|[\[\]{}]', re.DOTALL)
_ALERTS = '"alerts"'


class Unclear:
    """A value that was given twice, and differently."""

    def __repr__(self) -> str:
        return "<unclear>"


UNCLEAR = Unclear()


def read_body(body: bytes) -> Any:
    """The document that a body holds. Raises MalformedError when it holds none, nor a whole alert
    of one.
    """
    text = body.decode(json.detect_encoding(body), "replace")
    if text.count("[") > MOST_LISTS:
        return {"alerts": _salvaged(text)}
    try:
        return _loaded(text)
    except (ValueError, RecursionError):
        return {"alerts": _salvaged(text)}


def _loaded(text: str) -> Any:
    return json.loads(text, strict=False, object_pairs_hook=_object, parse_int=_number, parse_float=_number, parse_constant=lambda _: None)


def _number(text: str) -> int | None:
    """A whole number that somebody may have meant; of others nothing depends."""
    return int(text) if len(text) <= _LONGEST_NUMBER and text.lstrip("-").isdigit() else None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else _settled(pairs)


def _settled(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object that names something twice: two lists are one, what is equal is one, else nobody
    can know.
    """
    found: dict[str, Any] = {}
    for name, value in pairs:
        known = found.setdefault(name, value)
        if known is value:
            continue
        if isinstance(known, list) and isinstance(value, list):
            known.extend(value)
        elif not (isinstance(known, str) and known == value):
            found[name] = UNCLEAR
    return found


def _salvaged(text: str) -> list[Any]:
    """The alerts of a text that is no JSON as a whole, None for each that is none. Raises
    MalformedError when there are none.
    """
    found = [_alone(text[start:end]) for start, end in islice(_spans(text), MOST_SALVAGED)]
    if not any(isinstance(one, dict) for one in found):
        raise MalformedError("is no JSON, and no alert in it is")
    return found


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Where the objects in the outermost object's `alerts` begin and end."""
    depth, named, inside, start = 0, "", False, 0
    for token in _TOKEN.finditer(text):
        mark = token[0]
        if mark[0] == '"':
            named = mark if depth == 1 else named
        elif mark in "[{":
            depth += 1
            if depth == 2:
                inside = mark == "[" and named == _ALERTS
            elif depth == 3:
                start = token.start()
        else:
            if depth == 3 and inside and mark == "}":
                yield start, token.end()
            depth -= 1


def _alone(text: str) -> Any:
    """What a part of the text holds; None when it is no JSON."""
    try:
        return _loaded(_flat(text) if text.count("[") > MOST_LISTS else text)
    except ValueError:
        return None
    except RecursionError:
        return _alone_flat(text)


def _alone_flat(text: str) -> Any:
    try:
        return _loaded(_flat(text))
    except (ValueError, RecursionError):
        return None


def _flat(text: str) -> str:
    """The same with empty lists for all lists, of which no alert has any that count, and for
    objects that are too deep.
    """
    kept, depth, at, cut = [], 0, 0, 0
    for token in _TOKEN.finditer(text):
        if token[0] in ("[", "{"):
            depth += 1
            if not cut and (token[0] == "[" or depth == DEEPEST):
                cut = depth
                kept += [text[at : token.start()], "[]"]
        elif token[0] in ("]", "}"):
            if depth == cut:
                cut, at = 0, token.end()
            depth -= 1
    return "".join([*kept, "" if cut else text[at:]])
