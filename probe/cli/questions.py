"""Asks a person at a terminal, in the person's language; a wrong answer is asked for again."""

from collections.abc import Callable
from typing import TypeVar

import click

from probe.texts.bilingual import Text, Texts
from probe.texts.columns import COLON
from probe.texts.refusals import refusal

T = TypeVar("T")
_YES = frozenset({"y", "yes", "o", "oui"})
_NO = frozenset({"n", "no", "non"})


class QuestionTexts(Texts):
    """Of questions at a terminal."""

    colon = COLON
    yes_or_no = Text("{text} [{yes}/{no}]", "{text} [{yes}/{no}]")
    yes = Text("o", "y")
    say_yes_or_no = Text("Répondre par o ou n.", "Answer by y or n.")


def ask(text: str, said: Texts, read: Callable[[str], T], default: str | None = None) -> T:
    """Return the answer as `read` takes it. What it refuses (ValueError) is asked for again."""
    own = QuestionTexts(said.language)
    while True:
        written = click.prompt(text, default=default, err=True, prompt_suffix=f"{own.colon} ", show_default=bool(default))
        try:
            return read(str(written).strip())
        except ValueError as error:
            click.echo(refusal(str(error), said.language), err=True)


def agree(text: str, said: Texts, *, default: bool) -> bool:
    """Return the answer to yes or no; an empty one is the default."""
    own = QuestionTexts(said.language)

    def read(written: str) -> bool:
        if (word := written.lower()) in _YES | _NO:
            return word in _YES
        raise ValueError(own.say_yes_or_no)

    yes, no = (own.yes.upper(), "n") if default else (own.yes, "N")
    return ask(own.yes_or_no.format(text=text, yes=yes, no=no), said, lambda value: default if not value else read(value), "")
