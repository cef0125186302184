"""One connection to the port: HTTP/1.1 by uvicorn and h11, with a time limit for the client.

    phase     the client                                              the phase ends
    HEAD      is new, or has sent a part of the head of a request     after HEAD_SECONDS: dropped
    WORK      has sent a whole head, and has no answer yet            with the answer
    READING   has not read its whole answer                           after ANSWER_SECONDS: dropped
    BODY      has its answer, and has not sent its whole body         after HEAD_SECONDS: dropped
    KEPT      has its answer, and has sent nothing since              after KEEP_ALIVE_SECONDS

Bytes that arrive meanwhile do not prolong a phase. The next request of a connection is processed
only when its client has read the answer before: a client that reads nothing causes no work.
"""

import asyncio
from contextlib import suppress
from enum import Enum, auto

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle
from uvicorn.server import ServerState

from exporters.http import connections
from exporters.http.connections import Connections
from exporters.http.headers import HEADERS
from exporters.metrics.readings import DropReason

HEAD_SECONDS = 5.0  # until the head of a request is complete
ANSWER_SECONDS = 30.0  # until an answer is read: longer than a scraper waits
KEEP_ALIVE_SECONDS = 75  # longer than a usual scrape interval: a scraper keeps its connection


class Phase(Enum):
    """The phases of a connection, as the module's table describes them."""

    HEAD = auto()
    WORK = auto()
    READING = auto()
    BODY = auto()
    KEPT = auto()


def lasts(phase: Phase) -> float | None:
    """Return the seconds until a phase ends by itself; None when something else ends it."""
    return {Phase.HEAD: HEAD_SECONDS, Phase.BODY: HEAD_SECONDS, Phase.KEPT: KEEP_ALIVE_SECONDS}.get(phase)


class Connection(H11Protocol):
    """uvicorn's protocol with a time limit for each phase."""

    def __init__(self, config: Config, state: ServerState, all_: Connections) -> None:
        super().__init__(config=config, server_state=state, app_state={}, _loop=asyncio.get_running_loop())
        self._all = all_
        self._aborted = False
        self._yields = False
        self._lost = False
        self._phase: Phase | None = None
        self._end: asyncio.TimerHandle | None = None
        self._first: asyncio.TimerHandle | None = None
        self._unread_end: asyncio.TimerHandle | None = None

    def abort(self) -> None:
        """Close the connection now, or as soon as it begins."""
        self._aborted = True
        transport: asyncio.Transport | None = self.transport  # None at first
        if transport is not None:
            transport.abort()

    # --- calls of the transport

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=0)  # `pause_writing` as soon as a byte is unread
        self._enter(Phase.HEAD)
        # The loop reads sockets before it runs timers, so everything that the client has sent by
        # then is read first.
        self._first = self.loop.call_later(connections.FIRST_SECONDS, self._grace_over)
        if self._aborted:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost = True
        super().connection_lost(exc)
        self._unset_keepalive_if_required()
        for timer in (self._end, self._first, self._unread_end):
            self._stop_timer(timer)
        self._all.lost(self)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._update_phase()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stop_timer(self._unread_end)
        self._unread_end = self.loop.call_later(ANSWER_SECONDS, self._all.drop, self, DropReason.UNREAD)
        self._all.unread(self, self.transport.get_write_buffer_size())
        self._update_phase()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stop_timer(self._unread_end)
        self._all.read(self)
        self.flow.resume_reading()
        self.handle_events()
        self._update_phase()

    # --- calls of uvicorn

    def handle_events(self) -> None:
        if self.transport.is_closing() or self._yields:
            return
        if self.flow.write_paused:
            self.flow.pause_reading()  # until `resume_writing`
            return
        super().handle_events()

    def on_response_complete(self) -> None:
        """Look for another request in the next turn of the loop, after new connections."""
        self._yields = True
        super().on_response_complete()
        self._update_phase()
        self.loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        self._yields = False
        self.handle_events()
        self._update_phase()

    def send_400_response(self, msg: str) -> None:
        """Refuse bytes that are no HTTP.

        When an answer has begun already, the connection is closed without another one.
        """
        self._all.count(DropReason.MALFORMED)
        if self._at_work:
            self.cycle.disconnected = True  # the application cannot answer any more
            self.cycle.message_event.set()
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.abort()
            return
        headers = [*HEADERS, (b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
        answer = (h11.Response(status_code=400, headers=headers, reason=b"Bad Request"), h11.Data(data=msg.encode()), h11.EndOfMessage())
        self.transport.write(b"".join(self.conn.send(event) or b"" for event in answer))
        self.transport.close()

    def shutdown(self) -> None:
        with suppress(h11.LocalProtocolError):  # the connection was broken already
            super().shutdown()
            return
        self.transport.close()

    # --- phases

    @property
    def _asked(self) -> bool:
        """Whether the whole head of a request has arrived."""
        cycle: RequestResponseCycle | None = self.cycle  # None at first
        return cycle is not None

    @property
    def _at_work(self) -> bool:
        return self._asked and not self.cycle.response_complete

    def _update_phase(self) -> None:
        if self.flow.write_paused:
            phase = Phase.READING
        elif self._at_work:
            phase = Phase.WORK
        elif not self._asked:
            phase = Phase.HEAD
        elif self.conn.their_state is h11.SEND_BODY:
            phase = Phase.BODY
        else:
            phase = Phase.HEAD if self.conn.trailing_data[0] else Phase.KEPT
        self._enter(phase)

    def _enter(self, phase: Phase) -> None:
        """Begin a phase. If it is the present one, its time limit stays as it is."""
        if phase is self._phase or self._lost:
            return
        if phase is Phase.WORK:
            self._all.working(self)
        elif self._phase is Phase.WORK:
            self._all.answered(self)
        self._phase = phase
        self._stop_timer(self._end)
        seconds = lasts(phase)
        if seconds is not None:
            self._end = self.loop.call_later(seconds, self._ended, phase)

    def _grace_over(self) -> None:
        if not self._asked:
            self._all.waits(self)

    def _ended(self, phase: Phase) -> None:
        if phase is Phase.KEPT:
            self.transport.close()
        else:
            self._all.drop(self, DropReason.BODY if phase is Phase.BODY else DropReason.HEAD)

    @staticmethod
    def _stop_timer(timer: asyncio.TimerHandle | None) -> None:
        if timer is not None:
            timer.cancel()
