"""config/systemd/vigie.service: systemd accepts it, and finds little to reproach."""

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from probe.cli.main import main as cli
from probe.config.models import Config
from probe.service.service_manager import PATIENCE_US
from tests.house.paths import ROOT

UNIT = ROOT / "config/systemd/vigie.service"
SETTINGS = re.findall(r"^(\w+)=(.*)$", UNIT.read_text("utf-8"), re.MULTILINE)


def value(name: str) -> str:
    """The one value of a setting. Raises AssertionError when there is none, or several."""
    (found,) = (given for key, given in SETTINGS if key == name)
    return found


def analyze(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["systemd-analyze", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The unit beside a command that is there: systemd looks for the file."""
    (tmp_path / "opt/vigie/bin").mkdir(parents=True)
    command = tmp_path / "opt/vigie/bin/vigie"
    command.symlink_to(Path(sys.executable).with_name("vigie"))
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text("utf-8").replace("/opt/vigie/bin/vigie", str(command)), "utf-8")
    return unit


@pytest.mark.servers
@pytest.mark.usefixtures("real_servers")
def test_systemd_accepts_every_line(installed: Path) -> None:
    verdict = analyze("verify", "--man=no", str(installed))
    assert [line for line in verdict.stderr.splitlines() if installed.name in line] == []


@pytest.mark.servers
@pytest.mark.usefixtures("real_servers")
def test_systemd_would_say_so_of_a_bad_line(installed: Path) -> None:
    installed.write_text(installed.read_text("utf-8").replace("ProtectSystem=strict", "ProtectSystems=strict"), "utf-8")
    assert "ProtectSystems" in analyze("verify", "--man=no", str(installed)).stderr


@pytest.mark.servers
@pytest.mark.usefixtures("real_servers")
def test_systemd_finds_it_little_exposed() -> None:
    # tenths: 2.0 of 10
    verdict = analyze("security", "--offline=true", "--no-pager", "--threshold=20", str(UNIT))
    assert verdict.returncode == 0, verdict.stdout[-2000:] + verdict.stderr


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("NoNewPrivileges", "yes"), ("ProtectSystem", "strict"), ("ProtectHome", "yes"), ("PrivateTmp", "yes"), ("User", "vigie"),
        ("Group", "vigie"), ("Type", "notify"), ("WatchdogSignal", "SIGTERM"),
        ("CapabilityBoundingSet", ""), ("StateDirectory", "vigie"), ("WorkingDirectory", "/var/lib/vigie"), ("Restart", "on-failure"),
        ("RestartPreventExitStatus", "2"), ("ExecReload", "/bin/kill -HUP $MAINPID"), ("LimitNOFILE", "65536"),
    ],
)  # fmt: skip
def test_the_service_is_closed_and_restarted_only_where_that_helps(name: str, wanted: str) -> None:
    assert value(name) == wanted


@pytest.mark.servers
@pytest.mark.usefixtures("real_servers")
def test_the_user_that_it_names_is_made_by_systemd(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    description = UNIT.with_name("vigie.sysusers.conf")
    command = ["systemd-sysusers", f"--root={tmp_path}", "--replace=/etc/sysusers.d/vigie.conf", str(description)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    (line,) = (line for line in (tmp_path / "etc/passwd").read_text("utf-8").splitlines() if line.startswith("vigie:"))
    assert line.split(":")[5:] == ["/var/lib/vigie", "/usr/sbin/nologin"]


def test_the_mail_server_runs_a_command_that_exists_as_the_same_user() -> None:
    (line,) = (line for line in UNIT.read_text("utf-8").splitlines() if " pipe " in line)
    assert f"user={value('User')} " in line
    words = line.partition("argv=/opt/vigie/bin/vigie ")[2].replace("${sender}", "ada@example.org").split()
    command = cli.get_command(click.Context(cli), words.pop(0))
    assert command
    assert command.make_context("mail", words).params["sender"] == "ada@example.org"


def test_a_sign_of_life_comes_well_within_the_watchdogs_time() -> None:
    assert value("WatchdogSec") == "60s"
    assert PATIENCE_US >= 2 * 60_000_000, "a slow disk is no reason to stop"


def test_nothing_that_can_fail_runs_before_the_watch_itself() -> None:
    """systemd reads the main process's exit status alone:
    what fails before it is started for ever.
    """
    assert [name for name, _ in SETTINGS if name.startswith("Exec")] == ["ExecStart", "ExecReload"]


def test_it_runs_a_command_that_exists() -> None:
    program, *words = value("ExecStart").split()
    assert program == "/opt/vigie/bin/vigie"
    found: click.Command | None = cli
    while words and isinstance(found, click.Group):
        found = found.get_command(click.Context(found), words.pop(0))
    assert found
    assert words == ["--config", "/etc/vigie/vigie.yml"]
    assert "--config" in [name for parameter in found.params for name in parameter.opts]


def test_its_reload_is_the_signal_that_vigie_reads_its_configuration_on() -> None:
    assert "signal.SIGHUP" in (ROOT / "probe/cli/run.py").read_text("utf-8")


def test_systemd_waits_for_what_is_written_at_the_end() -> None:
    """`drain:`, and 30 s for all that comes before and after it."""
    drain_us = Config.model_fields["drain"].default
    seconds = re.fullmatch(r"(\d+)s", value("TimeoutStopSec"))
    assert seconds
    assert int(seconds[1]) * 1_000_000 >= drain_us + 30_000_000
