"""`vigie init`: from a hub's issuer to a minimal configuration."""

import asyncio
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from probe.cli.errors import TROUBLE
from probe.cli.help import Command
from probe.cli.init_checks import refuse_wrong
from probe.cli.init_file import ChosenIdp, NewConfiguration, secrets_of, slug, text_of
from probe.cli.init_hub import GivenHub, HubFindings, HubSurvey, OfferedTile
from probe.cli.init_texts import InitTexts
from probe.cli.options.language import language_of_refusals
from probe.cli.questions import agree, ask
from probe.config.formats import check_issuer, check_url
from probe.config.load import load_alone
from probe.config.models import Intervals
from probe.core.judgement.observation import Observation
from probe.core.plain_text import visible
from probe.core.times import DAY_US
from probe.errors import InputError
from probe.logs import configure as configure_logs
from probe.texts.details import sentence
from probe.texts.judgement import reason_of

ALL = "all"
_AUTHS = ("client_secret_post", "client_secret_basic", "private_key_jwt")


@dataclass(frozen=True, slots=True)
class Answers:
    """What the options say; a person at a terminal is asked for the rest."""

    said: InitTexts
    asks: bool
    idps: tuple[str, ...]
    everything: bool
    accounts: tuple[str, ...]
    follow: bool | None
    controls: tuple[str, ...]

    def ask(self, given: str, text: str, default: str | None = None, check: Callable[[str], str] = str) -> str:
        """Return the answer to one question: the option's, a person's, or the default."""
        if given or not self.asks:
            return given or default or ""
        return ask(text, self.said, check, default)

    def agrees(self, given: bool | None, text: str) -> bool:
        """Return the answer to yes or no; no where nobody is asked."""
        return given if given is not None else (self.asks and agree(text, self.said, default=True))


@click.command(cls=Command)
@click.option("--issuer", default="", metavar="URL", help="The hub's issuer, as its metadata name it.")
@click.option("--client-id", default="", metavar="ID", help="The client_id of our service provider at the hub.")
@click.option("--redirect-uri", default="", metavar="URL", help="Its redirect URI, registered at the hub; it is never fetched.")
@click.option("--scope", default="", metavar="TEXT", help="The scope asked for. Default: openid.")
@click.option("--acr", default="", metavar="TEXT", help="The level asked for (acr_values). FranceConnect wants eidas1. Default: none.")
@click.option("--client-auth", type=click.Choice(_AUTHS), default=_AUTHS[0], show_default=True, help="How our client identifies itself.")
@click.option("--profile", default="", metavar="NAME", help="A built-in page profile. Default: the one that fits the page.")
@click.option("--hub-host", "hub_hosts", multiple=True, metavar="HOST", help="A further host of the hub; may be repeated.")
@click.option("--idp", "idps", multiple=True, metavar="NAME", help="Watch this tile, by its name or its uid; may be repeated.")
@click.option("--all-idps", is_flag=True, help="Watch every tile that can be chosen.")
@click.option("--account", "accounts", multiple=True, metavar="NAME", help="An IdP of these that has a synthetic account; may be repeated.")
@click.option("--follow/--no-follow", default=None, help="Follow each tile up to its login page, to find its hosts: GET requests only.")
@click.option(
    "--control", "controls", multiple=True, metavar="URL", help="An address apart from the hub, to tell a lost network; may be repeated."
)
@click.option("--ca-file", default="", metavar="FILE", help="PEM certificates to trust, or system.")
@click.option("--proxy", default="", metavar="URL", help="The proxy by which the hub is reached.")
@click.option("--name", default="", metavar="NAME", help="What the hub is called in the configuration.")
@click.option(
    "--output",
    "path",
    type=click.Path(path_type=Path),
    default=Path("vigie.yml"),
    show_default=True,
    metavar="FILE",
    help="The file to write.",
)
@click.option("--force", is_flag=True, help="Overwrite the file.")
@click.pass_context
def init(
    context: click.Context, issuer: str, client_id: str, redirect_uri: str, scope: str, acr: str, client_auth: str, profile: str,
    hub_hosts: tuple[str, ...], idps: tuple[str, ...], all_idps: bool, accounts: tuple[str, ...], follow: bool | None,
    controls: tuple[str, ...], ca_file: str, proxy: str, name: str, path: Path, force: bool,
) -> None:  # fmt: skip
    """Look at a hub, and write a minimal configuration to watch it.

    At a terminal what no option says is asked for. The hub's metadata are read, and its mire is
    opened as the watch would. Nothing is logged in, and no form of an IdP is sent.

    Exit status: 0 written; 1 the mire could not be read, or no IdP can be watched; 2 bad input.
    """
    said = InitTexts(language_of_refusals(getattr(context.find_root().command, "arguments", ())))
    _refuse_existing(path, force)
    answers = Answers(said, _at_a_terminal(), idps, all_idps, accounts, follow, controls)
    configure_logs(level="error")
    network = {key: value for key, value in (("ca_file", ca_file), ("proxy", proxy)) if value}
    asked = _asked(answers, issuer, client_id, redirect_uri, scope, acr, hub_hosts, network)
    refuse_wrong(asked, profile, name, controls, path.absolute().parent)
    made = asyncio.run(_survey(answers, asked, profile or None, path.absolute().parent))
    if made is None:
        context.exit(TROUBLE)
    made = replace(made, auth=client_auth, name=name or made.name, controls=_controls(answers))
    _write(path, text_of(made, said), force)
    load_alone(path)
    _tell(made, path, said)


