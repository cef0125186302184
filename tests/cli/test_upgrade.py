"""`vigie upgrade --check`, as an operator runs it before an upgrade."""

import gzip
import json
import sqlite3
from pathlib import Path

import pytest

from probe.ledger.db.format import VERSION
from tests.cli.conftest import Call
from tests.ledger.test_ledger_of_0_1_0 import OLD


@pytest.fixture
def old(config: Path) -> Path:
    """A configuration whose ledger was written by 0.1.0."""
    config.with_suffix(".db").write_bytes(gzip.decompress((OLD / "version-0.1.0.db.gz").read_bytes()))
    return config


def test_a_ledger_of_0_1_has_steps_notes_and_settings_that_changed(old: Path, call: Call) -> None:
    before = old.with_suffix(".db").read_bytes()
    done = call("upgrade", "--check", "--config", old)
    assert done.exit_code == 1
    assert "schema 0005, written by Vigie 0.1.0 or 0.1.1." in done.stdout
    assert "step 0006: the detail of observations" in done.stdout
    assert "Upgrade notes, 0.1.1:\n- The schema is still 0005" in done.stdout
    assert "hubs[0].sp.acr_values: a higher level" in done.stdout
    assert old.with_suffix(".db").read_bytes() == before


def test_the_same_for_a_program(old: Path, call: Call) -> None:
    answer = json.loads(call("upgrade", "--check", "--json", "--config", old).stdout)
    [store] = answer["stores"]
    assert (store["schema"], store["steps"], store["newer"]) == ("0005", ["0006"], False)
    assert [each["release"] for each in answer["notes"]] == ["0.1.1", "Unreleased"]
    assert "hubs[0].sp.acr_values" in [each["path"] for each in answer["settings"]]


def test_a_ledger_of_this_vigie_has_nothing_to_do(history: Path, call: Call) -> None:
    done = call("upgrade", "--check", "--config", history)
    assert done.exit_code == 0
    assert f"schema {VERSION}, up to date.\nThere is nothing to do.\n" in done.stdout


def test_where_nothing_was_watched_yet_there_is_nothing_to_do(config: Path, call: Call) -> None:
    done = call("upgrade", "--check", "--config", config)
    assert (done.exit_code, "there is none yet" in done.stdout) == (0, True)
    assert not config.with_suffix(".db").exists()


def test_the_notes_since_a_version_are_told_on_demand(history: Path, call: Call) -> None:
    done = call("upgrade", "--check", "--since", "0.1.1", "--config", history)
    assert (done.exit_code, "Upgrade notes, Unreleased:" in done.stdout, "Upgrade notes, 0.1.1:" in done.stdout) == (1, True, False)


def test_a_ledger_of_a_newer_vigie_cannot_be_upgraded_to_this_one_nor_opened_by_any_command(history: Path, call: Call) -> None:
    with sqlite3.connect(history.with_suffix(".db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0999'")
    done = call("upgrade", "--check", "--config", history)
    assert (done.exit_code, "written by a newer Vigie" in done.stdout) == (2, True)
    for command in ("status", "outages", "run"):
        refused = call(command, "--config", history)
        assert "of a newer Vigie" in refused.stderr
        assert refused.exit_code == (2 if command == "run" else 1)


def test_a_configuration_that_is_refused_ends_it_with_its_line(config: Path, call: Call) -> None:
    config.write_text(config.read_text("utf-8") + "\nunknown: 1\n", "utf-8")
    done = call("upgrade", "--check", "--config", config)
    assert done.exit_code == 2
    assert f"{config}:" in done.stderr
    assert "unknown" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [((), "add --check"), (("--check", "--since", "0.9"), "'0.9' is none of: Unreleased, 0.1.1, 0.1.0")],
)
def test_what_it_does_not_do_is_refused(config: Path, call: Call, arguments: tuple[str, ...], told: str) -> None:
    done = call("upgrade", *arguments, "--config", config)
    assert (done.exit_code, told in done.stderr) == (2, True)
