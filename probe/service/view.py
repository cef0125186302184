"""The exporters' view of the configuration: names, titles, targets and hosts."""

from collections.abc import Iterable
from dataclasses import replace

from exporters.metrics.readings import ClientTarget, ClientView, HubView, IdpView, TargetReading, View
from probe.config.goals import goals
from probe.config.identity_claims import claims_asked, levels_asked
from probe.config.models import Config, Depth, Hub, IdP
from probe.config.resolve import hosts, profile
from probe.config.spec import watch_spec
from probe.config.titles import titles_at
from probe.core.incident.deactivation import WEBHOOK
from probe.core.judgement.condition import conditions
from probe.core.judgement.observation import Kind
from probe.core.judgement.subject import C1
from probe.prober.targets import Watched


def target_of(target: Watched) -> TargetReading:
    """Return a target as the exporters name it."""
    if target.kind in (Kind.CONTROL, Kind.NEGATIVE):
        return TargetReading(target.kind, target.hub, target=target.name or "")
    return TargetReading(target.kind, target.hub, idp=target.name or "", backend=target.backend or "")


def view_of(config: Config, targets: Iterable[Watched]) -> View:
    """Return the part of a configuration that the metrics and the page show."""
    probed = list(targets)
    met = {host for hub in config.hubs for host in _tls_hosts(config, hub)}
    return View(
        vantage=config.vantage,
        hubs=tuple(_hub(config, hub) for hub in config.hubs),
        targets=tuple(target_of(target) for target in probed if not target.client),
        client_targets=tuple(ClientTarget(each.hub, each.client, each.kind, each.name or "") for each in probed if each.client),
        hosts=tuple(sorted(met)),
        language=config.language.value,
        systems=(*(system.name for system in config.tickets), *([WEBHOOK] if config.deactivation.webhook else [])),
        timezone=config.timezone,
        runbooks=(config.links.runbooks or "").rstrip("/"),
    )


def _hub(config: Config, hub: Hub) -> HubView:
    idps = tuple(_idp(config, hub, idp) for idp in hub.idps)
    clients = tuple(ClientView(each.name, each.title or "", tuple(idp.name for idp in each.idps)) for each in hub.clients)
    own_c1 = titles_at(config, hub).get(C1, "")
    return HubView(hub.name, hub.title or hub.name, idps, conditions(watch_spec(config, hub)), goals(hub.goal), clients, own_c1)


def _idp(config: Config, hub: Hub, idp: IdP) -> IdpView:
    view, page_profile = IdpView(idp.name, idp.tile or "", idp.title or idp.name, goals(idp.goal)), profile(config, hub)
    if idp.depth is not Depth.IDENTITY:
        return view
    return replace(view, claims=claims_asked(page_profile, hub, idp), levels=levels_asked(hub))


def _tls_hosts(config: Config, hub: Hub) -> set[str]:
    """Return the hosts that show a certificate, as hops name them."""
    if not hub.issuer.startswith("https:"):
        return set()
    return {host.removesuffix(":443") for host, party in hosts(config, hub).items() if party != "sp"}
