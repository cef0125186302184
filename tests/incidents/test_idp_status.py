"""What the hub's administrators are told of each IdP: its state, its tile, its flag,
and the incident about it.
"""

import pytest
from sqlalchemy import Engine

from probe.core.incident.model import Severity
from probe.incidents.idp_status import IdpStatus, idp_statuses, latest_tiles
from tests.builders import MINUTE, SECOND
from tests.fakes.watched_hub import IDPS, WatchedHub

FLAGGED = 9  # rounds of ten seconds: more than the minute after which a flag is proposed


def told(world: WatchedHub, hub: str | None = None) -> dict[str, IdpStatus]:
    with world.engine.connect() as connection:
        return {one.idp: one for one in idp_statuses(connection, world.policy, world.now_us, hub)}


def test_idps_that_are_well_are_up_and_on_the_mire_without_a_flag(world: WatchedHub) -> None:
    found = told(world)
    assert list(found) == list(IDPS)
    for name, one in found.items():
        assert (one.title, one.tile, one.state) == (name, f"uid-{name}", "up")
        assert (one.displayed, one.selectable, one.flag.state, one.guard, one.incident) == (True, True, "none", "", None)


def test_an_idp_that_is_down_long_enough_is_proposed_and_has_its_incident(world: WatchedHub) -> None:
    before = told(world)["yris"]
    began_us = world.now_us
    world.run(FLAGGED, down=["ameli"])
    found = told(world)
    assert (found["ameli"].state, found["ameli"].flag.state, found["ameli"].incident) == ("down", "proposed", 1)
    assert began_us < (found["ameli"].since_us or 0) < began_us + 20 * SECOND
    assert found["yris"] == before


def test_a_tile_that_is_gone_is_displayed_no_more(world: WatchedHub) -> None:
    world.run(3, hidden=["ameli"])
    found = told(world)
    assert (found["ameli"].displayed, found["ameli"].selectable) == (False, False)
    assert (found["yris"].displayed, found["yris"].selectable) == (True, True)


def test_a_mire_that_failed_shows_nothing_and_the_last_that_was_seen_counts(world: WatchedHub) -> None:
    world.run(3, hidden=["ameli"])
    world.run(2, mire=False)
    assert told(world)["ameli"].displayed is False


def test_before_any_mire_nobody_can_say_what_it_shows(engine: Engine) -> None:
    world = WatchedHub(engine)
    with engine.connect() as connection:
        assert latest_tiles(connection, "fc") is None
    assert {(one.displayed, one.selectable) for one in told(world).values()} == {(None, None)}


def test_an_idp_of_which_nothing_is_known_any_more_is_unknown(world: WatchedHub) -> None:
    world.wait(30 * MINUTE)
    assert {one.state for one in told(world).values()} == {"unknown"}


def test_a_guard_says_why_nobody_is_proposed_when_all_are_down(world: WatchedHub) -> None:
    world.run(FLAGGED, down=IDPS)
    found = told(world)
    assert {one.flag.state for one in found.values()} == {"none"}
    assert all(one.guard for one in found.values())


@pytest.mark.parametrize(("hub", "count"), [(None, len(IDPS)), ("fc", len(IDPS)), ("other", 0)])
def test_the_idps_of_one_hub_can_be_asked_for(world: WatchedHub, hub: str | None, count: int) -> None:
    assert len(told(world, hub)) == count


def test_the_incident_of_an_outage_comes_before_a_worse_one_about_the_same_idp(world: WatchedHub) -> None:
    world.service.open(author="Ada", hub="fc", idp="ameli", severity=Severity.CRITICAL, title="A question")
    world.run(3, down=["ameli"])
    (outage,) = [one.number for one in world.incidents() if one.scope.subject == "idp:ameli"]
    assert told(world)["ameli"].incident == outage == 2
