"""The figures of a scrape are those of the command, at the same instant,
and cost the same however long the history.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from probe.core.judgement.condition import CONDITIONS, HUB
from probe.core.sla.correction import Correction, CorrectionKind, not_withdrawn
from probe.core.sla.statement import line
from probe.core.sla.window import WINDOWS
from probe.errors import LedgerError
from probe.ledger.figures import tracks as figures
from probe.ledger.figures.annual import annual, reading, windows
from probe.ledger.figures.corrections import correct
from probe.ledger.figures.runs import on
from probe.ledger.figures.staleness import lapsed
from tests.builders import BEGUN, SECOND, a_day, idp_down, journey, mire
from tests.fakes.recorder import ImmediateRecorder, in_memory, ledger

NOW = BEGUN + 85 * SECOND


@pytest.mark.parametrize("act", [None, CorrectionKind.UP, CorrectionKind.UNKNOWN, CorrectionKind.EXCLUDED])
def test_a_scrape_tells_what_the_command_tells(act: CorrectionKind | None) -> None:
    engine = in_memory()
    ImmediateRecorder(engine).keep(a_day())
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        if act is not None:
            correct(connection, Correction(0, "fc", HUB, BEGUN + 65 * SECOND, BEGUN + 75 * SECOND, act, "a", "b", NOW))
        run = on(connection)
        told = annual(run, ["fc"], NOW)["fc"]
        records = not_withdrawn(figures.corrections(run, "fc"))
        tracks = figures.tracks(run, "fc", figures.subjects(run)["fc"], lapsed(figures.memories(run).values(), NOW))
        assert tuple(told) == WINDOWS
        for name, window in windows(NOW).items():
            lines = {subject: line(tracks, subject, window, records, []) for subject in (HUB, *CONDITIONS)}
            assert told[name].figure == lines[HUB].figure
            assert told[name].before == lines[HUB].before
            assert told[name].condition_down_us == {subject: lines[subject].figure.down_us for subject in CONDITIONS}


def test_a_hub_that_the_ledger_does_not_know_has_no_figure() -> None:
    engine = in_memory()
    ImmediateRecorder(engine).keep(a_day())
    with engine.connect() as connection:
        told = annual(on(connection), ["other"], NOW)["other"]
    assert [one.figure.availability() for one in told.values()] == [None, None]


def test_a_ledger_is_read_through_the_store_where_it_cannot_be_read_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ledger(tmp_path / "vigie.db") as engine:
        ImmediateRecorder(engine).keep(a_day())
    with reading(tmp_path / "vigie.db") as run:
        light = annual(run, ["fc"], NOW)
    monkeypatch.setattr("probe.ledger.figures.fast_sqlite.VERSION", "another")
    with reading(tmp_path / "vigie.db") as run:
        assert annual(run, ["fc"], NOW) == light
    with pytest.raises(LedgerError, match="there is no ledger here"), reading(tmp_path / "none.db"):
        pass


def test_the_number_of_look_ups_and_their_rows_do_not_grow_with_history() -> None:
    def cost(outages: int) -> tuple[int, int]:
        engine = in_memory()
        recorder = ImmediateRecorder(engine)
        for number in range(outages):
            at = 100 * number
            recorder.keep(
                [mire(at), journey("ameli", at + 1), journey("yris", at + 1), idp_down("ameli", at + 20), idp_down("ameli", at + 21)]
            )
        statements: list[str] = []
        event.listen(engine, "before_cursor_execute", lambda _c, _cursor, statement, *_: statements.append(statement))
        rows = 0
        with engine.connect() as connection:
            plain = on(connection)

            def run(statement: str, parameters: Mapping[str, Any]) -> list[Any]:
                nonlocal rows
                found = list(plain(statement, parameters))
                rows += len(found)
                return found

            annual(run, ["fc"], recorder.state.clock_us)
        return len(statements), rows

    assert cost(3) == cost(30)
