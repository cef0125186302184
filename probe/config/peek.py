"""Reads the few settings that a reader of the ledger needs, without the models.

So a quick command does not wait for pydantic,
and a secret's file that is gone does not hide the figure.
There is one reading of the YAML (`probe.config.source`), one place of the keys and their
defaults (`probe.config.outline`), and one set of rules (`probe.config.rules`). Where one of them
does not plainly accept the file, `peek` gives up, and the caller loads the whole.
A user who only reads a ledger may write no more than its place and the titles:
a file without a watch needs no setting of a watch.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from probe.config.announced import announced_kinds
from probe.config.goals import other_goals
from probe.config.inherit import inherit
from probe.config.outline import default, is_for_reading, is_plain
from probe.config.source import read_source
from probe.core.judgement.subject import Subject
from probe.core.radar.change import ChangeKind
from probe.core.radar.notice import ANNOUNCED
from probe.core.sla.availability import UnknownTime
from probe.core.sla.goal import Goals
from probe.texts.judgement import LOGIN_PAGE_MISSING
from probe.texts.subjects import titles_from


class Peek(NamedTuple):
    """The settings of a reader.

    `titles` maps (hub, "") to the hub's title, and (hub, subject) to an IdP's or a client's;
    `goals` maps the same keys to their goals. What is not in `goals` has the contract's.
    `announced` has the kinds of changes that must be announced, of the hubs that set them.
    """

    store: Path | str  # a server's with its password
    language: str = "fr"
    unknown_time: UnknownTime = UnknownTime.IGNORE
    titles: Mapping[tuple[str, str], str] | None = None
    goals: Mapping[tuple[str, str], Goals] = MappingProxyType({})
    announced: Mapping[str, frozenset[ChangeKind]] = MappingProxyType({})
    timezone: str = "Europe/Paris"
    says_language: bool = True  # else `language` is the default

    def goals_of(self, hub: str, subject: str) -> Goals:
        """Return the goals of a subject of the ledger; a condition has its hub's."""
        own = (hub, subject if Subject.parse(subject).idp is not None else "")
        return self.goals.get(own, Goals())

    def announced_of(self, hub: str) -> frozenset[ChangeKind]:
        """Return the kinds of changes that a hub must announce."""
        return self.announced.get(hub, ANNOUNCED)


def peek(path: Path) -> Peek | None:
    """Return the settings in the file, or None when the whole file must be loaded.

    Raises ConfigError when the file is no usable YAML, as `load` does.
    """
    source = read_source(path)
    inherit(source)
    if source.problems or not _is_right(source.data):
        return None
    from probe.config.formats import check_store

    store = check_store(_setting(source.data, "store"))
    if isinstance(store, str):
        return None
    unknown = UnknownTime(_setting(source.data, "unknown_time"))
    return Peek(
        path.absolute().parent / store,
        _setting(source.data, "language"),
        unknown,
        dict(_titles(source.data, _setting(source.data, "language"))),
        other_goals(source.data["hubs"]),
        announced_kinds(source.data["hubs"]),
        str((source.data.get("support") or {}).get("timezone", default("Support", "timezone"))),
        "language" in source.data,
    )


def _is_right(data: Any) -> bool:
    """Tell whether the data is plainly a configuration, or plainly enough to read a ledger."""
    for_reading = is_for_reading(data)
    if not for_reading and not is_plain(data):
        return False
    from probe.config.rules import find_equal_names, find_rules

    return next((find_equal_names if for_reading else find_rules)(data), None) is None


def _setting(data: Any, key: str) -> str:
    return str(data.get(key, default("Config", key)))


def _titles(data: Any, language: str) -> Iterator[tuple[tuple[str, str], str]]:
    from probe.config.rules import is_without_chooser

    for hub in data["hubs"]:
        own_c1 = LOGIN_PAGE_MISSING.in_language(language) if is_without_chooser(hub, data) else ""
        idps, clients = (((one["name"], one.get("title")) for one in hub.get(key) or ()) for key in ("idps", "clients"))
        of_hub = {"": hub["title"]} if hub.get("title") else {}
        for subject, title in (of_hub | titles_from(idps, clients, own_c1)).items():
            yield (hub["name"], subject), title
