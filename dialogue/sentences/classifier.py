"""Which intent a sentence has, and how sure that is, from its dense features.

Logistic regression, trained by scikit-learn, kept as plain arrays, evaluated by NumPy. Rasa's own
fixes the strength of its regularisation and the weights of its classes, both wrong for
embeddings. What it is not sure about is turned away by the `FallbackClassifier` behind it.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

FILE = "regression.npz"
_INTENTS, _FACTORS, _SHIFTS = "intents", "factors", "shifts"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class SentenceClassifier(IntentClassifier, GraphComponent):
    """Ranks the intents of each message that has a row of sentence features."""

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config = {**self.get_default_config(), **config}
        self._storage, self._resource = storage, resource
        self._learned: dict[str, np.ndarray] = {}

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`C` is the inverse strength of regularisation; the choice of ADR 12."""
        return {"C": 10.0, "max_iter": 60, "ranking_length": 3}

    @classmethod
    def required_components(cls) -> list[type]:
        """A featurizer has to come before it."""
        return [Featurizer]

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceClassifier:
        """Return one that knows nothing yet."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> SentenceClassifier:
        """Return one with what the model archive has learned."""
        component = cls.create(config, model_storage, resource, execution_context)
        with model_storage.read_from(resource) as folder, np.load(folder / FILE) as kept:
            component._learned = {name: kept[name] for name in (_INTENTS, _FACTORS, _SHIFTS)}
        return component

    def train(self, training_data: TrainingData) -> Resource:
        """Learn the intents of the examples."""
        from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415 - for training alone.
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

        examples = [each for each in training_data.intent_examples if each.get(TEXT)]
        rows = np.concatenate([_row(each) for each in examples])
        model = LogisticRegression(C=self._config["C"], max_iter=self._config["max_iter"])
        with warnings.catch_warnings():
            # More steps change no answer (ADR 12), and it would warn that it could take more.
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(rows, [each.get(INTENT) for each in examples])
        self._learned = {
            _INTENTS: np.array(model.classes_, dtype=np.str_),
            _FACTORS: np.ascontiguousarray(model.coef_.T, dtype=np.float32),
            _SHIFTS: model.intercept_.astype(np.float32),
        }
        with self._storage.write_to(self._resource) as folder:
            np.savez(folder / FILE, **self._learned)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing later in the pipeline is trained on what this one understands."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Give each message its intent and the ranking."""
        for message in messages:
            confidences = self._confidences(_row(message))
            order = np.argsort(-confidences, kind="stable")[: self._config["ranking_length"]]
            names = self._learned[_INTENTS]
            ranking = [
                {"name": str(names[at]), "confidence": float(confidences[at])} for at in order
            ]
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages

    def _confidences(self, row: np.ndarray) -> np.ndarray:
        scores = (row @ self._learned[_FACTORS])[0] + self._learned[_SHIFTS]
        shares = np.exp(scores - scores.max())
        return shares / shares.sum()


def _row(message: Message) -> np.ndarray:
    """Return the message's sentence features, [1, width]."""
    rows = [
        part.features
        for part in message.features
        if part.attribute == TEXT and part.type == FEATURE_TYPE_SENTENCE
    ]
    return np.concatenate(rows, axis=1)
