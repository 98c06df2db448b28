"""Inception v3's convolutional part, an encoder of images."""

from __future__ import annotations

from zoo.blocks import conv_bn
from zoo.graph import Graph, Tensor
from zoo.image_layers import concat
from zoo.layers import Pair, max_pool, relu

_VALID = (0, 0, 0, 0)


def _unit(
    graph: Graph, name: str, x: Tensor, channels: int, kernel: Pair, stride: int = 1
) -> Tensor:
    """Convolution, batch norm, ReLU; SAME padding, or none where the stride is 2."""
    pads = _VALID if stride != 1 else None
    x = conv_bn(graph, name, x, channels, kernel, (stride, stride), pads=pads)
    return relu(graph, f"{name}/relu", x)


def _chain(graph: Graph, name: str, x: Tensor, *units: tuple[int, Pair]) -> Tensor:
    """Units one behind the other: channels and kernel of each."""
    for number, (channels, kernel) in enumerate(units, start=1):
        x = _unit(graph, f"{name}/conv{number}", x, channels, kernel)
    return x


def _pooled(graph: Graph, name: str, x: Tensor, channels: int) -> Tensor:
    """Average over 3x3, of which padding is no part, and a 1x1 convolution."""
    x = graph.node(
        "AveragePool",
        f"{name}/average",
        [x],
        x.shape,
        kernel_shape=(3, 3),
        strides=(1, 1),
        pads=(1, 1, 1, 1),
    )
    return _unit(graph, name, x, channels, (1, 1))


def _module_35(graph: Graph, name: str, x: Tensor, pooled: int) -> Tensor:
    """Mixed_5b to 5d, on 35 x 35."""
    parts = [
        _chain(graph, f"{name}/single", x, (64, (1, 1))),
        _chain(graph, f"{name}/wide", x, (48, (1, 1)), (64, (5, 5))),
        _chain(graph, f"{name}/double", x, (64, (1, 1)), (96, (3, 3)), (96, (3, 3))),
        _pooled(graph, f"{name}/pool", x, pooled),
    ]
    return concat(graph, f"{name}/concat", parts)


def _reduction_17(graph: Graph, name: str, x: Tensor) -> Tensor:
    """Mixed_6a, from 35 x 35 to 17 x 17."""
    double = _chain(graph, f"{name}/double", x, (64, (1, 1)), (96, (3, 3)))
    parts = [
        _unit(graph, f"{name}/single/conv1", x, 384, (3, 3), 2),
        _unit(graph, f"{name}/double/conv3", double, 96, (3, 3), 2),
        max_pool(graph, f"{name}/pool", x, (3, 3), (2, 2), _VALID),
    ]
    return concat(graph, f"{name}/concat", parts)


def _module_17(graph: Graph, name: str, x: Tensor, inner: int) -> Tensor:
    """Mixed_6b to 6e, on 17 x 17, of 7x7 convolutions taken apart."""
    row, column = (1, 7), (7, 1)
    wide = [(inner, (1, 1)), (inner, row), (192, column)]
    double = [(inner, (1, 1)), (inner, column), (inner, row), (inner, column), (192, row)]
    parts = [
        _chain(graph, f"{name}/single", x, (192, (1, 1))),
        _chain(graph, f"{name}/wide", x, *wide),
        _chain(graph, f"{name}/double", x, *double),
        _pooled(graph, f"{name}/pool", x, 192),
    ]
    return concat(graph, f"{name}/concat", parts)


def _reduction_8(graph: Graph, name: str, x: Tensor) -> Tensor:
    """Mixed_7a, from 17 x 17 to 8 x 8."""
    single = _chain(graph, f"{name}/single", x, (192, (1, 1)))
    wide = _chain(graph, f"{name}/wide", x, (192, (1, 1)), (192, (1, 7)), (192, (7, 1)))
    parts = [
        _unit(graph, f"{name}/single/conv2", single, 320, (3, 3), 2),
        _unit(graph, f"{name}/wide/conv4", wide, 192, (3, 3), 2),
        max_pool(graph, f"{name}/pool", x, (3, 3), (2, 2), _VALID),
    ]
    return concat(graph, f"{name}/concat", parts)


def _module_8(graph: Graph, name: str, x: Tensor) -> Tensor:
    """Mixed_7b and 7c, on 8 x 8, of 3x3 convolutions that fork into rows and columns."""
    wide = _chain(graph, f"{name}/wide", x, (384, (1, 1)))
    double = _chain(graph, f"{name}/double", x, (448, (1, 1)), (384, (3, 3)))
    parts = [
        _chain(graph, f"{name}/single", x, (320, (1, 1))),
        _unit(graph, f"{name}/wide/row", wide, 384, (1, 3)),
        _unit(graph, f"{name}/wide/column", wide, 384, (3, 1)),
        _unit(graph, f"{name}/double/row", double, 384, (1, 3)),
        _unit(graph, f"{name}/double/column", double, 384, (3, 1)),
        _pooled(graph, f"{name}/pool", x, 192),
    ]
    return concat(graph, f"{name}/concat", parts)


def inception_v3_features(graph: Graph, x: Tensor) -> Tensor:
    """[1, 3, 299, 299] -> [1, 2048, 8, 8], up to Mixed_7c (Szegedy et al. 2015, arXiv 1512.00567).

    Channels are those of tensorflow/models, research/slim/nets/inception_v3.py, which names the
    modules. The auxiliary classifier, which serves training alone, is left out.
    """
    x = _unit(graph, "conv1a", x, 32, (3, 3), 2)
    x = relu(graph, "conv2a/relu", conv_bn(graph, "conv2a", x, 32, (3, 3), pads=_VALID))
    x = _unit(graph, "conv2b", x, 64, (3, 3))
    x = max_pool(graph, "pool3a", x, (3, 3), (2, 2), _VALID)
    x = _unit(graph, "conv3b", x, 80, (1, 1))
    x = relu(graph, "conv4a/relu", conv_bn(graph, "conv4a", x, 192, (3, 3), pads=_VALID))
    x = max_pool(graph, "pool5a", x, (3, 3), (2, 2), _VALID)
    for name, pooled in (("mixed5b", 32), ("mixed5c", 64), ("mixed5d", 64)):
        x = _module_35(graph, name, x, pooled)
    x = _reduction_17(graph, "mixed6a", x)
    for name, inner in (("mixed6b", 128), ("mixed6c", 160), ("mixed6d", 160), ("mixed6e", 192)):
        x = _module_17(graph, name, x, inner)
    x = _reduction_8(graph, "mixed7a", x)
    for name in ("mixed7b", "mixed7c"):
        x = _module_8(graph, name, x)
    return x
