"""The file of the trusted devices: what is kept, when it is written, and that of Vigie 0.1."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from probe.transport.cookies import Cookie
from probe.transport.devices import Devices
from probe.transport.set_cookie import SameSite

DAY = 86_400
COOKIE = Cookie("device", "s3cret", "hub.test", "/", secure=True, expires=1_700_000_000, same_site=SameSite.STRICT)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "devices.json"


@pytest.mark.parametrize("cookie", [COOKIE, replace(COOKIE, host_only=False, secure=False, expires=None, same_site=SameSite.DEFAULT)])
def test_what_is_saved_is_loaded_after_a_restart(file: Path, cookie: Cookie) -> None:
    Devices().save("hub", "alpha", cookie, file)
    assert Devices().load("hub", "alpha", file) == cookie


def test_the_file_is_written_when_a_device_changed_and_only_then(file: Path) -> None:
    devices = Devices()
    devices.save("hub", "alpha", COOKIE, file)
    written = file.stat().st_ino  # a new file each time

    devices.save("hub", "alpha", replace(COOKIE, expires=1_700_000_000 + DAY - 1, created=9), file)
    assert file.stat().st_ino == written  # each login moves the end a little

    for changed in (replace(COOKIE, expires=1_700_000_000 + 3 * DAY), replace(COOKIE, value="other"), None, COOKIE):
        before = file.read_text()
        devices.save("hub", "alpha", changed, file)
        assert file.read_text() != before


def test_small_moves_of_the_end_add_up(file: Path) -> None:
    devices = Devices()
    for hours in range(0, 72, 12):
        devices.save("hub", "alpha", replace(COOKIE, expires=1_700_000_000 + hours * 3_600), file)
    assert json.loads(file.read_text())["alpha"]["expires"] >= 1_700_000_000 + DAY


@pytest.mark.parametrize(("specified", "domain", "host_only"), [(False, "hub.test", True), (True, ".hub.test", False)])
def test_the_file_of_0_1_is_read(file: Path, specified: bool, domain: str, host_only: bool) -> None:
    state = {"name": "device", "value": "v", "domain": domain, "path": "/", "secure": True, "expires": 5}
    state |= {"domain_specified": specified, "domain_initial_dot": specified}
    file.write_text(json.dumps({"alpha": state}))
    assert Devices().load("hub", "alpha", file) == Cookie("device", "v", "hub.test", "/", host_only, secure=True, expires=5)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"alpha": 1}', '{"alpha": {"name": "x"}}', "null"])
def test_a_file_that_is_none_counts_as_empty(file: Path, text: str) -> None:
    file.write_text(text)
    assert Devices().load("hub", "alpha", file) is None
