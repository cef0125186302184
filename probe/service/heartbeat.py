"""Calls an address for as long as the watch really watches: a dead man's switch.

Whoever answers there raises an alarm when the calls end. So no call is made while nothing is
observed, or what is observed is not written: then silence is the message.

Theory of operation
-------------------
    due       once in `interval`, from the event loop: a loop that stands still sends nothing
    withheld  while the ledger refuses or lags, a write to the ledger hangs, or a hub has not been
              observed for three of its shortest intervals
    sent      one request with its own deadline, which follows no redirect. Any 2xx is an answer
A receiver that is away delays nothing and nobody: it is logged once, and counted.
"""

import asyncio
from collections.abc import Callable, Sequence

import structlog

from exporters.http.texts import Pending
from exporters.metrics.heartbeat import HeartbeatMeters
from probe.clock import Clock
from probe.config.heartbeat import Heartbeat
from probe.core.judgement.observation import Observation
from probe.ledger.recorder import Recorded
from probe.logs import frames
from probe.service.service_manager import PATIENCE_US
from probe.service.settings import WatchSettings
from probe.tickets.message import TicketError
from probe.tickets.wire import Wire
from probe.transport.failure import LocalError
from probe.transport.tls import TlsContexts

DEADLINE_SECONDS = 10.0
A_LOOK_US = 1_000_000
"""How often it is looked whether a heartbeat is due, or configured by now."""
_MISSED = 3
_SLACK_US = 30_000_000  # a journey that fails lasts until its deadline

log = structlog.get_logger(__name__)


class HeartbeatSender:
    """Sends the heartbeat of the configuration in force."""

    def __init__(
        self,
        settings: WatchSettings,
        clock: Clock,
        meters: HeartbeatMeters,
        *,
        pending: Callable[[], Sequence[Pending]],
        stuck_us: Callable[[], int],
    ) -> None:
        """`pending`: why the service is not ready. `stuck_us`: for how long the write to the ledger
        that is under way has lasted.
        """
        self._settings = settings
        self._clock = clock
        self._meters = meters
        self._pending = pending
        self._stuck_us = stuck_us
        self._tls = TlsContexts()
        self._seen_us: dict[str, int] = {}
        self._due_us = 0
        self._told = ""

    def recorded(self, recorded: Recorded) -> None:
        """Take note of an observation that is durable."""
        observation: Observation = recorded.observation
        if observation.hub:
            self._seen_us[observation.hub] = self._clock.boottime_us()

    async def run(self) -> None:
        """Send heartbeats until cancelled."""
        while True:
            wanted = self._settings.config.heartbeat
            self._meters.configured(wanted.interval if wanted else 0)
            now_us = self._clock.boottime_us()
            if wanted and now_us >= self._due_us:
                self._due_us = now_us + wanted.interval
                await self.beat(wanted)
            await self._clock.sleep_us(A_LOOK_US)

    async def beat(self, wanted: Heartbeat) -> None:
        """Send one heartbeat, unless it has to be withheld."""
        why = self._withheld()
        if why:
            self._meters.withheld()
            self._tell("heartbeat_withheld", why)
            return
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                trouble = await self._send(wanted)
        except TimeoutError:
            trouble = "no answer within the deadline"
        except (TicketError, LocalError) as error:
            trouble = str(error)
        except Exception as error:  # noqa: BLE001 - our bug must not end the watch
            log.error("heartbeat_bug", error=type(error).__name__, frames=frames(error))
            trouble = f"a bug of ours ({type(error).__name__})"
        if trouble:
            self._meters.failed()
            self._tell("heartbeat_not_taken", trouble)
            return
        self._meters.sent(self._clock.now_us())
        self._tell("", "")

    def _withheld(self) -> str:
        """Return why nobody may be told that the watch goes on; empty when it does."""
        if pending := [each for each in self._pending() if each is not Pending.FIRST_ROUND]:
            return ", ".join(each.value for each in pending)
        if self._stuck_us() >= PATIENCE_US:
            return "a write to the ledger hangs"
        quiet = [hub for hub, patience_us in self._patience().items() if self._quiet_us(hub) > patience_us]
        return f"nothing was observed of {', '.join(quiet)}" if quiet else ""

    def _patience(self) -> dict[str, int]:
        """Return, by hub, for how long it may go unobserved."""
        shortest: dict[str, int] = {}
        for target in self._settings.targets.values():
            if target.hub:
                shortest[target.hub] = min(shortest.get(target.hub, target.interval_us), target.interval_us)
        return {hub: _MISSED * interval_us + _SLACK_US for hub, interval_us in shortest.items()}

    def _quiet_us(self, hub: str) -> int:
        return self._clock.boottime_us() - self._seen_us.get(hub, 0)

    async def _send(self, wanted: Heartbeat) -> str:
        """Make the request. Return what is wrong with its answer; empty when nothing is.

        Raises TicketError when there is no answer, LocalError when `ca_file` cannot be read.
        """
        secrets = self._settings.secrets
        url = secrets[wanted.secret_url] if wanted.secret_url else wanted.url or ""
        headers = {"user-agent": self._settings.config.user_agent}
        if wanted.token:
            headers["authorization"] = f"Bearer {secrets[wanted.token]}"
        wire = Wire(url, self._tls.get(wanted.ca_file), headers)
        try:
            answer = await wire.exchange(wanted.method, "/" if url.endswith("/") else "")
        finally:
            await wire.close()
        return "" if answer.ok else f"HTTP {answer.status}"  # its text may repeat the address, which may be a secret

    def _tell(self, event: str, why: str) -> None:
        """Log a change, and no repetition."""
        if (told := f"{event} {why}".strip()) == self._told:
            return
        before, self._told = self._told, told
        if event:
            log.warning(event, why=why)
        elif before:
            log.info("heartbeat_sent_again")
