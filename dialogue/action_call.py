"""A call of an action: trimmed on its way out, checked on its way back, never silent."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import rasa
import structlog
from jsonschema import Draft7Validator
from rasa.core.actions.action import RemoteAction
from rasa.core.channels.channel import OutputChannel
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, Event
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity
from rasa.utils.endpoints import EndpointConfig

from dialogue.window import EventCodec, last_events

EVENTS_SENT = 10
REFUSED = "security_unavailable"
_REFUSED_RESPONSE = f"utter_refused_{REFUSED}"
_LAST_RESORT = "I cannot check this safely right now. Please try again in a few minutes."

log = structlog.get_logger("dialogue.action_call")


@lru_cache(maxsize=1)
def _result_schema() -> Draft7Validator:
    return Draft7Validator(RemoteAction.action_response_format_spec())


def domain_for_actions(domain: Domain) -> dict[str, Any]:
    """Return the parts of the domain that the SDK reads.

    Never empty: for an empty domain the SDK takes the one that its previous caller sent.
    """
    whole = domain.as_dict()
    parts = {name: whole[name] for name in ("slots", "forms", "entities") if name in whole}
    return {"version": "3.1", **parts}


class GuardedAction(RemoteAction):
    """Rasa's remote action, made lean, and ending every failure with words for the person."""

    def __init__(self, name: str, endpoint: EndpointConfig, domain: dict[str, Any]) -> None:
        super().__init__(name, endpoint)
        self._domain = domain

    def _action_call_format(self, tracker: DialogueStateTracker, domain: Domain) -> dict[str, Any]:
        state = tracker.current_state(EventVerbosity.NONE)
        events = EventCodec.encode(last_events(tracker, EVENTS_SENT))
        state["events"] = [{**each, "data": {}} if "data" in each else each for each in events]
        return {
            "next_action": self._name,
            "sender_id": tracker.sender_id,
            "tracker": state,
            "domain": self._domain,
            "version": rasa.__version__,
        }

    def _validate_action_result(self, result: Any) -> bool:
        # The same schema as Rasa's own check, which compiles it anew for each answer.
        _result_schema().validate(result)
        return True

    async def run(
        self,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
        tracker: DialogueStateTracker,
        domain: Domain,
    ) -> list[Event]:
        """Run the action. Whatever goes wrong is a denial that the person is told of."""
        try:
            return await super().run(output_channel, nlg, tracker, domain)
        except Exception as error:
            log.error("action_failed", action=self._name, error=type(error).__name__)
            return [await self._refusal(output_channel, nlg, tracker)]

    @staticmethod
    async def _refusal(
        output_channel: OutputChannel, nlg: NaturalLanguageGenerator, tracker: DialogueStateTracker
    ) -> BotUttered:
        said = await nlg.generate(_REFUSED_RESPONSE, tracker, output_channel.name()) or {}
        return BotUttered(said.get("text", _LAST_RESORT), metadata={"refused": REFUSED})
