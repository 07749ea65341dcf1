"""A sentence in, its embedding out: the tokenizer and the network of a model archive."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

NETWORK, TOKENIZER = "network.onnx", "tokenizer.json"
INPUT = "ids"
MAX_TOKENS = 256


class Encoder:
    """The network and the tokenizer that a folder holds, loaded once."""

    def __init__(self, folder: Path) -> None:
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)
        # By its path: from bytes, the runtime would keep two copies of every weight.
        self._session = onnxruntime.InferenceSession(
            str(folder / NETWORK), _options(), providers=["CPUExecutionProvider"]
        )

    def encode(self, text: str) -> np.ndarray:
        """Return the means of the last layers, float32 [4, 384], each of length 1.

        The last row is the embedding of `text`.
        """
        ids = np.array(self._tokenizer.encode(text).ids, dtype=np.int64)
        return self._session.run(None, {INPUT: ids})[0]


def _options() -> onnxruntime.SessionOptions:
    """One thread: a sentence is too small to share."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 3
    return options
