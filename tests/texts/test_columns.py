"""A word that two places say to people is written once."""

import ast
from collections import defaultdict
from pathlib import Path

from probe.texts import columns
from probe.texts.bilingual import Text

ROOT = Path(__file__).resolve().parents[2]


def pairs(path: Path) -> set[tuple[str, str]]:
    """The French and English words that a module gives a name."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == "Text":
            words = [word.value for word in node.value.args if isinstance(word, ast.Constant) and isinstance(word.value, str)]
            if len(words) == 2:
                found.add((words[0], words[1]))
    return found


def test_no_two_modules_write_the_same_words() -> None:
    written = defaultdict(list)
    for folder in ("probe", "exporters"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for words in pairs(path):
                written[words].append(path.relative_to(ROOT).as_posix())
    assert {words: places for words, places in written.items() if len(places) > 1} == {}


def test_each_shared_word_stands_once() -> None:
    shared = [word for word in vars(columns).values() if isinstance(word, Text)]
    assert len(shared) == len({(word.fr, word.en) for word in shared}) > 15
