"""What every test shares: no test is skipped in CI, nothing leaves the machine,
and the real servers are fixtures.
"""

import gc
import inspect
import ipaddress
import logging
import os
import subprocess
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog
from coverage import Coverage
from hypothesis import HealthCheck, Phase, is_hypothesis_test, settings
from sqlalchemy import Engine
from structlog.dev import plain_traceback

from probe.ledger.db.store import open_store
from tests.fakes.recorder import new_ledger
from tests.fakes.watched_hub import WatchedHub
from tests.servers.federation import Federation
from tests.servers.postgres import Postgres
from tests.servers.prometheus import Prometheus
from tests.servers.request_tracker import RequestTracker
from tests.service.running import COVERAGE_OF_PROCESSES

ROOT = Path(__file__).resolve().parent.parent
SERVER_FIXTURES = frozenset(
    {"federation", "running_federation", "prometheus", "real_servers", "running_postgres", "postgres", "running_request_tracker"}
)

# where tests wait for processes most of their time
WAITING = (ROOT / "tests/servers", ROOT / "tests/service", ROOT / "tests/browser")

# simulated federations that live in the session's event loop
SESSION_LOOP_FIXTURES = frozenset({"simulated", "secure"})

settings.register_profile(
    "ci", deadline=None, derandomize=True, max_examples=80, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
settings.register_profile("deep", settings.get_profile("ci"), derandomize=False, max_examples=20_000)
# An example that fails kills a mutant: no smaller one is looked for, and none is kept.
settings.register_profile("mutation", settings.get_profile("ci"), phases=[Phase.explicit, Phase.generate], database=None)
os.environ.setdefault("VIGIE_LANG", "en")  # of refusals where no configuration says which
if everything := os.environ.pop("LC_ALL", ""):
    os.environ["LANG"] = everything  # the encoding of whoever runs the tests, and not the language
os.environ["LC_MESSAGES"] = "C"
os.environ.setdefault("VIGIE_LOOP", "asyncio")  # as most installations have it; uvloop: tests/transport/test_uvloop.py
settings.load_profile(os.environ.get("VIGIE_HYPOTHESIS", "ci"))


MEMORY = Path("/dev/shm")  # noqa: S108 - pytest makes a folder there that is its user's alone
"""A file system in memory: a commit of a ledger in it waits for no disk."""
ROOM = 2 << 30  # bytes: many times what a whole run writes


def pytest_configure() -> None:
    """The folders of the tests are in memory, where there is room and programs may be run.
    A traceback in a log is plain: a drawn one takes half a second of a processor.
    """
    structlog.configure(
        processors=[structlog.stdlib.add_log_level, structlog.dev.ConsoleRenderer(colors=False, exception_formatter=plain_traceback)]
    )
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK):
        state = os.statvfs(MEMORY)
        if state.f_bavail * state.f_frsize > ROOM and not state.f_flag & os.ST_NOEXEC:
            os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def _allow_loopback_only(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook: a test may connect to this machine only."""
    if event != "socket.connect" or not isinstance(arguments[1], tuple):
        return  # a Unix socket is on this machine
    host = str(arguments[1][0]).partition("%")[0]
    try:
        allowed = ipaddress.ip_address(host).is_loopback
    except ValueError:
        allowed = host == "localhost"
    if not allowed:
        raise PermissionError(f"a test wants to connect to {host}: only loopback addresses are allowed")


sys.addaudithook(_allow_loopback_only)


def spread(files: Sequence[Path]) -> list[Path]:
    """The files of a run in an order that keeps the processors busy: those that wait most of their
    time are spread evenly over the first two thirds, so that others work meanwhile, and none of
    them is left to run alone at the end.
    """
    waiting = [path for path in files if any(path.is_relative_to(folder) for folder in WAITING)]
    others = [path for path in files if path not in set(waiting)]
    order: list[Path] = []
    for number, path in enumerate(waiting):
        begun = len(others) * 2 * number // (3 * len(waiting))
        order += [*others[len(order) - number : begun], path]
    return order + others[len(order) - len(waiting) :]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever asks for a real server is marked so, before `-m` chooses;
    who asks for a shared federation runs in its loop. The files are run in the order of `spread`.
    """
    order = {path: number for number, path in enumerate(spread(list(dict.fromkeys(item.path for item in items))))}
    items.sort(key=lambda item: order[item.path])
    for item in items:
        asked = set(getattr(item, "fixturenames", ()))
        if SERVER_FIXTURES & asked:
            item.add_marker(pytest.mark.servers)
        if SESSION_LOOP_FIXTURES & asked and isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.obj):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a skipped test is a failed one: nothing is left out in silence."""
    report = yield
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a whole module that skips itself."""
    report = yield
    if os.environ.get("CI") and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr}"
    return report


