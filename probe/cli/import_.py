"""`vigie import`: past outages and watched periods, for a full year at the start."""

import hashlib
from pathlib import Path

import click

from probe.cli.help import Command
from probe.cli.options.corrections import author_option, own_settings_option
from probe.cli.output.availability_texts import FigureTexts
from probe.clock import SystemClock
from probe.config.peek import Peek
from probe.errors import InputError

LARGEST_FILE = 64 * 1_048_576  # bytes


@click.command(cls=Command, name="import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--source", required=True, metavar="TEXT", help="Where the periods come from. It stays on every report.")
@author_option
@own_settings_option
def import_(settings: Peek, file: Path, source: str, author: str) -> None:
    """Bring in FILE (CSV or JSON): hub, subject, state, start, end, note.

    It must end where the watch began.

    Its periods are marked as imported for ever. Every bad line is reported as `file:line: ...`, and
    then nothing is imported. The same file again changes nothing.
    """
    from probe.cli.options.periods import read_periods
    from probe.ledger.figures.corrections import text_problems, writing
    from probe.ledger.figures.imports import Batch, bring_in

    problems = list(text_problems(author=author, source=source))
    if problems:
        raise InputError("\n".join(problems))
    content = _content(file)
    periods = read_periods(content, str(file))
    batch = Batch(source, author, SystemClock().now_us(), hashlib.sha256(content).hexdigest())
    with writing(settings.store) as connection:
        done = bring_in(connection, batch, periods, str(file))
    said = FigureTexts.of(settings)
    click.echo((said.imported_as if done.new else said.imported_before).format(number=done.number, periods=len(periods)))


def _content(file: Path) -> bytes:
    try:
        if file.stat().st_size > LARGEST_FILE:
            raise InputError(f"{file}: is larger than {LARGEST_FILE} bytes")
        return file.read_bytes()
    except (OSError, ValueError) as error:
        raise InputError(f"{file}: cannot be read: {getattr(error, 'strerror', None) or 'its name is malformed'}") from error
