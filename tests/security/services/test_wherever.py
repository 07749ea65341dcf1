"""What is open in a session is found before it is anybody's, or at another organisation's page.

Its challenge is of the organisation that the name leads to. What looks for the challenges of a
session has to find it there (ADR 35).
"""

from __future__ import annotations

import pytest

from security.errors import Refused
from tests.security.visitor import Visitor
from tests.security.world import World

pytestmark = pytest.mark.both_databases

PAGES = pytest.mark.parametrize("page", [None, "acme-shop", "northwind-bank"])


def states(world: World) -> list[str]:
    return sorted(state for (state,) in world.sql("SELECT state FROM challenges"))


@PAGES
async def test_a_code_typed_at_any_page_is_taken_out(visitor: Visitor, page: str | None) -> None:
    """ASVS 16.2.5: rasa is not asked."""
    await visitor.arrive(page)
    await visitor.give_password("alice")
    opened = await visitor.open(text=visitor.world.code_of("alice"))
    assert opened.turn is None


@PAGES
async def test_a_session_that_ends_takes_its_sign_in_along(
    visitor: Visitor, page: str | None
) -> None:
    """ASVS 7.4.1."""
    await visitor.arrive(page)
    await visitor.give_password("alice")
    await visitor.sign_out()
    assert states(visitor.world) == ["void"]


@PAGES
async def test_a_sign_in_ends_the_one_before_at_another_organisation(
    visitor: Visitor, page: str | None
) -> None:
    """ASVS 6.6.2: one session leads to one person."""
    await visitor.arrive(page)
    await visitor.give_password("carl")
    first = visitor.challenge_id
    await visitor.give_password("alice")
    assert states(visitor.world) == ["open", "void"]
    with pytest.raises(Refused, match="expired"):
        await visitor.answer(visitor.world.code_of("carl"), first)
    assert (await visitor.prove("alice")).grant.session.authenticated


@PAGES
async def test_a_passkey_is_asked_for_in_the_place_of_what_was_open(
    visitor: Visitor, page: str | None
) -> None:
    await visitor.arrive(page)
    await visitor.give_password("carl")
    await visitor.world.gateway.sign_in_by_passkey(visitor.cookie, visitor.csrf)
    assert states(visitor.world) == ["open", "void"]
