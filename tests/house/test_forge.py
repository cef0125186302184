"""The files for the forge and the editor can be read, name what is there, and fetch nothing."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.house.paths import ROOT, files

FORMS = sorted(name for name in (ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml") if name.name != "config.yml")


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


def test_every_hook_is_a_tool_of_the_projects_own_environment() -> None:
    hooks = [hook for repo in read(ROOT / ".pre-commit-config.yaml")["repos"] for hook in repo["hooks"]]
    assert [repo["repo"] for repo in read(ROOT / ".pre-commit-config.yaml")["repos"]] == ["local"]
    assert [hook["id"] for hook in hooks if hook["language"] != "system"] == []
    missing = [hook["entry"] for hook in hooks if not (ROOT / hook["entry"].split()[0]).is_file()]
    assert len(hooks) >= 5
    assert missing == []


@pytest.mark.parametrize("form", FORMS, ids=lambda path: str(path.stem))
def test_an_issue_form_has_a_name_and_questions_each_with_an_id_of_its_own(form: Path) -> None:
    content = read(form)
    questions = [part for part in content["body"] if part["type"] != "markdown"]
    ids = [part["id"] for part in questions]
    assert content["name"]
    assert content["description"]
    assert ids
    assert len(ids) == len(set(ids))
    assert [part["id"] for part in questions if not part["attributes"]["label"]] == []


def test_there_is_a_form_for_a_bug_a_wrong_verdict_and_a_feature() -> None:
    assert [form.stem for form in FORMS] == ["bug", "feature", "wrong-verdict"]


def test_updates_are_asked_for_where_there_is_something_to_update() -> None:
    updates = read(ROOT / ".github/dependabot.yml")["updates"]
    assert [(update["package-ecosystem"], update["directory"]) for update in updates] == [("docker", "/")]
    assert Path("Dockerfile") in files()
