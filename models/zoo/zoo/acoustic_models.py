"""Acoustic models: LSTM networks that score each frame of speech."""

from __future__ import annotations

from onnx import TensorProto

from zoo.graph import Graph, Tensor
from zoo.layers import LstmParameters, lstm, sequence_linear, softmax


def lstm_acoustic() -> Graph:
    """A phoneme recogniser for phones: 5 LSTM layers of 500 cells (McGraw et al. 2016, 1603.03185).

    320 inputs (8 stacked frames of 40 log-mel energies) and 42 outputs are those of the acoustic
    model after this paper in TensorFlow Lite's test data (tensorflow/lite/models/testdata/g3doc).
    """
    frames, features, cells, layers, phonemes = 100, 320, 500, 5, 42
    graph = Graph("lstm_acoustic")
    x = graph.input("input", (frames, 1, features))
    for layer in range(1, layers + 1):
        name = f"layer{layer}"
        x = lstm(graph, name, x, LstmParameters.make(graph, name, x.shape[2], cells))
    x = sequence_linear(graph, "output", x, phonemes)
    graph.output(softmax(graph, "softmax", x))
    return graph


def _clipped_dense(graph: Graph, name: str, x: Tensor, outputs: int) -> Tensor:
    """A fully connected layer with ReLU, clipped at 20 (relu_clip in util/flags.py)."""
    low = graph.constant("clip/min", [0.0], (), TensorProto.FLOAT)
    high = graph.constant("clip/max", [20.0], (), TensorProto.FLOAT)
    x = sequence_linear(graph, name, x, outputs)
    return graph.node("Clip", f"{name}/clip", [x, low, high], x.shape)


def deepspeech() -> Graph:
    """Mozilla's DeepSpeech 0.9, after Hannun et al. 2014 (arXiv 1412.5567).

    Three fully connected layers of 2048 on windows of 19 frames (9 on either side) of 26 cepstral
    coefficients, an LSTM of 2048, one more such layer, and scores for 28 characters and blank
    (mozilla/DeepSpeech, training/deepspeech_training/deepspeech_model.py). 100 frames are 2 s.
    """
    frames, features, width, symbols = 100, 19 * 26, 2048, 29
    graph = Graph("deepspeech")
    x = graph.input("input", (frames, 1, features))
    for layer in (1, 2, 3):
        x = _clipped_dense(graph, f"layer{layer}", x, width)
    x = lstm(graph, "layer4", x, LstmParameters.make(graph, "layer4", width, width))
    x = _clipped_dense(graph, "layer5", x, width)
    x = sequence_linear(graph, "layer6", x, symbols)
    graph.output(softmax(graph, "softmax", x))
    return graph
