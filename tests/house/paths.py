"""Where the checkout is, and what is in it. Each is read once, for all tests of this folder."""

import ast
import gc
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def files() -> tuple[Path, ...]:
    """The project's own files, relative to the checkout: tracked ones,
    and new ones that git would take.
    """
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return tuple(Path(name) for name in listed.stdout.split("\0") if name and (ROOT / name).is_file())


@cache
def text(path: Path) -> str:
    """The content of a file of the project."""
    return (ROOT / path).read_text("utf-8")


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a module of the project."""
    return parsed(text(path))


def parsed(source: str) -> ast.Module:
    """The syntax tree of a source. The garbage collector rests meanwhile: it would go through all
    trees again and again, which takes twice as long as the parser.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        return ast.parse(source)
    finally:
        if collects:
            gc.enable()


def copy_to(folder: Path, keep: Callable[[Path], bool] = lambda name: True) -> Path:
    """Copy the project's own files that `keep` wants into `folder`,
    as a clone would. Returns it.
    """
    for name in filter(keep, files()):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)
    return folder
