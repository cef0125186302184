"""`vigie journey IDP`: runs one journey, and shows it step by step."""

import asyncio

import click

from exporters.http.texts import PageTexts
from exporters.http.trace import trace as trace_text
from probe.cli.errors import TROUBLE
from probe.cli.help import Command
from probe.cli.lost_network import LostNetworkTexts, is_lost
from probe.cli.options.budgets import spending
from probe.cli.options.common import json_option, known_neighbours, whole_config_option
from probe.cli.options.complete import client_names, hub_names, idp_names
from probe.cli.options.names import none_of
from probe.cli.output import claims, status
from probe.cli.output.terminal import terminal_width
from probe.cli.output.texts import CommandTexts
from probe.clock import SystemClock
from probe.config.models import Config, Hub, IdP
from probe.config.secrets import Secrets
from probe.config.spec import watch_spec
from probe.config.titles import titles
from probe.core.judgement.corroboration import Neighbours, corroborate, remember
from probe.core.judgement.observation import NETWORK_REASONS, Kind, Observation, Outcome
from probe.core.judgement.suspension import suspensions
from probe.core.login_budget import Run
from probe.journeys.plan import plan
from probe.logs import configure as configure_logs
from probe.prober.run import Prober
from probe.prober.targets import journey_kind


@click.command(cls=Command)
@click.argument("idp", shell_complete=idp_names)
@click.option("--hub", metavar="NAME", shell_complete=hub_names, help="The hub, when several offer this IdP.")
@click.option(
    "--client", default="", metavar="NAME", shell_complete=client_names, help="By this further client of the hub. Default: the main one."
)
@click.option("--trace", is_flag=True, help="Show every exchange, redacted, with its timings.")
@click.option(
    "--learn", is_flag=True, help="Walk the login as far as it gets, and print the recipe that fits. Each form is confirmed first."
)
@click.option(
    "--confirm", "confirmed", multiple=True, metavar="HOST:FIELDS", help="With --learn: a form that may be sent; may be repeated."
)
@whole_config_option
@json_option
@click.pass_context
def journey(
    context: click.Context,
    config: Config,
    idp: str,
    hub: str | None,
    client: str,
    trace: bool,
    learn: bool,
    confirmed: tuple[str, ...],
    as_json: bool,
) -> None:
    """Run one journey through IDP now, without recording it.

    Exit status 1 when it does not pass, or ends at the login page as the account is suspended.
    """
    chosen, provider = _chosen(config, idp, hub)
    if learn:
        if client or trace or as_json:
            raise click.UsageError("--learn takes --hub and --confirm alone")
        context.exit(_learn(config, chosen, provider, confirmed))
    if client:
        provider = _at_client(chosen, provider.name, client)
    kind, near = journey_kind(provider), known_neighbours(config)[chosen.name]
    stopped = suspensions(watch_spec(config, chosen), near).get(provider.name) if kind is Kind.IDENTITY else None
    observation = asyncio.run(_run(config, chosen, provider, client, Kind.LOGIN_PAGE if stopped else kind, near))
    said, named = CommandTexts.of(config), titles(config)
    for warning in claims.suspended_lines({(chosen.name, provider.name): stopped} if stopped else {}, said, named):
        click.echo(warning, err=True)
    if as_json:
        click.echo(status.observation_json(observation))
    elif trace:
        click.echo(trace_text(observation, PageTexts.of(config), terminal_width()), nl=False)
    elif is_lost(observation):
        click.echo(LostNetworkTexts.of(config).lost.format(controls=", ".join(each.name for each in config.control.targets)))
    else:
        out = status.console()
        out.print(status.observation_table([observation], said, named))
        for line in status.detail_lines([observation], said, named):
            out.print(line)
        for text in claims.identity_lines([observation], said):
            out.print(text)
        if observation.never_passed:
            out.print(said.nothing_passed)
    context.exit(0 if observation.outcome is Outcome.OK and not stopped else TROUBLE)


def _learn(config: Config, hub: Hub, idp: IdP, confirmed: tuple[str, ...]) -> int:
    """Walk the login of an IdP with a person, and print its recipe. Return the exit status."""
    from probe.cli.learning import LearnTexts, LoginTeacher, tell

    said, near = LearnTexts.of(config), known_neighbours(config)[hub.name]
    stopped = suspensions(watch_spec(config, hub), near).get(idp.name)
    if stopped:
        for warning in claims.suspended_lines({(hub.name, idp.name): stopped}, said, titles(config)):
            click.echo(warning, err=True)
        return TROUBLE
    teacher = LoginTeacher(config, hub, idp, said, confirmed)
    passed = asyncio.run(teacher.learn())
    tell(teacher, idp, said)
    return 0 if passed else TROUBLE


def _chosen(config: Config, name: str, hub_name: str | None) -> tuple[Hub, IdP]:
    """Find the IdP and its hub. Raises click.BadParameter, or click.UsageError when several fit."""
    hubs = [hub for hub in config.hubs if hub_name in (None, hub.name)]
    if not hubs:
        raise click.BadParameter(none_of(hub_name or "", (hub.name for hub in config.hubs)), param_hint="--hub")
    found = [(hub, idp) for hub in hubs for idp in hub.idps if idp.name == name]
    if not found:
        known = dict.fromkeys(idp.name for hub in hubs for idp in hub.idps)
        raise click.BadParameter(none_of(name, known), param_hint="IDP")
    if len(found) > 1:
        raise click.UsageError(f"several hubs offer {name}: choose one with --hub ({', '.join(hub.name for hub, _ in found)})")
    return found[0]


def _at_client(hub: Hub, name: str, client_name: str) -> IdP:
    """Return the IdP as a further client of the hub asks it. Raises click.BadParameter."""
    client = next((each for each in hub.clients if each.name == client_name), None)
    if client is None:
        known = ", ".join(each.name for each in hub.clients) or "none"
        raise click.BadParameter(f"{client_name!r} is none of: {known}", param_hint="--client")
    idps = hub.as_seen_by(client).idps
    idp = next((each for each in idps if each.name == name), None)
    if idp is None:
        known = ", ".join(each.name for each in idps) or "no IdP"
        raise click.BadParameter(f"{client_name} logs in at: {known}; not at {name!r}", param_hint="--client")
    return idp


async def _run(config: Config, hub: Hub, idp: IdP, client: str, kind: Kind, near: Neighbours) -> Observation:
    """Run the journey, and judge it by what is known of our settings, as the watch does."""
    secrets = Secrets.read(config)
    configure_logs(level="warning").replace([*secrets.values(), *secrets.personal()])
    planned = plan(config, secrets, hub, kind, idp.name, client=client)
    async with spending(config, secrets, clock := SystemClock()) as budgets:
        prober = Prober(config, clock)
        seen = await budgets.run(planned, Run.DEMAND, prober.run)
        asked = Neighbours(controls=dict(near.controls))
        if seen.reason in NETWORK_REASONS:  # whether that is the network's, the control targets say
            controls = (plan(config, secrets, hub, Kind.CONTROL, target.name) for target in config.control.targets)
            for control in await asyncio.gather(*map(prober.run, controls)):
                remember(control, asked, watch_spec(config, hub).vouches)
    reached = near.reached or any(hop.status is not None for hop in seen.hops)
    return corroborate(seen, Neighbours(passed=near.passed, controls=asked.controls, reached=reached))
