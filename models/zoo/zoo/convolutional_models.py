"""The convolutional networks of the catalogue: sources, and the figures that must come out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from zoo import branched, cnn, detectors, mnasnets, mobilenets, segmentation
from zoo.graph import Counts, Graph
from zoo.network import Figure, Network

_SLIM = "tensorflow/models, research/slim/nets"
_OBJECT_DETECTION = "tensorflow/models, research/object_detection"


def _with_batch_norm(counts: Counts) -> float:
    """Parameters with scale and shift of the batch norms, as frameworks count trained ones."""
    return counts.parameters - counts.batch_norm / 2


def _macs(value: float, tolerance: float) -> Figure:
    return Figure("MACs", value, lambda counts: counts.macs, tolerance)


def _trained(value: float, tolerance: float) -> Figure:
    return Figure("trained parameters", value, _with_batch_norm, tolerance)


def _without_batch_norm(value: float, tolerance: float) -> Figure:
    return Figure(
        "parameters without batch norm",
        value,
        lambda counts: counts.parameters_without_batch_norm,
        tolerance,
    )


@dataclass(frozen=True)
class _FigureOf(Figure):
    """A figure of the same network at another size, which `build` makes."""

    build: Callable[[], Graph]

    def check(self, graph: Graph) -> None:
        super().check(self.build())


def _paper_ssdlite() -> Graph:
    """SSDLite as the paper has it: 320 x 320, scores for COCO's 80 classes and the background."""
    return detectors.ssdlite_mobilenet_v2(320, 81)


