"""How `version-0.1.0.db.gz` and `version-0.1.0.sql.gz` were made: stores that Vigie 0.1.0 wrote.

The first is the SQLite file of one prober, the second a dump of a PostgreSQL database that two
vantages share. Both hold the same story, with incidents, acts of people, flags and letters:

- three IdPs are well for 30 s, then `ameli` fails for 140 s; a person acknowledges the incident;
- `ameli` is well for 50 s, then `yris` fails, and everything stops in that outage.

The last round is in the shared store's inbox and was not evaluated: the evaluator was killed.

Run it with Vigie 0.1.0 (commit c56983b) and its tests on the path; PostgreSQL's programs are found
where Debian installs them:

    git archive c56983b probe tests exporters | tar -x -C /tmp/old
    cd /tmp/old && PYTHONPATH=/tmp/old python <here>/make_0_1_0.py <here>
"""

# ruff: noqa: I001 - the modules are those of another time

import gzip
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from sqlalchemy import Engine

from probe.core.incident.model import ActKind
from probe.core.incident.trouble import Terms as TroubleTerms
from probe.core.observation import Observation
from probe.desk import Desk
from probe.history import writer
from probe.history.evaluator import Evaluator
from probe.history.inbox import Inbox, shared
from probe.history.store import open_store
from probe.register import Keeper
from tests.history.keeping import BEGUN, SECOND, ledger
from tests.register.desking import SPEC, World, always
from tests.servers.postgres import Postgres, binaries

vars(writer)["CHECKPOINT_EVERY"] = 50  # so that there are some

ROUNDS = [*[()] * 3, *[("ameli",)] * 14, *[()] * 5, *[("yris",)] * 6]
"""The IdPs that fail in each round of ten seconds."""
ACKNOWLEDGED_IN = 14
VANTAGES = ("brest", "lille")
TERMS = always(troubles=TroubleTerms(settle_us=30 * SECOND, patience_us=30 * SECOND, language="en"))


def sqlite(path: Path) -> None:
    with ledger(path) as engine:
        world = World(engine, TERMS)
        for number, seen in enumerate(rounds()):
            for one in seen:
                world.now_us = one.finished_us
                world.recording.keep([one])
            world.tick()
            if number == ACKNOWLEDGED_IN:
                acknowledge(world.service)


def acknowledge(desk: Desk) -> None:
    [incident] = desk.incidents()
    desk.act(incident.number, ActKind.ACKNOWLEDGED, author="Ada")


class Store:
    """A shared store in which every round is evaluated but the last."""

    def __init__(self, url: str, engine: Engine) -> None:
        self.now_us = BEGUN
        self.engine = engine
        self.keeper = Keeper(TERMS, lambda: self.now_us)
        self.desk = Desk(engine, TERMS, lambda: self.now_us)
        self.inbox = Inbox(engine)
        self.evaluator = Evaluator(url, self.keeper.with_rows)
        self.numbers = dict.fromkeys(VANTAGES, 0)

    def fill(self) -> None:
        self.inbox.configure([shared(SPEC)], BEGUN)
        assert self.evaluator.take_seat()
        for number, seen in enumerate(rounds()):
            self.now_us = max(one.finished_us for one in seen)
            for vantage in VANTAGES:
                self.deliver(vantage, seen)
            if number < len(ROUNDS) - 1:
                self.evaluate()
            if number == ACKNOWLEDGED_IN:
                acknowledge(self.desk)
        self.evaluator.close()
        self.inbox.close()

    def deliver(self, vantage: str, seen: list[Observation]) -> None:
        first = self.numbers[vantage] + 1
        numbered = list(enumerate((replace(one, vantage=vantage) for one in seen), start=first))
        self.numbers[vantage] = self.inbox.deliver(f"spool-{vantage}", vantage, numbered, self.now_us)

    def evaluate(self) -> None:
        while self.evaluator.step().events:
            pass
        for _ in range(5):
            if not self.keeper.tick(self.engine):
                return


def rounds() -> Iterator[list[Observation]]:
    """What one vantage sees in each round."""
    with TemporaryDirectory() as folder, ledger(Path(folder) / "unused.db") as engine:
        world = World(engine, TERMS)
        for down in ROUNDS:
            world.now_us += 10 * SECOND
            yield list(world._round(set(down), set(), True))


def postgresql() -> str:
    with Postgres() as server:
        url = server.database()
        engine = open_store(url)
        Store(url, engine).fill()
        engine.dispose()
        return dumped(url)


def dumped(url: str) -> str:
    """As plain statements, without what only psql or a newer server understands."""
    at = urlsplit(url)
    argv = [str(binaries() / "pg_dump"), "--inserts", "--no-owner", "--no-privileges", "-h", str(at.hostname), "-p", str(at.port)]
    done = subprocess.run([*argv, "-U", str(at.username), at.path[1:]], check=True, capture_output=True, text=True)
    lines = [line for line in done.stdout.splitlines() if line and not line.startswith(("--", "\\", "SET "))]
    return "\n".join(line for line in lines if "set_config" not in line) + "\n"


def main(folder: Path) -> None:
    with TemporaryDirectory() as temporary:
        path = Path(temporary) / "vigie.db"
        sqlite(path)
        (folder / "version-0.1.0.db.gz").write_bytes(gzip.compress(path.read_bytes(), mtime=0))
    (folder / "version-0.1.0.sql.gz").write_bytes(gzip.compress(postgresql().encode(), mtime=0))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
