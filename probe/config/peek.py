"""The few settings that reading the ledger needs, without the rest: a quick command does not wait for pydantic, and a configuration
that is wrong elsewhere (a secret's file is gone) does not hide the figure.

Where anything is not plain to see it gives up, and the caller loads the whole, which says what is wrong.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from probe.core.availability import UnknownTime
from probe.core.subject import journey_of

_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_LARGEST = 1_048_576


class Peek(NamedTuple):
    """`titles`: what the configuration calls a hub, keyed (hub, ""), and each IdP, keyed (hub, subject)."""

    store: Path | str  # a server's with its password
    language: str = "fr"
    unknown_time: UnknownTime = UnknownTime.IGNORE
    titles: Mapping[tuple[str, str], str] | None = None


def peek(path: Path) -> Peek | None:
    """What `path` says of these, or None when it has to be loaded whole."""
    try:
        if path.stat().st_size > _LARGEST:
            return None
        data = yaml.load(path.read_text(encoding="utf-8-sig"), Loader=_LOADER)  # noqa: S506 - the base loader makes texts only
        store, language = data.get("store", "vigie.db"), data.get("language", "fr")
        unknown = UnknownTime(data.get("unknown_time", UnknownTime.IGNORE))
        if not (isinstance(store, str) and store and "://" not in store and language in ("fr", "en")):
            return None
        return Peek(path.absolute().parent / store, language, unknown, dict(_titles(data.get("hubs"))))
    except (OSError, ValueError, AttributeError, TypeError, yaml.YAMLError, RecursionError):
        return None


def _titles(hubs: Any) -> list[tuple[tuple[str, str], str]]:
    found = []
    for hub in hubs:
        found += [((hub["name"], ""), hub["title"])] if "title" in hub else []
        found += [((hub["name"], journey_of(idp["name"])), idp["title"]) for idp in hub["idps"] if "title" in idp]
    return [(key, title) for key, title in found if isinstance(title, str)]
