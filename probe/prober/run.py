"""Drive one journey: `Prober.run(plan) -> Observation`.

The journey says what to ask and what it means; here are the sockets, the one deadline, the one cookie jar, the
politeness, and our own failures. Nothing that the network does, and no bug in a journey, ever raises from `run`.

    outcome of a run           how it is told
    the journey concluded      its own verdict
    the deadline passed        the journey is sent a TIMEOUT answer, and attributes it itself
    the prober overslept       inconclusive / prober / overslept
    a bug of ours              inconclusive / prober / prober_error, with its traceback in the log
"""

import asyncio
import secrets
from collections.abc import Callable, Collection, Mapping
from typing import Protocol
from urllib.parse import urlsplit

import structlog
from asyncio_throttle.throttler import Throttler

from probe.clock import Clock
from probe.config.formats import Address
from probe.config.models import Config, Hub, Network, Politeness
from probe.core.judgement.observation import Fault, Kind, Observation, Outcome, Reason, Step
from probe.journeys.exchange import Answer, Ask, Journey, Verdict
from probe.journeys.redact import Redactor
from probe.journeys.site import HubCaches, Memory
from probe.logs import frames
from probe.transport.client import HostRoute
from probe.transport.cookies import Devices, Jar
from probe.transport.resolve import Endpoint, Resolver, parse_endpoint
from probe.transport.session import Session
from probe.transport.tls import TlsContexts
from probe.transport.urls import place

_log = structlog.get_logger(__name__)

SUSPENDED_US = 1_000_000  # a run during which the clocks drift apart by more was slept through
STARVED_US = 2_000_000  # a timer that fires later than this says that the loop did not turn
_BEAT_US = 500_000
MOST_HOPS = 100  # no journey needs so many exchanges; an endless one ends here


class RunnablePlan(Protocol):
    """What the prober needs to know of a journey to run it. `probe.journeys` makes them."""

    @property
    def hub(self) -> Hub: ...
    @property
    def kind(self) -> Kind: ...
    @property
    def idp(self) -> str | None:
        """`Observation.idp`: the IdP's name, the control target's, or what is bogus."""

    @property
    def backend(self) -> str | None: ...
    @property
    def interval_us(self) -> int: ...
    @property
    def deadline_us(self) -> int: ...
    @property
    def hidden(self) -> Collection[str]:
        """Values that may stand in no path kept as evidence: the account's and the persona's."""

    def network_for(self, host: str) -> Network:
        """How `host` (`host`, or `host:port` when the port is not the scheme's own) is reached."""

    def start(self, memory: HubCaches, entropy: Callable[[int], bytes], now_us: int) -> Journey: ...


