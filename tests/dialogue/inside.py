"""Runs inside Rasa's environment: `python -m tests.dialogue.inside MODEL` prints what it found.

`test_inside.py` starts it, because pytest runs on another Python.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from dialogue.lean import leave_out_tensorflow
from tests.dialogue.unpacked import unpacked

DOMAIN = {
    "version": "3.1",
    "intents": ["ask"],
    "slots": {
        "amount": {"type": "float", "mappings": [{"type": "custom"}]},
        "payee": {"type": "text", "mappings": [{"type": "custom"}]},
        "colour": {"type": "text", "initial_value": "red", "mappings": [{"type": "custom"}]},
    },
    "forms": {"pay_form": {"required_slots": ["amount"]}},
    "actions": ["action_x"],
}


def state_of(tracker: Any) -> dict[str, Any]:
    """Return what rules and forms read of a tracker."""
    loop = tracker.active_loop
    return {
        "slots": tracker.current_slot_values(),
        "loop": loop and [loop.name, loop.rejected, loop.is_interrupted],
        "paused": tracker.is_paused(),
        "latest_action": tracker.latest_action_name,
        "followup": tracker.followup_action,
    }


def windows() -> dict[str, Any]:
    """Return, by the name of a history, the state after it and after its replayed summary."""
    from rasa.shared.core import events as e
    from rasa.shared.core.domain import Domain
    from rasa.shared.core.trackers import DialogueStateTracker

    from dialogue.window import EventCodec, state_before

    domain = Domain.from_dict(DOMAIN)
    listen = e.ActionExecuted("action_listen")
    form = [e.ActionExecuted("pay_form"), e.ActiveLoop("pay_form"), e.SlotSet("amount", 1.5)]
    histories = {
        "slots": [e.SlotSet("amount", 2.0), e.SlotSet("payee", "Bob"), e.SlotSet("payee", None)],
        "initial": [e.SlotSet("colour", None)],
        "form": form,
        "interrupted": [*form, listen, e.LoopInterrupted(True)],
        "rejected": [*form, e.ActionExecutionRejected("pay_form")],
        "left": [*form, e.ActiveLoop(None)],
        "paused": [e.ConversationPaused()],
    }
    found = {}
    for name, history in histories.items():
        start = [e.ActionExecuted("action_session_start"), e.SessionStarted(), listen]
        said = [e.UserUttered("ask", {"name": "ask"}), *history]
        flags = [event for event in said if isinstance(event, e.LoopInterrupted)]
        said = [event for event in said if event not in flags]
        tracker = DialogueStateTracker.from_events(
            "c", [*start, *said, listen, *flags], domain.slots
        )
        codec = EventCodec()
        stored = json.loads(json.dumps(codec.encode(state_before(tracker))))
        replayed = DialogueStateTracker.from_events("c", codec.decode(stored), domain.slots)
        found[name] = [state_of(tracker), state_of(replayed)]
    return found


def graph(model: Path) -> dict[str, Any]:
    """Return what the two graph runners and the two ends of the graph make of some words."""
    import tempfile

    from rasa.core.channels.channel import UserMessage
    from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER
    from rasa.engine.loader import load_predict_graph_runner
    from rasa.engine.runner.dask import DaskGraphRunner
    from rasa.shared.core.trackers import DialogueStateTracker

    from dialogue.graph import SequentialGraphRunner, ServedModel, words_target

    found: dict[str, Any] = {}
    for runner_class in (DaskGraphRunner, SequentialGraphRunner):
        with tempfile.TemporaryDirectory() as folder:
            metadata, runner = load_predict_graph_runner(
                Path(folder), model, ServedModel, runner_class
            )
        ends = {"stock": metadata.nlu_target}
        ends["words"] = words_target(metadata.predict_schema, metadata.nlu_target)
        for end, target in ends.items():
            for text in ("what's my balance?", '/check_balance{"account": "other"}'):
                tracker = DialogueStateTracker("c", [])
                given = {PLACEHOLDER_MESSAGE: [UserMessage(text)], PLACEHOLDER_TRACKER: tracker}
                message = runner.run(inputs=given, targets=[target])[target][0]
                parsed = message.as_dict(only_output_properties=True)
                result = [parsed["intent"]["name"], parsed["intent"]["confidence"]]
                entities = [entity["value"] for entity in parsed.get("entities", [])]
                found[f"{runner_class.__name__} {end} {text}"] = [*result, entities]
    return found


def intents(model: Path, texts: list[str]) -> list[str]:
    """Return the intent that the service gives to each of `texts`."""
    from rasa.core.lock_store import InMemoryLockStore
    from rasa.core.nlg import TemplatedNaturalLanguageGenerator
    from rasa.core.tracker_store import InMemoryTrackerStore
    from rasa.shared.core.trackers import DialogueStateTracker

    from dialogue.processor import TurnProcessor

    processor = TurnProcessor(
        model_path=model,
        tracker_store=InMemoryTrackerStore(None),
        lock_store=InMemoryLockStore(),
        generator=TemplatedNaturalLanguageGenerator({}),
    )
    tracker = DialogueStateTracker("c", [])
    return [processor.understand(text, tracker)["intent"]["name"] for text in texts]


def main() -> None:
    """Print everything as one JSON object."""
    leave_out_tensorflow(Path("config.yml"))
    model, texts = Path(sys.argv[1]), json.loads(sys.stdin.read())
    with unpacked(model) as own:
        found = {"windows": windows(), "graph": graph(own), "intents": intents(own, texts)}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
