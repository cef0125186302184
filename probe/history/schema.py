"""The ledger's tables. Instants are UTC microseconds, durations microseconds.

observation   what each journey saw; kept for the retention time (domain.md, "Retention")
setting       the judgement's settings from an instant on; kept for ever, so that a replay judges as it was judged
ledger        the append-only rows, each chained to the one before by its hash; kept for ever
interval      the ledger read as time: a projection, rewritten in the same transaction as the rows it follows from
memory        what the fold and the settling remember, so that a restart goes on where the process was killed
"""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, Integer, LargeBinary, MetaData, String, Table

VERSION = "0001"  # of the newest migration: what this Vigie writes and reads

metadata = MetaData()
_serial = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only in an INTEGER key

observation = Table(
    "observation",
    metadata,
    Column("id", _serial, primary_key=True),
    Column("hub", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("idp", String),
    Column("backend", String),
    Column("vantage", String, nullable=False),
    Column("started_us", BigInteger, nullable=False),
    Column("finished_us", BigInteger, nullable=False),
    Column("interval_us", BigInteger, nullable=False),
    Column("outcome", String, nullable=False),
    Column("fault", String),
    Column("reason", String),
    Column("step", String),
    Column("code", String),
    Column("coded", Boolean, nullable=False),
    Column("on_hub", Boolean, nullable=False),
    Column("authenticated", Boolean, nullable=False),
    Column("retry", Boolean, nullable=False),
    Column("lag_us", BigInteger, nullable=False),
    Column("tiles", JSON, nullable=False),
    Column("hops", JSON, nullable=False),  # evidence: redacted
    Column("extract", String, nullable=False),  # evidence: redacted
    Column("digest", String, nullable=False),  # SHA-256 of all the above but the id
    sqlite_autoincrement=True,  # a number is never given twice, not even when every observation was deleted
)
Index("observation_latest", observation.c.hub, observation.c.kind, observation.c.idp, observation.c.started_us)
Index("observation_age", observation.c.started_us)

setting = Table(
    "setting",
    metadata,
    Column("id", _serial, primary_key=True),
    Column("hub", String, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("after_observation", BigInteger, nullable=False),  # it takes effect between this observation and the next
    Column("spec", JSON, nullable=False),
)

ledger = Table(
    "ledger",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("hub", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("effective_us", BigInteger, nullable=False),
    Column("state", String, nullable=False),
    Column("condition", String),
    Column("cause", JSON),
    Column("recorded_us", BigInteger, nullable=False),
    Column("observation", String, nullable=False),  # digest of the observation it follows from; empty: of a setting
    Column("hash", String, nullable=False),
)

interval = Table(
    "interval",
    metadata,
    Column("hub", String, primary_key=True),
    Column("subject", String, primary_key=True),
    Column("start_us", BigInteger, primary_key=True, autoincrement=False),
    Column("end_us", BigInteger),
    Column("state", String, nullable=False),
    Column("condition", String),
    Column("cause", JSON),
)

memory = Table(
    "memory",
    metadata,
    Column("hub", String, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)
