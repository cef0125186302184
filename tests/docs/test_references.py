"""The pages that are written by a program say what the models and the commands say."""

from pathlib import Path

import pytest

from probe.cli.reference import document as commands
from probe.config.outliner import outline
from probe.config.reference import Manual, manual_of, sections
from probe.config.reference import document as configuration
from tests.house.paths import ROOT

PAGE = (ROOT / "docs/configuration.md").read_text("utf-8")


def test_the_configurations_page_is_written_from_the_models_and_the_manual() -> None:
    assert configuration(ROOT) == PAGE, "python -m probe.config.reference > docs/configuration.md"


def test_the_commands_page_is_written_from_the_commands() -> None:
    assert commands() == (ROOT / "docs/commands.md").read_text("utf-8"), "python -m probe.cli.reference > docs/commands.md"


def test_every_key_of_the_configuration_has_a_meaning() -> None:
    manual, models = manual_of(ROOT), outline()["models"]
    meaningless = [f"{name}.{key}" for name in sections(outline()) for key in models[name] if not manual.meaning(name, key)]
    assert meaningless == [], "a comment beside it in config/vigie.yml says what it means"


@pytest.mark.parametrize("row", ["| `retention` | duration (30s, 2h) | `90d` |", "| `hubs` | list: [Hub](#hub) | needed |"])
def test_a_key_has_its_kind_and_its_default(row: str) -> None:
    assert row in PAGE


MANUAL = """\
# How long the observations are kept.
# For ever is too long.
# retention: 90d                       # default: three months

hubs:
  - name: one                            # a name of your own
    idps:
      - name: two
        depth: identity                  # how far
                                         # it goes
    #     hosts: [x.example]             # not where it stands
"""


def test_a_meaning_is_made_of_the_comment_above_and_those_beside() -> None:
    manual = Manual(outline())
    manual.read(MANUAL)
    assert manual.meaning("Config", "retention") == "How long the observations are kept. For ever is too long. default: three months"
    assert manual.meaning("Hub", "name") == "a name of your own"
    assert manual.meaning("IdP", "depth") == "how far it goes"
    assert manual.meaning("IdP", "name") == ""


def test_what_an_earlier_manual_says_stays() -> None:
    manual = Manual(outline())
    manual.read("# language: fr   # first\n")
    manual.read("# language: fr   # second\n")
    assert manual.meaning("Config", "language") == "first"


def test_the_page_is_found_by_its_reader() -> None:
    assert Path("configuration.md").name in (ROOT / "docs/README.md").read_text("utf-8")
