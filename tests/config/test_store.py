"""Where the ledger is: a file, or a server that several probers share,
whose password is never written in the configuration.
"""

from pathlib import Path

import pytest

from probe.config.formats import check_store
from probe.config.load import load
from probe.config.secrets import Secrets, store_address
from probe.errors import ConfigError
from tests.config.conftest import VALID


@pytest.fixture
def write(tmp_path: Path):
    (tmp_path / "secret").write_text("s3cret\n")

    def written(top: str, text: str = VALID) -> Path:
        path = tmp_path / "vigie.yml"
        path.write_text(top + text, "utf-8")
        return path

    return written


def problems(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load(path)
    return str(caught.value)


def test_a_store_is_a_path_or_a_server(tmp_path: Path) -> None:
    assert check_store("data/x.db") == Path("data/x.db")
    assert check_store("sqlite:////srv/x.db") == Path("/srv/x.db")
    assert check_store("postgresql://vigie@db.example:5432/vigie") == "postgresql://vigie@db.example:5432/vigie"


@pytest.mark.parametrize(
    "wrong", ["mysql://h/d", "postgresql://u:p@h/d", "postgresql://h", "postgresql:///d", "postgresql://h:0/d", "postgresql://h/d/e"]
)
def test_another_address_is_refused_without_its_password(write, wrong: str) -> None:
    said = problems(write(f"store: {wrong}\n"))
    assert "vigie.yml:1: store:" in said
    assert "u:p" not in said


def test_the_password_comes_from_a_file_and_is_known_to_the_redactor(write, tmp_path: Path) -> None:
    (tmp_path / "db").write_text("pa/ss@1\n")
    config = load(write("store: postgresql://vigie@h:5432/d\nstore_password: {file: db}\n"))
    assert store_address(config) == "postgresql://vigie:pa%2Fss%401@h:5432/d"
    assert "pa/ss@1" in Secrets.read(config).values()
    assert "pa/ss@1" not in repr(config)


def test_what_only_a_shared_store_can_have_is_refused_elsewhere(write) -> None:
    assert "store_password: is for a postgresql:// store only" in problems(write("store_password: {env: HOME}\n"))
    assert "names no user" in problems(write("store: postgresql://h/d\nstore_password: {env: HOME}\n"))


def test_more_than_one_vantage_is_wanted_of_a_shared_store_only(write) -> None:
    """Alone in its file, a vantage would leave everything unknown for ever."""
    wanted = VALID.replace("    idps:\n", "    thresholds: {min_vantages: 2}\n    idps:\n")
    assert "min_vantages: needs a store that several probers share: postgresql://" in problems(write("store: vigie.db\n", wanted))
    load(write("store: postgresql://vigie@h/d\n", wanted))