NETWORKS = (
    Network(
        mobilenets.mobilenet_v1,
        "MobileNetV1 1.0 224",
        "arXiv 1704.04861, MobileNets: Efficient Convolutional Neural Networks for Mobile Vision "
        "Applications",
        "569 M multiply-adds, 4.2 M parameters (Table 6); 4.24 M in the authors' checkpoint list "
        f"({_SLIM}/mobilenet_v1.md). The authors' code has ReLU6, and so has the file, where the "
        "paper has ReLU; checkpoints have one class more, for the background.",
        (_macs(569e6, 0.001), _without_batch_norm(4.2e6, 0.01), _trained(4.24e6, 0.002)),
    ),
    Network(
        mobilenets.mobilenet_v2,
        "MobileNetV2 1.0 224",
        "arXiv 1801.04381, MobileNetV2: Inverted Residuals and Linear Bottlenecks",
        "300 M multiply-adds, 3.4 M parameters (Table 4); 3.47 M in the authors' checkpoint list "
        "(tensorflow/models, slim/nets/mobilenet), which is the count without batch norm. With "
        "scale and shift alone, as frameworks count trained parameters, it is 3,504,872.",
        (_macs(300e6, 0.003), _without_batch_norm(3.47e6, 0.001)),
    ),
    Network(
        mobilenets.mobilenet_v3_large,
        "MobileNetV3-Large 1.0 224",
        "arXiv 1905.02244, Searching for MobileNetV3",
        "219 M multiply-adds, 5.4 M parameters (Table 3); 217 M in the authors' checkpoint list "
        f"({_SLIM}/mobilenet), which is met. With scale and shift alone it has 5,483,032 "
        "parameters: 5.4 M is truncated.",
        (_macs(217e6, 0.0025), _trained(5.4e6, 0.017), _without_batch_norm(5.4e6, 0.012)),
    ),
    Network(
        mobilenets.mobilenet_edgetpu,
        "MobileNetEdgeTPU 1.0 224",
        f"{_SLIM}/mobilenet/mobilenet_v3.py, V3_EDGETPU",
        "990 M MACs, 4.0 M parameters in the checkpoint list of the same folder. 4.05 M without "
        "batch norm, 4.09 M with scale and shift: 4.0 M is truncated.",
        (_macs(990e6, 0.001), _without_batch_norm(4.0e6, 0.015)),
    ),
    Network(
        mnasnets.mnasnet_a1,
        "MnasNet-A1 224",
        "arXiv 1807.11626, MnasNet: Platform-Aware Neural Architecture Search for Mobile",
        "312 M multiply-adds, 3.9 M parameters (Table 1). The checkpoint list in "
        "tensorflow/tpu, models/official/mnasnet has 315.2 M, 1.2 % more.",
        (_macs(312e6, 0.002), _trained(3.9e6, 0.005)),
    ),
    Network(
        mnasnets.efficientnet_lite0,
        "EfficientNet-Lite0 224",
        "tensorflow/tpu, models/official/efficientnet/lite, after arXiv 1905.11946",
        "4.7 M parameters, 407 M multiply-adds. The products of the layers in the authors' "
        "efficientnet_lite_builder.py are 5.4 % fewer than 407 M; the source does not say what it "
        "counts beside them.",
        (_macs(407e6, 0.055), _trained(4.7e6, 0.011)),
    ),
    Network(
        cnn.resnet50,
        "ResNet-50 v1 224",
        "arXiv 1512.03385, Deep Residual Learning for Image Recognition",
        "3.8 x 10^9 multiply-adds (Table 1), truncated from 3.86 x 10^9. v1.5, with the "
        "stride on the 3x3 convolution, has 4.09 x 10^9. With scale and shift alone it has "
        "25,557,032 parameters, the 25.6 M of the frameworks.",
        (_macs(3.8e9, 0.016), _trained(25.6e6, 0.002)),
    ),
    Network(
        branched.squeezenet_1_1,
        "SqueezeNet 1.1",
        "arXiv 1602.07360, SqueezeNet: AlexNet-level accuracy with 50x fewer parameters; version "
        "1.1 of forresti/SqueezeNet",
        "0.72 GFLOPS/image (SqueezeNet_v1.1/README.md), two operations for each MAC; here 0.775 x "
        "10^9, 7.7 % more. 227 x 227 and Caffe's pooling, which rounds up, are from the authors' "
        "deploy.prototxt; with pooling that rounds down it would be 0.705 x 10^9. 1,235,496 "
        "parameters in torchvision's squeezenet1_1 (recalled).",
        (
            Figure("operations", 0.72e9, lambda counts: 2 * counts.macs, 0.078),
            Figure("parameters", 1_235_496, lambda counts: counts.parameters, 0),
        ),
    ),
    Network(
        branched.inception_v1,
        "Inception v1 (GoogLeNet) 224",
        "arXiv 1409.4842, Going Deeper with Convolutions",
        "1.5 x 10^9 multiply-adds (section 1). The rows of Table 1 add up to 1.502 x 10^9 and "
        "6,798 K of 1,024 weights, biases left out. Of them the first convolution has 34 M and "
        "2.7 K, where 7x7 on three channels with 64 filters takes 118 M and 9.2 K; without it they "
        "are met. "
        "OpenVINO's Open Model Zoo counts 6.999 M parameters in Caffe's replication (BVLC/caffe, "
        "models/bvlc_googlenet), which is met.",
        (
            Figure(
                "MACs behind the first convolution",
                1.502e9 - 34e6,
                lambda counts: counts.macs - 112 * 112 * 64 * 147,
                0.003,
            ),
            Figure(
                "weights behind the first convolution",
                (6797.7 - 2.7) * 1024,
                lambda counts: counts.weights - 64 * 147,
                0.005,
            ),
            Figure("parameters", 6.999e6, lambda counts: counts.parameters, 0.0001),
        ),
    ),
    Network(
        detectors.ssd_mobilenet_v1,
        "SSD on MobileNetV1 300, COCO",
        f"{_OBJECT_DETECTION}, ssd_mobilenet_v1_coco; arXiv 1704.04861, section 4.6",
        "1.2 x 10^9 multiply-adds, 6.8 M parameters (Table 13). OpenVINO's Open Model Zoo counts "
        "6.807 M with batch norms folded, one bias for each channel, which is met. Without "
        "anchors, box decoding and non-maximum suppression.",
        (
            _macs(1.2e9, 0.035),
            _trained(6.8e6, 0.004),
            Figure("folded parameters", 6.807e6, lambda counts: counts.parameters_folded, 0.0001),
        ),
    ),
    Network(
        detectors.ssdlite_mobilenet_v2,
        "SSDLite on MobileNetV2 300, COCO",
        f"{_OBJECT_DETECTION}, ssdlite_mobilenet_v2_coco; arXiv 1801.04381, section 6.2",
        "0.8 x 10^9 multiply-adds, 4.3 M parameters (Table 6), for 320 x 320 and, as Table 5 says, "
        "80 classes: there the same layers have 0.79 x 10^9 and 4.34 M. The Object Detection API's "
        "configuration, and the file, have 300 x 300 and 90 classes; OpenVINO's Open Model Zoo "
        "counts 4.475 M in it with batch norms folded, which is met. Without anchors, box decoding "
        "and non-maximum suppression.",
        (
            _FigureOf("MACs", 0.8e9, lambda counts: counts.macs, 0.06, _paper_ssdlite),
            _FigureOf("trained parameters", 4.3e6, _with_batch_norm, 0.012, _paper_ssdlite),
            Figure("folded parameters", 4.475e6, lambda counts: counts.parameters_folded, 0.0001),
        ),
    ),
    Network(
        segmentation.deeplab_v3_mobilenet_v2,
        "DeepLabv3 on MobileNetV2 513, PASCAL VOC",
        "arXiv 1801.04381, section 6.3; tensorflow/models, research/deeplab",
        "2.75 x 10^9 multiply-adds, 2.11 M parameters (Table 7, output stride 16, without ASPP). "
        "Here 0.3 % fewer multiply-adds, without those of the two resizes, which count nothing.",
        (_macs(2.75e9, 0.004), _trained(2.11e6, 0.0025)),
    ),
    Network(
        detectors.blazeface,
        "BlazeFace 128, front camera",
        "arXiv 1907.05047, BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs",
        "The paper counts neither. Its 5x5 and double blocks are here (layers of its Table 4 "
        "recalled, and as in a replication, minus31/BlazeFace, implementation/network.py); "
        "MediaPipe's released model has 3x3 and single blocks. Predictors as in MediaPipe's: 1x1, "
        "no sigmoid. Without anchors, box decoding and blending of overlapping faces.",
    ),
    Network(
        cnn.ds_cnn,
        "DS-CNN small",
        "arXiv 1711.07128, Hello Edge: Keyword Spotting on Microcontrollers",
        "5.4 M operations, 38.6 KB. That fits two operations for each MAC and one for each bias "
        "added (5,313,536 + 72,012), and the 8-bit parameters without batch norm beside the two "
        "feature maps of a layer (22,604 + 16,000 bytes). MLPerf Tiny's Keras model, with batch "
        "norm, has the same 24,908 parameters as this file.",
        (
            Figure("operations", 5.4e6, lambda counts: 2 * counts.macs + 72_012, 0.003),
            Figure("parameters", 24_908, lambda counts: counts.parameters, 0),
        ),
    ),
)
