"""Runs one journey: `Prober.run(plan) -> Observation`.

The journey decides which requests to send and what the answers mean. The prober has the sockets,
the deadline, the cookie jar, the politeness, and the handling of its own failures. Nothing that
the network does, and no bug in a journey, ever raises from `run`.

    end of the run             verdict
    the journey concluded      the journey's own
    the deadline passed        the journey receives an answer TIMEOUT, and attributes it itself
    the prober overslept       inconclusive / prober / overslept
    a bug of ours              inconclusive / prober / prober_error, with its frames in the log
"""

import asyncio
import secrets
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Protocol
from urllib.parse import urlsplit

import structlog
from asyncio_throttle.throttler import Throttler

from probe.clock import Clock
from probe.config.models import NO_HEADER, Config, Hub, Network, Politeness
from probe.core.judgement.detail import Detail, DetailKind
from probe.core.judgement.observation import Fault, Kind, Observation, Outcome, Reason, Step
from probe.core.judgement.sighting import Aspect, Sighting
from probe.core.radar.basis import basis
from probe.core.radar.novelty import Novelty
from probe.journeys.exchange import Answer, Ask, Journey, Verdict
from probe.journeys.redact import Redactor
from probe.journeys.site import HubCache, HubCaches, Memory
from probe.logs import frames
from probe.prober.run_clock import RunClock, fired_late
from probe.transport.cookies import Jar
from probe.transport.devices import Devices
from probe.transport.engine import CurlEngines
from probe.transport.failure import OwnProxyError
from probe.transport.families import FamilyTurns, ReachedFamilies
from probe.transport.looks import ConnectionLooks
from probe.transport.request_ids import RequestIds
from probe.transport.resolve import Resolver
from probe.transport.routes import PlannedRoutes
from probe.transport.session import Session
from probe.transport.urls import place

_log = structlog.get_logger(__name__)

MOST_HOPS = 100  # no journey needs so many exchanges; an endless one ends here


class RunnablePlan(Protocol):
    """A journey that the prober can run. `probe.journeys.plan` makes them."""

    @property
    def hub(self) -> Hub: ...
    @property
    def kind(self) -> Kind: ...
    @property
    def idp(self) -> str | None:
        """`Observation.idp`: the IdP, the control target, or what a negative journey asks for."""

    @property
    def account(self) -> str | None:
        """The IdP that knows the citizen's browser: its trusted device is sent and kept."""

    @property
    def backend(self) -> str | None: ...
    @property
    def interval_us(self) -> int: ...
    @property
    def deadline_us(self) -> int: ...
    @property
    def client(self) -> str:
        """`Observation.client`: the client that makes the journey; empty means the main one."""

    @property
    def setup(self) -> str:
        """`Observation.setup`: the digests of the settings that the journey depends on."""

    def redactor(self) -> Redactor:
        """Return what masks the values that no path in the evidence may contain."""

    def network_for(self, host: str) -> Network:
        """Return how a host is reached.

        `host` is `host`, or `host:port` when the port is not the scheme's default.
        """

    @property
    def shows_outward_form(self) -> bool:
        """Whether what the journey sees of the hub's outward form counts."""

    def chain_of(self, host: str) -> Aspect | None:
        """Return whose certificates those of a host are; None: nobody's of interest."""

    def start(self, memory: HubCaches, entropy: Callable[[int], bytes], now_us: int) -> Journey: ...


