"""The examples of `--help`: each is read as the command line reads it, values and all."""

import shlex
from collections.abc import Iterator
from io import BytesIO, TextIOWrapper

import click
import pytest

from probe.cli.main import main
from probe.texts.bilingual import Language
from probe.texts.examples import EXAMPLES

WRITTEN = [(name, example.in_language(language)) for name, examples in EXAMPLES.items() for example in examples for language in Language]


def commands(command: click.Command, context: click.Context) -> Iterator[str]:
    """Every command by the words that call it, groups too."""
    if not isinstance(command, click.Group):
        return
    for name in command.list_commands(context):
        within = command.get_command(context, name)
        assert within is not None
        inner = click.Context(within, info_name=name, parent=context)
        yield inner.command_path
        yield from commands(within, inner)


def read(written: str) -> click.Context:
    """Read what follows `vigie`, up to a redirection. Raises click.UsageError.

    `--config` is taken as it is: no file of an example is looked for.
    """
    words = [word for word in shlex.split(written.replace("\\\n", " ")) if not word.startswith("VIGIE_AUTHOR=")]
    assert words.pop(0) == "vigie"
    words = words[: next((place for place, word in enumerate(words) if word in ("<", ">")), len(words))]
    found: click.Command = main
    while isinstance(found, click.Group) and words:
        inner = found.get_command(click.Context(found), words.pop(0))
        assert inner is not None, written
        found = inner
    config = [each for each in found.params if "--config" in each.opts]
    callbacks = [each.callback for each in config]
    for each in config:
        each.callback = None
    try:
        return found.make_context("vigie", words)
    finally:
        for each, callback in zip(config, callbacks, strict=True):
            each.callback = callback


def test_every_command_has_an_example_and_no_other_has() -> None:
    known = {path.removeprefix("vigie ") for path in commands(main, click.Context(main, info_name="vigie"))}
    assert set(EXAMPLES) == known


@pytest.mark.parametrize(("name", "written"), WRITTEN, ids=[f"{name}-{place}" for place, (name, _) in enumerate(WRITTEN)])
def test_an_example_is_what_the_command_line_takes(name: str, written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIE_AUTHOR", "astreinte" if "VIGIE_AUTHOR" in written else "")
    assert f"vigie {name}" in written.replace("\\\n", " ")
    assert max(map(len, written.splitlines())) <= 78
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(b"a note")))
    assert not read(written).args