class Prober:
    """Runs journeys, any number at a time. Only names, SSL contexts, politeness and trusted devices are shared between runs."""

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
        self.memory = Memory()  # what journeys remember of each hub between runs
        self._entropy = entropy
        self._resolver = resolver or Resolver()
        self._tls = TlsContexts()
        self._devices = Devices()
        self._manners = _Manners(config.politeness)

    def reload(self, config: Config) -> None:
        """Use another configuration from the next run on; what journeys remember of the old one is forgotten, trusted devices are not."""
        self._config = config
        self.memory.forget()
        if config.politeness != self._manners.politeness:
            self._manners = _Manners(config.politeness)

    async def run(self, plan: RunnablePlan, *, retry: bool = False, lag_us: int = 0) -> Observation:
        """One journey under one deadline. Raises only CancelledError, when the run itself is cancelled."""
        watch = _Watch(self._clock)
        session: Session | None = None
        try:
            session = self._open(plan)
            verdict = await self._conclude(plan, session, watch)
            self._keep_device(plan, session)
        except Exception as error:  # noqa: BLE001 - the last line: a bug of ours is an inconclusive observation, never a crash
            verdict = _bug(plan, error, session)
        finally:
            watch.stop()
            if session is not None:
                await session.aclose()
        return Observation(
            hub=plan.hub.name,
            kind=plan.kind,
            started_us=watch.started_us,
            finished_us=watch.started_us + watch.elapsed_us,
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
        )

    async def _conclude(self, plan: RunnablePlan, session: Session, watch: "_Watch") -> Verdict:
        run = _Run(plan.start(self.memory, self._entropy, watch.started_us), session, self._manners, self._clock)
        verdict = await run.drive(plan.deadline_us)
        # What passed in spite of a loop that stood still did pass; what was slept through cannot be placed in time.
        if watch.slept() or run.starved or (watch.starved and verdict.outcome is Outcome.FAILED):
            return _ours(Reason.OVERSLEPT, verdict.step)
        return verdict

    def _open(self, plan: RunnablePlan) -> Session:
        device = plan.hub.trusted_device
        known = self._devices.load(plan.hub.name, plan.idp or "", device.file) if device else None
        return Session(
            clock=self._clock,
            routes=_Routes(plan),
            tls=self._tls,
            resolver=self._resolver,
            user_agent=lambda host: plan.network_for(host).user_agent or self._config.user_agent,
            redact_path=Redactor(plan.hidden).path,
            jar=Jar([known] if known else []),
        )

    def _keep_device(self, plan: RunnablePlan, session: Session) -> None:
        device = plan.hub.trusted_device
        if device is None:
            return
        cookie = session.jar.find(device.cookie, urlsplit(plan.hub.issuer).hostname or "")
        try:
            self._devices.save(plan.hub.name, plan.idp or "", cookie, device.file)
        except OSError as error:
            _log.warning("trusted_device_not_saved", hub=plan.hub.name, file=str(device.file), error=error.strerror)


class _Run:
    """A generator under one deadline."""

    def __init__(self, journey: Journey, session: Session, manners: "_Manners", clock: Clock) -> None:
        self._journey = journey
        self._session = session
        self._manners = manners
        self._clock = clock
        self.starved = False  # the prober's own doing: politeness, or a deadline seen far too late

    async def drive(self, deadline_us: int) -> Verdict:
        said = self._advance(None)
        try:
            async with asyncio.timeout(deadline_us / 1_000_000) as deadline:
                while isinstance(said, Ask):
                    await self._be_polite(said, deadline, deadline_us)
                    said = self._advance(await self._answer(said))
        except TimeoutError:
            if not (deadline.expired() or self.starved):
                raise  # not ours: a bug in the journey
            self._check_lateness(deadline)
            return self._cut_short(said)
        finally:
            self._journey.close()
        return said

    async def _answer(self, ask: Ask) -> Answer:
        if len(self._session.hops) >= MOST_HOPS:
            return self._no_answer(ask, Reason.REDIRECT_LOOP)
        return await self._session.exchange(ask)

    async def _be_polite(self, ask: Ask, deadline: asyncio.Timeout, at_most_us: int) -> None:
        """Wait for the host's turn; the journey's deadline stands still meanwhile."""
        began_us, due = self._clock.monotonic_us(), deadline.when()
        deadline.reschedule(None)
        try:
            async with asyncio.timeout(at_most_us / 1_000_000):
                await self._manners.turn(ask.url)
        except TimeoutError:
            self.starved = True
            raise
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

    def _check_lateness(self, deadline: asyncio.Timeout) -> None:
        due = deadline.when()
        if due is not None and (asyncio.get_running_loop().time() - due) * 1_000_000 > STARVED_US:
            self.starved = True

    def _cut_short(self, said: Ask | Verdict) -> Verdict:
        """The deadline passed: the journey attributes it, and may insist once."""
        for _ in range(2):
            if isinstance(said, Ask):
                said = self._advance(self._no_answer(said, Reason.TIMEOUT))
        if isinstance(said, Ask):
            raise TimeoutError("a journey went on after its deadline")
        return said

    def _no_answer(self, ask: Ask, why: Reason) -> Answer:
        return Answer(ask.url, at_us=self._clock.now_us(), since_us=self._session.since_us, error=why)


