"""Names, connections, TLS, proxies and timings, on real sockets."""

import asyncio
import datetime as dt
import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from probe.config import authorities
from probe.config.models import Network
from probe.core.judgement.detail import Detail, DetailKind
from probe.core.judgement.observation import Fault, Outcome, Reason, Step, TlsFacts
from probe.journeys.exchange import Ask, Channel
from probe.transport.failure import ResolveError
from probe.transport.resolve import Resolver
from tests.fakes.peers import Authority, ConnectProxy, Names, Site, Walk, answer, asks, get, hub, prober, read_request, run, says, serve


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def reason_for(url: str, network: Network | None = None, resolver: Names | None = None) -> Reason | None:
    observation = await run(Walk(get(url), network=network or Network()), resolver)
    assert (observation.outcome is Outcome.OK) == (observation.reason is None)
    return observation.reason


# --- names and connections


async def test_a_refused_port_is_connect() -> None:
    assert await reason_for(f"http://127.0.0.1:{free_port()}/") == Reason.CONNECT


@pytest.mark.parametrize("name", ["a" * 64 + ".invalid", "two..dots"])
async def test_an_impossible_name_is_dns(name: str) -> None:
    assert await reason_for(f"http://{name}/") == Reason.DNS


@pytest.mark.parametrize("name", ["b\u00fccher.test", "xn--bcher-kva.test"])
async def test_a_name_with_letters_beyond_ascii_is_asked_for_in_ascii(name: str) -> None:
    site, names = Site(), Names({"xn--bcher-kva.test": ["127.0.0.1"]})
    async with serve(site) as port:
        assert await reason_for(f"http://{name}:{port}/", resolver=names) is None
    assert (names.asked, site.asked[0].headers["host"]) == (["xn--bcher-kva.test"], f"xn--bcher-kva.test:{port}")


async def test_a_name_without_address_is_dns(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nothing)
    assert await reason_for("http://hub.invalid/") == Reason.DNS


