"""`vigie demo`: what a newcomer sees in a minute, on a terminal and in a pipe;
and that nothing of it stays behind but its files.
"""

import fcntl
import json
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from probe.core.judgement.observation import Kind, Observation, Outcome
from probe.ledger.db.store import open_store
from tests.fakes.recorder import kept
from tests.service.running import VIGIE, until, vigie

IDPS = {"impot_gouv", "ameli", "la_poste", "msa", "yris", "france_identite", "trustme"}
ACTS = {
    "ameli": "Ameli.fr breaks down",
    "all": "Every identity provider goes down",
    "mire": "The mire is gone: the hub answers 503",
    "registry": "The civil registry is gone: the login succeeds, the identity is lost",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "vigie" / "demo"


@contextmanager
def playing(*arguments: str, **more: Any) -> Iterator["subprocess.Popen[str]"]:
    """A demo whose output is a pipe."""
    demo = subprocess.Popen(
        [VIGIE, "demo", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, **more
    )
    try:
        yield demo
    finally:
        if demo.poll() is None:
            demo.send_signal(signal.SIGTERM)
        demo.communicate(timeout=30)


def children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def federation_of(demo_pid: int) -> int:
    """The process id of the embedded federation, as soon as it is one."""

    def found() -> int | None:
        mine = [pid for pid in children(demo_pid) if b"simulator" in Path(f"/proc/{pid}/cmdline").read_bytes()]
        return mine[0] if mine else None

    return int(until(found, "the federation's process"))


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def outages_of(found: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [one for one in found if name in (one["condition"], one["idp"])]


def all_outages(told: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(told["outages"].stdout)
    return found[::-1]  # the oldest first, as they were played


# --- the story


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The whole story once, a minute of it, and what can be asked meanwhile and afterwards."""
    state = tmp_path_factory.mktemp("state")
    environment = {**os.environ, "XDG_STATE_HOME": str(state)}
    here = tmp_path_factory.mktemp("here")
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        playing("--for", "58", "--language", "en", "--port", str(taken.getsockname()[1]), env=environment, cwd=here) as demo,
    ):
        assert demo.stdout is not None
        began = time.monotonic()
        first = demo.stdout.readline()
        url = first.split(": ")[1].strip()
        federation = federation_of(demo.pid)
        time.sleep(3)
        page = httpx.get(url, trust_env=False, timeout=10)
        second = vigie("demo", "--for", "30", "--port", "0", env=environment, cwd=here)
        meanwhile = vigie("status", "--json", env=environment, cwd=here)
        rest, errors = demo.communicate(timeout=120)
        yield {
            "taken": taken.getsockname()[1],
            "first": first,
            "url": url,
            "page": page,
            "second": second,
            "meanwhile": meanwhile,
            "lasted": time.monotonic() - began,
            "status": demo.returncode,
            "lines": rest,
            "errors": errors,
            "federation": federation,
            "acts": json.loads((state / "vigie/demo/story.json").read_text()),
            "journeys": kept(open_store(state / "vigie/demo/vigie.db")),
            "outages": vigie("outages", "--json", env=environment, cwd=here),
            "standings": vigie("status", "--json", env=environment, cwd=here),
            "table": vigie("outages", env=environment, cwd=here),
            "files": {path.name for path in (state / "vigie/demo").iterdir()},
        }


def test_the_story_is_told_in_a_minute_and_ends_by_itself(told: dict[str, Any]) -> None:
    assert told["status"] == 0, told["errors"]
    assert told["errors"] == ""
    assert told["lasted"] > 55
    for title in ACTS.values():
        assert f"▶ {title}" in told["lines"]
    assert "\x1b" not in told["lines"]
    assert "The demo is over" in told["lines"].splitlines()[-1]


def test_the_metrics_are_where_it_says(told: dict[str, Any]) -> None:
    assert told["first"].startswith("Metrics for Prometheus: http://127.0.0.1:")
    assert str(told["taken"]) not in told["url"], "the port asked for was taken"
    assert told["page"].status_code == 200
    assert 'vigie_build_info{vantage="simulator"' in told["page"].text


def edges(told: dict[str, Any], act: str) -> tuple[int, int]:
    """When an act began and when the next one did, in UTC microseconds."""
    number = next(n for n, one in enumerate(told["acts"]) if one["title"] == ACTS[act])
    return told["acts"][number]["at_us"], told["acts"][number + 1]["at_us"]


def first_after(told: dict[str, Any], name: str, at_us: int, outcome: Outcome) -> list[Observation]:
    """Return the first journeys that tell of a new act, of this IdP or of each and the mire."""
    first: dict[str | None, Observation] = {}
    for each in told["journeys"]:
        concerned = each.kind in (Kind.IDENTITY, Kind.MIRE) and (name not in IDPS or each.idp == name)
        if concerned and each.outcome is outcome and each.started_us >= at_us:
            first.setdefault(each.idp, each)
    return list(first.values())


# A journey that is under way when an IdP goes down may meet it anywhere.
DOWN = {"connect", "idp_discovery", "idp_token", "idp_userinfo"}, {"idp-login-page", "redirect-to-idp", "idp-login", "oidc-callback"}


@pytest.mark.parametrize(
    ("name", "act", "which", "fault", "reasons", "steps"),
    [
        ("ameli", "ameli", 0, "idp", {"idp_error"}, {"idp-login-page"}),
        ("C3", "all", 0, "idp", *DOWN),
        ("C1", "mire", 0, "hub", {"http_status"}, {"authorize"}),
        ("C2", "registry", 0, "hub", {"registry_error"}, {"verify"}),
        *((idp, "all", -1, "idp", *DOWN) for idp in sorted(IDPS)),
    ],
)
def test_each_unavailability_is_seen_where_it_was_with_whose_fault_it_was(
    told: dict[str, Any], name: str, act: str, which: int, fault: str, reasons: set[str], steps: set[str]
) -> None:
    """How late it may be seen is not a number of seconds: the machine may be busy. It is seen by
    the first journeys that it concerns.
    """
    found = outages_of(all_outages(told), name)[which]
    begun, ended = edges(told, act)
    under_way_us = max(each.finished_us - each.started_us for each in told["journeys"])
    assert begun - under_way_us <= found["start_us"] <= max(each.started_us for each in first_after(told, name, begun, Outcome.FAILED))
    assert ended - under_way_us <= found["end_us"] <= max(each.finished_us for each in first_after(told, name, ended, Outcome.OK))
    assert found["fault"] == fault
    assert found["reason"] in reasons
    assert found["step"] in steps
    assert found["unknown_seconds"] == 0


def test_nothing_else_is_seen(told: dict[str, Any]) -> None:
    names = sorted(one["condition"] or one["idp"] for one in all_outages(told))
    assert names == sorted(["C1", "C2", "C3", "ameli", *IDPS])


def test_the_other_commands_read_the_demos_ledger_during_and_after_it(told: dict[str, Any]) -> None:
    for which in ("meanwhile", "standings"):
        assert told[which].returncode in (0, 1, 3), told[which].stderr  # as the federation is just then
        (hub,) = json.loads(told[which].stdout)["hubs"]
        assert set(hub["idps"]) == IDPS
    assert told["table"].returncode == 0
    assert "C2" in told["table"].stdout


def test_a_second_demo_at_once_is_refused_and_harms_nothing(told: dict[str, Any]) -> None:
    assert told["second"].returncode == 1
    assert re.fullmatch(r"vigie: .*demo: another Vigie is writing it\n", told["second"].stderr)
    assert told["second"].stdout == ""
    assert {"vigie.yml", "vigie.db", "story.json", "demo.log", "secrets"} <= told["files"]


def test_its_federation_ends_with_it(told: dict[str, Any]) -> None:
    assert gone(told["federation"])


# --- on a terminal

ON_ITS_OWN_TERMINAL = """
import fcntl, os, sys, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""


def test_on_a_terminal_there_is_a_live_table_and_ctrl_c_leaves_the_terminal_as_it_was(folder: Path) -> None:
    mine, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 160, 0, 0))
    before = termios.tcgetattr(its)
    command = [sys.executable, "-c", ON_ITS_OWN_TERMINAL, VIGIE, "demo", "--for", "40", "--port", "0", "--language", "fr"]
    demo = subprocess.Popen(command, stdin=its, stdout=its, stderr=its, env={**os.environ, "TERM": "xterm-256color"})
    screen = b""

    def read() -> bytes:
        nonlocal screen
        while select.select([mine], [], [], 0.05)[0]:
            screen += os.read(mine, 65_536)
        return screen

    try:
        until(lambda: "Scénario".encode() in read() and b"Ameli.fr" in screen and b"disponible" in screen, "the live table")
        federation = federation_of(demo.pid)
        os.write(mine, b"\x03")
        assert until(lambda: (read(), demo.poll() is not None)[1], "it ends") is True
        read()
    finally:
        if demo.poll() is None:
            demo.send_signal(signal.SIGTERM)
        demo.wait(30)
    assert demo.returncode == 0
    assert b"Traceback" not in screen
    assert b"\x1b[" in screen, "colours"
    assert screen.rindex(b"\x1b[?25h") > screen.rindex(b"\x1b[?25l"), "the cursor is shown again"
    assert b"\x1b[?1049h" not in screen, "no other screen"
    assert "Fin de la démonstration".encode() in screen
    assert termios.tcgetattr(its) == before
    assert gone(federation)
    os.close(mine)
    os.close(its)


# --- ends before its time


def test_a_stop_while_the_federation_starts_leaves_nothing_running(folder: Path) -> None:
    with playing("--port", "0") as demo:
        federation = federation_of(demo.pid)
        demo.send_signal(signal.SIGTERM)
        _, errors = demo.communicate(timeout=30)
    assert "Traceback" not in errors
    assert demo.returncode == 0
    assert gone(federation)


def test_a_federation_that_dies_ends_the_demo_with_a_clear_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VIGIE_LANG")
    with playing("--for", "30", "--port", "0") as demo:
        assert demo.stdout is not None
        demo.stdout.readline()
        os.kill(federation_of(demo.pid), signal.SIGKILL)
        _, errors = demo.communicate(timeout=30)
    assert demo.returncode == 1
    assert errors == f"vigie\u00a0: la fédération simulée ne répond plus\u00a0: voir {folder}/federation.log\n"


def test_when_nobody_reads_its_output_any_more_it_ends_in_silence(folder: Path) -> None:
    with playing("--port", "0") as demo:
        assert demo.stdout is not None
        demo.stdout.readline()
        federation = federation_of(demo.pid)
        demo.stdout.close()
        assert demo.wait(30) == -signal.SIGPIPE
        assert demo.stderr is not None
        assert demo.stderr.read() == ""
        demo.stdout = open(os.devnull)  # noqa: SIM115 - for `communicate` at the end
    assert gone(federation)


@pytest.mark.parametrize("place", ["file/below", "file"])
def test_a_state_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    done = vigie("demo", "--for", "30", "--port", "0", env={**os.environ, "XDG_STATE_HOME": str(tmp_path / place)})
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(r"vigie: .*/vigie/demo: cannot be locked for writing: Not a directory\n", done.stderr)
