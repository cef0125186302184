"""A machine that has run out of descriptors says nothing of the party it could not ask:
inconclusive, and ours.
"""

import socket
from pathlib import Path

import pytest

from probe.config.models import Network
from probe.core.judgement.observation import Fault, Observation, Outcome, Reason
from probe.transport.devices import Devices
from probe.transport.failure import LocalError, is_local
from probe.transport.resolve import Resolver
from probe.transport.tls import TlsContexts
from tests.fakes.descriptors import none_left
from tests.fakes.peers import Authority, Names, Site, Walk, get, run, serve


def ours(observation: Observation) -> bool:
    return (observation.outcome, observation.fault, observation.reason) == (Outcome.INCONCLUSIVE, Fault.PROBER, Reason.PROBER_ERROR)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "hub.invalid"], ids=["no socket", "no lookup", "no lookup of what is unknown"])
async def test_without_a_descriptor_nothing_is_said_of_the_party(host: str) -> None:
    with none_left():
        observation = await run(Walk(get(f"http://{host}:9/")))
    assert ours(observation)


async def test_a_party_that_is_well_is_seen_so_again_afterwards() -> None:
    async with serve(Site()) as port:
        walk = Walk(get(f"http://localhost:{port}/"))
        with none_left():
            assert ours(await run(walk))
        assert (await run(walk)).outcome is Outcome.OK


async def test_a_name_that_is_unknown_is_dns_as_long_as_a_descriptor_is_left() -> None:
    with none_left() as give:
        give(8)
        observation = await run(Walk(get("http://hub.invalid/")))
    assert (observation.reason, ours(observation)) == (Reason.DNS, False)


async def test_what_the_resolver_says_without_a_descriptor_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The C library tells of some of its own troubles as of an unknown name."""

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with none_left(), pytest.raises(LocalError):
        await Resolver().addresses("hub.invalid")


async def test_a_lookup_without_memory_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_memory(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_MEMORY, "Memory allocation failure")

    monkeypatch.setattr(socket, "getaddrinfo", no_memory)
    assert ours(await run(Walk(get("http://hub.invalid/"))))


async def test_addresses_that_could_not_be_tried_leave_the_party_unjudged() -> None:
    """One of them might have answered."""
    with none_left():
        assert ours(await run(Walk(get("http://hub.test:9/")), Names({"hub.test": ["127.0.0.2", "127.0.0.3"]})))


async def test_a_ca_file_that_cannot_be_read_now_is_ours(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    walk = Walk(get("https://127.0.0.1:9/"), network=Network(ca_file=authority.ca_file))
    with none_left():
        assert ours(await run(walk))
        with pytest.raises(LocalError):
            TlsContexts().get(authority.ca_file)


async def test_a_trusted_device_that_cannot_be_read_now_is_not_lost(tmp_path: Path) -> None:
    """A journey without it would be a new device to the hub, which writes to the account."""
    file = tmp_path / "device.json"
    file.write_text('{"alpha": {"name": "d", "value": "v", "domain": "hub.test", "path": "/", "secure": true, "expires": null, '
                    '"domain_specified": false, "domain_initial_dot": false}}')  # fmt: skip
    devices = Devices()
    with none_left(), pytest.raises(LocalError):
        devices.load("hub", "alpha", file)
    cookie = devices.load("hub", "alpha", file)
    assert cookie is not None
    assert cookie.value == "v"


def test_one_of_a_group_of_errors_is_enough() -> None:
    assert is_local(ExceptionGroup("all failed", [OSError(111, "refused"), OSError(24, "too many")]))
    assert not is_local(ExceptionGroup("all failed", [OSError(111, "refused")]))


def test_a_device_file_that_is_not_there_is_an_empty_one(tmp_path: Path) -> None:
    assert Devices().load("hub", "alpha", tmp_path / "none.json") is None
