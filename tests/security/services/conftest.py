"""Somebody who should not be there."""

from __future__ import annotations

import pytest

from tests.security.services.proofs import at_the_code
from tests.security.visitor import Visitor
from tests.security.world import World


@pytest.fixture
async def thief(world: World) -> Visitor:
    """A thief with alice's password."""
    return await at_the_code(world)
