"""What a shell is offered, asked as the shells ask it: by `_VIGIE_COMPLETE`."""

import os
import subprocess
from pathlib import Path

import pytest

from probe.cli.options.complete import client_names, hub_names, idp_names, incident_numbers, outage_names
from tests.cli.conftest import Call
from tests.service.running import VIGIE

MIRE, AMELI = "fc/C1@2026-01-01T00:01:00.000000Z", "fc/ameli@2026-01-01T00:00:12.000000Z"


def offered(call: Call, monkeypatch: pytest.MonkeyPatch, typed: str, shell: str = "bash") -> list[str]:
    """Return the lines that click's script of a shell gets for what was typed."""
    words = typed.split(" ")
    monkeypatch.setenv("COMP_WORDS", typed if shell == "bash" else " ".join(["vigie", *words[1:]]))
    monkeypatch.setenv("COMP_CWORD", words[-1] if shell == "fish" else str(len(words) - 1))
    monkeypatch.setenv("_VIGIE_COMPLETE", f"{shell}_complete")
    done = call()
    assert done.stderr == ""
    return [line for line in done.stdout.splitlines() if line]


@pytest.fixture
def watched(call: Call, history: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A ledger with two outages and an incident, found by VIGIE_CONFIG."""
    monkeypatch.setenv("VIGIE_CONFIG", str(history))
    opened = call("incidents", "open", "--severity", "4", "--title", "slow", "--idp", "ameli", "--author", "support")
    assert opened.exit_code == 0, opened.stderr
    return history


@pytest.mark.parametrize(
    ("typed", "values"),
    [
        ("vigie out", ["outages"]),
        ("vigie incidents re", ["remark", "reopen", "report", "resolve", "resume"]),
        ("vigie journey ", ["ameli", "yris"]),
        ("vigie journey a", ["ameli"]),
        ("vigie check --idp y", ["yris"]),
        ("vigie status --hub ", ["fc"]),
        ("vigie idp approve a", ["ameli"]),
        ("vigie outages ", [MIRE, AMELI]),
        ("vigie correct fc/a", [AMELI]),
        ("vigie incidents ack ", ["1"]),
        ("vigie incidents merge 1 --into ", ["1"]),
        ("vigie correct --as ", ["up", "unknown"]),
        ("vigie availability --hub x", []),
        ("vigie journey ameli --client ", []),
    ],
)
def test_names_are_offered_from_the_configuration_and_from_the_ledger(
    call: Call, watched: Path, monkeypatch: pytest.MonkeyPatch, typed: str, values: list[str]
) -> None:
    assert [line.partition(",")[2] for line in offered(call, monkeypatch, typed)] == values


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_each_shell_is_told_in_its_way(call: Call, watched: Path, monkeypatch: pytest.MonkeyPatch, shell: str) -> None:
    assert any("yris" in line for line in offered(call, monkeypatch, "vigie journey y", shell))


def test_a_shell_shows_what_a_command_does_in_the_reader_s_language(call: Call, watched: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Show one observation of the ledger, hop by hop." in "\n".join(offered(call, monkeypatch, "vigie obs", "zsh"))


@pytest.mark.parametrize("content", ["hubs: [\n", "hubs: 1\n", "hubs: [1, {name: x}]\n", "", "- 1\n", "store: nowhere.db\nhubs: []\n"])
def test_whatever_is_wrong_nothing_is_offered_and_nothing_said(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    path = tmp_path / "odd.yml"
    path.write_text(content)
    monkeypatch.setenv("VIGIE_CONFIG", str(path))
    for typed in ("vigie journey ", "vigie outages ", "vigie incidents ack ", "vigie status --hub ", "vigie check --config nowhere --idp "):
        assert offered(call, monkeypatch, typed) == [], typed


def test_each_completion_has_a_name_of_its_own() -> None:
    assert len({client_names, hub_names, idp_names, incident_numbers, outage_names}) == 5


def test_bash_itself_completes_a_word(watched: Path, tmp_path: Path) -> None:
    """The script that `docs/completion.md` installs, in a real bash."""
    script = """
eval "$(_VIGIE_COMPLETE=bash_source vigie)"
COMP_WORDS=(vigie journey y) COMP_CWORD=2 COMPREPLY=()
_vigie_completion vigie y journey
echo "${COMPREPLY[@]}"
"""
    environment = os.environ | {"PATH": f"{Path(VIGIE).parent}:{os.environ['PATH']}", "VIGIE_CONFIG": str(watched)}
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, env=environment, check=True, timeout=60)
    assert done.stdout.split() == ["yris"]
