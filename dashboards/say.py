"""A dashboard in one language: every `Text` in it is told."""

from typing import Any

from probe.texts.bilingual import Language, Text


def spoken(tree: Any, language: Language) -> Any:
    """A copy of a tree of dicts and lists in which every `Text`, keys included, became a string of one language."""
    if isinstance(tree, Text):
        return tree.told(language)
    if isinstance(tree, dict):
        return {spoken(key, language): spoken(value, language) for key, value in tree.items()}
    if isinstance(tree, list | tuple):
        return [spoken(item, language) for item in tree]
    return tree
