"""Stores that Vigie 0.1.0 wrote, stopped in mid-outage, go on with this Vigie as if nothing had
changed.

`old/make_0_1_0.py` tells the story that they hold, and how they were made.
"""

import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, select

from probe.audit.replay import compare
from probe.audit.verify import verify
from probe.core.incident.detection import TroubleTerms
from probe.core.incident.model import ActKind, IncidentState
from probe.core.judgement.fold import fold, respec
from probe.core.judgement.observation import Observation
from probe.core.judgement.spec import RULES, Edge
from probe.core.judgement.subject import HUB, journey_of
from probe.core.sla.statement import edge_rules
from probe.core.sla.window import rolling
from probe.incidents.automation import Automation
from probe.incidents.service import IncidentService
from probe.incidents.store.outbox import Outbox, on_file
from probe.incidents.wording import RegisterTexts
from probe.ledger.db import schema
from probe.ledger.db.store import open_store
from probe.ledger.figures import tracks
from probe.ledger.figures.fast_memory import state as state_without_pydantic
from probe.ledger.figures.runs import on
from probe.ledger.memory import recall, remembered
from probe.ledger.past import Past
from probe.ledger.reader import Reader
from probe.ledger.shared.evaluation import refolded
from probe.ledger.shared.evaluator import Evaluator
from probe.ledger.shared.inbox import Inbox
from probe.ledger.writer import Entry, Writer
from tests.builders import BEGUN, SECOND, journey, mire
from tests.fakes.watched_hub import IDPS, always
from tests.servers.postgres import Postgres

OLD = Path(__file__).parent / "old"
TERMS = always(troubles=TroubleTerms(settle_us=30 * SECOND, patience_us=30 * SECOND, wording=RegisterTexts("en")))
YRIS_FAILED_US = BEGUN + 230 * SECOND
SINCE = [one for at in range(290, 440, 10) for one in (mire(at), *(journey(idp, at) for idp in IDPS))]
"""What is seen after the upgrade: everything works, for 150 s."""

ROUND = 2 * 7
"""Observations in a round: the mire, and two of each IdP, by both vantages."""

NOW_US = BEGUN + 441 * SECOND


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Engine]:
    """One prober's SQLite file."""
    path = tmp_path / "vigie.db"
    path.write_bytes(gzip.decompress((OLD / "version-0.1.0.db.gz").read_bytes()))
    engine = open_store(path)
    yield engine
    engine.dispose()


@pytest.fixture
def url(running_postgres: Postgres) -> str:
    """A database that two vantages shared."""
    url = running_postgres.database()
    with psycopg.connect(url) as connection:
        connection.execute(gzip.decompress((OLD / "version-0.1.0.sql.gz").read_bytes()))
    return url


@pytest.fixture
def server(url: str) -> Iterator[Engine]:
    engine = open_store(url)
    yield engine
    engine.dispose()


@pytest.fixture
def evaluated_anew(server: Engine, running_postgres: Postgres) -> Iterator[str]:
    """The shared store once more: the same observations, round for round,
    stored and evaluated by this Vigie.
    """
    url = running_postgres.database()
    engine = open_store(url)
    inbox = Inbox(engine)
    reader = Reader(server)
    for setting in reader.settings():
        inbox.configure([setting.spec], setting.at_us)
    observations = [seen for _, seen in reader.observations()]
    for first in range(0, len(observations), ROUND):
        deliver(inbox, observations[first : first + ROUND])
        evaluate(url)
    yield url
    engine.dispose()


def deliver(inbox: Inbox, observations: Iterable[Observation]) -> None:
    numbers = {"brest": inbox.delivered("spool-brest"), "lille": inbox.delivered("spool-lille")}
    for vantage, seen in groupby(observations, key=lambda one: one.vantage):
        numbered = list(enumerate(seen, start=numbers[vantage] + 1))
        numbers[vantage] = inbox.deliver(f"spool-{vantage}", vantage, numbered, NOW_US)


