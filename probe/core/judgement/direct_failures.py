"""Tells where an IdP that fails behind the hub also fails when it is asked without the hub.

The hub's pages often say no more than that something went wrong at the IdP; what `direct` met says
what. It stands beside the cause, and changes neither the state nor whose fault it is.
"""

from probe.core.judgement.fold import HubState, values_at
from probe.core.judgement.signal import UNKNOWN, Cause, Health
from probe.core.judgement.subject import at_client, journey_of


def direct_failures(state: HubState) -> dict[str, Cause]:
    """Return what `direct` meets at the state's clock, by subject, of each IdP whose journeys fail.

    Only where the latest fresh `direct` failed, and otherwise than the journeys.
    """
    values = values_at(state, state.clock_us)
    clients = ["", *(client.name for client in state.spec.clients)]
    found = {}
    for idp in state.spec.idps:
        direct = values.get(f"direct:{idp.name}", UNKNOWN)
        for subject in (at_client(journey_of(idp.name), client) for client in clients):
            journey = values.get(subject, UNKNOWN)
            if direct.cause is None or not (direct.blip or direct.health is Health.BAD) or journey.health is not Health.BAD:
                continue
            if says_more(direct.cause, journey.cause):
                found[subject] = direct.cause
    return found


def says_more(direct: Cause, cause: Cause | None) -> bool:
    """Return whether the failure of `direct` says anything beside the cause of an outage."""
    return direct.reason is not None and (cause is None or cause.reason is not direct.reason)
