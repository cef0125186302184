"""A ledger on a PostgreSQL server, which several probers share.

Commits are durable (`synchronous_commit=on`). Both ends of a connection notice within about twenty
seconds that the other is lost, so the locks of a dead process are released in time (PostgreSQL 15,
"Connections and Authentication", tcp_keepalives_*).
"""

from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, inspect, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from probe.errors import LedgerError

SCHEME = "postgresql"
CONNECT_SECONDS = 5
_MIGRATING = 0x56494749_01
"""Advisory lock: one process at a time migrates the schema."""

_STATING = 0x56494749_04
"""Advisory lock: one process at a time writes the ledger's rows and intervals."""

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


def without_password(url: str) -> str:
    """Return the address as it may be printed, with the password hidden."""
    return make_url(url).render_as_string(hide_password=True)


def connect(url: str, *, writes: bool, session: dict[str, str] | None = None, pooled: bool = True) -> Engine:
    """Return an engine; nothing connects yet.

    Without `writes` every transaction is read-only. Each one sees the database at one instant.
    `session`: settings of each connection's session, in addition to the usual ones. When the
    address has no password, libpq looks for one (PGPASSFILE).
    """
    options = {**_SESSION, **(session or {})} | ({} if writes else {"default_transaction_read_only": "on"})
    arguments: dict[str, Any] = {
        **_PEER,
        "connect_timeout": CONNECT_SECONDS,
        "application_name": "vigie",
        "options": " ".join(f"-c {name}={value}" for name, value in options.items()),
    }
    address: URL = make_url(url).set(drivername=f"{SCHEME}+psycopg")
    pool: dict[str, Any] = {"pool_pre_ping": True, "pool_size": 4} if pooled else {"poolclass": NullPool}
    return create_engine(address, connect_args=arguments, isolation_level="REPEATABLE READ", **pool)


def version_of(connection: Connection) -> str:
    """Return the number of the last migration; empty when there was none."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")


def hold_migrations(connection: Connection) -> None:
    """Keep others from migrating until this transaction ends. Waits for a running migration."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATING})


def hold_ledger(connection: Connection) -> None:
    """Keep others from writing rows, intervals or statements about them until this transaction
    ends.
    """
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _STATING})


def now_us(connection: Connection) -> int:
    """Return the time of the server's clock, in UTC microseconds."""
    return int(connection.scalar(text("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")) or 0)


def refuse_foreign(connection: Connection) -> None:
    """Raise LedgerError when the database holds tables. It is called where none of them is ours."""
    if inspect(connection).get_table_names():
        raise LedgerError("it is a database of another program")


def explained(error: DBAPIError) -> str:
    """Return the first line of the server's error, without the statement, its values or a
    password.
    """
    return (str(error.orig).strip() or type(error.orig).__name__).splitlines()[0]
