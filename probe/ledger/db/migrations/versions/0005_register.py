"""The incident register: acts, the incidents that they add up to, the keys of what came in, alerts,
and the acts of flags.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ONE_OPEN = sa.text("open AND subject <> ''")


def upgrade() -> None:
    op.create_table(
        "act",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("incident", sa.BigInteger, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        *_act_columns(),
    )
    op.create_index("act_incident", "act", ["incident", "place"], unique=True)
    op.create_table(
        "incident",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("hub", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("idp", sa.String),
        sa.Column("severity", sa.Integer, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("open", sa.Boolean, nullable=False),
        sa.Column("received_us", sa.BigInteger, nullable=False),
        sa.Column("latest_us", sa.BigInteger, nullable=False),
        sa.Column("changed", sa.BigInteger, nullable=False),
        sa.Column("content", sa.JSON, nullable=False),
    )
    op.create_index("incident_scope", "incident", ["hub", "subject", "number"])
    op.create_index("incident_state", "incident", ["state", "number"])
    op.create_index("incident_latest", "incident", ["hub", "latest_us"])
    op.create_index("incident_received", "incident", ["received_us"])
    op.create_index("incident_changed", "incident", ["changed"])
    op.create_index("incident_open_scope", "incident", ["hub", "subject"], unique=True, sqlite_where=_ONE_OPEN, postgresql_where=_ONE_OPEN)
    op.create_table(
        "intake",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("incident", sa.BigInteger, nullable=False),
        sa.Column("at_us", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "alert",
        sa.Column("fingerprint", sa.String, primary_key=True),
        sa.Column("starts_us", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("incident", sa.BigInteger),
        sa.Column("ends_us", sa.BigInteger),
    )
    op.create_index("alert_incident", "alert", ["incident"])
    op.create_table(
        "flag_act",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("hub", sa.String, nullable=False),
        sa.Column("idp", sa.String, nullable=False),
        *_act_columns(),
    )
    op.create_index("flag_act_idp", "flag_act", ["hub", "idp", "seq"])


def _act_columns() -> tuple[sa.Column[object], ...]:
    """Return the columns that both kinds of acts have."""
    return (
        sa.Column("at_us", sa.BigInteger, nullable=False),
        sa.Column("author", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
        sa.Column("recorded_us", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.String, nullable=False),
    )


def downgrade() -> None:
    for table in ("flag_act", "alert", "intake", "incident", "act"):
        op.drop_table(table)
