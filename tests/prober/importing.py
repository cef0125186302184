"""Run as a process: every journey of a configuration, again and again,
and what was imported meanwhile.

    python importing.py vigie.yml ROUNDS

Prints one line of JSON: for each round the names of the modules that somebody tried to import,
found or not, and the outcomes of its journeys.
"""

import asyncio
import json
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

from probe.clock import SystemClock
from probe.config.load import load
from probe.config.secrets import Secrets
from probe.journeys.plan import plan
from probe.prober.run import Prober
from probe.prober.targets import watched


class ImportRecorder:
    """A finder that finds nothing, and writes down what it was asked for:
    all that is not loaded yet.
    """

    def __init__(self) -> None:
        self.asked: list[str] = []

    def find_spec(self, name: str, _path: Any = None, _target: Any = None) -> ModuleSpec | None:
        self.asked.append(name)
        return None


async def rounds(path: Path, count: int) -> list[dict[str, list[str]]]:
    config = load(path)
    secrets = Secrets.read(config)
    prober = Prober(config, SystemClock())
    recorder = ImportRecorder()
    sys.meta_path.insert(0, recorder)
    found = []
    for _ in range(count):
        recorder.asked.clear()
        seen = [
            await prober.run(plan(config, secrets, target.hub or config.hubs[0], target.kind, target.name, target.backend))
            for target in watched(config)
        ]
        told = [f"{each.kind} {each.idp}: {each.outcome} {each.reason} {each.extract}" for each in seen]
        found.append({"imported": sorted(set(recorder.asked)), "told": told})
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(rounds(Path(sys.argv[1]), int(sys.argv[2])))) + "\n")
