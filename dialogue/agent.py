"""The loaded assistant: model, processor and store, or an error that says what is wrong."""

from __future__ import annotations

import tempfile
from pathlib import Path

from rasa.core.agent import Agent
from rasa.core.lock_store import LockStore
from rasa.core.tracker_store import TrackerStore
from rasa.core.utils import AvailableEndpoints
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker

from dialogue.action_endpoint import ActionEndpoint
from dialogue.messages import typed_message
from dialogue.offers import read_offers
from dialogue.processor import TurnProcessor
from dialogue.settings import NotConfigured
from dialogue.tracker_store import EncryptedTrackerStore
from dialogue.turns import Turn
from dialogue.wording import Wording
from runtime.model_archive import unpack
from runtime.signed_model import NotTrusted, read_trust

FALLBACK_RESPONSE = "utter_default"


class NoModel(Exception):
    """There is no model that can be served; the message says why, and what to do."""


class TurnAgent(Agent):
    """Rasa's agent without its two soft landings: no store in memory, no half-loaded model."""

    processor: TurnProcessor

    @staticmethod
    def _create_tracker_store(store: TrackerStore | None, domain: Domain | None) -> TrackerStore:
        # Rasa would wrap the store so that a failure goes on in memory, and in plain text.
        if not isinstance(store, EncryptedTrackerStore):
            raise NotConfigured("endpoints.yml: tracker_store must name the encrypted store")
        return store

    def load_model(self, model_path: str | Path, fingerprint: str | None = None) -> None:
        """Load a model, verified and unpacked, into a processor of our own."""
        self.processor = TurnProcessor(
            model_path=model_path,
            tracker_store=self.tracker_store,
            lock_store=self.lock_store,
            action_endpoint=self.action_endpoint,
            generator=self.nlg,
        )
        self.domain = self.processor.domain
        self._set_fingerprint(fingerprint)
        self.tracker_store.domain = self.domain
        self.nlg.responses = self.domain.responses

    async def fallback_message(self, conversation_id: str, channel: str) -> dict[str, object]:
        """Return what to say where a turn ended without a word."""
        tracker = DialogueStateTracker(conversation_id, [])
        said = await self.nlg.generate(FALLBACK_RESPONSE, tracker, channel) or {}
        return typed_message(said) or {"text": "Sorry, I have no answer to that."}

    def check_ready(self) -> None:
        """Raise `NoModel` unless the model is loaded and understands a word."""
        if not self.is_ready() or self.domain is None or self.domain.is_empty():
            raise NoModel("the model has no domain; train it again")
        self.processor.understand("hello", DialogueStateTracker("probe", []))

    async def take_turn(self, turn: Turn, output_channel: object) -> None:
        """Answer one turn; see `TurnProcessor.take_turn`."""
        await self.processor.take_turn(turn, output_channel)


def newest_model(path: Path) -> Path:
    """Return the model file at `path`: itself, or the newest of a folder. Raises `NoModel`."""
    found = [path] if path.is_file() else list(path.glob("*.tar.gz"))
    if not found:
        raise NoModel(f"there is no model in {path}; run `gatehouse train`")
    return max(found, key=lambda model: model.stat().st_mtime)


def load_agent(
    model: Path, trust: Path, endpoints: AvailableEndpoints, actions: ActionEndpoint
) -> TurnAgent:
    """Return an agent that is ready. Raises `NoModel`, `NotConfigured`, `StoreDown`.

    No byte of the model is read by Rasa before its signature is found to be that of `trust`.
    """
    store = TrackerStore.create(endpoints.tracker_store)
    agent = TurnAgent(
        tracker_store=store,
        generator=Wording({}, read_offers()),
        lock_store=LockStore.create(endpoints.lock_store),
        action_endpoint=actions,
    )
    path = newest_model(model)
    try:
        with tempfile.TemporaryDirectory(prefix="model-") as own:
            unpack(path, read_trust(trust), Path(own))
            agent.load_model(own)
        agent.check_ready()
    except NotTrusted as error:
        raise NoModel(f"the model {path} is refused: {error}; run `make train`") from error
    except Exception as error:
        # Whatever a damaged archive provokes, in whichever library: this model is not served.
        why = type(error).__name__
        raise NoModel(f"the model {path} cannot be loaded ({why}); delete it and train") from error
    agent.tracker_store.open()
    return agent
