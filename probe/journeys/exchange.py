"""The messages between a journey and its driver.

A journey is a generator. It yields an `Ask`, receives an `Answer`, and returns a `Verdict`:

    def journey(...) -> Generator[Ask, Answer, Verdict]

The driver (`probe.prober.run`) does the I/O: sockets, cookies, time and redaction.
The journey gives the meaning. It never sees an exception of the network:
a failed exchange is an `Answer` whose `error` is set.
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from probe.core.judgement.detail import Detail
from probe.core.judgement.observation import Fault, Outcome, Reason, ReturnedIdentity, SetupPart, Step, Tile
from probe.core.judgement.sighting import Sighting
from probe.journeys import referrer
from probe.journeys.encoding import decode, find_encoding
from probe.journeys.form_data import Enctype

UNAUTHORIZED = 401
"""RFC 9110, section 15.5.2: "it lacks valid authentication credentials"."""


class Channel(StrEnum):
    """The channel of a request."""

    FRONT = "front"  # the citizen's browser: one fresh cookie jar per journey
    BACK = "back"  # the SP's server: no cookie is ever sent or kept


@dataclass(frozen=True, slots=True)
class Ask:
    """One HTTP request. The driver follows no redirect: every hop is an `Ask`.

    `form` is sent in order, as `encoding` and `enctype` say; a key may occur several times.
    `sent_by` is the address of the page that made the browser ask, through any redirects
    (None for no page): it decides which cookies go along, and with `referrer_policy` which
    headers name that page (`probe.journeys.referrer`).
    `not_before_us`: the driver waits, and its deadline stands still, until so many microseconds
    have passed since the journey started.
    """

    step: Step
    method: str
    url: str
    channel: Channel = Channel.FRONT
    headers: Mapping[str, str] = field(default_factory=dict)
    form: tuple[tuple[str, str], ...] | None = field(default=None, repr=False)
    auth: tuple[str, str] | None = field(default=None, repr=False)  # HTTP Basic
    encoding: str = "utf-8"
    enctype: Enctype = Enctype.URLENCODED
    sent_by: str | None = field(default=None, repr=False)
    referrer_policy: str = referrer.DEFAULT
    not_before_us: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one `Ask`, or the reason why there is none.

    `url` is the URL that was asked. `headers` has lower-case keys;
    repeated headers are joined by a comma, and set-cookie is never there.
    `at_us` is the UTC instant of the last byte, in microseconds. `since_us` (last byte)
    and `asked_us` (request sent) are monotonic microseconds since the journey started.
    """

    url: str
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    at_us: int = 0
    since_us: int = 0
    error: Reason | None = None  # one of the transport reasons
    asked_us: int = 0
    issuer_not_sent: bool = False  # the server does not send the certificate that signed its own

    def word(self, header: str) -> str:
        """Return the value of a header before its parameters, in small letters; "" without it."""
        return self.headers.get(header, "").partition(";")[0].strip().lower()

    @property
    def encoding(self) -> str:
        """The name of the encoding that a browser would choose."""
        return find_encoding(self.body, self.headers.get("content-type", ""))

    @property
    def text(self) -> str:
        """The body as text."""
        return decode(self.body, self.encoding)

    @property
    def is_redirect(self) -> bool:
        """Whether a browser goes elsewhere: an empty `Location` leads nowhere in Chromium."""
        return self.status in (301, 302, 303, 307, 308) and bool(self.headers.get("location", "").strip())


@dataclass(frozen=True, slots=True)
class Verdict:
    """The conclusion of a journey.

    The driver adds vantage, time and hops, and makes the `Observation`. `part`: of our own set-up,
    the part on which the failure depends. `sightings`: what was seen of the hub's outward form.
    `identity`: what is kept of the identity that came.
    """

    outcome: Outcome
    step: Step
    fault: Fault | None = None
    reason: Reason | None = None
    code: str | None = None
    coded: bool = False
    on_hub: bool = False
    authenticated: bool = False
    tiles: tuple[Tile, ...] = ()
    detail: Detail | None = None
    extract: str = field(default="", repr=False)
    error_id: str | None = None
    part: SetupPart | None = None
    sightings: tuple[Sighting, ...] = ()
    identity: ReturnedIdentity | None = None


Journey = Generator[Ask, Answer, Verdict]
