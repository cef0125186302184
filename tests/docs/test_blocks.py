"""Every block of code of the documents that can be run is run; NOT_RUN has the others, with why.

A block of commands has its scene in a comment above it, which readers do not see:

    <!-- run: watched -->      a configuration `vigie.yml` of a simulated hub is there
    <!-- run: history -->      the same, with a ledger; `restore`: with its backup, and no ledger
    <!-- run: demo -->         the demonstration was played before, and nothing else is there
    <!-- run: shell -->        an empty folder

A block of YAML has its kind beside its language: `whole` and `fragment` (of a `vigie.yml`),
`fragment idp`, `prometheus`, `alertmanager`.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from probe.cli import main
from probe.config.load import load_with_warnings
from tests.builders import a_day
from tests.config.conftest import VALID, write_secret
from tests.fakes.recorder import ImmediateRecorder, ledger
from tests.house.paths import ROOT, files
from tests.servers.alertmanager import amtool
from tests.servers.prometheus import promtool
from tests.service.running import Simulator, simulating

NOT_RUN = {
    "README.md": {"make demo": "tests/cli/test_demo.py plays it; tests/house/test_make.py makes the environment"},
    "CONTRIBUTING.md": {"make test-unit": "it is this test"},
    "docs/quick-start.md": {"git clone": "tests/cli/test_demo.py plays it; tests/house/test_make.py makes the environment"},
    "docs/install.md": {
        "python3 -m venv": "it installs for a minute; tests/house/test_dockerfile.py installs by the same locks",
        "cp /opt/vigie": "needs systemd as the first process, and root; tests/house/test_systemd.py holds the unit",
        "docker compose": "needs a container engine; tests/house/test_compose.py holds the file",
        "server {": "nginx is not among the servers of the tests",
    },
    "docs/first-hub.md": {
        "vigie init": "it asks on a terminal, and a hub with these names; tests/cli/test_init.py answers and gives the options",
        "vigie run": "goes on until it is stopped; tests/service/test_watch.py runs it as a process",
    },
    "docs/add-an-idp.md": {
        "vigie journey ameli-fr --learn": "asks a person before each form; tests/cli/test_learning.py confirms them by options",
        "systemctl reload": "needs systemd as the first process, and root",
    },
    "docs/backup.md": {"vigie store backup /var": "paths of a server; the same command is run above it"},
    "docs/simulator.md": {
        ".venv/bin/python -m simulator": "goes on until it is stopped; tests/simulator and every test of a watch run it",
        ".venv/bin/vigie run": "goes on until it is stopped; tests/service/test_watch.py runs it as a process",
        "CONTROL=": "tests/simulator sets and clears faults by the same calls",
        "curl -X POST": "tests/simulator sets and clears faults by the same calls",
    },
}
"""How a block begins that is not run here, and why."""

OTHERS = re.compile(r"^(docs/runbooks/|CHANGELOG|\.github/)")
"""What has tests of its own, or no commands."""

WELL = {"status": (0, 1, 3), "check": (0, 1, 2, 3), "upgrade": (0, 1)}
"""The exit statuses of commands that tell by them how something is; others end with 0."""


@dataclass(frozen=True, slots=True)
class Block:
    """A block of code of a document."""

    page: str
    line: int
    language: str
    kind: str
    scene: str
    code: str

    @property
    def why_not(self) -> str:
        """Why it is not run; empty when it is."""
        return next((why for begins, why in NOT_RUN.get(self.page, {}).items() if self.code.startswith(begins)), "")

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


_BLOCK = re.compile(r"(?:^<!-- run: ([\w ]+) -->\n)?^```([\w-]*)(?: ([\w -]+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks() -> Iterator[Block]:
    for path in files():
        if path.suffix == ".md" and not OTHERS.search(str(path)):
            text = (ROOT / path).read_text("utf-8")
            for found_ in _BLOCK.finditer(text):
                line = text.count("\n", 0, found_.start()) + 1
                yield Block(str(path), line, found_[2], found_[3] or "", found_[1] or "", found_[4])


BLOCKS = list(blocks())
COMMANDS = [block for block in BLOCKS if block.language in ("sh", "nginx")]
YAML = [block for block in BLOCKS if block.language == "yaml"]
RUN = [block for block in COMMANDS if not block.why_not]


def of_kind(*kinds: str) -> list[Any]:
    return [pytest.param(block, id=str(block)) for block in YAML if block.kind in kinds]


# --- nothing is left out --------------------------------------------------------------------------


def test_each_block_of_commands_is_run_or_it_is_said_why_not() -> None:
    assert len(RUN) >= 10
    assert [str(block) for block in RUN if not block.scene] == []
    assert [str(block) for block in COMMANDS if block.why_not and block.scene] == []


def test_each_block_of_yaml_has_its_kind() -> None:
    assert [str(block) for block in YAML if block.kind not in ("whole", "fragment", "fragment idp", "prometheus", "alertmanager")] == []


def test_no_commands_hide_in_a_block_without_a_language() -> None:
    command = re.compile(r"^(\$ |\.venv/bin/|vigie [a-z]+ -|make [a-z]|docker |systemctl |curl )", re.MULTILINE)
    assert [str(block) for block in BLOCKS if block.language == "" and command.search(block.code)] == []


def test_whatever_is_listed_as_not_run_is_there() -> None:
    listed = {(page, begins) for page, all_ in NOT_RUN.items() for begins in all_}
    there = {(page, begins) for page, begins in listed if any(block.page == page and block.code.startswith(begins) for block in COMMANDS)}
    assert listed == there


# --- commands -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with simulating(tmp_path_factory.mktemp("federation"), "--interval", "1s", "--idps", "ameli,yris") as made:
        yield made


@pytest.fixture
def scene(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which a block is run, furnished as its comment says."""
    name = request.param
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.delenv("VIGIE_CONFIG", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("VIGIE_AUTHOR", "A. Martin")
    if name == "shell":
        return here
    folder = tmp_path / "state/vigie/demo" if name == "demo" else here
    folder.mkdir(parents=True, exist_ok=True)
    config = request.getfixturevalue("simulator").config(folder / "vigie.yml")
    if name in ("history", "demo", "restore"):
        with ledger(config.with_suffix(".db")) as engine:
            ImmediateRecorder(engine).keep(a_day())
    if name == "restore":
        in_shell("""vigie store backup vigie-$(date +%F).jsonl.gz --config vigie.yml && rm vigie.db*""", here)
    return here


def in_shell(line: str, here: Path) -> None:
    """Run a line as a shell does, `vigie` being this tree's."""
    program = f'vigie() {{ "{sys.executable}" -c "import sys; from probe.cli import main; sys.argv[0] = \'vigie\'; main()" "$@"; }}'
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(["bash", "-euc", f"{program}\n{line}"], cwd=here, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"


def in_this_process(line: str, here: Path) -> None:
    """Run a command of Vigie's without the second that a process takes to start."""
    words = subprocess.run(["bash", "-euc", f"printf '%s\\0' {line}"], cwd=here, capture_output=True, text=True, check=True)
    arguments = words.stdout.split("\0")[1:-1]
    done = CliRunner().invoke(main, arguments, prog_name="vigie")
    assert done.exception is None or isinstance(done.exception, SystemExit), f"{line}: {done.exception!r}"
    assert done.exit_code in WELL.get(arguments[0], (0,)), f"{line}\n{done.output}"


@pytest.mark.parametrize(("block", "scene"), [pytest.param(block, block.scene, id=str(block)) for block in RUN], indirect=["scene"])
def test_the_commands_of_a_block_do_what_they_say(block: Block, scene: Path) -> None:
    shell: list[str] = []
    for written in block.code.splitlines():
        line = written.removeprefix(".venv/bin/").partition("  #")[0]
        if line.startswith("vigie ") and not re.search(r"[|>&;]", line):
            in_this_process(line, scene)
        elif line.startswith("vigie ") and " || " in line:
            in_this_process(line.partition(" || ")[0], scene)
        else:
            shell.append(line)
    if shell:
        in_shell("\n".join(shell), scene)
        assert block.scene != "shell" or any(scene.rglob("*")), "the commands make something"


# --- configurations -------------------------------------------------------------------------------


def loaded(document: dict[str, Any], folder: Path) -> None:
    """Load a configuration, its secrets beside it. A problem fails the test, on its line."""
    text = yaml.safe_dump(document, allow_unicode=True)
    for name in re.findall(r"file: ['\"]?(secrets?[\w/]*)", text):
        write_secret(folder / name)
    (folder / "vigie.yml").write_text(text, "utf-8")
    load_with_warnings(folder / "vigie.yml")


def read(code: str) -> Any:
    return yaml.load(code, yaml.BaseLoader)  # noqa: S506 - strings only


@pytest.mark.parametrize("block", of_kind("whole", "fragment", "fragment idp"))
def test_a_configuration_of_a_document_is_valid(block: Block, tmp_path: Path) -> None:
    given = read(block.code)
    document = read(VALID)
    if block.kind == "whole":
        document = given
    elif block.kind == "fragment idp":
        document["recipes"] = {given[0]["recipe"]: {"pages": [{"fill": {"name": "{username}", "password": "{password}"}}]}}
        document["hubs"][0]["idps"] = given
    else:
        document |= given
    loaded(document, tmp_path)


@pytest.mark.servers
@pytest.mark.parametrize("block", of_kind("prometheus", "alertmanager"))
def test_a_snippet_for_another_program_is_accepted_by_its_tool(block: Block, tmp_path: Path) -> None:
    path = tmp_path / "given.yml"
    if block.kind == "prometheus":
        path.write_text(block.code, "utf-8")
        done = promtool("check", "config", "--syntax-only", str(path))
    else:
        path.write_text(f"route: {{receiver: vigie}}\n{block.code}", "utf-8")
        done = amtool("check-config", str(path))
    assert done.returncode == 0, done.stdout + done.stderr
