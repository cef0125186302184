"""`vigie exclude`: leave a window out of every figure of a hub and its IdPs."""

import click

from probe.cli.help import Command
from probe.cli.options.corrections import author_option, hub_option, own_settings_option, reason_option, span_options
from probe.cli.recording import record
from probe.config.peek import Peek
from probe.core.judgement.subject import HUB
from probe.core.sla.correction import CorrectionKind


@click.command(cls=Command)
@hub_option(required=True)
@span_options(required=True)
@author_option
@reason_option
@own_settings_option
def exclude(settings: Peek, hub: str, start_us: int, end_us: int, author: str, reason: str) -> None:
    """Exclude a window: it counts neither as up, nor as down, nor as unknown.

    Figures are shown before and after it.

    Maintenance counts as downtime (contract, 2.1: it happens without interruption): exclude only
    what both parties agree to.
    """
    record(settings, hub, subject=HUB, span=(start_us, end_us), act=CorrectionKind.EXCLUDED, author=author, reason=reason)
