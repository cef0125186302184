"""Start a real server, wait until it answers, freeze it, stop it: by its own process group,
never by name.
"""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import httpx

_POLL_S = 0.02
_STOP_S = 10.0


class ServerError(RuntimeError):
    """The server ended, or never answered. The message holds the end of its log."""


def free_port(host: str) -> int:
    """A TCP port free on `host` at this instant. The system spreads its answers,
    so two calls rarely meet.
    """
    with socket.create_server((host, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def answers(url: str) -> Callable[[], bool]:
    """A readiness check: `url` answers 200."""

    def check() -> bool:
        try:
            return httpx.get(url, timeout=2.0, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    return check


class Server:
    """One server process and its children, in a process group of their own,
    writing to one log file.
    """

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        *,
        ready: Callable[[], bool],
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.name = name
        self.argv = list(argv)
        self.ready = ready
        self.log = log
        self.env = {**os.environ, **(env or {})}
        self.cwd = cwd
        self._process: subprocess.Popen[bytes] | None = None
        self._paused = False

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def exit_status(self) -> int | None:
        """The exit status of a server that ended by itself; None while it runs,
        and once it was stopped here.
        """
        return None if self._process is None else self._process.poll()

    @property
    def pid(self) -> int:
        """The process id of the running server. Raises ServerError when it is not."""
        if self._process is None or not self.running:
            raise ServerError(f"{self.name} is not running")
        return self._process.pid

    def start(self, timeout_s: float = 30.0) -> None:
        """Start and wait until it answers. Does nothing when it runs already.
        Raises ServerError.
        """
        if self.running:
            return
        self.spawn()
        self.wait(timeout_s)

    def spawn(self) -> None:
        """Start without waiting, so that several servers may start at the same time."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.env,
                cwd=self.cwd,
                start_new_session=True,
            )
        self._paused = False

    def wait(self, timeout_s: float = 30.0) -> None:
        """Wait until it answers. Raises ServerError when it ended or `timeout_s` seconds passed;
        it is stopped then.
        """
        end = time.monotonic() + timeout_s
        while not self.ready():
            if not self.running or time.monotonic() > end:
                state = "did not answer" if self.running else "ended"
                self.stop()
                raise ServerError(f"{self.name} {state}: {self.argv}\n{self.tail()}")
            time.sleep(_POLL_S)

    def tail(self, characters: int = 3000) -> str:
        """The end of its log."""
        return self.log.read_text("utf-8", "replace")[-characters:] if self.log.exists() else ""

    def pause(self) -> None:
        """Freeze it: connections are still accepted by the kernel, and nothing ever answers."""
        os.killpg(self.pid, signal.SIGSTOP)
        self._paused = True

    def resume(self) -> None:
        """Let a frozen server go on. Does nothing when it is not frozen."""
        if self._paused and self.running:
            os.killpg(self.pid, signal.SIGCONT)
        self._paused = False

    def stop(self) -> None:
        """End it and its children, and wait for that: its port is free afterwards.
        Does nothing when it is not running.
        """
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            if self._paused:
                os.killpg(process.pid, signal.SIGCONT)
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(_STOP_S)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # what it left behind in its group
        process.wait(_STOP_S)
        self._paused = False
