"""Situations that people met with browsers and servers: each is told rightly,
or stands in the list of those that are not.

The list is `told_wrongly.py`. It is held in both directions:
who breaks a situation, and who mends one, changes it.
"""

from collections import Counter
from pathlib import Path

import pytest

import tests.browser.all  # noqa: F401 - it gives the rows
from tests.browser.row import ROWS
from tests.cases.all import MODULES, SITUATIONS
from tests.cases.federation import Federation, told
from tests.cases.situation import Situation
from tests.cases.told_wrongly import TOLD_WRONGLY
from tests.fakes.peers import Authority
from tests.house.paths import ROOT


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


BESIDE_CHROMIUM = {
    "A": ("trees/deep", "trees/foreign"),
    "B": ("trees/",),
    "C": ("cookies/",),
    "D": ("policies/", "answers/disposition-"),
    "E": ("answers/gzip", "answers/x-gzip", "answers/deflate", "answers/br", "answers/zstd", "answers/unknown"),
    "F": ("answers/",),
    "G": ("answers/more-than-its-length", "answers/left-", "answers/blank-line-before"),
    "H": ("redirects/two-", "answers/lengths-"),
    "I": ("redirects/to-international", "redirects/to-punycode", "redirects/to-bad-punycode"),
    "J": ("refreshes/",),
    "K": ("answers/status-",),
    "O": ("encodings/",),
    "P": ("forms/",),
    "U": ("redirects/",),
    "Y": ("handshakes/",),
}
"""By the letter of a kind, how the names of the rows of `tests/browser` begin that are about it."""


def test_the_document_says_how_many_situations_of_each_kind_there_are() -> None:
    """Three at least; what concerns a browser is asked of Chromium at least three times, too."""
    there = Counter(one.kind[0] for one in SITUATIONS)
    words = {one.kind[0]: one.kind.split(": ", 1)[1] for one in reversed(SITUATIONS)}
    rows = {letter: sum(name.startswith(BESIDE_CHROMIUM.get(letter, ("-",))) for name in ROWS) for letter in there}
    assert [letter for letter, count in there.items() if count < 3 and rows[letter] < 3] == []
    assert [letter for letter in BESIDE_CHROMIUM if rows[letter] < 3] == []
    lines = [f"| {letter}: {words[letter]} | {there[letter]} | {rows[letter] or '-'} |" for letter in sorted(there)]
    assert "\n".join(lines) in (ROOT / "docs/browser.md").read_text("utf-8"), "\n".join(lines)


def test_each_situation_has_a_kind_that_its_name_begins_with() -> None:
    assert all(one.name[0] == one.kind[0] for one in SITUATIONS)
