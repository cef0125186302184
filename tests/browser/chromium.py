"""Starts the one headless Chromium that visits every row."""

import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, async_playwright

_ARGUMENTS = [
    "--no-sandbox",  # the tests may run as root
    "--disable-gpu",
    "--disable-site-isolation-trials",  # one process shows every site: a new one takes a tenth of a second
    "--renderer-process-limit=1",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # of the hosts of rows the proxies know the addresses
]
SHELL = "chromium-headless-shell"
"""Chromium without its windows: a visit takes a quarter of the whole browser's time."""


def trust(home: Path, ca_file: Path) -> None:
    """Make Chromium with this home folder trust an authority."""
    store = home / ".pki/nssdb"
    store.mkdir(parents=True)
    for arguments in (["-N", "--empty-password"], ["-A", "-n", "tests", "-t", "C,,", "-i", str(ca_file)]):
        subprocess.run(["certutil", "-d", f"sql:{store}", *arguments], check=True, capture_output=True, stdin=subprocess.DEVNULL)


@asynccontextmanager
async def started(home: Path) -> AsyncIterator[Browser]:
    """A Chromium whose home folder is this one. It asks nobody on the network by itself."""
    environment: dict[str, str | float | bool] = {
        **os.environ,
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_CACHE_HOME": str(home / ".cache"),
    }
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which(SHELL), env=environment, args=_ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()
