"""Tells how far the journeys go where they do not go as far as the identity.

What is up there has been seen up to that step only.
"""

from enum import StrEnum

from probe.core.judgement.corroboration import Neighbours, suspended
from probe.core.judgement.fold import HubState
from probe.core.judgement.spec import IdpSpec
from probe.core.judgement.subject import at_client, client_of, journey_of


class Reach(StrEnum):
    """The step at which the journeys end, by settings or because the account is suspended."""

    MIRE = "mire"
    LOGIN_PAGE = "login-page"


def short_reaches(state: HubState, near: Neighbours) -> dict[str, Reach]:
    """Return how far the journeys go, by subject, where that is not as far as the identity."""
    spec = state.spec

    def short(idp: IdpSpec) -> bool:
        return not idp.identity or suspended(near, idp.name, spec.refused_credentials)

    reaches = {journey_of(idp.name): Reach.LOGIN_PAGE for idp in spec.idps if short(idp)}
    for client in spec.clients:
        reaches |= {at_client(journey_of(idp.name), client.name): Reach.LOGIN_PAGE for idp in client.idps if short(idp)}
        if not client.idps:
            reaches[client_of(client.name)] = Reach.MIRE
    return reaches
