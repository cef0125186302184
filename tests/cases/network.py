"""Our own trouble, our own proxy, answers that are about us, and TLS as browsers speak it."""

import asyncio
import errno
import os
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email.utils import formatdate
from typing import Any

import pycurl
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from probe.clock import SystemClock
from probe.core.judgement.observation import Fault, Kind, Reason
from probe.transport import client
from probe.transport.engine import CurlEngine, CurlFailure
from tests.cases.federation import HOSTS, Change, page
from tests.cases.situation import OK, OURS, Right, Severity, failed, situation
from tests.cases.visits import MIRE, at
from tests.fakes.peers import Request, answer, read_request, serve
from tests.servers.processes import free_port

SEVERE, MEDIUM = Severity.SEVERE, Severity.MEDIUM

# --- T

T = "T: a refusal by our own proxy, told as the hub's"


def through(proxy: int) -> Change:
    """The hub is reached through a proxy on that port only."""

    def change(document: Any, port: int) -> None:
        network = document["hubs"][0]["network"]
        network.pop("resolve")
        network["proxy"] = f"http://127.0.0.1:{proxy}"

    return change


def _proxy_says(status: int, severity: Severity) -> None:
    @situation(f"T1-proxy-{status}", severity, T, "kind of prometheus/blackbox_exporter#1158, #877", OURS)
    async def play(federation):
        async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await read_request(reader)
            writer.write(answer(b"", status))
            await writer.drain()

        async with serve(refuse) as proxy:
            return await federation.watched(Kind.MIRE, change=through(proxy))


for _status, _severity in ((407, SEVERE), (403, SEVERE), (429, MEDIUM)):
    _proxy_says(_status, _severity)


@situation("T2-proxy-down", SEVERE, T, "kind of prometheus/blackbox_exporter#503", OURS)
async def _proxy_down(federation):
    return await federation.watched(Kind.MIRE, change=through(free_port("127.0.0.1")))


# --- V

V = "V: this machine's own trouble, told as the hub's"


@contextmanager
def _connecting_fails(number: int) -> Iterator[None]:
    """No transfer of this process connects: the system answers with this error."""

    async def perform(self: CurlEngine, handle: pycurl.Curl) -> CurlFailure:
        return CurlFailure(pycurl.E_COULDNT_CONNECT, os.strerror(number))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CurlEngine, "perform", perform)
        patch.setattr(client, "system_error", lambda handle: number)
        yield


def _own_error(number: int) -> None:
    name = errno.errorcode[number]
    severity = SEVERE if number == errno.EADDRNOTAVAIL else MEDIUM

    @situation(f"V1-connect-{name}", severity, V, "prometheus/blackbox_exporter#134, #1110, #368", OURS)
    async def play(federation):
        with _connecting_fails(number):
            return await federation.watched(Kind.MIRE)


for _number in (errno.EADDRNOTAVAIL, errno.EPERM, errno.EACCES, errno.ENETDOWN):
    _own_error(_number)


def _clock_off(seconds: int, right: Right = OURS) -> None:
    """Hub, IdP and control target agree on the time. Ours differs."""

    @situation(
        f"V2-our-clock-{seconds:+d}s",
        SEVERE,
        V,
        "zamzterz/Flask-pyoidc#147; IdentityServer4#1298; orthanc-auth-service#39",
        right,
    )
    async def play(federation):
        class Wrong(SystemClock):
            def now_us(self) -> int:
                return super().now_us() + seconds * 1_000_000

        def dated(request: Request) -> bytes:
            date = b"\r\nDate: " + formatdate(usegmt=True).encode() + b"\r\n"
            return federation.usual(request).replace(b"\r\n", date, 1)

        federation.hooks.append(dated)
        return await federation.watched(clock=Wrong())


for _seconds in (-60, -15, 700):
    _clock_off(_seconds)
_clock_off(60, OK)  # what was made lately passes by a clock that is ahead: the metric of our own clock tells of it

# --- W

W = "W: an answer that is about us, not about the service"


def _turned_away(status: int, header: tuple[str, str]) -> None:
    @situation(
        f"W1-hub-answers-{status}-to-us",
        MEDIUM,
        W,
        "kata-containers/tests#4405; louislam/uptime-kuma#3383",
        OURS,
    )
    async def play(federation):
        federation.hooks.append(at("/api/v2/authorize", page("no", status, headers=[header])))
        return await federation.watched(Kind.MIRE)


_turned_away(429, ("Retry-After", "30"))
_turned_away(403, ("cf-mitigated", "challenge"))
_turned_away(202, ("x-amzn-waf-action", "challenge"))


@situation("W2-idp-answers-429-to-us", MEDIUM, W, "RFC 6585, section 4", OURS)
async def _turned_away_by_the_idp(federation):
    federation.on["GET /authorize"] = page("slow down", 429, headers=[("Retry-After", "30")])
    return await federation.watched()


@situation("W3-mire-asks-for-a-captcha", MEDIUM, W, "the products' own documents", OURS)
async def _captcha(federation):
    federation.on[MIRE] = page("<form><div class=h-captcha></div><button>Continuer</button></form>")
    return await federation.watched(Kind.MIRE)


# --- Y


def _tls(
    name: str, severity: Severity, kind: str, source: str, right: Right, settle: Callable[[ssl.SSLContext, Any], None], key=None
) -> None:
    @situation(name, severity, kind, source, right)
    async def play(federation):
        context = federation.authority.server(*HOSTS, key=key() if key else None)
        settle(context, federation.authority.ca_file)
        return await federation.watched(Kind.MIRE, tls=context)


def _only(suite: str) -> Callable[[ssl.SSLContext, Any], None]:
    def settle(context: ssl.SSLContext, ca_file: object) -> None:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(f"{suite}:@SECLEVEL=0")

    return settle


for _suite in ("AES128-GCM-SHA256", "ECDHE-RSA-AES128-SHA", "AES256-SHA", "ECDHE-RSA-CHACHA20-POLY1305"):
    _tls(
        f"Y1-tls12-only-{_suite}",
        SEVERE,
        "Y1: cipher suites that Chrome and Firefox offer and Python's defaults do not",
        "urllib3/urllib3#3031; pyeapi#222",
        OK,
        _only(_suite),
        lambda: rsa.generate_private_key(65537, 2048),
    )


@situation(
    "Y2-tls13-client-certificate-demanded",
    MEDIUM,
    "Y2: an alert after the handshake",
    "ruby/openssl#765; google/conscrypt#777",
    failed(Fault.HUB, reason=Reason.TLS),
)
async def _certificate_demanded(federation):
    """Over TLS 1.3 the client's handshake is over before the server refuses it by an alert.

    asyncio's own server never sends the alert. This one does, and waits until it was read.
    """
    context = federation.authority.server(*HOSTS)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(federation.authority.ca_file)

    async def refuses(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sent, answers = ssl.MemoryBIO(), ssl.MemoryBIO()
        handshake = context.wrap_bio(sent, answers, server_side=True)
        refused = False
        while data := await reader.read(65_536):
            sent.write(data)
            with suppress(ssl.SSLWantReadError):
                try:
                    refused or handshake.do_handshake()
                except ssl.SSLError as error:
                    refused = not isinstance(error, ssl.SSLWantReadError)
            writer.write(answers.read())
            await writer.drain()

    async with serve(refuses) as port:

        def change(document: Any, _: int) -> None:
            document["hubs"][0]["network"]["resolve"]["hub.test"] = f"127.0.0.1:{port}"

        return await federation.watched(Kind.MIRE, change=change)
