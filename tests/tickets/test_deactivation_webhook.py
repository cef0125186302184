"""What the automation of the hub's administrators is told of a flag: each step by itself,
under a key of its own.
"""

import json
from typing import Any

import pytest
from sqlalchemy import select

from probe.core.incident.deactivation import WEBHOOK
from probe.errors import LedgerError
from probe.incidents.store.outbox import OutboxMessage
from probe.ledger.db import schema
from probe.tickets.deactivation_webhook import Steps
from probe.tickets.message import Message, RefusedLetterError, Verb
from tests.fakes.watched_hub import WatchedHub

FLAGGED = 9  # rounds of ten seconds: more than the minute after which a flag is proposed


def letter(flag: int, step: int, *, doubt: bool = False) -> OutboxMessage:
    return OutboxMessage(WEBHOOK, flag, step, 1, doubt, None)


def body(message: Message) -> Any:
    return json.loads(str(message.facts["body"]))


@pytest.fixture
def flagged(world: WatchedHub) -> int:
    """The number of a flag that the machine proposed."""
    world.run(FLAGGED, down=["ameli"])
    assert world.steps("ameli") == [("proposed", "vigie")]
    with world.engine.connect() as connection:
        return connection.execute(select(schema.flag_act.c.seq)).scalar_one()


def test_a_step_is_told_with_the_idp_the_tile_and_the_evidence(world: WatchedHub, flagged: int) -> None:
    message = Steps(world.engine, world.policy)(letter(flagged, 1))
    told = body(message)
    assert (told["hub"], told["idp"], told["title"], told["tile"]) == ("fc", "ameli", "ameli", "uid-ameli")
    assert (told["flag"], told["step"], told["author"]) == (flagged, "proposed", "vigie")
    assert told["evidence"]
    assert told["at"].endswith("Z")
    assert (message.verb, message.text) == (Verb.COMMENT, told["text"])


def test_steps_of_one_flag_share_its_name_and_each_has_a_key(world: WatchedHub, flagged: int) -> None:
    world.service.approve("fc", "ameli", author="Ada", reason="down since noon")
    steps = Steps(world.engine, world.policy)
    first, second = steps(letter(flagged, 1)), steps(letter(flagged, 2))
    assert first.reference == second.reference == f"FLAG-{flagged}-fc-ameli"
    assert (first.key, second.key) == (f"{first.reference}.1", f"{first.reference}.2")
    assert (body(second)["step"], body(second)["author"], body(second)["reason"]) == ("approved", "Ada", "down since noon")


def test_the_same_step_is_told_in_the_same_words_when_it_comes_again(world: WatchedHub, flagged: int) -> None:
    steps = Steps(world.engine, world.policy)
    first, again = steps(letter(flagged, 1)), steps(letter(flagged, 1, doubt=True))
    assert (first.facts, first.key) == (again.facts, again.key)
    assert (first.doubt, again.doubt) == (False, True)


def test_a_step_that_the_register_does_not_have_is_refused_for_good(world: WatchedHub, flagged: int) -> None:
    for unknown in (letter(flagged, 2), letter(flagged + 1, 1)):
        with pytest.raises(RefusedLetterError, match="has no step"):
            Steps(world.engine, world.policy)(unknown)


def test_a_register_that_cannot_be_read_is_our_trouble(world: WatchedHub, flagged: int) -> None:
    with world.engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.exec_driver_sql("ALTER TABLE flag_act RENAME TO gone")
    try:
        with pytest.raises(LedgerError, match="could not be read"):
            Steps(world.engine, world.policy)(letter(flagged, 1))
    finally:
        with world.engine.connect().execution_options(writes=True) as connection, connection.begin():
            connection.exec_driver_sql("ALTER TABLE gone RENAME TO flag_act")
