"""The pages about the past: an outage with its observations, and an observation hop by hop.

They are linked from the page for people and from tickets, and are as open as that page. Evidence
was redacted before it was stored. What the ledger no longer has is said in words, with status 404.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote

from exporters.http.page import render
from exporters.http.texts import PageTexts
from exporters.http.trace import exchange_rows, summary_rows
from exporters.metrics.readings import HubView, View
from probe.core.incident.scope import ScopeSubject
from probe.core.judgement.observation import Observation
from probe.core.judgement.past import OutageName, OutageStory, PastOutage, StoredObservation
from probe.core.plain_text import visible
from probe.core.times import DAY_US
from probe.errors import NoneSuchError
from probe.texts import judgement as labels
from probe.texts.durations import duration
from probe.texts.figure import unknown_sentence
from probe.texts.subjects import Titles, idp_title, some_idps, subject_title, titles_from
from probe.texts.what_to_do import advice
from probe.texts.why_unknown import unproven

OBSERVATIONS = 100
"""Observations of one outage on its page."""


class ReadablePast(Protocol):
    """Reads past outages and observations. `probe.ledger.past.Past` satisfies it.

    Each call may wait for the database. Instants are UTC microseconds. All raise LedgerError.
    """

    def outages(
        self,
        now_us: int,
        hub: str | None = None,
        *,
        since_us: int | None = None,
        before: OutageName | None = None,
        latest: int | None = None,
    ) -> list[PastOutage]:
        """Return outages in the order of their start."""
        ...

    def story(self, name: OutageName, now_us: int, most: int = OBSERVATIONS) -> OutageStory:
        """Return an outage with its observations. Raises NoneSuchError."""
        ...

    def observation(self, number: int) -> StoredObservation:
        """Return an observation. Raises NoneSuchError."""
        ...

    def latest_failure(self, hub: str) -> StoredObservation | None:
        """Return the newest observation of a hub that failed."""
        ...


class NothingPast:
    """A past in which nothing was observed."""

    def outages(
        self,
        now_us: int,  # noqa: ARG002 - the protocol's signature
        hub: str | None = None,  # noqa: ARG002
        *,
        since_us: int | None = None,  # noqa: ARG002
        before: OutageName | None = None,  # noqa: ARG002
        latest: int | None = None,  # noqa: ARG002
    ) -> list[PastOutage]:
        """Return nothing."""
        return []

    def story(self, name: OutageName, now_us: int, most: int = OBSERVATIONS) -> OutageStory:  # noqa: ARG002
        """Raise NoneSuchError."""
        raise NoneSuchError(f"the ledger knows no outage {name}")

    def observation(self, number: int) -> StoredObservation:
        """Raise NoneSuchError."""
        raise NoneSuchError(f"there is no observation {number}")

    def latest_failure(self, hub: str) -> StoredObservation | None:  # noqa: ARG002
        """Return nothing."""
        return None


# --- the pages about the past


def observation_page(view: View, stored: StoredObservation) -> str:
    """Return the page of one observation."""
    texts = PageTexts.of(view)
    title = texts.observation_no.format(number=stored.number)
    return render("observation.html.j2", texts, title=title, shown=evidence(texts, stored.observation))


def outage_page(view: View, story: OutageStory) -> str:
    """Return the page of one outage: its facts, why, and its observations with links."""
    texts, past = PageTexts.of(view), story.past
    hub = next((hub for hub in view.hubs if hub.name == past.outage.hub), HubView(past.outage.hub))
    return render(
        "outage.html.j2",
        texts,
        title=texts.outage_of.format(subject=_title(texts, hub, past.outage.subject), hub=hub.title or hub.name),
        past=past,
        facts=_facts(texts, past, titles(hub)),
        advice=advice(ScopeSubject.parse(past.outage.subject)) if past.outage.end_us is None else None,
        runbooks=view.runbooks,
        telling=evidence(texts, past.telling.observation) if past.telling else None,
        rows=[_row(texts, hub, stored) for stored in story.observations],
        count=story.count,
    )


def missing_page(view: View, text: str) -> str:
    """Return the page that says what is not there, or cannot be read."""
    texts = PageTexts.of(view)
    return render("missing.html.j2", texts, title=texts.not_there, text=text)


# --- what the page for people shows of it


SHOWN_OUTAGES = 10
SHOWN_FOR_US = 30 * DAY_US
"""Of each hub the page shows the latest outages that were not over by then, so many at most."""


@dataclass(frozen=True, slots=True)
class RecentPast:
    """What went wrong lately at one hub."""

    outages: Sequence[PastOutage] = ()
    failure: StoredObservation | None = None

    def for_template(self, texts: PageTexts, hub: HubView) -> dict[str, Any]:
        """Return what the template shows: rows of outages, the latest first, and the failure."""
        failure = None
        if self.failure is not None:
            failure = {**_row(texts, hub, self.failure), "evidence": evidence(texts, self.failure.observation)}
        return {"outages": [_outage_row(texts, hub, past) for past in reversed(self.outages)], "failure": failure}


def recent(past: ReadablePast, hub: HubView, now_us: int) -> RecentPast:
    """Read what the page shows of a hub's past. Raises LedgerError."""
    found = past.outages(now_us, hub.name, since_us=now_us - SHOWN_FOR_US, latest=SHOWN_OUTAGES)
    return RecentPast(found, past.latest_failure(hub.name))


