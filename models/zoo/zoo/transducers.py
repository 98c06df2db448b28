"""Transducers: networks that turn speech into symbols, with decoding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from onnx import TensorProto

from zoo.cells import ProjectedLstm, projected_lstm, projected_step
from zoo.decoding import decode
from zoo.graph import Graph, Role, Tensor
from zoo.layers import (
    Linear,
    LstmParameters,
    LstmState,
    add,
    bidirectional_lstm,
    gather_rows,
    gemm,
    lstm,
    lstm_with_state,
    sequence_linear,
    squeeze,
    transpose,
    unsqueeze_front,
)


def _stack_time(graph: Graph, name: str, x: Tensor, factor: int) -> Tensor:
    """[time, batch, features] -> [time / factor, batch, factor x features], through batch-major."""
    time, batch, features = x.shape
    x = transpose(graph, f"{name}/to_batch_major", x, [1, 0, 2])
    shape = graph.int64s(f"{name}/shape", [0, time // factor, factor * features])
    x = graph.node(
        "Reshape", f"{name}/reshape", [x, shape], (batch, time // factor, factor * features)
    )
    return transpose(graph, f"{name}/to_time_major", x, [1, 0, 2])


@dataclass(frozen=True)
class _HiddenLayerJoint:
    """A joint network of one hidden layer on frame and prediction, side by side."""

    frames: Tensor
    hidden: Linear
    activation: str
    output: Linear
    blank: Tensor

    @staticmethod
    def make(
        graph: Graph, frames: Tensor, prediction: int, hidden: int, symbols: int, activation: str
    ) -> _HiddenLayerJoint:
        """Blank is the last of `symbols`; `activation` is an ONNX operator."""
        return _HiddenLayerJoint(
            frames,
            Linear.make(graph, "joint/hidden", frames.shape[1] + prediction, hidden),
            activation,
            Linear.make(graph, "joint/output", hidden, symbols),
            graph.int64s("joint/blank", [symbols - 1]),
        )

    def scores(self, body: Graph, scope: str, frame: Tensor, prediction: Tensor) -> Tensor:
        width = frame.shape[1] + prediction.shape[1]
        x = body.node("Concat", f"{scope}/joint/concat", [frame, prediction], (1, width), axis=1)
        x = gemm(body, f"{scope}/joint/hidden", x, self.hidden)
        x = body.node(
            self.activation, f"{scope}/joint/{self.activation.lower()}", [x], x.shape
        )
        return gemm(body, f"{scope}/joint/output", x, self.output)


@dataclass(frozen=True)
class _SumJoint:
    """No joint network: the scores of frame and prediction are added."""

    frames: Tensor
    blank: Tensor

    def scores(self, body: Graph, scope: str, frame: Tensor, prediction: Tensor) -> Tensor:
        return add(body, f"{scope}/joint/sum", frame, prediction)


def _states_of_layers(layers: int, hidden: Tensor, cell: Tensor) -> list[tuple[str, Tensor]]:
    """Names and first values of the states of stacked LSTMs."""
    parts = (("h", hidden), ("c", cell))
    return [(f"{part}{layer}", zeros) for layer in range(1, layers + 1) for part, zeros in parts]


@dataclass(frozen=True)
class _LstmPrediction:
    """An embedding and LSTMs of its width."""

    embedding: Tensor
    layers: list[LstmParameters]

    @staticmethod
    def make(graph: Graph, symbols: int, width: int, layers: int) -> _LstmPrediction:
        return _LstmPrediction(
            graph.parameter("prediction/embedding/weight", (symbols, width), Role.EMBEDDING),
            [
                LstmParameters.make(graph, f"prediction/lstm{layer}", width, width)
                for layer in range(1, layers + 1)
            ],
        )

    def states(self, graph: Graph) -> list[tuple[str, Tensor]]:
        width = self.embedding.shape[1]
        zeros = graph.parameter("prediction/zero_state", (1, 1, width), Role.STATE)
        return _states_of_layers(len(self.layers), zeros, zeros)

    def step(
        self, body: Graph, scope: str, symbol: Tensor, states: Sequence[Tensor]
    ) -> tuple[Tensor, list[Tensor]]:
        x = gather_rows(body, f"{scope}/embedding", self.embedding, symbol)
        x = unsqueeze_front(body, f"{scope}/embedding/unsqueeze", x)
        states_after = []
        for layer, parameters in enumerate(self.layers, start=1):
            state = LstmState(*states[2 * layer - 2 : 2 * layer])
            x, after = lstm_with_state(body, f"{scope}/prediction{layer}", x, parameters, state)
            states_after += [after.hidden, after.cell]
        return squeeze(body, f"{scope}/prediction", x, [0]), states_after

    def last(self, graph: Graph, scope: str, states: Sequence[Tensor]) -> Tensor:
        return squeeze(graph, f"{scope}/prediction", states[-2], [0])


@dataclass(frozen=True)
class _ProjectedPrediction:
    """An embedding and projected LSTMs."""

    embedding: Tensor
    layers: list[ProjectedLstm]

    def states(self, graph: Graph) -> list[tuple[str, Tensor]]:
        top = self.layers[-1]
        hidden = graph.parameter("prediction/zero_hidden", (1, top.outputs), Role.STATE)
        cell = graph.parameter("prediction/zero_cell", (1, top.cells), Role.STATE)
        return _states_of_layers(len(self.layers), hidden, cell)

    def step(
        self, body: Graph, scope: str, symbol: Tensor, states: Sequence[Tensor]
    ) -> tuple[Tensor, list[Tensor]]:
        x = gather_rows(body, f"{scope}/embedding", self.embedding, symbol)
        states_after = []
        for layer, parameters in enumerate(self.layers, start=1):
            hidden, cell = states[2 * layer - 2 : 2 * layer]
            x, cell = projected_step(
                body, f"{scope}/prediction{layer}", x, hidden, cell, parameters
            )
            states_after += [x, cell]
        return x, states_after

    def last(self, graph: Graph, scope: str, states: Sequence[Tensor]) -> Tensor:
        return states[-2]


@dataclass(frozen=True)
class _OneHotPrediction:
    """One LSTM with peepholes on the symbol as a one-hot vector, of zeros for blank (the start).

    With `output`, what it predicts are scores, one for each symbol and blank.
    """

    symbols: int
    lstm: LstmParameters
    output: Linear | None

    @staticmethod
    def make(graph: Graph, symbols: int, cells: int, scores: bool) -> _OneHotPrediction:
        """`symbols` without blank."""
        lstm = LstmParameters.make(graph, "prediction/lstm", symbols, cells, peepholes=True)
        output = Linear.make(graph, "prediction/output", cells, symbols + 1) if scores else None
        return _OneHotPrediction(symbols, lstm, output)

    def states(self, graph: Graph) -> list[tuple[str, Tensor]]:
        zeros = graph.parameter("prediction/zero_state", (1, 1, self.lstm.hidden), Role.STATE)
        states = [("h", zeros), ("c", zeros)]
        if self.output is not None:
            shape = (1, self.symbols + 1)
            # Carried only for the decisions after the last symbol.
            states.append(("scores", graph.parameter("prediction/no_scores", shape, Role.STATE)))
        return states

    def step(
        self, body: Graph, scope: str, symbol: Tensor, states: Sequence[Tensor]
    ) -> tuple[Tensor, list[Tensor]]:
        # The number of blank is out of range, which ONNX makes a row of zeros.
        depth = body.int64s(f"{scope}/one_hot/depth", [self.symbols])
        values = body.constant(f"{scope}/one_hot/values", [0.0, 1.0], (2,), TensorProto.FLOAT)
        x = body.node("OneHot", f"{scope}/one_hot", [symbol, depth, values], (1, self.symbols))
        x = unsqueeze_front(body, f"{scope}/one_hot/unsqueeze", x)
        state = LstmState(*states[:2])
        x, after = lstm_with_state(body, f"{scope}/prediction", x, self.lstm, state)
        x = squeeze(body, f"{scope}/prediction/row", x, [0])
        if self.output is None:
            return x, [after.hidden, after.cell]
        x = gemm(body, f"{scope}/prediction/output", x, self.output)
        return x, [after.hidden, after.cell, x]

    def last(self, graph: Graph, scope: str, states: Sequence[Tensor]) -> Tensor:
        if self.output is not None:
            return states[2]
        return squeeze(graph, f"{scope}/prediction", states[0], [0])


# The transducer of MLPerf Inference (mlcommons/inference, speech_recognition/rnnt: README.md and
# pytorch/model_separable_rnnt.py), a variant of He et al. 2018, arXiv 1811.06621.
_MLPERF_FEATURES = 240  # 80 log-mel energies x 3 spliced frames
_MLPERF_ENCODER = 1024
_MLPERF_PREDICTION = 320
_MLPERF_JOINT = 512
_MLPERF_SYMBOLS = 29  # space, a to z, apostrophe, blank
# The utterance: 6 s of speech at one spliced frame in 30 ms, 40 characters long.
_MLPERF_FRAMES = 200
_MLPERF_EMITTED = 40


def _mlperf_encoder(graph: Graph, x: Tensor) -> Tensor:
    """[200, 1, 240] -> one row of 1024 for each of 100 stacked frames."""
    for layer in range(1, 3):
        name = f"encoder/pre{layer}"
        x = lstm(graph, name, x, LstmParameters.make(graph, name, x.shape[2], _MLPERF_ENCODER))
    x = _stack_time(graph, "encoder/stack_time", x, 2)
    for layer in range(1, 4):
        name = f"encoder/post{layer}"
        x = lstm(graph, name, x, LstmParameters.make(graph, name, x.shape[2], _MLPERF_ENCODER))
    return squeeze(graph, "encoder/frames", x, [1])


def rnnt() -> Graph:
    """MLPerf Inference's RNN-T on 200 feature frames with 40 output symbols, greedy decoding."""
    graph = Graph("rnnt")
    x = graph.input("input", (_MLPERF_FRAMES, 1, _MLPERF_FEATURES))
    frames = _mlperf_encoder(graph, x)
    joint = _HiddenLayerJoint.make(
        graph, frames, _MLPERF_PREDICTION, _MLPERF_JOINT, _MLPERF_SYMBOLS, "Relu"
    )
    prediction = _LstmPrediction.make(graph, _MLPERF_SYMBOLS, _MLPERF_PREDICTION, layers=2)
    decode(graph, joint, prediction, _MLPERF_EMITTED)
    return graph


