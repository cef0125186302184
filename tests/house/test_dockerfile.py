"""The Dockerfile: its steps are carried out in a clean folder,
and what it names is started and found healthy.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.dockerfile import Machine, Stage, exec_form, parse, sent
from tests.house.paths import ROOT, copy_to
from tests.servers.processes import Server, free_port

STAGES = parse((ROOT / "Dockerfile").read_text("utf-8"))
FINAL = STAGES[-1]

CONFIG = """\
listen: 127.0.0.1:{port}
store: {store}
hubs:
  - name: nobody
    issuer: http://127.0.0.1:{closed}
    sp: {{client_id: vigie, client_secret: {{env: SP_SECRET}}, redirect_uri: "http://127.0.0.1:9/retour"}}
    idps:
      - {{name: idp, tile: idp, depth: login-page, hosts: ["127.0.0.1:{closed}"]}}
"""


def test_the_stages_start_from_the_slim_image_of_a_python_that_the_project_supports() -> None:
    assert [stage.base for stage in STAGES] == ["python:3.11-slim", "python:3.11-slim"]


def test_the_final_stage_runs_no_step_of_its_own_and_is_not_root() -> None:
    assert "RUN" not in [word for word, _ in FINAL.instructions]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", FINAL.last("USER"))


def test_the_ledger_stands_on_a_volume_that_belongs_to_the_user() -> None:
    assert FINAL.last("VOLUME") == FINAL.last("WORKDIR") == "/var/lib/vigie"
    assert f"--from=build --chown={FINAL.last('USER')} /var/lib/vigie /var/lib/vigie" in [argument for _, argument in FINAL.instructions]


def test_every_installation_is_by_hash_or_from_what_was_just_built() -> None:
    installs = [part for word, text in STAGES[0].instructions if word == "RUN" for part in text.split("&&") if "pip install" in part]
    assert installs
    assert [part for part in installs if "--require-hashes" not in part and "--no-deps --no-index" not in part] == []


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Machine]:
    """Both stages, built: `build` and `final`."""
    place = tmp_path_factory.mktemp("image")
    dockerignore = (ROOT / ".dockerignore").read_text("utf-8")
    context = copy_to(place / "context", lambda name: sent(dockerignore, name))
    subprocess.run([sys.executable, "-m", "venv", place / "base"], check=True, stdin=subprocess.DEVNULL)
    python = place / "base" / "bin" / "python"
    build = Machine(place / "build", context, python)
    build.build(STAGES[0])
    final = Machine(place / "final", context, python, {"build": build})
    final.build(FINAL)
    _move_environment(final.inside("/opt/vigie"), build.root, final.root)
    return {"build": build, "final": final}


def _move_environment(environment: Path, old: Path, new: Path) -> None:
    """In an image both stages call it /opt/vigie; here they stand in two folders,
    and its scripts name their interpreter.
    """
    for script in (environment / "bin").iterdir():
        if script.is_file() and not script.is_symlink():
            script.write_bytes(script.read_bytes().replace(str(old).encode(), str(new).encode()))


@pytest.fixture(scope="module")
def settings(machines: dict[str, Machine]) -> dict[str, str]:
    """The final stage's environment, with a configuration where VIGIE_CONFIG says."""
    final = machines["final"]
    environment = {name: final.located(value) for name, value in FINAL.environment().items()}
    port, closed = free_port("127.0.0.1"), free_port("127.0.0.1")
    config = Path(environment["VIGIE_CONFIG"])
    config.parent.mkdir(parents=True)
    config.write_text(CONFIG.format(port=port, closed=closed, store=final.inside("/var/lib/vigie/vigie.db")), "utf-8")
    environment["PATH"] = f"{final.inside('/opt/vigie/bin')}:/usr/bin:/bin"
    environment["VIGIE_HEALTH_URL"] = environment["VIGIE_HEALTH_URL"].replace(":9464", f":{port}")
    return final.environment(environment | {"SP_SECRET": "not a secret"})