def evidence(texts: PageTexts, seen: Observation) -> dict[str, Any]:
    """Return what an observation saw, as the templates show it."""
    cells = zip(seen.hops, exchange_rows(seen.hops, texts), strict=True)
    greyed = texts.trace["greyed"]
    return {
        "rows": summary_rows(seen, texts),
        "exchanges": [(*row, visible(hop.request_id or "")) for hop, row in cells],
        "tiles": [visible(tile.uid) + ("" if tile.selectable else f" ({greyed})") for tile in seen.tiles],
        "extract": visible(seen.extract),
    }


def outage_path(name: OutageName) -> str:
    """Return the path of an outage's page."""
    return f"/outages/{quote(name.hub, safe='')}/{quote(name.within_hub, safe='@:')}"


def observation_path(number: int) -> str:
    """Return the path of an observation's page."""
    return f"/observations/{number}"


def titles(hub: HubView) -> dict[str, str]:
    """Return the titles of a hub's subjects that have one of their own."""
    idps, clients = (((one.name, one.title) for one in each) for each in (hub.idps, hub.clients))
    return titles_from(idps, clients, hub.login_missing)


def _title(texts: PageTexts, hub: HubView, subject: str) -> str:
    return subject_title(subject, titles(hub)).in_language(texts.language)


def _outage_row(texts: PageTexts, hub: HubView, past: PastOutage) -> dict[str, Any]:
    return {
        "path": outage_path(past.name),
        "subject": _title(texts, hub, past.outage.subject),
        "start_us": past.outage.start_us,
        "end_us": past.outage.end_us,
        "reason": _reason(texts, past),
        "fault": _fault(texts, past),
    }


def _row(texts: PageTexts, hub: HubView, stored: StoredObservation) -> dict[str, Any]:
    seen = stored.observation
    idp = idp_title(seen.idp or "", seen.client, titles(hub)).in_language(texts.language)
    who = " ".join(part for part in (labels.KINDS[seen.kind].in_language(texts.language), idp) if part)
    return {
        "number": stored.number,
        "started_us": seen.started_us,
        "journey": visible(who),
        "outcome": texts.outcomes[seen.outcome],
        "reason": labels.reason_of(seen).in_language(texts.language),
        "error_id": visible(seen.error_id or ""),
    }


def _reason(texts: PageTexts, past: PastOutage) -> str:
    cause = past.outage.cause
    if cause is None or cause.reason is None:
        return ""
    text = labels.reason_of(cause, past.outage.subject, past.telling.observation if past.telling else None).in_language(texts.language)
    text = f"{text} ({visible(cause.code)})" if cause.code else text
    return labels.with_direct(text, past.direct, texts.language)


def _fault(texts: PageTexts, past: PastOutage) -> str:
    cause = past.outage.cause
    return labels.fault_of(cause.fault, past.outage.subject).in_language(texts.language) if cause else ""


def _facts(texts: PageTexts, past: PastOutage, of_hub: Titles) -> Mapping[str, str]:
    """Return the facts of an outage beside its name, start and end; empty ones are not shown."""
    outage, cause, told = past.outage, past.outage.cause, past.telling
    return {
        texts.down: duration(outage.down_us, texts.language),
        texts.unknown: duration(outage.unknown_us, texts.language) if outage.unknown_us else "",
        texts.unknown_because: unknown_sentence(past.unknown).in_language(texts.language),
        texts.fault: _fault(texts, past),
        texts.affected: some_idps(past.idps, past.watched, of_hub).in_language(texts.language),
        texts.reason: _reason(texts, past),
        texts.step: labels.step(cause.step).in_language(texts.language) if cause and cause.step else "",
        texts.own_setting: unproven(past.changed, texts) if past.changed else "",
        texts.error_id: visible(told.observation.error_id or "") if told else "",
        texts.request_id: visible(told.request_id or "") if told else "",
        texts.corrections: ", ".join(f"{texts.stated[act]} (n° {number})" for number, act in past.corrections),
        texts.imported: texts.yes if past.imported else "",
    }
