"""The committed dashboards are those that `python -m dashboards` writes."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from dashboards.__main__ import main
from dashboards.generate import FOLDER, files
from dashboards.translation import translated
from probe.texts.bilingual import Language, Text
from tests.dashboards.made import DASHBOARDS, ENGLISH


def test_the_committed_files_are_current() -> None:
    written = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.json")}
    assert written == dict(files()), "run: python -m dashboards"


def test_it_needs_nothing_that_production_lacks() -> None:
    """Run without the tests' packages: the generator ships in the wheel."""
    code = "import sys; sys.modules['grafana_foundation_sdk'] = None; import dashboards.generate as made; assert len(made.files()) == 5"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=FOLDER.parents[1])


def test_check_says_which_file_is_not_current_and_writes_nothing(tmp_path: Path) -> None:
    runner = CliRunner()
    assert runner.invoke(main, ["--folder", str(tmp_path)]).exit_code == 0
    assert runner.invoke(main, ["--folder", str(tmp_path), "--check"]).exit_code == 0
    (tmp_path / "vigie-fi.json").write_text("{}\n", encoding="utf-8")
    (tmp_path / "left-over.json").write_text("{}\n", encoding="utf-8")
    checked = runner.invoke(main, ["--folder", str(tmp_path), "--check"])
    assert checked.exit_code == 1
    assert [line.rpartition("/")[2] for line in checked.output.splitlines()] == [
        "left-over.json: out of date; run python -m dashboards",
        "vigie-fi.json: out of date; run python -m dashboards",
    ]
    assert (tmp_path / "vigie-fi.json").read_text(encoding="utf-8") == "{}\n"


def test_a_folder_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    failed = CliRunner().invoke(main, ["--folder", str(tmp_path / "file" / "below")])
    assert (failed.exit_code, "Not a directory" in failed.output, "Traceback" in failed.output) == (2, True, False)


def test_a_language_that_is_not_spoken_is_refused() -> None:
    assert CliRunner().invoke(main, ["--language", "de"]).exit_code == 2


def test_the_runbooks_address_is_the_one_that_was_given(tmp_path: Path) -> None:
    CliRunner().invoke(main, ["--folder", str(tmp_path), "--runbooks", "https://vigie.example/fiches/"])
    assert '"query": "https://vigie.example/fiches"' in (tmp_path / "vigie-fi.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("uid", DASHBOARDS)
def test_both_languages_ask_the_same_in_other_words(uid: str) -> None:
    french, english = DASHBOARDS[uid], ENGLISH[uid]
    assert french["title"] != english["title"] or uid == "vigie-support"
    for one, other in zip(french["panels"], english["panels"], strict=True):
        assert [target["expr"] for target in one.get("targets", [])] == [target["expr"] for target in other.get("targets", [])]
        assert one.get("description") != other.get("description") or one["type"] == "row"


def test_french_is_typeset() -> None:
    said = {Text("a", "b"): [Text("Depuis : « hier » ?", "Since: yesterday?")]}
    assert translated(said, Language.FR) == {
        "a": ["Depuis\N{NO-BREAK SPACE}: «\N{NO-BREAK SPACE}hier\N{NO-BREAK SPACE}»\N{NO-BREAK SPACE}?"]
    }
    assert translated(said, Language.EN) == {"b": ["Since: yesterday?"]}
