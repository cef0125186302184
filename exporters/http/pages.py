"""Makes the page for people: links, the state of the service, incidents, hubs and IdPs.

The page itself is `templates/index.html.j2`.
"""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from exporters.http.page import render
from exporters.http.past import RecentPast
from exporters.http.texts import PageTexts, Pending
from exporters.metrics.readings import OF_THE_HUB, HubReading, RegisterReading, Snapshot, SubjectReading, View
from probe.core.judgement.condition import C3, HUB, State, journey_of
from probe.core.judgement.subject import at_client, client_of


def _state_of(reading: HubReading, subject: str) -> SubjectReading:
    return reading.subjects.get(subject, SubjectReading())


def _query(hub: str, idp: str) -> str:
    return urlencode({"hub": hub, **({"idp": idp} if idp else {}), "debug": "true"})


def index(
    view: View,
    snapshot: Snapshot,
    readable: bool,
    pending: Sequence[Pending],
    register: RegisterReading | None = None,
    past: Mapping[str, RecentPast] | None = None,
) -> str:
    """Return the page as a whole HTML document, in the view's language.

    `readable` says whether the ledger could be read; `pending` has the reasons why the service is
    not ready. `past`: what went wrong lately, by hub.
    """
    texts, lately, registered = PageTexts(view.language), past or {}, register or RegisterReading()
    return render(
        "index.html.j2",
        texts,
        HUB=HUB,
        OF_THE_HUB=OF_THE_HUB,
        C3=C3,
        DOWN=State.DOWN,
        UNKNOWN=State.UNKNOWN,
        journey_of=journey_of,
        at_client=at_client,
        client_of=client_of,
        query=_query,
        state_of=_state_of,
        links=[("/metrics", texts.link_metrics), ("/healthz", texts.link_health), ("/readyz", texts.link_ready)],
        pending=pending,
        readable=readable,
        incidents=registered.open,
        changes={hub: listed for hub, listed in registered.latest_changes.items() if listed},
        titles={hub.name: hub.title or hub.name for hub in view.hubs},
        hubs=[
            (hub, snapshot.hubs.get(hub.name, HubReading()), lately.get(hub.name, RecentPast()).for_template(texts, hub))
            for hub in view.hubs
        ],
    )
