"""Recurrent networks: LSTM acoustic models and transducers."""

from __future__ import annotations

from dataclasses import dataclass

from onnx import TensorProto

from zoo.graph import Graph, Role, Tensor
from zoo.layers import (
    Linear,
    LstmParameters,
    LstmState,
    add,
    gather_rows,
    gemm,
    loop,
    lstm,
    lstm_with_state,
    relu,
    sequence_linear,
    softmax,
    squeeze,
    transpose,
    unsqueeze_front,
)


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


# The transducer of MLPerf Inference (mlcommons/inference, speech_recognition/rnnt: README.md and
# pytorch/model_separable_rnnt.py), a variant of He et al. 2018, arXiv 1811.06621.
_RNNT_FEATURES = 240  # 80 log-mel energies x 3 spliced frames
_RNNT_ENCODER = 1024
_RNNT_PRE_LAYERS = 2
_RNNT_STACK = 2
_RNNT_POST_LAYERS = 3
_RNNT_PREDICTION = 320
_RNNT_PREDICTION_LAYERS = 2
_RNNT_JOINT = 512
_RNNT_SYMBOLS = 29  # space, a to z, apostrophe, blank
_RNNT_BLANK = 28
# The utterance: 6 s of speech at one spliced frame in 30 ms, 40 characters long.
_RNNT_FRAMES = 200
_RNNT_EMITTED = 40


