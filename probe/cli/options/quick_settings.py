"""Reads the few settings that a reader of the ledger needs."""

from pathlib import Path

from probe.cli.options.language import for_reader, language_of_reader
from probe.config.announced import announced_kinds
from probe.config.goals import other_goals
from probe.config.peek import Peek, peek


def glance(path: Path) -> Peek:
    """Read the settings by `probe.config.peek`, or load the whole configuration where that gives
    none.

    No secret is read but the store's.

    Raises ConfigError, and SecretError when the store's password cannot be read.
    """
    found = peek(path)
    if found is not None:
        return found if found.says_language else found._replace(language=language_of_reader().value)
    from probe.config.load import load_alone
    from probe.config.secrets import store_address
    from probe.config.titles import titles

    config = for_reader(load_alone(path))
    said = "language" in config.model_fields_set
    known = titles(config) | {(hub.name, ""): hub.title for hub in config.hubs if hub.title}
    goals, announced = other_goals(config.hubs), announced_kinds(config.hubs)
    return Peek(store_address(config), config.language.value, config.unknown_time, known, goals, announced, config.timezone, said)
