"""The page of an incident, which tickets link to.

It is as open as the page for people. So it has what the machine knows and wrote, and the title that
the page for people lists too. It has no name of a person, and nothing else that people wrote: those
are in `vigie incidents show`, and in the API for whoever has a token.
"""

import asyncio
import re
from collections.abc import Callable, Sequence
from typing import Protocol

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from exporters.http.page import render
from exporters.http.past import missing_page, observation_path, outage_path, titles
from exporters.http.texts import PageTexts
from exporters.metrics.live import Meters
from exporters.metrics.readings import HubView, View
from probe.core.incident.acts import earlier_details, number_of
from probe.core.incident.model import Act, Incident
from probe.core.incident.policy import machine_opened, outage_of
from probe.core.incident.scope import ScopeSubject
from probe.core.judgement.subject import C1, journey_of
from probe.core.plain_text import visible
from probe.errors import InputError, LedgerError
from probe.texts.bilingual import Text
from probe.texts.incidents import ACTS, scope
from probe.texts.sights import sight
from probe.texts.subjects import Titles
from probe.texts.what_to_do import advice

_OBSERVATION = re.compile(r"(?<=observation n° )\d{1,16}|(?<=observation no\. )\d{1,16}")


class RecordedIncident(Protocol):
    """An incident with its acts, oldest first. `probe.incidents.details.IncidentDetails` is one."""

    @property
    def incident(self) -> Incident: ...
    @property
    def acts(self) -> Sequence[Act]: ...


ReadIncident = Callable[[int], RecordedIncident]
"""Reads an incident; it may wait for the database. Raises InputError for an unknown number, and
LedgerError.
"""


def nobody(number: int) -> RecordedIncident:
    """Read from a register in which nothing is."""
    raise InputError(f"there is no incident {number}")


class IncidentViews:
    """Answers the requests for the page of an incident."""

    def __init__(self, read: ReadIncident, meters: Meters) -> None:
        self._read = read
        self._meters = meters

    async def incident(self, request: Request) -> Response:
        view, given = self._meters.view, request.path_params["number"]
        texts, number = PageTexts.of(view), number_of(given)
        if number is None:
            return HTMLResponse(missing_page(view, texts.not_there), 404)
        try:
            return HTMLResponse(await asyncio.to_thread(lambda: incident_page(view, self._read(number))))
        except InputError:
            return HTMLResponse(missing_page(view, texts.no_such_incident.format(number=number)), 404)
        except LedgerError:
            return HTMLResponse(missing_page(view, texts.not_readable_now), 503, {"Retry-After": "5"})


def incident_page(view: View, shown: RecordedIncident) -> str:
    """Return the page of one incident."""
    texts, incident = PageTexts.of(view), shown.incident
    hub = next((hub for hub in view.hubs if hub.name == incident.scope.hub), HubView(incident.scope.hub))
    detail = [visible(line) for line in incident.detail.splitlines()] if machine_opened(incident) else []
    told = next(filter(None, map(_OBSERVATION.search, detail)), None)
    return render(
        "incident.html.j2",
        texts,
        title=f"{incident.reference} - {visible(incident.title)}",
        incident=incident,
        facts={
            texts.hub: visible(hub.title or hub.name),
            texts.subject: scope(incident.scope, titles(hub)).in_language(texts.language) if incident.scope.subject else "",
            texts.sight: _sight(incident, titles(hub)).in_language(texts.language),
            texts.severity: texts.severities[incident.severity],
            texts.state: texts.progress[incident.state],
        },
        detail=detail,
        observation=(int(told[0]), observation_path(int(told[0]))) if told else None,
        outage=_outage(incident),
        advice=advice(ScopeSubject.parse(incident.scope.subject)) if incident.open else None,
        runbooks=view.runbooks,
        acts=[
            (act.at_us, ACTS[act.kind].in_language(texts.language), [visible(line) for line in earlier.splitlines()])
            for act, earlier in zip(shown.acts, _earlier(shown), strict=True)
        ],
    )


def _sight(incident: Incident, of_hub: Titles) -> Text:
    idp = of_hub.get(journey_of(incident.idp), incident.idp) if incident.idp else ""
    return sight(ScopeSubject.parse(incident.scope.subject), visible(idp), own_login=C1 in of_hub)


def _earlier(shown: RecordedIncident) -> list[str]:
    """Return what the machine said in each act that it replaced since."""
    return earlier_details(shown.acts) if machine_opened(shown.incident) else [""] * len(shown.acts)


def _outage(incident: Incident) -> str:
    """Return the path of the outage that the incident is about; "" where it is about none."""
    name = outage_of(incident)
    return outage_path(name) if name is not None else ""
