"""A real Prometheus that scrapes what a test exposes, and promtool's opinion of it."""

import os
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.servers.processes import Server, answers, free_port

_HOST = "127.0.0.1"
_PATIENCE_S = 120.0


@dataclass(frozen=True)
class Sample:
    """One series of an instant vector: its labels (the name among them),
    its value and its instant in Unix seconds.
    """

    labels: Mapping[str, str]
    value: float
    at_s: float


class Prometheus:
    """One server with its own storage, scraping `targets` (host:port) every `interval_s` seconds:
    a context manager.
    """

    def __init__(
        self,
        directory: Path,
        targets: Mapping[str, Sequence[str]],
        *,
        interval_s: int = 1,
        rules: Sequence[Path] = (),
        options: Sequence[str] = (),
    ) -> None:
        """`targets` maps a job's name to its host:port addresses; `rules` are files of rules;
        `options` are further flags.
        """
        self.port = free_port(_HOST)
        self.url = f"http://{_HOST}:{self.port}"
        self._config = directory / "prometheus.yml"
        self._interval_s = interval_s
        self._rules = [str(path) for path in rules]
        self._write(targets)
        self.server = Server(
            "prometheus",
            [
                shutil.which("prometheus") or "prometheus",
                f"--config.file={self._config}",
                f"--storage.tsdb.path={directory / 'prometheus'}",
                f"--web.listen-address={_HOST}:{self.port}",
                "--web.enable-lifecycle",
                *options,
            ],
            ready=answers(f"{self.url}/-/ready"),
            log=directory / "prometheus.log",
        )

    def __enter__(self) -> "Prometheus":
        self.server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.stop()

    def _write(self, targets: Mapping[str, Sequence[str]]) -> None:
        timing = {"scrape_interval": f"{self._interval_s}s", "evaluation_interval": f"{self._interval_s}s"}
        jobs = [{"job_name": job, "static_configs": [{"targets": list(addresses)}]} for job, addresses in targets.items()]
        self._config.write_text(yaml.safe_dump({"global": timing, "rule_files": self._rules, "scrape_configs": jobs}), "utf-8")

    def watch(self, targets: Mapping[str, Sequence[str]]) -> None:
        """Scrape these instead, from now on."""
        self._write(targets)
        httpx.post(f"{self.url}/-/reload", timeout=10.0, trust_env=False).raise_for_status()

    def query(self, promql: str) -> list[Sample]:
        """The instant vector that `promql` gives now. Raises AssertionError,
        with Prometheus's words, when it gives none such.
        """
        answer = self._get("query", query=promql)
        assert answer["resultType"] == "vector", f"{promql}: {answer['resultType']}, not a vector"
        return [Sample(row["metric"], float(row["value"][1]), float(row["value"][0])) for row in answer["result"]]

    def value(self, promql: str) -> float:
        """The one value that `promql` gives now. Raises AssertionError when it gives none or
        several.
        """
        samples = self.query(promql)
        assert len(samples) == 1, f"{promql}: {len(samples)} series, not one: {samples[:5]}"
        return samples[0].value

    def wait_for(self, promql: str, timeout_s: float = 15.0) -> list[Sample]:
        """The first answer of `promql` that is not empty. Raises AssertionError after `timeout_s`
        seconds without one.
        """
        end = time.monotonic() + timeout_s
        while not (samples := self.query(promql)):
            assert time.monotonic() < end, f"{promql}: still nothing after {timeout_s} s; targets: {self.targets()}"
            time.sleep(0.2)
        return samples

    def targets(self) -> list[dict[str, Any]]:
        """The targets it scrapes, with `health` and `lastError`."""
        active: list[dict[str, Any]] = self._get("targets")["activeTargets"]
        return active

    def _get(self, endpoint: str, **parameters: str) -> dict[str, Any]:
        answer = httpx.get(f"{self.url}/api/v1/{endpoint}", params=parameters, timeout=10.0, trust_env=False).json()
        assert answer["status"] == "success", f"{parameters}: {answer.get('error')}"
        data: dict[str, Any] = answer["data"]
        return data


def promtool(*arguments: str, stdin: str | None = None) -> "subprocess.CompletedProcess[str]":
    """Run promtool, as in `promtool("check", "rules", path)`."""
    argv = [shutil.which("promtool") or "promtool", *arguments]
    seldom = {**os.environ, "GOGC": "400"}  # it lives for a second, and frees what it need not
    return subprocess.run(argv, input=stdin or "", capture_output=True, text=True, timeout=_PATIENCE_S, check=False, env=seldom)


def lint_metrics(exposition: str) -> str:
    """What `promtool check metrics` says of a text exposition:
    the empty string when it finds nothing wrong.
    """
    verdict = promtool("check", "metrics", stdin=exposition)
    said = (verdict.stdout + verdict.stderr).strip()
    return said or ("" if verdict.returncode == 0 else f"exit status {verdict.returncode}")
