"""What a foreign answer makes us raise is told as a failure of whoever sent it, with its evidence.

A page, a token or a document that one of our readers cannot take is a bad answer, and a bad answer is an observation. An exception from
anywhere else in a journey, and one that tells of this machine, is our own trouble and goes on to the prober, which tells it as
`prober_error`: nobody's outage.
"""

from collections.abc import Callable, Iterator
from functools import wraps
from types import ModuleType, TracebackType

import structlog

from probe.journeys import encoding, hubpages, markup, pages, redact, refresh
from probe.journeys.exchange import Answer, Ask, Journey, Verdict
from probe.journeys.site import Entropy, HubMemory, Site
from probe.journeys.walk import Walk
from probe.logs import frames
from probe.oidc import documents, id_token, keys, signed, userinfo

_READERS: tuple[ModuleType, ...] = (encoding, hubpages, markup, pages, redact, refresh, documents, id_token, keys, signed, userinfo)
_NAMES = frozenset(module.__name__ for module in _READERS)

log = structlog.get_logger(__name__)

Body = Callable[[Walk, Entropy, int], Journey]
Start = Callable[[Site, HubMemory, Entropy, int], Journey]


def guard(journey: Journey, tell: Callable[[Ask, Exception], Verdict]) -> Journey:
    """The same journey; an answer that a reader cannot take ends it with what `tell` says of that request and exception."""
    ask: Ask | None = None
    answer: Answer | None = None
    try:
        while True:
            try:
                ask = next(journey) if answer is None else journey.send(answer)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]
            answer = yield ask
    except Exception as error:
        if ask is None or _is_ours(error) or not _from_a_reader(error.__traceback__):
            raise
        log.error("answer_unreadable", step=ask.step.value, error=type(error).__name__, frames=frames(error))
        return tell(ask, error)
    finally:
        journey.close()


def walked(
    *, client_known_good: bool | None = None, concluding: Callable[[Verdict], Verdict] = lambda verdict: verdict
) -> Callable[[Body], Start]:
    """Make a journey of a function that walks: it gets a fresh walk, and answers that cannot be read are told by that walk.

    `concluding`: what such a verdict means to this journey. `client_known_good`: see `Walk`.
    """

    def decorate(body: Body) -> Start:
        @wraps(body)
        def start(site: Site, memory: HubMemory, entropy: Entropy, now_us: int) -> Journey:
            walk = Walk(site, memory, client_known_good=client_known_good)
            return guard(body(walk, entropy, now_us), lambda ask, error: concluding(walk.unreadable(ask, error)))

        return start

    return decorate


def _is_ours(error: Exception) -> bool:
    """Whether it tells of this machine: no reader opens a file of its own, so none was left, or no memory."""
    return isinstance(error, OSError | ImportError | MemoryError)


def _from_a_reader(trace: TracebackType | None) -> bool:
    return any(name in _NAMES for name in _modules(trace))


def _modules(trace: TracebackType | None) -> Iterator[str]:
    while trace is not None:
        yield trace.tb_frame.f_globals.get("__name__", "")
        trace = trace.tb_next
