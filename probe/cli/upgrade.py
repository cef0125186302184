"""`vigie upgrade --check`: what an upgrade to this Vigie changes, before it does."""

import json
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import click

from probe.audit.upgrade import ReleaseNotes, StoreUpgrade, changed_settings, changelog, examine, notes_since, releases_in
from probe.cli.help import Command
from probe.cli.options.common import json_option
from probe.cli.options.paths import OWN, own_config_path
from probe.config.changed_settings import SettingChange
from probe.config.load import load_with_warnings
from probe.config.models import Config
from probe.config.secrets import store_address
from probe.errors import InputError
from probe.ledger.db.format import VERSION
from probe.ledger.db.postgres import without_password
from probe.texts.bilingual import Text, Texts, Vocabulary
from probe.texts.refusals import problem

NOTHING, STEPS, IMPOSSIBLE = 0, 1, 2


class UpgradeTexts(Texts):
    """Of `vigie upgrade`."""

    this = Text("Ce Vigie est le {version} (schéma {schema}).", "This Vigie is {version} (schema {schema}).")
    config = Text("Configuration {path} : valide.", "Configuration {path}: valid.")
    warning = Text("Attention : {problem}", "Warning: {problem}")
    absent = Text("Historique {place} : il n'y en a pas encore.", "Store {place}: there is none yet.")
    current = Text("Historique {place} : schéma {schema}, à jour.", "Store {place}: schema {schema}, up to date.")
    newer = Text(
        "Historique {place} : schéma {schema}, écrit par un Vigie plus récent. Ce Vigie ne peut pas l'ouvrir.",
        "Store {place}: schema {schema}, written by a newer Vigie. This one cannot open it.",
    )
    older = Text("Historique {place} : schéma {schema}, écrit par Vigie {by}.", "Store {place}: schema {schema}, written by Vigie {by}.")
    unreleased = Text("d'avant la première version", "from before the first release")
    or_ = Text(" ou ", " or ")
    step = Text("  étape {schema} : {text}", "  step {schema}: {text}")
    takes_long = Text(" Elle parcourt tout l'historique.", " It goes through the whole ledger.")
    one_way = Text(
        "Ces étapes sont faites par `vigie run` ou `vigie store migrate`, en une transaction, et aucune commande n'en revient : "
        "un Vigie plus ancien n'ouvrira plus cet historique. Sauvegardez-le d'abord, avec le Vigie qui l'a écrit.",
        "`vigie run` or `vigie store migrate` takes these steps, in one transaction, and no command goes back: "
        "an older Vigie cannot open this store afterwards. Back it up first, with the Vigie that wrote it.",
    )
    settings = Text("Réglages dont le sens a changé :", "Settings whose meaning changed:")
    setting = Text("  {file}:{line}: {path} : {text}", "  {file}:{line}: {path}: {text}")
    notes = Text("Notes de mise à jour, {release} :", "Upgrade notes, {release}:")
    without_notes = Text(
        "Les notes de mise à jour ne sont pas installées : lisez CHANGELOG.md.", "The upgrade notes are not installed: read CHANGELOG.md."
    )
    nothing = Text("Rien n'est à faire.", "There is nothing to do.")
    steps = Vocabulary(
        {
            "0001": Text("observations, réglages, historique chaîné.", "observations, settings, the chained ledger."),
            "0002": Text("taux, corrections, changements annoncés, imports.", "figures, corrections, announced changes, imports."),
            "0003": Text("plusieurs points de mesure sur un historique.", "several vantages on one store."),
            "0004": Text("envois aux systèmes de tickets.", "letters to the ticket systems."),
            "0005": Text("registre des incidents, alertes, désactivations.", "incident register, alerts, deactivations."),
            "0006": Text(
                "détail des observations, comptes, aspect extérieur du hub, connexions du jour.",
                "the detail of observations, accounts, the hub's outward form, the day's logins.",
            ),
        }
    )