@pytest.fixture(scope="module")
def as_built(machines: dict[str, Machine], settings: dict[str, str]) -> set[Path]:
    """The files of the final stage before anything runs in it."""
    return listing(machines["final"].root)


@pytest.fixture(scope="module")
def container(
    machines: dict[str, Machine], settings: dict[str, str], as_built: set[Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """What the image starts: its entry point and command, in its working folder."""
    final = machines["final"]
    command = exec_form(FINAL.last("ENTRYPOINT")) + exec_form(FINAL.last("CMD"))
    command[0] = str(final.inside("/opt/vigie/bin") / command[0])
    log = tmp_path_factory.mktemp("container") / "vigie.log"
    server = Server("vigie", command, ready=lambda: health(final, settings) == 0, log=log, env=settings, cwd=final.inside("."))
    server.start(timeout_s=30)
    yield server
    server.stop()


def health(final: Machine, settings: dict[str, str]) -> int:
    """The exit status of the health check that the image declares."""
    words = exec_form(FINAL.last("HEALTHCHECK").partition("CMD ")[2])
    words[0] = str(final.inside("/opt/vigie/bin") / words[0])
    return subprocess.run(words, env=settings, cwd=final.inside("."), stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode


def listing(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def test_the_image_holds_the_program_and_no_installer(machines: dict[str, Machine]) -> None:
    commands = {path.name for path in machines["final"].inside("/opt/vigie/bin").iterdir()}
    assert "vigie" in commands
    assert {name for name in commands if name.startswith("pip")} == set()


def test_the_health_check_fails_before_the_command_runs_and_succeeds_while_it_does(
    machines: dict[str, Machine], settings: dict[str, str], request: pytest.FixtureRequest
) -> None:
    assert health(machines["final"], settings) != 0
    server = request.getfixturevalue("container")
    assert server.running
    assert health(machines["final"], settings) == 0


def test_the_running_command_writes_to_the_volume_only(container: Server, machines: dict[str, Machine], as_built: set[Path]) -> None:
    root = machines["final"].root
    volume = machines["final"].inside(FINAL.last("VOLUME"))
    end = time.monotonic() + 10
    while not listing(volume):
        assert time.monotonic() < end, container.tail()
        time.sleep(0.1)
    time.sleep(1)  # let it work for a moment
    assert {path.relative_to(root) for path in listing(root) - as_built if volume not in path.parents} == set()


def test_the_command_ends_well_when_the_engine_stops_it(container: Server, machines: dict[str, Machine], settings: dict[str, str]) -> None:
    process = container.pid
    os.kill(process, 15)
    end = time.monotonic() + 10
    while container.running:
        assert time.monotonic() < end, container.tail()
        time.sleep(0.05)
    assert container.exit_status == 0
    assert health(machines["final"], settings) != 0


def test_a_missing_configuration_is_an_error_and_status_2(machines: dict[str, Machine], settings: dict[str, str]) -> None:
    final = machines["final"]
    command = exec_form(FINAL.last("ENTRYPOINT")) + exec_form(FINAL.last("CMD"))
    command[0] = str(final.inside("/opt/vigie/bin") / command[0])
    env = settings | {"VIGIE_CONFIG": "/nowhere/vigie.yml"}
    run = subprocess.run(command, env=env, cwd=final.inside("."), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert "/nowhere/vigie.yml" in run.stderr
    assert "Traceback" not in run.stderr


def test_stages_are_read_with_their_continuation_lines() -> None:
    (stage,) = parse("# note\nFROM a AS b\nRUN one\\\n    && two\n# note\nENV A=1 B=2\nENV B=3\n")
    assert stage == Stage("a", "b", [("RUN", "one && two"), ("ENV", "A=1 B=2"), ("ENV", "B=3")])
    assert stage.environment() == {"A": "1", "B": "3"}
