"""The engines that drive transfers: what one takes up, it gives back."""

import asyncio
import gc
import os
from pathlib import Path

import pytest

from probe.transport.engine import CurlEngines

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts descriptors")


async def test_an_engine_whose_file_changed_gives_its_descriptors_back(tmp_path: Path) -> None:
    ca_file = tmp_path / "ca.pem"
    ca_file.write_text("")
    engines = CurlEngines()
    engines.get(ca_file)
    opened = len(os.listdir("/proc/self/fd"))
    for turn in range(1, 4):
        os.utime(ca_file, (turn, turn))
        engines.get(ca_file)
        gc.collect()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert len(os.listdir("/proc/self/fd")) <= opened


async def test_an_unchanged_file_has_one_engine(tmp_path: Path) -> None:
    ca_file = tmp_path / "ca.pem"
    ca_file.write_text("")
    engines = CurlEngines()
    assert engines.get(ca_file) is engines.get(ca_file)
