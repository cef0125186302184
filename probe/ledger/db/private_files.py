"""Files and folders that only their owner may read, whatever the umask: the ledger names people.

Each is made so, and is never for a moment otherwise. What is there already keeps its mode: an
operator may have widened it.
"""

import errno
import os
from contextlib import suppress
from pathlib import Path

FOLDER, FILE = 0o700, 0o600


def private_folder(path: Path) -> None:
    """Make the folder, and those above it that are not there. Raises OSError."""
    if path.is_dir():
        return
    if not path.parent.is_dir():
        private_folder(path.parent)
    try:
        path.mkdir(mode=FOLDER, exist_ok=True)
    except FileExistsError:  # and it is no folder
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path)) from None


def private_file(path: Path) -> None:
    """Make the file, empty, when it is not there. A file that is there is not even opened.

    Raises OSError.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE))


def private_opener(path: str, flags: int) -> int:
    """Return the `opener` of `open` for a file that only its owner may read."""
    return os.open(path, flags | os.O_CLOEXEC, FILE)
