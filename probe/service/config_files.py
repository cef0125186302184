"""Notices that the configuration file, or a file of a secret or a certificate that it names, has
other contents.

Theory of operation
-------------------
Contents are compared, and not times: a file that was only touched is no change, and Kubernetes
changes them by turning a link elsewhere. What is found changed is looked at once more, an interval
later, and taken when it is still the same: by then a file that was being written is whole. A
configuration that is refused is not asked for again until something changes.
"""

import asyncio
import hashlib
import secrets
import stat
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

from probe.clock import Clock
from probe.config.authorities import SYSTEM
from probe.config.source import LARGEST_FILE, parse_source
from probe.errors import ConfigError

READ_KEYS = frozenset({"file", "ca_file"})
OWN = frozenset({"trusted_device"})
"""Where `file` names one that Vigie writes itself."""
IDLE_US = 10_000_000
"""How often it is looked whether the files are to be watched, while they are not."""


class ConfigFiles:
    """The configuration file and those that it names."""

    def __init__(self, path: Path | None) -> None:
        """The contents as they are now count as asked for. `path` None: there is no file."""
        self._path = path
        self._key = secrets.token_bytes(32)  # what is kept of a secret cannot be compared elsewhere
        self._asked = self.digest()
        self._found = self._asked

    def digest(self) -> bytes:
        """Return a digest of all the contents. Reads the disk."""
        total = hashlib.blake2b(key=self._key)
        if self._path is not None:
            content = _content(self._path)
            for part in (content, *(_content(named) for named in _named(self._path, content))):
                total.update(b"absent" if part is None else b"%d:" % len(part) + part)
        return total.digest()

    def asked(self, digest: bytes) -> None:
        """Take note that a configuration with these contents was asked for."""
        self._asked = digest

    def changed(self, digest: bytes) -> bool:
        """Return whether these contents are others than those asked for, and as last time."""
        stays, self._found = digest == self._found, digest
        return stays and digest != self._asked


async def reload_on_change(
    files: ConfigFiles, interval_us: Callable[[], int | None], reload: Callable[[], Awaitable[object]], clock: Clock
) -> None:
    """Reload when the files have changed, until cancelled.

    `interval_us`: between two looks; None: do not look.
    """
    while True:
        interval = interval_us()
        await clock.sleep_us(interval or IDLE_US)
        if interval and files.changed(await asyncio.to_thread(files.digest)):
            await reload()


def _content(path: Path) -> bytes | None:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return None
        with path.open("rb") as opened:
            return opened.read(LARGEST_FILE + 1)
    except (OSError, ValueError):
        return None


def _named(path: Path, content: bytes | None) -> Iterator[Path]:
    """Yield the files that a configuration names, as far as it can be read."""
    try:
        data = parse_source(str(path), content or b"").data
    except ConfigError:
        return
    found = sorted(set(_names(data)) - {str(SYSTEM)})
    yield from (path.absolute().parent / name for name in found)


def _names(data: Any) -> Iterator[str]:
    if isinstance(data, dict):
        for key, value in data.items():
            if key in READ_KEYS and isinstance(value, str):
                yield value
            elif key not in OWN:
                yield from _names(value)
    elif isinstance(data, list):
        for value in data:
            yield from _names(value)
