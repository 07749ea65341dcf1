"""The network of all-MiniLM-L6-v2 as an ONNX graph, written from its weights.

BERT (Devlin et al. 2019) with six layers of twelve heads; the mean over the tokens of the last
one, scaled to length 1, is the embedding (Reimers and Gurevych 2019). The means of the layers
below are given as well: they still hold more of the words. One sentence at a time: the graph
takes the ids of its tokens, int64 [tokens], and gives float32 [GIVEN, 384], the embedding as
the last row; so it needs no mask.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

WIDTH = 384
LAYERS = 6
GIVEN = 4
"""The layers whose means are given, counted from the last."""
HEADS = 12
MAX_TOKENS = 256
INPUT, OUTPUT = "ids", "means"
_EPSILON = 1e-12
_OPSET = 20
_IR = 9


Weights = Mapping[str, np.ndarray]


class _Graph:
    """Collects nodes and constants; each method returns the name of what it added."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def add(self, kind: str, *inputs: str, **attributes: object) -> str:
        return self.add_many(kind, inputs, 1, **attributes)[0]

    def add_many(
        self, kind: str, inputs: Sequence[str], outputs: int, **attributes: object
    ) -> list[str]:
        names = [f"{kind}_{len(self.nodes)}_{number}" for number in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, **attributes))
        return names

    def constant(self, value: np.ndarray) -> str:
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def numbers(self, *values: int) -> str:
        return self.constant(np.array(values, dtype=np.int64))


def build(weights: Weights) -> onnx.ModelProto:
    """Return the network in float32."""
    graph = _Graph()
    states = [_embedded(graph, weights)]
    for number in range(LAYERS):
        states.append(_layer(graph, weights, f"encoder.layer.{number}", states[-1]))
    means = [graph.add("ReduceMean", each, graph.numbers(0)) for each in states[-GIVEN:]]
    scaled = [graph.add("LpNormalization", mean, axis=1, p=2) for mean in means]
    graph.nodes.append(helper.make_node("Concat", scaled, [OUTPUT], axis=0))
    return _model(graph)


def _model(graph: _Graph) -> onnx.ModelProto:
    taken = helper.make_tensor_value_info(INPUT, TensorProto.INT64, ["tokens"])
    given = helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [GIVEN, WIDTH])
    body = helper.make_graph(graph.nodes, "all-MiniLM-L6-v2", [taken], [given], graph.constants)
    opset = [helper.make_opsetid("", _OPSET)]
    model = helper.make_model(body, opset_imports=opset, ir_version=_IR)
    onnx.checker.check_model(model)
    return model


def _embedded(graph: _Graph, weights: Weights) -> str:
    """Words by their ids and places; every token is of the first and only segment."""
    words = graph.constant(weights["embeddings.word_embeddings.weight"])
    segment = weights["embeddings.token_type_embeddings.weight"][0]
    places = weights["embeddings.position_embeddings.weight"][:MAX_TOKENS] + segment
    tokens = graph.add("Shape", INPUT)
    near = graph.add("Slice", graph.constant(places), graph.numbers(0), tokens, graph.numbers(0))
    total = graph.add("Add", graph.add("Gather", words, INPUT), near)
    return _normal(graph, weights, "embeddings.LayerNorm", total)


def _layer(graph: _Graph, weights: Weights, name: str, states: str) -> str:
    attended = _linear(
        graph,
        weights,
        [f"{name}.attention.output.dense"],
        _attention(graph, weights, f"{name}.attention.self", states),
    )
    states = _normal(
        graph, weights, f"{name}.attention.output.LayerNorm", graph.add("Add", attended, states)
    )
    inner = graph.add("Gelu", _linear(graph, weights, [f"{name}.intermediate.dense"], states))
    outer = _linear(graph, weights, [f"{name}.output.dense"], inner)
    return _normal(graph, weights, f"{name}.output.LayerNorm", graph.add("Add", outer, states))


def _attention(graph: _Graph, weights: Weights, name: str, states: str) -> str:
    """Every head's view of the other tokens, side by side; [tokens, WIDTH]."""
    each = [f"{name}.{part}" for part in ("query", "key", "value")]
    parts = graph.add_many(
        "Split", [_linear(graph, weights, each, states)], 3, axis=1, num_outputs=3
    )
    by_head = graph.numbers(0, HEADS, WIDTH // HEADS)
    query, key, value = (graph.add("Reshape", part, by_head) for part in parts)
    query, value = (graph.add("Transpose", part, perm=[1, 0, 2]) for part in (query, value))
    scores = graph.add("MatMul", query, graph.add("Transpose", key, perm=[1, 2, 0]))
    scale = graph.constant(np.float32(np.sqrt(WIDTH // HEADS)))
    shares = graph.add("Softmax", graph.add("Div", scores, scale), axis=-1)
    heads = graph.add("Transpose", graph.add("MatMul", shares, value), perm=[1, 0, 2])
    return graph.add("Reshape", heads, graph.numbers(0, WIDTH))


def _linear(graph: _Graph, weights: Weights, names: Sequence[str], states: str) -> str:
    """One product for several layers that read the same states."""
    factor = np.concatenate([weights[f"{name}.weight"] for name in names]).T
    shift = np.concatenate([weights[f"{name}.bias"] for name in names])
    return graph.add(
        "Add", graph.add("MatMul", states, graph.constant(factor)), graph.constant(shift)
    )


def _normal(graph: _Graph, weights: Weights, name: str, states: str) -> str:
    scale, shift = (graph.constant(weights[f"{name}.{part}"]) for part in ("weight", "bias"))
    return graph.add("LayerNormalization", states, scale, shift, axis=-1, epsilon=_EPSILON)


def write(model: onnx.ModelProto, path: Path) -> None:
    """Write the network with 8-bit weights: a quarter of the size, twice as fast (ADR 12).

    Unsigned on both sides of a product: processors without VNNI saturate on mixed signs.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic  # noqa: PLC0415 - slow.

    quantize_dynamic(model, path, weight_type=QuantType.QUInt8, per_channel=True)
