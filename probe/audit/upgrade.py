"""What an upgrade to this Vigie would change, found out without changing anything."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import probe
from probe.config.changed_settings import SETTING_CHANGES, SettingChange, used
from probe.config.source import read_source
from probe.ledger.db.format import VERSION
from probe.ledger.db.releases import SchemaStep, releases_of, steps_from
from probe.ledger.db.store import schema_of

_RELEASE = re.compile(r"^## \[(.+?)\]", re.MULTILINE)
_NOTES = re.compile(r"^### Upgrade notes\n(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
_ITEM = re.compile(r"^- (.*?)(?=^- |\n\n|\Z)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class StoreUpgrade:
    """A store: who wrote it, and the steps of its schema to this Vigie's."""

    place: Path | str
    schema: str
    """Empty: there is none yet."""

    releases: tuple[str, ...]
    steps: tuple[SchemaStep, ...]

    @property
    def is_newer(self) -> bool:
        """Whether a newer Vigie wrote it, which this one cannot open."""
        return self.schema > VERSION


@dataclass(frozen=True, slots=True)
class ReleaseNotes:
    """The upgrade notes of a release."""

    release: str
    notes: tuple[str, ...]


def examine(place: Path | str) -> StoreUpgrade:
    """Return what an upgrade does to the store at `place`. Raises LedgerError."""
    schema = schema_of(place)
    return StoreUpgrade(place, schema, releases_of(schema), steps_from(schema) if schema else ())


def changelog() -> str:
    """Return the text of the changelog; empty where the package came without it."""
    package = Path(probe.__file__).parent
    for path in (package / "changelog.txt", package.parent / "CHANGELOG.md"):
        if path.is_file():
            return path.read_text("utf-8")
    return ""


def notes_since(release: str, text: str) -> list[ReleaseNotes]:
    """Return the notes of every release after one, the oldest first.

    All of them when the changelog does not name it.
    """
    found: list[ReleaseNotes] = []
    heads = [*_RELEASE.finditer(text)]
    for number, head in enumerate(heads):
        if head[1] == release:
            break
        part = text[head.end() : heads[number + 1].start() if number + 1 < len(heads) else len(text)]
        notes = _NOTES.search(part)
        if notes:
            found.insert(0, ReleaseNotes(head[1], tuple(" ".join(item[1].split()) for item in _ITEM.finditer(notes[1]))))
    return found


def releases_in(text: str) -> list[str]:
    """Return every release that the changelog names, the newest first."""
    return [head[1] for head in _RELEASE.finditer(text)]


def changed_settings(config: Path, releases: set[str]) -> Iterator[tuple[str, int, SettingChange]]:
    """Yield each setting of a configuration that changed in one of the releases: where it stands
    first, and what changed. Raises ConfigError.
    """
    source = read_source(config)
    for change in SETTING_CHANGES:
        place = used(source.data, change) if change.release in releases else None
        if place is not None:
            problem = source.problem(place, "")
            yield problem.path, problem.line, change