@contextmanager
def unmeasured(coverage: Coverage) -> Iterator[None]:
    """Nothing is measured in this block, nor in the processes that it starts."""
    coverage.stop()
    processes = os.environ.pop(COVERAGE_OF_PROCESSES, None)
    try:
        yield
    finally:
        coverage.start()
        if processes is not None:
            os.environ[COVERAGE_OF_PROCESSES] = processes


def pytest_collection_finish() -> None:
    """Leave what was collected out of the garbage collector's sight.

    With half a million objects of it each full collection stops the loop for up to a second, which
    a test takes for a party that does not answer.
    """
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Each process of pytest-xdist imports every test, and by it all modules: coverage is of what
    the first one imports.
    """
    coverage = Coverage.current()
    if coverage is None or os.environ.get("PYTEST_XDIST_WORKER", "gw0") == "gw0":
        return (yield)
    with unmeasured(coverage):
        return (yield)


def is_measured(item: pytest.Item) -> bool:
    """Whether coverage is of this test: of those that need no server, but for the properties, which
    run the same lines again and again, and for what is marked `unmeasured`. Measured, a test
    takes twice as long.
    """
    if item.get_closest_marker("servers") or item.get_closest_marker("unmeasured") or item.path.name.endswith("_property.py"):
        return False
    return not is_hypothesis_test(getattr(item, "obj", None))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, bool | None, bool | None]:
    """Leave a test, and the processes that it starts, out of the coverage, unless `is_measured`."""
    coverage = Coverage.current()
    if coverage is None or is_measured(item):
        return (yield)
    with unmeasured(coverage):
        return (yield)


@pytest.fixture(autouse=True)
def log_as_before() -> Iterator[None]:
    """The log goes where it went before: a command that a test runs in this process sets it up."""
    root = logging.getLogger()
    handlers, level, settings_of_log = root.handlers[:], root.level, structlog.get_config()
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**settings_of_log)


@pytest.fixture(scope="session")
def real_servers() -> None:
    """The real servers are installed. A failure, never a skip, that names what is missing."""
    script = ROOT / "scripts" / "install-test-servers.sh"
    checked = subprocess.run(["bash", script, "--check"], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if checked.returncode:
        pytest.fail(f"{checked.stderr.strip()}\nrun `make servers`, or leave these tests out with `make test-unit`", pytrace=False)


@pytest.fixture(scope="session")
def running_federation(real_servers: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Federation]:
    """The federation, started once for all tests. Tests ask for `federation`,
    which mends what they break.
    """
    with Federation(tmp_path_factory.mktemp("federation")) as federation:
        yield federation


@pytest.fixture
def federation(running_federation: Federation) -> Iterator[Federation]:
    """The independent federation, whole at the start and mended at the end."""
    running_federation.reset()
    yield running_federation
    running_federation.reset()


@pytest.fixture
def prometheus(real_servers: None, tmp_path: Path) -> Iterator[Prometheus]:
    """A Prometheus with empty storage and no target yet: `prometheus.watch({"vigie":
    ["127.0.0.1:9464"]})`.
    """
    with Prometheus(tmp_path, {}) as server:
        yield server


@pytest.fixture(scope="session")
def running_postgres(real_servers: None) -> Iterator[Postgres]:
    """A PostgreSQL server, started once for all tests that do not stop it."""
    with Postgres() as server:
        yield server


@pytest.fixture
def postgres(real_servers: None) -> Iterator[Postgres]:
    """A PostgreSQL server of this test alone, to stop and to kill."""
    with Postgres() as server:
        yield server


@pytest.fixture(scope="session")
def running_request_tracker(real_servers: None) -> Iterator[RequestTracker]:
    """A Request Tracker, started once for all tests; whoever stops it starts it again."""
    with RequestTracker() as server:
        yield server


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a ledger in a file is, once somebody opens it."""
    return tmp_path / "vigie.db"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
def engine(request: pytest.FixtureRequest, path: Path) -> Iterator[Engine]:
    """An empty ledger, in a file and on a PostgreSQL server: who asks for it is run on both.

    A test of the file itself is marked `in_a_file` (tests/marks.py).
    """
    on_a_server = request.param == "postgresql"
    engine = open_store(request.getfixturevalue("running_postgres").ledger()) if on_a_server else new_ledger(path)
    yield engine
    engine.dispose()


@pytest.fixture
def world(engine: Engine) -> Iterator[WatchedHub]:
    """A hub that was well for half a minute, with its ledger and its incident register."""
    made = WatchedHub(engine)
    made.run(3)
    yield made
    assert made.automation.failures == 0
    assert made.findings() == []
