"""Somebody who should not be there."""

from __future__ import annotations

import pytest

from tests.security.services.changing import signed_in
from tests.security.services.proofs import at_the_code
from tests.security.services.showing import added
from tests.security.visitor import Visitor
from tests.security.world import World
from tests.support.authenticator import SoftAuthenticator


@pytest.fixture
async def thief(world: World) -> Visitor:
    """A thief with alice's password."""
    return await at_the_code(world)


@pytest.fixture
async def owner(world: World) -> Visitor:
    """Alice, signed in with password and code."""
    return await signed_in(world)


@pytest.fixture
async def laptop(owner: Visitor) -> SoftAuthenticator:
    """What holds a passkey of hers."""
    return await added(owner, "alice")
