"""`vigie status`: the state of every hub, condition and IdP now, by the ledger."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click
from rich.console import Console

from probe.cli.errors import TROUBLE
from probe.cli.help import Command
from probe.cli.options.budgets import logins_today
from probe.cli.options.common import config_option, json_option, reading
from probe.cli.options.complete import hub_names
from probe.cli.options.incidents import deactivated_idps, security_incidents
from probe.cli.options.names import none_of
from probe.cli.output import claims
from probe.cli.output import status as report
from probe.cli.output.credentials import credential_lines, credentials_json
from probe.cli.output.logins import login_lines, logins_json
from probe.cli.output.texts import CommandTexts
from probe.cli.process.redraw import redraw
from probe.clock import SystemClock
from probe.config.accounts import AccountLogins
from probe.config.credentials import credentials, validities
from probe.config.models import Config
from probe.config.titles import titles
from probe.core.credentials import Credential, Validity
from probe.core.incident.model import Incident
from probe.core.judgement.condition import HUB, State
from probe.core.judgement.corroboration import NeverPassed
from probe.core.judgement.observation import Reason
from probe.core.judgement.own_trouble import OwnTrouble
from probe.core.judgement.reach import Reach
from probe.core.judgement.signal import Cause
from probe.core.judgement.subject import Subject, without_client
from probe.core.judgement.suspension import Suspension
from probe.core.judgement.why_unknown import Explanation, WhyUnknown, with_deactivation
from probe.errors import LedgerError
from probe.ledger.reader import Reader
from probe.ledger.unwritten import Unwritten
from probe.texts.refusals import refusal

UNKNOWN = 3
"""The exit status where nothing is known to be down, and a hub's state is unknown."""


@click.command(cls=Command)
@click.option("--hub", metavar="NAME", shell_complete=hub_names, help="Only this hub's.")
@click.option("--watch", is_flag=True, help="Show it again every 2 seconds, until Ctrl-C.")
@config_option
@json_option
@click.pass_context
def status(context: click.Context, config: Config, hub: str | None, watch: bool, as_json: bool) -> None:
    """Show the state of every hub, condition and IdP now, and since when.

    Exit status: 0 nothing is down and every hub's state is known; 1 something is down, or a hub
    accepts what it must refuse; 2 bad input; 3 nothing is down, but a hub's state is unknown.
    """
    if watch and as_json:
        raise click.UsageError("either --json or --watch")
    found = _found(config, hub)
    if watch:
        context.exit(redraw(lambda: _drawn(config, hub)))
    if as_json:
        click.echo(json.dumps(_json(found), ensure_ascii=False, indent=2))
    else:
        _print(config, found, report.console())
    context.exit(exit_status(found.statuses, accepted=bool(found.accepted)))


class StatusReport(NamedTuple):
    """All that `vigie status` says, at one instant."""

    at_us: int
    statuses: report.Statuses
    unknown: Mapping[tuple[str, str], Explanation]
    directs: Mapping[tuple[str, str], Cause]
    reaches: Mapping[tuple[str, str], Reach]
    never_passed: Mapping[tuple[str, str], NeverPassed]
    unproven: Mapping[tuple[str, str], NeverPassed]
    troubles: Mapping[tuple[str, str], OwnTrouble]
    suspended: Mapping[tuple[str, str], Suspension]
    tiles: Mapping[str, Sequence[str]]
    never_answered: Sequence[str]
    dead_families: Mapping[str, int]
    accounts: Sequence[claims.AccountRow]
    accepted: Sequence[Incident]
    credentials: Mapping[Credential, Validity]
    logins: Sequence[AccountLogins]

    def of_hub(self, hub: str) -> "StatusReport":
        """Return what it says of one hub, and of what no hub has to itself."""
        own: dict[str, Any] = {
            name: {key: value for key, value in getattr(self, name).items() if key[0] == hub}
            for name in ("statuses", "unknown", "directs", "reaches", "never_passed", "unproven", "troubles", "suspended")
        }
        return self._replace(
            **own,
            tiles={name: tiles for name, tiles in self.tiles.items() if name == hub},
            accounts=[row for row in self.accounts if row.hub == hub],
            accepted=[each for each in self.accepted if each.scope.hub == hub],
            credentials={each: ends for each, ends in self.credentials.items() if each.hub == hub},
            logins=[each for each in self.logins if any(name == hub for name, _ in each.account.members)],
        )


def _found(config: Config, hub: str | None) -> StatusReport:
    """Read the state of one hub, or of all.

    Raises click.BadParameter for a hub that neither the ledger nor the configuration knows, and
    LedgerError.
    """
    with reading(config) as reader, reader.frozen() as still:
        found = _read(config, still, SystemClock().now_us())
    if hub is None:
        return found
    known = dict.fromkeys([*(each.name for each in config.hubs), *(name for name, _ in found.statuses)])
    if hub not in known:
        raise click.BadParameter(none_of(hub, known), param_hint="--hub")
    return found.of_hub(hub)


