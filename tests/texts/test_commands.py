"""Each command that tickets and pages tell people to type is complete."""

import re

import pytest

from probe.texts import commands
from probe.texts.bilingual import Language, Text
from tests.cli.typed import what_is_asked_for

COMMANDS = [commands.acknowledge(12), commands.approve("fc", "a b"), commands.reject("fc", "ameli")]


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("text", COMMANDS, ids=lambda text: "-".join(text.en.split()[1:3]))
def test_the_command_line_asks_for_nothing_more(text: Text, language: Language) -> None:
    written = text.in_language(language)
    assert written.startswith("vigie ")
    assert what_is_asked_for(written.removeprefix("vigie ")) == ""
    without_author = re.sub(r" --author \w+", "", written)
    assert "author" in what_is_asked_for(without_author.removeprefix("vigie "))


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("idp approved ameli", "no command approved"),
        ("idp approve --author NAME", "IDP"),
        ("incidents ack 1 --writer NAME", "writer"),
        ("incidents ack 1 2 --author NAME", "2"),
        ("incidents", ""),
    ],
)
def test_what_is_not_a_complete_command_is_found(written: str, asked: str) -> None:
    found = what_is_asked_for(written)
    assert asked in found
    assert bool(found) is bool(asked)
