"""What a server is told for each session: how long to wait, and when something is written."""

from __future__ import annotations

import pytest

from security.adapters.postgres import open_postgres
from tests.security.world import World

pytestmark = pytest.mark.postgres_alone


@pytest.mark.parametrize(("durable", "said"), [(True, "on"), (False, "off")])
def test_attack_a_server_that_would_not_wait_for_its_disk_is_told_to(
    world: World, durable: bool, said: str
) -> None:
    """The server of the tests has it off: what is told as written waits all the same."""
    query = "SHOW synchronous_commit"
    assert world.sql(query) == [("off",)]
    engine = open_postgres(world.core.database._engine.url, durable)
    with engine.begin() as connection:
        assert connection.exec_driver_sql(query).scalar_one() == said
    engine.dispose()
