"""How a command ends when something is wrong."""

import os
import sys
from io import TextIOWrapper
from typing import Any

import click

from probe.errors import ConfigError, InputError, MustBeMendedError, VigieError

BAD_INPUT = 2
TROUBLE = 1
PRIVATE = 0o077  # umask: only the owner may read the files that a command makes


class Group(click.Group):
    """A group of commands that reports each of our own errors as one text on standard error.

    The exit status is 2 for bad input, 1 for trouble.
    """

    def invoke(self, context: click.Context) -> Any:
        _replace_unencodable_characters()
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
            sys.stderr.close()  # the reader of our output is gone, so an error text has no reader
            context.exit(TROUBLE)
        finally:
            os.umask(others)

    def status(self, context: click.Context, error: VigieError) -> int:
        """Return the exit status for our own error.

        A service manager starts `vigie run` again after 1. After 2 it does not, since somebody must
        act first.
        """
        must_be_mended = isinstance(error, MustBeMendedError) and context.invoked_subcommand == "run"
        return BAD_INPUT if must_be_mended else TROUBLE


def _replace_unencodable_characters() -> None:
    """Print `?` for a character that the terminal's encoding lacks, rather than fail."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def _say(text: str) -> None:
    click.echo(text, err=True)
