"""`vigie status`: the state of every hub, condition and IdP now, by the ledger."""

import json
from pathlib import Path

import click

from probe.cli.options.common import config_option, json_option, reading
from probe.cli.options.incidents import security_incidents
from probe.cli.output import claims
from probe.cli.output import status as report
from probe.cli.output.credentials import credential_lines, credentials_json
from probe.cli.output.texts import CommandTexts
from probe.clock import SystemClock
from probe.config.credentials import credentials, validities
from probe.config.models import Config
from probe.core.judgement.subject import journey_of
from probe.core.times import rfc3339
from probe.ledger.unwritten import Unwritten


@click.command()
@config_option
@json_option
def status(config: Config, as_json: bool) -> None:
    """Show the state of every hub, condition and IdP now, and since when."""
    now = SystemClock().now_us()
    with reading(config) as reader:
        statuses = report.tell_causes(reader.statuses(now), reader.outages(now, since_us=now))
        never_passed, troubles, tiles = reader.never_passed(), reader.own_troubles(), reader.unwatched_tiles(now)
        never_answered = reader.never_answered()
        accounts = claims.of(reader.accounts(), watched(config))
    accepted = security_incidents(config)
    known = validities(credentials(config), config.expiry, now)
    if as_json:
        told = report.status_json(statuses, now) | {
            "never_passed": report.never_passed_json(never_passed),
            "inconclusive": report.own_troubles_json(troubles),
            "never_answered": never_answered,
            "accounts": claims.in_trouble_json(accounts),
            "accepted": report.accepted_json(accepted),
            "credentials": credentials_json(known),
            "unwatched_tiles": tiles,
        }
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    said = CommandTexts(config.language)
    out = report.console()
    file = Unwritten(config.store if isinstance(config.store, Path) else config.spool)
    if count := file.held():
        out.print(said.left.format(count=count, path=file.path))
    if not statuses:
        out.print(said.not_watched_yet)
        return
    out.print(report.status_table(statuses, config.language, titles(config)))
    for line in report.unwatched_lines(tiles, statuses, config.language):
        out.print(line)
    for line in (*report.accepted_lines(accepted, config.language), *report.own_trouble_lines(never_passed, troubles, config.language)):
        out.print(line)
    for line in report.never_answered_lines(never_answered, config.language):
        out.print(line)
    for line in claims.in_trouble_lines(accounts, config.language):
        out.print(line)
    for line in credential_lines(known, config.language, urgent_only=True):
        out.print(line)
    out.print(said.held_at.format(at=rfc3339(now)), style="dim")


def watched(config: Config) -> list[tuple[str, str]]:
    """Return every configured hub and IdP, in the order of the configuration."""
    return [(hub.name, idp.name) for hub in config.hubs for idp in hub.idps]


def titles(config: Config) -> dict[tuple[str, str], str]:
    """Return the configuration's title of each IdP that has one, by hub and subject."""
    return {(hub.name, journey_of(idp.name)): idp.title for hub in config.hubs for idp in hub.idps if idp.title}
