"""What has to hold before security starts."""

from __future__ import annotations

import secrets

import pytest

from security.services.factors import check_key
from security.vault.envelope import Vault

from .world import World


def test_the_key_that_sealed_the_database_opens_it(world: World) -> None:
    world.core.database.run_here(lambda store: check_key(world.core.vault, store))


def test_another_master_key_stops_the_start(world: World) -> None:
    """ASVS 13.3: nothing is sealed under a key that the rest was not."""
    other = Vault(secrets.token_bytes(32))
    with pytest.raises(ValueError, match="put it back"):
        world.core.database.run_here(lambda store: check_key(other, store))
