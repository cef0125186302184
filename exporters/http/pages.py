"""Makes the page for people: links, the state of the service, incidents, hubs and IdPs.

It is plain HTML with landmarks, headings and captioned tables, without scripts. The content policy
allows its style by a hash, and forbids everything else.
"""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from html import escape
from urllib.parse import urlencode

from exporters.http.texts import PageTexts, Pending
from exporters.metrics.readings import HubReading, HubView, IdpView, RegisterReading, Snapshot, SubjectReading, View
from probe.core.incident.model import IncidentState as Progress
from probe.core.incident.model import Severity
from probe.core.judgement.condition import CONDITIONS, HUB, State, journey_of
from probe.core.times import rfc3339, utc
from probe.texts.bilingual import Labels

_STYLE = (
    "body{font-family:sans-serif;line-height:1.5;max-width:60rem;margin:0 auto;padding:1rem;color:#161616;background:#fff}"
    "table{border-collapse:collapse;width:100%;margin:1rem 0}"
    "caption{text-align:left;font-weight:bold;padding:.5rem 0}"
    "th,td{border:1px solid #666;padding:.4rem .6rem;text-align:left;vertical-align:top}"
    "a{color:#000091}"
)
STYLE_HASH = "sha256-" + base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()


def index(view: View, snapshot: Snapshot, readable: bool, pending: Sequence[Pending], register: RegisterReading | None = None) -> str:
    """Return the page as a whole HTML document, in the view's language.

    `readable` says whether the ledger could be read; `pending` has the reasons why the service is
    not ready.
    """
    texts = PageTexts(view.language)
    body = "".join(
        [
            f"<header><h1>{escape(texts.title)}</h1></header>",
            _links(texts),
            "<main>",
            *_service(texts, readable, pending),
            _incidents(texts, view, register or RegisterReading()),
            *(_hub(texts, hub, snapshot.hubs.get(hub.name, HubReading())) for hub in view.hubs),
            "" if view.hubs else f"<p>{escape(texts.nothing_watched)}</p>",
            "</main>",
        ]
    )
    return (
        f'<!DOCTYPE html><html lang="{texts.language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(texts.title)}</title>'
        f"<style>{_STYLE}</style></head><body>{body}</body></html>\n"
    )


def _links(texts: PageTexts) -> str:
    ways = {"/metrics": texts.link_metrics, "/healthz": texts.link_health, "/readyz": texts.link_ready}
    items = "".join(f'<li><a href="{path}">{escape(text)}</a> (<code>{path}</code>)</li>' for path, text in ways.items())
    return f'<nav aria-label="{escape(texts.links)}"><ul>{items}</ul></nav>'


def _service(texts: PageTexts, readable: bool, pending: Sequence[Pending]) -> Iterator[str]:
    if pending:
        reasons = "".join(f"<li>{escape(texts.pending[reason])}</li>" for reason in pending)
        yield f"<p>{escape(texts.not_ready)}</p><ul>{reasons}</ul>"
    else:
        yield f"<p>{escape(texts.ready)}</p>"
    yield f"<p>{escape(texts.intro if readable else texts.unreadable)}</p>"


def _incidents(texts: PageTexts, view: View, register: RegisterReading) -> str:
    titles = {hub.name: hub.title or hub.name for hub in view.hubs}
    heading = f'<section aria-labelledby="incidents"><h2 id="incidents">{escape(texts.incidents)}</h2>'
    if not register.open:
        return f"{heading}<p>{escape(texts.no_incident)}</p></section>"
    rows = "".join(
        f'<tr><th scope="row">{escape(one.reference)}</th><td>{escape(texts.severities[Severity(one.severity)])}</td>'
        f"<td>{escape(titles.get(one.hub, one.hub))}</td><td>{escape(one.title)}</td>"
        f"<td>{escape(texts.progress[Progress(one.state)])}</td><td>{_time(texts, one.received_us)}</td></tr>"
        for one in register.open
    )
    names = (texts.reference, texts.severity, texts.hub, texts.subject, texts.state, texts.received)
    return f"{heading}<table><caption>{escape(texts.incidents)}</caption>{_heads(names)}<tbody>{rows}</tbody></table></section>"


def _hub(texts: PageTexts, hub: HubView, reading: HubReading) -> str:
    whole = reading.subjects.get(HUB, SubjectReading())
    conditions = [
        _row(texts, f'<th scope="row">{escape(texts.conditions[name])}</th>', reading.subjects.get(name, SubjectReading()), texts.holds)
        for name in CONDITIONS
    ]
    idps = [_idp(texts, hub, idp, reading) for idp in hub.idps]
    heading = f"{texts.hub} {hub.title or hub.name}"
    identifier = f"hub-{hub.name}"
    return (
        f'<section aria-labelledby="{escape(identifier)}"><h2 id="{escape(identifier)}">{escape(heading)}</h2>'
        f"<p>{escape(texts.state)}{texts.colon} <strong>{escape(texts.states[whole.state])}</strong>"
        f"{_probe(texts, hub.name, '', heading)}</p>"
        + _table(texts, texts.conditions_caption, texts.condition, conditions)
        + (_table(texts, texts.idps, texts.idp, idps) if idps else "")
        + "</section>"
    )


def _idp(texts: PageTexts, hub: HubView, idp: IdpView, reading: HubReading) -> str:
    name = idp.title or idp.name
    note = f" ({escape(texts.suspended)})" if idp.name in reading.suspended else ""
    head = f'<th scope="row">{escape(name)}{note}{_probe(texts, hub.name, idp.name, name)}</th>'
    return _row(texts, head, reading.subjects.get(journey_of(idp.name), SubjectReading()), texts.states)


def _probe(texts: PageTexts, hub: str, idp: str, name: str) -> str:
    query = urlencode({"hub": hub, **({"idp": idp} if idp else {}), "debug": "true"})
    return f' <a href="/probe?{escape(query)}" aria-label="{escape(f"{texts.probe_it}{texts.colon} {name}")}">{escape(texts.probe_it)}</a>'


def _table(texts: PageTexts, caption: str, first: str, rows: Sequence[str]) -> str:
    heads = _heads((first, texts.state, texts.since, texts.fault))
    return f"<table><caption>{escape(caption)}</caption>{heads}<tbody>{''.join(rows)}</tbody></table>"


def _heads(names: Sequence[str]) -> str:
    heads = "".join(f'<th scope="col">{escape(text)}</th>' for text in names)
    return f"<thead><tr>{heads}</tr></thead>"


def _row(texts: PageTexts, head: str, reading: SubjectReading, states: Labels[State]) -> str:
    fault = texts.faults[reading.fault] if reading.fault and reading.state is State.DOWN else "-"
    return f"<tr>{head}<td>{escape(states[reading.state])}</td><td>{_time(texts, reading.since_us)}</td><td>{escape(fault)}</td></tr>"


def _time(texts: PageTexts, us: int) -> str:
    if not us:
        return "-"
    at = utc(us)
    return f'<time datetime="{rfc3339(us, "seconds")}">{escape(at.strftime(texts.date))}</time>'
