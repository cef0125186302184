"""The log for a person at a terminal."""

import io
from pathlib import Path

import pytest
import structlog

from probe.cli.log_lines import LogLines, colour_wanted
from probe.cli.run import _tell_start
from probe.config.load import load
from probe.logs import Masker, configure
from tests.test_logs import _restored  # noqa: F401 - a fixture

LINES = LogLines("Europe/Paris", colour=False)


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


def rendered(**event: object) -> str:
    return LINES(None, "", {"timestamp": "2026-11-30T05:12:03.123456Z", "level": "info", "logger": "probe.x", **event})


def test_a_line_has_local_time_with_its_offset_and_no_machine_words() -> None:
    assert rendered(event="standing", told="fc: YRIS is available") == "2026-11-30 06:12:03 +01:00  info     fc: YRIS is available"
    line = rendered(event="loop_stalled_and_turns_again", stalled_us=2_500_000, since_us=1_795_906_576_538_901, hub="", names=["a", "b"])
    assert line.endswith("loop stalled and turns again stalled: 2.5 s since 2026-11-28 23:56:16 +01:00 names: a, b")
    assert "_us" not in line


def test_what_a_stranger_wrote_stays_on_one_line() -> None:
    assert "\n" not in rendered(event="x", told="a\nb\x1b[31m")
    assert "\x1b" not in rendered(event="x", told="a\nb\x1b[31m")


def test_secrets_are_masked_in_words_too() -> None:
    stream = io.StringIO()
    configure(stream=stream, masker=Masker(["hunter2"]), lines=LINES)
    structlog.get_logger("x").warning("failed", told="with hunter2", other="hunter2")
    assert "with ***" in stream.getvalue()
    assert "hunter2" not in stream.getvalue()


@pytest.mark.parametrize(
    ("environment", "wanted"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False), ({"NO_COLOR": ""}, True)]
)
def test_colour_is_for_terminals_that_take_it(environment: dict[str, str], wanted: bool) -> None:
    assert colour_wanted(Screen(), environment) is wanted
    assert colour_wanted(io.StringIO(), environment) is False
    painted = LogLines("UTC", colour=True)(None, "", {"level": "error", "event": "x", "timestamp": "2026-11-30T05:12:03Z"})
    assert "\x1b[1;31merror" in painted


def test_the_start_names_configuration_ledger_and_what_is_watched(config: Path) -> None:
    stream = io.StringIO()
    configure(stream=stream, lines=LINES)
    loaded = load(config)
    _tell_start(loaded, config, "asyncio")
    first, second = stream.getvalue().splitlines()
    assert f"configuration {config}, ledger {config.with_suffix('.db')}" in first
    assert "watching fc (FranceConnect (simulateur))" in second
    assert "mire every 1s; Ameli.fr (whole login, every 1s), YRIS" in second