def evaluate(url: str, automation: Automation | None = None) -> None:
    evaluator = Evaluator(url, automation.with_rows) if automation else Evaluator(url)
    try:
        assert evaluator.take_lead()
        while evaluator.step().events:
            pass
    finally:
        evaluator.close()


def go_on(engine: Engine, automation: Automation) -> None:
    """Record what is seen since, as the recorder of one prober does: from what is remembered."""
    writer = Writer(engine, automation.with_rows)
    for one in SINCE:
        memory = recall(Reader(engine).memory()["fc"])
        rows = fold(memory.state, one)
        writer.write(Entry(rows, {"fc": remembered(memory)}, one))


def rest(engine: Engine, automation: Automation) -> None:
    """Let the automation do what is due."""
    for _ in range(5):
        if not automation.tick(engine):
            return
    raise AssertionError("the automation comes to no rest")


def assert_whole(engine: Engine) -> None:
    with engine.connect() as connection:
        assert verify(connection).findings == []


def assert_the_story_is_told_to_its_end(engine: Engine) -> None:
    """One incident for each IdP: the acknowledged one kept its acknowledgement,
    both are resolved by the machine, in one ticket each.
    """
    service = IncidentService(engine, TERMS, lambda: NOW_US)
    yris, ameli = service.incidents(states=None)
    assert [(one.scope.subject, one.state) for one in (ameli, yris)] == [
        (journey_of("ameli"), IncidentState.RESOLVED),
        (journey_of("yris"), IncidentState.RESOLVED),
    ]
    assert yris.began_us == YRIS_FAILED_US
    assert ActKind.ACKNOWLEDGED in [act.kind for act in service.show(ameli.number).acts]
    outages = [(one.subject, one.start_us) for one in Reader(engine).outages(NOW_US) if one.subject != HUB]
    assert outages == [(journey_of("ameli"), BEGUN + 40 * SECOND), (journey_of("yris"), YRIS_FAILED_US)]
    outbox = Outbox(on_file(engine))
    letters = []
    while letter := outbox.take("desk", NOW_US):
        outbox.delivered(letter, f"ticket-{letter.incident}", NOW_US)
        letters.append((letter.incident, letter.act))
    assert sorted(letters) == [(one.number, act) for one in (ameli, yris) for act in range(1, one.acts + 1)]


# --- one prober's file


def test_a_file_of_0_1_0_verifies_and_replays_bit_for_bit(file: Engine) -> None:
    assert_whole(file)
    found = compare(Reader(file))
    assert (found.difference, found.start.after_observation) == (None, 0)
    assert found.observations == 28 * 7
    assert found.rows == len(list(Reader(file).ledger()))


def test_what_a_file_of_0_1_0_remembers_is_written_back_the_same(file: Engine) -> None:
    content = Reader(file).memory()["fc"]
    assert without_what_is_new(json.loads(remembered(recall(content)))) == json.loads(content)
    assert state_without_pydantic(content) == recall(content).state


NEW: dict[str, Any] = {"edge": "start", "rules": 1, "tile": "", "offer": None, "turned_away_us": 600_000_000, "network": ""}
NEW |= {"chooser": True, "passed": None, "never_passed": {}, "mire": None, "host": "", "run_held": 0, "run_hold_us": 0}
NEW |= {"reached": False, "ever_good": True, "setup": "", "accounts": {}, "clients": [], "known_clients": {}, "accepted": {}}
NEW |= {"clocks": {}, "own_troubles": {}, "unproven": {}, "vantages": {}, "run_done": 0, "since_done": 0, "absent_since": None}
"""What a memory has since 0.1.0, with the values that mean what 0.1.0 did."""


def without_what_is_new(plain: Any) -> Any:
    if isinstance(plain, dict):
        kept = {name: each for name, each in plain.items() if name not in NEW or each != NEW[name]}
        return {name: without_what_is_new(each) for name, each in kept.items()}
    return [without_what_is_new(each) for each in plain] if isinstance(plain, list) else plain


