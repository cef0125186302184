"""Regular expressions of the configuration hold nothing up, and find what Python's own find."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from probe.config.patterns import LONGEST_S, BoundedPattern
from probe.core.judgement.hub_codes import CodeClass, HubCodes

EVIL = r"(a|aa)+$"


def test_a_pattern_that_goes_back_for_ever_is_given_up_in_time_and_finds_nothing_more_after_the_second() -> None:
    slow, began = BoundedPattern(EVIL), time.process_time()
    with capture_logs() as logged:
        assert [slow.search("a" * 64 + "b") for _ in range(100)] == [None] * 100
        assert not slow.fullmatch("a" * 64 + "b")
    assert time.process_time() - began < 25 * LONGEST_S
    assert [line["given_up_for_good"] for line in logged] == [False, True]
    assert slow.search("aa") is None


def test_a_code_that_such_a_pattern_is_asked_about_has_no_class() -> None:
    codes = HubCodes({CodeClass.HUB: [EVIL], CodeClass.STORE: ["a+b"]}, BoundedPattern)
    assert codes.classes("a" * 63 + "b") == {CodeClass.STORE}


@pytest.mark.parametrize("text", ["(", "a{2,1}", "(?P<a>x)(?P<a>y)", "[z-a]", "*"])
def test_what_is_no_regular_expression_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a regular expression"):
        BoundedPattern(text)


PARTS = [
    "a",
    "b",
    r"\d",
    r"\w+",
    r"\s?",
    r"\b",
    "(a|b)",
    "[^a]",
    "a*?",
    "(?i:B)",
    "(?=a)",
    "(?<!b)",
    "^",
    "$",
    "é",
    "a{1,2}",
    "(?:ab)+",
    ".",
]


@given(st.lists(st.sampled_from(PARTS), min_size=1, max_size=5).map("".join), st.text("abB1 éÉ\n", max_size=12))
def test_it_finds_what_pythons_own_finds(pattern: str, text: str) -> None:
    own, found = re.search(pattern, text), BoundedPattern(pattern)
    assert found.search(text) == (None if own is None else (own[1] if own.re.groups else own[0]) or "")
    assert found.fullmatch(text) is (re.fullmatch(pattern, text) is not None)
