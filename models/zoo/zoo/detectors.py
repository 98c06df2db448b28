"""Detectors: a network that leaves feature maps of several sizes, and predictors on each of them.

The last nodes are the concatenated predictions of all anchors. What turns them into boxes (anchors,
decoding, non-maximum suppression) is done behind the network, and is not part of the files.
"""

from __future__ import annotations

from zoo.blocks import biased, depthwise, unit
from zoo.graph import Graph, Tensor
from zoo.image_layers import concat, pad_channels, rows_of_positions, sigmoid
from zoo.layers import add, max_pool, relu, same_pads
from zoo.mobilenets import mobilenet_v1_features, mobilenet_v2_bottlenecks, mobilenet_v2_head

COCO_CLASSES = 91  # 90 label ids, ten of them unused, and the background
_BOX = 4  # coordinates
# Anchors of a position of the six feature maps: ssd_anchor_generator with five aspect ratios and
# reduce_boxes_in_lowest_layer (tensorflow/models, object_detection/anchor_generators).
_ANCHORS = (3, 6, 6, 6, 6, 6)
# Channels of the four feature maps that are added behind the backbone's two
# (object_detection/models/ssd_mobilenet_v1_feature_extractor.py, and v2).
_EXTRA_CHANNELS = (512, 256, 256, 128)


def _extra_maps(graph: Graph, x: Tensor, separable: bool) -> list[Tensor]:
    """Each of half the size of the one before: half its channels by 1x1, then 3x3 of stride 2.

    As multi_resolution_feature_maps of object_detection/models/feature_map_generators.py has it.
    """
    maps = []
    for number, channels in enumerate(_EXTRA_CHANNELS, start=2):
        name = f"extra{number}"
        x = unit(graph, f"{name}/reduce", x, channels // 2, 1)
        if separable:
            x = depthwise(graph, f"{name}/depthwise", x, 3, stride=2)
            x = unit(graph, f"{name}/pointwise", x, channels, 1)
        else:
            x = unit(graph, f"{name}/conv3x3", x, channels, 3, stride=2)
        maps.append(x)
    return maps


def _predict(
    graph: Graph, maps: list[Tensor], separable: bool, classes: int = COCO_CLASSES
) -> None:
    """Box and class predictors (object_detection/predictors/heads), and the score converter.

    On each map a 1x1 convolution; SSDLite puts a 3x3 depthwise one before it, with batch norm.
    """
    outputs = []
    for kind, width in (("boxes", _BOX), ("classes", classes)):
        parts = []
        for number, (x, anchors) in enumerate(zip(maps, _ANCHORS)):
            name = f"predictor{number}/{kind}"
            if separable:
                x = depthwise(graph, f"{name}/depthwise", x, 3)
            x = biased(graph, f"{name}/conv", x, anchors * width)
            parts.append(rows_of_positions(graph, name, x, width))
        outputs.append(concat(graph, kind, parts))
    boxes, logits = outputs
    graph.output(boxes)
    graph.output(sigmoid(graph, "scores", logits))


def ssd_mobilenet_v1() -> Graph:
    """SSD on MobileNetV1 at 300 x 300 (object_detection/samples/configs, ssd_mobilenet_v1_coco)."""
    graph = Graph("ssd_mobilenet_v1")
    last = mobilenet_v1_features(graph, graph.input("input", (1, 3, 300, 300)))
    maps = [graph.tensors["conv11/pointwise/relu6"], last]
    maps += _extra_maps(graph, last, separable=False)
    _predict(graph, maps, separable=False)
    return graph


def ssdlite_mobilenet_v2(size: int = 300, classes: int = COCO_CLASSES) -> Graph:
    """SSDLite on MobileNetV2 (object_detection/samples/configs, ssdlite_mobilenet_v2_coco).

    The first feature map is the expansion of the first block of stride 32.
    """
    graph = Graph("ssdlite_mobilenet_v2")
    x = graph.input("input", (1, 3, size, size))
    last = mobilenet_v2_head(graph, mobilenet_v2_bottlenecks(graph, x, same_pads))
    maps = [graph.tensors["block14/expand/relu6"], last]
    maps += _extra_maps(graph, last, separable=True)
    _predict(graph, maps, separable=True, classes=classes)
    return graph


# BlazeFace's blocks: channels between the two halves (0: a single block), output channels, stride
# (Bazarevsky et al. 2019, arXiv 1907.05047, Table 4).
_BLAZE_BLOCKS = (
    (0, 24, 1),
    (0, 24, 1),
    (0, 48, 2),
    (0, 48, 1),
    (0, 48, 1),
    (24, 96, 2),
    (24, 96, 1),
    (24, 96, 1),
    (24, 96, 2),
    (24, 96, 1),
    (24, 96, 1),
)
_FACE_COORDINATES = 16  # a box, and six keypoints of two coordinates
_FACE_ANCHORS = ((8, 2), (11, 6))  # block whose output is read, anchors of a position


def _blaze_block(
    graph: Graph, name: str, x: Tensor, between: int, channels: int, stride: int
) -> Tensor:
    """One or two pairs of a 5x5 depthwise and a 1x1 convolution beside a shortcut (Figure 1).

    The shortcut is pooled where the block has a stride, and padded with channels of zeros.
    """
    shortcut = x
    if stride != 1:
        shortcut = max_pool(graph, f"{name}/pool", x, (2, 2), (2, 2), (0, 0, 0, 0))
    shortcut = pad_channels(graph, f"{name}/pad", shortcut, channels)
    for half, width in enumerate([between, channels] if between else [channels], start=1):
        pair = f"{name}/pair{half}"
        x = biased(graph, f"{pair}/depthwise", x, x.shape[1], 5, None, stride, groups=x.shape[1])
        stride = 1
        activation = relu if width == between else None
        x = biased(graph, f"{pair}/pointwise", x, width, activation=activation)
    return relu(graph, f"{name}/relu", add(graph, f"{name}/add", x, shortcut))


def blazeface() -> Graph:
    """BlazeFace for the front camera at 128 x 128: 896 anchors on maps of 16 x 16 and 8 x 8.

    The paper says nothing of batch norms: the convolutions have biases, as those of MediaPipe's
    file. Each predictor is a 1x1 convolution, and the scores are logits, as there.
    """
    graph = Graph("blazeface")
    x = graph.input("input", (1, 3, 128, 128))
    x = biased(graph, "stem", x, 24, 5, relu, stride=2)
    outputs = []
    for number, (between, channels, stride) in enumerate(_BLAZE_BLOCKS, start=1):
        x = _blaze_block(graph, f"block{number}", x, between, channels, stride)
        outputs.append(x)
    for kind, width in (("regressors", _FACE_COORDINATES), ("scores", 1)):
        parts = []
        for block, anchors in _FACE_ANCHORS:
            name = f"{kind}{block}"
            prediction = biased(graph, f"{name}/conv", outputs[block - 1], anchors * width)
            parts.append(rows_of_positions(graph, name, prediction, width))
        graph.output(concat(graph, kind, parts))
    return graph
