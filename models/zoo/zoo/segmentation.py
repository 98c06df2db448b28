"""Networks that classify every pixel."""

from __future__ import annotations

from zoo.blocks import biased, unit
from zoo.graph import Graph
from zoo.image_layers import channel_argmax, concat, resize_bilinear
from zoo.layers import global_average_pool, relu, same_pads
from zoo.mobilenets import mobilenet_v2_bottlenecks

PASCAL_CLASSES = 21  # 20 and the background


def deeplab_v3_mobilenet_v2() -> Graph:
    """DeepLabv3 on MobileNetV2's 320 channels, output stride 16, 513 x 513, without the pyramid.

    Sandler et al. 2018 (arXiv 1801.04381), section 6.3: of the heads the 1x1 convolution and the
    image's mean are left. Layers as in tensorflow/models, deeplab/model.py and
    deeplab/core/feature_extractor.py; the released graph ends with the argmax, too.
    """
    graph = Graph("deeplab_v3_mobilenet_v2")
    image = graph.input("input", (1, 3, 513, 513))
    features = mobilenet_v2_bottlenecks(graph, image, same_pads, output_stride=16)
    mean = global_average_pool(graph, "image_pooling/pool", features)
    mean = unit(graph, "image_pooling", mean, 256, 1, relu)
    mean = resize_bilinear(graph, "image_pooling/resize", mean, features.shape[2:])
    aspp0 = unit(graph, "aspp0", features, 256, 1, relu)
    x = concat(graph, "concat", [mean, aspp0])
    x = unit(graph, "concat_projection", x, 256, 1, relu)
    x = biased(graph, "logits", x, PASCAL_CLASSES)
    x = resize_bilinear(graph, "resize", x, image.shape[2:])
    graph.output(channel_argmax(graph, "argmax", x))
    return graph
