"""The titles that a configuration gives to IdPs and to the clients of a hub."""

from probe.config.models import Config
from probe.core.judgement.subject import client_of, journey_of


def titles(config: Config) -> dict[tuple[str, str], str]:
    """Return the title of each IdP and client that has one, by hub and subject."""
    idps = {(hub.name, journey_of(idp.name)): idp.title for hub in config.hubs for idp in hub.idps if idp.title}
    clients = {(hub.name, client_of(each.name)): each.title for hub in config.hubs for each in hub.clients if each.title}
    return idps | clients