def _drawn(config: Config, hub: str | None) -> str:
    """Return what the command prints now; an error of the ledger in the place of its states."""
    out = report.console()
    with out.capture() as captured:
        try:
            _print(config, _found(config, hub), out)
        except LedgerError as error:
            out.print(refusal(f"vigie: {error}", CommandTexts.of(config).language))
    return captured.get().rstrip("\n")


def _read(config: Config, reader: Reader, now: int) -> StatusReport:
    deactivated = deactivated_idps(config)
    return StatusReport(
        now,
        report.tell_causes(reader.statuses(now), reader.outages(now, since_us=now)),
        {key: with_deactivation(why, key[0], deactivated) for key, why in reader.explanations(now).items()},
        reader.direct_failures(now),
        reader.short_reaches(),
        reader.never_passed(),
        reader.unproven(),
        reader.own_troubles(now),
        reader.suspensions(),
        reader.unwatched_tiles(now),
        reader.never_answered(),
        reader.dead_families(now),
        claims.of(reader.accounts(), watched(config)),
        security_incidents(config),
        validities(credentials(config), config.expiry, now),
        logins_today(config, now),
    )


def exit_status(statuses: report.Statuses, *, accepted: bool) -> int:
    """Return the exit status for these states. `accepted`: a hub accepts what it must refuse."""
    states = {subject: current.state for subject, (_, current) in statuses.items()}
    if accepted or State.DOWN in states.values():
        return TROUBLE
    hubs = [state for (_, subject), state in states.items() if subject == HUB]
    return UNKNOWN if not hubs or State.UNKNOWN in hubs else 0


def _json(found: StatusReport) -> dict[str, Any]:
    return report.status_json(found.statuses, found.at_us, found.unknown, found.directs) | {
        "never_passed": report.never_passed_json(found.never_passed),
        "unproven": report.never_passed_json(found.unproven),
        "inconclusive": report.own_troubles_json(found.troubles),
        "suspended": claims.suspended_json(found.suspended),
        "never_answered": found.never_answered,
        "dead_families": found.dead_families,
        "accounts": claims.in_trouble_json(found.accounts),
        "accepted": report.accepted_json(found.accepted),
        "credentials": credentials_json(found.credentials),
        "unwatched_tiles": found.tiles,
        "logins": logins_json(found.logins),
    }


def _print(config: Config, found: StatusReport, out: Console) -> None:
    said, named = CommandTexts.of(config), titles(config)
    file = Unwritten(config.store if isinstance(config.store, Path) else config.spool)
    if count := file.held():
        out.print(said.left.format(count=count, path=file.path))
    if not found.statuses:
        out.print(said.not_watched_yet)
        for line in login_lines(found.logins, said, named):
            out.print(line)
        return
    out.print(report.status_table(found.statuses, said, named, found.unknown, found.reaches, found.directs))
    for lines in (
        report.unwatched_lines(found.tiles, found.statuses, said),
        report.accepted_lines(found.accepted, said),
        report.unproven_lines(found.unproven, said, named),
        claims.suspended_lines(found.suspended, said, named),
        report.own_trouble_lines(found.never_passed, _untold(found), said, named),
        report.never_answered_lines(found.never_answered, said),
        report.dead_family_lines(found.dead_families, said),
        claims.in_trouble_lines(found.accounts, said, named),
        credential_lines(found.credentials, said, named, urgent_only=True),
        login_lines(found.logins, said, named),
    ):
        for line in lines:
            out.print(line)
    if latest_us := _stopped(found):
        out.print(said.no_watch.format(latest=said.instant(latest_us)))
    out.print(f"{said.held_at.format(at=said.instant(found.at_us))} {said.times}", style="dim")


def _untold(found: StatusReport) -> Mapping[tuple[str, str], OwnTrouble]:
    """Return the troubles that nothing else tells: no refusal of a suspended account, and no tile
    that is absent because the IdP is deactivated.
    """
    off = {(hub, Subject.parse(why.subject).name) for (hub, _), why in found.unknown.items() if why.deactivated_us}
    told = {Reason.CREDENTIALS_REFUSED: set(found.suspended), Reason.IDP_NOT_OFFERED: off}
    return {
        (hub, owner): each
        for (hub, owner), each in found.troubles.items()
        if each.reason is None or (hub, without_client(owner)) not in told.get(each.reason, set())
    }


def _stopped(found: StatusReport) -> int:
    """Return when the latest observation started, where nothing is known because nobody has asked
    since; else 0.
    """
    known = any(current.state is not State.UNKNOWN for _, current in found.statuses.values())
    why = found.unknown.values()
    if known or any(one.why not in (WhyUnknown.STALE, WhyUnknown.NOT_YET) for one in why):
        return 0
    return max((one.latest_us for one in why), default=0)


def watched(config: Config) -> list[tuple[str, str]]:
    """Return every configured hub and IdP, in the order of the configuration."""
    return [(hub.name, idp.name) for hub in config.hubs for idp in hub.idps]
