"""Networks whose modules join parallel convolutions along the channels."""

from __future__ import annotations

from zoo.blocks import IMAGENET_CLASSES, activate, biased, classifier
from zoo.graph import Graph, Tensor
from zoo.image_layers import concat, local_response_norm, max_pool_ceil
from zoo.layers import conv, flatten, global_average_pool, max_pool, relu, softmax


def _conv_relu(graph: Graph, name: str, x: Tensor, channels: int, kernel: int = 1) -> Tensor:
    return biased(graph, name, x, channels, kernel, relu)


def _fire(graph: Graph, name: str, x: Tensor, squeezed: int, expanded: int) -> Tensor:
    """SqueezeNet's module: fewer channels, then as many of 1x1 as of 3x3 convolutions."""
    x = _conv_relu(graph, f"{name}/squeeze1x1", x, squeezed)
    parts = [
        _conv_relu(graph, f"{name}/expand1x1", x, expanded),
        _conv_relu(graph, f"{name}/expand3x3", x, expanded, 3),
    ]
    return concat(graph, f"{name}/concat", parts)


# SqueezeNet 1.1: channels squeezed and expanded of fire2 to fire9, and what is pooled
# (forresti/SqueezeNet, SqueezeNet_v1.1/deploy.prototxt).
_FIRES = ((16, 64), (16, 64), (32, 128), (32, 128), (48, 192), (48, 192), (64, 256), (64, 256))
_POOLED_FIRES = (3, 5)


def squeezenet_1_1() -> Graph:
    """SqueezeNet 1.1 at 227 x 227, the authors' crop, with Caffe's pooling."""
    graph = Graph("squeezenet_1_1")
    x = graph.input("input", (1, 3, 227, 227))
    x = conv(graph, "conv1", x, 64, (3, 3), (2, 2), (0, 0, 0, 0), bias=True)
    x = activate(graph, "conv1", x, relu)
    x = max_pool_ceil(graph, "pool1", x, 3, 2)
    for number, (squeezed, expanded) in enumerate(_FIRES, start=2):
        x = _fire(graph, f"fire{number}", x, squeezed, expanded)
        if number in _POOLED_FIRES:
            x = max_pool_ceil(graph, f"pool{number}", x, 3, 2)
    x = _conv_relu(graph, "conv10", x, IMAGENET_CLASSES)
    x = flatten(graph, "flatten", global_average_pool(graph, "pool10", x))
    graph.output(softmax(graph, "softmax", x))
    return graph


# GoogLeNet's inception modules: channels of the 1x1, of the 3x3 and its reduction, of the 5x5 and
# its reduction, and of the projection behind the pool (Szegedy et al. 2014, arXiv 1409.4842, Table
# 1). A pool follows 3b and 4e.
_INCEPTIONS = (
    ("3a", 64, 96, 128, 16, 32, 32),
    ("3b", 128, 128, 192, 32, 96, 64),
    ("4a", 192, 96, 208, 16, 48, 64),
    ("4b", 160, 112, 224, 24, 64, 64),
    ("4c", 128, 128, 256, 24, 64, 64),
    ("4d", 112, 144, 288, 32, 64, 64),
    ("4e", 256, 160, 320, 32, 128, 128),
    ("5a", 256, 160, 320, 32, 128, 128),
    ("5b", 384, 192, 384, 48, 128, 128),
)
_POOLED_INCEPTIONS = ("3b", "4e")


def _inception(graph: Graph, name: str, x: Tensor, channels: tuple[int, ...]) -> Tensor:
    """Inception module with dimension reductions (Figure 2b)."""
    c1, reduced3, c3, reduced5, c5, projected = channels
    branch1 = _conv_relu(graph, f"{name}/1x1", x, c1)
    branch3 = _conv_relu(graph, f"{name}/3x3_reduce", x, reduced3)
    branch3 = _conv_relu(graph, f"{name}/3x3", branch3, c3, 3)
    branch5 = _conv_relu(graph, f"{name}/5x5_reduce", x, reduced5)
    branch5 = _conv_relu(graph, f"{name}/5x5", branch5, c5, 5)
    pooled = max_pool(graph, f"{name}/pool", x, (3, 3), (1, 1), (1, 1, 1, 1))
    pooled = _conv_relu(graph, f"{name}/pool_proj", pooled, projected)
    return concat(graph, f"{name}/concat", [branch1, branch3, branch5, pooled])


def inception_v1() -> Graph:
    """GoogLeNet at 224 x 224 without the auxiliary classifiers, which serve training alone.

    Padding of the first convolution and pooling are those of Caffe's replication
    (BVLC/caffe, models/bvlc_googlenet), local response norms those of the paper's Figure 3.
    """
    graph = Graph("inception_v1")
    x = graph.input("input", (1, 3, 224, 224))
    x = conv(graph, "conv1", x, 64, (7, 7), (2, 2), (3, 3, 3, 3), bias=True)
    x = activate(graph, "conv1", x, relu)
    x = max_pool_ceil(graph, "pool1", x, 3, 2)
    x = local_response_norm(graph, "norm1", x, 5)
    x = _conv_relu(graph, "conv2/3x3_reduce", x, 64)
    x = _conv_relu(graph, "conv2/3x3", x, 192, 3)
    x = local_response_norm(graph, "norm2", x, 5)
    x = max_pool_ceil(graph, "pool2", x, 3, 2)
    for name, *channels in _INCEPTIONS:
        x = _inception(graph, f"inception_{name}", x, tuple(channels))
        if name in _POOLED_INCEPTIONS:
            x = max_pool_ceil(graph, f"pool{name}", x, 3, 2)
    classifier(graph, global_average_pool(graph, "pool5", x))
    return graph
