"""`vigie verify`: checks that nothing in the store was altered since it was written."""

import json
from typing import TYPE_CHECKING, Any

import click

from probe.cli.errors import TROUBLE
from probe.cli.help import Command
from probe.cli.options.corrections import settings_option
from probe.cli.output.availability_texts import FigureTexts
from probe.cli.output.folding import say
from probe.config.peek import Peek

if TYPE_CHECKING:
    from probe.audit.verify import Finding


@click.command(cls=Command)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, and nothing else, on standard output.")
@settings_option
@click.pass_context
def verify(context: click.Context, settings: Peek, as_json: bool) -> None:
    """Check the hash chains of the ledger, the settings, the corrections, the changes, the imports,
    the incidents' acts and the flags', and the intervals and incidents that are read from them.

    Says which row was altered, and exits with 1.
    """
    from probe.audit.verify import verify as look
    from probe.ledger.db.store import open_store

    engine = open_store(settings.store, create=False)
    try:
        with engine.connect() as connection:
            found = look(connection)
    finally:
        engine.dispose()
    said = FigureTexts.of(settings)
    if as_json:
        click.echo(json.dumps({"rows": found.rows, "altered": [_as_json(one) for one in found.findings]}, ensure_ascii=False, indent=2))
    elif found.findings:
        for one in found.findings:
            say(_line(one, said))
    else:
        say(said.verified.format(rows=", ".join(f"{said.tables[table]} {count}" for table, count in found.rows.items())))
    if found.findings:
        context.exit(TROUBLE)


def _as_json(finding: "Finding") -> dict[str, Any]:
    return {"table": finding.table, "number": finding.number, "message": finding.message}


def _line(finding: "Finding", texts: FigureTexts) -> str:
    """Return one altered row as people read it, with the table's name in the database behind its
    label.
    """
    table = f"{texts.tables[finding.table]} [{finding.table}]"
    message = texts.flaws[finding.flaw.name].format(**finding.about)
    if finding.number is None:
        return texts.altered_table.format(table=table, message=message)
    return texts.altered.format(table=table, number=finding.number, message=message)
