"""What PyYAML says is put into our own words, which quote nothing of the file."""

import pytest

from probe.config.source import parse_source
from probe.errors import ConfigError
from probe.texts.bilingual import Language
from probe.texts.refusals import problem
from probe.texts.yaml_problems import YAML_PROBLEMS

BROKEN = {
    "a:\n  b: 1\n  secret\nc: 2\n": "3:3:a key has no colon (:) behind it",
    "a: b: c\n": "1:5:a colon where no key may stand",
    "a: - b\n": "1:4:a dash (-) where no list may stand",
    "a: [b, c\nd: e\n": "2:2:the list in brackets",
    "a: {b: c\nd: e\n": "2:2:the braces",
    "a: b\n c: d\n": "2:3:a colon where no key may stand",
    "a:\n  - b\n c: d\n": "3:2:this line is not indented",
    "a: {b: }]\n": "1:9:a bracket, a brace",
    "a: ]\n": "1:4:a value is missing",
    "a: b\n...\nc: d\n": "3:1:something stands after",
    "a: b\n---\nc: d\n": "2:1:a second document",
    "x: 1\na: 'secret\nb: c\n": "2:4:a quotation mark that opens here is not closed",
    "a: *secret\n": "1:4:an alias (*) whose anchor",
    "a: &x 1\nb: &x 2\n": "2:4:an anchor (&) that exists already",
    "a: @secret\n": "1:4:a character with which no value begins",
    'a: "b\\secret"\n': "1:7:an escape that YAML does not know",
    "a: |secret\n  b\n": "1:5:after | or >",
    "a: & b\n": "1:5:an anchor (&) or an alias (*)",
    "a: !x!secret b\n": "1:4:a YAML tag (!)",
    "%YAML 2.0\n---\na: b\n": "1:1:a directive (%)",
}


@pytest.mark.parametrize(("text", "told"), BROKEN.items())
def test_a_file_that_is_no_yaml_is_told_with_line_and_column_in_both_languages(text: str, told: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parse_source("x.yml", text.encode())
    (found,) = raised.value.problems
    line, column, what = told.split(":", 2)
    assert found.line == int(line)
    assert found.message.startswith(f"is not YAML, column {column}: {what}")
    assert problem(found.message, Language.FR).startswith(f"n'est pas du YAML, colonne {column}\u00a0: ")
    assert "secret" not in found.message
    assert "is" not in problem(found.message, Language.FR).split()


def test_there_is_one_sentence_for_each_of_them() -> None:
    assert len(YAML_PROBLEMS) == len({text.en for text in YAML_PROBLEMS}) == len({text.fr for text in YAML_PROBLEMS})
