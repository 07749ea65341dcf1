"""The security database's schema, step by step (Alembic)."""
