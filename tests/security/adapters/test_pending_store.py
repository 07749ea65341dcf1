"""Each move of a pending operation is one compare-and-set (ASVS 15.4.2)."""

from __future__ import annotations

import pytest

from security.adapters.pending_store import move
from security.pending import State, may_move
from tests.security.visitor import Visitor
from tests.security.world import World


@pytest.fixture
async def waiting(visitor: Visitor) -> World:
    """A world in which one read waits."""
    await visitor.is_refused("authentication_required")
    return visitor.world


def moved(world: World, current: State, to: State) -> bool:
    [(pending_id,)] = world.sql("SELECT id FROM pending_operations")
    return world.core.database.run_here(
        lambda store: move(store.connection(), pending_id, current, to), across="a test looks on"
    )


def state(world: World) -> str:
    [(found,)] = world.sql("SELECT state FROM pending_operations")
    return str(found)


async def test_a_move_is_made_once(waiting: World) -> None:
    assert moved(waiting, State.WAITING, State.APPROVED) is True
    assert moved(waiting, State.WAITING, State.APPROVED) is False
    assert state(waiting) == "approved"


async def test_what_has_moved_on_is_not_voided_behind_its_back(waiting: World) -> None:
    moved(waiting, State.WAITING, State.APPROVED)
    moved(waiting, State.APPROVED, State.EXECUTING)
    assert moved(waiting, State.APPROVED, State.VOID) is False
    assert moved(waiting, State.WAITING, State.VOID) is False
    assert state(waiting) == "executing"


@pytest.mark.parametrize("to", State)
@pytest.mark.parametrize("current", State)
async def test_a_move_that_does_not_exist_is_an_error(
    waiting: World, current: State, to: State
) -> None:
    """Whatever asks for it; nothing has changed afterwards."""
    if may_move(current, to):
        return
    with pytest.raises(ValueError, match="moves from"):
        moved(waiting, current, to)
    assert state(waiting) == "waiting"
