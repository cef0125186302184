"""Situations that people met with browsers and servers: each is told rightly,
or stands in the list of those that are not.

The list is `told_wrongly.py`. It is held in both directions:
who breaks a situation, and who mends one, changes it.
"""

from pathlib import Path

import pytest

from tests.cases.all import MODULES, SITUATIONS
from tests.cases.federation import Federation, told
from tests.cases.situation import Situation
from tests.cases.told_wrongly import TOLD_WRONGLY
from tests.fakes.peers import Authority


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda one: one.name)
async def test_a_situation_is_told_rightly_or_as_the_list_says(situation: Situation, authority: Authority) -> None:
    observation = await situation.play(Federation(authority))
    now, listed = told(observation), TOLD_WRONGLY.get(situation.name)
    about = f"{situation.name} ({situation.kind}; {situation.source}) is told {now}; right is {situation.right.words}"
    if situation.right.holds(observation):
        assert listed is None, f"{about}: it is mended, delete its line in tests/cases/told_wrongly.py"
    else:
        assert listed is not None, f"{about}: it was told rightly before"
        assert now == listed, f"{about}: tests/cases/told_wrongly.py says {listed}"


def test_the_list_names_situations_only() -> None:
    assert set(TOLD_WRONGLY) <= {one.name for one in SITUATIONS}


def test_no_module_of_situations_is_forgotten() -> None:
    helpers = {"__main__", "all", "federation", "situation", "test_situations", "test_told_as_it_is", "told_wrongly", "visits"}
    there = {path.stem for path in Path(__file__).parent.glob("*.py")}
    assert {Path(module.__file__ or "").stem for module in MODULES} == there - helpers


async def test_a_federation_that_is_well_is_told_so(authority: Authority) -> None:
    """Without this, each situation could be told as it is for a reason that all of them share."""
    federation = Federation(authority)
    assert told(await federation.watched()) == "ok/-/-@claims"
    assert {request.headers["host"] for request in federation.asked} == {"hub.test", "idp.test"}


def test_each_situation_has_a_kind_that_its_name_begins_with() -> None:
    assert all(one.name[0] == one.kind[0] for one in SITUATIONS)
