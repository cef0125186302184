"""What a journey and its driver say to each other.

A journey is a generator. It yields an `Ask`, is sent an `Answer`, and returns a `Verdict`:

    def journey(...) -> Generator[Ask, Answer, Verdict]

The driver (`probe.prober.run`) owns sockets, cookies, time and redaction; the journey owns the meaning. A journey never
sees an exception from the network: a failed exchange is an `Answer` whose `error` is set.
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from probe.core.judgement.observation import Fault, Outcome, Reason, Step, Tile
from probe.journeys.encoding import decode


class Channel(StrEnum):
    FRONT = "front"  # the citizen's browser: one fresh cookie jar per journey
    BACK = "back"  # the SP's server: no cookie is ever sent or kept


@dataclass(frozen=True, slots=True)
class Ask:
    """One HTTP request. Redirects are never followed by the driver: every hop is an `Ask`.

    `form` is sent as application/x-www-form-urlencoded, in order, keys may repeat.
    """

    step: Step
    method: str
    url: str
    channel: Channel = Channel.FRONT
    headers: Mapping[str, str] = field(default_factory=dict)
    form: tuple[tuple[str, str], ...] | None = field(default=None, repr=False)
    auth: tuple[str, str] | None = field(default=None, repr=False)  # HTTP Basic


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one `Ask`, or why there is none.

    `url` is the URL asked. `headers` has lower-case keys, repeated ones joined by a comma (never set-cookie).
    `at_us` is the UTC instant of its last byte; `since_us` the monotonic microseconds since the journey started, and
    `asked_us` the same when the request was sent.
    """

    url: str
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    at_us: int = 0
    since_us: int = 0
    error: Reason | None = None  # one of the transport reasons
    asked_us: int = 0

    @property
    def text(self) -> str:
        """The body as text, in the encoding that a browser would take it for (see `probe.journeys.encoding`)."""
        return decode(self.body, self.headers.get("content-type", ""))

    @property
    def is_redirect(self) -> bool:
        return self.status in (301, 302, 303, 307, 308) and "location" in self.headers


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a journey concluded. The driver adds who, when and the hops, and makes the `Observation`."""

    outcome: Outcome
    step: Step
    fault: Fault | None = None
    reason: Reason | None = None
    code: str | None = None
    coded: bool = False
    on_hub: bool = False
    authenticated: bool = False
    tiles: tuple[Tile, ...] = ()
    extract: str = field(default="", repr=False)


Journey = Generator[Ask, Answer, Verdict]