async def test_a_hung_resolver_is_cut_at_the_deadline_and_holds_up_no_other_name(monkeypatch: pytest.MonkeyPatch) -> None:
    from threading import Event

    real, release, lookups = socket.getaddrinfo, Event(), []

    def hang(host: str, *rest: object, **options: object) -> object:
        lookups.append(host)
        if host == "hung.invalid":
            release.wait(10)
        return real("127.0.0.1", *rest, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    try:
        async with serve(Site()) as port:
            resolver = Names()
            hung = [asyncio.create_task(run(Walk(get("http://hung.invalid/"), deadline_us=4_000_000), resolver)) for _ in range(80)]
            fine = await run(Walk(get(f"http://fine.invalid:{port}/")), resolver)
            # ended while the others still hung
            assert fine.finished_us - fine.started_us < 3_500_000
            assert {observation.reason for observation in await asyncio.gather(*hung)} == {Reason.TIMEOUT}
    finally:
        release.set()
    assert lookups.count("hung.invalid") == 1  # those who ask at the same time share one lookup


async def test_a_name_is_looked_up_timed_and_its_next_address_tried_when_one_refuses() -> None:
    async with serve(Site(), host="127.0.0.3") as port:
        walk = Walk(get(f"http://hub.test:{port}/"))
        observation = await run(walk, Names({"hub.test": ["127.0.0.2", "127.0.0.3"]}))
    hop = observation.hops[0]
    assert (observation.outcome, hop.host) == (Outcome.OK, f"hub.test:{port}")
    assert hop.dns_us is not None
    assert hop.connect_us is not None


@contextmanager
def silent(host: str, port: int) -> Iterator[None]:
    """A place that answers no attempt to connect: its queue is full."""
    with socket.socket() as listener, ExitStack() as waiting:
        listener.bind((host, port))
        listener.listen(0)
        for _ in range(4):
            client = waiting.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex((host, port))
        yield


async def test_a_silent_first_address_holds_up_no_other() -> None:
    async with serve(Site(), host="127.0.0.3") as port:
        with silent("127.0.0.2", port):
            observation = await run(Walk(get(f"http://hub.test:{port}/")), Names({"hub.test": ["127.0.0.2", "127.0.0.3"]}))
    assert observation.outcome is Outcome.OK
    assert 150_000 <= (observation.hops[0].connect_us or 0) < 4_000_000


async def test_when_no_address_answers_it_is_connect() -> None:
    names = Names({"hub.test": ["127.0.0.2", "127.0.0.3"]})
    assert await reason_for(f"http://hub.test:{free_port()}/", resolver=names) == Reason.CONNECT


@pytest.mark.parametrize("key", ["hub.test", "hub.test:8443"])
@pytest.mark.parametrize("value", ["127.0.0.1:{port}", " 127.0.0.1:{port} "])
async def test_resolve_maps_a_host_and_asks_no_name_server(key: str, value: str) -> None:
    site, names = Site(), Names()
    async with serve(site) as port:
        network = Network.model_construct(resolve={key: value.format(port=port)})
        observation = await run(Walk(get("http://hub.test:8443/page"), network=network), names)
    assert observation.outcome is Outcome.OK
    assert (site.asked[0].headers["host"], names.asked, observation.hops[0].dns_us) == ("hub.test:8443", [], None)


async def test_a_backend_stands_for_the_hubs_host_and_for_no_other() -> None:
    hub_site, idp_site = Site(), Site()
    async with serve(hub_site) as node, serve(idp_site) as idp:
        walk = Walk(
            get("http://hub.test/authorize", f"http://127.0.0.1:{idp}/login"),
            hub=hub("http://hub.test", backends={"node-2": f"127.0.0.1:{node}"}),
            backend="node-2",
        )
        observation = await run(walk)
    assert (observation.outcome, observation.backend) == (Outcome.OK, "node-2")
    assert [site.asked[0].headers["host"] for site in (hub_site, idp_site)] == ["hub.test", f"127.0.0.1:{idp}"]


async def test_each_host_has_its_own_network(authority: Authority, tmp_path: Path) -> None:
    other = Authority(tmp_path, "Other CA")
    async with serve(Site(), authority.server()) as one, serve(Site(), other.server()) as two:
        networks = {
            f"127.0.0.1:{one}": Network(ca_file=authority.ca_file, user_agent="for the hub"),
            f"127.0.0.1:{two}": Network(ca_file=other.ca_file),
        }
        observation = await run(Walk(get(f"https://127.0.0.1:{one}/", f"https://127.0.0.1:{two}/"), networks=networks))
    assert observation.outcome is Outcome.OK


# --- TLS


async def test_a_certificate_of_a_known_authority_is_accepted_and_its_expiry_told(authority: Authority) -> None:
    async with serve(Site(), authority.server(lasts=dt.timedelta(days=12))) as port:
        observation = await run(Walk(get(f"https://127.0.0.1:{port}/"), network=Network(ca_file=authority.ca_file)))
    hop = observation.hops[0]
    assert hop.certificate_expires_us is not None
    assert abs(hop.certificate_expires_us - observation.started_us - 12 * 86_400_000_000) < 60_000_000
    assert hop.tls_us is not None
    assert hop.tls_us > 0


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
async def test_how_a_connection_is_secured_is_told_once_a_minute_for_each_host(version: str, authority: Authority) -> None:
    context = authority.server()
    context.minimum_version = context.maximum_version = getattr(ssl.TLSVersion, version.replace(".", "_"))
    async with serve(Site(), context) as port:
        walk, one = Walk(get(f"https://127.0.0.1:{port}/"), network=Network(ca_file=authority.ca_file)), prober()
        first, second = (await one.run(walk)).hops[0].tls, (await one.run(walk)).hops[0].tls
    suite = "ECDHE-ECDSA-AES256-GCM-SHA384" if version == "TLSv1.2" else "TLS_AES_256_GCM_SHA384"
    assert (first, second) == (TlsFacts(version, suite, "Test CA"), None)


@pytest.mark.parametrize("named", ["variable", "known"])
async def test_an_authority_that_only_the_system_trusts_is_trusted_where_that_is_asked_for(
    named: str, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """config/vigie.yml: `system` trusts what the system trusts, its administrators' own too."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    if named == "variable":
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.ca_file))
    else:
        monkeypatch.setattr(authorities, "_STORES", ("/nowhere", str(authority.ca_file)))
    async with serve(Site(), authority.server()) as port:
        assert await reason_for(f"https://127.0.0.1:{port}/", Network(ca_file=authorities.SYSTEM)) is None
        assert await reason_for(f"https://127.0.0.1:{port}/") == Reason.TLS


async def test_an_unknown_authority_is_tls(authority: Authority, tmp_path: Path) -> None:
    async with serve(Site(), authority.server()) as port:
        assert await reason_for(f"https://127.0.0.1:{port}/") == Reason.TLS
        assert await reason_for(f"https://127.0.0.1:{port}/", Network(ca_file=Authority(tmp_path, "Other CA").ca_file)) == Reason.TLS


async def test_a_chain_without_its_intermediate_is_told_apart_from_other_broken_ones(authority: Authority, tmp_path: Path) -> None:
    """Chromium fetches it from the address that the certificate names (docs/browser.md)."""
    place = "http://aia.test/issuer.der"
    intermediate = authority.below("Intermediate")
    cases = {
        "not sent": intermediate.server(issuer_at=place),
        "not sent, nor told where": intermediate.server(),
        "expired": authority.server(lasts=dt.timedelta(days=-1), issuer_at=place),
        "of another host": authority.server("other.test", issuer_at=place),
    }
    told = dict[str, bool]()
    for name, context in cases.items():
        async with serve(Site(), context) as port:
            walk = Walk(get(f"https://127.0.0.1:{port}/"), network=Network(ca_file=authority.ca_file))
            assert (await prober().run(walk)).reason is Reason.TLS
            told[name] = walk.answers[-1].issuer_not_sent
    assert [name for name, so in told.items() if so] == ["not sent"]


async def test_an_expired_certificate_is_tls(authority: Authority) -> None:
    async with serve(Site(), authority.server(lasts=dt.timedelta(days=-1))) as port:
        assert await reason_for(f"https://127.0.0.1:{port}/", Network(ca_file=authority.ca_file)) == Reason.TLS


async def test_a_certificate_for_another_host_is_tls(authority: Authority) -> None:
    async with serve(Site(), authority.server("other.test")) as port:
        assert await reason_for(f"https://127.0.0.1:{port}/", Network(ca_file=authority.ca_file)) == Reason.TLS


async def test_under_resolve_the_name_checked_and_announced_is_the_urls(authority: Authority) -> None:
    announced = []
    context = authority.server("hub.test")
    context.sni_callback = lambda _socket, name, _context: announced.append(name)
    async with serve(Site(), context) as port:
        network = Network(ca_file=authority.ca_file, resolve={"hub.test": f"127.0.0.1:{port}"})
        assert await reason_for("https://hub.test/", network) is None
        network = Network(ca_file=authority.ca_file, resolve={"other.test": f"127.0.0.1:{port}"})
        assert await reason_for("https://other.test/", network) == Reason.TLS
    assert announced == ["hub.test", "other.test"]


async def test_plain_http_where_tls_was_asked_for_is_tls(authority: Authority) -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(answer())

    async with serve(plain) as port:
        assert await reason_for(f"https://127.0.0.1:{port}/", Network(ca_file=authority.ca_file)) == Reason.TLS


async def test_a_connection_closed_during_the_handshake_is_tls(authority: Authority) -> None:
    async def closes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)

    async with serve(closes) as port:
        assert await reason_for(f"https://127.0.0.1:{port}/", Network(ca_file=authority.ca_file)) == Reason.TLS


async def test_a_hung_handshake_is_cut_at_the_deadline_and_its_socket_closed(authority: Authority) -> None:
    gone = asyncio.Event()

    async def hangs(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(1000):
            pass
        gone.set()

    async with serve(hangs) as port:
        walk = Walk(get(f"https://127.0.0.1:{port}/"), network=Network(ca_file=authority.ca_file), deadline_us=400_000)
        observation = await run(walk)
        await asyncio.wait_for(gone.wait(), 1)
    assert observation.reason == Reason.TIMEOUT
    assert observation.finished_us - observation.started_us < 2_500_000
    assert observation.hops[0].connect_us is not None
    assert observation.hops[0].tls_us is None


async def test_an_answer_cut_short_under_tls_is_a_reset(authority: Authority) -> None:
    async with serve(says(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nabc"), authority.server()) as port:
        assert await reason_for(f"https://127.0.0.1:{port}/", Network(ca_file=authority.ca_file)) == Reason.RESET


async def test_a_ca_file_that_is_none_is_our_own_trouble(tmp_path: Path) -> None:
    observation = await run(Walk(get("https://127.0.0.1:9/"), network=Network(ca_file=tmp_path / "missing.pem")))
    assert (observation.outcome, observation.reason) == (Outcome.INCONCLUSIVE, Reason.PROBER_ERROR)


# --- proxies


async def test_a_proxy_tunnels_tls_and_resolves_the_name_itself(authority: Authority) -> None:
    names, site = Names(), Site()
    async with serve(site, authority.server("hub.test")) as port:
        proxy = ConnectProxy(port)
        async with serve(proxy) as through:
            network = Network(ca_file=authority.ca_file, proxy=f"http://127.0.0.1:{through}")
            observation = await run(Walk(get("https://hub.test/one", "https://hub.test/two"), network=network), names)
    assert observation.outcome is Outcome.OK
    assert [(asked.method, asked.target) for asked in proxy.asked] == [("CONNECT", "hub.test:443")]
    assert (names.asked, site.connections, observation.hops[0].dns_us) == ([], 1, None)
    assert observation.hops[0].certificate_expires_us is not None
    assert (observation.hops[0].first_byte_us or 0) < 1_000_000


async def test_a_proxys_user_and_password_are_sent_to_it_alone(authority: Authority) -> None:
    site = Site()
    async with serve(site, authority.server("hub.test")) as port:
        proxy = ConnectProxy(port)
        async with serve(proxy) as through:
            network = Network.model_construct(
                ca_file=authority.ca_file, proxy=f"http://user:p%40ss@127.0.0.1:{through}", resolve={}, user_agent=None
            )
            assert await reason_for("https://hub.test/", network) is None
    assert proxy.asked[0].headers["proxy-authorization"] == "Basic dXNlcjpwQHNz"
    assert "proxy-authorization" not in site.asked[0].headers


async def test_a_proxy_forwards_plain_http() -> None:
    async with serve(Site()) as port:
        proxy = ConnectProxy(port)
        async with serve(proxy) as through:
            assert await reason_for("http://hub.test/page", Network(proxy=f"http://127.0.0.1:{through}")) is None
    assert (proxy.asked[0].method, proxy.asked[0].target) == ("GET", "http://hub.test/page")


async def test_a_proxy_that_cannot_reach_the_host_is_connect() -> None:
    async with serve(ConnectProxy(9, refuse=502)) as through:
        assert await reason_for("https://hub.test/", Network(proxy=f"http://127.0.0.1:{through}")) == Reason.CONNECT


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_that_refuses_us_or_is_not_there_is_our_own_trouble(scheme: str) -> None:
    async with serve(ConnectProxy(9, refuse=407)) as through:
        proxies = {f"127.0.0.1:{through}": ("407",), f"127.0.0.1:{free_port()}": (), "two..dots:3128": ()}
        for proxy, status in proxies.items():
            network = Network.model_construct(proxy=f"http://{proxy}", ca_file=None, resolve={}, user_agent=None, request_id=None)
            seen = await run(Walk(get(f"{scheme}://hub.test/"), network=network))
            assert (seen.outcome, seen.fault, seen.reason) == (Outcome.INCONCLUSIVE, Fault.NETWORK, Reason.CONNECT), proxy
            assert seen.detail == Detail(DetailKind.OWN_PROXY, status)


@pytest.mark.parametrize("name", ["no_proxy", "NO_PROXY"])
async def test_no_setting_of_the_environment_leads_past_the_proxy(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "*")
    async with serve(Site()) as port:
        proxy, names = ConnectProxy(port), Names()
        async with serve(proxy) as through:
            assert await reason_for("http://hub.test/", Network(proxy=f"http://127.0.0.1:{through}"), names) is None
    assert (len(proxy.asked), names.asked) == (1, [])


async def test_a_host_with_an_address_of_its_own_is_reached_without_the_proxy() -> None:
    async with serve(Site()) as port:
        network = Network(proxy=f"http://127.0.0.1:{free_port()}", resolve={"hub.test": f"127.0.0.1:{port}"})
        assert await reason_for("http://hub.test/", network) is None


# --- connections and timings


async def test_a_pause_before_the_first_byte_is_first_byte_and_one_within_the_body_is_transfer() -> None:
    async def pauses(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        await asyncio.sleep(0.2)
        writer.write(answer(b"xy")[:-1])
        await asyncio.sleep(0.3)
        writer.write(b"y")

    async with serve(pauses) as port:
        hop = (await run(Walk(get(f"http://127.0.0.1:{port}/")))).hops[0]
    assert 200_000 <= (hop.first_byte_us or 0) < 450_000
    assert 290_000 <= (hop.transfer_us or 0) < 600_000
    assert hop.total_us >= 490_000
    assert (hop.connect_us or 0) < 190_000
    assert (hop.status, hop.bytes) == (200, 2)


async def test_the_parts_of_a_hop_sum_up_to_no_more_than_its_total(authority: Authority) -> None:
    async with serve(Site(), authority.server("localhost")) as port:
        hop = (await run(Walk(get(f"https://localhost:{port}/"), network=Network(ca_file=authority.ca_file)))).hops[0]
    parts = [hop.dns_us, hop.connect_us, hop.tls_us, hop.first_byte_us, hop.transfer_us]
    assert None not in parts
    assert sum(part or 0 for part in parts) <= hop.total_us


async def test_opening_an_engine_is_not_the_targets_time(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    from probe.transport.engine import CurlEngine, CurlEngines

    real = CurlEngines.get

    def slow(self: CurlEngines, ca_file: Path | None) -> CurlEngine:
        time.sleep(0.2)
        return real(self, ca_file)

    monkeypatch.setattr(CurlEngines, "get", slow)
    async with serve(Site(), authority.server()) as port:
        hop = (await run(Walk(get(f"https://127.0.0.1:{port}/"), network=Network(ca_file=authority.ca_file)))).hops[0]
    assert hop.total_us < 190_000


async def test_a_connection_is_kept_within_a_run_and_never_between_runs(authority: Authority) -> None:
    site = Site()
    async with serve(site, authority.server()) as port:
        url = f"https://127.0.0.1:{port}/"
        first = await run(Walk(get(url, url, url), network=Network(ca_file=authority.ca_file)))
        assert site.connections == 1
        await run(Walk(get(url), network=Network(ca_file=authority.ca_file)))
        assert site.connections == 2
    assert [hop.tls_us is None for hop in first.hops] == [False, True, True]
    assert [hop.connect_us is None for hop in first.hops] == [False, True, True]


async def test_a_kept_connection_that_the_server_closed_is_no_failure() -> None:
    asked = []

    async def one_each(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await read_request(reader)).target)
        writer.write(answer())
        await writer.drain()
        # closes on the second request, as a server whose keep-alive ended meanwhile
        await reader.read(1)

    async with serve(one_each) as port:
        observation = await run(Walk(get(f"http://127.0.0.1:{port}/1", f"http://127.0.0.1:{port}/2")))
    assert (observation.outcome, asked) == (Outcome.OK, ["/1", "/2"])


@pytest.mark.parametrize(
    ("channel", "sent", "reason"), [(Channel.FRONT, ["GET", "POST", "POST"], None), (Channel.BACK, ["GET", "POST"], Reason.RESET)]
)
async def test_a_browser_s_form_is_sent_again_and_a_server_s_code_is_not(channel: Channel, sent: list[str], reason: Reason | None) -> None:
    """The first POST that comes is left without an answer, on whatever connection."""
    came: list[str] = []

    async def leaves_the_first_post(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            request = await read_request(reader)
            came.append(request.method)
            if came.count("POST") == 1:
                return
            writer.write(answer())

    async with serve(leaves_the_first_post) as port:
        url = f"http://127.0.0.1:{port}/"
        form = Ask(Step.IDP_LOGIN, "POST", url, channel, form=(("password", "once"),))
        observation = await run(Walk(asks(Ask(Step.IDP_LOGIN_PAGE, "GET", url, channel), form)))
    assert (observation.reason, came) == (reason, sent)


@pytest.mark.parametrize(
    ("first", "reason"),
    [
        (b"\r\n", Reason.HEAD_REFUSED),
        (b"abc", Reason.HEAD_REFUSED),
        (b"HTTP/1.7 200 OK\r\n", Reason.HEAD_REFUSED),
        (b"garbage\r\n", Reason.PROTOCOL),
        (b"<html><p>garbage", Reason.PROTOCOL),
    ],
)
async def test_a_form_whose_answer_begins_with_something_else_is_not_sent_again(first: bytes, reason: Reason) -> None:
    """Chromium skips four octets and reads on; with anything else it fails as we do."""
    came: list[str] = []

    async def odd(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            request = await read_request(reader)
            came.append(request.method)
            writer.write((b"" if request.method == "GET" else first) + answer())

    async with serve(odd) as port:
        url = f"http://127.0.0.1:{port}/"
        form = Ask(Step.IDP_LOGIN, "POST", url, Channel.FRONT, form=(("password", "once"),))
        observation = await run(Walk(asks(Ask(Step.IDP_LOGIN_PAGE, "GET", url, Channel.FRONT), form)))
    assert (observation.reason, came) == (reason, ["GET", "POST"])


async def test_a_server_that_closes_every_time_is_a_reset_not_an_endless_try() -> None:
    connections = 0

    async def closes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await read_request(reader)

    async with serve(closes) as port:
        assert await reason_for(f"http://127.0.0.1:{port}/") == Reason.RESET
    assert connections == 1


async def test_every_connection_is_closed_when_the_run_ends() -> None:
    closed = asyncio.Event()

    async def waits(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(answer())
        await reader.read(1)
        closed.set()

    async with serve(waits) as port:
        await run(Walk(get(f"http://127.0.0.1:{port}/")))
        await asyncio.wait_for(closed.wait(), 1)


async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    site = Site({"/": (302, [("Location", "/next")], b"")})
    async with serve(site) as port:
        walk = Walk(get(f"http://127.0.0.1:{port}/"))
        await run(walk)
    assert walk.answers[0].is_redirect
    assert len(site.asked) == 1


async def test_an_address_of_one_link_is_none_for_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    told = ["fe80::1%eth0", "127.0.0.1"]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(10, 1, 6, "", (address, 0)) for address in told])
    assert await Resolver().addresses("hub.test") == ["127.0.0.1"]
    told.remove("127.0.0.1")
    with pytest.raises(ResolveError):
        await Resolver().addresses("hub.test")


def test_the_keys_of_connections_are_written_for_nobody(tmp_path: Path) -> None:
    """libcurl reads SSLKEYLOGFILE once, when it starts."""
    keys = tmp_path / "keys"
    asks = "import os, sys, probe.transport; assert 'pycurl' not in sys.modules; assert 'SSLKEYLOGFILE' not in os.environ"
    environment = {**os.environ, "SSLKEYLOGFILE": str(keys)}
    done = subprocess.run([sys.executable, "-c", asks + "; assert probe.transport.KEYS_WERE_ASKED_FOR"], env=environment, check=False)
    assert (done.returncode, keys.exists()) == (0, False)
