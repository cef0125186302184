"""`vigie`: the group of all commands.

A command is imported when it is called, so that a quick one does not wait for the others'
libraries.
"""

import gc
from importlib import import_module
from keyword import iskeyword

import click

from probe.cli.errors import Group

COMMANDS = {
    "init": "Look at a hub, and write a minimal configuration to watch it.",
    "run": "Watch until SIGTERM or Ctrl-C.",
    "demo": "Watch an embedded federation in which each unavailability happens and ends.",
    "check": "Run every journey once, confirm what fails, and tell.",
    "journey": "Run one journey now, and tell it step by step.",
    "status": "Show the state of every hub, condition and IdP now.",
    "outages": "List the outages of the hubs (C1, C2, C3) and of the IdPs, or show one of them.",
    "observation": "Show one observation of the ledger, hop by hop.",
    "claims": "Show which claims come back through each IdP, and whether accounts stay the same.",
    "availability": "Tell the availability of every hub and IdP over a year.",
    "correct": "Correct a false outage; the record stays, and figures are shown before and after.",
    "exclude": "Exclude a window from every figure; the record stays.",
    "change": "Announce a planned change, list those announced, late and seen.",
    "incidents": "Open, follow and close incidents, and tell the quality of service.",
    "idp": "Approve, reject and end the deactivation of an IdP; list the IdPs.",
    "mail": "Take a message from a mail server's pipe: a contact opens or answers a ticket.",
    "verify": "Check every hash chain, every import, and the intervals that figures are read from.",
    "replay": "Fold the kept observations again, and compare with the ledger bit for bit.",
    "export": "Write outages, ledger, observations or availability as CSV or JSON.",
    "import": "Bring in past outages and watched periods, marked as imported for ever.",
    "store": "Bring the store's schema up, back it up, or restore it.",
    "upgrade": "Say what an upgrade to this Vigie would do, and change nothing.",
    "config": "Check a configuration, or print its JSON Schema.",
}


class LazyGroup(Group):
    """Commands by name: the module `probe.cli.NAME` holds the click command NAME.

    Both are called `NAME_` where NAME is a keyword of Python.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        name = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        command: click.Command = getattr(import_module(f"probe.cli.{name}"), name)
        gc.enable()
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="vigie-fc", prog_name="vigie")
def main() -> None:
    """Watch an identity federation: a synthetic citizen logs in all day, and Vigie tells who is at
    fault when a login fails.
    """
