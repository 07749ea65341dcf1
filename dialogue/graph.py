"""Run the model's graph in order, in one thread, without building a task graph each time.

Also finds the part of the graph that understands words and nothing but words.
"""

from __future__ import annotations

import json
import shutil
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.graph import GraphSchema
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.local_model_storage import (
    MODEL_ARCHIVE_METADATA_FILE,
    LocalModelStorage,
)
from rasa.engine.storage.storage import ModelMetadata
from rasa.nlu.classifiers.regex_message_handler import RegexMessageHandler

from dialogue import lean_rules


class CommandReachable(Exception):
    """The model would read typed words as a command; it may not be served."""


class NotUnpacked(TypeError):
    """An archive was given to be loaded, and nobody has looked at its signature."""


class ServedModel(LocalModelStorage):
    """A model that `runtime.model_archive` has unpacked, without the graph that trained it.

    Serving need not import the parts of that graph. Its policy runs in the lean way of
    `lean_rules`, with the predictions of Rasa's own.
    """

    @staticmethod
    def _extract_archive_to_directory(
        model_archive_path: str | Path, temporary_directory: Path
    ) -> None:
        # Rasa would unpack whatever it is given, and the verified is a folder already.
        if not Path(model_archive_path).is_dir():
            raise NotUnpacked(str(model_archive_path))
        shutil.copytree(model_archive_path, temporary_directory, dirs_exist_ok=True)

    @staticmethod
    def _load_metadata(directory: Path) -> ModelMetadata:
        stored = json.loads((directory / MODEL_ARCHIVE_METADATA_FILE).read_text("utf-8"))
        metadata = ModelMetadata.from_dict({**stored, "train_schema": {"nodes": {}}})
        make_lean(metadata.predict_schema)
        return metadata


def make_lean(schema: GraphSchema) -> None:
    """Put our policy in the place of Rasa's, which it equals in what it predicts."""
    for node in schema.nodes.values():
        if node.uses is RulePolicy:
            node.uses = lean_rules.RulePolicy


class SequentialGraphRunner(DaskGraphRunner):
    """The same nodes with the same results; the order of a target is worked out once."""

    def run(
        self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None
    ) -> dict[str, Any]:
        """Run what `targets` need, and return their outputs by name."""
        wanted = tuple(targets or self._graph_schema.target_names)
        results = {name: (name, value) for name, value in (inputs or {}).items()}
        for name, needs in self._order(wanted):
            results[name] = self._instantiated_nodes[name](*(results[need] for need in needs))
        return {name: results[name][1] for name in wanted}

    def _order(self, targets: tuple[str, ...]) -> list[tuple[str, tuple[str, ...]]]:
        orders = self.__dict__.setdefault("_orders", {})
        if targets not in orders:
            orders[targets] = _order(self._graph_schema.minimal_graph_schema(list(targets)))
        return orders[targets]


def _order(schema: GraphSchema) -> list[tuple[str, tuple[str, ...]]]:
    needs = {name: tuple(node.needs.values()) for name, node in schema.nodes.items()}
    return [
        (name, needs[name]) for name in TopologicalSorter(needs).static_order() if name in needs
    ]


def words_target(schema: GraphSchema, nlu_target: str) -> str:
    """Return the node that understands words, in front of Rasa's reading of commands.

    Rasa ends its understanding with a handler that takes `/intent{"entity": "value"}` for what
    it says, at full confidence. The node before it has the same output without that. Raises
    `CommandReachable` where the handler cannot be left out.
    """
    last = schema.nodes[nlu_target]
    target = last.needs["messages"] if last.uses is RegexMessageHandler else nlu_target
    left = schema.minimal_graph_schema([target]).nodes.values()
    if any(issubclass(node.uses, RegexMessageHandler) for node in left):
        raise CommandReachable
    return target