def test_a_file_of_0_1_0_goes_on_without_a_gap(file: Engine) -> None:
    before = list(Reader(file).ledger())
    automation = Automation(TERMS, lambda: NOW_US)
    go_on(file, automation)
    rest(file, automation)
    assert list(Reader(file).ledger())[: len(before)] == before
    [down] = [one for one in Reader(file).outages(NOW_US) if one.subject == journey_of("yris")]
    assert down.start_us == YRIS_FAILED_US
    assert down.end_us == BEGUN + 290 * SECOND
    assert_whole(file)
    assert compare(Reader(file)).difference is None
    assert_the_story_is_told_to_its_end(file)


def test_past_failures_of_a_file_of_0_1_0_are_shown_without_ids(file: Engine) -> None:
    past = Past(file)
    found = past.outages(NOW_US)
    assert {each.outage.subject for each in found} >= {journey_of("ameli"), journey_of("yris")}
    for each in found:
        assert each.telling is not None
        assert (each.telling.observation.error_id, each.telling.request_id) == (None, None)
        assert past.observation(each.telling.number) == each.telling
        assert each.telling in past.story(each.name, NOW_US).observations


def test_a_file_of_0_1_0_is_judged_by_the_present_rules_from_its_new_settings_on(file: Engine) -> None:
    """docs/judgement.md, "Editions of the rules": what was judged before stays, a replay judges
    each observation by the rules of its day, and a figure over both edges says so.
    """
    before = list(Reader(file).ledger())
    memory = recall(Reader(file).memory()["fc"])
    at_us = BEGUN + 289 * SECOND
    spec = replace(memory.state.spec, edge=Edge.FINISH, rules=RULES)
    rows = respec(memory.state, spec, at_us)
    Writer(file).write(Entry(rows, {"fc": remembered(memory)}, settings=[(spec, at_us)]))
    go_on(file, Automation(TERMS, lambda: NOW_US))
    assert list(Reader(file).ledger())[: len(before)] == before
    [down] = [one for one in Reader(file).outages(NOW_US) if one.subject == journey_of("yris")]
    assert (down.start_us, down.end_us) == (YRIS_FAILED_US, BEGUN + 291 * SECOND)
    assert compare(Reader(file)).difference is None
    with file.connect() as connection:
        rules = edge_rules(tracks.settings(on(connection), "fc"), rolling(NOW_US))
    assert [(rule.edge, rule.since_us) for rule in rules[1:]] == [(Edge.FINISH, at_us)]
    assert rules[0].edge is Edge.START


# --- a database that two vantages share


def test_a_shared_store_of_0_1_0_verifies_and_folds_again_to_the_same(server: Engine) -> None:
    assert_whole(server)
    with server.connect() as connection:
        found = refolded(connection)
        assert connection.scalar(select(schema.evaluation.c.observation)) == found.observations
    assert found.unlike == []
    assert found.observations == 27 * ROUND, "the last round waits for whoever evaluates next"


def test_this_vigie_writes_the_ledger_of_a_shared_store_of_0_1_0_bit_for_bit(server: Engine, evaluated_anew: str) -> None:
    """Once it has evaluated what waited: rows, hashes and memory."""
    evaluate(server.url.render_as_string())
    engine = open_store(evaluated_anew, create=False)
    try:
        assert list(Reader(server).ledger()) == list(Reader(engine).ledger())
        assert Reader(server).memory() == Reader(engine).memory()
    finally:
        engine.dispose()


def test_a_shared_store_of_0_1_0_goes_on_without_a_gap(url: str, server: Engine) -> None:
    before = list(Reader(server).ledger())
    automation = Automation(TERMS, lambda: NOW_US)
    inbox = Inbox(server)
    for one in SINCE:
        deliver(inbox, [replace(one, vantage=vantage) for vantage in ("brest", "lille")])
    evaluate(url, automation)
    rest(server, automation)
    assert list(Reader(server).ledger())[: len(before)] == before
    assert_whole(server)
    with server.connect() as connection:
        assert refolded(connection).unlike == []
    numbers = [number for number, _ in Reader(server).observations()]
    assert numbers == list(range(1, 28 * ROUND + len(SINCE) * 2 + 1))
    assert_the_story_is_told_to_its_end(server)
