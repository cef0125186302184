"""Traits of what a hub publishes: its metadata and its signing keys (`probe.core.radar`).

What is published is public, so nothing is redacted. It is a stranger's text, so it is cleaned and
bounded.
"""

import hashlib
import json
from collections.abc import Iterator
from heapq import nsmallest
from itertools import islice
from typing import Any

from joserfc.jwk import Key

from probe.core.judgement.sighting import LONGEST_TRAIT, MOST_TRAITS, Trait, in_order
from probe.core.plain_text import cleaned_line
from probe.oidc.keys import UNREADABLE, KeySet

_DIGITS = 12  # of a digest that stands for what is not shown
_MOST_VALUES = 200  # of one list
_MOST_PARTS = 5_000  # of one value that is written out
_SIGNED = "signed_metadata"  # RFC 8414, 2.1: a token, which may be a new one each time


def metadata_traits(document: dict[str, Any]) -> tuple[Trait, ...]:
    """Return the traits of a metadata document (OpenID Connect Discovery 1.0, section 3).

    Each value of a list is a trait of its own, since the order of most lists says nothing. Of more
    members than a sighting has traits, the first by their names are read.
    """
    names = document if len(document) <= MOST_TRAITS else nsmallest(MOST_TRAITS, document)
    return in_order(trait for name in names for trait in _of_member(bounded(name), document[name]))


def _of_member(name: str, value: Any) -> Iterator[Trait]:
    if name == _SIGNED:
        yield name, ""
    elif isinstance(value, list) and all(isinstance(each, str | int | float) for each in value[:_MOST_VALUES]):
        yield from ((bounded(f"{name}={_written(each)}"), "") for each in value[:_MOST_VALUES] or [""])
    else:
        yield name, bounded(_written(value))


def _written(value: Any) -> str:
    if isinstance(value, str):
        return value
    if _is_large(value):
        return "…"
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    except (ValueError, RecursionError):
        return "…"


def _is_large(value: Any) -> bool:
    """Return whether a value has more than _MOST_PARTS parts, at whatever depth."""
    waiting, parts = [value], 0
    while waiting and parts <= _MOST_PARTS:
        inner = waiting.pop()
        if isinstance(inner, dict | list):
            parts += len(inner)
            waiting += islice(inner.values() if isinstance(inner, dict) else inner, _MOST_PARTS)
    return parts > _MOST_PARTS


def bounded(text: str) -> str:
    """Return the text as one clean line of at most `LONGEST_TRAIT` characters.

    A longer one ends in a digest of all of it, so that a change in its end is a change.
    """
    clean = cleaned_line(text, LONGEST_TRAIT)
    if len(text) <= LONGEST_TRAIT:
        return clean
    digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:_DIGITS]
    return f"{clean[: LONGEST_TRAIT - _DIGITS - 2]}… {digest}"


def key_traits(keys: KeySet) -> tuple[Trait, ...]:
    """Return the traits of a key set: each key's id, its sort, and the beginning of its thumbprint.

    A key without an id is named by its thumbprint (RFC 7638). Of several keys with one id, the
    later ones are numbered.
    """
    named: dict[str, list[str]] = {}
    for key in keys.keys:
        thumbprint = _thumbprint(key)
        named.setdefault(bounded(key.kid or thumbprint), []).append(bounded(f"{_sort(key)} {thumbprint}"))
    return in_order(
        (name if place == 0 else f"{name} ({place + 1})", value)
        for name, values in named.items()
        for place, value in enumerate(sorted(values))
    )


def _sort(key: Key) -> str:
    """Return the type of a key with its size or curve, its algorithm and its use."""
    members = key.as_dict(private=False)
    size = members.get("crv") or _bits(str(members.get("n", "")))
    return " ".join(str(part) for part in (f"{key.key_type}-{size}", members.get("alg"), members.get("use")) if part)


def _bits(modulus: str) -> int:
    """Return the size of an RSA key, to the next eight bits: its modulus in base64url."""
    return len(modulus) * 6 // 8 * 8


def _thumbprint(key: Key) -> str:
    try:
        return key.thumbprint()[:_DIGITS]
    except UNREADABLE:
        return "?"
