"""A model as Rasa's process has it before it loads it: verified, in a folder of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runtime.model_archive import unpack
from runtime.signed_model import TRUSTED, read_trust


@contextmanager
def unpacked(model: Path) -> Iterator[Path]:
    """Give the folder of a model that lies in a home."""
    with tempfile.TemporaryDirectory(prefix="model-") as own:
        unpack(model, read_trust(model.parent.parent / TRUSTED), Path(own))
        yield Path(own)
