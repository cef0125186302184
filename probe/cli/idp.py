"""`vigie idp`: the IdPs as the hub's administrators need them, and the deactivation of one that
does not work.

docs/contract.md, 2.2.2: « Dans le cas d'un dysfonctionnement concernant un Fournisseur d'Identité,
ce dernier sera désactivé jusqu'à la résolution complète de l'incident ». Vigie proposes, a person
approves, and the hub's administrators deactivate.
"""

from collections.abc import Callable
from typing import Any

import click

from probe.cli.help import CommandGroup
from probe.cli.incidents import only_hub
from probe.cli.options.common import config_option, json_option, own_config_option
from probe.cli.options.complete import hub_names, idp_names
from probe.cli.options.incidents import at_option, author_option, one_line, open_register
from probe.cli.output import incident_tables as tables
from probe.cli.output import status as reports
from probe.cli.output.incident_texts import IncidentTexts
from probe.cli.output.json_answers import print_json
from probe.config.models import Config
from probe.service import serialize


@click.group(cls=CommandGroup)
def idp() -> None:
    """Approve, reject and end the deactivation of an IdP; list the IdPs, or the steps so far.

    Times are those of `support.timezone`.
    """


@idp.command(name="list")
@click.option("--hub", metavar="NAME", shell_complete=hub_names, help="Only this hub's.")
@config_option
@json_option
def list_(config: Config, hub: str | None, as_json: bool) -> None:
    """List every IdP: how it is, whether the mire offers it, and where its deactivation stands."""
    with open_register(config) as register:
        found = register.idps(hub)
    if as_json:
        print_json([serialize.idp(one) for one in found])
        return
    said = IncidentTexts.of(config)
    out = reports.console()
    out.print(tables.idps(found, said))
    out.print(said.times, style="dim")


@idp.command()
@click.option("--hub", metavar="NAME", shell_complete=hub_names, help="Only this hub's.")
@click.option("--idp", "name", metavar="NAME", shell_complete=idp_names, help="Only this IdP's.")
@config_option
@json_option
def history(config: Config, hub: str | None, name: str | None, as_json: bool) -> None:
    """List every step of every deactivation, oldest first, with who took it and why."""
    with open_register(config) as register:
        found = register.flags(hub, name)
    if as_json:
        print_json([serialize.flag_act(one) for one in found])
        return
    said = IncidentTexts.of(config)
    out = reports.console()
    out.print(tables.flags(found, said) if found else said.no_flag)
    out.print(said.times, style="dim")


def step_command(name: str, help_: str, *, reason: bool) -> None:
    """Make the command `name`, which records one step of a deactivation by a person."""

    def run(config: Config, idp_name: str, hub: str | None, author: str, reason: str | None, at_us: int | None, as_json: bool) -> None:
        with open_register(config) as register:
            step: Callable[..., Any] = getattr(register, name)
            after = step(hub or only_hub(config), idp_name, author=author, reason=reason or "", at_us=at_us)
        if as_json:
            print_json(serialize.flag(after))
            return
        said = IncidentTexts.of(config)
        click.echo(said.flag_told.format(hub=after.hub, idp=after.idp, state=said.flags[after.state]))

    command: Any = json_option(own_config_option(at_option(author_option(run))))
    command = click.option("--reason", required=reason, metavar="TEXT", callback=one_line, help="Why. It stays for ever.")(command)
    command = click.option("--hub", metavar="NAME", shell_complete=hub_names, help="The hub. Default: the only one.")(command)
    idp.command(name=name, help=help_)(click.argument("idp_name", metavar="IDP", shell_complete=idp_names)(command))


step_command("propose", "Propose the deactivation of IDP; the guards hold for people too.", reason=True)
step_command("approve", "Approve the proposed deactivation of IDP: the hub's administrators may remove its tile.", reason=False)
step_command("reject", "Reject the proposed deactivation of IDP.", reason=True)
step_command("recovered", "Say that a deactivated IDP works again.", reason=False)
