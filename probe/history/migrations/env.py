"""Alembic's entry: run the migrations on the connection that `probe.history.store` hands over."""

from alembic import context

from probe.history.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
