"""`vigie store`: brings the schema of the ledger's store up, backs the store up, restores it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click
from sqlalchemy import Engine

from probe.audit.backup import backup as write_backup
from probe.audit.backup import restore as read_backup
from probe.cli.help import CommandGroup
from probe.cli.options.common import own_config_option
from probe.config.models import Config
from probe.config.secrets import store_address
from probe.ledger.db.file_lock import Claim
from probe.ledger.db.store import open_store
from probe.texts.bilingual import Text, Texts


class StoreTexts(Texts):
    """Of `vigie store`."""

    migrated = Text("Le schéma de l'historique est à jour.", "The ledger's schema is up to date.")
    written = Text("{count} lignes écrites dans {path}", "{count} rows written to {path}")
    restored = Text("{count} lignes reprises de {path} ; la chaîne est intacte.", "{count} rows restored from {path}; the chain is whole.")


@click.group(cls=CommandGroup)
def store() -> None:
    """Bring the store's schema up, back it up, or restore it (SQLite and PostgreSQL, either into
    the other).
    """


@contextmanager
def _opened(config: Config, *, create: bool) -> Iterator[Engine]:
    """Open the store; `create`: to write it.

    Raises LedgerError when it cannot be opened, or when it is a file to be written that another
    process writes.
    """
    with ExitStack() as opened:
        if create and isinstance(config.store, Path):
            opened.enter_context(Claim(config.store))
        engine = open_store(store_address(config), create=create)
        opened.callback(engine.dispose)
        yield engine


@store.command()
@own_config_option
def migrate(config: Config) -> None:
    """Bring the schema to this Vigie's, as `vigie run` does when it starts."""
    with _opened(config, create=True):
        click.echo(StoreTexts.of(config).migrated)


@store.command()
@click.argument("path", type=click.Path(path_type=Path), metavar="FILE")
@own_config_option
def backup(config: Config, path: Path) -> None:
    """Write the whole store, as of one instant, to FILE (.jsonl.gz), which must not exist.

    The watch may go on meanwhile.
    """
    with _opened(config, create=False) as engine:
        click.echo(StoreTexts.of(config).written.format(count=write_backup(engine, path), path=path))


@store.command()
@click.argument("path", type=click.Path(path_type=Path), metavar="FILE")
@own_config_option
def restore(config: Config, path: Path) -> None:
    """Fill the store from FILE. Refused when the store holds anything."""
    with _opened(config, create=True) as engine:
        click.echo(StoreTexts.of(config).restored.format(count=read_backup(engine, path), path=path))
