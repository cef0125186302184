"""`vigie`: the group of all commands.

A command is imported when it is called, so that a quick one does not wait for the others'
libraries.
"""

import gc
from importlib import import_module
from keyword import iskeyword

import click
from click.shell_completion import CompletionItem

from probe.cli.errors import Group
from probe.cli.help import in_reader_language

GROUPS = {
    "Watch": {
        "run": "Watch until SIGTERM or Ctrl-C.",
        "check": "Run every journey once, and tell.",
        "journey": "Run one journey now, and tell it step by step.",
    },
    "Look": {
        "status": "Show the state of every hub, condition and IdP now.",
        "outages": "List the outages of hubs and IdPs, or show one of them.",
        "observation": "Show one observation of the ledger, hop by hop.",
        "claims": "Show which claims come back through each IdP.",
        "availability": "Tell the availability over a year, and the budget left.",
    },
    "Incidents": {
        "incidents": "Open, follow and close incidents; report on the service.",
        "idp": "Approve, reject and end a deactivation; list the IdPs.",
        "mail": "Take a message that opens or answers a ticket.",
    },
    "Correct and complete the record": {
        "correct": "Correct a false outage; nothing recorded is deleted.",
        "exclude": "Exclude a window from every figure.",
        "change": "Announce a planned change; list those announced and seen.",
        "import": "Bring in past outages, marked as imported for ever.",
    },
    "Audit": {
        "verify": "Check that nothing in the store was altered.",
        "replay": "Fold the kept observations again, and compare.",
        "export": "Write outages, ledger or figures as CSV or JSON.",
    },
    "Set up": {
        "init": "Look at a hub, and write a minimal configuration.",
        "demo": "Watch an embedded federation that breaks in every way.",
        "config": "Check a configuration, or print its JSON Schema.",
        "store": "Bring the store's schema up, back it up, or restore it.",
        "upgrade": "Say what an upgrade to this Vigie would do, and change nothing.",
    },
}
"""What `vigie --help` lists, under which headings. Its words are in `probe.texts` in French too."""
COMMANDS = {name: told for commands in GROUPS.values() for name, told in commands.items()}


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

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete the name of a command without importing any."""
        options = click.Command.shell_complete(self, ctx, incomplete)
        return [
            CompletionItem(name, help=in_reader_language(told)) for name, told in COMMANDS.items() if name.startswith(incomplete)
        ] + options

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        widest = max(map(len, COMMANDS))
        for heading, commands in GROUPS.items():
            with formatter.section(heading):
                formatter.write_dl([(name.ljust(widest), told) for name, told in commands.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="vigie-fc", prog_name="vigie")
def main() -> None:
    """Watch an identity federation: a synthetic citizen logs in all day, and Vigie tells who is at
    fault when a login fails.
    """
