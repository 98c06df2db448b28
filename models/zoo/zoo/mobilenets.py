"""MobileNets, versions 1 to 3 and the one for the Edge TPU."""

from __future__ import annotations

from zoo.blocks import (
    Bottleneck,
    Padding,
    biased,
    classifier,
    depthwise,
    divisible_by_8,
    pytorch_pads,
    unit,
)
from zoo.graph import Graph, Tensor
from zoo.image_layers import hard_swish
from zoo.layers import global_average_pool, relu

# MobileNetV1's depthwise separable convolutions: channels and stride (Howard et al. 2017, arXiv
# 1704.04861, Table 1).
_V1_LAYERS = (
    (64, 1),
    (128, 2),
    (128, 1),
    (256, 2),
    (256, 1),
    (512, 2),
    *[(512, 1)] * 5,
    (1024, 2),
    (1024, 1),
)


def mobilenet_v1_features(graph: Graph, x: Tensor) -> Tensor:
    """MobileNetV1 without pool and classifier; layer n ends in the node conv<n>/pointwise/relu6.

    ReLU6 and SAME padding are those of the authors' code (tensorflow/models, slim/nets/
    mobilenet_v1.py); the paper writes ReLU.
    """
    x = unit(graph, "conv0", x, 32, 3, stride=2)
    for number, (channels, stride) in enumerate(_V1_LAYERS, start=1):
        x = depthwise(graph, f"conv{number}/depthwise", x, 3, stride=stride)
        x = unit(graph, f"conv{number}/pointwise", x, channels, 1)
    return x


def mobilenet_v1() -> Graph:
    """MobileNetV1, width 1.0, 224 x 224."""
    graph = Graph("mobilenet_v1")
    x = mobilenet_v1_features(graph, graph.input("input", (1, 3, 224, 224)))
    classifier(graph, global_average_pool(graph, "pool", x))
    return graph


# MobileNetV2's bottlenecks: expansion factor t, output channels c, repeats n, stride s of the first
# (Sandler et al. 2018, arXiv 1801.04381, Table 2).
_V2_STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


def mobilenet_v2_bottlenecks(
    graph: Graph, x: Tensor, padding: Padding, output_stride: int = 32
) -> Tensor:
    """MobileNetV2 up to its 320 channels, behind blocks block1 to block17.

    From `output_stride` on, strides become dilations, as in slim/nets/mobilenet/mobilenet.py: a
    stride of 2 that is not taken doubles the distance between the taps of the layers after it.
    """
    x = unit(graph, "stem", x, 32, 3, stride=2, padding=padding)
    reached, dilation, block = 2, 1, 0
    for expansion, channels, repeats, first_stride in _V2_STAGES:
        for repeat in range(repeats):
            block += 1
            stride = first_stride if repeat == 0 else 1
            taken = stride if reached < output_stride else 1
            reached *= taken
            bottleneck = Bottleneck(
                3, x.shape[1] * expansion, channels, taken, dilation=dilation, padding=padding
            )
            x = bottleneck.build(graph, f"block{block}", x)
            dilation *= stride // taken
    return x


def mobilenet_v2_head(graph: Graph, x: Tensor) -> Tensor:
    return unit(graph, "head", x, 1280, 1)


def mobilenet_v2() -> Graph:
    """MobileNetV2, width 1.0, 224 x 224, padded as PyTorch does."""
    graph = Graph("mobilenet_v2")
    x = graph.input("input", (1, 3, 224, 224))
    x = mobilenet_v2_head(graph, mobilenet_v2_bottlenecks(graph, x, pytorch_pads))
    classifier(graph, global_average_pool(graph, "pool", x))
    return graph


# MobileNetV3-Large's bottlenecks: kernel, expansion size, output channels, squeeze-and-excite,
# activation, stride (Howard et al. 2019, arXiv 1905.02244, Table 1).
_V3_LARGE = (
    (3, 16, 16, False, relu, 1),
    (3, 64, 24, False, relu, 2),
    (3, 72, 24, False, relu, 1),
    (5, 72, 40, True, relu, 2),
    (5, 120, 40, True, relu, 1),
    (5, 120, 40, True, relu, 1),
    (3, 240, 80, False, hard_swish, 2),
    (3, 200, 80, False, hard_swish, 1),
    (3, 184, 80, False, hard_swish, 1),
    (3, 184, 80, False, hard_swish, 1),
    (3, 480, 112, True, hard_swish, 1),
    (3, 672, 112, True, hard_swish, 1),
    (5, 672, 160, True, hard_swish, 2),
    (5, 960, 160, True, hard_swish, 1),
    (5, 960, 160, True, hard_swish, 1),
)


def mobilenet_v3_large() -> Graph:
    """MobileNetV3-Large, width 1.0, 224 x 224.

    Squeeze-and-excite has a quarter of the expanded channels, in multiples of 8, and a hard sigmoid
    as gate (slim/nets/mobilenet/mobilenet_v3.py).
    """
    graph = Graph("mobilenet_v3_large")
    x = graph.input("input", (1, 3, 224, 224))
    x = unit(graph, "stem", x, 16, 3, hard_swish, stride=2)
    for block, (kernel, hidden, channels, squeezes, activation, stride) in enumerate(_V3_LARGE, 1):
        squeezed = divisible_by_8(hidden / 4) if squeezes else 0
        bottleneck = Bottleneck(kernel, hidden, channels, stride, activation, squeezed)
        x = bottleneck.build(graph, f"block{block}", x)
    x = unit(graph, "head", x, 960, 1, hard_swish)
    x = global_average_pool(graph, "pool", x)
    x = biased(graph, "penultimate", x, 1280, activation=hard_swish)
    classifier(graph, x)
    return graph


# MobileNetEdgeTPU's blocks: fused, kernel, stride, expansion factor, output channels, repeats of
# the block (V3_EDGETPU in tensorflow/models, slim/nets/mobilenet/mobilenet_v3.py). Blocks that
# expand eightfold have no residual: all but one change stride or channels, and that one says so.
_EDGETPU_STAGES = (
    (True, 3, 1, 1, 16, 1),
    (True, 3, 2, 8, 32, 1),
    (True, 3, 1, 4, 32, 3),
    (True, 3, 2, 8, 48, 1),
    (True, 3, 1, 4, 48, 3),
    (False, 3, 2, 8, 96, 1),
    (False, 3, 1, 4, 96, 3),
    (False, 3, 1, 8, 96, 1),
    (False, 3, 1, 4, 96, 3),
    (False, 5, 2, 8, 160, 1),
    (False, 5, 1, 4, 160, 3),
    (False, 3, 1, 8, 192, 1),
)


def mobilenet_edgetpu() -> Graph:
    """MobileNetEdgeTPU, width 1.0, 224 x 224: full convolutions expand in the early blocks.

    The first block does not expand, so that nothing of it is left but its projection.
    """
    graph = Graph("mobilenet_edgetpu")
    x = graph.input("input", (1, 3, 224, 224))
    x = unit(graph, "stem", x, 32, 3, relu, stride=2)
    block = 0
    for fused, kernel, stride, expansion, channels, repeats in _EDGETPU_STAGES:
        for _ in range(repeats):
            block += 1
            bottleneck = Bottleneck(
                kernel,
                x.shape[1] * expansion,
                channels,
                stride,
                relu,
                fused=fused,
                residual=expansion != 8,
            )
            x = bottleneck.build(graph, f"block{block}", x)
    x = unit(graph, "head", x, 1280, 1, relu)
    classifier(graph, global_average_pool(graph, "pool", x))
    return graph
