"""Two securities on one database: what both write is one log, or a chain of each, and verifies."""

from __future__ import annotations

import asyncio
from itertools import groupby

import orjson
import pytest
from sqlalchemy import Connection

from security.adapters import audit_log, checkpoint_store
from security.audit.chain import Whole, verify_chain
from security.audit.record import AuditEvent, Tag
from security.audit.verifier import read_keys, verify_live
from security.core import Core
from tests.security.fakes import NOW
from tests.security.world import World

EACH, STARTED = 60, AuditEvent(Tag.STARTED)


@pytest.mark.both_databases
@pytest.mark.parametrize("names", [("1", "1"), ("1", "2")], ids=["one chain", "a chain each"])
async def test_what_both_write_at_once_verifies(world: World, names: tuple[str, str]) -> None:
    """Issue: several writers coexist. Each has connections and a thread of its own."""
    other = world.core_again()

    def writes(core: Core, name: str) -> list[asyncio.Future[str]]:
        def work(connection: Connection) -> str:
            return audit_log.append(connection, STARTED, NOW, name)

        return [asyncio.ensure_future(core.database.run_core(work)) for _ in range(EACH)]

    both = zip((world.core, other), names, strict=True)
    ids = await asyncio.gather(*(one for core, name in both for one in writes(core, name)))
    keys = world.core.data_keys.trail
    await other.database.run_core(lambda c: checkpoint_store.add(c, keys, NOW))
    other.database.close()
    assert len(set(ids)) == 2 * EACH
    rows = world.sql("SELECT writer, record FROM audit ORDER BY writer, sequence")
    lines = [line for (line,) in world.sql("SELECT line FROM audit_checkpoints ORDER BY number")]
    found = verify_live(lines, [record for _, record in rows], read_keys(keys.first().public_pem))
    assert found.startswith(f"{2 * EACH} records, whole")
    for name, lane in groupby(rows, lambda row: row[0]):
        chain = [record for _, record in lane]
        assert isinstance(verify_chain(chain), Whole)
        assert {orjson.loads(record)["writer"] for record in chain} == {name}
