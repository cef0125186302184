"""What the ticket systems are told: the outbox, and which ticket is whose."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column("system", sa.String, primary_key=True),
        sa.Column("incident", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("act", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("put_us", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("due_us", sa.BigInteger, nullable=False),
        sa.Column("doubt", sa.Boolean, nullable=False),
        sa.Column("error", sa.String, nullable=False, server_default=""),
        sa.Column("settled_us", sa.BigInteger),
    )
    op.create_index("outbox_state", "outbox", ["system", "state", "tries", "due_us"])
    op.create_index("outbox_incident", "outbox", ["incident"])
    op.create_table(
        "ticket",
        sa.Column("system", sa.String, primary_key=True),
        sa.Column("incident", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("reference", sa.String, nullable=False),
        sa.Column("made_us", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("ticket")
    for index in ("outbox_incident", "outbox_state"):
        op.drop_index(index, "outbox")
    op.drop_table("outbox")
