"""Turns an exception that a foreign answer caused into a failure of the party that sent the answer.

A page, a token or a document that one of our readers cannot take is a bad answer,
and a bad answer is an observation, with its evidence.
Any other exception in a journey, and one that is about this machine, is our own trouble.
It goes on to the prober, which reports it as `prober_error`: nobody's outage.
"""

from collections.abc import Callable, Iterator
from functools import wraps
from types import ModuleType, TracebackType

import structlog

from probe.journeys import details, encoding, hubpages, markup, media_types, noscript, pages, redact, refresh
from probe.journeys.exchange import Answer, Ask, Journey, Verdict
from probe.journeys.site import Entropy, HubCache, JourneySite
from probe.journeys.walk import Walk
from probe.logs import frames
from probe.oidc import documents, id_token, keys, signed, userinfo

_READERS: tuple[ModuleType, ...] = (
    details,
    encoding,
    hubpages,
    markup,
    media_types,
    noscript,
    pages,
    redact,
    refresh,
    documents,
    id_token,
    keys,
    signed,
    userinfo,
)
_NAMES = frozenset(module.__name__ for module in _READERS)

log = structlog.get_logger(__name__)

Body = Callable[[Walk, Entropy, int], Journey]
Start = Callable[[JourneySite, HubCache, Entropy, int], Journey]


def guard(journey: Journey, on_unreadable: Callable[[Ask, Exception], Verdict]) -> Journey:
    """Run the journey, and end it by a verdict at an answer that a reader cannot take.

    `on_unreadable` gets the request and the exception, and gives that verdict.
    Every other exception passes through.
    """
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
        return on_unreadable(ask, error)
    finally:
        journey.close()


def walked(
    *, client_known_good: bool | None = None, concluding: Callable[[Verdict], Verdict] = lambda verdict: verdict
) -> Callable[[Body], Start]:
    """Make a journey of a function that walks.

    The function gets a fresh walk, and that walk gives the verdict on an answer that cannot be
    read. `concluding` turns such a verdict into this journey's own. `client_known_good`:
    see `Walk`.
    """

    def decorate(body: Body) -> Start:
        @wraps(body)
        def start(site: JourneySite, memory: HubCache, entropy: Entropy, now_us: int) -> Journey:
            walk = Walk(site, memory, client_known_good=client_known_good)
            return guard(body(walk, entropy, now_us), lambda ask, error: concluding(walk.unreadable(ask, error)))

        return start

    return decorate


def _is_ours(error: Exception) -> bool:
    """Tell whether an exception is about this machine.

    No reader opens a file of its own, so an OSError means that no descriptor was left.
    """
    return isinstance(error, OSError | ImportError | MemoryError)


def _from_a_reader(trace: TracebackType | None) -> bool:
    return any(name in _NAMES for name in _modules(trace))


def _modules(trace: TracebackType | None) -> Iterator[str]:
    while trace is not None:
        yield trace.tb_frame.f_globals.get("__name__", "")
        trace = trace.tb_next
