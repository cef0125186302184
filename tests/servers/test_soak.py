"""`kill -9` at random under load, on both stores: nothing committed is lost, the chain verifies,
the ledger is that of the in-memory fold, and its figure the oracle's.

A few times in CI; `make soak` does it 200 times on each (VIGIE_KILLS).
"""

import os
import pickle
import random
import signal
import time
from pathlib import Path

from probe.audit.replay import first_difference
from probe.core.judgement.fold import begin, fold
from probe.core.judgement.timeline import timelines
from probe.ledger.db.store import open_store
from probe.ledger.reader import Reader
from probe.ledger.shared.inbox import Inbox
from tests.builders import BEGUN, SECOND, SPEC
from tests.servers.postgres import Postgres
from tests.servers.test_shared_store import (
    DELIVER,
    EVALUATE,
    VANTAGES,
    assert_right,
    assert_the_figure_is_the_oracles,
    end,
    evaluate_all,
    evaluated,
    python,
    seen_by,
)

KILLS = int(os.environ.get("VIGIE_KILLS", "5"))

WRITE = """
    import pickle, sys
    from pathlib import Path
    from probe.core.judgement.fold import begin, fold
    from probe.ledger.db.file_lock import Claim
    from probe.ledger.memory import HubMemory, recall, remembered
    from probe.ledger.reader import Reader
    from probe.ledger.db.store import open_store
    from probe.ledger.writer import Entry, Writer
    path, observations, spec, begun = pickle.load(open(sys.argv[1], "rb"))
    claim = Claim(path)
    engine = open_store(path)
    reader, writer = Reader(engine), Writer(engine)
    memory = reader.memory().get(spec.name)
    if memory is None:
        state, rows = begin(spec, begun)
        writer.write(Entry(rows, {spec.name: remembered(HubMemory(state))}, settings=[(spec, begun)]))
    else:
        state = recall(memory).state
    for number, one in enumerate(observations[reader.last_number():], start=reader.last_number() + 1):
        rows = fold(state, one)
        writer.write(Entry(rows, {spec.name: remembered(HubMemory(state))}, one))
        print(number, flush=True)
"""


def test_a_file_survives_being_killed_at_random(tmp_path: Path) -> None:
    path, chance = tmp_path / "vigie.db", random.Random(3)
    observations = seen_by("local", 60 + 10 * KILLS, 0.0)
    (tmp_path / "work").write_bytes(pickle.dumps((path, observations, SPEC, BEGUN)))
    told = 0
    for _ in range(KILLS):
        process = python(WRITE, str(tmp_path / "work"))
        assert process.stdout
        process.stdout.readline()  # it is writing
        time.sleep(chance.random() * 0.3)
        process.send_signal(signal.SIGKILL)
        lines = process.stdout.read().split("\n")[:-1]
        told = int(lines[-1]) if lines else told
        end([process])
        engine = open_store(path)
        reader = Reader(engine)
        assert reader.last_number() >= told, "what was told as written is there"
        assert reader.first_altered() is None
        engine.dispose()
    with python(WRITE, str(tmp_path / "work")) as process:  # the rest of them
        process.communicate(timeout=120)
    engine = open_store(path)
    reader = Reader(engine)
    kept = [one for _, one in reader.observations()]
    assert kept == observations
    assert first_difference(reader) is None
    state, rows = begin(SPEC, BEGUN)
    for one in kept:
        rows += fold(state, one)
    for (hub, subject), timeline in timelines(rows).items():
        assert [(each.start_us, each.status) for each in reader.intervals(hub, subject, state.clock_us)] == timeline.points
    assert_the_figure_is_the_oracles(engine, rows, state.clock_us, SECOND)
    engine.dispose()


def test_a_shared_store_survives_its_probers_killed_at_random(postgres: Postgres, tmp_path: Path) -> None:
    url, chance = postgres.database(), random.Random(4)
    engine = open_store(url)
    Inbox(engine).configure([SPEC], BEGUN)
    engine.dispose()
    minutes = 30 + 3 * KILLS
    everything = {name: seen_by(name, minutes, shift) for name, shift in VANTAGES}
    for name, row in everything.items():
        (tmp_path / name).write_bytes(pickle.dumps(row))
    running = {name: python(DELIVER, url, name, str(tmp_path / name)) for name in everything}
    running |= {name: python(EVALUATE, url) for name in ("one", "other")}
    try:
        for _ in range(KILLS):
            time.sleep(chance.random() * 0.6)
            victim = chance.choice(sorted(running))
            end([running[victim]])
            again = (DELIVER, url, victim, str(tmp_path / victim)) if victim in everything else (EVALUATE, url)
            running[victim] = python(*again)
        for name in everything:
            assert running[name].wait(60 + 2 * KILLS) == 0
        assert evaluated(url) > 0
    finally:
        end(running.values())
    evaluate_all(url)
    assert_right(url, everything)
