"""The models of the API's answers about past outages and observations.

`--json` of `vigie outages OUTAGE` and of `vigie observation` prints the same models.
`probe.service.past_answers` fills them in. The rules of `exporters.http.answers` hold here too.
"""

from typing import Annotated

from pydantic import Field

from exporters.http.answers import ApiAnswer, Instant, OneOf, Text
from probe.core.judgement.detail import DetailKind
from probe.core.judgement.observation import Fault, Kind, Outcome


class HopAnswer(ApiAnswer):
    """One exchange of a journey, redacted: no query, no body.

    `number` is its place in the journey, from 1. Times are seconds, null where that did not happen.
    `request_id` is what was sent with it, for a search in the host's log.
    """

    number: int
    step: Text
    method: Text
    host: Text
    path: Text
    status: int | None
    bytes: int | None
    dns_seconds: float | None
    connect_seconds: float | None
    tls_seconds: float | None
    first_byte_seconds: float | None
    transfer_seconds: float | None
    total_seconds: float
    error: Text | None
    certificate_expires: Instant | None
    request_id: Text | None


class TileAnswer(ApiAnswer):
    """One IdP on the mire. Not `listed`: a button beside the list."""

    uid: Text
    selectable: bool
    listed: bool


class DetailAnswer(ApiAnswer):
    """Which name, button or algorithm it was: a closed word, and names to compare with `others`."""

    kind: Annotated[str, OneOf(DetailKind)]
    names: list[Text]
    others: list[Text]


class ObservationAnswer(ApiAnswer):
    """One journey, with its evidence. `error_id` is the hub's own name of the failure.

    `client`: the further client of the hub that made it; null for the main one. `authenticated`:
    the browser was back from the IdP with a code. `on_hub`: the failing exchange was with the hub.
    `extract` is of the failing page, redacted.
    """

    number: int
    hub: Text
    kind: Annotated[str, OneOf(Kind)]
    idp: Text | None
    client: Text | None
    backend: Text | None
    vantage: Text
    started: Instant
    finished: Instant
    duration_seconds: float
    late_seconds: float
    retry: bool
    outcome: Annotated[str, OneOf(Outcome)]
    fault: Annotated[str, OneOf(Fault)] | None
    reason: Text | None
    step: Text | None
    code: Text | None
    error_id: Text | None
    detail: DetailAnswer | None
    on_hub: bool
    authenticated: bool
    tiles: list[TileAnswer]
    hops: list[HopAnswer]
    extract: Text


class StatedAnswer(ApiAnswer):
    """A correction or an excluded window that touches an outage, by its number."""

    number: int
    as_: Text = Field(serialization_alias="as")


class OutageAnswer(ApiAnswer):
    """An outage of a condition, of an IdP, or of the hub for a further client, which `client` then
    names. `end` is null while it lasts.

    `duration_seconds` is the time known to be down, `unknown_seconds` the unknown time within.
    `direct` is the reason for which most calls of the IdP without the hub failed meanwhile, where
    they did and it is another one.
    `observation` is the number of the one that tells why: the first that failed so. `error_id` is
    the hub's name of that failure, `request_id` what was sent with the exchange that failed.
    All three are null once it is deleted.
    """

    id: Text
    hub: Text
    subject: Text
    condition: Text | None
    idp: Text | None
    client: Text | None
    start: Instant
    end: Instant | None
    duration_seconds: float
    unknown_seconds: float
    fault: Annotated[str, OneOf(Fault)] | None
    reason: Text | None
    step: Text | None
    code: Text | None
    direct: Text | None
    observation: int | None
    error_id: Text | None
    request_id: Text | None
    corrections: list[StatedAnswer]
    imported: bool


class OutagesAnswer(ApiAnswer):
    """A page of outages, the latest first. `next` is the address of the next page."""

    outages: list[OutageAnswer]
    next: Text | None


class OutageStoryAnswer(OutageAnswer):
    """An outage with its observations, oldest first.

    `kept` is how many the ledger still has.
    """

    kept: int
    observations: list[ObservationAnswer]
