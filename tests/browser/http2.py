"""Answers the requests of a connection of HTTP/2 (RFC 9113) as a row says.

A row writes its answers as over HTTP/1.1. Its fields are sent in small letters, without those that
HTTP/2 has not; where the answer begins by `EXACT`, as they are written. `RST 8` resets the stream
with this code, and `GOAWAY 0` ends the connection: its client closes it. A server that closed it
while something of the client's is unread would reset it, and its last words might be lost.
"""

import asyncio
from collections.abc import Callable

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, Event, RequestReceived, StreamEnded, StreamReset
from h2.exceptions import ProtocolError

from tests.fakes.peers import Request

_NOT_HERE = frozenset({b"connection", b"keep-alive", b"transfer-encoding"})
_END = b"\r\n\r\n"


class Streams:
    """The streams of one connection. `answered` gives what a request is answered by."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answered: Callable[[Request], bytes]) -> None:
        self._reader, self._writer, self._answered = reader, writer, answered
        settings = H2Configuration(client_side=False, validate_outbound_headers=False, normalize_outbound_headers=False)
        self._connection = H2Connection(settings)
        self._heads: dict[int, list[tuple[bytes, bytes]]] = {}
        self._bodies: dict[int, bytes] = {}

    async def serve(self) -> None:
        """Answer until the client leaves, or a row ends the connection."""
        self._connection.initiate_connection()
        while True:
            self._writer.write(self._connection.data_to_send())
            await self._writer.drain()
            if not (data := await self._reader.read(65_536)):
                return
            try:
                events = self._connection.receive_data(data)
            except ProtocolError:
                return
            if any(self._take(event) for event in events):
                self._writer.write(self._connection.data_to_send())
                await self._hear_out()
                return

    async def _hear_out(self) -> None:
        """Read until the client leaves."""
        while await self._reader.read(65_536):
            pass

    def _take(self, event: Event) -> bool:
        """Take what came. Return whether that was the last."""
        if isinstance(event, RequestReceived):
            self._heads[event.stream_id], self._bodies[event.stream_id] = list(event.headers), b""
        elif isinstance(event, DataReceived):
            self._bodies[event.stream_id] += event.data
            self._connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, StreamReset):
            self._heads.pop(event.stream_id, None)
        elif isinstance(event, StreamEnded) and event.stream_id in self._heads:
            head = self._heads.pop(event.stream_id)
            return self._send(event.stream_id, self._answered(_request(head, self._bodies.pop(event.stream_id))))
        return False

    def _send(self, stream: int, answer: bytes) -> bool:
        word, _, code = answer.partition(b" ")
        if word == b"RST":
            self._connection.reset_stream(stream, int(code))
            return False
        if word == b"GOAWAY":
            self._connection.close_connection(int(code), last_stream_id=0)
            return True
        while True:
            head, _, answer = answer.partition(_END)
            lines = head.split(b"\r\n")
            status = lines[0].split()[1]
            fields = [(name, value.strip()) for name, _, value in (line.partition(b":") for line in lines[1:])]
            if not lines[0].startswith(b"EXACT "):
                fields = [(name.lower(), value) for name, value in fields if name.lower() not in _NOT_HERE]
            self._connection.send_headers(stream, [(b":status", status), *fields])
            if status[:1] != b"1":
                break
        self._connection.send_data(stream, answer, end_stream=True)
        return False


def _request(head: list[tuple[bytes, bytes]], body: bytes) -> Request:
    """Return a request as it would have been over HTTP/1.1."""
    told = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in head]
    fields = {name: value for name, value in told if not name.startswith(":")}
    fields["cookie"] = "; ".join(value for name, value in told if name == "cookie")
    named = dict(told)
    return Request(named[":method"], named[":path"], {**fields, "host": named[":authority"]}, body)
