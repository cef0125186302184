"""`vigie correct`: state that a recorded outage was none, or cannot be known.

The record stays; figures are shown before and after the correction.
"""

from collections.abc import Iterable
from pathlib import Path

import click

from probe.cli.help import Command
from probe.cli.options.complete import outage_names
from probe.cli.options.corrections import author_option, hub_option, own_settings_option, reason_option, span_options
from probe.cli.options.outage_names import read_name
from probe.cli.recording import record
from probe.clock import SystemClock
from probe.config.peek import Peek
from probe.core.judgement.past import OutageName
from probe.core.judgement.timeline import Outage
from probe.core.sla.correction import CorrectionKind
from probe.errors import InputError
from probe.ledger.db.store import open_store
from probe.ledger.figures.corrections import named_subject
from probe.ledger.reader import Reader


@click.command(cls=Command)
@click.argument("outage", required=False, shell_complete=outage_names)
@hub_option(required=False)
@click.option("--subject", metavar="C1|C2|C3|hub|IDP", help="What was not down. `hub` stands for its three conditions.")
@span_options(required=False)
@click.option("--as", "act", type=click.Choice(["up", "unknown"]), help="What that down time counts as.")
@click.option("--withdraw", "number", type=int, metavar="N", help="Take back the correction or excluded window no. N of --hub.")
@author_option
@reason_option
@own_settings_option
def correct(
    settings: Peek, outage: str | None, hub: str | None, subject: str | None, start_us: int | None, end_us: int | None,
    act: str | None, number: int | None, author: str, reason: str,
) -> None:  # fmt: skip
    """Correct a false outage: OUTAGE as `vigie outages --json` names it (`id`), or --hub,
    --subject, --from and --to.

    Nothing is deleted: the correction is one more record, with its author and reason. Every figure
    is shown before and after it.
    """
    given = [hub, subject, start_us, end_us]
    if number is not None:
        if outage or act or hub is None or any(each is not None for each in (subject, start_us, end_us)):
            raise click.UsageError("--withdraw takes --hub, --author and --reason alone")
        record(settings, hub, withdraws=number, author=author, reason=reason)
        return
    if act is None:
        raise click.UsageError("--as is missing: up or unknown")
    if outage is not None and any(each is not None for each in given):
        raise click.UsageError("either OUTAGE, or --hub, --subject, --from and --to")
    if outage is None and None in given:
        raise click.UsageError("OUTAGE, or all of --hub, --subject, --from and --to, must be given")
    if outage is not None:
        found = named_outage(settings.store, outage)
        hub, subject, start_us, end_us = found.hub, found.subject, found.start_us, found.end_us
    record(
        settings,
        hub or "",
        subject=named_subject(subject or ""),
        span=(start_us, end_us),
        act=CorrectionKind(act),
        author=author,
        reason=reason,
    )


def named_outage(store: Path | str, name: str) -> Outage:
    """Return the outage that `HUB/SUBJECT@START` names. Its end is None while it lasts.

    Raises InputError when the name is malformed, or the ledger has no such outage.
    """
    wanted = read_name(name)
    engine = open_store(store, create=False)
    try:
        outages = Reader(engine).outages(SystemClock().now_us())
    finally:
        engine.dispose()
    for found in outages:
        if OutageName.of(found) == wanted:
            return found
    near = _nearest(wanted, outages)
    hint = f" (did you mean '{near}'?)" if near else ""
    raise InputError(f"the ledger knows no outage {name!r}: see `vigie outages --json`{hint}")


def _nearest(wanted: OutageName, outages: Iterable[Outage]) -> OutageName | None:
    """Return the outage of the same hub and subject that began next to an instant."""
    same = [each for each in map(OutageName.of, outages) if each[:2] == wanted[:2]]
    return min(same, key=lambda each: abs(each.at_us - wanted.at_us), default=None)
