"""How a command ends when something is wrong."""

import os
import sys
from io import TextIOWrapper
from typing import Any

import click

from probe.errors import ConfigError, InputError, MustBeMendedError, VigieError

BAD_INPUT = 2
TROUBLE = 1
PRIVATE = 0o077  # whatever a command makes, its owner alone may read


class Group(click.Group):
    """A group of commands whose own errors are one clear text on standard error: exit status 2 for bad input, 1 for trouble."""

    def invoke(self, context: click.Context) -> Any:
        _show_what_can_be_shown()
        others = os.umask(PRIVATE)
        try:
            return super().invoke(context)
        except (ConfigError, InputError) as error:
            _say(str(error))
            context.exit(BAD_INPUT)
        except VigieError as error:
            _say(f"vigie: {error}")
            context.exit(self.status(context, error))
        except BrokenPipeError:
            sys.stderr.close()  # the reader of our output is gone: nobody is left to be told
            context.exit(TROUBLE)
        finally:
            os.umask(others)

    def status(self, context: click.Context, error: VigieError) -> int:
        """Whoever runs the watch starts it again: its status says when that would not help."""
        lasts = isinstance(error, MustBeMendedError) and context.invoked_subcommand == "run"
        return BAD_INPUT if lasts else TROUBLE


def _show_what_can_be_shown() -> None:
    """A mark or an accent that the terminal's encoding lacks is no reason to end."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def _say(text: str) -> None:
    click.echo(text, err=True)
