"""`--help` in the reader's language."""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from probe.cli.help import first_sentence, in_french
from probe.cli.main import COMMANDS as LISTED
from probe.cli.main import main
from probe.cli.options.language import for_reader, for_record, language_of_reader, language_of_refusals
from probe.cli.options.paths import demo_configuration
from probe.config.load import load_alone
from probe.texts.bilingual import Language
from probe.texts.help_of_commands import COMMANDS
from probe.texts.help_of_lists import SUMMARIES
from probe.texts.help_of_options import OPTIONS
from tests.cli.conftest import Call


def paragraphs(text: str | None) -> Iterator[str]:
    yield from (" ".join(each.split()) for each in inspect.cleandoc(text or "").split("\n\n") if each.strip())


def described(command: click.Command, context: click.Context) -> Iterator[str]:
    """Every paragraph that is written of a command, of its options, and of the commands within."""
    yield from paragraphs(command.help)
    for option in command.get_params(context):
        yield from paragraphs(option.help if isinstance(option, click.Option) else None)
    if not isinstance(command, click.Group):
        return
    for name in command.list_commands(context):
        within = command.get_command(context, name)
        assert within is not None
        yield from described(within, click.Context(within, info_name=name, parent=context))


def test_whatever_help_says_it_says_in_both_languages_and_no_text_is_left_over() -> None:
    """Adding a command or an option: its text goes to `probe/texts/help_of_commands.py` or
    `help_of_options.py`.
    """
    written = {*described(main, click.Context(main, info_name="vigie", **main.context_settings)), *LISTED.values()}
    assert written == {text.en for text in (*COMMANDS, *SUMMARIES, *OPTIONS)}


@pytest.mark.parametrize(
    ("english", "french"),
    [
        ("Add a comment.", "Ajoute un commentaire."),
        ("365 days, or a civil year.  [default: 50; 1<=x<=500]", "365 jours, ou une année civile.  [par défaut : 50; 1<=x<=500]"),
        ("Say that a deactivated IDP works again.", "Dit qu'un IDP désactivé fonctionne de nouveau."),
        ("Open an incident.", "Ouvre un incident."),
        ("Nobody wrote this.", "Nobody wrote this."),
    ],
)  # fmt: skip
def test_a_paragraph_is_found_whole_with_its_default_or_cut(english: str, french: str) -> None:
    assert in_french(english).replace("\N{NO-BREAK SPACE}", " ") == french


def groups() -> Iterator[str]:
    context = click.Context(main, info_name="vigie")
    yield from (name for name in LISTED if isinstance(main.get_command(context, name), click.Group))


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("command", [[], *([name] for name in groups())], ids=" ".join)
def test_each_command_of_a_list_has_a_whole_sentence_in_one_language(
    call: Call, monkeypatch: pytest.MonkeyPatch, command: list[str], language: str
) -> None:
    monkeypatch.setenv("VIGIE_LANG", language)
    lists = re.split(r"\n\n(?=\w)", call(*command, "--help").stdout)[2:]
    listed = lists if not command else lists[:1]
    told = [" ".join(each.split()) for every in listed for each in re.split(r"\n  (?=\S)", every.rstrip())[1:]]
    whole = {sentence for text in (*COMMANDS, *SUMMARIES) for sentence in (first_sentence(text.in_language(Language(language))),)}
    assert told
    assert {each.partition(" ")[2] for each in told} <= {" ".join(each.split()) for each in whole}


