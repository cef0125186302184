"""`vigie journey IDP --learn`: a recipe, found page by page; a person confirms each form."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from probe.cli import learning, main
from probe.cli.options.budgets import logins_today
from probe.clock import SystemClock
from probe.config.load import load
from tests.cli.conftest import Call
from tests.service.running import Simulator


def host(simulator: Simulator, idp: str) -> str:
    return str(simulator.about["idps"][idp].removeprefix("http://"))


def without_recipe(simulator: Simulator, path: Path, *, password: str = "", budget: str = "") -> Path:
    """A configuration as `vigie init` writes it: ameli up to its login page, with an account."""

    def edit(document: dict[str, Any]) -> None:
        document["recipes"] = {}
        for idp in document["hubs"][0]["idps"]:
            idp.pop("recipe")
            idp["depth"] = "login-page"
            if password:
                (path.parent / "wrong").write_text(password)
                idp["account"]["password"] = {"file": str(path.parent / "wrong")}
            if budget:
                idp["account"]["budget"] = budget

    return simulator.config(path, edit)


def test_without_a_confirmation_nothing_is_sent_and_the_option_that_confirms_is_named(
    call: Call, simulator: Simulator, tmp_path: Path
) -> None:
    done = call("journey", "ameli", "--learn", "--config", without_recipe(simulator, tmp_path / "vigie.yml"))
    assert (done.exit_code, done.stdout) == (1, "")
    assert f"--confirm '{host(simulator, 'ameli')}:identifiant'" in done.stderr
    wrong = call("journey", "ameli", "--learn", "--config", tmp_path / "vigie.yml", "--confirm", "elsewhere.example:identifiant")
    assert (wrong.exit_code, wrong.stdout) == (1, "")


def test_a_login_of_two_pages_gives_a_recipe_with_which_the_journey_passes(call: Call, simulator: Simulator, tmp_path: Path) -> None:
    file = without_recipe(simulator, tmp_path / "vigie.yml", budget="1000000")
    confirmed = [part for name in ("identifiant", "code") for part in ("--confirm", f"{host(simulator, 'ameli')}:{name}")]
    done = call("journey", "ameli", "--learn", "--config", file, *confirmed)
    assert done.exit_code == 0, done.stderr
    learned = yaml.safe_load(done.stdout)
    assert [page["fill"] for page in learned["recipe"]["pages"]] == [{"identifiant": "{username}"}, {"code": "{password}"}]
    assert learned["recipe"]["pages"][1]["press"] == "#submit-password", "the first button changes the name"
    assert "the identity came back" in done.stderr
    document = yaml.safe_load(file.read_text())
    document["hubs"][0]["idps"][0] |= learned
    file.write_text(yaml.safe_dump(document))
    assert call("journey", "ameli", "--config", file).exit_code == 0, "pasted, it works"
    used = {idp: each.used for each in logins_today(load(file), SystemClock().now_us()) for _, idp in each.account.members}
    assert used["ameli"] == 3, "two tries and this journey count in the budget"


def test_a_person_at_a_terminal_confirms_each_form_and_may_say_no(
    monkeypatch: pytest.MonkeyPatch, simulator: Simulator, tmp_path: Path
) -> None:
    monkeypatch.setattr(learning, "_at_a_terminal", lambda: True)
    file = without_recipe(simulator, tmp_path / "vigie.yml")
    done = CliRunner().invoke(main, ["journey", "yris", "--learn", "--config", str(file)], input="y\nn\n")
    assert done.exit_code == 1
    assert "Send this form to" in done.stderr
    assert [page["fill"] for page in yaml.safe_load(done.stdout)["recipe"]["pages"]] == [{"username": "{username}"}]


def test_a_refused_password_is_typed_once(call: Call, simulator: Simulator, tmp_path: Path) -> None:
    file = without_recipe(simulator, tmp_path / "vigie.yml", password="not the password")
    confirmed = [part for name in ("identifiant", "code") for part in ("--confirm", f"{host(simulator, 'ameli')}:{name}")]
    done = call("journey", "ameli", "--learn", "--config", file, *confirmed)
    assert done.exit_code == 1
    assert "has not passed" in done.stderr
    assert "The account of ameli is refused" in done.stderr
    assert "To paste" not in done.stderr
    assert "not the password" not in done.output
    assert "Page 3" not in done.stderr


@pytest.mark.parametrize(
    ("more", "said"), [(["--json"], "--learn takes --hub and --confirm alone"), (["--trace"], "--learn takes --hub and --confirm alone")]
)
def test_options_that_do_not_go_together_are_refused(call: Call, config: Path, more: list[str], said: str) -> None:
    done = call("journey", "ameli", "--learn", "--config", config, *more)
    assert done.exit_code == 2
    assert said in done.stderr
