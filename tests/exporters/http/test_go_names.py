"""What reads the Go exporter (blackbox_exporter) reads /probe: its names, its meanings."""

import asyncio
from pathlib import Path

import pytest
import yaml

from exporters.metrics.readings import TargetReading
from probe.core.judgement.observation import Hop, Observation, Outcome, Reason, Step
from tests.fakes.exporter import ServedExporter, served
from tests.fakes.peers import Walk, get, read_request, run, serve
from tests.fakes.readings import IDENTITY, MIRE, START, seen
from tests.servers.prometheus import Prometheus

HOPS = (
    Hop(
        Step.AUTHORIZE, "GET", "hub.example", "/a", 303, 0, 1_000, 2_000, 3_000, 4_000, 5_000, 15_000, None, START + 9_000_000, ip=6, http=2
    ),
    Hop(Step.MIRE, "GET", "hub.example", "/m", 200, 9, None, None, None, 40_000, 50_000, 90_000, http=2),
    Hop(Step.IDP_LOGIN_PAGE, "GET", "idp.example", "/l", 404, 9, 1, 10_000, 20_000, 0, 0, 30_001, None, START + 7_000_000, ip=4),
)


def told(text: str) -> dict[str, float]:
    """The series by the Go exporter's names, as they are written."""
    lines = (line.rpartition(" ") for line in text.splitlines() if line.startswith("probe_"))
    return {series: float(value) for series, _, value in lines}


async def asked(world: ServedExporter) -> dict[str, float]:
    async with world.client() as client:
        return told((await client.get("/probe?hub=fc&idp=alpha")).text)


async def test_a_journey_has_the_go_exporters_names() -> None:
    world = ServedExporter()
    world.result = seen(IDENTITY, Outcome.FAILED, hops=HOPS, reason=Reason.HTTP_STATUS, step=Step.IDP_LOGIN_PAGE)
    assert await asked(world) == {
        "probe_success": 0,
        "probe_duration_seconds": 1,
        "probe_dns_lookup_time_seconds": 0.001001,
        'probe_http_duration_seconds{phase="resolve"}': 0.001001,
        'probe_http_duration_seconds{phase="connect"}': 0.012,
        'probe_http_duration_seconds{phase="tls"}': 0.023,
        'probe_http_duration_seconds{phase="processing"}': 0.044,
        'probe_http_duration_seconds{phase="transfer"}': 0.055,
        "probe_http_status_code": 404,
        "probe_http_redirects": 1,
        "probe_http_version": 1.1,
        "probe_ip_protocol": 4,
        "probe_http_ssl": 1,
        "probe_ssl_earliest_cert_expiry": START / 1e6 + 7,
    }


async def test_a_host_that_was_not_reached_has_neither_version_nor_certificate() -> None:
    world = ServedExporter()
    world.result = seen(MIRE, Outcome.FAILED, hops=(Hop(Step.AUTHORIZE, "GET", "hub.example", "/", total_us=5, error=Reason.CONNECT),))
    found = await asked(world)
    assert (found["probe_success"], found["probe_http_status_code"], found["probe_http_ssl"]) == (0, 0, 0)
    assert not {"probe_http_version", "probe_ip_protocol", "probe_ssl_earliest_cert_expiry"} & found.keys()


class ProbingPrometheus(Prometheus):
    """Scrapes /probe, and waits for its answers for as long as its interval."""

    def _write(self, targets: object) -> None:
        super()._write(targets)  # type: ignore[arg-type]
        document = yaml.safe_load(self._config.read_text("utf-8"))
        for job in document["scrape_configs"]:
            job |= {"metrics_path": "/probe", "params": {"hub": ["fc"], "idp": ["alpha"]}}
        self._config.write_text(yaml.safe_dump(document), "utf-8")


@pytest.mark.servers
async def test_a_real_prometheus_is_told_of_a_host_that_hangs_before_it_gives_up(tmp_path: Path) -> None:
    """It waits for 2 s, and the journey has a deadline of 45 s: without its header it would only
    say `up 0`. It takes some seconds, as Prometheus starts, and scrapes at its interval.
    """

    async def hangs(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        await asyncio.sleep(60)

    class Hung(ServedExporter):
        async def run(self, target: TargetReading, deadline_us: int | None = None) -> Observation:
            return await run(Walk(get(f"http://127.0.0.1:{port}/"), kind=target.kind, deadline_us=deadline_us or 45_000_000))

    async with serve(hangs) as port, served(Hung()) as (_, at):
        with ProbingPrometheus(tmp_path, {"vigie": [f"127.0.0.1:{at}"]}, interval_s=2) as prometheus:
            wanted = "1 < probe_duration_seconds < 1.95 and probe_success == 0 and up == 1"
            reason = "and on (instance) vigie_probe_failure_info{reason='timeout'}"
            await asyncio.to_thread(prometheus.wait_for, f"{wanted} {reason}", 30)
