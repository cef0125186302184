"""The event loop of a watch."""

import asyncio
from pathlib import Path

import pytest

from probe.cli.process.loops import loop_factory


def test_the_faster_loop_is_taken_where_it_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under another name: whether uvloop itself is installed here is no matter of this test."""
    monkeypatch.setattr("probe.cli.process.loops.FASTER", "faster_loop")
    monkeypatch.delenv("VIGIE_LOOP", raising=False)
    assert loop_factory() is None
    (tmp_path / "faster_loop.py").write_text("from asyncio import SelectorEventLoop as new_event_loop\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    factory = loop_factory()
    assert factory is asyncio.SelectorEventLoop
    monkeypatch.setenv("VIGIE_LOOP", "asyncio")
    assert loop_factory() is None
