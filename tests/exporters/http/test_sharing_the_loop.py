"""Many requests do not hold up the event loop: batches, turns, and few lines in the log."""

import asyncio
import errno

import pytest
from structlog.testing import capture_logs

from exporters.http.acceptor import SILENCE_SECONDS, Failures
from exporters.http.batches import Batches
from exporters.http.turns import Turns
from tests.fakes.exporter import ServedExporter

# --- batches


class Maker:
    """Makes the number of the answer, when it is let."""

    def __init__(self) -> None:
        self.made = 0
        self.let = asyncio.Event()
        self.fails = False

    async def __call__(self, key: str) -> str:
        self.made += 1
        number = self.made
        await self.let.wait()
        if self.fails:
            raise RuntimeError("no page")
        return f"{key}{number}"


async def test_all_who_ask_while_an_answer_is_made_share_the_next_one() -> None:
    maker = Maker()
    batches = Batches(maker)
    first = asyncio.create_task(batches.get("a"))
    await asyncio.sleep(0.01)
    others = [asyncio.create_task(batches.get("a")) for _ in range(100)]
    await asyncio.sleep(0.01)
    maker.let.set()
    assert await first == "a1"
    assert {await one for one in others} == {"a2"}  # begun after they asked
    assert maker.made == 2
    assert await batches.get("a") == "a3"


async def test_other_questions_have_answers_of_their_own() -> None:
    maker = Maker()
    maker.let.set()
    batches = Batches(maker)
    assert {*await asyncio.gather(batches.get("a"), batches.get("b"))} == {"a1", "b2"}


async def test_who_goes_away_takes_nobodys_answer_along() -> None:
    maker = Maker()
    batches = Batches(maker)
    gone, stays = asyncio.create_task(batches.get("a")), asyncio.create_task(batches.get("a"))
    await asyncio.sleep(0.01)
    gone.cancel()
    maker.let.set()
    assert await stays == "a1"


async def test_a_failure_is_told_to_each_and_ends_with_its_batch() -> None:
    maker = Maker()
    maker.let.set()
    maker.fails = True
    batches = Batches(maker)
    told = await asyncio.gather(*(batches.get("a") for _ in range(3)), return_exceptions=True)
    assert [type(one) for one in told] == [RuntimeError] * 3
    maker.fails = False
    assert await batches.get("a") == "a2"


async def test_a_hundred_scrapes_at_once_read_the_history_a_few_times() -> None:
    world, reads = ServedExporter(), 0
    snapshot = world.history.snapshot

    def counted(*arguments: object) -> object:
        nonlocal reads
        reads += 1
        return snapshot(*arguments)  # type: ignore[arg-type]

    world.history.snapshot = counted  # type: ignore[method-assign, assignment]
    async with world.client() as client:
        answers = await asyncio.gather(*(client.get("/metrics") for _ in range(100)))
    assert {answer.status_code for answer in answers} == {200}
    assert 1 <= reads <= 20


# --- turns


async def test_a_few_pass_in_each_turn_of_the_loop_in_the_order_in_which_they_came() -> None:
    turns, turn, passed = Turns(3), 0, []

    def count() -> None:
        nonlocal turn
        turn += 1
        asyncio.get_running_loop().call_soon(count)

    async def take(number: int) -> None:
        await turns.take()
        passed.append((number, turn))

    count()
    await asyncio.gather(*(take(number) for number in range(30)))
    assert [number for number, _ in passed] == list(range(30))
    assert max([at for _, at in passed].count(at) for _, at in passed) <= 3


async def test_who_comes_when_nobody_waits_passes_at_once() -> None:
    turns = Turns(1)
    for _ in range(3):
        async with asyncio.timeout(0):
            await turns.take()
        await asyncio.sleep(0)
        await asyncio.sleep(0)


async def test_who_went_away_while_waiting_takes_no_turn() -> None:
    turns = Turns(1)
    await turns.take()
    gone, stays = asyncio.create_task(turns.take()), asyncio.create_task(turns.take())
    await asyncio.sleep(0)
    gone.cancel()
    await stays


# --- the log


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM])
def test_accepting_that_fails_is_told_once_a_minute_with_how_often(number: int) -> None:
    now = 1_000.0
    failures = Failures(lambda: now)
    with capture_logs() as lines:
        for _ in range(500):
            failures.add(OSError(number, "no"))
        now += SILENCE_SECONDS
        failures.add(OSError(number, "no"))
    assert [line["failures"] for line in lines] == [1, 500]
    assert {line["error"] for line in lines} == {errno.errorcode[number]}
