"""The model's own understanding of words, without the matrices that one sentence does not need.

Rasa's two components are made for training: for each sentence they count every word a second
time on its own, join the counts by general matrix operations, and check the shape of what they
have just made. Here a sentence is counted once and its few known columns are looked up in the
coefficients. Files, configuration and results are those of the parents; `graph.ServedModel`
puts these in their place where nothing else in the model reads features.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from rasa.nlu.classifiers import logistic_regression_classifier as stock_classifier
from rasa.nlu.featurizers.sparse_featurizer import count_vectors_featurizer as stock_featurizer
from rasa.shared.nlu.constants import (
    FEATURE_TYPE_SENTENCE,
    INTENT,
    INTENT_RANKING_KEY,
    TEXT,
)
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from scipy.sparse import coo_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.utils.extmath import softmax

Rows = list  # of a coo_matrix or None, one for each list of tokens


class CountVectorsFeaturizer(stock_featurizer.CountVectorsFeaturizer):
    """Counts the sentence, with sklearn's own analysis; its words one by one stay uncounted."""

    @classmethod
    def load(cls, *args: Any, **kwargs: Any) -> CountVectorsFeaturizer:
        """Load as the parent does; sklearn's analysis, which it builds anew each time, once."""
        component = super().load(*args, **kwargs)
        vectorizer = component.vectorizers[TEXT]
        component._analyze = vectorizer.build_analyzer()
        component._columns = {part: int(at) for part, at in vectorizer.vocabulary_.items()}
        return component

    def _create_features(self, attribute: str, all_tokens: list[list[str]]) -> tuple[Rows, Rows]:
        none = [None] * len(all_tokens)
        if attribute != TEXT:
            return none, none
        return none, [self._row(" ".join(tokens)) if tokens else None for tokens in all_tokens]

    def _row(self, text: str) -> coo_matrix:
        known = self._columns
        counts = Counter(known[part] for part in self._analyze(text) if part in known)
        columns = sorted(counts)
        values = np.array([counts[column] for column in columns], dtype=np.int64)
        places = (np.zeros(len(columns), dtype=np.int32), np.array(columns, dtype=np.int32))
        return coo_matrix((values, places), shape=(1, len(known)))


class LogisticRegressionClassifier(stock_classifier.LogisticRegressionClassifier):
    """Adds up the coefficients of the columns that a sentence has."""

    _weights: np.ndarray | None = None

    @classmethod
    def load(cls, *args: Any, **kwargs: Any) -> LogisticRegressionClassifier:
        """Load as the parent does; the coefficients are laid out by column, once."""
        component = super().load(*args, **kwargs)
        component._weights = laid_out(component.clf)
        return component

    def process(self, messages: list[Message]) -> list[Message]:
        """Give each message its intent and the ranking, as the parent would."""
        for message in messages:
            scores = self._scores(message)
            if scores is None:
                super().process([message])
                continue
            self._rank(message, softmax(scores, copy=False)[0])
        return messages

    def _scores(self, message: Message) -> np.ndarray | None:
        """Return one row with a score for each intent, or nothing for features of another kind."""
        sentence = [part.features for part in message.features if _is_of_sentence(part)]
        widths = [part.shape[1] for part in sentence]
        sparse = all(isinstance(part, coo_matrix) for part in sentence)
        if self._weights is None or not sparse or sum(widths) != len(self._weights):
            return None
        starts = np.cumsum([0, *widths[:-1]])
        columns = np.concatenate(
            [part.col + start for part, start in zip(sentence, starts, strict=True)]
        )
        counts = np.concatenate([part.data for part in sentence])
        return (counts @ self._weights[columns] + self.clf.intercept_).reshape(1, -1)

    def _rank(self, message: Message, confidences: np.ndarray) -> None:
        pairs = zip(self.clf.classes_, confidences, strict=True)
        ranking = [{"name": name, "confidence": confidence} for name, confidence in pairs]
        ranking.sort(key=lambda intent: -intent["confidence"])
        message.set(INTENT, ranking[0], add_to_output=True)
        if self.config[stock_classifier.RANKING_LENGTH] > 0:
            ranking = ranking[: self.config[stock_classifier.RANKING_LENGTH]]
        message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)


def _is_of_sentence(part: Features) -> bool:
    return part.attribute == TEXT and part.type == FEATURE_TYPE_SENTENCE


def laid_out(model: LogisticRegression) -> np.ndarray | None:
    """Return the coefficients, one row a column of features; nothing where ours is not the way.

    With two intents, or solved by `liblinear`, sklearn sets one intent against the rest.
    """
    if not hasattr(model, "coef_") or len(model.classes_) <= 2 or model.solver == "liblinear":
        return None
    return np.ascontiguousarray(model.coef_.T)
