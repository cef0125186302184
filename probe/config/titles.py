"""What people call the subjects of the ledger, by a configuration: the titles of IdPs and clients,
and C1 of a hub without a chooser.
"""

from probe.config.models import Chooser, Config, Hub
from probe.config.resolve import profile
from probe.core.judgement.subject import C1, client_of, journey_of
from probe.texts.judgement import LOGIN_PAGE_MISSING


def titles(config: Config) -> dict[tuple[str, str], str]:
    """Return the title of each subject that has one of its own, by hub and subject."""
    return {(hub.name, subject): title for hub in config.hubs for subject, title in titles_at(config, hub).items()}


def titles_at(config: Config, hub: Hub) -> dict[str, str]:
    """Return the titles of one hub's subjects, by subject."""
    idps = {journey_of(idp.name): idp.title for idp in hub.idps if idp.title}
    clients = {client_of(each.name): each.title for each in hub.clients if each.title}
    own_login = profile(config, hub).chooser is Chooser.NONE
    return idps | clients | ({C1: LOGIN_PAGE_MISSING.in_language(config.language)} if own_login else {})
