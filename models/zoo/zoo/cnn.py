"""Convolutional networks."""

from __future__ import annotations

from zoo.graph import Graph, Tensor
from zoo.layers import (
    Linear,
    Pair,
    Pads,
    add,
    average_pool,
    batch_norm,
    conv,
    flatten,
    gemm,
    global_average_pool,
    max_pool,
    relu,
    relu6,
    same_pads,
    softmax,
)

IMAGENET_CLASSES = 1000


def _conv_bn(
    graph: Graph,
    name: str,
    x: Tensor,
    channels: int,
    kernel: Pair,
    stride: Pair = (1, 1),
    groups: int = 1,
    pads: Pads | None = None,
    bias: bool = False,
) -> Tensor:
    x = conv(graph, f"{name}/conv", x, channels, kernel, stride, pads, groups, bias)
    return batch_norm(graph, f"{name}/bn", x)


def _classifier(graph: Graph, x: Tensor, classes: int) -> None:
    """Flatten, one fully connected layer and Softmax, which is the network's output."""
    x = flatten(graph, "flatten", x)
    x = gemm(graph, "classifier", x, Linear.make(graph, "classifier", x.shape[1], classes))
    graph.output(softmax(graph, "softmax", x))


# MobileNetV2's bottlenecks: expansion factor t, output channels c, repeats n, stride s of the first
# (Sandler et al. 2018, arXiv 1801.04381, Table 2).
_MOBILENET_V2_STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


def _inverted_residual(
    graph: Graph, name: str, x: Tensor, expansion: int, channels: int, stride: int
) -> Tensor:
    """MobileNetV2's bottleneck (Table 1, Figure 4d): expand, depthwise, linear projection.

    A block with expansion 1 has no expanding convolution; the residual is there only where input
    and output have one shape.
    """
    shortcut = x
    if expansion != 1:
        x = _conv_bn(graph, f"{name}/expand", x, x.shape[1] * expansion, (1, 1))
        x = relu6(graph, f"{name}/expand/relu6", x)
    hidden = x.shape[1]
    x = _conv_bn(graph, f"{name}/depthwise", x, hidden, (3, 3), (stride, stride), groups=hidden)
    x = relu6(graph, f"{name}/depthwise/relu6", x)
    x = _conv_bn(graph, f"{name}/project", x, channels, (1, 1))
    if x.shape == shortcut.shape:
        x = add(graph, f"{name}/add", shortcut, x)
    return x


def mobilenet_v2() -> Graph:
    """MobileNetV2, width 1.0, 224 x 224 (arXiv 1801.04381, Table 2)."""
    graph = Graph("mobilenet_v2")
    x = graph.input("input", (1, 3, 224, 224))
    x = _conv_bn(graph, "stem", x, 32, (3, 3), (2, 2))
    x = relu6(graph, "stem/relu6", x)
    block = 0
    for expansion, channels, repeats, first_stride in _MOBILENET_V2_STAGES:
        for repeat in range(repeats):
            block += 1
            stride = first_stride if repeat == 0 else 1
            x = _inverted_residual(graph, f"block{block}", x, expansion, channels, stride)
    x = _conv_bn(graph, "head", x, 1280, (1, 1))
    x = relu6(graph, "head/relu6", x)
    x = global_average_pool(graph, "pool", x)
    _classifier(graph, x, IMAGENET_CLASSES)
    return graph


# ResNet-50's stages: name, channels inside a block, blocks, stride of the first block; a block puts
# out four times its inner channels (He et al. 2015, arXiv 1512.03385, Table 1).
_RESNET50_STAGES = (
    ("conv2", 64, 3, 1),
    ("conv3", 128, 4, 2),
    ("conv4", 256, 6, 2),
    ("conv5", 512, 3, 2),
)


def _bottleneck(
    graph: Graph, name: str, x: Tensor, channels: int, stride: int, first: bool
) -> Tensor:
    """ResNet's bottleneck (Figure 5, right), version 1: the stride is on the first 1x1 convolution.

    The first block of a stage projects its shortcut (option B of section 3.3).
    """
    steps = (stride, stride)
    shortcut = x
    x = _conv_bn(graph, f"{name}/reduce", x, channels, (1, 1), steps)
    x = relu(graph, f"{name}/reduce/relu", x)
    x = _conv_bn(graph, f"{name}/spatial", x, channels, (3, 3))
    x = relu(graph, f"{name}/spatial/relu", x)
    x = _conv_bn(graph, f"{name}/expand", x, 4 * channels, (1, 1))
    if first:
        shortcut = _conv_bn(graph, f"{name}/shortcut", shortcut, 4 * channels, (1, 1), steps)
    x = add(graph, f"{name}/add", x, shortcut)
    return relu(graph, f"{name}/relu", x)


def resnet50() -> Graph:
    """ResNet-50 version 1, 224 x 224 (arXiv 1512.03385, Table 1)."""
    graph = Graph("resnet50")
    x = graph.input("input", (1, 3, 224, 224))
    x = _conv_bn(graph, "conv1", x, 64, (7, 7), (2, 2))
    x = relu(graph, "conv1/relu", x)
    x = max_pool(graph, "conv1/pool", x, (3, 3), (2, 2), (1, 1, 1, 1))
    for stage, channels, blocks, first_stride in _RESNET50_STAGES:
        for block in range(blocks):
            stride = first_stride if block == 0 else 1
            x = _bottleneck(graph, f"{stage}_{block + 1}", x, channels, stride, block == 0)
    x = global_average_pool(graph, "pool", x)
    _classifier(graph, x, IMAGENET_CLASSES)
    return graph


def ds_cnn() -> Graph:
    """DS-CNN small, a keyword spotter on one second of speech: 49 frames of 10 MFCCs, 12 classes.

    Zhang et al. 2017 (arXiv 1711.07128), with SAME padding and a bias beside every batch norm as
    in the reference model of MLPerf Tiny (mlcommons/tiny, keyword_spotting/keras_model.py). That
    model's average pool has a window of 24 x 5 and so leaves out the last of the 25 rows; here the
    pool takes all of them, as in the paper.
    """
    graph = Graph("ds_cnn")
    x = graph.input("input", (1, 1, 49, 10))
    kernel, stride = (10, 4), (2, 2)
    pads = same_pads((49, 10), kernel, stride)
    x = _conv_bn(graph, "stem", x, 64, kernel, stride, pads=pads, bias=True)
    x = relu(graph, "stem/relu", x)
    for block in range(1, 5):
        x = _conv_bn(graph, f"block{block}/depthwise", x, 64, (3, 3), groups=64, bias=True)
        x = relu(graph, f"block{block}/depthwise/relu", x)
        x = _conv_bn(graph, f"block{block}/pointwise", x, 64, (1, 1), bias=True)
        x = relu(graph, f"block{block}/pointwise/relu", x)
    x = average_pool(graph, "pool", x, (x.shape[2], x.shape[3]))
    _classifier(graph, x, 12)
    return graph
