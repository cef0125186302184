"""What an upgrade would change: by the store's schema, the changelog and the configuration."""

import gzip
import re
from pathlib import Path

import pytest

from probe.audit.upgrade import changelog, examine, notes_since, releases_in
from probe.config.changed_settings import SETTING_CHANGES, used
from probe.errors import LedgerError
from probe.ledger.db.format import VERSION
from probe.ledger.db.releases import STEPS, releases_of, steps_from
from tests.fakes.recorder import new_ledger
from tests.house.paths import ROOT
from tests.ledger.test_ledger_of_0_1_0 import OLD
from tests.servers.postgres import Postgres

MIGRATIONS = ROOT / "probe/ledger/db/migrations/versions"
LOG = """# Changelog

## [0.3.0] - 2027-03-01

### Upgrade notes

- Third,
  on two lines.
- Fourth.

### Added

- Nothing to heed.

## [0.2.0] - 2027-01-01

### Added

- No notes.

## [0.1.0] - 2026-11-22

### Upgrade notes

- First.
"""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "vigie.db"
    path.write_bytes(gzip.decompress((OLD / "version-0.1.0.db.gz").read_bytes()))
    return path


def test_every_migration_has_its_step_and_its_release() -> None:
    numbers = sorted(
        re.findall(r'^revision = "(\d+)"', "".join(path.read_text("utf-8") for path in MIGRATIONS.glob("0*.py")), re.MULTILINE)
    )
    assert [step.schema for step in STEPS] == numbers
    assert STEPS[-1].schema == VERSION
    named = {release for step in STEPS for release in step.releases}
    assert named == set(releases_in(changelog())), "a release has its schema in probe/ledger/db/releases.py"


def test_a_ledger_of_0_1_takes_the_steps_since_then_and_is_left_as_it_was(old: Path) -> None:
    before = old.read_bytes()
    found = examine(old)
    assert (found.schema, found.releases) == ("0005", ("0.1.0", "0.1.1"))
    assert [step.schema for step in found.steps] == ["0006"]
    assert old.read_bytes() == before


@pytest.mark.servers
def test_a_store_on_a_server_is_examined_too(running_postgres: Postgres) -> None:
    assert examine(running_postgres.database()).schema == "", "an empty database may become a store"
    found = examine(running_postgres.ledger())
    assert (found.schema, found.steps) == (VERSION, ())


def test_where_there_is_no_ledger_none_is_made(tmp_path: Path) -> None:
    assert examine(tmp_path / "vigie.db").schema == ""
    assert not (tmp_path / "vigie.db").exists()


def test_a_current_ledger_takes_no_step(tmp_path: Path) -> None:
    new_ledger(tmp_path / "vigie.db").dispose()
    assert examine(tmp_path / "vigie.db").steps == ()


@pytest.mark.parametrize("content", [b"no database", b"SQLite format 3\0" + bytes(84)])
def test_what_is_no_ledger_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "vigie.db").write_bytes(content)
    with pytest.raises(LedgerError, match="cannot be opened"):
        examine(tmp_path / "vigie.db")


def test_a_schema_that_nobody_knows_has_no_release_and_no_step() -> None:
    assert (releases_of("0999"), steps_from("0999")) == ((), ())


@pytest.mark.parametrize(
    ("since", "told"),
    [
        ("0.3.0", []),
        ("0.2.0", [("0.3.0", ("Third, on two lines.", "Fourth."))]),
        ("0.1.0", [("0.3.0", ("Third, on two lines.", "Fourth."))]),
        ("0.0.9", [("0.1.0", ("First.",)), ("0.3.0", ("Third, on two lines.", "Fourth."))]),
    ],
)
def test_the_notes_are_those_of_every_release_since(since: str, told: list[tuple[str, tuple[str, ...]]]) -> None:
    assert [(each.release, each.notes) for each in notes_since(since, LOG)] == told


def test_the_changelog_of_this_version_is_found() -> None:
    assert changelog() == (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_a_setting_that_changed_is_found_at_its_first_place() -> None:
    fill = next(change for change in SETTING_CHANGES if change.path[-1] == "fill")
    pages = [{"page": "form"}, {"fill": {"login": "x"}}, {"fill": {"password": "y"}}]
    assert used({"recipes": {"mine": {"pages": pages}}}, fill) == ("recipes", "mine", "pages", 1, "fill")
    assert used({"recipes": {"mine": {"pages": []}}}, fill) is None
    assert used({"recipes": "nonsense"}, fill) is None
    assert used(None, fill) is None


def test_each_change_names_a_release_of_the_changelog() -> None:
    assert {change.release for change in SETTING_CHANGES} <= set(releases_in(changelog()))
