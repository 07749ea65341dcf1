"""A call of an action, as Rasa sends it."""

from __future__ import annotations

from typing import Any


def call_of(action: str, ticket: Any = "ticket-1") -> dict[str, Any]:
    return {
        "next_action": action,
        "sender_id": "conversation-1",
        "version": "3.6.21",
        "domain": {"intents": ["check_balance"]},
        "tracker": {
            "sender_id": "conversation-1",
            "slots": {},
            "latest_message": {"text": "hello", "metadata": {"ticket": ticket}},
            "events": [{"event": "action", "name": "action_listen"}],
            "latest_event_time": 1.5,
            "paused": False,
            "followup_action": None,
            "active_loop": {},
            "latest_action_name": "action_listen",
        },
    }
