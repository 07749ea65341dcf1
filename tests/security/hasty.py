"""The database and the key ring as their processes open them, but for waiting for the disk."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Engine, event

from security.database_parts import engine_of
from security.settings import SecuritySettings
from security.vault_parts import Keys, open_keys
from tests.security.fakes import FakeClock


def hasty_engine(settings: SecuritySettings) -> Engine:
    """Return the real engine, but for waiting for the disk: durability is tested by itself.

    What a statement is compiled to does not depend on the database, so all share that.
    """
    engine = engine_of(settings)
    _hurry(engine)
    return engine.execution_options(compiled_cache=_compiled(engine.dialect.name))


def hasty_keys(settings: SecuritySettings, clock: FakeClock) -> Keys:
    """Open the real ring, but for waiting for the disk.

    A new key is stored while the transaction that needs it is open: where a disk is busy, a server
    would end that one as idle.
    """
    keys = open_keys(settings.keys_dir, settings.ring_sql_url, clock)
    for engine in (keys.data_keys._store._durable, keys.data_keys._store._relaxed):
        _hurry(engine)
        engine.dispose()
    return keys


def _hurry(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda raw, _record: raw.execute("PRAGMA synchronous=OFF"))


@cache
def _compiled(dialect: str) -> dict[Any, Any]:
    return {}
