"""Settings whose meaning changed between two releases: who uses one is told before an upgrade.

What a release refuses that the one before took, `vigie config check` says by itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from probe.config.source import Path_
from probe.texts.bilingual import Text


@dataclass(frozen=True, slots=True)
class SettingChange:
    """A setting that means something else since a release. `*` in its path stands for any key."""

    release: str
    path: tuple[str, ...]
    text: Text


_EXPECTED_ACR = Text(
    "un niveau plus élevé que celui demandé est accepté ; `expected_acr` donne les niveaux exacts.",
    "a higher level than it asks for is accepted; `expected_acr` lists the exact ones.",
)
_ADDED_FIELDS = Text(
    "un formulaire sans l'un de ces champs n'est plus envoyé ; ceux qu'un script ajoute passent sous `add:`.",
    "a form that lacks one of these fields is not sent any more; those that a script adds move to `add:`.",
)
_BUDGET = Text(
    "le budget doit suffire le jour de 25 heures, et demande `vantages:` quand l'historique est partagé.",
    "the budget must suffice on the day of 25 hours, and needs `vantages:` where the store is shared.",
)
_NETWORK = Text(
    "les FI reprennent ce réglage, clé par clé ; pour un FI public, écrire `network: {ca_file: null, proxy: null}`.",
    "IdPs take it over, key by key; at a public IdP write `network: {ca_file: null, proxy: null}`.",
)
_TICKETS = Text(
    "les sujets et les textes des tickets ont changé : adapter les filtres qui les lisent.",
    "subjects and texts of tickets have changed: filters that read them must follow.",
)
_DURATIONS = Text(
    "une échéance fait au plus `vouches` - 1 intervalles, et une interruption finit à la fin de la première bonne observation.",
    "a deadline is `vouches` - 1 intervals at most, and an outage ends at the finish of its first good observation.",
)
NEXT = "Unreleased"
SETTING_CHANGES = (
    SettingChange(NEXT, ("hubs", "*", "sp", "acr_values"), _EXPECTED_ACR),
    SettingChange(NEXT, ("recipes", "*", "pages", "*", "fill"), _ADDED_FIELDS),
    SettingChange(NEXT, ("hubs", "*", "idps", "*", "recipe", "pages", "*", "fill"), _ADDED_FIELDS),
    SettingChange(NEXT, ("hubs", "*", "idps", "*", "account", "budget"), _BUDGET),
    SettingChange(NEXT, ("hubs", "*", "network"), _NETWORK),
    SettingChange(NEXT, ("hubs", "*", "thresholds"), _DURATIONS),
    SettingChange(NEXT, ("tickets",), _TICKETS),
)


def used(data: Any, change: SettingChange) -> Path_ | None:
    """Return the first place at which a configuration's raw data uses a changed setting."""
    return next(_places(data, change.path), None)


def _places(value: Any, path: tuple[str, ...]) -> Iterator[Path_]:
    if not path:
        if value is not None:
            yield ()
        return
    keys: list[Any] = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    for key in keys:
        if path[0] in ("*", key):
            yield from ((key, *rest) for rest in _places(value[key], path[1:]))
