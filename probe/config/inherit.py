"""Fills in what an IdP takes from its hub: `defaults:`, and the way to its hosts.

The rule is one: the nearest that is written wins, and null is written.

    a key of an IdP       the IdP, else the hub's `defaults`
    a key of a network    the `direct`, else the IdP, else `defaults`, else the hub

A key is taken whole: a list or a mapping that is written replaces the inherited one. `network` is
the one block whose keys are taken singly. A control target takes nothing, as it has nothing to do
with the hub.

This works on the raw data, so that every later step sees each IdP complete. A problem of an
inherited value is told once, on the line where the value is written.
"""

from typing import Any

from probe.config.source import Path_, Source

_NETWORK = "network"
_OWN = ("name", "title", "tile", "control", "direct")
"""Keys that each IdP has of its own."""


def inherit(source: Source) -> None:
    """Complete the IdPs of every hub, in place. Data of the wrong shape is left as it is."""
    hubs = source.data.get("hubs") if isinstance(source.data, dict) else None
    for index, hub in enumerate(hubs if isinstance(hubs, list) else []):
        if isinstance(hub, dict) and isinstance(hub.get("idps"), list):
            hub["idps"] = [_complete(source, hub, ("hubs", index), at, idp) for at, idp in enumerate(hub["idps"])]


def _complete(source: Source, hub: dict[str, Any], path: Path_, number: int, idp: Any) -> Any:
    if not isinstance(idp, dict):
        return idp
    own, at, defaults = dict(idp), (*path, "idps", number), hub.get("defaults")
    given = {key: value for key, value in defaults.items() if key not in _OWN} if isinstance(defaults, dict) else {}
    for key, value in given.items():
        if key != _NETWORK and key not in own:
            own[key] = value
            source.inherited[*at, key] = (*path, "defaults", key)
    _take_network(source, own, at, given, (*path, "defaults"))
    _take_network(source, own, at, hub, path)
    if isinstance(own.get("direct"), dict) and _NETWORK in own["direct"]:
        own["direct"] = dict(own["direct"])
        _take_network(source, own["direct"], (*at, "direct"), own, at)
    return own


def _take_network(source: Source, owner: dict[str, Any], at: Path_, above: dict[str, Any], above_at: Path_) -> None:
    """Give `owner` the keys of the network above that its own does not have."""
    network, upper = owner.get(_NETWORK, {}), above.get(_NETWORK)
    if not isinstance(network, dict) or not isinstance(upper, dict):
        return
    missing = [key for key in upper if key not in network]
    if missing:
        owner[_NETWORK] = network | {key: upper[key] for key in missing}
    for key in missing:
        source.inherited[*at, _NETWORK, key] = source.origin((*above_at, _NETWORK, key))
