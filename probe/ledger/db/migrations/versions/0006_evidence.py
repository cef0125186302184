"""The detail of an observation (which name, which button, which algorithm), what the hub called a
failure in its own log, and an index of failures; what it depends on: our own settings, and the
network of its vantage.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_FAILED = sa.text("outcome = 'failed'")
_TEXTS = ("setup", "part", "network")


def upgrade() -> None:
    op.add_column("observation", sa.Column("error_id", sa.String))
    op.add_column("observation", sa.Column("detail", sa.JSON(none_as_null=True)))
    op.create_index("observation_failed", "observation", ["hub", "started_us"], sqlite_where=_FAILED, postgresql_where=_FAILED)
    for name in _TEXTS:
        op.add_column("observation", sa.Column(name, sa.String))


def downgrade() -> None:
    op.drop_index("observation_failed", "observation")
    for name in ("error_id", "detail", *_TEXTS):
        op.drop_column("observation", name)
