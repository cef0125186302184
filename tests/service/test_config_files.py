"""What counts as a change of the configuration's files, and when it is taken."""

import asyncio
import os
from pathlib import Path

import pytest

from probe.service.config_files import ConfigFiles, reload_on_change
from tests.fakes.clock import FakeClock

CONFIG = """\
store: vigie.db
api: {tokens: {camille: {file: secrets/camille}}}
hubs:
  - name: fc
    network: {ca_file: ca.pem}
    trusted_device: {file: device}
    sp: {client_secret: {file: /nowhere/secret}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "secrets").mkdir()
    for name, text in (("vigie.yml", CONFIG), ("secrets/camille", "one"), ("ca.pem", "one"), ("device", "one"), ("vigie.db", "one")):
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


@pytest.mark.parametrize("name", ["vigie.yml", "secrets/camille", "ca.pem"])
def test_a_file_that_is_read_counts(folder: Path, name: str) -> None:
    files = ConfigFiles(folder / "vigie.yml")
    before = files.digest()
    (folder / name).write_text("other: 1", "utf-8")
    assert files.digest() != before
    (folder / name).unlink()
    assert files.digest() != before


@pytest.mark.parametrize("name", ["device", "vigie.db"])
def test_a_file_that_vigie_writes_does_not(folder: Path, name: str) -> None:
    files = ConfigFiles(folder / "vigie.yml")
    before = files.digest()
    (folder / name).write_text("other: 1", "utf-8")
    assert files.digest() == before


def test_a_file_that_was_only_touched_is_no_change(folder: Path) -> None:
    files = ConfigFiles(folder / "vigie.yml")
    before = files.digest()
    os.utime(folder / "vigie.yml")
    (folder / "secrets/camille").chmod(0o600)
    assert files.digest() == before


def test_kubernetes_turns_a_link_elsewhere(folder: Path) -> None:
    for number, text in enumerate(("a: 1", "a: 2")):
        (folder / f"v{number}").mkdir()
        (folder / f"v{number}/vigie.yml").write_text(text, "utf-8")
    (folder / "..data").symlink_to("v0")
    files = ConfigFiles(folder / "..data/vigie.yml")
    before = files.digest()
    (folder / "..new").symlink_to("v1")
    (folder / "..new").rename(folder / "..data")
    assert files.digest() != before


def test_two_watches_have_nothing_in_common_of_a_secret(folder: Path) -> None:
    assert ConfigFiles(folder / "vigie.yml").digest() != ConfigFiles(folder / "vigie.yml").digest()


@pytest.mark.parametrize("content", ["", "- a", "a: [", "a: 1\na: 2", "a: \0"])
def test_what_is_no_configuration_counts_too(folder: Path, content: str) -> None:
    files = ConfigFiles(folder / "vigie.yml")
    before = files.digest()
    (folder / "vigie.yml").write_text(content, "utf-8")
    assert files.digest() != before


class Watched:
    """A loop over the files, and how often it reloaded."""

    def __init__(self, files: ConfigFiles, interval_us: int | None = 30_000_000) -> None:
        self.files, self.interval_us, self.reloads, self.clock = files, interval_us, 0, FakeClock()

    async def reload(self) -> None:
        self.files.asked(self.files.digest())
        self.reloads += 1

    async def look(self, times: int = 1) -> int:
        """Let it look so many times. Return how often it has reloaded."""
        for _ in range(times):
            await self.clock.advance_us(self.interval_us or 60_000_000)
            for _ in range(50):  # the thread that reads
                await asyncio.sleep(0.001)
        return self.reloads


async def test_a_change_is_taken_once_it_stays_and_only_once(folder: Path) -> None:
    watched = Watched(ConfigFiles(folder / "vigie.yml"))
    loop = asyncio.create_task(reload_on_change(watched.files, lambda: watched.interval_us, watched.reload, watched.clock))
    assert await watched.look() == 0
    for half in ("a", "a: ", "a: 1"):  # is being written
        (folder / "vigie.yml").write_text(half, "utf-8")
        assert await watched.look() == 0
    assert await watched.look() == 1
    assert await watched.look(2) == 1
    watched.interval_us = None
    (folder / "vigie.yml").write_text("b: 1", "utf-8")
    assert await watched.look(2) == 1, "it is off"
    loop.cancel()
