"""One turn, from what the gateway brought to what the bot says.

Rasa's own processor does the work; this one decides what it may be told. Words go through the
model without its reading of commands, choices and resumptions are stated and not parsed, the
ticket reaches the action in the message's metadata and nothing else, and reminders do not exist.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import structlog
from rasa.core.actions.action import Action, ActionListen, RemoteAction
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.core.processor import MessageProcessor
from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER
from rasa.engine.loader import load_predict_graph_runner
from rasa.engine.storage.storage import ModelMetadata
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.core.constants import (
    DEFAULT_INTENTS,
    EXTERNAL_MESSAGE_PREFIX,
    USER_INTENT_OUT_OF_SCOPE,
)
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import INTENT_RANKING_KEY
from rasa.utils.common import TempDirectoryPath, get_temp_dir_name

from dialogue.action_call import GuardedAction, domain_for_actions
from dialogue.graph import SequentialGraphRunner, ServedModel, words_target
from dialogue.hearing import SAID, Hearing
from dialogue.looking_back import asked
from dialogue.offers import TurnWords, current_words, read_offers, speaking
from dialogue.returning import BACK, back_to
from dialogue.turns import Malformed, OfferedChoice, Resume, Turn, Words

RESUME_INTENT = "resume"
CHANNEL = "gatehouse"
# Rasa counts `out_of_scope` among its own intents; the others are commands and outcomes.
_NEVER_SAID = {*DEFAULT_INTENTS, RESUME_INTENT} - {USER_INTENT_OUT_OF_SCOPE}
_LOCK_POLL_SECONDS = 0.02

log = structlog.get_logger("dialogue.processor")


class TurnProcessor(MessageProcessor):
    """Takes turns. Made once; the model is loaded by its constructor."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._words_target = words_target(
            self.model_metadata.predict_schema, self.model_metadata.nlu_target or ""
        )
        self._said_intents = set(self.domain.intents) - _NEVER_SAID
        self._domain_sent = domain_for_actions(self.domain)
        self._hearing = Hearing(self.understand, read_offers())

    @staticmethod
    def _load_model(model_path: str | Path) -> tuple[str, ModelMetadata, SequentialGraphRunner]:
        with TempDirectoryPath(get_temp_dir_name()) as folder:
            metadata, runner = load_predict_graph_runner(
                Path(folder), Path(model_path), ServedModel, SequentialGraphRunner
            )
        return Path(model_path).name, metadata, runner

    async def take_turn(self, turn: Turn, output_channel: OutputChannel) -> None:
        """Answer `turn` on `output_channel` and store it.

        Two turns of one conversation run one after the other. Raises `Malformed` for a choice
        that this bot cannot have offered; what the store raises passes through.
        """
        sender = turn.conversation_id
        async with self.lock_store.lock(sender, wait_time_in_seconds=_LOCK_POLL_SECONDS):
            tracker = await self.get_tracker(sender)
            uttered, words = self._uttered(turn, tracker)
            with speaking(words):
                await self._update_tracker_session(tracker, output_channel)
                tracker.update(uttered, self.domain)
                tracker = await self.run_action_extract_slots(output_channel, tracker)
                await self._run_prediction_loop(output_channel, tracker)
            await self.save_tracker(tracker)

    def understand(self, text: str, tracker: DialogueStateTracker) -> dict[str, Any]:
        """Return the intent, its ranking and the entities of words.

        No words are a command (see `words_target`).
        """
        if not any(letter.isalnum() for letter in text):
            return _stated(text, DEFAULT_NLU_FALLBACK_INTENT_NAME, {})
        inputs = {PLACEHOLDER_MESSAGE: [UserMessage(text)], PLACEHOLDER_TRACKER: tracker}
        results = self.graph_runner.run(inputs=inputs, targets=[self._words_target])
        understood = results[self._words_target][0].as_dict(only_output_properties=True)
        intent = understood.get("intent") or {}
        if intent.get("name") not in self._said_intents:
            intent = {"name": DEFAULT_NLU_FALLBACK_INTENT_NAME, "confidence": 1.0}
        return {
            "text": text,
            "intent": intent,
            "ranking": understood.get(INTENT_RANKING_KEY) or [],
            "entities": understood.get("entities") or [],
        }

    def _uttered(self, turn: Turn, tracker: DialogueStateTracker) -> tuple[UserUttered, TurnWords]:
        parsed, words = self._parsed(turn, tracker)
        uttered = UserUttered(
            parsed["text"],
            parsed["intent"],
            parsed["entities"],
            input_channel=CHANNEL,
            metadata={"ticket": turn.ticket},
        )
        return uttered, words

    def _parsed(
        self, turn: Turn, tracker: DialogueStateTracker
    ) -> tuple[dict[str, Any], TurnWords]:
        utterance = turn.utterance
        if isinstance(utterance, Words):
            heard = self._hearing.heard(turn, utterance.text, tracker)
            if heard.choice is not None:
                return self._chosen(heard.choice), heard.words
            parsed = {"text": utterance.text, "intent": dict(heard.intent), "entities": []}
            return parsed, heard.words
        if isinstance(utterance, Resume):
            stated = _stated(f"{EXTERNAL_MESSAGE_PREFIX}{RESUME_INTENT}", RESUME_INTENT, {})
        else:
            stated = self._chosen(utterance)
        return stated, self._hearing.words(turn, stated["intent"]["name"], asked(tracker))

    def _chosen(self, choice: OfferedChoice) -> dict[str, Any]:
        if choice.intent not in self._said_intents:
            raise Malformed("intent")
        if not set(choice.entities) <= set(self.domain.entities):
            raise Malformed("entities")
        # A choice that makes words clear stands for those words; any other for its title.
        meant = {name: value for name, value in choice.entities.items() if name != SAID}
        return _stated(choice.entities.get(SAID, choice.title), choice.intent, meant)

    async def _run_action(self, action: Action, *args: Any, **kwargs: Any) -> bool:
        if type(action) is RemoteAction:
            action = GuardedAction(action.name(), self.action_endpoint, self._domain_sent)
        if type(action) is ActionListen:
            await self._back_to_what_was_left(*args, **kwargs)
        return await super()._run_action(action, *args, **kwargs)

    async def _back_to_what_was_left(
        self,
        tracker: DialogueStateTracker,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
        _prediction: Any,
    ) -> None:
        left = current_words().left
        question = back_to(left, tracker) if left is not None else None
        if question is None:
            return
        said = await nlg.generate(BACK, tracker, output_channel.name()) or {}
        words = " ".join([said.get("text", ""), question.text])
        again = {"text": words, "buttons": question.buttons}
        await output_channel.send_response(tracker.sender_id, again)
        tracker.update(BotUttered(words, {"buttons": question.buttons}), self.domain)

    async def _schedule_reminders(self, events: Any, *args: Any) -> None:
        # A reminder would run with the key of whoever last woke the scheduler.
        return None

    async def _cancel_reminders(self, events: Any, *args: Any) -> None:
        return None


def _stated(text: str, intent: str, entities: dict[str, str]) -> dict[str, Any]:
    return {
        "text": text,
        "intent": {"name": intent, "confidence": 1.0},
        "entities": [{"entity": name, "value": value} for name, value in entities.items()],
    }
