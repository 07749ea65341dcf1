"""What has to hold before security starts."""

from __future__ import annotations

import secrets
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from security.adapters.database import Database
from security.adapters.tables import AuthenticatorRow
from security.database_parts import engine_of
from security.services.factors import check_key
from security.vault_parts import open_keys

from .world import World


def test_the_key_that_sealed_the_database_opens_it(world: World) -> None:
    world.core.database.run_here(check_key, across="at the start")


def test_somebody_who_was_erased_does_not_stop_the_start(world: World) -> None:
    """GDPR 17: a database from before comes back, and its key does not."""
    first = world.core.database.run_here(
        lambda s: s.scalars(select(AuthenticatorRow)).first(), across="at the start"
    )
    assert first is not None
    world.core.data_keys.destroy_person_keys(first.person_id)
    world.core.database.run_here(check_key, across="at the start")


def test_another_ring_stops_the_start(world: World, tmp_path: Path) -> None:
    """ASVS 13.3.1: nothing is sealed under a key that the rest was not."""
    keys = world.core.settings.keys_dir
    other = open_keys(keys, f"sqlite:///{tmp_path / 'other.db'}")
    database = Database(engine_of(world.core.settings), vault=other.vault)
    with closing(database), pytest.raises(ValueError, match="put it back"):
        database.run_here(check_key, across="at the start")


def test_another_master_key_stops_the_start(world: World) -> None:
    """ASVS 13.3.1."""
    file = world.core.settings.keys_dir / "master.key"
    file.write_bytes(secrets.token_bytes(32))
    with pytest.raises(ValueError, match="put it back"):
        world.core_again()
