"""Says which kinds of changes each hub must announce, from the raw data or the models.

Quick commands read them without pydantic, so nothing here imports it.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from probe.core.radar.change import ChangeKind


def announced_kinds(hubs: Iterable[Any]) -> dict[str, frozenset[ChangeKind]]:
    """Return the kinds that must be announced, by the hubs that set them.

    `hubs`: those of the configuration, as in the file or as models. A hub that is left out has the
    default (`probe.core.radar.notice.ANNOUNCED`).
    """
    found = ((_get(hub, "name"), _get(_get(hub, "changes"), "announced")) for hub in hubs)
    return {name: frozenset(map(ChangeKind, kinds)) for name, kinds in found if kinds is not None}


def _get(settings: Any, name: str) -> Any:
    return settings.get(name) if isinstance(settings, Mapping) else getattr(settings, name, None)
