"""Visits a row as Vigie does in a journey: its transport, its walk, its pages and its forms."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from probe.config.models import ClientAuth, Network, PageProfile, Press
from probe.config.resolve import HUB
from probe.core.judgement.observation import Step
from probe.journeys.exchange import Ask, Journey, Verdict
from probe.journeys.pages import Page
from probe.journeys.presses import Misfit, press
from probe.journeys.site import HubCache, JourneySite
from probe.journeys.walk import Arrival
from probe.journeys.walk import Walk as JourneyWalk
from probe.oidc.client_auth import RelyingParty
from probe.prober.run import Prober
from tests.browser.end import NOTHING, End
from tests.browser.row import Row
from tests.browser.web import TLS_PORTS, Web
from tests.fakes.peers import Walk as Plan
from tests.fakes.peers import hub


class _Everybody(Mapping[str, str]):
    """Every host is the hub's: all of them may be asked."""

    def __getitem__(self, key: str) -> str:
        return HUB

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def get(self, key: str, default: object = None) -> str:
        return HUB


@dataclass
class _Anywhere(Plan):
    """A plan whose hosts are all of one web."""

    web: Web | None = None
    network: Network = field(default_factory=Network)

    def network_for(self, host: str) -> Network:
        assert self.web is not None
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() and not host.endswith("]") else host
        ports = {port: self.web.tls if port in TLS_PORTS else self.web.plain for port in (80, 443, 8080, 8443, 8000)}
        return self.network.model_copy(update={"resolve": {f"{name}:{port}": f"127.0.0.1:{here}" for port, here in ports.items()}})


async def visit(prober: Prober, web: Web, network: Network) -> tuple[End, str]:
    """Visit the web of a row. Return where it ended, and the verdict in words."""
    ends: list[Arrival | None] = []
    plan = _Anywhere(_journey(web.row, ends), network=network, web=web)
    observation = await prober.run(plan)
    words = f"{observation.outcome.value}/{observation.reason.value if observation.reason else '-'}"
    return _end(ends[-1] if ends else None), words


def _journey(row: Row, ends: list[Arrival | None]) -> Callable[[Plan], Journey]:
    def start(plan: Plan) -> Journey:
        client = RelyingParty(client_id="vigie", method=ClientAuth.SECRET_POST)
        walk = JourneyWalk(JourneySite(hub(), PageProfile(), _Everybody(), client), HubCache())
        arrival = yield from walk.go(Ask(Step.AUTHORIZE, "GET", row.start))
        ends.append(arrival)
        for doing in row.doings:
            if not isinstance(arrival, Page):
                break
            how = Press(press=doing.press, fill=dict(doing.fill))
            made = press(arrival, how, how.fill)
            if isinstance(made, Misfit):
                ends.append(None)  # nothing happens
                break
            arrival = yield from walk.submit(arrival, made)
            ends.append(arrival)
        return arrival if isinstance(arrival, Verdict) else walk.passed(walk.step)

    return start


def _end(arrival: Arrival | None) -> End:
    if isinstance(arrival, Page) and arrival.is_html and arrival.answer.status not in (204, 205, 304):
        return End.page(arrival.url, arrival.title, arrival.encoding)
    return NOTHING
