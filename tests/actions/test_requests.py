"""The slot of an open request: what is not sound is no request."""

from __future__ import annotations

from typing import Any

import pytest

from .bank import ANSWER, TRANSFER, Bank, Talk


@pytest.mark.parametrize(
    "slot",
    [
        None,
        7,
        "x",
        [],
        {},
        {"action": 1},
        {"action": TRANSFER},
        {"action": TRANSFER, "details": {"amount": 5}},
        {"action": TRANSFER, "details": {}, "asked": 3},
        {"action": "action_check_balance", "details": {}},
    ],
)
async def test_a_slot_of_another_form_is_no_request(talk: Talk, bank: Bank, slot: Any) -> None:
    talk.slots = {"open_request": slot}
    assert await talk.says(ANSWER, "50") == ["utter_nothing_open"]
    assert bank.asked == []
