"""Runs commands of Vigie in processes that need not import it anew: half of the time of a short
command are its imports.

`python -m tests.service.forked_commands` has imported every module of the commands. For each line
of its input it forks a process, which runs one command as `vigie` would: with its own folder,
arguments, output and exit status. The lines are JSON.
"""

import atexit
import gc
import json
import os
import pkgutil
import select
import signal
import subprocess
import sys
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.house.paths import ROOT

ALSO = ("sqlalchemy.dialects.postgresql.psycopg", "sqlalchemy.dialects.sqlite.pysqlite", "alembic.command", "httpx")
"""What commands import when they need it."""


class ForkingProcess:
    """One such process, for one setting of the coverage of processes. One thread may use it."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.service.forked_commands"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, cwd=ROOT)
        self._read = b""
        atexit.register(self.close)

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)

    def run(self, command: list[str], cwd: Path | None, timeout: float) -> "subprocess.CompletedProcess[str]":
        """Run one command. Raises subprocess.TimeoutExpired."""
        with TemporaryDirectory() as folder:
            output = [Path(folder, "stdout"), Path(folder, "stderr")]
            asked = {"command": command, "cwd": str(cwd or Path.cwd()), "output": [str(path) for path in output], "env": {**os.environ}}
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps(asked).encode() + b"\n")
            child = int(self._line(timeout))
            try:
                status = int(self._line(timeout))
            except subprocess.TimeoutExpired:
                os.kill(child, signal.SIGKILL)
                self._line(timeout)
                raise
            return subprocess.CompletedProcess(command, status, *(path.read_text("utf-8") for path in output))

    def _line(self, timeout: float) -> bytes:
        """Return the next line of its output; more than one may be there."""
        assert self._process.stdout is not None
        while b"\n" not in self._read:
            if not select.select([self._process.stdout], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("vigie", timeout)
            more = os.read(self._process.stdout.fileno(), 1_000)
            assert more, "the process that forks is gone"
            self._read += more
        line, _, self._read = self._read.partition(b"\n")
        return line


@cache
def forking_process(measured: str | None) -> ForkingProcess:
    """Return the process of this setting of coverage; it starts at the first call."""
    return ForkingProcess()


def _serve() -> None:
    for module in pkgutil.walk_packages(import_module("probe.cli").__path__, "probe.cli."):
        import_module(module.name)
    for name in ALSO:
        import_module(name)
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _run(json.loads(line))
        _answer(child)
        _answer(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def _answer(number: int) -> None:
    os.write(1, f"{number}\n".encode())


def _run(asked: dict[str, Any]) -> None:
    """Run a command in this process. Raises SystemExit."""
    os.environ.clear()
    os.environ.update(asked["env"])
    os.chdir(asked["cwd"])
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, path in enumerate(asked["output"], start=1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), number)
    sys.stdin = os.fdopen(0)
    sys.argv = asked["command"]
    sys.exit(import_module("probe.cli").main())


if __name__ == "__main__":
    _serve()