def _at_a_terminal() -> bool:
    return sys.stdin.isatty()


def _refuse_existing(path: Path, force: bool) -> None:
    if path.exists() and not force:
        raise InputError(f"{path}: is there already: choose another file with --output, or overwrite it with --force")


def _asked(
    answers: Answers, issuer: str, client_id: str, redirect_uri: str, scope: str, acr: str, hub_hosts: tuple[str, ...],
    network: Mapping[str, str],
) -> GivenHub:  # fmt: skip
    """Return what is known of the hub. Raises click.UsageError without a terminal to ask at."""
    wanted = {"--issuer": issuer, "--client-id": client_id, "--redirect-uri": redirect_uri}
    wanted |= {"--idp | --all-idps": " ".join(answers.idps) or (ALL if answers.everything else "")}
    missing = [option for option, value in wanted.items() if not value]
    if missing and not answers.asks:
        raise click.UsageError(f"without a terminal to ask at, these are needed: {', '.join(missing)}")
    said = answers.said
    issuer = answers.ask(issuer, said.ask_issuer, check=check_issuer)
    client_id = answers.ask(client_id, said.ask_client_id)
    redirect_uri = answers.ask(redirect_uri, said.ask_redirect_uri, check=check_url)
    for option, value, check in (("--issuer", issuer, check_issuer), ("--redirect-uri", redirect_uri, check_url)):
        try:
            check(value)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint=option) from None
    scope = answers.ask(scope, said.ask_scope, "openid")
    acr = answers.ask(acr, said.ask_acr, "eidas1" if "/api/v2" in issuer else "")
    return GivenHub(issuer, client_id, redirect_uri, scope, acr, hub_hosts, network)


async def _survey(answers: Answers, asked: GivenHub, profile: str | None, folder: Path) -> NewConfiguration | None:
    """Look at the hub, and return what is to be written; None, and the reason told, for nothing."""
    said = answers.said
    while True:
        _say(said.looking.format(issuer=asked.issuer))
        survey = HubSurvey(asked, folder)
        shown = await survey.look(profile)
        host = shown.sent_to
        if host is None or host in asked.hub_hosts or not answers.agrees(None, said.ask_hub_host.format(host=host)):
            break
        asked = replace(asked, hub_hosts=(*asked.hub_hosts, host))
    if shown.profile is None:
        _explain(shown, said)
        return None
    name = slug((urlsplit(asked.issuer).hostname or "").removeprefix("www."), "hub")
    known = shown.profile if isinstance(shown.profile, str) else None
    _say(said.known_profile.format(profile=known) if known else said.guessed_profile.format(profile=dict(shown.profile)))  # type: ignore[arg-type]
    made = NewConfiguration(asked, known.partition("-")[0] if known else name, shown.profile, _AUTHS[0], ())
    if shown.logs_in_itself:
        _say(said.own_login)
        own = ChosenIdp("login", "", None, account=bool(answers.accounts), form=shown.form)
        return replace(made, idps=(own,))
    idps = await _idps(answers, survey, shown)
    if not idps:
        _say(said.none_left)
        return None
    return replace(made, idps=idps)


def _explain(shown: HubFindings, said: InitTexts) -> None:
    """Say why the mire could not be read, and what to do."""
    _say(said.not_found)
    _say(_why(shown.told, said))
    if shown.sent_to is not None:
        _say(said.to_do_host.format(host=shown.sent_to))
    elif not shown.title:
        _say(said.to_do_reach)
    else:
        _say(said.to_do_profile.format(title=visible(shown.title)))


def _why(told: Observation, said: InitTexts) -> str:
    """Return why a journey ended: its reason, and what it found instead."""
    if told.reason is None:
        return ""
    reason = reason_of(told).in_language(said.language)
    detail = sentence(told.detail).in_language(said.language) if told.detail else ""
    return said.reason_and_detail.format(reason=reason, detail=detail) if detail else reason