class Prober:
    """Runs journeys, any number at a time.

    Runs share only resolved names, SSL contexts, politeness, trusted devices,
    and the caches of each hub.
    """

    def __init__(
        self,
        config: Config,
        clock: Clock,
        *,
        entropy: Callable[[int], bytes] = secrets.token_bytes,
        resolver: Resolver | None = None,
    ) -> None:
        self._config = config
        self._clock = clock
        self.memory = Memory()  # each hub's caches, which journeys share
        self._entropy = entropy
        self._resolver = resolver or Resolver()
        self._engines = CurlEngines()
        self._families = ReachedFamilies()
        self._looks = ConnectionLooks()  # of the runs that go on record
        self._turns = FamilyTurns()
        self._devices = Devices()
        self._novelties: defaultdict[str, Novelty] = defaultdict(Novelty)  # by hub
        self._throttles = _HostThrottles(config.politeness)

    def reload(self, config: Config) -> None:
        """Use another configuration from the next run on.

        The caches of the hubs are emptied. Trusted devices are kept.
        """
        self._config = config
        self.memory.forget()
        if config.politeness != self._throttles.politeness:
            self._throttles = _HostThrottles(config.politeness)

    async def run(
        self, plan: RunnablePlan, *, retry: bool = False, lag_us: int = 0, on_record: bool = True, at_most_us: int | None = None
    ) -> Observation:
        """Run one journey under its deadline.

        `retry` and `lag_us` (microseconds) are copied into the observation. `on_record`: the ledger
        will have the observation. If not, the run counts as no look at the hub's outward form, at
        what the hub publishes, at its hosts' families and TLS: these are left for the other runs.
        `at_most_us` (microseconds): a sooner deadline of whoever asks. What fails by it is ours,
        and what is not seen by it is left out.

        Raises only CancelledError, when the run itself is cancelled.
        """
        clock = RunClock(self._clock)
        session: Session | None = None
        try:
            session = self._open(plan, on_record=on_record)
            memory = self.memory if on_record else _Unrecorded(self.memory)
            verdict = await self._conclude(plan, session, memory, clock, at_most_us)
            self._remember_device(plan, session)
        except Exception as error:  # noqa: BLE001 - a bug of ours gives an inconclusive observation, never a crash
            verdict = _bug(plan, error, session)
        finally:
            clock.stop()
            if session is not None:
                session.close()
        if session is not None:
            await session.note_other_families(None if at_most_us is None else at_most_us - clock.elapsed_us)
        sightings = self._sightings(plan, session, verdict, clock) if on_record else ()
        return self._observation(plan, session, clock, verdict, sightings, retry=retry, lag_us=lag_us)

    def _observation(
        self,
        plan: RunnablePlan,
        session: Session | None,
        clock: RunClock,
        verdict: Verdict,
        sightings: tuple[Sighting, ...],
        *,
        retry: bool,
        lag_us: int,
    ) -> Observation:
        return Observation(
            hub=plan.hub.name,
            kind=plan.kind,
            started_us=clock.started_us,
            finished_us=clock.started_us + clock.elapsed_us,
            interval_us=plan.interval_us,
            vantage=self._config.vantage,
            idp=plan.idp,
            backend=plan.backend,
            hops=tuple(session.hops) if session else (),
            retry=retry,
            lag_us=lag_us,
            outcome=verdict.outcome,
            fault=verdict.fault,
            reason=verdict.reason,
            step=verdict.step,
            code=verdict.code,
            coded=verdict.coded,
            on_hub=verdict.on_hub,
            authenticated=verdict.authenticated,
            tiles=verdict.tiles,
            extract=verdict.extract,
            detail=verdict.detail,
            error_id=verdict.error_id,
            setup=plan.setup,
            part=verdict.part,
            sightings=sightings,
            network=self._config.vantage_network or "",
            identity=verdict.identity,
            client=plan.client,
        )

    async def _conclude(self, plan: RunnablePlan, session: Session, memory: HubCaches, clock: RunClock, at_most_us: int | None) -> Verdict:
        run = _Run(plan.start(memory, self._entropy, clock.started_us), session, self._throttles, self._clock)
        verdict = await run.drive(plan.deadline_us, at_most_us)
        # A journey that passed although the loop stood still did pass. A journey during which the
        # machine was suspended cannot be placed in time.
        if clock.slept() or run.starved or (clock.starved and verdict.outcome is Outcome.FAILED):
            return _ours(Reason.OVERSLEPT, verdict.step)
        if run.cut_short and verdict.outcome is Outcome.FAILED:
            return _ours(Reason.TIMEOUT, verdict.step)
        return verdict

    def _sightings(self, plan: RunnablePlan, session: Session | None, verdict: Verdict, clock: RunClock) -> tuple[Sighting, ...]:
        """Return what goes on record of the hub's outward form."""
        if session is None or not plan.shows_outward_form:
            return ()
        seen = list(verdict.sightings)
        for host, chains in session.chains.items():
            if (aspect := plan.chain_of(host)) is not None:
                seen += [Sighting(aspect, host, chain) for chain in sorted(chains)]
        based = [replace(sighting, basis=basis(sighting.aspect, plan.setup)) for sighting in seen]
        return self._novelties[plan.hub.name].worth_recording(based, clock.started_us + clock.elapsed_us)

    def _open(self, plan: RunnablePlan, *, on_record: bool) -> Session:
        device = plan.hub.trusted_device
        known = self._devices.load(plan.hub.name, plan.account or "", device.file) if device else None
        network_for = _Networks(plan).__getitem__
        return Session(
            clock=self._clock,
            routes=PlannedRoutes(plan.hub, plan.backend, network_for),
            engines=self._engines,
            resolver=self._resolver,
            families=self._families,
            looks=self._looks if on_record else ConnectionLooks(),
            turn=self._turns.next_turn((plan.hub.name, plan.kind, plan.idp, plan.backend, plan.client), kept=on_record),
            user_agent=lambda host: network_for(host).user_agent or self._config.user_agent,
            request_ids=RequestIds(self._entropy(16), lambda host: self._request_id_header(plan.kind, network_for(host))),
            redact_path=plan.redactor().path,
            jar=Jar([known] if known else []),
        )

    def _request_id_header(self, kind: Kind, network: Network) -> str:
        """Return the header for a request's id; "" sends none.

        A control target, which is nobody's log to search, gets one only by its own network.
        """
        general = "" if kind is Kind.CONTROL else self._config.request_id
        chosen = network.request_id or general
        return "" if chosen == NO_HEADER else chosen

    def _remember_device(self, plan: RunnablePlan, session: Session) -> None:
        device = plan.hub.trusted_device
        if device is None:
            return
        cookie = session.jar.find(device.cookie, urlsplit(plan.hub.issuer).hostname or "")
        try:
            self._devices.save(plan.hub.name, plan.account or "", cookie, device.file)
        except OSError as error:
            _log.warning("trusted_device_not_saved", hub=plan.hub.name, file=str(device.file), error=error.strerror)


