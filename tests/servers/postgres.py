"""A PostgreSQL server of the tests' own, in a temporary folder,
as the user postgres when the tests run as root.
"""

import itertools
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

from probe.ledger.db.store import open_store
from tests.servers.processes import Server, free_port

_HOST = "127.0.0.1"
_LIBRARY = Path("/usr/lib/postgresql")
# a killed process loses nothing by that, only a machine without power does
_QUICK = ("fsync=off", "full_page_writes=off")
_STOP_S = 20.0
_SUPERUSER = "vigie"


def binaries() -> Path:
    """The folder of the newest server installed. Raises FileNotFoundError."""
    found = sorted(_LIBRARY.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        raise FileNotFoundError("PostgreSQL is not installed: make servers")
    return found[-1].parent


def _as_postgres(argv: list[str]) -> list[str]:
    """The server refuses to run as root."""
    if os.geteuid() != 0:
        return argv
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--", *argv]


def _family(pid: int) -> list[int]:
    """The processes that it began, theirs not included."""
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8").split()]


class Postgres:
    """A server (a context manager), and databases on it: `postgres.database()` is the URL of a new,
    empty one.
    """

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="vigie-pg-"))
        self._data = self._folder / "data"
        self._port = free_port(_HOST)
        self._numbers = itertools.count(1)
        self._server: Server | None = None
        self._template: str | None = None

    def __enter__(self) -> "Postgres":
        self._folder.chmod(0o755)
        self._data.mkdir(mode=0o700)
        if os.geteuid() == 0:
            shutil.chown(self._data, "postgres", "postgres")
        argv = [str(binaries() / "initdb"), "-D", str(self._data), "-U", _SUPERUSER, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]
        subprocess.run(_as_postgres([*argv, "--no-sync"]), check=True, capture_output=True, cwd="/", stdin=subprocess.DEVNULL)
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _start(self) -> None:
        settings = [part for setting in _QUICK for part in ("-c", setting)]
        argv = [str(binaries() / "postgres"), "-D", str(self._data), "-p", str(self._port), "-h", _HOST, "-k", "", *settings]
        self._server = Server("postgres", _as_postgres(argv), ready=self._ready, log=self._folder / "log", cwd=Path("/"))
        self._server.start()

    def _ready(self) -> bool:
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def connect(self, name: str = "postgres") -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(host=_HOST, port=self._port, user=_SUPERUSER, dbname=name, autocommit=True, connect_timeout=5)

    def database(self, template: str = "template1") -> str:
        name = f"vigie{next(self._numbers)}"
        with self.connect() as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return f"postgresql://{_SUPERUSER}@{_HOST}:{self._port}/{name}"

    def ledger(self) -> str:
        """The URL of a new database that holds an empty ledger: a copy of one that was made once,
        as its migrations take longer.
        """
        if self._template is None:
            url = self.database()
            open_store(url).dispose()
            self._template = url.rpartition("/")[2]
        return self.database(self._template)

    def ask_passwords_of(self, role: str) -> None:
        """From now on this role has to give its password."""
        rules = self._data / "pg_hba.conf"
        rules.write_text(f"host all {role} {_HOST}/32 scram-sha-256\n{rules.read_text('utf-8')}", "utf-8")
        with self.connect() as connection:
            connection.execute("SELECT pg_reload_conf()")

    def start(self) -> None:
        """After `stop` or `kill`."""
        self._start()

    def stop(self) -> None:
        """A fast shutdown: sessions are ended, what is committed is kept."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """As a crash: no goodbye to anybody."""
        self._end(signal.SIGQUIT)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Every process of it stands still: connections are accepted by the kernel,
        and nothing answers.
        """
        assert self._server is not None
        self._server.pause()
        group = os.getpgid(self._server.pid)
        for child in _family(self._server.pid):
            if os.getpgid(child) != group:  # each of the server's own processes leads a group
                os.kill(child, signal.SIGSTOP)
        try:
            yield
        finally:
            for child in _family(self._server.pid):
                os.kill(child, signal.SIGCONT)
            self._server.resume()

    def _end(self, how: signal.Signals) -> None:
        server, self._server = self._server, None
        if server is None or not server.running:
            return
        process = server._process
        assert process is not None
        process.send_signal(how)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_S)
        server.stop()
