"""The files of the state folder, which has mode 0700. They have mode 0600 from the first byte."""

import os
from pathlib import Path


def private_folder(path: Path) -> Path:
    """Make the folder, and missing ones above it, for their owner only. Raises OSError."""
    if not path.parent.is_dir():
        private_folder(path.parent)
    path.mkdir(mode=0o700, exist_ok=True)
    path.chmod(0o700)
    return path


def write_private(path: Path, content: bytes | str) -> Path:
    """Write `path` with mode 0600, replacing it whole. Raises OSError."""
    data = content.encode() if isinstance(content, str) else content
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(data)
    draft.replace(path)
    return path
