"""Every command of every runbook is run: on a register with an open incident and a proposal, on a
ledger with outages, and on a simulated hub.
"""

import json
import re
import shlex
from pathlib import Path

import pytest

from probe.core.incident.deactivation import FlagAct, FlagStep
from probe.core.incident.model import MACHINE
from probe.incidents.store.deactivations import Flags
from probe.ledger.db.store import open_store, writing
from tests.cli.conftest import Call
from tests.house.paths import ROOT
from tests.service.running import Simulator

PAGES = sorted((ROOT / "docs/runbooks").glob("*.md"))
NAMED = {written: page.stem for page in PAGES for written in re.findall(r"`vigie ([^`]*)`", page.read_text("utf-8"))}
"""Each command, without `vigie`, and one of the pages that name it."""
ELSEWHERE = {
    "run": "goes on until it is stopped: tests/service/test_watch.py",
    "status --watch": "goes on until it is stopped: tests/cli/test_asked_outages.py",
    "journey FI --client NOM --trace": "needs a further client at the hub: tests/cli/test_clients.py",
    "idp propose FI --author NOM --reason MOTIF": "needs a watch that knows the IdP's state now: tests/cli/test_idp.py",
}
"""What another test runs, and why."""
WELL = {"status": {0, 1, 3}, "check": {0, 1, 2, 3}, "journey": {0, 1}, "verify": {0}}
"""The exit statuses of commands that tell by them how something is. All others end with 0."""
PLANNED = "2027-01-05T10:00:00Z"


@pytest.fixture
def place(call: Call, history: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with vigie.yml, where an incident is open and a deactivation proposed."""
    folder = history.parent
    monkeypatch.chdir(folder)
    assert call("incidents", "open", "--severity", "3", "--title", "Ameli.fr", "--author", "ada").exit_code == 0
    engine = open_store(history.with_suffix(".db"))
    try:
        with writing(engine) as connection:
            flags = Flags()
            flags.refresh(connection)
            at = 1_767_225_600_000_000
            flags.write(connection, [FlagAct("fc", "ameli", FlagStep.PROPOSED, at, MACHINE, evidence={"why": "unavailable"})], at)
    finally:
        engine.dispose()
    return folder


def filled(written: str, call: Call, place: Path) -> list[str]:
    """The words of a command, with what a person writes in the place of its words in capitals."""
    outages = json.loads(call("outages", "--json").stdout)
    values = {"N": "1", "FI": "ameli", "HUB": "fc", "INSTANT": PLANNED, "TEXTE": "un texte", "MOTIF": "un motif", "NOM": "ada"}
    values["PANNE"] = outages[0]["id"]
    words = shlex.split(written)
    for number, word in enumerate(words):
        before = words[number - 1] if number else ""
        if word == "NOM" and before in ("outages", "--to"):
            words[number] = {"outages": values["PANNE"], "--to": "level2"}[before]
        elif word == "FICHIER":
            words[number] = str(a_file(words[0], call, place))
        elif word == "/etc/vigie/vigie.yml":
            words[number] = str(place / "vigie.yml")
        else:
            words[number] = values.get(word, word)
    return words


def a_file(command: str, call: Call, place: Path) -> Path:
    """A backup, after which the ledger is lost; or past outages to import."""
    if command == "store":
        assert call("store", "backup", place / "backup.gz").exit_code == 0
        for lost in place.glob("vigie.db*"):
            lost.unlink()
        return place / "backup.gz"
    past = place / "past.csv"
    past.write_text("hub,subject,start,end,state\nfc,hub,2025-01-01T00:00:00Z,2025-01-02T00:00:00Z,up\n", "utf-8")
    return past


@pytest.mark.parametrize("written", [each for each in NAMED if each not in ELSEWHERE])
def test_a_command_of_a_runbook_does_what_it_is_named_for(written: str, call: Call, place: Path, simulator: Simulator) -> None:
    done = call(*filled(written, call, place))
    assert done.exit_code in WELL.get(written.split(maxsplit=1)[0], {0}), f"{NAMED[written]}: {done.output}"
    assert done.output


def test_what_is_run_elsewhere_is_named_by_a_runbook() -> None:
    assert set(ELSEWHERE) <= set(NAMED)
