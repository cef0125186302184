"""`vigie mail`: takes a message from a mail server's pipe.

The exit statuses are those of sysexits(3), by which the server keeps, returns or retries the
message.

In Postfix's aliases, where local(8) sets SENDER:

    support: "|/usr/bin/vigie mail --config /etc/vigie/vigie.yml"
"""

import os
import sys
from pathlib import Path

import click

from probe.cli.help import Command
from probe.cli.options.paths import OWN, own_config_path
from probe.cli.output.json_answers import print_json
from probe.clock import SystemClock
from probe.errors import VigieError


@click.command(cls=Command)
@click.option("--sender", metavar="ADDRESS", help="The envelope's sender. Default: SENDER, else the message's Return-Path.")
@click.option("--reply", "as_reply", is_flag=True, help="Print the reply as a message, for `sendmail -t`; nothing when there is none.")
@click.option("--config", "named", type=click.Path(path_type=Path), metavar="FILE", help=OWN)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, and nothing else, on standard output.")
@click.pass_context
def mail(context: click.Context, sender: str | None, as_reply: bool, named: Path | None, as_json: bool) -> None:
    """Take a message from standard input: an authorised contact of an IdP opens a ticket, or
    answers one.

    Exit status: 0 taken (or automatic, and ignored); 65 it cannot be read; 77 its sender is not
    authorised; 75 try later: the register does not answer or the configuration is wrong. The text
    that is printed is for the sender, in the configured language.
    """
    from probe.inbound.email.pipe import process_mail
    from probe.inbound.email.receive import Exit

    try:
        done = process_mail(own_config_path(named), sys.stdin.buffer, _envelope(sender), SystemClock())
    except VigieError as error:
        click.echo(f"vigie: {error}", err=True)
        context.exit(Exit.TEMPORARY)
    # A fault of ours must not send the message back: the server presents it again, to a mended
    # Vigie.
    except Exception as error:  # noqa: BLE001
        click.echo(f"vigie: {type(error).__name__}", err=True)
        context.exit(Exit.TEMPORARY)
    if done.unsent:
        click.echo(f"vigie: the reply was not sent: {done.unsent}", err=True)
    if as_json:
        print_json(done.as_json())
    elif not as_reply:
        click.echo(done.outcome.text)
    elif done.message is not None:
        sys.stdout.buffer.write(done.message.as_bytes())
    context.exit(done.outcome.status)


def _envelope(given: str | None) -> str | None:
    """Return the envelope's sender: "" of a bounce; None when the mail server gives none."""
    return given if given is not None else os.environ.get("SENDER")
