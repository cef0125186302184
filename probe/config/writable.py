"""Warns of files that `vigie run` writes, and that whoever checks the configuration may not."""

import os
import pwd
from collections.abc import Iterator
from pathlib import Path

from probe.config.models import Config
from probe.config.rules import Violation
from probe.config.source import Path_, show

_EFFECTIVE = os.access in os.supports_effective_ids


def unwritable(config: Config) -> Iterator[Violation]:
    """Yield a warning for each file that cannot be written, or whose folder is not there."""
    own = ("store", config.store) if isinstance(config.store, Path) else ("spool", config.spool)
    files: list[tuple[Path_, Path]] = [((own[0],), own[1])]
    files += [
        (("hubs", index, "trusted_device", "file"), hub.trusted_device.file)
        for index, hub in enumerate(config.hubs)
        if hub.trusted_device and hub.trusted_device.file
    ]
    for at, file in files:
        if (problem := _problem(file, makes_folder=file.parent == own[1].parent)) is not None:
            yield at, f"{problem}: {show(file.absolute())}"


def _problem(file: Path, *, makes_folder: bool) -> str | None:
    folder = file.absolute().parent
    if not os.path.isdir(folder):
        nearest = next((each for each in folder.parents if os.path.exists(each)), Path("/"))
        if makes_folder and os.path.isdir(nearest) and _may(nearest, os.W_OK | os.X_OK):
            return "is in a folder that does not exist yet; vigie run makes it"
        return f"is in a folder that does not exist, and that {_user()}, who checks this, may not make"
    if _may(folder, os.W_OK | os.X_OK) and (not os.path.exists(file) or _may(file, os.R_OK | os.W_OK)):
        return None
    return f"cannot be written by {_user()}, who checks this: the user of vigie run must be able to"


def _may(path: Path, mode: int) -> bool:
    return os.access(path, mode, effective_ids=_EFFECTIVE)


def _user() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return f"user {os.geteuid()}"
