"""ResNet-50 and the keyword spotter DS-CNN."""

from __future__ import annotations

from zoo.blocks import classifier, conv_bn
from zoo.graph import Graph, Tensor
from zoo.layers import (
    add,
    average_pool,
    global_average_pool,
    max_pool,
    relu,
    same_pads,
)

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
    x = conv_bn(graph, f"{name}/reduce", x, channels, (1, 1), steps)
    x = relu(graph, f"{name}/reduce/relu", x)
    x = conv_bn(graph, f"{name}/spatial", x, channels, (3, 3))
    x = relu(graph, f"{name}/spatial/relu", x)
    x = conv_bn(graph, f"{name}/expand", x, 4 * channels, (1, 1))
    if first:
        shortcut = conv_bn(graph, f"{name}/shortcut", shortcut, 4 * channels, (1, 1), steps)
    x = add(graph, f"{name}/add", x, shortcut)
    return relu(graph, f"{name}/relu", x)


def resnet50() -> Graph:
    """ResNet-50 version 1, 224 x 224 (arXiv 1512.03385, Table 1)."""
    graph = Graph("resnet50")
    x = graph.input("input", (1, 3, 224, 224))
    x = conv_bn(graph, "conv1", x, 64, (7, 7), (2, 2))
    x = relu(graph, "conv1/relu", x)
    x = max_pool(graph, "conv1/pool", x, (3, 3), (2, 2), (1, 1, 1, 1))
    for stage, channels, blocks, first_stride in _RESNET50_STAGES:
        for block in range(blocks):
            stride = first_stride if block == 0 else 1
            x = _bottleneck(graph, f"{stage}_{block + 1}", x, channels, stride, block == 0)
    x = global_average_pool(graph, "pool", x)
    classifier(graph, x)
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
    x = conv_bn(graph, "stem", x, 64, kernel, stride, pads=pads, bias=True)
    x = relu(graph, "stem/relu", x)
    for block in range(1, 5):
        x = conv_bn(graph, f"block{block}/depthwise", x, 64, (3, 3), groups=64, bias=True)
        x = relu(graph, f"block{block}/depthwise/relu", x)
        x = conv_bn(graph, f"block{block}/pointwise", x, 64, (1, 1), bias=True)
        x = relu(graph, f"block{block}/pointwise/relu", x)
    x = average_pool(graph, "pool", x, (x.shape[2], x.shape[3]))
    classifier(graph, x, 12)
    return graph
