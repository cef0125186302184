"""The first ledger: observations, settings, chained rows, intervals, memory."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_serial = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "observation",
        sa.Column("id", _serial, primary_key=True),
        sa.Column("hub", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("idp", sa.String),
        sa.Column("backend", sa.String),
        sa.Column("vantage", sa.String, nullable=False),
        sa.Column("started_us", sa.BigInteger, nullable=False),
        sa.Column("finished_us", sa.BigInteger, nullable=False),
        sa.Column("interval_us", sa.BigInteger, nullable=False),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("fault", sa.String),
        sa.Column("reason", sa.String),
        sa.Column("step", sa.String),
        sa.Column("code", sa.String),
        sa.Column("coded", sa.Boolean, nullable=False),
        sa.Column("on_hub", sa.Boolean, nullable=False),
        sa.Column("authenticated", sa.Boolean, nullable=False),
        sa.Column("retry", sa.Boolean, nullable=False),
        sa.Column("lag_us", sa.BigInteger, nullable=False),
        sa.Column("tiles", sa.JSON, nullable=False),
        sa.Column("hops", sa.JSON, nullable=False),
        sa.Column("extract", sa.String, nullable=False),
        sa.Column("digest", sa.String, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("observation_latest", "observation", ["hub", "kind", "idp", "started_us"])
    op.create_index("observation_age", "observation", ["started_us"])
    op.create_table(
        "setting",
        sa.Column("id", _serial, primary_key=True),
        sa.Column("hub", sa.String, nullable=False),
        sa.Column("at_us", sa.BigInteger, nullable=False),
        sa.Column("after_observation", sa.BigInteger, nullable=False),
        sa.Column("spec", sa.JSON, nullable=False),
    )
    op.create_table(
        "ledger",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("hub", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("effective_us", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("condition", sa.String),
        sa.Column("cause", sa.JSON),
        sa.Column("recorded_us", sa.BigInteger, nullable=False),
        sa.Column("observation", sa.String, nullable=False),
        sa.Column("hash", sa.String, nullable=False),
    )
    op.create_table(
        "interval",
        sa.Column("hub", sa.String, primary_key=True),
        sa.Column("subject", sa.String, primary_key=True),
        sa.Column("start_us", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("end_us", sa.BigInteger),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("condition", sa.String),
        sa.Column("cause", sa.JSON),
    )
    op.create_table(
        "memory",
        sa.Column("hub", sa.String, primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    for table in ("memory", "interval", "ledger", "setting", "observation"):
        op.drop_table(table)
