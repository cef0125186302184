"""Instants on the command line: as machines write them, and as Vigie prints them."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.cli.options.instants import parse_instant
from probe.core.times import parse_rfc3339
from probe.texts.bilingual import Texts
from tests.cli.conftest import Call

AUTUMN = "2026-10-25T00:30:00Z"  # 2:30 in Paris, for the first time of two


def paris() -> str:
    return "Europe/Paris"


@given(st.integers(0, 4_000_000_000), st.sampled_from(["fr", "en"]), st.sampled_from(["Europe/Paris", "America/Martinique", "UTC"]))
def test_each_instant_that_is_printed_to_people_is_read_back(seconds: int, language: str, zone: str) -> None:
    said, us = Texts(language, zone), seconds * 1_000_000
    for printed in (said.instant(us), said.sentence_instant(us), said.zoned_instant(us)):
        assert parse_instant(printed, lambda: zone) == us


@pytest.mark.parametrize("wrong", ["25/10/2026 02:30:00", "29/03/2026 02:30:00", "31/02/2026 10:00:00", "1/2/2026 10:00", "01/02/2026"])
def test_what_the_clock_shows_twice_or_never_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="is no instant"):
        parse_instant(wrong, paris)


def test_the_offset_says_which_of_two_instants_is_meant() -> None:
    assert parse_instant("25/10/2026 02:30:00 (UTC+02:00)", paris) == parse_rfc3339(AUTUMN)


def test_a_command_takes_the_instants_of_a_table_in_the_zone_of_its_configuration(call: Call, history: Path) -> None:
    history.write_text(history.read_text("utf-8").replace("support:", "support:\n  timezone: America/Martinique", 1), "utf-8")
    start = re.search(r"\d\d/\d\d/\d{4} \d\d:\d\d:\d\d", call("outages", "--config", history).stdout)
    assert start is not None
    assert start[0] in call("availability", "--at", start[0], "--config", history).stdout
