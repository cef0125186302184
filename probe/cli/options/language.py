"""Finds the language of whoever reads at this terminal.

The `language:` of the configuration decides, also where the rest of the file is refused. Where
there is none, VIGIE_LANG decides (`fr` or `en`), then the configuration of the demo, if it is the
one that would be read, then the system's own LC_ALL, LC_MESSAGES or LANG: `en*` is English.
Without any of them the answers are in French. What Vigie writes to others (tickets, mails, pages)
follows the configuration alone.
"""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from probe.cli.options.paths import demo_configuration, named_configuration
from probe.texts.bilingual import Language

if TYPE_CHECKING:
    from probe.config.models import Config

_KEY = re.compile(rb"^language:[ \t]*[\"']?(fr|en)\b", re.MULTILINE)
_MOST = 1_000_000  # bytes that are looked at


def language_of_refusals(arguments: Sequence[str]) -> Language:
    """Return the language for whoever called a command with these arguments."""
    chosen = os.environ.get("VIGIE_LANG")
    for path in _positional(arguments) or [named_configuration(arguments)]:
        found = None if chosen and path == demo_configuration() else _KEY.search(_beginning(path))
        if found is not None:
            return Language.of(found[1].decode())
    return language_of_reader()


def language_of_reader() -> Language:
    """Return the language that no configuration says: VIGIE_LANG, else the system's."""
    return Language.of(os.environ.get("VIGIE_LANG") or _of_system())


def for_reader(config: "Config") -> "Config":
    """Return the configuration for a command that answers people: in the language of whoever reads,
    where it says none itself.
    """
    if "language" in config.model_fields_set:
        return config
    told = config.model_copy(update={"language": language_of_reader()})
    told.model_fields_set.discard("language")
    return told


def for_record(config: "Config") -> "Config":
    """Return the configuration for what stays, or goes to others, no matter who reads now."""
    return config if "language" in config.model_fields_set else config.model_copy(update={"language": Language.FR})


def _of_system() -> str:
    """Return the language of messages as POSIX has it: the first of three variables that is set."""
    named = next((value for key in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(key))), "")
    return named.partition("_")[0].partition(".")[0].lower()


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
