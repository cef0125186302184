"""What people call the subjects of the ledger, by a configuration: the titles of IdPs and clients,
and C1 of a hub without a chooser.
"""

from probe.config.models import Chooser, Config, Hub
from probe.config.resolve import profile
from probe.texts.judgement import LOGIN_PAGE_MISSING
from probe.texts.subjects import titles_from


def titles(config: Config) -> dict[tuple[str, str], str]:
    """Return the title of each subject that has one of its own, by hub and subject."""
    return {(hub.name, subject): title for hub in config.hubs for subject, title in titles_at(config, hub).items()}


def titles_at(config: Config, hub: Hub) -> dict[str, str]:
    """Return the titles of one hub's subjects, by subject."""
    own_login = profile(config, hub).chooser is Chooser.NONE
    return titles_from(
        ((idp.name, idp.title) for idp in hub.idps),
        ((each.name, each.title) for each in hub.clients),
        LOGIN_PAGE_MISSING.in_language(config.language) if own_login else "",
    )
