"""The schema of this API's database, version by version (Alembic)."""
