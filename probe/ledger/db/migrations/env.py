"""Alembic's entry: run the migrations on the connection that `probe.ledger.db.store` hands over."""

from alembic import context

from probe.ledger.db.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
