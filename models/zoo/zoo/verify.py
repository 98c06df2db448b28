"""Checks that a finished model says what its builder meant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import onnx
from onnx import AttributeProto, shape_inference

from zoo.graph import Graph, GraphError, Shape


def _graphs(graph: onnx.GraphProto) -> Iterator[onnx.GraphProto]:
    """The graph and every graph nested in its nodes."""
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.type == AttributeProto.GRAPH:
                yield from _graphs(attribute.g)


def _inferred_types(model: onnx.ModelProto) -> dict[str, tuple[Shape, int]]:
    """Shape and element type of every typed value, after ONNX's own inference."""
    inferred = shape_inference.infer_shapes(
        model, check_type=True, strict_mode=True, data_prop=True
    )
    types = {}
    for graph in _graphs(inferred.graph):
        for value in [*graph.input, *graph.value_info, *graph.output]:
            tensor = value.type.tensor_type
            if all(dim.HasField("dim_value") for dim in tensor.shape.dim):
                shape = tuple(dim.dim_value for dim in tensor.shape.dim)
                types[value.name] = (shape, tensor.elem_type)
        for constant in graph.initializer:
            types[constant.name] = (tuple(constant.dims), constant.data_type)
    return types


def verify(graph: Graph, model: onnx.ModelProto) -> None:
    """Throws unless the model is valid ONNX and every shape is static and as the builder has it.

    The shapes, from which the counts are derived, are thereby confirmed by ONNX's inference.
    """
    onnx.checker.check_model(model, full_check=True)
    names = Counter(node.name for nested in _graphs(model.graph) for node in nested.node)
    repeated = [name for name, uses in names.items() if uses > 1 or not name]
    if repeated:
        raise GraphError(f"{graph.name}: node names not unique: {repeated}")
    types = _inferred_types(model)
    for name, tensor in graph.all_tensors().items():
        if types.get(name) != (tensor.shape, tensor.elem_type):
            raise GraphError(
                f"{graph.name}: {name} is built as {tensor.shape} of type {tensor.elem_type}, "
                f"ONNX infers {types.get(name)}"
            )
