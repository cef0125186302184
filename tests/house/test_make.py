"""The make targets, on machines that lack something: each says what is missing,
and ends with status 2.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.paths import ROOT, copy_to

TOOLS = (
    "sh",
    "bash",
    "env",
    "make",
    "awk",
    "cat",
    "chmod",
    "cksum",
    "cmp",
    "dirname",
    "find",
    "id",
    "ls",
    "mkdir",
    "perl",
    "pwd",
    "rm",
    "tr",
)


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean copy of the project, in a folder whose name has spaces and an accent."""
    return copy_to(tmp_path_factory.mktemp("somewhere") / "une copie à l’essai")


class Machine:
    """A PATH with the named tools and nothing else: what is not put there is not installed."""

    def __init__(self, folder: Path, clone: Path) -> None:
        self.bin = folder
        self.clone = clone
        for tool in TOOLS:
            self.link(tool)

    def link(self, tool: str) -> None:
        found = shutil.which(tool)
        assert found, f"{tool} is not on this machine"
        (self.bin / tool).symlink_to(found)

    def script(self, name: str, text: str) -> None:
        path = self.bin / name
        path.unlink(missing_ok=True)
        path.write_text(f"#!/bin/sh\n{text}\n", "utf-8")
        path.chmod(0o755)

    def make(self, *arguments: str, cwd: Path | None = None, **env: str) -> "subprocess.CompletedProcess[str]":
        kept = {name: value for name, value in os.environ.items() if name.startswith("PIP_") or name in ("HOME", "LANG")}
        kept["PIP_COMPILE"] = "0"  # byte code is of no use here: one short command is run
        return subprocess.run(
            ["make", "--no-print-directory", *arguments],
            cwd=cwd or self.clone,
            env=kept | {"PATH": str(self.bin)} | env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def machine(tmp_path: Path, clone: Path) -> Machine:
    return Machine(tmp_path, clone)


@pytest.mark.parametrize("target", ["demo", "test-unit", "check"])
def test_without_python_the_missing_thing_is_named(machine: Machine, target: str) -> None:
    run = machine.make(target)
    assert run.returncode == 2
    assert "Python 3.11 or newer is missing" in run.stderr


def test_a_python_that_is_too_old_or_only_a_shim_is_passed_over(machine: Machine) -> None:
    machine.script("python3", "echo 3.9; exit 1")
    machine.script("python3.12", "echo 'python3.12: command not found' >&2; exit 127")
    run = machine.make("demo")
    assert run.returncode == 2
    assert "Python 3.11 or newer is missing" in run.stderr


def test_a_python_without_venv_is_named_with_the_package_that_has_it(machine: Machine) -> None:
    machine.script("python3", f'case "$*" in *ensurepip*) exit 1 ;; esac\nexec "{sys.executable}" "$@"')
    run = machine.make("demo")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert run.returncode == 2
    assert f"Python {version} is here without its venv and ensurepip modules" in run.stderr
    assert f"apt-get install python{version}-venv" in run.stderr


def test_a_python_that_was_named_is_the_only_one_considered(machine: Machine) -> None:
    machine.script("python3", f'exec "{sys.executable}" "$@"')
    run = machine.make("demo", "PYTHON=/nowhere/python3")
    assert run.returncode == 2
    assert "(tried: /nowhere/python3)" in run.stderr


def test_a_later_python_is_found_behind_one_that_is_too_old(machine: Machine) -> None:
    machine.script("python3", "echo 3.9; exit 1")
    machine.script("python3.13", f'exec "{sys.executable}" "$@"')
    found = subprocess.run(
        ["sh", "scripts/find-python.sh"],
        cwd=machine.clone,
        env={"PATH": str(machine.bin)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (found.returncode, found.stdout.strip()) == (0, str(machine.bin / "python3.13"))


def test_the_servers_that_may_not_be_installed_are_named(machine: Machine) -> None:
    machine.script("id", "echo 1000")
    machine.script("apt-get", "echo 'apt-get must not run' >&2; exit 99")
    run = machine.make("test")
    assert run.returncode == 2
    assert "missing: the right to install (run as root) the Debian packages prometheus " in run.stderr
    assert " starman openssl nodejs npm " in run.stderr
    assert "must not run" not in run.stderr


def test_without_apt_get_the_packages_are_named(machine: Machine) -> None:
    machine.script("id", "echo 0")
    run = machine.make("test")
    assert run.returncode == 2
    assert "missing: apt-get, to install the Debian packages prometheus" in run.stderr


def test_an_installation_that_fails_names_what_is_still_missing(machine: Machine, tmp_path: Path) -> None:
    machine.script("id", "echo 0")
    machine.script("apt-get", "echo 'E: no such package' >&2; exit 100")
    run = machine.make("servers", POLICY_RC_D=str(tmp_path / "policy"))
    assert run.returncode == 2
    assert "E: no such package" in run.stderr
    assert "apt-get failed, see above" in run.stderr


@pytest.mark.parametrize("there", [True, False])
def test_no_service_may_start_during_the_installation_and_the_policy_is_as_before(machine: Machine, tmp_path: Path, there: bool) -> None:
    policy = tmp_path / "policy"
    if there:
        policy.write_text("#!/bin/sh\nexit 101\n# the administrator's own\n", "utf-8")
        policy.chmod(0o755)
    before = policy.read_text("utf-8") if there else None
    machine.script("id", "echo 0")
    machine.script("apt-get", f'"{policy}"; echo "the policy says $?" >&2; exit 100')
    run = machine.make("servers", POLICY_RC_D=str(policy))
    assert "the policy says 101" in run.stderr
    assert (policy.read_text("utf-8") if policy.exists() else None) == before


def test_help_lists_every_target(machine: Machine) -> None:
    run = machine.make()
    phony = next(line for line in (ROOT / "Makefile").read_text("utf-8").splitlines() if line.startswith(".PHONY:"))
    assert run.returncode == 0
    assert sorted(line.split()[1] for line in run.stdout.splitlines()) == sorted(phony.split()[1:])


def test_a_package_that_cannot_be_had_ends_the_installation_with_pips_own_words(machine: Machine, tmp_path: Path) -> None:
    lock = machine.clone / "requirements.lock"
    kept = lock.read_text("utf-8")
    lock.write_text("vigie-is-not-this==1 --hash=sha256:" + "0" * 64 + "\n", "utf-8")
    machine.script("python3", f'exec "{sys.executable}" "$@"')
    try:
        run = machine.make("venv", PIP_NO_INDEX="1")
    finally:
        lock.write_text(kept, "utf-8")
    assert run.returncode == 2
    assert "No matching distribution found for" in run.stderr
    assert not list((machine.clone / ".venv").glob(".vigie-runtime-*"))


def only(package: str, lock: str) -> str:
    """The part of a lock that is about one package, with its hashes."""
    found = re.search(rf"^{package}==(?:.*\\\n)*.*\n", lock, re.MULTILINE)
    assert found
    return found[0]


def test_the_environment_is_made_by_hash_once_from_anywhere_and_has_the_command(
    machine: Machine, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """It has the package that `vigie --version` needs: test_dockerfile.py installs all of them."""
    lock = machine.clone / "requirements.lock"
    lock.write_text(only("click", lock.read_text("utf-8")), "utf-8")
    machine.script("python3", f'exec "{sys.executable}" "$@"')
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    first = machine.make("-C", str(machine.clone), "venv", cwd=elsewhere)
    assert first.returncode == 0, first.stderr
    told = [line for line in first.stderr.splitlines() if line.startswith("vigie:")]
    assert told[-4:] == [
        "vigie: installing requirements.lock into .venv",
        "vigie:   unpacking them",
        "vigie: installing Vigie itself",
        "vigie:   unpacking them",
    ]
    machine.script("python3", "exit 1")  # up to date: no Python is even looked for
    second = machine.make("-C", str(machine.clone), "venv", cwd=elsewhere)
    assert (second.returncode, second.stderr) == (0, "")
    version = subprocess.run(
        [machine.clone / ".venv/bin/vigie", "--version"],
        cwd=elsewhere,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert (version.returncode, "0.1.1" in version.stdout) == (0, True), version.stderr
    assert list(elsewhere.iterdir()) == []