class _Unrecorded:
    """The caches of the hubs, of which a run that does not go on record changes only copies."""

    def __init__(self, caches: HubCaches) -> None:
        self._caches = caches
        self._copies: dict[str, HubCache] = {}

    def of(self, hub: str) -> HubCache:
        if hub not in self._copies:
            cache = self._caches.of(hub)
            self._copies[hub] = replace(cache, published_us=dict(cache.published_us))
        return self._copies[hub]


class _Run:
    """One run of a journey, which is a generator of requests, under its deadline."""

    def __init__(self, journey: Journey, session: Session, throttles: "_HostThrottles", clock: Clock) -> None:
        self._journey = journey
        self._session = session
        self._throttles = throttles
        self._clock = clock
        self.starved = False  # by politeness, or by a deadline that fired far too late
        self.cut_short = False  # by the time that whoever asked gave

    async def drive(self, deadline_us: int, at_most_us: int | None) -> Verdict:
        """Run the journey to its end, or to its deadline. No wait puts `at_most_us` off."""
        step = self._advance(None)
        given_s = None if at_most_us is None else at_most_us / 1_000_000
        try:
            async with asyncio.timeout(given_s) as given, asyncio.timeout(deadline_us / 1_000_000) as deadline:
                while isinstance(step, Ask):
                    await self._wait(step, deadline)
                    await self._wait_politely(step, deadline, deadline_us)
                    step = self._advance(await self._answer(step))
        except TimeoutError:
            if not (given.expired() or deadline.expired() or self.starved):
                raise  # the journey raised it: a bug
            self.cut_short = given.expired()
            self.starved = self.starved or fired_late(given if self.cut_short else deadline)
            return self._end_late(step)
        finally:
            self._journey.close()
        return step

    async def _answer(self, ask: Ask) -> Answer:
        if len(self._session.hops) >= MOST_HOPS:
            return self._no_answer(ask, Reason.REDIRECT_LOOP)
        return await self._session.exchange(ask)

    async def _wait(self, ask: Ask, deadline: asyncio.Timeout) -> None:
        """Wait until the request may be sent, as it asks."""
        wait_us = ask.not_before_us - self._session.since_us
        if wait_us > 0:
            with self._paused(deadline):
                await self._clock.sleep_us(wait_us)

    async def _wait_politely(self, ask: Ask, deadline: asyncio.Timeout, at_most_us: int) -> None:
        """Wait until the host may be sent another request."""
        throttle = self._throttles.of(ask.url)
        if throttle.admits():
            await throttle.acquire()  # at once
            return
        try:
            with self._paused(deadline):
                async with asyncio.timeout(at_most_us / 1_000_000):
                    await throttle.acquire()
        except TimeoutError:
            self.starved = True
            raise

    @contextmanager
    def _paused(self, deadline: asyncio.Timeout) -> Iterator[None]:
        """Put the journey's deadline off by the time that this takes, unless it raises."""
        began_us, due = self._clock.monotonic_us(), deadline.when()
        deadline.reschedule(None)
        yield
        if due is not None:
            deadline.reschedule(due + (self._clock.monotonic_us() - began_us) / 1_000_000)

    def _advance(self, answer: Answer | None) -> Ask | Verdict:
        try:
            return next(self._journey) if answer is None else self._journey.send(answer)
        except StopIteration as end:
            verdict = end.value
        if not isinstance(verdict, Verdict):
            raise TypeError("a journey returned no verdict")
        return verdict

    def _end_late(self, step: Ask | Verdict) -> Verdict:
        """Return the verdict of a journey whose deadline has passed.

        The journey receives TIMEOUT, and may send one more request, which times out too.
        """
        for _ in range(2):
            if isinstance(step, Ask):
                step = self._advance(self._no_answer(step, Reason.TIMEOUT))
        if isinstance(step, Ask):
            raise TimeoutError("a journey went on after its deadline")
        return step

    def _no_answer(self, ask: Ask, why: Reason) -> Answer:
        return Answer(ask.url, at_us=self._clock.now_us(), since_us=self._session.since_us, error=why)