def rnnt_mobile() -> Graph:
    """The streaming transducer for phones of He et al. 2018 (arXiv 1811.06621, 3.1 and 6.2).

    8 encoder layers of 2048 cells projected on 640, time reduction by 2 behind the second, a
    prediction network of 2 such layers, a joint network of 640, 4096 word pieces. 320 inputs: 80
    log-mel energies, stacked with the 3 frames before. Symbols are embedded in 128: with that width
    the counts for word pieces and for graphemes are the paper's. The utterance is MLPerf's, 6 s at
    one frame in 30 ms, with 20 word pieces.
    """
    frames, features, cells, outputs = 200, 4 * 80, 2048, 640
    embedding, symbols, emitted = 128, 4096, 20
    graph = Graph("rnnt_mobile")
    x = graph.input("input", (frames, 1, features))
    for layer in range(1, 9):
        name = f"encoder/layer{layer}"
        parameters = ProjectedLstm.make(graph, name, x.shape[2], cells, outputs)
        x = projected_lstm(graph, name, x, parameters)
        if layer == 2:
            x = _stack_time(graph, "encoder/time_reduction", x, 2)
    x = squeeze(graph, "encoder/frames", x, [1])
    joint = _HiddenLayerJoint.make(graph, x, outputs, outputs, symbols, "Tanh")
    prediction = _ProjectedPrediction(
        graph.parameter("prediction/embedding/weight", (symbols, embedding), Role.EMBEDDING),
        [
            ProjectedLstm.make(graph, f"prediction/layer{layer}", inputs, cells, outputs)
            for layer, inputs in ((1, embedding), (2, outputs))
        ],
    )
    decode(graph, joint, prediction, emitted)
    return graph


