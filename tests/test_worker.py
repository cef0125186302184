"""Blocking calls run one at a time, in order, off the loop; what the loop hears of them,
it hears on its own thread.
"""

import asyncio
import threading

import pytest

from probe.worker import Worker


async def test_calls_run_in_the_order_in_which_they_were_submitted_and_never_two_at_once() -> None:
    worker, order, running = Worker("test"), [], threading.Lock()

    def call(number: int) -> int:
        assert running.acquire(blocking=False), "another call is running"
        order.append((number, threading.current_thread().name))
        running.release()
        return number

    assert await asyncio.gather(*(worker.submit(call, number) for number in range(50))) == list(range(50))
    assert order == [(number, "test") for number in range(50)]


async def test_the_loop_turns_while_a_call_blocks() -> None:
    free = threading.Event()
    waiting = Worker("test").submit(free.wait, 10)
    await asyncio.sleep(0)
    # were the loop blocked, this would come after ten seconds, and the wait would be False
    free.set()
    assert await waiting is True


async def test_what_a_call_raises_reaches_who_awaits_it_and_the_next_call_runs() -> None:
    worker = Worker("test")

    def fails() -> None:
        raise ZeroDivisionError("no")

    with pytest.raises(ZeroDivisionError):
        await worker.submit(fails)
    assert await worker.submit(lambda: "after") == "after"


async def test_a_call_that_nobody_awaits_any_more_finishes_and_disturbs_nobody() -> None:
    worker, began, go_on, done = Worker("test"), threading.Event(), threading.Event(), []

    def slow() -> None:
        began.set()
        go_on.wait(10)
        done.append(True)

    future = worker.submit(slow)
    await asyncio.to_thread(began.wait, 10)
    future.cancel()
    go_on.set()
    assert await worker.submit(lambda: list(done)) == [True]


async def test_a_listener_is_called_on_the_loop_also_from_within_a_call() -> None:
    worker, heard, told = Worker("test"), [], asyncio.Event()

    def listen(what: str) -> None:
        heard.append((what, threading.current_thread() is threading.main_thread()))
        if what == "within":
            told.set()

    worker.notify(listen, "before any call")
    await worker.submit(worker.notify, listen, "within")
    async with asyncio.timeout(10):
        await told.wait()
    assert heard == [("before any call", True), ("within", True)]


def test_a_thread_that_hangs_keeps_no_loop_and_no_process_alive() -> None:
    hangs = threading.Event()

    async def leave() -> None:
        Worker("hanging").submit(hangs.wait, 30)  # type: ignore[unused-awaitable]  # nobody waits for it, which is the point

    asyncio.run(leave())
    (thread,) = [each for each in threading.enumerate() if each.name == "hanging"]
    assert thread.daemon
    hangs.set()  # its answer comes when the loop is closed, and is dropped
    thread.join(0.2)
    assert thread.is_alive(), "it waits for further work: an answer that nobody takes has not ended it"
