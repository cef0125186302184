"""`vigie outages --since --until --idp --open --limit`, and `vigie status --hub --watch`."""

import json
import os
import pty
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from probe.cli.process.redraw import INTERRUPTED, redraw
from tests.builders import SPEC, a_day
from tests.cli.conftest import Call
from tests.fakes.recorder import ImmediateRecorder, ledger
from tests.service.running import VIGIE

Listed = Callable[..., list[str]]


@pytest.fixture
def asked(call: Call, history: Path) -> Listed:
    """Lists outages by options: the subject of each, in the order of the list."""

    def listed(*options: str) -> list[str]:
        done = call("outages", "--json", *options, "--config", history)
        assert done.exit_code == 0, done.stderr
        return [one["condition"] or one["idp"] for one in json.loads(done.stdout)]

    return listed


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ((), ["C1", "ameli"]),
        (("--limit", "1"), ["C1"]),
        (("--idp", "ameli"), ["ameli"]),
        (("--idp", "yris"), []),
        (("--since", "2026-01-01T00:00:31Z"), ["C1", "ameli"]),
        (("--since", "2026-01-01T00:00:32Z"), ["C1"]),
        (("--until", "2026-01-01T00:01:00Z"), ["ameli"]),
        (("--until", "2026-01-01T00:01:01Z", "--since", "2026-01-01T00:00:40Z"), ["C1"]),
        (("--open",), []),
        (("--hub", "fc", "--idp", "ameli", "--limit", "9"), ["ameli"]),
    ],
    ids=" ".join,
)  # fmt: skip
def test_outages_are_the_newest_first_and_those_that_are_asked_for(asked: Listed, options: tuple[str, ...], found: list[str]) -> None:
    assert asked(*options) == found


def test_an_outage_that_goes_on_is_open(call: Call, config: Path) -> None:
    with ledger(config.with_suffix(".db")) as engine:
        ImmediateRecorder(engine).keep([one for one in a_day() if one.started_us < a_day()[0].started_us + 70_000_000])
    told = json.loads(call("outages", "--open", "--json", "--config", config).stdout)
    assert [(one["condition"], one["end"]) for one in told] == [("C1", None)]


def test_a_table_that_is_cut_says_so(call: Call, history: Path) -> None:
    told = call("outages", "--limit", "1", "--config", history).stdout
    assert "The 1 newest; --limit shows more." in told
    assert "--limit" not in call("outages", "--limit", "2", "--config", history).stdout
    assert "No outage is as was asked." in call("outages", "--open", "--config", history).stdout


@pytest.mark.parametrize(
    ("options", "refusal"),
    [
        (("--idp", "amelie"), "'amelie' is none of: ameli, yris (did you mean 'ameli'?)"),
        (("--hub", "fcc"), "'fcc' is not in the ledger, which knows: fc (did you mean 'fc'?)"),
        (("--since", "2026-01-02T00:00:00Z", "--until", "2026-01-01T00:00:00Z"), "the end must be after the start"),
        (("--since", "soon"), "'soon' is no instant"),
        (("--limit", "0"), "0 is not in the range"),
        (("fc/C1@2026-01-01T00:01:00Z", "--open"), "the outage is named"),
    ],
)
def test_what_cannot_be_meant_is_refused(call: Call, history: Path, options: tuple[str, ...], refusal: str) -> None:
    done = call("outages", *options, "--config", history)
    assert (done.exit_code, done.stdout) == (2, "")
    assert refusal in " ".join(done.stderr.split())


# --- status


def test_the_status_of_one_hub_has_nothing_of_the_others(call: Call, config: Path) -> None:
    with ledger(config.with_suffix(".db")) as engine:
        for name in ("fc", "other"):
            ImmediateRecorder(engine, replace(SPEC, name=name)).keep(replace(one, hub=name) for one in a_day())
    hubs = [one["hub"] for one in json.loads(call("status", "--json", "--config", config).stdout)["hubs"]]
    assert hubs == ["fc", "other"]
    for name in hubs:
        told = json.loads(call("status", "--json", "--hub", name, "--config", config).stdout)
        assert [one["hub"] for one in told["hubs"]] == [name]


def test_a_hub_that_is_none_is_refused_with_the_near_one(call: Call, history: Path) -> None:
    done = call("status", "--hub", "fcc", "--config", history)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "'fcc' is none of: fc (did you mean 'fc'?)" in done.stderr


def test_a_pipe_gets_one_drawing_after_the_other(capsys: pytest.CaptureFixture[str]) -> None:
    drawings, pauses = iter(["one", "two"]), []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            raise KeyboardInterrupt

    assert redraw(lambda: next(drawings), 5, pause) == INTERRUPTED
    assert capsys.readouterr().out == "one\n\ntwo\n\n"
    assert pauses == [5, 5]


def test_a_terminal_is_left_as_it_was_with_the_last_state_below(history: Path) -> None:
    """A real terminal, and a real Ctrl-C."""
    ours, theirs = pty.openpty()
    command = [VIGIE, "status", "--watch", "--config", str(history)]
    # Whoever runs the tests in the background ignores Ctrl-C, and so would the command.
    heeds = partial(signal.signal, signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True, preexec_fn=heeds) as process:  # noqa: PLW1509
        os.close(theirs)
        shown = b""
        until = time.monotonic() + 60
        while b"\x1b[J" not in shown and time.monotonic() < until:
            shown += os.read(ours, 4096)
        process.send_signal(signal.SIGINT)
        while chunk := _read(ours):
            shown += chunk
        assert process.wait(60) == INTERRUPTED
    os.close(ours)
    drawn, _, left = shown.decode().partition("\x1b[?1049l")
    assert drawn.startswith("\x1b[?1049h")
    assert "Hub" in drawn
    assert "Hub" in left


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # the other end is closed
        return b""


@pytest.mark.parametrize(
    "command",
    [("check", "--idp", "amelie"), ("journey", "amelie"), ("incidents", "list", "--idp", "amelie")],
    ids=" ".join,
)  # fmt: skip
def test_every_command_offers_the_name_that_was_perhaps_meant(call: Call, history: Path, command: tuple[str, ...]) -> None:
    done = call(*command, "--config", history)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "(did you mean 'ameli'?)" in done.stderr
