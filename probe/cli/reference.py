"""Writes `docs/commands.md` from the commands themselves.

python -m probe.cli.reference > docs/commands.md
"""

import inspect
import sys
from collections.abc import Iterator

import click

from probe.cli.help import first_sentence
from probe.cli.main import main

_HEAD = """# Commands

Written by `python -m probe.cli.reference`; do not edit.
`vigie COMMAND --help` says the same, in French or in English.
[The command line](command-line.md) has what all of them share:
the configuration, the language, exit statuses, completion.

"""


def commands(command: click.Command, context: click.Context) -> Iterator[tuple[click.Command, click.Context]]:
    """Yield each command that does something, with the context that knows its name."""
    if not isinstance(command, click.Group):
        yield command, context
        return
    for name in command.list_commands(context):
        within = command.get_command(context, name)
        if within is not None:
            yield from commands(within, click.Context(within, info_name=name, parent=context, **within.context_settings))


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def _section(command: click.Command, context: click.Context) -> str:
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    paragraphs = "\n\n".join(_cell(each) for each in inspect.cleandoc(command.help or "").split("\n\n"))
    options = [each for each in command.get_params(context) if isinstance(each, click.Option) and each.name != "help"]
    records = [option.get_help_record(context) for option in options]
    rows = "".join(f"| `{_cell(name)}` | {_cell(text)} |\n" for name, text in filter(None, records))
    table = f"| option | does |\n|---|---|\n{rows}\n" if rows else ""
    return f"## {context.command_path}\n\n`{usage}`\n\n{paragraphs}\n\n{table}"


def document() -> str:
    """Return the text of docs/commands.md."""
    context = click.Context(main, info_name="vigie", **main.context_settings)
    found = list(commands(main, context))
    links = [(each.command_path, first_sentence(command.help or "")) for command, each in found]
    rows = "".join(f"| [{path}](#{path.replace(' ', '-')}) | {_cell(text)} |\n" for path, text in links)
    table = f"| command | does |\n|---|---|\n{rows}\n"
    return _HEAD + table + "".join(_section(command, each) for command, each in found).rstrip() + "\n"


if __name__ == "__main__":
    sys.stdout.write(document())
