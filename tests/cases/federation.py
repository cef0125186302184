"""A hub and an IdP on one real TLS socket, whose every answer can be replaced by bytes.
The real prober visits them.

Unless told otherwise, they answer as the hub in memory does (`FakeHub`).
"""

import asyncio
import json
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from probe.clock import Clock, SystemClock
from probe.config.models import Config
from probe.core.judgement.corroboration import Neighbours, corroborate
from probe.core.judgement.observation import Kind, Observation, Step
from probe.journeys.exchange import Ask, Channel
from probe.journeys.plan import plan
from probe.prober.run import Prober
from tests.fakes.hub import UID, FakeHub, secrets, settings, tile
from tests.fakes.peers import Authority, Request, read_request, serve

HOSTS = ("hub.test", "idp.test", "elsewhere.test", "sp.test", "*.idp.test", "*.hub.test", "xn--idp-dma.test")
NAMES = {
    Kind.IDENTITY: "impots",
    Kind.LOGIN_PAGE: "impots",
    Kind.DIRECT: "impots",
    Kind.CONTROL: "elsewhere",
}

Headers = Iterable[tuple[str, str]]
Reply = bytes | Callable[[Request], bytes]
Hook = Callable[[Request], bytes | None]
Change = Callable[[dict[str, Any], int], None]
"""Changes a configuration document; it is told the port on which hub and IdP are."""

HTML = (("Content-Type", "text/html; charset=utf-8"),)
JSON = (("Content-Type", "application/json"),)


# --- answers, as bytes


def raw(body: str | bytes = b"", status: int = 200, headers: Headers = ()) -> bytes:
    """An answer with a length and these headers, in this order."""
    data = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", f"Content-Length: {len(data)}"]
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + data


def page(
    body: str,
    status: int = 200,
    *,
    body_id: str = "",
    title: str = "Page",
    headers: Headers = (),
    content_type: str = "text/html; charset=utf-8",
    encoding: str = "utf-8",
    head: str = "",
) -> bytes:
    """An HTML page. What `head` has is within its `<head>`."""
    text = f"<!doctype html><html><head>{head}<title>{title}</title></head><body id='{body_id}'>{body}</body></html>"
    return raw(text.encode(encoding), status, [("Content-Type", content_type), *headers])


def mire_page(*tiles: str, before: str = "", headers: Headers = ()) -> bytes:
    """The page on which one picks an IdP, with `before` ahead of its tiles."""
    listed = "".join(tiles or (tile(UID), tile("other")))
    return page(f"{before}<ul>{listed}</ul>", body_id="fc-interaction-page", title="Connexion", headers=headers)


def redirect(url: str, status: int = 302, headers: Headers = ()) -> bytes:
    """An answer that sends elsewhere."""
    return raw(b"", status, [("Location", url), *headers])


def document(value: object) -> bytes:
    """A JSON document."""
    return raw(json.dumps(value), 200, JSON)


def body_of(answer: bytes) -> bytes:
    """What follows an answer's head."""
    return answer.partition(b"\r\n\r\n")[2]


def form_of(request: Request) -> list[tuple[str, str]]:
    """The fields of a form that was sent urlencoded, one character a byte."""
    return parse_qsl(request.body.decode("latin-1"), keep_blank_values=True)


# --- the federation


@dataclass
class Federation:
    """What it answers: `on` by "METHOD /path", `hooks` before that; who asked is in `asked`.

    `names`: what its hosts are called instead, with a port or without.
    """

    authority: Authority
    hub: FakeHub = field(default_factory=FakeHub)
    on: dict[str, Reply] = field(default_factory=dict)
    hooks: list[Hook] = field(default_factory=list)
    asked: list[Request] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)

    def usual(self, request: Request) -> bytes:
        """What a healthy federation answers now."""
        self.hub.clock_us = time.time_ns() // 1_000
        host = request.headers.get("host", "")
        url = f"https://{next((old for old, new in self.names.items() if new == host), host)}{request.target}"
        form = tuple(form_of(request)) if request.body else None
        answer = self.hub.answer(Ask(Step.MIRE, request.method, url, Channel.FRONT, {}, form))
        headers = {name: self._renamed(value) for name, value in answer.headers.items()}
        return raw(self._renamed(answer.body.decode()), answer.status or 200, headers.items())

    def _renamed(self, text: str) -> str:
        for old, new in self.names.items():
            text = text.replace(old, new)
        return text

    def _answer(self, request: Request) -> bytes:
        for hook in self.hooks:
            if (given := hook(request)) is not None:
                return given
        reply = self.on.get(f"{request.method} {request.target.partition('?')[0]}", self.usual)
        return reply(request) if callable(reply) else reply

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            request = await read_request(reader)
            self.asked.append(request)
            answer = self._answer(request)
            writer.write(answer)
            await writer.drain()
            head = answer.partition(b"\r\n\r\n")[0].lower()
            if b"content-length" not in head and b"chunked" not in head:
                return

    async def watched(
        self,
        kind: Kind = Kind.IDENTITY,
        *,
        change: Change | None = None,
        secret: Mapping[str, str] | None = None,
        tls: ssl.SSLContext | None = None,
        clock: Clock | None = None,
        **sp: object,
    ) -> Observation:
        """One journey of the real prober, judged as the first of a watch whose settings passed.

        `sp` are settings of the service provider.
        """
        async with serve(self.serve, tls or self.authority.server(*HOSTS)) as port:
            config = self.config(port, change, sp)
            prepared = plan(config, secrets(**(secret or {})), "fc", kind, NAMES.get(kind))
            seen = await Prober(config, clock or SystemClock()).run(prepared)
        return corroborate(seen, Neighbours())

    def config(self, port: int, change: Change | None, sp: Mapping[str, object]) -> Config:
        """One hub with one IdP, both on `port` of this machine."""
        network = {"ca_file": str(self.authority.ca_file)}
        document = settings(**sp)
        hub = document["hubs"][0]
        hub["network"] = {**network, "resolve": dict.fromkeys(HOSTS[:3], f"127.0.0.1:{port}")}
        hub["deadlines"] = {"mire": "8s", "journey": "8s", "direct": "5s"}
        hub["idps"][0]["network"] = {**network, "resolve": dict.fromkeys(HOSTS[:2], f"127.0.0.1:{port}")}
        if change:
            change(document, port)
        return Config.model_validate(json.loads(self._renamed(json.dumps(document))))


def told(observation: Observation) -> str:
    """`outcome/fault/reason@step`, in machine words."""
    words = (observation.outcome, observation.fault, observation.reason)
    return "/".join(word.value if word else "-" for word in words) + f"@{observation.step.value if observation.step else '-'}"
