"""`python -m dialogue.hear MODEL TRUST`: what a signed model makes of sentences, and how fast.

Reads a JSON list of texts from standard input; prints a JSON list of `{intent, confidence, ms}`,
one for each text, as the last line. The sentences go the way of a person's words in a turn.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from dialogue.lean import leave_out_tensorflow
from runtime.model_archive import unpack
from runtime.signed_model import NotTrusted, read_trust

CONFIG = "config.yml"
_WARM_UP = ("hello", "what is my balance?")


def main() -> int:
    """Understand every text of standard input; return the exit code."""
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
    leave_out_tensorflow(Path(CONFIG))
    texts = json.loads(sys.stdin.read())
    try:
        with tempfile.TemporaryDirectory(prefix="model-") as own:
            unpack(Path(sys.argv[1]), read_trust(Path(sys.argv[2])), Path(own))
            print(json.dumps(hear(Path(own), texts)))
    except NotTrusted as error:
        return _refused(sys.argv[1], error)
    return 0


def _refused(model: str, why: NotTrusted) -> int:
    print(f"the model {model} is refused: {why}", file=sys.stderr)
    return 3


def hear(model: Path, texts: list[str]) -> list[dict[str, Any]]:
    """Return the intent, its confidence and the milliseconds of each text.

    `model` is a folder that was verified and unpacked.
    """
    from rasa.core.lock_store import InMemoryLockStore  # noqa: PLC0415 - after TensorFlow is out.
    from rasa.core.nlg import TemplatedNaturalLanguageGenerator  # noqa: PLC0415
    from rasa.core.tracker_store import InMemoryTrackerStore  # noqa: PLC0415
    from rasa.shared.core.trackers import DialogueStateTracker  # noqa: PLC0415

    from dialogue.processor import TurnProcessor  # noqa: PLC0415

    processor = TurnProcessor(
        model_path=model,
        tracker_store=InMemoryTrackerStore(None),
        lock_store=InMemoryLockStore(),
        generator=TemplatedNaturalLanguageGenerator({}),
    )
    tracker = DialogueStateTracker("measured", [])
    for text in _WARM_UP:
        processor.understand(text, tracker)
    gc.freeze()
    found = []
    for text in texts:
        started = time.perf_counter()
        intent = processor.understand(text, tracker)["intent"]
        ms = (time.perf_counter() - started) * 1000
        confidence = float(intent["confidence"])
        found.append({"intent": intent["name"], "confidence": confidence, "ms": ms})
    return found


if __name__ == "__main__":
    sys.exit(main())
