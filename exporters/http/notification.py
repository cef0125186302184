"""Reads the body of a notification of Alertmanager as far as possible.

A malformed alert never costs the others.

Theory of operation
-------------------
1. Bytes that are no UTF-8 are replaced by a mark.
2. The text is parsed as JSON, which nearly always succeeds.
3. Otherwise, or when it is nested too deeply, the alerts are parsed one by one.
   An alert that is no JSON by itself is None.

Alertmanager does not send a refused notification again. So this module is less strict than JSON:
no number is too large, NaN is null, and a name may stand twice in an object if both values agree;
if they do not, the value is `UNCLEAR`. All steps are linear in the length of the body,
which the caller has limited.
"""

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from exporters.http.requests import MalformedError

DEEPEST = 32  # levels that are read of an alert which is nested too deeply for the parser
MOST_LISTS = 50_000
"""The most opening brackets, within texts or not, of a body that is parsed as a whole.

The alerts of a body with more are read one by one. While the parser reads lists, no other thread
can run, and the event loop must not wait for millions of them.
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
    """Read a body.

    Raises MalformedError when it is no JSON and has no alert that is JSON.
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
    """Return a whole number, and None for any other: no alert needs one."""
    return int(text) if len(text) <= _LONGEST_NUMBER and text.lstrip("-").isdigit() else None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else _without_duplicates(pairs)


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the object of pairs in which a name stands twice.

    Two lists are joined and two equal texts are one; other values are `UNCLEAR`.
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
    """Return the alerts of a text that is no JSON as a whole, with None for each that is no JSON.

    Raises MalformedError when no alert is JSON.
    """
    found = [_alone(text[start:end]) for start, end in islice(_spans(text), MOST_SALVAGED)]
    if not any(isinstance(one, dict) for one in found):
        raise MalformedError("is no JSON, and no alert in it is JSON")
    return found


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield where the objects in the outermost object's `alerts` begin and end."""
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
    """Return the value of a part of the text; None when it is no JSON."""
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
    """Return the text with an empty list in place of each list and each object that is too deep.

    No alert needs a list.
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
