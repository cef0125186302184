"""Runs a journey of the watch, and keeps what a person must see who sets the watch up.

The journey is the watch's own: the same requests, the same judgement. What it kept is the last page
of the browser, with which `vigie init` and `vigie journey --learn` go on. It stays in memory: a
page may show personal data.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any
from urllib.parse import urljoin, urlsplit

from probe.config.models import IdP
from probe.core.judgement.observation import Reason
from probe.journeys.browser import host_and_port
from probe.journeys.exchange import Answer, Ask, Channel, Journey
from probe.journeys.pages import Page
from probe.journeys.plan import Plan
from probe.journeys.site import Entropy, HubCaches


@dataclass(slots=True)
class JourneyView:
    """What a journey showed: the last answer to the browser, and the hosts that it asked, in order.

    `metadata` is what the hub publishes, empty where it was not read.
    """

    last: Answer | None = field(default=None, repr=False)
    hosts: list[str] = field(default_factory=list)
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def page(self) -> Page | None:
        """The last page; None where the journey ended without one."""
        if self.last is None or self.last.error or self.last.is_redirect:
            return None
        page = Page(self.last)
        return page if page.is_html and not page.too_complicated else None

    @property
    def sent_to(self) -> str | None:
        """The host (`host` or `host:port`) to which the last answer sends the browser, if any."""
        if self.last is None or not self.last.is_redirect:
            return None
        address = urljoin(self.last.url, self.last.headers.get("location", "").strip())
        return host_setting(address) if urlsplit(address).scheme in ("http", "https") else None


@dataclass(frozen=True, slots=True)
class ObservedPlan(Plan):
    """A plan whose journey keeps in `seen` what it showed."""

    seen: JourneyView = field(default_factory=JourneyView, repr=False)

    def start(self, memory: HubCaches, entropy: Entropy, now_us: int) -> Journey:
        """Start the journey of the plan, observed."""
        return _observed(Plan.start(self, memory, entropy, now_us), self.seen, memory, self.hub.name)


def observed(planned: Plan) -> ObservedPlan:
    """Return the same plan, whose journey keeps what it showed."""
    return ObservedPlan(**{each.name: getattr(planned, each.name) for each in fields(Plan)})


def with_hosts(idp: IdP, hosts: list[str]) -> IdP:
    """Return the IdP with further hosts to which the browser may be sent."""
    return idp.model_copy(update={"hosts": list(dict.fromkeys([*idp.hosts, *hosts]))})


def host_setting(address: str) -> str:
    """Return the host of an http or https address as `hosts:` has it: without a port it is 443."""
    host = host_and_port(address)
    return f"{host}:80" if urlsplit(address).scheme == "http" and ":" not in host.rpartition("]")[2] else host


def stopped_at_host(reason: Reason | None, seen: JourneyView) -> str | None:
    """Return the host at which a journey stopped as no setting names it; None for another end."""
    return seen.sent_to if reason is Reason.UNEXPECTED_HOST else None


def _observed(journey: Journey, seen: JourneyView, memory: HubCaches, hub: str) -> Journey:
    answer: Answer | None = None
    try:
        while True:
            try:
                ask: Ask = next(journey) if answer is None else journey.send(answer)
            except StopIteration as end:
                seen.metadata = memory.of(hub).metadata or {}
                return end.value  # type: ignore[no-any-return]
            answer = yield ask
            if ask.channel is Channel.FRONT:
                seen.last = replace(answer)
                if (host := host_and_port(ask.url)) not in seen.hosts:
                    seen.hosts.append(host)
    finally:
        journey.close()
