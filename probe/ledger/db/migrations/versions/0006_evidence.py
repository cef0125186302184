"""The detail of an observation (which name, which button, which algorithm), what the hub called a
failure in its own log, and an index of failures; what it depends on: our own settings, the network
of its vantage, and the client of the hub that made it. What the watch saw of the hub's outward
form. The logins of each day. What is kept of the identity that came, and the salt of its digests.
When an announced change was recorded, which may be later than it was announced.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_FAILED = sa.text("outcome = 'failed'")
_TEXTS = ("setup", "part", "network", "client")


def upgrade() -> None:
    op.add_column("observation", sa.Column("error_id", sa.String))
    op.add_column("observation", sa.Column("detail", sa.JSON(none_as_null=True)))
    op.create_index("observation_failed", "observation", ["hub", "started_us"], sqlite_where=_FAILED, postgresql_where=_FAILED)
    for name in _TEXTS:
        op.add_column("observation", sa.Column(name, sa.String))
    op.add_column("observation", sa.Column("sightings", sa.JSON(none_as_null=True)))
    op.add_column("observation", sa.Column("identity", sa.JSON(none_as_null=True)))
    _create_sightings()
    op.create_table(
        "login",
        *(sa.Column(name, sa.String, primary_key=True) for name in ("hub", "idp", "day", "run")),
        sa.Column("logins", sa.Integer, nullable=False),
    )
    op.add_column("change", sa.Column("recorded_us", sa.BigInteger))
    op.create_table(
        "salt",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )


def _create_sightings() -> None:
    op.create_table(
        "sighting",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        *(sa.Column(name, sa.String, nullable=False) for name in ("hub", "vantage", "aspect", "place", "basis")),
        sa.Column("since_us", sa.BigInteger, nullable=False),
        sa.Column("before_us", sa.BigInteger),
        sa.Column("form", sa.String, nullable=False),
        sa.Column("traits", sa.JSON(none_as_null=True)),
        *(sa.Column(name, sa.String, nullable=False) for name in ("observation", "hash")),
    )
    op.create_index("sighting_hub", "sighting", ["hub", "seq"])
    op.create_index("sighting_form", "sighting", ["form"])


def downgrade() -> None:
    op.drop_column("change", "recorded_us")
    op.drop_table("salt")
    op.drop_table("login")
    op.drop_table("sighting")
    op.drop_index("observation_failed", "observation")
    for name in ("error_id", "detail", "sightings", "identity", *_TEXTS):
        op.drop_column("observation", name)
