"""Runs inside Rasa's environment: `python -m tests.dialogue.inside_sentences FOLDER` compares.

The network that is served, the one it is built from, and the same mathematics in NumPy.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

TEXTS = [
    "hi",
    "what's my balance?",
    "whats my balence pls",
    "please transfer two hundred francs to Max from my savings account tomorrow morning",
    "İstanbul ß 漢字 😀",
    "my balance " * 200,
    "",
]


def forward(weights: dict[str, np.ndarray], ids: list[int]) -> np.ndarray:
    """Return the embedding, BERT written down once more: no ONNX, no sharing of code."""
    from math import erf

    def normal(x: Any, name: str) -> Any:
        away = x - x.mean(-1, keepdims=True)
        spread = np.sqrt((away**2).mean(-1, keepdims=True) + 1e-12)
        return away / spread * weights[f"{name}.weight"] + weights[f"{name}.bias"]

    def linear(x: Any, name: str) -> Any:
        return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    words = weights["embeddings.word_embeddings.weight"][ids]
    places = weights["embeddings.position_embeddings.weight"][: len(ids)]
    x = words + places + weights["embeddings.token_type_embeddings.weight"][0]
    x = normal(x.astype(np.float64), "embeddings.LayerNorm")
    gelu = np.vectorize(lambda v: v * 0.5 * (1 + erf(v / 2**0.5)))
    for number in range(6):
        name = f"encoder.layer.{number}"
        heads = []
        query, key, value = (
            linear(x, f"{name}.attention.self.{part}") for part in ("query", "key", "value")
        )
        for head in range(12):
            own = slice(head * 32, head * 32 + 32)
            scores = query[:, own] @ key[:, own].T / 32**0.5
            shares = np.exp(scores - scores.max(-1, keepdims=True))
            heads.append(shares / shares.sum(-1, keepdims=True) @ value[:, own])
        attended = linear(np.concatenate(heads, -1), f"{name}.attention.output.dense")
        x = normal(x + attended, f"{name}.attention.output.LayerNorm")
        inner = gelu(linear(x, f"{name}.intermediate.dense"))
        x = normal(x + linear(inner, f"{name}.output.dense"), f"{name}.output.LayerNorm")
    mean = x.mean(0)
    return mean / np.linalg.norm(mean)


def main() -> None:
    """Print, for every text, how near the networks are to the mathematics."""
    import onnx

    from dialogue.sentences import network, weights
    from dialogue.sentences.encoder import NETWORK, TOKENIZER, Encoder

    folder, arrays = Path(sys.argv[1]), weights.weights()
    built = network.build(arrays)
    encoders = {}
    for name in ("float", "served"):
        (folder / name).mkdir()
        (folder / name / TOKENIZER).write_bytes(weights.tokenizer())
    onnx.save(built, str(folder / "float" / NETWORK))
    network.write(built, folder / "served" / NETWORK)
    encoders = {name: Encoder(folder / name) for name in ("float", "served")}
    found = []
    for text in TEXTS:
        ids = encoders["float"]._tokenizer.encode(text).ids
        truth = forward(arrays, ids)
        means = {name: encoder.encode(text) for name, encoder in encoders.items()}
        near = {name: float(rows[-1] @ truth) for name, rows in means.items()}
        shapes = [list(rows.shape) for rows in means.values()]
        lengths = [float(n) for n in np.linalg.norm(means["served"], axis=1)]
        found.append({"tokens": len(ids), **near, "shapes": shapes, "lengths": lengths})
    print(json.dumps(found))


if __name__ == "__main__":
    main()