class _Manners:
    """Politeness: per host, at most so many requests a period. Few wait for one host, so asyncio-throttle's polling is cheap."""

    def __init__(self, politeness: Politeness) -> None:
        self.politeness = politeness
        self._hosts: dict[str, Throttler] = {}

    async def turn(self, url: str) -> None:
        host, _ = place(url)
        throttler = self._hosts.get(host)
        if throttler is None:
            throttler = self._hosts[host] = Throttler(self.politeness.requests, self.politeness.period / 1_000_000)
        await throttler.acquire()


class _Watch:
    """A run's clocks: did the machine sleep, did the loop turn?"""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.started_us = clock.now_us()
        self._monotonic_us = clock.monotonic_us()
        self._boottime_us = clock.boottime_us()
        self.starved = False
        self._loop = asyncio.get_running_loop()
        self._beat_us = self._monotonic_us
        self._stopped_us: int | None = None
        self._next = self._loop.call_later(_BEAT_US / 1_000_000, self._beat)

    def stop(self) -> None:
        self._stopped_us = self._clock.monotonic_us()
        self._next.cancel()

    @property
    def elapsed_us(self) -> int:
        return (self._stopped_us or self._clock.monotonic_us()) - self._monotonic_us

    def slept(self) -> bool:
        """The machine was suspended, or a virtual one paused: boot time or the wall clock ran ahead of the monotonic clock.

        A wall clock that was set back is no sleep.
        """
        self._note()
        boottime_us = self._clock.boottime_us() - self._boottime_us
        wall_us = self._clock.now_us() - self.started_us
        return max(boottime_us, wall_us) - self.elapsed_us > SUSPENDED_US

    def _note(self) -> None:
        now_us = self._clock.monotonic_us()
        self.starved = self.starved or now_us - self._beat_us > _BEAT_US + STARVED_US
        self._beat_us = now_us

    def _beat(self) -> None:
        self._note()
        self._next = self._loop.call_later(_BEAT_US / 1_000_000, self._beat)


class _Routes:
    """A plan's networks and backend -> how each host of it is reached."""

    def __init__(self, plan: RunnablePlan) -> None:
        self._plan = plan
        self._backend = plan.hub.backends[plan.backend] if plan.backend is not None else None
        self._behind = _hub_hosts(plan.hub)

    def __call__(self, host: str, port: int) -> HostRoute:
        network = self._plan.network_for(str(Address(host, None if port in (80, 443) else port)))
        return HostRoute(network.ca_file, network.proxy, self._endpoint(network.resolve, host, port))

    def _endpoint(self, resolve: Mapping[str, str], host: str, port: int) -> Endpoint | None:
        where = resolve.get(str(Address(host, port))) or resolve.get(host)
        if self._backend is not None and (host, port) in self._behind:
            where = self._backend
        return parse_endpoint(where, port) if where else None


def _hub_hosts(hub: Hub) -> frozenset[tuple[str, int]]:
    """The hosts that a backend of the hub stands for: its issuer's and its endpoints'."""
    endpoints = hub.endpoints
    urls = (hub.issuer, endpoints.authorization, endpoints.token, endpoints.userinfo, endpoints.jwks)
    parts = [urlsplit(url) for url in urls if url]
    return frozenset((part.hostname or "", part.port or (443 if part.scheme == "https" else 80)) for part in parts)


def _ours(reason: Reason, step: Step) -> Verdict:
    return Verdict(Outcome.INCONCLUSIVE, step, Fault.PROBER, reason)


_FIRST_STEP = {Kind.CONTROL: Step.CONTROL, Kind.DIRECT: Step.DIRECT}


def _bug(plan: RunnablePlan, error: Exception, session: Session | None) -> Verdict:
    """Frames and the exception's name are logged; its text is not: it may quote what a page or a secret said."""
    _log.error(
        "prober_error", hub=plan.hub.name, kind=plan.kind.value, idp=plan.idp, backend=plan.backend,
        error=type(error).__name__, frames=frames(error),
    )  # fmt: skip
    step = session.hops[-1].step if session and session.hops else _FIRST_STEP.get(plan.kind, Step.AUTHORIZE)
    return _ours(Reason.PROBER_ERROR, step)
