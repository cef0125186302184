"""Lets one process at a time write a ledger file.

The operating system releases the lock however that process ends.
"""

import fcntl
import os
from pathlib import Path
from typing import Self

from probe.errors import LedgerError, UnusableLedgerError, lasts
from probe.ledger.db.private_files import private_folder, private_opener


class Claim:
    """An exclusive lock on `<path>-lock`.

    It is a file of its own, because closing any handle of a SQLite file drops SQLite's own locks.
    """

    def __init__(self, path: Path) -> None:
        """Raises LedgerError when another process has it, or the file cannot be made."""
        try:
            private_folder(path.parent)
            self._handle = private_opener(f"{path}-lock", os.O_RDWR | os.O_CREAT)
        except OSError as error:
            kind = UnusableLedgerError if lasts(error) else LedgerError
            raise kind(f"{path}: cannot be locked for writing: {error.strerror}") from error
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._handle)
            taken = isinstance(error, BlockingIOError)
            why = "another Vigie is writing it" if taken else f"cannot be locked for writing: {error.strerror}"
            raise LedgerError(f"{path}: {why}") from error

    def release(self) -> None:
        """Release the lock. May be called twice."""
        handle, self._handle = self._handle, -1
        if handle >= 0:
            os.close(handle)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
