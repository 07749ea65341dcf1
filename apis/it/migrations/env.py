"""Alembic's entry: run the versions on the connection that `schema.migrate` hands over."""

from alembic import context

from apis.common.tables import OnceBase
from apis.it.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=[Base.metadata, OnceBase.metadata],
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
