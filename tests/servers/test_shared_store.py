"""Several probers share one PostgreSQL store: processes die, the server restarts,
the ledger is one and right.
"""

import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

from sqlalchemy import Engine, select

from probe.core.judgement.fold import begin, fold
from probe.core.judgement.subject import HUB
from probe.core.judgement.timeline import LedgerRow, timelines
from probe.core.sla.window import ROLLING
from probe.ledger.db import records, schema
from probe.ledger.db.store import open_store
from probe.ledger.figures.annual import annual
from probe.ledger.figures.runs import on
from probe.ledger.figures.tracks import memories
from probe.ledger.reader import Reader
from probe.ledger.shared.evaluation import refolded
from probe.ledger.shared.evaluator import Evaluator
from probe.ledger.shared.inbox import Inbox, shared
from tests.builders import BEGUN, SPEC, idp_down, journey, mire, no_mire
from tests.core.sla.annual import counted
from tests.ledger.figures.test_figures import naive
from tests.servers.postgres import Postgres

REPLACED_WITHIN_S = 30.0
VANTAGES = (("brest", 0.0), ("lille", 0.25), ("paris", 0.5))
"""And when each begins a round: seconds, so that everything falls on a tick of the oracle's."""

TICK_US = 250_000

EVALUATE = """
    import sys, time
    from probe.errors import LedgerError
    from probe.ledger.shared.evaluator import Evaluator
    evaluator = Evaluator(sys.argv[1])
    while True:
        try:
            if not evaluator.leads and evaluator.take_lead():
                print("seated", flush=True)
            if evaluator.leads:
                evaluator.step()
        except LedgerError as error:
            print(error, file=sys.stderr, flush=True)
        time.sleep(0.02 if evaluator.leads else 0.2)
"""

DELIVER = """
    import pickle, sys, time
    from probe.clock import SystemClock
    from probe.errors import LedgerError
    from probe.ledger.shared.inbox import Inbox
    from probe.ledger.db.store import open_store
    url, name, path = sys.argv[1:]
    observations = pickle.load(open(path, "rb"))
    while True:
        try:
            inbox = Inbox(open_store(url))
            done = inbox.delivered(name)
            while done < len(observations):
                part = list(enumerate(observations[done : done + 3], start=done + 1))
                done = inbox.deliver(name, name, part, 0)
                time.sleep(0.005)
            print("done", flush=True)
            break
        except LedgerError as error:
            print(error, file=sys.stderr, flush=True)
            time.sleep(0.1)
"""


def python(script: str, *arguments: str) -> "subprocess.Popen[str]":
    argv = [sys.executable, "-c", textwrap.dedent(script), *arguments]
    return subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, stdin=subprocess.DEVNULL)


def end(processes: "Iterable[subprocess.Popen[str]]") -> None:
    for process in processes:
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def seen_by(name: str, minutes: int, shift: float) -> list:
    """What a vantage saw of an hour: the mire goes at one time, an IdP at another,
    and this vantage is alone in some of its trouble.
    """
    chance = random.Random(name)
    found = []
    for at in range(0, 60 * minutes, 10):
        gone, broken, alone = 300 <= at < 480, 700 <= at < 1000, chance.random() < 0.05
        found.append(no_mire(at + shift) if gone or alone else mire(at + shift))
        found.append(idp_down("ameli", at + shift + 1) if broken else journey("ameli", at + shift + 1))
        found.append(journey("yris", at + shift + 2))
    return [replace(each, vantage=name) for each in found]


def in_memory(url: str) -> list[LedgerRow]:
    """What the ledger must say: every stored observation folded at once, in the order of finish."""
    engine = open_store(url, create=False)
    with engine.connect() as connection:
        stored = connection.execute(select(schema.observation).order_by(schema.observation.c.id)).mappings()
        observations = [records.to_observation({str(key): value for key, value in row.items()}) for row in stored]
    engine.dispose()
    state, rows = begin(shared(SPEC), BEGUN)
    for one in sorted(observations, key=lambda one: (one.finished_us, one.vantage)):
        rows += fold(state, one)
    return rows


def assert_the_figure_is_the_oracles(engine: Engine, rows: list[LedgerRow], now_us: int, tick_us: int = TICK_US) -> None:
    """The rolling year of the hub, as the ledger tells it, against brute force over every tick."""
    record = naive([row for row in rows if row.subject == HUB], now_us, tick_us)
    expected = counted(record, [], HUB, BEGUN, now_us)
    with engine.connect() as connection:
        run = on(connection)
        found = annual(run, memories(run), now_us)["fc"][ROLLING].figure
    assert (found.up_us, found.totals.blip_us, found.down_us, found.unknown_us) == (
        expected.up + expected.blip,
        expected.blip,
        expected.down,
        expected.unknown,
    )
    assert found.down_us > 0
    assert found.availability() == expected.ratio()


