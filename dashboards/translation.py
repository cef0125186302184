"""Translates a dashboard into one language."""

from typing import Any

from probe.texts.bilingual import Language, Text


def translated(tree: Any, language: Language) -> Any:
    """Return a copy of a tree of dicts and lists with each `Text` as a string of one language.

    Keys that are a `Text` are translated too.
    """
    if isinstance(tree, Text):
        return tree.in_language(language)
    if isinstance(tree, dict):
        return {translated(key, language): translated(value, language) for key, value in tree.items()}
    if isinstance(tree, list | tuple):
        return [translated(item, language) for item in tree]
    return tree
