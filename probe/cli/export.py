"""`vigie export`: the record as CSV or JSON, for spreadsheets and the other party's own sums."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import click

from probe.cli.availability import statements, window_named
from probe.cli.help import Command
from probe.cli.options.corrections import settings_option
from probe.cli.output.availability import statements_json
from probe.clock import SystemClock
from probe.config.peek import Peek
from probe.errors import InputError, VigieError
from probe.ledger.db.private_files import private_opener


@click.command(cls=Command)
@click.option("--format", "kind", type=click.Choice(["csv", "json"]), required=True)
@click.option(
    "--what", type=click.Choice(["outages", "ledger", "observations", "availability", "acts", "flags"]), default="outages",
    show_default=True, help="Observations are without their evidence; acts are the incident register's, flags the deactivations'.",
)  # fmt: skip
@click.option("--window", "name", default="rolling", show_default=True, metavar="rolling|year=YYYY", help="Of the availability.")
@click.option("--output", type=click.Path(path_type=Path), metavar="FILE", help="Default: standard output.")
@click.option("--force", is_flag=True, help="Overwrite the file.")
@settings_option
def export(settings: Peek, kind: str, what: str, name: str, output: Path | None, force: bool) -> None:
    """Write outages, ledger, observations, availability, acts or flags.

    Instants are UTC; exact values are microseconds and fractions.
    """
    from probe.audit import export as rows_of
    from probe.ledger.db.store import open_store
    from probe.ledger.figures.runs import on
    from probe.ledger.past import Past
    from probe.ledger.reader import Reader

    now = SystemClock().now_us()
    window = window_named(name, now)
    engine = open_store(settings.store, create=False)
    try:
        with engine.connect() as connection, Reader(engine).frozen() as reader, _output_file(output, force=force) as out:
            rows: Iterable[rows_of.FlatRow]
            if what == "ledger":
                rows = rows_of.ledger(reader)
            elif what == "observations":
                rows = rows_of.observations(reader)
            elif what == "outages":
                rows = rows_of.outages(Past.on(connection), now)
            elif what == "acts":
                rows = rows_of.acts(connection)
            elif what == "flags":
                rows = rows_of.flag_acts(connection)
            else:
                rows = rows_of.availability(statements_json(statements(on(connection), window, None, settings), now)["hubs"])
            if kind == "csv":
                rows_of.write_csv(rows, out)
            else:
                rows_of.write_json(rows, out)
    finally:
        engine.dispose()


@contextmanager
def _output_file(output: Path | None, *, force: bool) -> Iterator[IO[str]]:
    """Open the file that `--output` names, else standard output.

    Raises InputError for a file that is there already, unless it is to be overwritten, and
    VigieError where it cannot be written.
    """
    if output is None:
        yield sys.stdout
        return
    try:
        with open(output, "w" if force or _is_device(output) else "x", encoding="utf-8", newline="", opener=private_opener) as file:
            yield file
    except FileExistsError:
        raise InputError(f"{output}: exists already: --force overwrites it") from None
    except OSError as error:
        raise VigieError(f"{output}: cannot be written: {error.strerror}") from error


def _is_device(path: Path) -> bool:
    """Tell whether a path is what nothing overwrites: /dev/stdout, a terminal, a pipe."""
    return path.exists() and not path.is_file() and not path.is_dir()
