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
    for storage in (StockModel, ServedModel):
        with tempfile.TemporaryDirectory() as folder:
            parts = load_predict_graph_runner(Path(folder), model, storage, SequentialGraphRunner)
        loaded.append(parts)
    (metadata, stock), (_, lean) = loaded
    return stock, lean, words_target(metadata.predict_schema, metadata.nlu_target)


def components(runner: Any) -> list[Any]:
    """Return the components of a runner, in the order of its schema."""
    return [node._component for node in runner._instantiated_nodes.values()]


def understanding(stock: Any, lean: Any, target: str, texts: list[str]) -> dict[str, Any]:
    """Return the texts with another result, and the largest difference in confidence."""
    from rasa.core.channels.channel import UserMessage
    from rasa.engine.constants import PLACEHOLDER_MESSAGE

    different, apart = [], 0.0
    for text in texts:
        found = []
        for runner in (stock, lean):
            given = {PLACEHOLDER_MESSAGE: [UserMessage(text)]}
            message = runner.run(inputs=given, targets=[target])[target][0]
            found.append(message.as_dict(only_output_properties=True))
        ranked = [[(i["name"], i["confidence"]) for i in each["intent_ranking"]] for each in found]
        names = [
            [each["intent"]["name"], [name for name, _ in rank], sorted(each)]
            for each, rank in zip(found, ranked, strict=True)
        ]
        if names[0] != names[1]:
            different.append(text)
        apart = max([apart, *(abs(a[1] - b[1]) for a, b in zip(*ranked, strict=True))])
    return {"texts": len(texts), "different": different, "apart": apart}


def counts(stock: Any, lean: Any, texts: list[str]) -> dict[str, Any]:
    """Return the texts whose counts differ from sklearn's in value, order or type."""
    different, rows, empty = [], 0, 0
    for one, other in zip(components(stock), components(lean), strict=True):
        if not hasattr(one, "vectorizers"):
            continue
        for text in texts:
            tokens = one._process_tokens(text.split())
            row = one._create_features("text", [tokens])[1][0]
            ours = other._create_features("text", [tokens])[1][0]
            rows += 1
            if row is None or ours is None:
                empty += 1
                same = row is ours
            else:
                same = row.shape == ours.shape and all(
                    a.dtype == b.dtype and a.tolist() == b.tolist()
                    for a, b in ((row.row, ours.row), (row.col, ours.col), (row.data, ours.data))
                )
            if not same:
                different.append(text)
    return {"rows": rows, "empty": empty, "different": different}


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


def other_ways(stock: Any, lean: Any) -> dict[str, Any]:
    """Return what becomes of what our components are not made for."""
    import copy

    import numpy as np
    from rasa.nlu.featurizers.sparse_featurizer.regex_featurizer import RegexFeaturizer
    from rasa.shared.nlu.training_data.features import Features
    from rasa.shared.nlu.training_data.message import Message
    from scipy.sparse import coo_matrix
    from sklearn.linear_model import LogisticRegression

    from dialogue.graph import make_lean
    from dialogue.lean_nlu import laid_out

    schema = copy.deepcopy(stock._graph_schema)
    before = [node.uses for node in schema.nodes.values()]
    schema.nodes["run_WhitespaceTokenizer0"].uses = RegexFeaturizer
    make_lean(schema)
    kept = [
        use
        for use, node in zip(before, schema.nodes.values(), strict=True)
        if node.uses not in (use, RegexFeaturizer)
    ]
    classifiers = [c for r in (stock, lean) for c in components(r) if hasattr(c, "clf")]
    ends = []
    width = classifiers[0].clf.n_features_in_
    given = [None, np.full((1, width), 0.01), np.ones((1, 3)), coo_matrix(np.ones((1, 3)))]
    for features in given:
        for classifier in classifiers:
            message = Message({"text": "x"})
            if features is not None:
                message.add_features(Features(features, "sentence", "text", "test"))
            try:
                ends.append(str(classifier.process([message])[0].get("intent_ranking")))
            except Exception as error:
                ends.append(type(error).__name__)
    x, y = np.eye(4), np.array([0, 0, 1, 1])
    two, three = LogisticRegression().fit(x, y), LogisticRegression().fit(x, [0, 1, 2, 2])
    ovr = LogisticRegression(solver="liblinear").fit(x, [0, 1, 2, 2])
    models = {"two": two, "three": three, "ovr": ovr, "untrained": LogisticRegression()}
    ours = {name: laid_out(model) is not None for name, model in models.items()}
    return {"replaced": [use.__name__ for use in kept], "ends": ends, "laid_out": ours}


def main() -> None:
    """Print everything as one JSON object."""
    leave_out_tensorflow(Path("config.yml"))
    texts = json.loads(sys.stdin.read())
    stock, lean, target = runners(Path(sys.argv[1]))
    found = {
        "lean": sorted(
            {
                type(c).__name__
                for c in components(lean)
                if type(c).__module__.startswith("dialogue.")
            }
        ),
        "understanding": understanding(stock, lean, target, texts),
        "counts": counts(stock, lean, [*texts, "", " "]),
        "rules": rules(600),
        "own_rules": own_rules(stock, lean),
        "other_ways": other_ways(stock, lean),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
