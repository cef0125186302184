"""`vigie idp`: how each IdP stands, and the steps of its deactivation by people."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from probe.core.incident.deactivation import FlagAct, FlagStep
from probe.core.incident.model import MACHINE
from probe.incidents.store.deactivations import Flags
from probe.ledger.db.store import open_store, writing
from tests.cli.conftest import Call
from tests.fakes.register import CONTACTS, configuration

Vigie = Callable[..., Result]
AT = 1_763_600_000_000_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return configuration(tmp_path)


@pytest.fixture
def vigie(call: Call, path: Path) -> Vigie:
    def run(*arguments: object) -> Result:
        return call("idp", *arguments, "--config", path)

    return run


@pytest.fixture
def proposed(path: Path) -> Path:
    """As the machine proposes."""
    engine = open_store(path.with_name("vigie.db"))
    try:
        with writing(engine) as connection:
            flags = Flags()
            flags.refresh(connection)
            flags.write(connection, [FlagAct("fc", "ameli", FlagStep.PROPOSED, AT, MACHINE, evidence={"why": "unavailable"})], AT)
    finally:
        engine.dispose()
    return path


def state(vigie: Vigie, name: str = "ameli") -> str:
    return str(next(one["flag"]["state"] for one in json.loads(vigie("list", "--json").stdout) if one["name"] == name))


def test_every_idp_is_listed(vigie: Vigie) -> None:
    assert [one["name"] for one in json.loads(vigie("list", "--json").stdout)] == list(CONTACTS)
    shown = vigie("list").stdout
    assert "uid-ameli" in shown
    assert "? unknown" in shown
    assert "never seen" in shown
    assert vigie("list", "--hub", "elsewhere").exit_code == 2


def test_a_proposed_deactivation_is_approved_by_a_named_person(vigie: Vigie, proposed: Path) -> None:
    assert state(vigie) == "proposed"
    done = vigie("approve", "ameli", "--author", "Ada", "--reason", "confirmed by phone")
    assert (done.exit_code, done.stdout) == (0, "fc/ameli: approved\n")
    assert state(vigie) == "approved"
    (_, last) = json.loads(vigie("history", "--json").stdout)
    assert (last["step"], last["author"], last["reason"]) == ("approved", "Ada", "confirmed by phone")
    assert "Ada" in vigie("history").stdout


def test_or_it_is_rejected(vigie: Vigie, proposed: Path) -> None:
    assert vigie("reject", "ameli", "--author", "Ada", "--reason", "it is ours", "--json").exit_code == 0
    assert [one["step"] for one in json.loads(vigie("history", "--idp", "ameli", "--json").stdout)] == ["proposed", "rejected"]
    assert json.loads(vigie("history", "--idp", "yris", "--json").stdout) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("approve", "yris", "--author", "Ada"),
        ("recovered", "yris", "--author", "Ada"),
        ("approve", "elsewhere", "--author", "Ada"),
        ("approve", "ameli", "--hub", "elsewhere", "--author", "Ada"),
        ("approve", "ameli"),
        ("approve", "--author", "Ada"),
        ("approve", "ameli", "--author", " "),
        ("approve", "ameli", "--author", "vigie"),
        ("reject", "ameli", "--author", "Ada"),
        ("reject", "ameli", "--author", "Ada", "--reason", " "),
        ("propose", "yris", "--author", "Ada", "--reason", "fails"),
        ("approve", "ameli", "--author", "Ada", "--at", "2099-01-01T00:00:00Z"),
    ],
    ids=" ".join,
)
def test_what_is_refused_is_said_with_status_2_and_changes_nothing(vigie: Vigie, proposed: Path, arguments: tuple[str, ...]) -> None:
    before = vigie("history", "--json").stdout
    done = vigie(*arguments)
    assert (done.exit_code, done.stdout) == (2, ""), done.output
    assert done.stderr.strip()
    assert vigie("history", "--json").stdout == before
