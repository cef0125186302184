"""A journey imports nothing: an import that fails is tried each time,
and measured into its phases.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from simulator import Federation, Settings

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "tests/prober/importing.py"
QUICK: dict[str, Any] = {"time_scale": 0.05, "interval": "30s"}


async def rounds_of(federation: Federation) -> list[dict[str, list[str]]]:
    command = [sys.executable, str(PROGRAM), str(federation.config_path), "3"]
    running = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"PYTHONPATH": str(ROOT)},
    )
    said, trouble = await running.communicate()
    assert running.returncode == 0, trouble.decode()
    found: list[dict[str, list[str]]] = json.loads(said)
    return found


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"tls": True},
        {"tls": True, "client": "sp-encrypted", "login_page": ("msa", "ameli")},
        {"client": "sp-private-key"},
        {"client": "sp-hs256", "profile": "franceconnect-v1"},
    ],
    ids=str,
)
async def test_no_journey_of_any_kind_imports_anything_once_it_has_run(settings: dict[str, Any]) -> None:
    async with Federation(Settings(**QUICK, **settings)) as federation:
        first, *later = await rounds_of(federation)
    assert all(": ok " in told for told in first["told"]), first["told"]
    assert first["imported"], "the recorder sees imports"
    assert [each["imported"] for each in later] == [[], []]


async def test_no_journey_that_fails_imports_anything_once_it_has_failed_so() -> None:
    async with Federation(Settings(**QUICK)) as federation:
        for party, fault in (("msa", "down"), ("ameli", "garbage"), ("yris", "userinfo_500"), ("trustme", "content_type")):
            await federation.set_fault(party, fault)
        first, *later = await rounds_of(federation)
    assert sum(": failed " in told for told in first["told"]) >= 4, first["told"]
    assert [each["imported"] for each in later] == [[], []]
