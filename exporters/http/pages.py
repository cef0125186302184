"""Makes the page for people: links, the state of the service, incidents, hubs and IdPs.

The page itself is `templates/index.html.j2`: plain HTML with landmarks, headings and captioned
tables, without scripts, in which every text is escaped. The content policy allows its style by a
hash, and forbids everything else.
"""

import base64
import hashlib
from collections.abc import Sequence
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from jinja2.ext import Extension

from exporters.http.texts import PageTexts, Pending
from exporters.metrics.readings import HubReading, RegisterReading, Snapshot, SubjectReading, View
from probe.core.judgement.condition import CONDITIONS, HUB, State, journey_of
from probe.core.times import rfc3339, utc

_STYLE = (
    "body{font-family:sans-serif;line-height:1.5;max-width:60rem;margin:0 auto;padding:1rem;color:#161616;background:#fff}"
    "table{border-collapse:collapse;width:100%;margin:1rem 0}"
    "caption{text-align:left;font-weight:bold;padding:.5rem 0}"
    "th,td{border:1px solid #666;padding:.4rem .6rem;text-align:left;vertical-align:top}"
    "a{color:#000091}"
)
STYLE_HASH = "sha256-" + base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()


class _LinesJoined(Extension):
    """Takes indentation and line ends out of a template, so that it may be laid out for readers."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002 - Jinja's signature
        return "".join(line.strip() for line in source.splitlines())


def _state_of(reading: HubReading, subject: str) -> SubjectReading:
    return reading.subjects.get(subject, SubjectReading())


def _query(hub: str, idp: str) -> str:
    return urlencode({"hub": hub, **({"idp": idp} if idp else {}), "debug": "true"})


_ENVIRONMENT = Environment(
    loader=PackageLoader("exporters.http", "templates"), autoescape=True, undefined=StrictUndefined, extensions=[_LinesJoined]
)
_ENVIRONMENT.globals.update(
    style=_STYLE,
    CONDITIONS=CONDITIONS,
    HUB=HUB,
    DOWN=State.DOWN,
    journey_of=journey_of,
    query=_query,
    rfc3339=rfc3339,
    state_of=_state_of,
    utc=utc,
)
_INDEX = _ENVIRONMENT.get_template("index.html.j2")


def index(view: View, snapshot: Snapshot, readable: bool, pending: Sequence[Pending], register: RegisterReading | None = None) -> str:
    """Return the page as a whole HTML document, in the view's language.

    `readable` says whether the ledger could be read; `pending` has the reasons why the service is
    not ready.
    """
    texts = PageTexts(view.language)
    page = _INDEX.render(
        texts=texts,
        links=[("/metrics", texts.link_metrics), ("/healthz", texts.link_health), ("/readyz", texts.link_ready)],
        pending=pending,
        readable=readable,
        incidents=(register or RegisterReading()).open,
        titles={hub.name: hub.title or hub.name for hub in view.hubs},
        hubs=[(hub, snapshot.hubs.get(hub.name, HubReading())) for hub in view.hubs],
    )
    return page + "\n"
