"""Runs inside Rasa's environment: `python -m tests.dialogue.inside_lean MODEL` compares.

`test_lean_model.py` starts it with sentences on standard input. Everything that it prints is a
difference between our components and Rasa's, or a count of what was compared.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from dialogue.lean import leave_out_tensorflow
from tests.dialogue.inside_rules import rules
from tests.dialogue.unpacked import unpacked


def runners(model: Path) -> tuple[Any, Any, str]:
    """Return the graph with Rasa's components, the one with ours, and the end for words."""
    from rasa.engine.loader import load_predict_graph_runner
    from rasa.engine.storage.local_model_storage import LocalModelStorage
    from rasa.engine.storage.storage import ModelMetadata

    from dialogue.graph import SequentialGraphRunner, ServedModel, words_target

    class StockModel(LocalModelStorage):
        @staticmethod
        def _load_metadata(directory: Path) -> ModelMetadata:
            stored = json.loads((directory / "metadata.json").read_text("utf-8"))
            return ModelMetadata.from_dict({**stored, "train_schema": {"nodes": {}}})

    loaded = []
    with unpacked(model) as own:
        for given, storage in ((model, StockModel), (own, ServedModel)):
            with tempfile.TemporaryDirectory() as folder:
                place = Path(folder)
                parts = load_predict_graph_runner(place, given, storage, SequentialGraphRunner)
            loaded.append(parts)
    (metadata, stock), (_, lean) = loaded
    return stock, lean, words_target(metadata.predict_schema, metadata.nlu_target)


def components(runner: Any) -> list[Any]:
    """Return the components of a runner, in the order of its schema."""
    return [node._component for node in runner._instantiated_nodes.values()]


def understanding(stock: Any, lean: Any, target: str, texts: list[str]) -> list[str]:
    """Return the texts that the two understand differently."""
    from rasa.core.channels.channel import UserMessage
    from rasa.engine.constants import PLACEHOLDER_MESSAGE

    different = []
    for text in texts:
        given = {PLACEHOLDER_MESSAGE: [UserMessage(text)]}
        found = [
            runner.run(inputs=given, targets=[target])[target][0].as_dict(True)
            for runner in (stock, lean)
        ]
        if found[0] != found[1]:
            different.append(text)
    return different


def own_rules(stock: Any, lean: Any) -> dict[str, Any]:
    """Return the histories of this model's own domain whose prediction differs."""
    from rasa.shared.core import events as e
    from rasa.shared.core.trackers import DialogueStateTracker

    domain = next(
        c for c in components(stock) if type(c).__name__ == "DomainProvider"
    ).provide_inference()
    policies = [
        next(c for c in components(runner) if type(c).__name__ == "RulePolicy")
        for runner in (stock, lean)
    ]
    different, predicted = [], 0
    # Rules name none of the responses that actions alone say: they are all alike to a policy.
    alike = ("utter_ask_", "utter_refused_")
    actions = [name for name in domain.action_names_or_texts if not name.startswith(alike)]
    actions += [
        next(name for name in domain.action_names_or_texts if name.startswith(a)) for a in alike
    ]
    for intent in domain.intents:
        for done in [None, *actions]:
            history = [e.ActionExecuted("action_listen"), e.UserUttered("words", {"name": intent})]
            history += [e.ActionExecuted(done)] if done else []
            tracker = DialogueStateTracker.from_events("c", history, domain.slots)
            found = [vars(p.predict_action_probabilities(tracker, domain)) for p in policies]
            predicted += 1
            if found[0] != found[1]:
                different.append([intent, done])
    words = policies[1]._words_matter
    return {"different": different, "predicted": predicted, "words_matter": words}


def main() -> None:
    """Print everything as one JSON object."""
    leave_out_tensorflow(Path("config.yml"))
    texts = json.loads(sys.stdin.read())
    stock, lean, target = runners(Path(sys.argv[1]))
    found = {
        "ours": [
            sorted(
                type(c).__name__
                for c in components(runner)
                if type(c).__module__.startswith("dialogue.")
            )
            for runner in (stock, lean)
        ],
        "understanding": understanding(stock, lean, target, texts),
        "rules": rules(600),
        "own_rules": own_rules(stock, lean),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
