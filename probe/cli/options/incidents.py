"""What `vigie incidents` and `vigie idp` share: the incident register, the author, JSON."""

import codecs
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from probe.cli.options.author import AUTHOR
from probe.cli.options.instants import INSTANT
from probe.cli.options.language import for_record
from probe.config.models import Config
from probe.config.secrets import store_address
from probe.core.incident.acts import LONGEST_LINE, number_of
from probe.core.incident.model import MACHINE, Incident
from probe.core.incident.policy import is_security
from probe.core.incident.refusal import RefusedActError
from probe.core.plain_text import LONGEST_BLOCK, checked_block, checked_line
from probe.errors import InputError, LedgerError
from probe.incidents.idp_status import deactivated_us
from probe.incidents.service import IncidentService, open_service
from probe.incidents.store import register
from probe.incidents.store.deactivations import Flags
from probe.ledger.db.store import open_store, reason


class Number(click.ParamType[int]):
    """An incident, as `12` or `VIGIE-12`."""

    name = "incident"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        number = number_of(str(value))
        if number is None:
            self.fail(f"{value!r} names no incident: write 12, or VIGIE-12", param, ctx)
        return number


NUMBER = Number()
at_option = click.option("--at", "at_us", type=INSTANT, metavar="INSTANT", help="When it was done (2026-03-29T08:00:00Z). Default: now.")


@contextmanager
def open_register(config: Config) -> Iterator[IncidentService]:
    """Open the configured incident register for a command.

    Raises InputError when an act is refused, LedgerError when the store cannot be opened or read.
    """
    try:
        with open_service(for_record(config)) as service:
            yield service
    except RefusedActError as error:
        raise InputError(f"{error.text} ({error.code})") from error


def security_incidents(config: Config) -> list[Incident]:
    """Return the open incidents about what a hub accepts and must refuse, by number.

    Raises LedgerError when there is no store, or when it cannot be read.
    """
    with _looking(config) as connection:
        return [each for each in register.unclosed(connection) if each.open and is_security(each.scope)]


def deactivated_idps(config: Config) -> dict[tuple[str, str], int]:
    """Return since when IdPs are deactivated at their hubs (UTC microseconds), by hub and IdP.

    Raises LedgerError when there is no store, or when it cannot be read.
    """
    known = Flags()
    with _looking(config) as connection:
        known.refresh(connection)
    return {key: since_us for key, flag in known.latest.items() if (since_us := deactivated_us(flag))}


@contextmanager
def _looking(config: Config) -> Iterator[Connection]:
    """Open a connection on which the register is read. Raises LedgerError."""
    engine = open_store(store_address(config), create=False)
    try:
        with engine.connect() as connection:
            yield connection
    except DBAPIError as error:
        raise LedgerError(f"the register could not be read: {reason(error)}") from error
    finally:
        engine.dispose()


def one_line(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    """Check an option that is one line, by the rules of `probe.core.plain_text`."""
    if value is None:
        return None
    return _checked(checked_line, value)


def act_line(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    """Check an option that is a line of an act: no longer than what the API takes."""
    return None if value is None else _checked(lambda text: checked_line(text, LONGEST_LINE), value)


def lines(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    """Check an option that is a text of several lines; `-` reads it from standard input."""
    if value is None:
        return None
    return _checked(checked_block, _piped() if value == "-" else value).strip()


def _piped() -> str:
    """Read standard input, up to the size at which it is too long."""
    content = sys.stdin.buffer.read(4 * LONGEST_BLOCK + 4)
    try:
        return codecs.getincrementaldecoder("utf-8-sig")().decode(content, final=len(content) <= 4 * LONGEST_BLOCK)
    except UnicodeDecodeError:
        raise click.BadParameter("is not UTF-8 on standard input") from None


def _checked(check: Callable[[str], str], value: str) -> str:
    try:
        return check(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def author_name(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    """Check `--author`: a person or a role. Nobody may sign as the machine."""
    named = one_line(_context, _parameter, value) or ""
    if named.lower() == MACHINE:
        raise click.BadParameter(f"{MACHINE} is the machine's own name")
    return named


author_option = click.option(
    "--author",
    required=True,
    metavar="NAME",
    envvar=AUTHOR,
    show_envvar=True,
    callback=author_name,
    help="Who does it: a name or a role. It stays for ever.",
)


def text_option(name: str, help_: str, *, required: bool = True) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make the option `--NAME`, whose value is a text of several lines."""
    return click.option(f"--{name}", required=required, metavar="TEXT", callback=lines, help=f"{help_} `-` reads it from standard input.")
