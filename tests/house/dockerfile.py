"""Reads a Dockerfile, and carries out its stages in a folder that stands for the root of the file
system.

There is no container engine here. What counts is checked all the same:
the steps are the file's own, in order, in a clean place, with nothing there but what they copy.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Stage:
    """One `FROM`: its base, its name, and its instructions as (word, argument) pairs."""

    base: str
    name: str | None
    instructions: list[tuple[str, str]] = field(default_factory=list)

    def last(self, word: str) -> str:
        """The argument of the last `word`. Raises AssertionError when there is none."""
        found = [argument for name, argument in self.instructions if name == word]
        assert found, f"the Dockerfile has no {word}"
        return found[-1]

    def environment(self) -> dict[str, str]:
        """What its `ENV` instructions set."""
        settings: dict[str, str] = {}
        for word, argument in self.instructions:
            if word == "ENV":
                settings |= dict(pair.split("=", 1) for pair in argument.split())
        return settings


def parse(text: str) -> list[Stage]:
    """The stages of a Dockerfile, comments and continuation lines resolved."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    stages: list[Stage] = []
    for line in re.sub(r"\\\n\s*", " ", "\n".join(lines)).splitlines():
        word, _, argument = line.strip().partition(" ")
        if word == "FROM":
            base, _, name = argument.partition(" AS ")
            stages.append(Stage(base, name or None))
        else:
            stages[-1].instructions.append((word, argument.strip()))
    return stages


@dataclass
class Machine:
    """A folder that stands for `/` of one stage. `python` is the base image's interpreter."""

    root: Path
    context: Path
    python: Path
    others: Mapping[str, "Machine"] = field(default_factory=dict)
    folder: str = "/"

    def inside(self, path: str) -> Path:
        """Where an absolute path of the image, or one relative to its working
        folder, stands here.
        """
        return self.root / os.path.normpath(os.path.join(self.folder, path)).lstrip("/")

    def build(self, stage: Stage) -> None:
        """Carry out every instruction that changes files. Raises AssertionError,
        with what it printed, when a step fails.
        """
        for word, argument in stage.instructions:
            if word == "WORKDIR":
                self.folder = argument
                self.inside(".").mkdir(parents=True, exist_ok=True)
            elif word == "COPY":
                self._copy(argument)
            elif word == "RUN":
                self._run(argument)

    def located(self, command: str) -> str:
        """`command` with the image's absolute paths replaced by where they stand here."""
        return re.sub(r"(?<![\w./-])/(?=(?:opt|src|var|etc)/)", f"{self.root}/", command)

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """The machine's own settings for reaching packages,
        and a PATH that begins with the base image's Python.
        """
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV", "VIGIE"))}
        return kept | {"PATH": f"{self.python.parent}:/usr/bin:/bin"} | dict(extra or {})

    def _copy(self, argument: str) -> None:
        words = argument.split()
        options = dict(word.lstrip("-").split("=", 1) for word in words if word.startswith("--"))
        *sources, target = [word for word in words if not word.startswith("--")]
        origin = self.others[options["from"]].inside if "from" in options else self.context.joinpath
        for source in sources:
            path = origin(source)
            destination = self.inside(target)
            if path.is_dir():
                shutil.copytree(path, destination, symlinks=True, dirs_exist_ok=True)
            else:
                destination = destination / path.name if target.endswith("/") else destination
                destination.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, destination)

    def _run(self, command: str) -> None:
        done = subprocess.run(
            ["sh", "-ec", self.located(command)],
            cwd=self.inside("."),
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"RUN {command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"


def exec_form(argument: str) -> list[str]:
    """The words of an instruction in exec form: `["vigie", "run"]`.
    Raises ValueError on the shell form.
    """
    words: list[str] = json.loads(argument)
    return words


def sent(dockerignore: str, name: Path) -> bool:
    """Whether a build gets to see `name`, by the patterns that ours uses: `*`,
    `!name` and `**/name`; the last one that fits wins.
    """
    verdict = True
    for line in dockerignore.splitlines():
        if line == "*":
            verdict = False
        elif line.startswith("!") and name.parts[0] == line[1:]:
            verdict = True
        elif line.startswith("**/") and any(Path(part).match(line[3:]) for part in name.parts):
            verdict = False
    return verdict
