"""Reads a command as a person would type it, by the command line's own definitions."""

import shlex

import click

from probe.cli.main import main as cli


def what_is_asked_for(written: str) -> str:
    """Return what the command line would ask for or refuse in `vigie WRITTEN`; "" for nothing.

    Values are not read, as words in capitals stand for them. A group alone is complete: it prints
    its help.
    """
    found: click.Command = cli
    words = shlex.split(written)
    while isinstance(found, click.Group):
        if not words:
            return ""
        name = words.pop(0)
        command = found.get_command(click.Context(found), name)
        if command is None:
            return f"no command {name}"
        found = command
    context = click.Context(found)
    try:
        given, others, _ = found.make_parser(context).parse_args(words)
    except click.UsageError as error:
        return error.format_message()
    lacking = [each.human_readable_name for each in found.params if each.required and not isinstance(given.get(each.name or ""), str)]
    return " ".join([*lacking, *others])
