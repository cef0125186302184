"""The stop-watch of one exchange: what each time counts from,
and what a second connection forgets.
"""

import asyncio

import pytest

from probe.transport.timings import current, measuring
from tests.fakes.clock import FakeClock


def test_each_time_counts_from_where_its_phase_began() -> None:
    clock = FakeClock()
    with measuring(clock) as timings:
        clock.starve_us(40)  # connecting
        timings.ready()
        clock.starve_us(300)  # the server thinks
        timings.read(b"HT")
        clock.starve_us(7)
        timings.read(b"TP/1.1 200 OK")
        timings.finish()
        assert (timings.first_byte_us, timings.transfer_us, timings.total_us) == (300, 7, 347)
        assert (timings.opening, timings.received, timings.ended) == (b"HTTP/", 15, False)


def test_what_did_not_happen_has_no_time() -> None:
    with measuring(FakeClock()) as timings:
        timings.read(b"")
        timings.finish()
    assert (timings.first_byte_us, timings.transfer_us, timings.dns_us, timings.tls_us) == (None, None, None, None)
    assert timings.ended


def test_a_proxys_answer_is_not_the_targets() -> None:
    clock = FakeClock()
    with measuring(clock) as timings:
        timings.read(b"HTTP/1.1 200 Connection established")
        clock.starve_us(5)
        timings.ready()
        assert (timings.received, timings.opening, timings.first_byte_us) == (0, b"", None)
        clock.starve_us(2)
        timings.read(b"x")
        assert (timings.first_byte_us, timings.total_us) == (2, 7)


def test_a_second_connection_begins_anew_and_the_time_lost_stays() -> None:
    clock = FakeClock()
    with measuring(clock) as timings:
        timings.read(b"half")
        timings.in_body = True
        timings.read(b"")
        clock.starve_us(100)
        timings.again()
        assert (timings.ended, timings.in_body, timings.received, timings.total_us) == (False, False, 0, 100)


async def test_every_task_of_an_exchange_finds_its_own_watch() -> None:
    async def exchange() -> bool:
        with measuring(FakeClock()) as timings:
            await asyncio.sleep(0)

            async def within() -> bool:
                return current() is timings

            return await asyncio.create_task(within())

    assert all(await asyncio.gather(exchange(), exchange()))


def test_nothing_is_asked_unmeasured() -> None:
    with measuring(FakeClock()):
        pass
    with pytest.raises(RuntimeError, match="measured"):
        current()