def assert_right(url: str, everything: dict[str, list]) -> None:
    """Nothing lost or doubled, each vantage's order kept, one whole chain,
    and the ledger of the in-memory fold.
    """
    engine = open_store(url, create=False)
    reader = Reader(engine)
    stored: dict[str, list] = {name: [] for name in everything}
    for _, one in reader.observations():
        stored[one.vantage].append(one)
    for name, expected in everything.items():
        assert stored[name] == expected, name
    assert reader.first_altered() is None
    with engine.connect() as connection:
        assert refolded(connection).unlike == [], "a replay says the same"
    rows = in_memory(url)
    now = max(one.finished_us for row in everything.values() for one in row)
    for (_, subject), timeline in timelines(rows).items():
        assert [(each.start_us, each.status) for each in reader.intervals("fc", subject, now)] == timeline.points, subject
    assert_the_figure_is_the_oracles(engine, rows, now)
    assert len(reader.outages(now, "fc")) > 0
    for outage, following in pairwise(sorted(reader.outages(now, "fc"), key=lambda each: (each.subject, each.start_us))):
        assert outage.subject != following.subject or (outage.end_us or now) <= following.start_us
    engine.dispose()


def evaluated(url: str) -> int:
    """How far the evaluators have come."""
    engine = open_store(url, create=False)
    with engine.connect() as connection:
        found = connection.scalar(select(schema.evaluation.c.observation)) or 0
    engine.dispose()
    return int(found)


def evaluate_all(url: str) -> None:
    """Be the evaluator, to the end."""
    evaluator = Evaluator(url)
    last = time.monotonic() + REPLACED_WITHIN_S
    while not evaluator.take_lead():
        assert time.monotonic() < last
        time.sleep(0.1)
    while evaluator.step().events:
        pass
    evaluator.close()


def test_vantages_are_killed_the_server_crashes_and_the_ledger_is_one(postgres: Postgres, tmp_path) -> None:
    """ "Two probers and a third killed and restarted on PostgreSQL,
    and PostgreSQL itself restarted: one ledger, right outages."
    """
    import pickle

    url = postgres.database()
    engine = open_store(url)
    Inbox(engine).configure([SPEC], BEGUN)
    engine.dispose()
    everything = {name: seen_by(name, 25, shift) for name, shift in VANTAGES}
    for name, row in everything.items():
        (tmp_path / name).write_bytes(pickle.dumps(row))
    chance = random.Random(1)

    def deliver(name: str) -> "subprocess.Popen[str]":
        return python(DELIVER, url, name, str(tmp_path / name))

    evaluators = [python(EVALUATE, url) for _ in range(2)]
    vantages = {name: deliver(name) for name in everything}
    try:
        for turn in range(14):
            time.sleep(0.4 + chance.random() * 0.3)
            if turn == 6:
                postgres.kill()
                postgres.start()
            elif turn == 10:
                postgres.stop()
                time.sleep(1)
                postgres.start()
            elif turn % 3 == 0:
                end([evaluators.pop(0)])
                evaluators.append(python(EVALUATE, url))
            else:
                end([vantages["paris"]])
                vantages["paris"] = deliver("paris")
        for process in vantages.values():
            assert process.wait(120) == 0
        assert evaluated(url) > 0
    finally:
        end([*evaluators, *vantages.values()])
    evaluate_all(url)
    assert_right(url, everything)


def replaced_within(url: str, ended: "subprocess.Popen[str]", how: signal.Signals) -> float:
    """How long it takes until another evaluator has the seat,
    once its holder is ended this way (seconds).
    """
    assert ended.stdout
    assert ended.stdout.readline() == "seated\n"
    other = Evaluator(url)
    assert not other.take_lead(), "one at a time"
    ended.send_signal(how)
    begun = time.monotonic()
    while not other.take_lead():
        assert time.monotonic() - begun < REPLACED_WITHIN_S
        time.sleep(0.2)
    other.close()
    return time.monotonic() - begun


def test_a_dead_evaluator_is_replaced_within_30_s(postgres: Postgres) -> None:
    url = postgres.database()
    open_store(url).dispose()
    for how, most in ((signal.SIGKILL, 5.0), (signal.SIGSTOP, REPLACED_WITHIN_S)):
        holder = python(EVALUATE, url)
        try:
            assert replaced_within(url, holder, how) < most
        finally:
            end([holder])


def test_an_evaluator_that_lost_its_seat_while_frozen_writes_nothing(postgres: Postgres) -> None:
    """Lock and transaction die together: the frozen one wakes without a session,
    and takes its turn again.
    """
    url = postgres.database()
    open_store(url).dispose()
    holder, other = python(EVALUATE, url), None
    try:
        replaced_within(url, holder, signal.SIGSTOP)
        other = python(EVALUATE, url)
        assert other.stdout
        assert other.stdout.readline() == "seated\n"
        holder.send_signal(signal.SIGCONT)
        engine = open_store(url)
        inbox = Inbox(engine)
        inbox.configure([SPEC], BEGUN)
        row = seen_by("brest", 15, 0.0)
        inbox.deliver("brest", "brest", list(enumerate(row, start=1)), 0)
        engine.dispose()
        end([other])
        evaluate_all_soon(url, holder)
        assert_right(url, {"brest": row})
    finally:
        end([process for process in (holder, other) if process is not None])


def evaluate_all_soon(url: str, holder: "subprocess.Popen[str]") -> None:
    """The woken one takes the seat; once it is ended too, what is left is evaluated here."""
    assert holder.stdout
    assert holder.stdout.readline() == "seated\n"
    os.kill(holder.pid, signal.SIGKILL)
    evaluate_all(url)
