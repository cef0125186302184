"""Vigie as a user runs it: its commands as processes, its ledger, its metrics page."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.servers.processes import Server

_COMMAND_S = 60.0
_POLL_S = 0.1
PATIENCE_S = 30.0
"""How long a fact may take to show on a busy machine; on an idle one a confirmed outage takes two
or three seconds.
"""


class Samples:
    """One reading of the metrics page."""

    def __init__(self, exposition: str) -> None:
        self._found = [sample for family in text_string_to_metric_families(exposition) for sample in family.samples]

    def of(self, name: str, **labels: str) -> dict[tuple[tuple[str, str], ...], float]:
        """The series of this name that have these labels: all their labels, sorted -> value."""
        return {
            tuple(sorted(sample.labels.items())): sample.value
            for sample in self._found
            if sample.name == name and labels.items() <= sample.labels.items()
        }

    def value(self, name: str, **labels: str) -> float:
        """The value of the only such series. Raises AssertionError when there
        is none, or several.
        """
        found = self.of(name, **labels)
        assert len(found) == 1, f"{name} {labels}: {len(found)} series"
        return next(iter(found.values()))

    def values(self, name: str, **labels: str) -> list[float]:
        return list(self.of(name, **labels).values())


class Vigie:
    """One configuration: the watch (a context manager that runs `vigie run`),
    and the commands beside it.
    """

    def __init__(self, config: Path) -> None:
        self.config = config
        document = yaml.safe_load(config.read_text("utf-8"))
        self.url = f"http://{document['listen']}"
        self.address = str(document["listen"])
        self.idps = {str(hub["name"]): [str(idp["name"]) for idp in hub["idps"]] for hub in document["hubs"]}
        self._server = Server(
            "vigie",
            [_VIGIE, "run", "--config", str(config)],
            ready=self._ready,
            log=config.with_name("vigie.log"),
        )

    def __enter__(self) -> "Vigie":
        self._server.start(PATIENCE_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()

    def _ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", timeout=2.0, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    # --- what a user reads

    def command(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run `vigie ARGUMENTS` with this configuration, to its end."""
        argv = [_VIGIE, *arguments, "--config", str(self.config)]
        return subprocess.run(argv, capture_output=True, text=True, timeout=_COMMAND_S, check=False, stdin=subprocess.DEVNULL)

    def told(self, *arguments: str) -> Any:
        """The JSON that a command prints. Raises AssertionError when it fails."""
        done = self.command(*arguments, "--json")
        told = {0, 1, 3} if arguments[0] == "status" else {0}  # 1: something is down; 3: a hub is unknown
        assert done.returncode in told, f"vigie {' '.join(arguments)}: exit status {done.returncode}\n{done.stderr}\n{done.stdout}"
        return json.loads(done.stdout)

    def outages(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.told("outages")
        return found

    def status(self, hub: str = "hub") -> dict[str, Any]:
        """How a hub stands now, by `vigie status --json`."""
        return next(found for found in self.told("status")["hubs"] if found["hub"] == hub)

    def exposition(self) -> str:
        """The metrics page."""
        return httpx.get(f"{self.url}/metrics", timeout=10.0, trust_env=False).raise_for_status().text

    def samples(self) -> Samples:
        return Samples(self.exposition())

    @property
    def log(self) -> str:
        """The end of what `vigie run` logged."""
        return self._server.tail()

    # --- waiting for facts

    def until(self, holds: Callable[[Samples], bool], what: str, timeout_s: float = PATIENCE_S) -> Samples:
        """The first reading of the metrics page in which `holds`. Raises AssertionError,
        with what the page says, when none does.
        """
        end = time.monotonic() + timeout_s
        while not holds(samples := self.samples()):
            assert time.monotonic() < end, f"still not after {timeout_s} s: {what}; the page says {self._all(samples)}\n{self.log}"
            time.sleep(_POLL_S)
        return samples

    def _all(self, samples: Samples) -> Mapping[str, Mapping[str, str]]:
        return {hub: self.standings(samples, hub) for hub in self.idps}

    def standings(self, samples: Samples, hub: str = "hub") -> dict[str, str]:
        """`up`, `down` or `unknown` of each condition of a hub (`down`: it holds)
        and of each of its IdPs, as the metrics page says.
        """
        conditions = {
            name: _word(*(samples.value(f"vigie_condition_{twin}", hub=hub, condition=name) for twin in ("active", "unknown")))
            for name in CONDITIONS
        }
        idps = {
            name: _word(1 - samples.value("vigie_idp_available", hub=hub, idp=name), samples.value("vigie_idp_unknown", hub=hub, idp=name))
            for name in self.idps[hub]
        }
        return conditions | idps

    def until_well(self, since_s: float, timeout_s: float = PATIENCE_S) -> None:
        """Wait until nothing is wrong, nothing unknown, and every journey passed since `since_s`
        (Unix seconds).
        """

        def well(samples: Samples) -> bool:
            stands = {word for hub in self.idps for word in self.standings(samples, hub).values()}
            passed = [samples.values("vigie_last_success_timestamp_seconds", kind=kind) for kind in ("mire", "identity", "direct")]
            return stands == {"up"} and all(at > since_s for found in passed for at in found)

        self.until(well, "all is well", timeout_s)


C1, C2, C3 = CONDITIONS = ("mire_missing", "identity_not_returned", "all_idps_unavailable")
_VIGIE = str(Path(sys.executable).with_name("vigie"))  # the command as it is installed


def _word(down: float, unknown: float) -> str:
    return "unknown" if unknown else "down" if down else "up"
