"""What `vigie config check` warns of: what YAML took for a comment, what cannot be written."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from probe.config.load import load_with_warnings
from probe.config.source import parse_source
from probe.config.writable import unwritable

NOBODY = 65_534


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder into which another user than root may look, too."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o777)
        yield Path(made)


def warned(place: Path, more: str, hub: str = "") -> list[str]:
    (place / "secret").write_text("x")
    (place / "secret").chmod(0o644)
    file = place / "vigie.yml"
    file.write_text(
        f"{more}\ncontrol: {{targets: [{{name: a, url: http://127.0.0.1/}}, {{name: b, url: http://127.0.0.2/}}]}}\n"
        "hubs:\n  - name: fc\n    issuer: https://hub.example/api/v2\n"
        "    sp: {client_id: x, client_secret: {file: secret}, redirect_uri: https://sp.example/cb}\n"
        f"    idps: [{{name: one, tile: u, hosts: [idp.example], depth: login-page}}]\n{hub}"
    )
    file.chmod(0o644)
    load_with_warnings(file)  # what is imported on the way is, before the user changes
    was = os.geteuid()
    try:
        os.seteuid(NOBODY if was == 0 else was)
        config, warnings = load_with_warnings(file)
    finally:
        os.seteuid(was)
    assert {at for at, _ in unwritable(config)} <= {("store",), ("hubs", 0, "trusted_device", "file")}
    return [f"{problem.path}: {problem.message}" for problem in warnings if "chmod" not in problem.message]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("refused: #login-error", "is nothing: to YAML, what begins with # is a comment. Write it in quotes: '#login-error'"),
        ("refused: form #login", "ends before this #: to YAML, a # behind a space begins a comment"),
        ("fill: #hunter2", "is nothing: to YAML, what begins with # is a comment. Write it in quotes"),
        ("refused: # none yet", ""),
        ("refused: '#login'  # in quotes", ""),
        ("refused: .a#login", ""),
    ],
)
def test_a_value_that_yaml_takes_for_a_comment_is_told(line: str, said: str) -> None:
    told = [problem.message for problem in parse_source("a.yml", f"recipe:\n  {line}\nother: 1".encode()).warnings]
    assert "".join(told).startswith(said)
    assert bool(told) == bool(said)
    assert "hunter2" not in "".join(told)


def test_a_folder_that_is_not_there_is_told(place: Path) -> None:
    assert warned(place, "store: data/vigie.db") == [
        f"store: is in a folder that does not exist yet; vigie run makes it: '{place}/data/vigie.db'"
    ]
    told = warned(place, "", "    trusted_device: {file: no/device.json}\n")
    assert [one.partition(",")[0] for one in told] == ["hubs[0].trusted_device.file: is in a folder that does not exist"]


def test_a_place_that_whoever_checks_cannot_write_is_told_with_the_user(place: Path) -> None:
    closed = place / "closed"
    closed.mkdir(mode=0o555)
    told = warned(place, "store: closed/vigie.db", f"    trusted_device: {{file: {closed}/device.json}}\n")
    assert sorted(one.partition(" by ")[0] for one in told) == [
        "hubs[0].trusted_device.file: cannot be written",
        "store: cannot be written",
    ]
    assert f"'{closed}/vigie.db'" in "".join(told)
