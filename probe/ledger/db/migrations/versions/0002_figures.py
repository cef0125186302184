"""Figures: sums beside the intervals, chained settings, checkpoints, and the statements of people:
corrections, changes, imports.
"""

from itertools import zip_longest

import sqlalchemy as sa
from alembic import op

from probe.core.judgement.condition import State
from probe.core.sla.availability import Totals
from probe.ledger.db.chain import GENESIS, link

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_SUMS = ("up_us", "blip_us", "down_us", "unknown_us", "blips", "rises")


def upgrade() -> None:
    for name in _SUMS:
        op.add_column("interval", sa.Column(name, sa.BigInteger, nullable=False, server_default=sa.text("0")))
    op.add_column("interval", sa.Column("batch", sa.BigInteger))
    op.create_index("interval_state", "interval", ["hub", "subject", "state", "start_us"])
    op.add_column("setting", sa.Column("hash", sa.String, nullable=False, server_default=""))
    _create_tables()
    _fill_sums(op.get_bind())
    _chain_settings(op.get_bind())


def _create_tables() -> None:
    op.create_table(
        "checkpoint",
        sa.Column("after_observation", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("hub", sa.String, primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "correction",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("hub", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("start_us", sa.BigInteger, nullable=False),
        sa.Column("end_us", sa.BigInteger, nullable=False),
        sa.Column("act", sa.String, nullable=False),
        sa.Column("author", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("recorded_us", sa.BigInteger, nullable=False),
        sa.Column("withdraws", sa.BigInteger),
        sa.Column("hash", sa.String, nullable=False),
    )
    op.create_table(
        "change",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("hub", sa.String, nullable=False),
        sa.Column("planned_us", sa.BigInteger, nullable=False),
        sa.Column("announced_us", sa.BigInteger, nullable=False),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("author", sa.String, nullable=False),
        sa.Column("hash", sa.String, nullable=False),
    )
    op.create_table(
        "batch",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("author", sa.String, nullable=False),
        sa.Column("recorded_us", sa.BigInteger, nullable=False),
        sa.Column("file", sa.String, nullable=False),
        sa.Column("periods", sa.String, nullable=False),
        sa.Column("hash", sa.String, nullable=False),
    )
    op.create_table(
        "imported",
        sa.Column("batch", sa.BigInteger, sa.ForeignKey("batch.seq"), primary_key=True),
        sa.Column("line", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("hub", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("start_us", sa.BigInteger, nullable=False),
        sa.Column("end_us", sa.BigInteger, nullable=False),
        sa.Column("note", sa.String, nullable=False),
    )


def _fill_sums(connection: sa.Connection) -> None:
    names = ("hub", "subject", "start_us", "end_us", "state")
    table = sa.table("interval", *map(sa.column, (*names, *_SUMS)))
    rows = connection.execute(sa.select(*(table.c[name] for name in names)).order_by(table.c.hub, table.c.subject, table.c.start_us)).all()
    change = sa.update(table).where(
        table.c.hub == sa.bindparam("h"), table.c.subject == sa.bindparam("s"), table.c.start_us == sa.bindparam("t")
    )
    total, sums = Totals(), []
    for row, following in zip_longest(rows, rows[1:]):
        sums.append({"h": row.hub, "s": row.subject, "t": row.start_us, **total._asdict()})
        if following is None or (following.hub, following.subject) != (row.hub, row.subject):
            total = Totals()
        else:
            total = total.with_interval(State(row.state), following.start_us - row.start_us, State(following.state))
    if sums:
        connection.execute(change, sums)


def _chain_settings(connection: sa.Connection) -> None:
    table = sa.table("setting", *map(sa.column, ("id", "hub", "at_us", "after_observation")), sa.column("spec", sa.JSON), sa.column("hash"))
    previous = GENESIS
    for row in connection.execute(sa.select(table).order_by(table.c.id)).mappings().all():
        content = {str(name): value for name, value in row.items() if name != "hash"}
        previous = link(previous, content)
        connection.execute(sa.update(table).where(table.c.id == row["id"]).values(hash=previous))


def downgrade() -> None:
    for table in ("imported", "batch", "change", "correction", "checkpoint"):
        op.drop_table(table)
    op.drop_column("setting", "hash")
    op.drop_index("interval_state", "interval")
    for name in ("batch", *_SUMS):
        op.drop_column("interval", name)
