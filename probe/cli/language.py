"""Finds the language of a refusal: before a configuration is loaded, or when it cannot be.

The `language:` of the configuration decides, also where the rest of the file is refused. Where
there is none, VIGIE_LANG decides (`fr` or `en`), then the configuration of the demo, if it is the
one that would be read. Without any of them refusals are in French, as everything that people read.
"""

import os
import re
from collections.abc import Sequence
from pathlib import Path

from probe.cli.options.paths import demo_configuration, named_configuration
from probe.texts.bilingual import Language

_KEY = re.compile(rb"^language:[ \t]*[\"']?(fr|en)\b", re.MULTILINE)
_MOST = 1_000_000  # bytes that are looked at


def language_of_refusals(arguments: Sequence[str]) -> Language:
    """Return the language for whoever called a command with these arguments."""
    chosen = os.environ.get("VIGIE_LANG")
    for path in _positional(arguments) or [named_configuration(arguments)]:
        found = None if chosen and path == demo_configuration() else _KEY.search(_beginning(path))
        if found is not None:
            return Language.of(found[1].decode())
    return Language.of(chosen or Language.FR)


def _positional(arguments: Sequence[str]) -> list[Path]:
    """Return the file that `vigie config check FILE` names."""
    named = list(arguments[:2]) == ["config", "check"]
    return [Path(one) for one in arguments[2:] if not one.startswith("-")] if named else []


def _beginning(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MOST)
    except (OSError, ValueError):
        return b""