def _stack_time(graph: Graph, name: str, x: Tensor, factor: int) -> Tensor:
    """[time, batch, features] -> [time / factor, batch, factor x features], through batch-major."""
    time, batch, features = x.shape
    x = transpose(graph, f"{name}/to_batch_major", x, [1, 0, 2])
    shape = graph.int64s(f"{name}/shape", [0, time // factor, factor * features])
    x = graph.node(
        "Reshape", f"{name}/reshape", [x, shape], (batch, time // factor, factor * features)
    )
    return transpose(graph, f"{name}/to_time_major", x, [1, 0, 2])


def _rnnt_encoder(graph: Graph, x: Tensor) -> Tensor:
    """[200, 1, 240] -> one row of 1024 for each of 100 stacked frames."""
    for layer in range(1, _RNNT_PRE_LAYERS + 1):
        name = f"encoder/pre{layer}"
        x = lstm(graph, name, x, LstmParameters.make(graph, name, x.shape[2], _RNNT_ENCODER))
    x = _stack_time(graph, "encoder/stack_time", x, _RNNT_STACK)
    for layer in range(1, _RNNT_POST_LAYERS + 1):
        name = f"encoder/post{layer}"
        x = lstm(graph, name, x, LstmParameters.make(graph, name, x.shape[2], _RNNT_ENCODER))
    return squeeze(graph, "encoder/frames", x, [1])


@dataclass(frozen=True)
class _Joint:
    """The joint network, which both loops share."""

    frames: Tensor  # [time, encoder]
    hidden: Linear
    output: Linear
    blank: Tensor  # int64 [1]

    @staticmethod
    def make(graph: Graph, frames: Tensor) -> _Joint:
        inputs = _RNNT_ENCODER + _RNNT_PREDICTION
        return _Joint(
            frames,
            Linear.make(graph, "joint/hidden", inputs, _RNNT_JOINT),
            Linear.make(graph, "joint/output", _RNNT_JOINT, _RNNT_SYMBOLS),
            graph.int64s("joint/blank", [_RNNT_BLANK]),
        )

    def decide(
        self, body: Graph, scope: str, frame_index: Tensor, prediction: Tensor
    ) -> tuple[Tensor, Tensor]:
        """One decision: the likeliest symbol, and the next frame to look at (one on if blank)."""
        frame = gather_rows(body, f"{scope}/frame", self.frames, frame_index)
        width = frame.shape[1] + prediction.shape[1]
        x = body.node("Concat", f"{scope}/joint/concat", [frame, prediction], (1, width), axis=1)
        x = gemm(body, f"{scope}/joint/hidden", x, self.hidden)
        x = relu(body, f"{scope}/joint/relu", x)
        x = gemm(body, f"{scope}/joint/output", x, self.output)
        symbol = body.node(
            "ArgMax", f"{scope}/argmax", [x], (1,), TensorProto.INT64, axis=1, keepdims=0
        )
        is_blank = body.node(
            "Equal", f"{scope}/is_blank", [symbol, self.blank], (1,), TensorProto.BOOL
        )
        advance = body.node(
            "Cast", f"{scope}/advance", [is_blank], (1,), TensorProto.INT64, to=TensorProto.INT64
        )
        return symbol, add(body, f"{scope}/next_frame", frame_index, advance)


def _loop_body(graph: Graph, scope: str, trip_count: int) -> Graph:
    """A body with the leading inputs and output of every ONNX loop: it never ends early."""
    body = graph.body(scope, trip_count)
    body.input(f"{scope}/iteration", (), TensorProto.INT64)
    condition = body.input(f"{scope}/condition_in", (), TensorProto.BOOL)
    body.output(body.node("Identity", f"{scope}/condition_out", [condition], (), TensorProto.BOOL))
    return body


def _decode_symbols(graph: Graph, joint: _Joint) -> tuple[Tensor, Tensor]:
    """The decisions that emit a symbol; the prediction network runs before each of them.

    Returns the frame index after the last of them and the last output of the prediction network.
    """
    scope = "decode_symbols"
    width = _RNNT_PREDICTION
    embedding = graph.parameter(
        "prediction/embedding/weight", (_RNNT_SYMBOLS, width), Role.EMBEDDING
    )
    layers = [
        LstmParameters.make(graph, f"prediction/lstm{layer}", width, width)
        for layer in range(1, _RNNT_PREDICTION_LAYERS + 1)
    ]
    first_frame = graph.int64s("decode/first_frame", [0])
    zeros = graph.parameter("prediction/zero_state", (1, 1, width), Role.STATE)

    body = _loop_body(graph, scope, _RNNT_EMITTED)
    frame_index = body.input(f"{scope}/frame_index", (1,), TensorProto.INT64)
    last_symbol = body.input(f"{scope}/last_symbol", (1,), TensorProto.INT64)
    states = [
        LstmState(
            body.input(f"{scope}/h{layer}", (1, 1, width)),
            body.input(f"{scope}/c{layer}", (1, 1, width)),
        )
        for layer in range(1, _RNNT_PREDICTION_LAYERS + 1)
    ]
    x = gather_rows(body, f"{scope}/embedding", embedding, last_symbol)
    x = unsqueeze_front(body, f"{scope}/embedding/unsqueeze", x)
    states_after = []
    for layer, (parameters, state) in enumerate(zip(layers, states), start=1):
        x, after = lstm_with_state(body, f"{scope}/prediction{layer}", x, parameters, state)
        states_after.append(after)
    prediction = squeeze(body, f"{scope}/prediction", x, [0])
    symbol, next_frame = joint.decide(body, scope, frame_index, prediction)
    emitted = body.node("Identity", f"{scope}/emitted", [symbol], (1,), TensorProto.INT64)
    body.output(next_frame)
    body.output(symbol)
    for after in states_after:
        body.output(after.hidden)
        body.output(after.cell)
    body.output(emitted)

    final_frame = Tensor(f"{scope}/final_frame", (1,), TensorProto.INT64)
    final_symbol = Tensor(f"{scope}/final_symbol", (1,), TensorProto.INT64)
    final_states = [
        LstmState(
            Tensor(f"{scope}/final_h{layer}", (1, 1, width)),
            Tensor(f"{scope}/final_c{layer}", (1, 1, width)),
        )
        for layer in range(1, _RNNT_PREDICTION_LAYERS + 1)
    ]
    symbols = Tensor("symbols", (_RNNT_EMITTED, 1), TensorProto.INT64)
    loop(
        graph,
        scope,
        _RNNT_EMITTED,
        [first_frame, joint.blank, *[zeros] * (2 * _RNNT_PREDICTION_LAYERS)],
        body,
        [
            final_frame,
            final_symbol,
            *(part for state in final_states for part in (state.hidden, state.cell)),
            symbols,
        ],
    )
    graph.output(symbols)
    return final_frame, final_states[-1].hidden


def _decode_blanks(graph: Graph, joint: _Joint, frame: Tensor, prediction: Tensor) -> None:
    """The decisions for blank: one for each stacked frame, with an unchanged prediction."""
    scope = "decode_blanks"
    trip_count = joint.frames.shape[0]
    prediction = squeeze(graph, f"{scope}/prediction", prediction, [0])
    body = _loop_body(graph, scope, trip_count)
    frame_index = body.input(f"{scope}/frame_index", (1,), TensorProto.INT64)
    _, next_frame = joint.decide(body, scope, frame_index, prediction)
    body.output(next_frame)
    final_frame = Tensor("final_frame", (1,), TensorProto.INT64)
    loop(graph, scope, trip_count, [frame], body, [final_frame])
    graph.output(final_frame)


def rnnt() -> Graph:
    """MLPerf Inference's RNN-T on 200 feature frames with 40 output symbols, greedy decoding.

    The decoder takes 100 + 40 decisions, one for each stacked frame (blank) and one for each
    symbol. They interleave in an order that depends on the data; a graph with constant trip counts
    cannot say that, so the 40 symbols come first and the 100 blanks after them. The calls of the
    prediction and joint networks, their shared parameters and the dependence of each call on the
    one before stay what they are.
    """
    graph = Graph("rnnt")
    x = graph.input("input", (_RNNT_FRAMES, 1, _RNNT_FEATURES))
    frames = _rnnt_encoder(graph, x)
    joint = _Joint.make(graph, frames)
    frame, prediction = _decode_symbols(graph, joint)
    _decode_blanks(graph, joint, frame, prediction)
    return graph
