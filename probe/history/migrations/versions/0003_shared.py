"""Several vantages write one store: who delivered what, and what the evaluator needs to fold late news in its place."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in (sa.Column("source", sa.String), sa.Column("number", sa.BigInteger), sa.Column("received_us", sa.BigInteger)):
        op.add_column("observation", column)
    op.create_index("observation_delivered", "observation", ["source", "number"], unique=True)
    op.create_index("observation_vantage", "observation", ["hub", "vantage", "id"])
    op.create_table(
        "source",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("vantage", sa.String, nullable=False),
        sa.Column("delivered", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "stage",
        sa.Column("hub", sa.String, primary_key=True),
        sa.Column("at_us", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("setting", sa.BigInteger, nullable=False),
        sa.Column("taken", sa.JSON, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "evaluation",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("observation", sa.BigInteger, nullable=False),
        sa.Column("setting", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    for table in ("evaluation", "stage", "source"):
        op.drop_table(table)
    for index in ("observation_vantage", "observation_delivered"):
        op.drop_index(index, "observation")
    for column in ("received_us", "number", "source"):
        op.drop_column("observation", column)
