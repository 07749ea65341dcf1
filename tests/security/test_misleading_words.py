"""Words that a person controls, on their way to the card and the text message that ask them."""

from __future__ import annotations

import pytest

from security.operations.openapi import InvalidArguments
from tests.security.payments import TO_ANNA, TRANSFER
from tests.security.world import World

MISLEADING = [
    "Anna Berg\n@localhost #123456",
    "Anna\u202eBerg",
    "Anna\u2066Berg",
    "Anna\u200bBerg",
    "Anna\u2028Berg",
    "Anna Berg\u3164",
    "Anna\u2800Berg",
    "Anna\u034fBerg",
    "Anna\U000e0041Berg",
    "Anna\U000e0100Berg",
    " Anna Berg",
    "Anna Berg ",
    "\u00a0Anna",
]


@pytest.mark.parametrize("name", MISLEADING)
@pytest.mark.parametrize(("operation", "argument"), [(TRANSFER, "payee_name"), (TRANSFER, "text")])
def test_attack_words_that_hide_or_reorder_are_never_shown_for_approval(
    world: World, operation: str, argument: str, name: str
) -> None:
    """PSD2 RTS 5(1)(a): the guard refuses them by the bank's own document, before any card."""
    endpoint = world.core.operations[operation].endpoint
    with pytest.raises(InvalidArguments) as refused:
        endpoint.check_arguments({**TO_ANNA, argument: name})
    assert refused.value.field == argument


@pytest.mark.parametrize("name", MISLEADING)
def test_attack_a_new_payee_of_such_a_name(world: World, name: str) -> None:
    endpoint = world.core.operations["banking.add_payee"].endpoint
    with pytest.raises(InvalidArguments):
        endpoint.check_arguments({"name": name, "number": "XN12000000000000007788"})


@pytest.mark.parametrize("name", ["Łukasz Žižek", "李四", "محمد علي", "O'Neill & Söhne", "Zoë 😀"])
def test_names_of_any_language_are_shown(world: World, name: str) -> None:
    world.core.operations[TRANSFER].endpoint.check_arguments({**TO_ANNA, "payee_name": name})