async def _idps(answers: Answers, survey: HubSurvey, shown: HubFindings) -> tuple[ChosenIdp, ...]:
    """Show the tiles, and follow those that are chosen."""
    said = answers.said
    _say(said.tiles)
    for number, tile in enumerate(shown.tiles, 1):
        mark = "" if tile.selectable else f"  ({said.greyed})"
        _say(f"  {number:>3}  {visible(tile.title) or said.nameless}  {visible(tile.uid)}{mark}")
    chosen = _chosen(answers, shown.tiles)
    with_account = _with_account(answers, chosen)
    further = answers.agrees(answers.follow, said.ask_follow)
    found: list[ChosenIdp] = []
    for tile in chosen:
        title = visible(tile.title) or visible(tile.uid)
        if further:
            _say(said.following.format(title=title))
        followed = await survey.go_to_login_page(shown.profile or "", tile.uid, further=further)
        if not followed.hosts:
            _say(said.left_out.format(title=title, why=_why(followed.told, said) or said.no_host))
            continue
        name = _name(tile, [each.name for each in found])
        ending = said.arrived if followed.arrived else said.partly
        _say(ending.format(title=title, hosts=", ".join(followed.hosts), name=name))
        found.append(ChosenIdp(name, tile.title, tile.uid, followed.hosts, tile in with_account, followed.form))
    return tuple(found)


def _name(tile: OfferedTile, taken: Sequence[str]) -> str:
    name = slug(tile.title, slug(tile.uid, "idp"))
    number = 2
    while name in taken:
        name, number = f"{name.rpartition('-')[0] if number > 2 else name}-{number}", number + 1
    return name


def _chosen(answers: Answers, tiles: Sequence[OfferedTile]) -> list[OfferedTile]:
    able = [tile for tile in tiles if tile.selectable and tile.listed]
    if answers.everything:
        return able
    if answers.idps:
        return _named(answers.idps, tiles, "--idp")
    return _numbered(answers.said, tiles, answers.said.ask_idps, ALL) or able


def _with_account(answers: Answers, chosen: Sequence[OfferedTile]) -> list[OfferedTile]:
    if answers.accounts or not answers.asks:
        return _named(answers.accounts, chosen, "--account")
    for number, tile in enumerate(chosen, 1):
        _say(f"  {number:>3}  {visible(tile.title) or visible(tile.uid)}")
    return _numbered(answers.said, chosen, answers.said.ask_accounts, "")


def _named(names: Sequence[str], tiles: Sequence[OfferedTile], option: str) -> list[OfferedTile]:
    """Return the tiles of these names or uids. Raises click.BadParameter."""
    found = []
    for name in names:
        tile = next((each for each in tiles if name in (each.uid, each.title, slug(each.title, ""))), None)
        if tile is None:
            known = ", ".join(visible(each.title or each.uid) for each in tiles)
            raise click.BadParameter(f"{visible(name)!r} is none of: {known}", param_hint=option)
        found.append(tile)
    return list(dict.fromkeys(found))


def _numbered(said: InitTexts, tiles: Sequence[OfferedTile], text: str, default: str) -> list[OfferedTile]:
    """Ask for numbers of tiles; an empty answer, or `all`, gives none."""

    def read(value: str) -> list[OfferedTile]:
        written = [] if value.strip() in ("", ALL) else value.replace(",", " ").split()
        if wrong := [each for each in written if not (each.isascii() and each.isdigit() and 0 < int(each[:6]) <= len(tiles))]:
            raise ValueError(f"{visible(wrong[0])!r} is none of: 1..{len(tiles)}")
        return [tiles[int(each) - 1] for each in dict.fromkeys(written)]

    return ask(text, said, read, default)


def _controls(answers: Answers) -> tuple[str, ...]:
    written = answers.controls or tuple(answers.ask("", answers.said.ask_controls, "").replace(",", " ").split())
    for url in written:
        try:
            check_url(url)
        except ValueError as error:
            raise click.BadParameter(f"{error}: {visible(url)!r}", param_hint="--control") from None
    return written


def _write(path: Path, text: str, force: bool) -> None:
    """Write the file for its owner alone; one that is there is replaced as a whole."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        target = path.with_name(f".{path.name}.new") if force else path
        with os.fdopen(
            os.open(target, os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if force else os.O_EXCL), 0o600), "w", encoding="utf-8"
        ) as file:
            file.write(text)
        target.replace(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from error


def _tell(made: NewConfiguration, path: Path, said: InitTexts) -> None:
    """Say what was written, which secrets are still to be put where, and what comes next."""
    click.echo(said.written.format(path=path))
    click.echo(said.missing)
    for file, what in secrets_of(made, said):
        click.echo(f"  {path.absolute().parent / file}: {what}")
    click.echo(said.or_env)
    if len(made.controls) < 2:
        click.echo(said.no_controls)
    click.echo(said.next_steps)
    click.echo(said.check.format(path=path))
    for idp in made.idps:
        if idp.account:
            click.echo(said.learn.format(name=idp.name, path=path))
    if any(idp.account for idp in made.idps):
        click.echo(f"  {said.often.format(count=DAY_US // Intervals().journey)}")
    click.echo(said.once.format(path=path))
    click.echo(said.start.format(path=path))


def _say(text: Any) -> None:
    click.echo(text, err=True)