@click.command(cls=Command)
@click.option("--check", is_flag=True, help="Change nothing: say what would be done. There is no other way.")
@click.option("--since", "since", metavar="VERSION", help="The version to upgrade from. Default: the one that wrote the store.")
@click.option(
    "--config",
    "config",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help=OWN,
)
@json_option
@click.pass_context
def upgrade(context: click.Context, check: bool, since: str | None, config: Path | None, as_json: bool) -> None:
    """Say what an upgrade to this Vigie would do, and change nothing.

    Exit status: 0 nothing to do, 1 steps or notes, 2 the configuration is refused or the store too
    new.
    """
    if not check:
        raise InputError("vigie upgrade changes nothing: add --check. `vigie run` and `vigie store migrate` bring the store up")
    path = own_config_path(config)
    loaded, warnings = load_with_warnings(path)
    text = changelog()
    named = releases_in(text)
    if since is not None and since not in named:
        raise InputError(f"{since!r} is none of: {', '.join(named)}")
    stores = [examine(place) for place in _places(loaded)]
    releases = [since] if since else [each.releases[0] for each in stores if each.steps and each.releases]
    notes = notes_since(max(releases, key=named.index), text) if releases and text else []
    settings = list(changed_settings(path, {each.release for each in notes}))
    if as_json:
        click.echo(json.dumps(_answer(stores, notes, settings, [str(each) for each in warnings]), indent=2, ensure_ascii=False))
    else:
        said = UpgradeTexts.of(loaded)
        for warning in warnings:
            click.echo(said.warning.format(problem=replace(warning, message=problem(warning.message, said.language))), err=True)
        click.echo(said.this.format(version=version("vigie-fc"), schema=VERSION))
        click.echo(said.config.format(path=path))
        _tell_stores(stores, said)
        _tell_notes(notes, settings, path, said)
        if not text:
            click.echo(said.without_notes)
        elif _status(stores, notes) == NOTHING:
            click.echo(said.nothing)
    context.exit(_status(stores, notes))


def _places(config: Config) -> list[Path | str]:
    """Return where the ledgers are: the store, and the prober's own beside a shared one."""
    return [store_address(config), *([config.spool] if isinstance(config.store, str) else [])]


def _status(stores: list[StoreUpgrade], notes: list[ReleaseNotes]) -> int:
    if any(each.is_newer for each in stores):
        return IMPOSSIBLE
    return STEPS if notes or any(each.steps for each in stores) else NOTHING


def _named(store: StoreUpgrade) -> str:
    return str(store.place) if isinstance(store.place, Path) else without_password(store.place)


def _tell_stores(stores: list[StoreUpgrade], said: UpgradeTexts) -> None:
    for store in stores:
        template = said.newer if store.is_newer else said.older if store.steps else said.current if store.schema else said.absent
        by = said.or_.join(store.releases) or said.unreleased
        click.echo(template.format(place=_named(store), schema=store.schema, by=by))
        for step in store.steps:
            text = said.steps[step.schema] + (said.takes_long if step.takes_long else "")
            click.echo(said.step.format(schema=step.schema, text=text))
    if any(each.steps for each in stores):
        click.echo(said.one_way)


def _tell_notes(notes: list[ReleaseNotes], settings: list[tuple[str, int, SettingChange]], path: Path, said: UpgradeTexts) -> None:
    if settings:
        click.echo(f"\n{said.settings}")
    for at, line, change in settings:
        click.echo(said.setting.format(file=path, line=line, path=at, text=change.text.in_language(said.language)))
    for each in notes:
        click.echo(f"\n{said.notes.format(release=each.release)}")
        for note in each.notes:
            click.echo(f"- {note}")


def _answer(
    stores: list[StoreUpgrade], notes: list[ReleaseNotes], settings: list[tuple[str, int, SettingChange]], warnings: list[str]
) -> dict[str, object]:
    return {
        "version": version("vigie-fc"),
        "schema": VERSION,
        "stores": [
            {
                "place": _named(each),
                "schema": each.schema or None,
                "releases": list(each.releases),
                "steps": [step.schema for step in each.steps],
                "newer": each.is_newer,
            }
            for each in stores
        ],
        "warnings": warnings,
        "settings": [{"path": at, "line": line, "changed": change.text.en} for at, line, change in settings],
        "notes": [{"release": each.release, "notes": list(each.notes)} for each in notes],
    }
