"""Turns the configuration into the settings of the judgement."""

from probe.config import resolve
from probe.config.models import Chooser, Client, Config, Deadlines, Depth, Hub, IdP, ReadingC2
from probe.core.judgement.observation import Kind
from probe.core.judgement.spec import RULES, ClientSpec, HubSpec, IdpSpec

_AFTERWARDS_US = 30_000_000
"""Microseconds allowed between a journey's end and its recording: a busy disk, queued writes."""


def watch_spec(config: Config, hub: Hub) -> HubSpec:
    """Return the settings on which the judgement of `hub` depends.

    The grace allows two journeys after each other before one is recorded: the run and its retry.
    A negative journey that logs in is longer. It has no retry, and says nothing to the judgement.
    """
    longest = max(config.control.deadline, *(getattr(hub.deadlines, kind) for kind in Deadlines.model_fields if kind != "negative_login"))
    return HubSpec(
        name=hub.name,
        idps=tuple(_idp(config, hub, idp) for idp in hub.idps),
        failures=hub.thresholds.failures,
        successes=hub.thresholds.successes,
        vouches=hub.thresholds.vouches,
        any_identity=hub.thresholds.identity_not_returned is ReadingC2.ANY,
        refused_credentials=hub.thresholds.refused_credentials,
        grace_us=2 * longest + _AFTERWARDS_US,
        quorum=hub.thresholds.quorum,
        min_vantages=hub.thresholds.min_vantages,
        turned_away_us=hub.thresholds.turned_away,
        client=hub.sp.client_id,
        chooser=resolve.profile(config, hub).chooser is Chooser.PAGE,
        mire_us=hub.intervals.mire,
        edge=hub.thresholds.edge,
        rules=RULES,
        clients=tuple(_client(config, hub, client) for client in hub.clients),
    )


def _client(config: Config, hub: Hub, client: Client) -> ClientSpec:
    seen = hub.as_seen_by(client)
    return ClientSpec(client.name, client.client_id, tuple(_idp(config, seen, idp) for idp in seen.idps), seen.intervals.mire)


def _idp(config: Config, hub: Hub, idp: IdP) -> IdpSpec:
    interval = config.interval(hub, Kind(idp.depth.value), idp)
    return IdpSpec(idp.name, identity=idp.depth is Depth.IDENTITY, control=idp.control, interval_us=interval, tile=idp.tile or "")
