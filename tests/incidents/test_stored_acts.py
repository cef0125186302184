"""Acts are stored as earlier versions stored them: the hashes of a story are those of 0.1."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from probe.audit.verify import verify
from probe.config.load import load
from probe.core.incident.alert import Alert
from probe.core.incident.model import ActKind, Severity
from probe.errors import LedgerError
from probe.incidents.automation import Automation
from probe.incidents.policy import policy_of
from probe.incidents.service import IncidentService
from probe.ledger.db.store import open_store, writing
from probe.service.incident_readings import IncidentCounter
from tests.fakes.register import configuration

START_US, MINUTE_US = 1_795_000_000_000_000, 60_000_000
LAST_HASH = "c98258d80cede096fd9ed8dbcc5fbc8023c685d4263e39f890bd00cbcfb594f9"
"""Of the story below, as commit b559cc4 stored it."""
ACTS: list[tuple[ActKind, dict[str, Any]]] = [
    (ActKind.ACKNOWLEDGED, {}),
    (ActKind.ASSIGNED, {"to": "level3"}),
    (ActKind.WAITING, {"request": "Vos journaux ?"}),
    (ActKind.RESUMED, {"reason": "reçus"}),
    (ActKind.SEVERITY, {"severity": 1, "reason": "tous"}),
    (ActKind.BLOCKING, {"blocking": True}),
    (ActKind.COMMENTED, {"text": "vu"}),
    (ActKind.RESOLVED, {"text": "réparé", "ended_us": None}),
    (ActKind.NOTIFIED, {"to": "Camille"}),
    (ActKind.REMARKED, {"text": "encore"}),
    (ActKind.REOPENED, {"reason": "encore"}),
    (ActKind.RESOLVED, {"text": "réparé"}),
]


class Story:
    """A register in a file, and a clock that a story moves."""

    def __init__(self, folder: Path) -> None:
        self.now_us = START_US
        config = load(configuration(folder))
        self.engine: Engine = open_store(config.store)
        self.policy = policy_of(config)
        self.service = IncidentService(self.engine, self.policy, lambda: self.now_us)

    def tell(self) -> None:
        """Every act of a person, then three alerts, of which two end and one comes back."""
        began_us = self.now_us - MINUTE_US
        self.service.open(author="Ada", hub="fc", severity=Severity.MAJOR, title="Une panne", idp="ameli", began_us=began_us)
        confirmed = {"way": "confirmed", "by": "Camille", "how": "spoken", "when_us": START_US + MINUTE_US}
        for kind, data in [*ACTS, (ActKind.CLOSED, confirmed)]:
            self.now_us += MINUTE_US
            self.service.act(1, kind, data, author="Ada")
        self.now_us += MINUTE_US
        for name, ends_us, severity, title in (
            ("f", None, Severity.MEDIUM, "t"),
            ("g", None, Severity.MAJOR, "u"),
            ("f", self.now_us, Severity.MEDIUM, "t"),
            ("g", self.now_us, Severity.MAJOR, "t"),
            ("h", None, Severity.MAJOR, "t"),
        ):
            self.service.attach(Alert(name, "IdpDown", "fc", self.now_us - MINUTE_US, ends_us, "idp:ameli", severity, title, "d"))
        self.service.act(1, ActKind.LINKED, {"to": 2, "relation": "related"}, author="Ada")

    def alter(self, kind: str, data: str) -> None:
        """Write another third act over the one that is there."""
        with writing(self.engine) as connection:
            connection.execute(text("UPDATE act SET kind = :kind, data = :data WHERE seq = 3"), {"kind": kind, "data": data})

    def findings(self) -> list[tuple[str, int | None, str]]:
        """What `vigie verify` finds."""
        with self.engine.connect() as connection:
            return [(one.table, one.number, one.message) for one in verify(connection).findings]


CANNOT_FOLLOW = ("act", 3, "cannot follow the acts before it, so the incidents could not be compared")


@pytest.fixture
def story(tmp_path: Path) -> Any:
    made = Story(tmp_path)
    made.tell()
    yield made
    made.engine.dispose()


def test_the_chain_of_a_story_has_the_hashes_that_earlier_versions_gave_it(story: Story) -> None:
    with story.engine.connect() as connection:
        last = connection.exec_driver_sql("SELECT hash FROM act ORDER BY seq DESC LIMIT 1").scalar()
        assert verify(connection).findings == []
    assert last == LAST_HASH


@pytest.mark.parametrize(("kind", "data"), [("forgotten", '{"to": "Bob"}'), ("assigned", '["to"]'), ("assigned", "null")])
def test_an_act_that_cannot_be_read_is_an_error_of_the_ledger_that_names_it(story: Story, kind: str, data: str) -> None:
    story.alter(kind, data)
    with pytest.raises(LedgerError, match="what Vigie did not write: act 3 of VIGIE-1 cannot be read"):
        story.service.show(1)
    assert CANNOT_FOLLOW in story.findings()


@pytest.mark.parametrize("data", ['{"to": 3}', "{}", '{"to": null}'])
def test_a_field_that_is_damaged_hides_nothing_and_verify_tells_of_it(story: Story, data: str) -> None:
    story.alter("assigned", data)
    assert story.service.show(1).acts[2].data == json.loads(data)
    assert CANNOT_FOLLOW in story.findings()


@pytest.mark.parametrize("data", ['{"title": 5}', "{}", '{"severity": "high"}'])
def test_a_damaged_opening_act_hides_no_other_from_the_metrics(story: Story, data: str) -> None:
    with writing(story.engine) as connection:
        connection.execute(text("UPDATE act SET data = :data WHERE seq = 1"), {"data": data})
    counter = IncidentCounter()
    with story.engine.connect() as connection:
        reading = counter.count(connection, story.policy, Automation(story.policy, lambda: story.now_us), story.now_us)
    assert [one.reference for one in reading.open] == ["VIGIE-2"]
    assert sum(reading.received.values()) == 1, "of two, one is damaged"


@pytest.mark.parametrize("data", ["{", "[" * 3_000])
def test_verify_says_of_damaged_json_that_it_cannot_be_decoded(story: Story, data: str) -> None:
    story.alter("assigned", data)
    assert ("act", None, "has a row whose content cannot be decoded, so the rows from there on could not be checked") in story.findings()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE act SET author = cast(x'ff41' AS text) WHERE seq = 3",
        "UPDATE act SET author = x'ff41' WHERE seq = 3",
        r"""UPDATE act SET author = json_extract('"\ud800"', '$') WHERE seq = 3""",
    ],
)
def test_verify_says_of_text_that_is_not_utf_8_that_its_table_is_damaged(story: Story, statement: str) -> None:
    with writing(story.engine) as connection:
        connection.exec_driver_sql(statement)
    assert story.findings()[0][0] == "act"


def test_verify_says_of_a_character_that_cannot_be_hashed_that_its_row_was_altered(story: Story) -> None:
    story.alter("assigned", r'{"to": "\ud800"}')
    assert story.findings()[0] == ("act", 3, "is not what was written there, or the row before it is gone")


def test_a_mistake_of_ours_in_the_rules_is_no_damage_of_the_register(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*_acts: object) -> None:
        raise ValueError("ours")

    monkeypatch.setattr("probe.audit.verify.apply", wrong)
    with pytest.raises(ValueError, match="ours"):
        story.findings()
