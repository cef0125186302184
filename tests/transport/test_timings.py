"""The times of one exchange: each counts from where its phase began, and what did not happen has
none.
"""

import asyncio

from probe.config.models import Network
from probe.core.judgement.observation import Hop
from tests.fakes.peers import Site, Walk, get, read_request, run, serve


async def hop_of(url: str, network: Network | None = None) -> Hop:
    return (await run(Walk(get(url), network=network or Network()))).hops[0]


async def test_plain_http_has_no_handshake() -> None:
    async with serve(Site()) as port:
        hop = await hop_of(f"http://127.0.0.1:{port}/")
    assert (hop.dns_us, hop.tls_us) == (None, None)
    assert None not in (hop.connect_us, hop.first_byte_us, hop.transfer_us)


async def test_a_head_that_was_never_sent_leaves_no_time_of_a_transfer() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        await asyncio.sleep(60)

    async with serve(silent) as port:
        observation = await run(Walk(get(f"http://127.0.0.1:{port}/"), deadline_us=300_000))
    hop = observation.hops[0]
    assert hop.connect_us is not None
    assert (hop.status, hop.first_byte_us, hop.transfer_us) == (None, None, None)
