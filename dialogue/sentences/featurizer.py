"""Rasa's view of the encoder: a sentence's features, for a classifier that reads dense ones.

`config.yml` names it. Training writes the network into the model archive, so that serving needs
neither the package of the weights nor what builds the network.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from dialogue.sentences.encoder import NETWORK, TOKENIZER, Encoder


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class SentenceFeaturizer(Featurizer, GraphComponent):
    """Gives each message one row of 1,536 numbers, whatever its length."""

    def __init__(
        self, config: dict[str, Any], name: str, storage: ModelStorage, resource: Resource
    ) -> None:
        super().__init__(name, config)
        self._storage, self._resource = storage, resource
        self._encoder: Encoder | None = None

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceFeaturizer:
        """Return one without a network, to be trained or loaded."""
        return cls(config, execution_context.node_name, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> SentenceFeaturizer:
        """Return one with the network of the model archive."""
        component = cls.create(config, model_storage, resource, execution_context)
        with model_storage.read_from(resource) as folder:
            component._encoder = Encoder(folder)
        return component

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """There is nothing to choose."""

    def train(self, training_data: TrainingData) -> Resource:
        """Write the network and the tokenizer; no sentence changes them. Raises `NoWeights`."""
        from dialogue.sentences import network, weights  # noqa: PLC0415 - for training alone.

        with self._storage.write_to(self._resource) as folder:
            network.write(network.build(weights.weights()), folder / NETWORK)
            (folder / TOKENIZER).write_bytes(weights.tokenizer())
            self._encoder = Encoder(folder)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add features to every example that has words, on all processors."""
        examples = [each for each in training_data.training_examples if each.get(TEXT)]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for example, row in zip(examples, pool.map(self._row, examples), strict=True):
                self._add(example, row)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add features to every message."""
        for message in messages:
            self._add(message, self._row(message))
        return messages

    def _row(self, message: Message) -> np.ndarray:
        """Return the features of a message, float32 [1, 1536]."""
        if self._encoder is None:
            raise RuntimeError("this featurizer was neither trained nor loaded")
        return self._encoder.encode(message.get(TEXT) or "").reshape(1, -1)

    def _add(self, message: Message, row: np.ndarray) -> None:
        message.add_features(Features(row, FEATURE_TYPE_SENTENCE, TEXT, self._identifier))
