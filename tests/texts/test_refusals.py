"""Refusals in the language of whoever reads."""

import re
import string
from pathlib import Path

import pytest

from probe.texts.bilingual import Language, Text
from probe.texts.config_problems import CONFIG_PROBLEMS
from probe.texts.refusals import COMMAND_REFUSALS, problem, refusal

EXPECTED = Path(__file__).parents[1] / "config" / "bad" / "expected.txt"
NB = "\N{NO-BREAK SPACE}"


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


@pytest.mark.parametrize("text", [*CONFIG_PROBLEMS, *COMMAND_REFUSALS], ids=lambda text: text.en)
def test_both_languages_name_the_same_things(text: Text) -> None:
    assert fields(text.fr) == fields(text.en)


def test_every_problem_of_the_bad_configurations_has_its_french() -> None:
    lines = [line for line in EXPECTED.read_text("utf-8").splitlines() if line and not line.startswith("==")]
    messages = {re.fullmatch(r"\d+: (?:[\w.\[\]<>-]+: )?(.*)", line)[1] for line in lines}  # type: ignore[index]
    assert len(messages) > 100
    assert sorted(message for message in messages if problem(message, Language.FR) == message) == []
    assert all(problem(message, Language.EN) == message for message in messages)


@pytest.mark.parametrize(
    ("english", "french"),
    [
        ("is not one of fr, en (did you mean 'fr'?): 'fre'", "ne fait pas partie de : fr, en (voulait-on dire 'fr' ?) : 'fre'"),
        ("is an unknown key (did you mean 'name'?)", "est une clé inconnue (voulait-on dire 'name' ?)"),
        ("is shorter than 100ms: '10ms'", "est plus court que 100ms : '10ms'"),
        ("is something that nobody translated: {0}", "is something that nobody translated: {0}"),
    ],
)
def test_a_problem_keeps_its_value_and_its_hint(english: str, french: str) -> None:
    assert problem(english, Language.FR).replace(NB, " ") == french


@pytest.mark.parametrize(
    ("english", "french"),
    [
        (
            "Error: Invalid value for '--hub': 'x' is none of: fc, b",
            "Erreur : Valeur refusée pour '--hub' : 'x' ne fait pas partie de : fc, b",
        ),
        ("Error: No such option: --foo", "Erreur : Il n'y a pas d'option --foo"),
        ("Usage: vigie run [OPTIONS]\nTry 'vigie run -h' for help.", "Usage : vigie run [OPTIONS]\nEssayer « vigie run -h » pour l'aide."),
        ("VIGIE-3 is closed (closed)", "VIGIE-3 est fermé (closed)"),
        (
            "Error: Invalid value for '--state': 'x' is not one of 'a', 'b'.",
            "Erreur : Valeur refusée pour '--state' : 'x' ne fait pas partie de : 'a', 'b'.",
        ),
        (
            "Error: Invalid value for '--severity': 9 is not in the range 1<=x<=5.",
            "Erreur : Valeur refusée pour '--severity' : 9 n'est pas dans l'intervalle 1<=x<=5.",
        ),
        ("vigie: {odd} {", "vigie : {odd} {"),
        ("nobody knows this (sentence)", "nobody knows this (sentence)"),
    ],
)
def test_a_command_s_refusal_is_put_into_french_part_by_part(english: str, french: str) -> None:
    assert refusal(english, Language.FR).replace(NB, " ") == french
    assert refusal(english, Language.EN) == english


def test_a_line_of_any_length_comes_back_soon() -> None:
    assert refusal("x (" * 100_000, Language.FR) == "x (" * 100_000
