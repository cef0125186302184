"""Several vantages write one store: how far each one delivered, and the stages from which the
evaluator folds late observations in their place.

From here on the memory of a hub is kept by vantage. The memory of an older ledger belongs to its
only vantage, which has no name.
"""

import json

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
    _remember_by_vantage(op.get_bind())


def _remember_by_vantage(connection: sa.Connection) -> None:
    setting = sa.table("setting", sa.column("hub"), sa.column("at_us"))
    bounds = sa.select(setting.c.hub, sa.func.min(setting.c.at_us), sa.func.max(setting.c.at_us)).group_by(setting.c.hub)
    watched = {hub: (begun, latest) for hub, begun, latest in connection.execute(bounds)}
    for name, keys in (("memory", ("hub",)), ("checkpoint", ("hub", "after_observation"))):
        table = sa.table(name, *map(sa.column, keys), sa.column("content", sa.LargeBinary))
        for row in connection.execute(sa.select(table)).mappings().all():
            begun, latest = watched.get(row["hub"], (0, 0))
            mine = sa.and_(*(table.c[key] == row[key] for key in keys))
            connection.execute(sa.update(table).where(mine).values(content=_by_vantage(row["content"], begun, latest)))


def _by_vantage(content: bytes, begun_us: int, settings_us: int) -> bytes:
    data = json.loads(content)
    state = data["state"]
    if "vantages" in state:  # written by this schema's own code
        return content
    signals, clock = state.pop("signals"), state["clock_us"]
    state |= {"begun_us": begun_us, "settings_us": settings_us}
    state["vantages"] = {"": {"clock_us": clock, "signals": signals}} if signals else {}
    state["spec"] |= {"shared": False, "quorum": 50, "min_vantages": 1}
    return json.dumps(data).encode()


def downgrade() -> None:
    for table in ("evaluation", "stage", "source"):
        op.drop_table(table)
    for index in ("observation_vantage", "observation_delivered"):
        op.drop_index(index, "observation")
    for column in ("received_us", "number", "source"):
        op.drop_column("observation", column)
