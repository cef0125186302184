"""Both formats are valid, joined from many parts, and rendered again only after a change."""

import asyncio
from dataclasses import replace
from math import isnan

import pytest

from exporters.metrics import names
from exporters.metrics.exposition import CachedPart, Families, Format, page, page_in_turns
from exporters.metrics.incidents import IncidentMetrics
from exporters.metrics.live import Meters
from exporters.metrics.names import Type
from exporters.metrics.readings import ClientTarget, ClientView, NothingRegistered
from exporters.metrics.states import LedgerStates
from probe.core.judgement.observation import Fault, Kind, Reason, Step
from tests.fakes.clock import FakeClock
from tests.fakes.readings import HOPS, IDENTITY, MIRE, TILES, VIEW, History, comparable, failed, parsed, samples, seen

both = pytest.mark.parametrize("fmt", Format)
TWO_CLIENTS = replace(
    VIEW,
    hubs=(replace(VIEW.hubs[0], clients=(ClientView("witness", idps=("alpha",)),)),),
    client_targets=(ClientTarget("fc", "witness", Kind.IDENTITY, "alpha"),),
)
"""The usual hub with a client beside the main one."""


def watched() -> Meters:
    meters = Meters("1.2.3")
    meters.configure(TWO_CLIENTS)
    return meters


def whole(meters: Meters, fmt: Format) -> bytes:
    register = IncidentMetrics(NothingRegistered())
    return page([*LedgerStates(History(), FakeClock()).parts(TWO_CLIENTS), *register.parts(TWO_CLIENTS), *meters.parts()], fmt)


@both
def test_every_metric_is_on_the_page_with_its_kind_and_help(fmt: Format) -> None:
    families = parsed(whole(watched(), fmt), fmt)
    for metric in names.TABLE:
        if metric.name.startswith("vigie_probe_") or metric in (names.CONDITION_FAILURE, names.IDP_FAILURE):
            continue  # they exist on /probe only, and during an outage
        # The text format keeps a counter's suffix in its family's name, and knows no infos;
        # the parser undoes the first.
        name = metric.name.removesuffix("_total")
        if metric.kind is Type.INFO and fmt is Format.OPENMETRICS:
            name = name.removesuffix("_info")
        assert families[name].documentation == metric.help
        assert families[name].type == (Type.GAUGE if metric.kind is Type.INFO and fmt is Format.TEXT else metric.kind)
        if fmt is Format.OPENMETRICS:
            assert families[name].unit == metric.unit


@both
def test_only_ratios_and_what_is_left_of_a_budget_are_nan_and_nothing_is_created_beside_a_counter(fmt: Format) -> None:
    found = samples(whole(watched(), fmt), fmt)
    unknown = {name for (name, _), value in found.items() if isnan(value)}
    assert {name for name in unknown if not name.endswith("_ratio")} == {names.BUDGET_LEFT.name}
    assert not any(name.endswith("_created") for name, _ in found)


def test_openmetrics_ends_with_its_mark_once_and_text_has_none() -> None:
    assert whole(watched(), Format.OPENMETRICS).endswith(b"\n# EOF\n")
    assert whole(watched(), Format.OPENMETRICS).count(b"# EOF") == 1
    assert b"# EOF" not in whole(watched(), Format.TEXT)


def test_both_formats_say_the_same() -> None:
    meters = watched()
    meters.observed(seen(MIRE, tiles=TILES, hops=HOPS))
    meters.observed(failed(IDENTITY, Step.VERIFY, Reason.REGISTRY_ERROR, Fault.HUB))
    moving = ("process_", "python_")
    text, openmetrics = (samples(whole(meters, fmt), fmt) for fmt in Format)
    assert {key: value for key, value in comparable(text).items() if not key[0].startswith(moving)} == {
        key: value for key, value in comparable(openmetrics).items() if not key[0].startswith(moving)
    }


def test_what_a_label_holds_cannot_break_the_page() -> None:
    kept = CachedPart()
    gauge = kept.gauge(names.LEDGER_SETTLED)
    strange = 'a"b\\c\n# HELP d\n# TYPE d counter\nd 1'
    gauge.labels(strange).set(1)
    gauge.labels("plain").set(0)
    for fmt in Format:
        assert samples(page([kept, CachedPart()], fmt), fmt)[(names.LEDGER_SETTLED.name, frozenset({("hub", strange)}))] == 1


def test_a_kept_part_is_drawn_again_only_after_a_change() -> None:
    meters = watched()
    first = {id(part): part.families(Format.TEXT) for part in meters.parts() if isinstance(part, CachedPart)}
    meters.observed(seen(IDENTITY))
    again = {id(part): part.families(Format.TEXT) for part in meters.parts() if isinstance(part, CachedPart)}
    assert sum(again[key] is not first[key] for key in first) == 1


def test_a_change_shows_in_both_formats_at_once() -> None:
    meters = watched()
    for fmt in Format:
        whole(meters, fmt)
    meters.observed(seen(IDENTITY))
    for fmt in Format:
        key = names.RUNS.name, frozenset({("hub", "fc"), ("kind", "identity"), ("idp", "alpha"), ("vantage", "local")})
        assert samples(whole(meters, fmt), fmt)[key] == 1


async def test_others_get_a_turn_after_each_part() -> None:
    turns: list[str] = []

    class Noting:
        def __init__(self, name: str) -> None:
            self.name = name

        def families(self, fmt: Format) -> Families:
            turns.append(self.name)
            return [("# HELP a A.\n# TYPE a gauge\n", f'a{{part="{self.name}"}} 1\n')]

    async def other() -> None:
        for _ in range(2):
            turns.append("other")
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    made = await page_in_turns([Noting("one"), Noting("two")], Format.TEXT)
    await task
    assert turns == ["one", "other", "two", "other"]
    assert made == page([Noting("one"), Noting("two")], Format.TEXT)
