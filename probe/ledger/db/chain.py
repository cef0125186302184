"""The hash chain: each ledger row carries SHA-256 over its own content and the hash of the row before it.

docs/domain.md: "Each ledger row carries the hash of the one before, so a report can state what it
was computed from."
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

GENESIS = "0" * 64


def digest(content: Mapping[str, Any]) -> str:
    """SHA-256, in hexadecimal, of a mapping written as canonical JSON (sorted keys, no spaces, UTF-8)."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def link(previous: str, row: Mapping[str, Any]) -> str:
    """The hash of a row that follows one whose hash is `previous`."""
    return digest({**row, "hash": previous})


def first_altered(rows: Iterable[Mapping[str, Any]], key: str = "seq") -> int | None:
    """The number of the first row that is not what was chained, or None. Rows come in the order of their number `key`, from 1 on."""
    previous, expected = GENESIS, 1
    for row in rows:
        content = {name: value for name, value in row.items() if name != "hash"}
        if row[key] != expected or link(previous, content) != row["hash"]:
            return int(row[key])
        previous, expected = row["hash"], expected + 1
    return None
