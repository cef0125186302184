"""Makes the page for people: links, the state of the service, incidents, hubs and IdPs.

The page itself is `templates/index.html.j2`.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from urllib.parse import urlencode

from exporters.http.page import render
from exporters.http.past import RecentPast, titles
from exporters.http.texts import PageTexts, Pending, ServiceNotice
from exporters.metrics.readings import OF_THE_HUB, HubReading, HubView, RegisterReading, Snapshot, SubjectReading, View
from probe.core.judgement.condition import HUB, State, journey_of
from probe.core.judgement.subject import NUMBERS, at_client, client_of
from probe.core.judgement.why_unknown import with_deactivation
from probe.core.plain_text import visible
from probe.texts import judgement as labels
from probe.texts.accounts import suspended
from probe.texts.subjects import some, subject_title
from probe.texts.why_unknown import unproven, why_unknown


def _state_of(reading: HubReading, subject: str) -> SubjectReading:
    return reading.subjects.get(subject, SubjectReading())


def _query(hub: str, idp: str) -> str:
    return urlencode({"hub": hub, **({"idp": idp} if idp else {}), "debug": "true"})


def _why(deactivated: Mapping[tuple[str, str], int], texts: PageTexts, hub: HubView, subject: str, reading: SubjectReading) -> str:
    """Say why a subject is down, or why nobody can tell; "" of one that is up.

    `deactivated`: since when IdPs are, by hub and IdP.
    """
    return labels.with_direct(_why_through_the_hub(deactivated, texts, hub, subject, reading), reading.direct, texts.language)


def _why_through_the_hub(
    deactivated: Mapping[tuple[str, str], int], texts: PageTexts, hub: HubView, subject: str, reading: SubjectReading
) -> str:
    if reading.unknown is not None and reading.state is State.UNKNOWN:
        return why_unknown(with_deactivation(reading.unknown, hub.name, deactivated), subject, titles(hub), texts, briefly=True)
    cause = reading.cause
    if cause is None or cause.reason is None or reading.state is not State.DOWN:
        return ""
    text = labels.reason_of(cause, reading.condition or subject).in_language(texts.language)
    return f"{text} ({visible(cause.code)})" if cause.code else text


def _own_troubles(texts: PageTexts, hub: HubView, reading: HubReading) -> list[str]:
    """Say in full why nobody can tell, where the cells do not: each thing once, and of whom."""
    found: dict[str, list[str]] = {}
    for subject, one in reading.subjects.items():
        why = one.unknown if one.state is State.UNKNOWN else None
        if why is None or why.subject != subject or why.idps:
            continue
        whole = why_unknown(why, subject, titles(hub), texts)
        if whole != why_unknown(why, subject, titles(hub), texts, briefly=True):
            found.setdefault(whole, []).append(NUMBERS.get(subject) or _title(texts, hub, subject))
    return [f"{some(names).in_language(texts.language)}{texts.colon} {whole}" for whole, names in found.items()]


def _suspensions(texts: PageTexts, hub: HubView, reading: HubReading) -> list[str]:
    """Say of each suspended account why, and what lifts it."""
    names = {idp: _title(texts, hub, journey_of(idp)) for idp in reading.suspended}
    return [f"{names[idp]}{texts.colon} {suspended(each, texts)}" for idp, each in reading.suspended.items()]


def _fault(texts: PageTexts, subject: str, reading: SubjectReading) -> str:
    """Name who is at fault that a subject is down; "" of one that is not."""
    fault = reading.fault if reading.state is State.DOWN else None
    return labels.fault_of(fault, subject).in_language(texts.language)


def _title(texts: PageTexts, hub: HubView, subject: str) -> str:
    return subject_title(subject, titles(hub)).in_language(texts.language)


def index(
    view: View,
    snapshot: Snapshot,
    readable: bool,
    pending: Sequence[Pending],
    register: RegisterReading | None = None,
    past: Mapping[str, RecentPast] | None = None,
    dead_families: Mapping[str, int] | None = None,
    notices: Sequence[ServiceNotice] = (),
) -> str:
    """Return the page as a whole HTML document, in the view's language.

    `readable` says whether the ledger could be read; `pending` has the reasons why the service is
    not ready. `past`: what went wrong lately, by hub.
    `dead_families`: 4 or 6, by host. `notices`: what to know of a service that is ready.
    """
    texts, lately, registered = PageTexts.of(view), past or {}, register or RegisterReading()
    return render(
        "index.html.j2",
        texts,
        HUB=HUB,
        OF_THE_HUB=OF_THE_HUB,
        DOWN=State.DOWN,
        UP=State.UP,
        journey_of=journey_of,
        at_client=at_client,
        client_of=client_of,
        query=_query,
        state_of=_state_of,
        title_of=_title,
        why=partial(_why, {key: flag.deactivated_us for key, flag in registered.flags.items()}),
        fault=_fault,
        own_troubles=_own_troubles,
        suspensions=_suspensions,
        unproven=unproven,
        numbers=NUMBERS,
        links=[("/metrics", texts.link_metrics), ("/healthz", texts.link_health), ("/readyz", texts.link_ready)],
        pending=pending,
        notices=notices,
        readable=readable,
        dead_families=sorted((dead_families or {}).items()),
        incidents=registered.open,
        changes={hub: listed for hub, listed in registered.latest_changes.items() if listed},
        titles={hub.name: hub.title or hub.name for hub in view.hubs},
        hubs=[
            (hub, snapshot.hubs.get(hub.name, HubReading()), lately.get(hub.name, RecentPast()).for_template(texts, hub))
            for hub in view.hubs
        ],
    )