def test_help_is_in_french_unless_english_is_asked_for(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VIGIE_LANG")
    french = call("outages", "--help").stdout
    assert french.startswith("Utilisation\N{NO-BREAK SPACE}: vigie outages [OPTIONS] [OUTAGE]\n\n  Liste les")
    assert max(map(len, french.splitlines())) <= 110
    monkeypatch.setenv("VIGIE_LANG", "en")
    assert call("outages", "--help").stdout.startswith("Usage: vigie outages [OPTIONS] [OUTAGE]\n\n  List the")


def test_a_demo_that_was_left_decides_the_language_where_nothing_else_does(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    left = demo_configuration()
    left.parent.mkdir(parents=True)
    left.write_text("language: en\n", "utf-8")
    monkeypatch.setenv("VIGIE_LANG", "fr")
    assert language_of_refusals(["status", "--help"]) is Language.FR
    monkeypatch.delenv("VIGIE_LANG")
    assert language_of_refusals(["status", "--help"]) is Language.EN
    (tmp_path / "mine.yml").write_text("hubs: []\n", "utf-8")
    assert language_of_refusals(["config", "check", "mine.yml"]) is Language.FR


@pytest.mark.parametrize(
    ("variables", "language"),
    [
        ({}, Language.FR),
        ({"LANG": "C"}, Language.FR),
        ({"LANG": "POSIX"}, Language.FR),
        ({"LANG": "C.UTF-8"}, Language.FR),
        ({"LANG": "en_US.UTF-8"}, Language.EN),
        ({"LANG": "en"}, Language.EN),
        ({"LANG": "fr_FR.UTF-8"}, Language.FR),
        ({"LANG": "fr_FR.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, Language.EN),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "fr_CA"}, Language.FR),
        ({"LANG": "en_US.UTF-8", "LC_ALL": ""}, Language.EN),
        ({"LANG": "en_US.UTF-8", "VIGIE_LANG": "fr"}, Language.FR),
        ({"LANG": "fr_FR.UTF-8", "VIGIE_LANG": "en"}, Language.EN),
    ],
    ids=str,
)  # fmt: skip
def test_the_system_says_the_language_where_nothing_else_does(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], language: Language
) -> None:
    for name in ("VIGIE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert language_of_reader() is language


def test_answers_follow_the_reader_and_what_stays_follows_the_configuration(
    call: Call, history: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VIGIE_LANG")
    monkeypatch.setenv("LC_MESSAGES", "en_US.UTF-8")
    history.write_text(history.read_text("utf-8").replace("language: en\n", ""), "utf-8")
    assert "Subject" in call("status", "--config", history).stdout
    assert "goal of" in call("availability", "--config", history).stdout
    monkeypatch.setenv("LC_MESSAGES", "C")
    assert "Objet" in call("status", "--config", history).stdout
    assert for_record(for_reader(load_alone(history))).language is Language.FR


def test_whatever_is_missing_is_told_at_once_with_what_it_wants(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VIGIE_AUTHOR", raising=False)
    done = call("incidents", "resolve", "3")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.partition("Error: ")[2].splitlines() == [
        "These are missing:",
        "  --text TEXT    How. `-` reads it from standard input.  [required]",
        "  --author NAME  Who does it: a name or a role. It stays for ever.  [env var:",
        "                 VIGIE_AUTHOR; required]",
    ]
    assert "NUMBER" in call("incidents", "resolve").stderr
    monkeypatch.setenv("VIGIE_LANG", "fr")
    french = call("incidents", "resolve", "3").stderr.replace("\N{NO-BREAK SPACE}", " ")
    assert "Erreur : Il manque :\n  --text TEXT    Comment." in french


def test_the_author_comes_from_the_environment_and_the_machine_signs_nowhere(
    call: Call, history: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIGIE_AUTHOR", "astreinte")
    assert call("incidents", "open", "--severity", "4", "--title", "slow", "--config", history).exit_code == 0
    assert call("incidents", "ack", "1", "--config", history).exit_code == 0
    assert "astreinte" in call("incidents", "show", "1", "--config", history).stdout
    monkeypatch.setenv("VIGIE_AUTHOR", "vigie")
    done = call("incidents", "ack", "1", "--config", history)
    assert done.exit_code == 2
    assert "'--author' (env var: 'VIGIE_AUTHOR'): vigie is the machine's own name" in " ".join(done.stderr.split())
