"""Tells in one sentence that this machine has no network, instead of every journey that failed.

A control target is an address apart from the hubs. Where none of them answers, and nothing else
does, the hubs and the IdPs are not to blame.
"""

from collections.abc import Collection

from probe.core.judgement.observation import NETWORK_REASONS, Fault, Kind, Observation, Outcome
from probe.texts.bilingual import Text, Texts


class LostNetworkTexts(Texts):
    """Of a machine without network."""

    lost = Text(
        "Aucun témoin du réseau ne répond ({controls}) : cette machine n'a pas de réseau. Rien n'est dit des hubs. "
        "À vérifier : DNS, routes, pare-feu, mandataire (network.proxy).",
        "No control target answers ({controls}): this machine has no network. Nothing is said of the hubs. "
        "To check: DNS, routes, firewall, proxy (network.proxy).",
    )


def dead_controls(observations: Collection[Observation]) -> list[str]:
    """Return the control targets of a round in which neither they nor anything else answered.

    Empty where something did, or where no control target was asked.
    """
    if any(seen.outcome is Outcome.OK or seen.reason not in NETWORK_REASONS for seen in observations):
        return []
    if any(hop.status is not None for seen in observations for hop in seen.hops):
        return []
    return sorted({seen.idp or "" for seen in observations if seen.kind is Kind.CONTROL})


def is_lost(seen: Observation) -> bool:
    """Tell whether a journey was found to have failed for want of a network."""
    return seen.fault is Fault.NETWORK and seen.reason in NETWORK_REASONS