class _Networks(dict[str, Network]):
    """How a journey reaches each host, found out once: each exchange asks three times."""

    def __init__(self, plan: RunnablePlan) -> None:
        self._plan = plan

    def __missing__(self, host: str) -> Network:
        network = self[host] = self._plan.network_for(host)
        return network


class _Throttle(Throttler):
    """Limits the requests to one host.

    asyncio-throttle polls while it waits. That is cheap here, as few requests wait for one host.
    """

    def admits(self) -> bool:
        """Tell whether a request may be sent now."""
        self.flush()  # type: ignore[no-untyped-call]
        return len(self._task_logs) < self.rate_limit

    async def acquire(self) -> None:
        """Return when a request may be sent, and count it."""
        await super().acquire()  # type: ignore[no-untyped-call]


class _HostThrottles:
    """Limits the requests to each host, as `politeness:` says."""

    def __init__(self, politeness: Politeness) -> None:
        self.politeness = politeness
        self._hosts: dict[str, _Throttle] = {}

    def of(self, url: str) -> _Throttle:
        """Return that of the URL's host. It is made at its first use."""
        host, _ = place(url)
        if host not in self._hosts:
            self._hosts[host] = _Throttle(self.politeness.requests, self.politeness.period / 1_000_000)
        return self._hosts[host]


def _ours(reason: Reason, step: Step) -> Verdict:
    return Verdict(Outcome.INCONCLUSIVE, step, Fault.PROBER, reason)


_FIRST_STEP = {Kind.CONTROL: Step.CONTROL, Kind.DIRECT: Step.DIRECT}


def _bug(plan: RunnablePlan, error: Exception, session: Session | None) -> Verdict:
    """Log a bug of ours, and return the verdict for it. Our own proxy's failure is none.

    The log gets the frames and the name of the exception. It does not get its text,
    which may quote a page or a secret.
    """
    step = session.hops[-1].step if session and session.hops else _FIRST_STEP.get(plan.kind, Step.AUTHORIZE)
    if isinstance(error, OwnProxyError):
        detail = Detail(DetailKind.OWN_PROXY, () if error.status is None else (str(error.status),))
        return Verdict(Outcome.INCONCLUSIVE, step, Fault.NETWORK, Reason.CONNECT, detail=detail)
    _log.error(
        "prober_error", hub=plan.hub.name, kind=plan.kind.value, idp=plan.idp, backend=plan.backend,
        error=type(error).__name__, frames=frames(error),
    )  # fmt: skip
    return _ours(Reason.PROBER_ERROR, step)
