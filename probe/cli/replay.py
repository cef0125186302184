"""`vigie replay`: the ledger, written a second time from what it was written from."""

import json
import sys
from collections.abc import Mapping
from typing import Any

import click

from probe.cli.acts import settings_option
from probe.cli.errors import TROUBLE
from probe.cli.instants import shown
from probe.cli.statement_words import Words, words
from probe.config.peek import Peek

STEPS = 1_000
"""Of the progress bar."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON, and nothing else, on standard output.")
@settings_option
@click.pass_context
def replay(context: click.Context, settings: Peek, as_json: bool) -> None:
    """Fold the kept observations and the settings of their day again, and compare with the ledger bit for bit.

    Says the first row that differs, and exits with 1. Where the first observations were deleted it says from where on it speaks.
    """
    from probe.history.reader import Reader
    from probe.history.replay import compare
    from probe.history.store import open_store

    if isinstance(settings.store, str):
        _replay_shared(context, settings.store, words(settings.language), as_json=as_json)
        return
    engine = open_store(settings.store, create=False)
    try:
        with click.progressbar(range(STEPS), file=sys.stderr, hidden=as_json or not sys.stderr.isatty()) as bar:

            def progress(done: int, total: int) -> None:
                bar.update(max(0, done * STEPS // max(1, total) - bar.pos))

            found = compare(Reader(engine), progress)
    finally:
        engine.dispose()
    said = words(settings.language)
    if as_json:
        from_ = {"after_observation": found.start.after_observation, "after_row": found.start.seq}
        difference = found.difference and {"ledger": found.difference[0], "replay": found.difference[1]}
        told = {"from": from_, "observations": found.observations, "rows": found.rows, "difference": difference}
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        if found.start.after_observation:
            click.echo(said.replayed_from.format(observation=found.start.after_observation, seq=found.start.seq))
        click.echo(said.replayed.format(observations=found.observations, rows=found.rows))
        if found.difference:
            click.echo(said.differs)
            for who, row in zip(("ledger", "replay"), found.difference, strict=True):
                click.echo(_told(who, row, said))
    if found.difference:
        context.exit(TROUBLE)


def _replay_shared(context: click.Context, store: str, said: Words, *, as_json: bool) -> None:
    """Of a store that several probers share, what the ledger says of each time is compared."""
    from probe.history.evaluation import unlike
    from probe.history.records import from_row
    from probe.history.store import open_store

    engine = open_store(store, create=False)
    try:
        with engine.connect() as connection:
            rows = [from_row(row, 0, "") for row in unlike(connection)]
    finally:
        engine.dispose()
    if as_json:
        click.echo(json.dumps({"difference": rows or None}, ensure_ascii=False, indent=2))
    elif rows:
        click.echo(said.differs)
    for row in [] if as_json else rows:
        click.echo(_told("replay", row, said))
    if rows:
        context.exit(TROUBLE)


def _told(who: str, row: Mapping[str, Any] | None, said: Words) -> str:
    return said.row.format(who=who, at=shown(row["effective_us"]), **row) if row else said.no_row.format(who=who)
