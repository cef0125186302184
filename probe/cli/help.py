"""Writes `--help` in the reader's language, as everything else that people read.

The commands and options are described in English where they are made. click writes them through a
formatter, and this one looks each paragraph up among the texts of both languages. A paragraph that
has no text stays in English; a test names it.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache

import click

from probe.texts.bilingual import Language, Text
from probe.texts.examples import EXAMPLES
from probe.texts.help_of_commands import COMMANDS
from probe.texts.help_of_lists import HEADINGS, HEADS_OF_HELP, SUMMARIES
from probe.texts.help_of_options import OPTIONS

_EXTRA = re.compile(r"(?:^|  )\[[^\[\]]*\]$")
_EXTRAS = (Text("par défaut : ", "default: "), Text("variable : ", "env var: "), Text("obligatoire", "required"))


@cache
def _french() -> dict[str, str]:
    return {text.en: text.in_language(Language.FR) for text in (*HEADS_OF_HELP, *HEADINGS, *SUMMARIES, *COMMANDS, *OPTIONS)}


def in_french(text: str) -> str:
    """Return a paragraph of a help text in French; as it is where there is none.

    The description of a command in a list is the first sentence of a paragraph.
    """
    words = " ".join(text.split())
    extra = _EXTRA.search(text)
    if extra is not None:
        tail = extra[0]
        for each in _EXTRAS:
            tail = tail.replace(each.en, each.in_language(Language.FR))
        return f"{in_french(text[: extra.start()])}{tail}"
    if words in _french():
        return _french()[words]
    whole = next((fr for en, fr in _french().items() if en.startswith(f"{words} ")), None)
    return text if whole is None else first_sentence(whole)


def first_sentence(text: str) -> str:
    """Return the first sentence of the first paragraph of a text, on one line."""
    paragraph = " ".join(text.split("\n\n", maxsplit=1)[0].split())
    return f"{paragraph.partition('. ')[0].rstrip('.')}."


def write_examples(ctx: click.Context, formatter: click.HelpFormatter) -> None:
    """Write the examples of a command, as they are: no line is folded."""
    _, _, name = ctx.command_path.partition(" ")
    if name in EXAMPLES:
        with formatter.section("Examples"):
            for example in EXAMPLES[name]:
                for line in _plain(example.in_language(HelpFormatter.language())).splitlines():
                    formatter.write(f"{'':{formatter.current_indent}}{line}\n")


def _plain(text: str) -> str:
    """Return a command as it is typed: with spaces only that a shell takes for such."""
    return text.replace("\N{NO-BREAK SPACE}", " ")


class Command(click.Command):
    """A command whose help ends with examples, and which names all missing options at once."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples."""
        write_examples(ctx, formatter)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments. Raises click.UsageError that lists whatever is missing."""
        if not ctx.resilient_parsing:
            given, _, _ = self.make_parser(ctx).parse_args(args=list(args))
            lacking = [each for each in self.params if each.required and each.value_is_missing(each.consume_value(ctx, given)[0])]
            if lacking and not any(given.get(each.name or "") for each in self.get_params(ctx) if each.is_eager):
                raise click.UsageError(_lacking_text(ctx, lacking), ctx)
        return super().parse_args(ctx, args)


def _lacking_text(ctx: click.Context, lacking: Sequence[click.Parameter]) -> str:
    """Say which parameters are missing, and what each of them wants, as `--help` does."""
    kind = "argument" if isinstance(lacking[0], click.Argument) else "option"
    if len(lacking) == 1:
        head = f"Missing {kind} {lacking[0].get_error_hint(ctx)}."
    else:
        head = "These are missing:"
    formatter = ctx.make_formatter()
    formatter.indent()
    rows = [each.get_help_record(ctx) or (each.make_metavar(ctx), "") for each in lacking]
    formatter.write_dl(rows)
    return f"{head}\n{formatter.getvalue()}".rstrip()


class CommandGroup(click.Group):
    """A group that lists its commands with a whole sentence each; click cuts them at its width."""

    command_class = Command

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples."""
        write_examples(ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of the commands."""
        found = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl([(name, first_sentence(command.help or "")) for name, command in found if command is not None])


class HelpFormatter(click.HelpFormatter):
    """click's own formatter, which writes in French where the reader does."""

    language: Callable[[], Language] = staticmethod(lambda: Language.FR)
    """Returns the reader's language; set by whoever runs a command."""

    def _written(self, text: str) -> str:
        return in_reader_language(text)

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write the line of usage."""
        super().write_usage(prog, args, f"{self._written('Usage:')} " if prefix is None else prefix)

    def write_heading(self, heading: str) -> None:
        """Write the head of a list."""
        super().write_heading(self._written(heading))

    def write_text(self, text: str) -> None:
        """Write paragraphs, which empty lines part."""
        super().write_text("\n\n".join(self._written(each) for each in text.split("\n\n")))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Write a list of options or commands, each with what it does."""
        told: Sequence[tuple[str, str]] = [(name, self._written(text)) for name, text in rows]
        super().write_dl(told, col_max, col_spacing)


def in_reader_language(text: str) -> str:
    """Return a text of a help page in the language of whoever reads."""
    return in_french(text) if HelpFormatter.language() is Language.FR else text


def speak(language: Callable[[], Language]) -> None:
    """Let all help be written in the language that is returned when it is."""
    HelpFormatter.language = staticmethod(language)
    click.Context.formatter_class = HelpFormatter
