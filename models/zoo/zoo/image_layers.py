"""Layers of convolutional networks beside those of `layers`, with the same conventions."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from onnx import TensorProto

from zoo.graph import Graph, GraphError, Tensor
from zoo.layers import Pair


def sigmoid(graph: Graph, name: str, x: Tensor) -> Tensor:
    return graph.node("Sigmoid", name, [x], x.shape)


def hard_sigmoid(graph: Graph, name: str, x: Tensor) -> Tensor:
    """ReLU6(x + 3) / 6, as PyTorch's exporter writes it."""
    return graph.node("HardSigmoid", name, [x], x.shape, alpha=1 / 6, beta=0.5)


def hard_swish(graph: Graph, name: str, x: Tensor) -> Tensor:
    """x ReLU6(x + 3) / 6; ONNX has an operator for it from opset 14 on."""
    return multiply(graph, name, x, hard_sigmoid(graph, f"{name}/gate", x))


def multiply(graph: Graph, name: str, x: Tensor, scale: Tensor) -> Tensor:
    """Product of two tensors of one shape, or of a feature map and one factor for each channel."""
    if scale.shape not in (x.shape, (*x.shape[:2], 1, 1)):
        raise GraphError(f"{name}: cannot multiply {x.shape} by {scale.shape}")
    return graph.node("Mul", name, [x, scale], x.shape)


def pad_channels(graph: Graph, name: str, x: Tensor, channels: int) -> Tensor:
    """The feature map with channels of zeros behind its own."""
    missing = channels - x.shape[1]
    if missing == 0:
        return x
    pads = graph.int64s(f"{name}/pads", [0, 0, 0, 0, 0, missing, 0, 0])
    return graph.node("Pad", name, [x, pads], (x.shape[0], channels, *x.shape[2:]))


def concat(graph: Graph, name: str, parts: Sequence[Tensor], axis: int = 1) -> Tensor:
    shape = list(parts[0].shape)
    shape[axis] = sum(part.shape[axis] for part in parts)
    return graph.node("Concat", name, parts, tuple(shape), axis=axis)


def max_pool_ceil(graph: Graph, name: str, x: Tensor, kernel: int, stride: int) -> Tensor:
    """Caffe's pooling: a last window that is not full counts too."""
    size = tuple(-(-(extent - kernel) // stride) + 1 for extent in x.shape[2:])
    return graph.node(
        "MaxPool",
        name,
        [x],
        (*x.shape[:2], *size),
        kernel_shape=(kernel, kernel),
        strides=(stride, stride),
        ceil_mode=1,
    )


def local_response_norm(graph: Graph, name: str, x: Tensor, size: int) -> Tensor:
    """Across channels, with the alpha and beta of Krizhevsky et al. that Caffe's files have."""
    return graph.node("LRN", name, [x], x.shape, size=size, alpha=1e-4, beta=0.75, bias=1.0)


def resize_bilinear(graph: Graph, name: str, x: Tensor, size: Pair) -> Tensor:
    """TensorFlow's resize_bilinear with align_corners."""
    shape = (*x.shape[:2], *size)
    sizes = graph.int64s(f"{name}/sizes", shape)
    return graph.node(
        "Resize",
        name,
        [x, None, None, sizes],
        shape,
        mode="linear",
        coordinate_transformation_mode="align_corners",
    )


def channel_argmax(graph: Graph, name: str, x: Tensor) -> Tensor:
    """The index of the largest channel at each position, [batch, height, width]."""
    shape = (x.shape[0], *x.shape[2:])
    return graph.node("ArgMax", name, [x], shape, TensorProto.INT64, axis=1, keepdims=0)


def rows_of_positions(graph: Graph, name: str, x: Tensor, width: int) -> Tensor:
    """[batch, channels, height, width] to [batch, rows, `width`], each position's rows together.

    The layout of a detector's predictions: channels go last, and are cut into one row per anchor.
    """
    batch, channels, height, columns = x.shape
    if channels % width:
        raise GraphError(f"{name}: {channels} channels are not rows of {width}")
    last = (batch, height, columns, channels)
    x = graph.node("Transpose", f"{name}/transpose", [x], last, perm=[0, 2, 3, 1])
    to = graph.int64s(f"{name}/shape", [batch, -1, width])
    rows = prod(last[1:]) // width
    return graph.node("Reshape", f"{name}/reshape", [x, to], (batch, rows, width))
