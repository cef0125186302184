"""How a command ends when something is wrong."""

import sys
from typing import Any

import click

from probe.errors import ConfigError, VigieError

BAD_INPUT = 2
TROUBLE = 1


class Group(click.Group):
    """A group of commands whose own errors are one clear text on standard error: exit status 2 for bad input, 1 for trouble."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except ConfigError as error:
            _say(str(error))
            context.exit(BAD_INPUT)
        except VigieError as error:
            _say(f"vigie: {error}")
            context.exit(TROUBLE)
        except BrokenPipeError:
            sys.stderr.close()  # the reader of our output is gone: nobody is left to be told
            context.exit(TROUBLE)


def _say(text: str) -> None:
    click.echo(text, err=True)
