"""promtool has no complaint about the metrics, and a real Prometheus reads both formats."""

import asyncio

import pytest

from exporters.http.probe_endpoint import answer
from exporters.metrics.exposition import Format, page
from exporters.metrics.live import Meters
from exporters.metrics.names import HUB_UNKNOWN, RUNS
from exporters.metrics.states import LedgerStates
from probe.core.judgement.observation import Fault, Outcome, Reason, Step
from tests.fakes.clock import FakeClock
from tests.fakes.exporter import HOST, served
from tests.fakes.readings import HOPS, IDENTITY, MIRE, TILES, VIEW, History, failed, seen
from tests.servers.prometheus import Prometheus, lint_metrics

pytestmark = [pytest.mark.servers, pytest.mark.usefixtures("real_servers")]


def test_promtool_has_nothing_to_say_of_the_metrics() -> None:
    meters = Meters("1.2.3")
    meters.configure(VIEW)
    meters.observed(seen(MIRE, hops=HOPS, tiles=TILES))
    meters.observed(failed(IDENTITY, Step.VERIFY, Reason.STORE_ERROR, Fault.HUB))
    made = page([*LedgerStates(History(), FakeClock()).parts(VIEW), *meters.parts()], Format.TEXT)
    assert lint_metrics(made.decode()) == ""


def test_promtool_has_nothing_to_say_of_a_journey_on_demand() -> None:
    observation = seen(MIRE, Outcome.FAILED, step=Step.MIRE, reason=Reason.TIMEOUT, fault=Fault.HUB, hops=HOPS)
    assert lint_metrics(page([answer(observation)], Format.TEXT).decode()) == ""


def test_promtool_would_say_so_of_a_bad_name() -> None:
    assert "bad_count" in lint_metrics("# HELP bad_count Bad.\n# TYPE bad_count counter\nbad_count 1\n")


async def test_a_real_prometheus_scrapes_it(prometheus: Prometheus) -> None:
    async with served() as (world, port):
        world.meters.observed(seen(MIRE, hops=HOPS, tiles=TILES))
        await asyncio.to_thread(prometheus.watch, {"vigie": [f"{HOST}:{port}"]})
        found = await asyncio.to_thread(prometheus.wait_for, f'{RUNS.name}{{kind="mire",backend=""}} == 1')
        unknown = await asyncio.to_thread(prometheus.value, HUB_UNKNOWN.name)
        targets = await asyncio.to_thread(prometheus.targets)
    assert dict(found[0].labels) == {
        "__name__": RUNS.name,
        "instance": f"{HOST}:{port}",
        "job": "vigie",
        "hub": "fc",
        "kind": "mire",
        "vantage": "local",
    }
    assert (unknown, [target["lastError"] for target in targets]) == (1, [""])
