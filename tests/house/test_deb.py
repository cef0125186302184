"""The Debian package, all but the packages that Vigie needs: what is in it, and what it does to a
machine. `make deb-check` installs the whole one in a clean root.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.paths import ROOT

PARTS = ROOT / "packaging/debian"


def run(*command: str, **env: str) -> str:
    """What a command prints. Raises AssertionError when it fails."""
    done = subprocess.run(command, env={**os.environ, **env}, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("deb")
    settings = {"OUTPUT": str(folder), "COMPRESSION": "none", "SOURCE_DATE_EPOCH": "1764460800", "SYSTEM_PYTHON": sys.executable}
    run("bash", str(ROOT / "scripts/deb.sh"), sys.executable, "--without-packages", **settings)
    (made,) = folder.glob("vigie_*.deb")
    return made


@pytest.fixture(scope="module")
def unpacked(package: Path) -> Path:
    folder = package.parent / "root"
    run("dpkg-deb", "-R", str(package), str(folder))
    return folder


@pytest.mark.servers
def test_it_says_which_python_it_is_for(package: Path) -> None:
    fields = dict(line.split(": ", 1) for line in run("dpkg-deb", "-f", str(package), "Version", "Depends", "Package").splitlines())
    assert fields["Package"] == "vigie"
    minor = sys.version_info.minor
    assert f"python3 (>= 3.{minor}), python3 (<< 3.{minor + 1})" in fields["Depends"]


@pytest.mark.servers
def test_its_environment_names_no_folder_of_the_build(unpacked: Path) -> None:
    script = (unpacked / "usr/lib/vigie/bin/vigie").read_text("utf-8")
    assert "/usr/lib/vigie/bin/python" in script.splitlines()[0] + script.splitlines()[1]
    assert sorted(path.name for path in (unpacked / "usr/lib/vigie/bin").iterdir() if not path.name.startswith("python")) == ["vigie"]
    assert os.readlink(unpacked / "usr/bin/vigie") == "../lib/vigie/bin/vigie"


@pytest.mark.servers
def test_the_unit_is_ours_and_runs_the_packages_command(unpacked: Path) -> None:
    unit = (unpacked / "lib/systemd/system/vigie.service").read_text("utf-8")
    ours = [line for line in (ROOT / "config/systemd/vigie.service").read_text("utf-8").splitlines() if line and not line.startswith("#")]
    assert [line for line in unit.splitlines() if line] == [line.replace("/opt/vigie/bin/vigie", "/usr/bin/vigie") for line in ours]


@pytest.mark.servers
def test_every_file_in_etc_is_kept_by_an_upgrade(unpacked: Path) -> None:
    in_etc = [f"/{path.relative_to(unpacked)}" for path in (unpacked / "etc").rglob("*") if path.is_file()]
    assert (unpacked / "DEBIAN/conffiles").read_text("utf-8").split() == in_etc == ["/etc/vigie/vigie.yml.example"]


@pytest.mark.servers
def test_the_configurations_are_there_to_begin_with(unpacked: Path) -> None:
    assert (unpacked / "usr/share/doc/vigie/examples/generic.yml").is_file()
    assert (unpacked / "usr/share/vigie/config/prometheus/vigie.rules.yml").is_file()


@pytest.mark.parametrize("name", ["postinst", "prerm", "postrm"])
def test_a_maintainer_script_is_sh_and_ends_at_the_first_error(name: str) -> None:
    run("sh", "-n", str(PARTS / name))
    assert "\nset -e\n" in (PARTS / name).read_text("utf-8")


def test_only_a_purge_takes_the_ledger() -> None:
    removing = {path.name: text for path in PARTS.glob("p*") if "rm -rf" in (text := path.read_text("utf-8"))}
    assert list(removing) == ["postrm"]
    before, _, purged = removing["postrm"].partition('if [ "$1" = purge ]; then')
    assert "rm -rf" not in before
    assert "rm -rf /var/lib/vigie /etc/vigie" in purged.partition("\nfi\n")[0]
