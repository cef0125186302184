"""The few settings that reading the ledger needs."""

from pathlib import Path

from probe.config.peek import Peek, peek
from probe.core.subject import journey_of


def glance(path: Path) -> Peek:
    """As `probe.config.peek`; the whole configuration is loaded only where that does not do. Raises ConfigError."""
    found = peek(path)
    if found is not None:
        return found
    from probe.config.load import load
    from probe.config.secrets import store_address

    config = load(path)
    titles = {(hub.name, journey_of(idp.name)): idp.title for hub in config.hubs for idp in hub.idps if idp.title}
    titles |= {(hub.name, ""): hub.title for hub in config.hubs if hub.title}
    return Peek(store_address(config), config.language.value, config.unknown_time, titles)
