"""What Alembic runs for each migration; the connection comes from `security.setup`."""

from alembic import context

from security.adapters.every_table import SCHEMA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SCHEMA,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
