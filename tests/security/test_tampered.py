"""What somebody has changed in the database opens nothing."""

from __future__ import annotations

import pytest

from security.errors import Refused
from tests.security.visitor import Visitor

TAMPERED = {
    "the conversation's key": "UPDATE conversations SET key_sealed = x'01" + "ab" * 60 + "'",
    "an empty key": "UPDATE conversations SET key_sealed = x''",
}


@pytest.mark.parametrize("statement", TAMPERED.values(), ids=TAMPERED)
async def test_a_conversation_whose_key_was_changed_cannot_go_on(
    alice: Visitor, statement: str
) -> None:
    """ASVS 11.3.3: no turn, no other key in its place."""
    alice.world.sql(statement)
    with pytest.raises(Refused, match="security_unavailable"):
        await alice.say()


async def test_a_factor_moved_from_another_person_opens_nothing(visitor: Visitor) -> None:
    """ASVS 11.3.3: mallory puts her own sealed secret where alice's was."""
    await visitor.give_password("alice")
    visitor.world.sql(
        "UPDATE authenticators SET secret_sealed = (SELECT secret_sealed FROM authenticators"
        " WHERE person_id = (SELECT id FROM people WHERE username_hash = hashed(tenant_id, 'bob')))"
    )
    with pytest.raises(Refused, match="security_unavailable"):
        await visitor.answer(visitor.world.code_of("bob"))
    assert not (await visitor.look()).session.authenticated


async def test_an_answer_moved_to_another_turn_is_not_shown(alice: Visitor) -> None:
    """ASVS 11.3.3."""
    for text in ("one", "two"):
        await alice.hear(await alice.say(text))
    alice.world.sql(
        "UPDATE turns SET answered_sealed = (SELECT answered_sealed FROM turns LIMIT 1)"
    )
    with pytest.raises(Refused, match="security_unavailable"):
        await alice.world.gateway.past_messages(alice.cookie)
