"""What Alembic runs for each migration; the connection comes from `security.setup`."""

from alembic import context

from security.adapters import (  # noqa: F401 - tables of the schema.
    account_tables,
    admin_tables,
    link_tables,
    personal_tables,
    push_tables,
    sms_tables,
    sso_tables,
    token_store,
)
from security.adapters.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
