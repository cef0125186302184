"""`heartbeat:` is read, and what is wrong with it is said on its line."""

from pathlib import Path

import pytest

from probe.config.heartbeat import Heartbeat
from probe.config.load import load
from probe.errors import ConfigError
from tests.config.conftest import VALID, write_secret


def written(folder: Path, settings: str) -> Path:
    write_secret(folder / "secret")
    write_secret(folder / "no_url", "no address at all")
    path = folder / "vigie.yml"
    path.write_text(f"{VALID}heartbeat: {settings}\n", "utf-8")
    return path


def test_an_address_is_enough(tmp_path: Path) -> None:
    assert load(written(tmp_path, "{url: 'https://alive.example/vigie'}")).heartbeat == Heartbeat(url="https://alive.example/vigie")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("{interval: 30s}", "heartbeat: needs either url: or secret_url:"),
        ("{url: 'https://a.example', secret_url: {file: no_url}}", "heartbeat: needs either url: or secret_url:"),
        ("{url: 'https://a.example', interval: 1s}", "heartbeat: is too frequent: interval: at least 5s"),
        ("{secret_url: {file: no_url}}", "heartbeat.secret_url.file: does not hold an http or https URL"),
        ("{secret_url: {file: nowhere}}", "heartbeat.secret_url.file: names a file that does not exist"),
        ("{url: 'https://a.example', ca_file: nowhere.pem}", "heartbeat.ca_file: "),
    ],
)
def test_what_is_wrong_is_said(settings: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(written(tmp_path, settings))
    assert said in str(caught.value)
    assert "no address" not in str(caught.value)
