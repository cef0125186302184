"""Which words of a person's data are masked by themselves."""

import pytest

from probe.core.whole_words import WholeWord, words_of


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("Angela Claire Louise", ["Angela", "Claire", "Louise"]),
        ("Angela", []),  # masked as a value
        ("Jean de La Tour", ["Jean", "Tour"]),
        ("Bo Xi Élise", ["Bo", "Xi", "Élise"]),
        ("12 rue du Lac, 75107 Paris", ["rue", "Lac", "75107", "Paris"]),
        ("angela.dubois@exemple.fr", ["angela", "dubois"]),
        ("angela75@exemple.fr", ["angela"]),
        ("8dfc4080-c90d-4234-969b-f6c961de3e90", ["dfc"]),
        ("https://exemple.fr/angela/dubois", []),
        ("", []),
    ],
)
def test_a_value_has_these_words(value: str, words: list[str]) -> None:
    found = list(words_of(value))
    assert found == words
    assert all(isinstance(each, WholeWord) for each in found)
