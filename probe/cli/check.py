"""`vigie check`: runs every journey once, for people, programs and Monitoring Plugins."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn

from probe.cli.errors import TROUBLE
from probe.cli.help import Command
from probe.cli.lost_network import LostNetworkTexts, dead_controls
from probe.cli.options.budgets import spending
from probe.cli.options.common import json_option, known_neighbours, known_settings
from probe.cli.options.complete import hub_names, idp_names
from probe.cli.options.language import for_reader
from probe.cli.options.names import none_of
from probe.cli.options.paths import OWN, own_config_path
from probe.cli.output import claims
from probe.cli.output import status as report
from probe.cli.output.credentials import credential_lines
from probe.cli.output.texts import CommandTexts
from probe.clock import SystemClock
from probe.config.credentials import credentials, validities
from probe.config.load import load
from probe.config.models import Config, Hub, IdP
from probe.config.secrets import Secrets
from probe.config.titles import titles
from probe.core.judgement.condition import CONDITIONS, HUB, State, SubjectStatus
from probe.core.judgement.observation import NEGATIVES_WITH_LOGIN, Kind, Observation, Outcome, Reason
from probe.core.judgement.subject import NUMBERS, at_client
from probe.errors import VigieError
from probe.logs import configure as configure_logs
from probe.prober.once import Round, run_round

OK, WARNING, CRITICAL, UNKNOWN = range(4)
STATUS = ("OK", "WARNING", "CRITICAL", "UNKNOWN")


@click.command(cls=Command)
@click.option("--hub", metavar="NAME", shell_complete=hub_names, help="Only this hub.")
@click.option("--idp", metavar="NAME", shell_complete=idp_names, help="Only this IdP (and the mire).")
@click.option("--with-logins", is_flag=True, help="Also the negative journeys that log in, and wait for the end of a token.")
@click.option("--plugin", is_flag=True, help="One line with performance data; exit 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.")
@click.option("--config", "named", type=click.Path(path_type=Path), metavar="FILE", help=OWN)
@json_option
@click.pass_context
def check(
    context: click.Context, hub: str | None, idp: str | None, with_logins: bool, plugin: bool, named: Path | None, as_json: bool
) -> None:
    """Run every journey once, run the failed ones again, and show the result. Nothing is recorded.

    Exit status: 0 when all is well, 1 when not; with --plugin as the Monitoring Plugins guidelines
    say.
    """
    try:
        whole = for_reader(load(own_config_path(named)))
        config = narrowed(whole, hub, idp)
        config = config if with_logins else without_logins(config)
        done = asyncio.run(_run(config, whole, quiet=plugin or as_json))
    except (VigieError, click.UsageError) as error:
        if not plugin:
            raise
        text = error.format_message() if isinstance(error, click.UsageError) else str(error)
        click.echo(f"VIGIE {STATUS[UNKNOWN]} - {text.splitlines()[0].replace('|', '/')}")
        context.exit(UNKNOWN)
    status = verdict(done)
    if plugin:
        click.echo(plugin_line(done, status))
        context.exit(status)
    if as_json:
        click.echo(json.dumps(_json(done, status), ensure_ascii=False, indent=2))
    elif dead := dead_controls(done.observations.values()):
        click.echo(LostNetworkTexts.of(config).lost.format(controls=", ".join(dead)))
    else:
        _print(config, whole, done)
    context.exit(OK if status == OK else TROUBLE)


def _print(config: Config, whole: Config, done: Round) -> None:
    """Print a round of `config`, which is `whole` or a part of it, for people."""
    out, said, known = report.console(), CommandTexts.of(config), titles(config)
    out.print(report.observation_table(done.observations.values(), said, known))
    for line in report.detail_lines(done.observations.values(), said, known):
        out.print(line)
    for warning in claims.suspended_lines(done.suspended, said, known):
        out.print(warning)
    for told in report.never_answered_lines(sorted(done.never_answered), said):
        out.print(told)
    for ending in credential_lines(validities(credentials(whole), whole.expiry, SystemClock().now_us()), said, known, urgent_only=True):
        out.print(f"! {ending}")
    out.print()
    out.print(said.one_round if known_settings(config) else said.one_round_alone, style="dim")
    if any(seen.never_passed for seen in done.observations.values()):
        out.print(said.nothing_passed)
    out.print(report.status_table(done.states, said, known, done.unknown))


def narrowed(config: Config, hub: str | None, idp: str | None) -> Config:
    """Return the configuration with only this hub and this IdP.

    Raises click.BadParameter when there is none.
    """
    hubs = [each for each in config.hubs if hub in (None, each.name)]
    if not hubs:
        raise click.BadParameter(none_of(hub or "", (each.name for each in config.hubs)), param_hint="--hub")
    if idp is not None:
        known = dict.fromkeys(one.name for each in hubs for one in each.idps)
        if idp not in known:
            raise click.BadParameter(none_of(idp, known), param_hint="--idp")
        kept = [(each, [one for one in each.idps if one.name == idp]) for each in hubs]
        hubs = [_with_idps(each, idps) for each, idps in kept if idps]
    return config.model_copy(update={"hubs": hubs})


def without_logins(config: Config) -> Config:
    """Return the configuration without the negative journeys that log in."""
    hubs = [hub.model_copy(update={"negative": [each for each in hub.negative if each not in NEGATIVES_WITH_LOGIN]}) for hub in config.hubs]
    return config.model_copy(update={"hubs": hubs})


def _with_idps(hub: Hub, idps: list[IdP]) -> Hub:
    """Return a hub with these IdPs only, for all its clients."""
    names = {idp.name for idp in idps}
    clients = [client.model_copy(update={"idps": [idp for idp in client.idps if idp.name in names]}) for client in hub.clients]
    return hub.model_copy(update={"idps": idps, "clients": clients, "negative": [], "backends": {}})


async def _run(config: Config, whole: Config, *, quiet: bool) -> Round:
    """Run the journeys of `config`, which is `whole` or a part of it."""
    secrets, clock, said, named = Secrets.read(whole), SystemClock(), CommandTexts.of(config), titles(config)
    configure_logs(level="warning").replace([*secrets.values(), *secrets.personal()])
    stderr = Console(stderr=True)
    with Progress(
        SpinnerColumn(), TextColumn("{task.description}"), console=stderr, transient=True, disable=quiet or not stderr.is_terminal
    ) as bar:
        task = bar.add_task("")

        def show_progress(seen: Observation) -> None:
            bar.update(task, description=escape(report.progress_text(seen, said, named)))

        async with spending(whole, secrets, clock) as budgets:
            return await run_round(config, secrets, clock, show_progress, known_neighbours(config), budgets)


def verdict(done: Round) -> int:
    """Return the status of a round.

    CRITICAL when a condition holds, or the hub accepts what it must refuse. WARNING when an IdP is
    down or another journey failed. UNKNOWN when a hub's state is unknown, a journey was
    inconclusive, or an account is suspended, so that nobody logs in. A control target that failed
    with all the others means that the network failed; one that failed alone is a WARNING.
    """
    states = {key: current.state for key, (_, current) in done.states.items()}
    if any(state is State.DOWN for (_, subject), state in states.items() if subject in (HUB, *CONDITIONS)):
        return CRITICAL
    if any(seen.accepted for seen in done.observations.values()):
        return CRITICAL
    journeys = [seen for seen in done.observations.values() if seen.kind is not Kind.CONTROL]
    if State.DOWN in states.values() or any(seen.outcome is Outcome.FAILED for seen in journeys):
        return WARNING
    known = all(state is not State.UNKNOWN for (_, subject), state in states.items() if subject == HUB)
    if not known or done.suspended or any(seen.outcome is not Outcome.OK for seen in journeys):
        return UNKNOWN
    return OK if all(seen.outcome is Outcome.OK for seen in done.observations.values()) else WARNING


def plugin_line(done: Round, status: int) -> str:
    """Write one line as the Monitoring Plugins guidelines ask: status, text, `|`, performance data.

    Performance data is in seconds.
    """
    bad = [
        _problem(hub, subject, current)
        for (hub, subject), (_, current) in done.states.items()
        if current.state is State.DOWN and subject != HUB
    ]
    dead = dead_controls(done.observations.values())
    if dead:
        bad = [f"no control target answers ({', '.join(dead)}): this machine has no network"]
    if not bad:
        bad = [f"{seen.kind} {_asked(seen)} {seen.reason}" for seen in done.observations.values() if seen.outcome is not Outcome.OK]
        bad += [f"{Kind.IDENTITY} {idp} {Reason.ACCOUNT_SUSPENDED}" for _, idp in sorted(done.suspended)]
    text = "; ".join(" ".join(part.split()) for part in bad) or f"{len(done.observations)} journeys passed"
    data = " ".join(f"'{_label(seen)}'={_lasted(seen)}s;;;0" for seen in done.observations.values())
    return f"VIGIE {STATUS[status]} - {text.replace('|', '/')} | {data}"


def _problem(hub: str, subject: str, current: SubjectStatus) -> str:
    cause = current.cause
    why = f" ({cause.fault}: {cause.reason} at {cause.step})" if cause else ""
    return f"{hub} {NUMBERS.get(subject, subject)}{why}"


def _label(seen: Observation) -> str:
    return "_".join(part for part in (seen.hub, seen.kind.value, _asked(seen), seen.backend) if part)


def _asked(seen: Observation) -> str:
    return at_client(seen.idp or "", seen.client)


def _lasted(seen: Observation) -> str:
    lasted = max(0, seen.finished_us - seen.started_us)
    return f"{lasted // 1_000_000}.{lasted // 1_000 % 1_000:03}"


def _json(done: Round, status: int) -> Mapping[str, object]:
    observations = [json.loads(report.observation_json(seen)) for seen in done.observations.values()]
    now = max((seen.finished_us for seen in done.observations.values()), default=0)
    suspended = claims.suspended_json(done.suspended)
    return {"status": STATUS[status], **report.status_json(done.states, now), "suspended": suspended, "observations": observations}
