"""Networks found by MnasNet's search and its descendants: stages of repeated MBConv blocks."""

from __future__ import annotations

from dataclasses import dataclass

from zoo.blocks import Activation, Bottleneck, classifier, unit
from zoo.graph import Graph
from zoo.image_layers import sigmoid
from zoo.layers import global_average_pool, relu, relu6


@dataclass(frozen=True)
class Stage:
    """Blocks of one kind; the stride is that of the first.

    squeeze: channels inside squeeze-and-excite, as a part of those that enter the block.
    """

    repeats: int
    kernel: int
    stride: int
    expansion: int
    channels: int
    squeeze: float = 0


def _build(name: str, stages: tuple[Stage, ...], activation: Activation) -> Graph:
    """Stem of 32 channels, the stages, head of 1280 channels, at 224 x 224."""
    graph = Graph(name)
    x = graph.input("input", (1, 3, 224, 224))
    x = unit(graph, "stem", x, 32, 3, activation, stride=2)
    block = 0
    for stage in stages:
        for repeat in range(stage.repeats):
            block += 1
            bottleneck = Bottleneck(
                stage.kernel,
                x.shape[1] * stage.expansion,
                stage.channels,
                stage.stride if repeat == 0 else 1,
                activation,
                int(x.shape[1] * stage.squeeze),
                sigmoid,
            )
            x = bottleneck.build(graph, f"block{block}", x)
    x = unit(graph, "head", x, 1280, 1, activation)
    classifier(graph, global_average_pool(graph, "pool", x))
    return graph


def mnasnet_a1() -> Graph:
    """MnasNet-A1 (Tan et al. 2018, arXiv 1807.11626, Figure 7a; mnasnet_a1 in tensorflow/tpu,
    models/official/mnasnet/mnasnet_models.py)."""
    stages = (
        Stage(1, 3, 1, 1, 16),
        Stage(2, 3, 2, 6, 24),
        Stage(3, 5, 2, 3, 40, squeeze=0.25),
        Stage(4, 3, 2, 6, 80),
        Stage(2, 3, 1, 6, 112, squeeze=0.25),
        Stage(3, 5, 2, 6, 160, squeeze=0.25),
        Stage(1, 3, 1, 6, 320),
    )
    return _build("mnasnet_a1", stages, relu)


def efficientnet_lite0() -> Graph:
    """EfficientNet-Lite0: EfficientNet-B0 without squeeze-and-excite, with ReLU6 instead of swish
    (tensorflow/tpu, models/official/efficientnet/lite/efficientnet_lite_builder.py)."""
    stages = (
        Stage(1, 3, 1, 1, 16),
        Stage(2, 3, 2, 6, 24),
        Stage(2, 5, 2, 6, 40),
        Stage(3, 3, 2, 6, 80),
        Stage(3, 5, 1, 6, 112),
        Stage(4, 5, 2, 6, 192),
        Stage(1, 3, 1, 6, 320),
    )
    return _build("efficientnet_lite0", stages, relu6)
