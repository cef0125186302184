"""`vigie journey IDP`: runs one journey, and shows it step by step."""

import asyncio

import click

from exporters.http.texts import PageTexts
from exporters.http.trace import trace as trace_text
from probe.cli.errors import TROUBLE
from probe.cli.options.budgets import spending
from probe.cli.options.common import json_option, known_settings, whole_config_option
from probe.cli.output import status
from probe.clock import SystemClock
from probe.config.models import Config, Hub, IdP
from probe.config.secrets import Secrets
from probe.core.judgement.corroboration import Neighbours, corroborate
from probe.core.judgement.observation import Observation, Outcome
from probe.core.login_budget import Run
from probe.journeys.plan import plan
from probe.logs import configure as configure_logs
from probe.prober.run import Prober
from probe.prober.targets import journey_kind


@click.command()
@click.argument("idp")
@click.option("--hub", metavar="NAME", help="The hub, when several offer this IdP.")
@click.option("--trace", is_flag=True, help="Show every exchange, redacted, with its timings.")
@whole_config_option
@json_option
@click.pass_context
def journey(context: click.Context, config: Config, idp: str, hub: str | None, trace: bool, as_json: bool) -> None:
    """Run one journey through IDP now, without recording it.

    Exit status 1 when it does not pass.
    """
    chosen, provider = _chosen(config, idp, hub)
    observation = asyncio.run(_run(config, chosen, provider))
    if as_json:
        click.echo(status.observation_json(observation))
    elif trace:
        click.echo(trace_text(observation, PageTexts(config.language)), nl=False)
    else:
        out = status.console()
        out.print(status.observation_table([observation], config.language))
        for line in status.detail_lines([observation], config.language):
            out.print(line)
    context.exit(0 if observation.outcome is Outcome.OK else TROUBLE)


def _chosen(config: Config, name: str, hub_name: str | None) -> tuple[Hub, IdP]:
    """Find the IdP and its hub. Raises click.BadParameter, or click.UsageError when several fit."""
    hubs = [hub for hub in config.hubs if hub_name in (None, hub.name)]
    if not hubs:
        raise click.BadParameter(f"{hub_name!r} is none of: {', '.join(hub.name for hub in config.hubs)}", param_hint="--hub")
    found = [(hub, idp) for hub in hubs for idp in hub.idps if idp.name == name]
    if not found:
        known = dict.fromkeys(idp.name for hub in hubs for idp in hub.idps)
        raise click.BadParameter(f"{name!r} is none of: {', '.join(known)}", param_hint="IDP")
    if len(found) > 1:
        raise click.UsageError(f"several hubs offer {name}: choose one with --hub ({', '.join(hub.name for hub, _ in found)})")
    return found[0]


async def _run(config: Config, hub: Hub, idp: IdP) -> Observation:
    secrets = Secrets.read(config)
    configure_logs(level="warning").replace([*secrets.values(), *secrets.personal()])
    planned = plan(config, secrets, hub, journey_kind(idp), idp.name)
    async with spending(config, secrets, clock := SystemClock()) as budgets:
        seen = await budgets.run(planned, Run.DEMAND, Prober(config, clock).run)
    known = known_settings(config).get(hub.name)
    return corroborate(seen, Neighbours(passed=known.passed)) if known else seen
