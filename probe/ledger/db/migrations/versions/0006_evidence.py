"""The detail of an observation: which name, which button, which algorithm."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("observation", sa.Column("error_id", sa.String))
    op.add_column("observation", sa.Column("detail", sa.JSON(none_as_null=True)))
