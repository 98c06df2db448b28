"""The networks of the zoo: what each is, where it was published, what the publication counts."""

from __future__ import annotations

from zoo import acoustic_models, cnn, transducers
from zoo.network import Network

NETWORKS = (
    Network(
        cnn.mobilenet_v2,
        "MobileNetV2 1.0 224",
        "arXiv 1801.04381, MobileNetV2: Inverted Residuals and Linear Bottlenecks",
        "300 M multiply-adds, 3.4 M parameters (Table 4); 3.47 M in the authors' checkpoint list "
        "(tensorflow/models, slim/nets/mobilenet), which is the count without batch norm. With "
        "scale and shift alone, as frameworks count trained parameters, it is 3,504,872.",
    ),
    Network(
        cnn.resnet50,
        "ResNet-50 v1 224",
        "arXiv 1512.03385, Deep Residual Learning for Image Recognition",
        "3.8 x 10^9 multiply-adds (Table 1), truncated from 3.86 x 10^9. v1.5, with the "
        "stride on the 3x3 convolution, has 4.09 x 10^9. With scale and shift alone it has "
        "25,557,032 parameters, the 25.6 M of the frameworks.",
    ),
    Network(
        cnn.ds_cnn,
        "DS-CNN small",
        "arXiv 1711.07128, Hello Edge: Keyword Spotting on Microcontrollers",
        "5.4 M operations, 38.6 KB. That fits two operations for each MAC and one for each bias "
        "added (5,313,536 + 72,012), and the 8-bit parameters without batch norm beside the two "
        "feature maps of a layer (22,604 + 16,000 bytes). MLPerf Tiny's Keras model, with batch "
        "norm, has the same 24,908 parameters as this file.",
    ),
    Network(
        acoustic_models.lstm_acoustic,
        "LSTM acoustic model 5 x 500",
        "arXiv 1603.03185, Personalized Speech Recognition on Mobile Devices",
        "The network before the paper's SVD compression. 320 inputs (taken as 8 stacked frames of "
        "40 log-mel energies) and 42 outputs are from TensorFlow Lite's description of the "
        "acoustic model after this paper. Assumed: no peepholes, no projection; 100 frames are "
        "the zoo's choice. ONNX has two biases for each gate (20,000 elements here, where a "
        "framework with one bias has 10,000).",
    ),
    Network(
        transducers.rnnt,
        "RNN-T of MLPerf Inference",
        "arXiv 1811.06621, Streaming End-to-end Speech Recognition for Mobile Devices; as changed "
        "in mlcommons/inference, speech_recognition/rnnt",
        "45.3 M parameters. Here the embedding has a row for blank too (320 elements more), which "
        "starts the decoding; MLPerf starts from a zero vector.",
    ),
)
