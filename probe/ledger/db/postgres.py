"""A ledger on a PostgreSQL server, which several probers share.

Durable commits (`synchronous_commit=on`), and connections that notice a lost peer within about twenty seconds at either end, so that
what a dead process held is given back in time (PostgreSQL 15, "Connections and Authentication", tcp_keepalives_*).
"""

from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, inspect, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from probe.errors import LedgerError

SCHEME = "postgresql"
CONNECT_SECONDS = 5
_MIGRATING = 0x56494749_01
"""Advisory lock: one process at a time brings the schema up."""

_STATING = 0x56494749_04
"""Advisory lock: of the ledger's rows and intervals, one writes at a time."""

_PEER = {"keepalives": 1, "keepalives_idle": 5, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 20_000}
_SESSION = {
    "synchronous_commit": "on",
    "timezone": "UTC",
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "20000",
    "lock_timeout": "10000",
    "idle_in_transaction_session_timeout": "20000",
}


def shown(url: str) -> str:
    """The address as it may be printed: the password hidden."""
    return make_url(url).render_as_string(hide_password=True)


def connect(url: str, *, writes: bool, session: dict[str, str] | None = None, pooled: bool = True) -> Engine:
    """An engine; nothing is connected yet. Without `writes` every transaction is read-only, and of one instant.

    `session`: settings of each connection's session, beside the usual ones. Without a password libpq looks for one (PGPASSFILE).
    """
    wanted = {**_SESSION, **(session or {})} | ({} if writes else {"default_transaction_read_only": "on"})
    arguments: dict[str, Any] = {
        **_PEER,
        "connect_timeout": CONNECT_SECONDS,
        "application_name": "vigie",
        "options": " ".join(f"-c {name}={value}" for name, value in wanted.items()),
    }
    address: URL = make_url(url).set(drivername=f"{SCHEME}+psycopg")
    how: dict[str, Any] = {"pool_pre_ping": True, "pool_size": 4} if pooled else {"poolclass": NullPool}
    return create_engine(address, connect_args=arguments, isolation_level="REPEATABLE READ", **how)


def version_of(connection: Connection) -> str:
    """The number of the last migration; empty when there was none."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")


def hold_migrations(connection: Connection) -> None:
    """Until this transaction ends, nobody else migrates; waits for who does."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATING})


def hold_ledger(connection: Connection) -> None:
    """Until this transaction ends, nobody else writes the ledger's rows and intervals, or states anything about them."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _STATING})


def now_us(connection: Connection) -> int:
    """The server's clock: UTC microseconds."""
    return int(connection.scalar(text("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")) or 0)


def refuse_foreign(connection: Connection) -> None:
    """Raises LedgerError when the database holds tables and none of them is ours."""
    if inspect(connection).get_table_names():
        raise LedgerError("it is a database of another program")


def explained(error: DBAPIError) -> str:
    """The server's first line, without the statement, its values, or a password."""
    return (str(error.orig).strip() or type(error.orig).__name__).splitlines()[0]
