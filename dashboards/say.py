"""What people read on the dashboards, in French and in English, side by side where it is used."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Language(StrEnum):
    """The languages that the generator writes."""

    FR = "fr"
    EN = "en"


@dataclass(frozen=True, slots=True)
class Said:
    """One text in both languages."""

    fr: str
    en: str

    def within(self, language: Language) -> str:
        return _typeset(self.fr) if language is Language.FR else self.en


def spoken(tree: Any, language: Language) -> Any:
    """A copy of a tree of dicts and lists in which every `Said`, keys included, became a string of one language."""
    if isinstance(tree, Said):
        return tree.within(language)
    if isinstance(tree, dict):
        return {spoken(key, language): spoken(value, language) for key, value in tree.items()}
    if isinstance(tree, list | tuple):
        return [spoken(item, language) for item in tree]
    return tree


def _typeset(text: str) -> str:
    """French puts a space that does not break before double signs and per cent, and inside its quotation marks."""
    return re.sub(r" (?=[?:;!%»])|(?<=«) ", "\N{NO-BREAK SPACE}", text)
