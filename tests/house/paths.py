"""Where the checkout is, and what is in it."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def files() -> list[Path]:
    """The project's own files, relative to the checkout: tracked ones,
    and new ones that git would take.
    """
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [Path(name) for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def copy_to(folder: Path, keep: Callable[[Path], bool] = lambda name: True) -> Path:
    """Copy the project's own files that `keep` wants into `folder`,
    as a clone would. Returns it.
    """
    for name in filter(keep, files()):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)
    return folder
