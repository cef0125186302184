"""`vigie replay`: computes the ledger again from its observations, and compares."""

import json
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from probe.cli.errors import TROUBLE
from probe.cli.help import Command
from probe.cli.options.corrections import settings_option
from probe.cli.output.availability_texts import FigureTexts
from probe.cli.output.folding import say
from probe.config.peek import Peek

if TYPE_CHECKING:
    from sqlalchemy import Engine

PROGRESS_STEPS = 1_000
"""How many steps the progress bar has."""


@click.command(cls=Command)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, and nothing else, on standard output.")
@settings_option
@click.pass_context
def replay(context: click.Context, settings: Peek, as_json: bool) -> None:
    """Fold the kept observations and the settings of their day again, and compare with the ledger
    bit for bit.

    Prints the first row that differs, and exits with 1. Where the first observations were deleted,
    it says from which one on it compared.
    """
    from probe.audit.replay import compare
    from probe.ledger.db.store import open_store
    from probe.ledger.reader import Reader
    from probe.ledger.shared.evaluation import is_evaluated

    engine = open_store(settings.store, create=False)
    try:
        if is_evaluated(engine):
            _replay_shared(context, engine, FigureTexts.of(settings), as_json=as_json)
            return
        with click.progressbar(range(PROGRESS_STEPS), file=sys.stderr, hidden=as_json or not sys.stderr.isatty()) as bar:

            def progress(done: int, total: int) -> None:
                bar.update(max(0, done * PROGRESS_STEPS // max(1, total) - bar.pos))

            found = compare(Reader(engine), progress)
    finally:
        engine.dispose()
    said = FigureTexts.of(settings)
    if as_json:
        from_ = {"after_observation": found.start.after_observation, "after_row": found.start.seq}
        difference = found.difference and {"ledger": found.difference[0], "replay": found.difference[1]}
        result = {"from": from_, "observations": found.observations, "rows": found.rows, "difference": difference}
        click.echo(json.dumps(result, ensure_ascii=False, indent=2))
    else:
        if found.start.after_observation:
            say(said.replayed_from.format(observation=found.start.after_observation, seq=found.start.seq))
        say(said.replayed.format(observations=found.observations, rows=found.rows))
        if found.difference:
            say(said.differs)
            for who, row in zip(("ledger", "replay"), found.difference, strict=True):
                say(_row_text(who, row, said))
    if found.difference:
        context.exit(TROUBLE)


def _replay_shared(context: click.Context, engine: "Engine", said: FigureTexts, *, as_json: bool) -> None:
    """Replay a ledger that several vantages share.

    The state at each time is compared. Rows are not, since their order is that in which the
    vantages delivered.
    """
    from probe.ledger.db.records import from_row
    from probe.ledger.shared.evaluation import refolded

    with engine.connect() as connection:
        found = refolded(connection)
    rows = [from_row(row, 0, "") for row in found.unlike]
    if as_json:
        result = {"from_us": found.from_us, "observations": found.observations, "difference": rows or None}
        click.echo(json.dumps(result, ensure_ascii=False, indent=2))
    else:
        say(said.refolded.format(observations=found.observations, at=said.zoned_instant(found.from_us)))
        if rows:
            say(said.differs)
        for row in rows:
            say(said.lacking.format(at=said.zoned_instant(row["effective_us"]), hub=row["hub"], subject=row["subject"], state=row["state"]))
    if rows:
        context.exit(TROUBLE)


def _row_text(who: str, row: Mapping[str, Any] | None, said: FigureTexts) -> str:
    return said.row.format(who=who, at=said.zoned_instant(row["effective_us"]), **row) if row else said.no_row.format(who=who)