# Both of Graves's transducers are for TIMIT, whose sentences are of 3 s or so: 300 frames at one in
# 10 ms, and 36 phonemes.
_TIMIT_FRAMES = 300
_TIMIT_EMITTED = 36


def _graves_encoder(graph: Graph, features: int, cells: int, layers: int) -> Tensor:
    """Bidirectional LSTMs with peepholes: [300, 1, 2 x cells]."""
    x = graph.input("input", (_TIMIT_FRAMES, 1, features))
    for layer in range(1, layers + 1):
        name = f"encoder/layer{layer}"
        parameters = LstmParameters.make(
            graph, name, x.shape[2], cells, directions=2, peepholes=True
        )
        x = bidirectional_lstm(graph, name, x, parameters)
    return x


def rnnt_timit() -> Graph:
    """Trans-3l-250h of Graves et al. 2013 (arXiv 1303.5778): 3 bidirectional layers of 250.

    123 inputs (40 filters and the energy, with first and second differences), 61 phonemes; one
    prediction layer of 250 and the joint network of the paper's section 3.2, whose first linear
    layer, on frames alone, has 250 outputs too.
    """
    cells, phonemes = 250, 61
    graph = Graph("rnnt_timit")
    x = _graves_encoder(graph, 123, cells, layers=3)
    x = sequence_linear(graph, "encoder/linear", x, cells)
    frames = squeeze(graph, "encoder/frames", x, [1])
    joint = _HiddenLayerJoint.make(graph, frames, cells, cells, phonemes + 1, "Tanh")
    prediction = _OneHotPrediction.make(graph, phonemes, cells, scores=False)
    decode(graph, joint, prediction, _TIMIT_EMITTED)
    return graph


def rnnt_timit_small() -> Graph:
    """The first transducer, Graves 2012 (arXiv 1211.3711, section 3.2): 128 cells a layer.

    One bidirectional layer on 26 inputs (13 cepstral coefficients with energy, and differences), 39
    phonemes, one prediction layer. Each network scores symbols by itself, and the scores are added.
    """
    cells, phonemes = 128, 39
    graph = Graph("rnnt_timit_small")
    x = _graves_encoder(graph, 26, cells, layers=1)
    x = sequence_linear(graph, "encoder/output", x, phonemes + 1)
    frames = squeeze(graph, "encoder/frames", x, [1])
    joint = _SumJoint(frames, graph.int64s("joint/blank", [phonemes]))
    prediction = _OneHotPrediction.make(graph, phonemes, cells, scores=True)
    decode(graph, joint, prediction, _TIMIT_EMITTED)
    return graph
