"""How a command ends when something is wrong."""

import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from io import StringIO, TextIOWrapper
from typing import Any

import click

from probe.cli.help import speak
from probe.cli.options.language import language_of_refusals
from probe.errors import ConfigError, InputError, MustBeMendedError, VigieError
from probe.texts.bilingual import Text
from probe.texts.refusals import problem, refusal

BAD_INPUT = 2
TROUBLE = 1
_ABORTED = Text("Interrompu.", "Aborted!")
PRIVATE = 0o077  # umask: only the owner may read the files that a command makes


class Group(click.Group):
    """A group of commands that reports each of our own errors as one text on standard error.

    The exit status is 2 for bad input, 1 for trouble. The text is in the language of whoever reads
    (`probe.cli.options.language`).
    """

    arguments: Sequence[str] = ()
    """What the command was called with."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run the command, and report what click itself refuses in the reader's language."""
        given = self.arguments = list(sys.argv[1:] if args is None else args)
        speak(lambda: language_of_refusals(given))
        if not standalone_mode:
            return super().main(given, prog_name, complete_var, standalone_mode=False, **extra)
        try:
            status = super().main(given, prog_name, complete_var, standalone_mode=False, **extra)
        except click.ClickException as error:
            text = StringIO()
            error.show(file=text)
            _say(refusal(text.getvalue().rstrip("\n"), language_of_refusals(given)))
            sys.exit(error.exit_code)
        except click.Abort:
            _say(_ABORTED.in_language(language_of_refusals(given)))
            sys.exit(TROUBLE)
        sys.exit(status if isinstance(status, int) else 0)

    def invoke(self, context: click.Context) -> Any:
        _replace_unencodable_characters()
        others = os.umask(PRIVATE)
        try:
            return super().invoke(context)
        except ConfigError as error:
            language = language_of_refusals(self.arguments)
            _say("\n".join(str(replace(each, message=problem(each.message, language))) for each in error.problems))
            context.exit(BAD_INPUT)
        except InputError as error:
            _say(refusal(str(error), language_of_refusals(self.arguments)))
            context.exit(BAD_INPUT)
        except VigieError as error:
            _say(refusal(f"vigie: {error}", language_of_refusals(self.arguments)))
            context.exit(self.status(context, error))
        except BrokenPipeError:
            sys.stderr.close()  # the reader of our output is gone, so an error text has no reader
            if context.invoked_subcommand != "run":  # a service manager takes that signal for a good end
                _end_as_others_do()
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


def _end_as_others_do() -> None:
    """End by SIGPIPE, as other programs do whose reader left, so that `| head` is no error."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGPIPE)


def _replace_unencodable_characters() -> None:
    """Print `?` for a character that the terminal's encoding lacks, rather than fail."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def _say(text: str) -> None:
    click.echo(text, err=True)
