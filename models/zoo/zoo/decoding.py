"""Greedy decoding of transducers, as two Loops of constant length (README.md says why).

A transducer is an encoder, whose output stands ready for all frames; a prediction network, which
runs on the last symbol; and a joint network, which decides between the symbols and blank.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from onnx import TensorProto

from zoo.graph import Graph, Tensor
from zoo.layers import add, gather_rows, loop


class Joint(Protocol):
    """The joint network, which both loops share."""

    frames: Tensor  # [time, width]: what the encoder leaves of each frame
    blank: Tensor  # int64 [1]

    def scores(self, body: Graph, scope: str, frame: Tensor, prediction: Tensor) -> Tensor:
        """The score [1, symbols] of each symbol and blank, for one frame and prediction."""


class Prediction(Protocol):
    """The prediction network, with its parameters made."""

    def states(self, graph: Graph) -> list[tuple[str, Tensor]]:
        """What it carries from one symbol to the next: name and initial value."""

    def step(
        self, body: Graph, scope: str, symbol: Tensor, states: Sequence[Tensor]
    ) -> tuple[Tensor, list[Tensor]]:
        """On one symbol (int64 [1]): the prediction [1, width], and the states after it."""

    def last(self, graph: Graph, scope: str, states: Sequence[Tensor]) -> Tensor:
        """The prediction [1, width] that belongs to the states after the last symbol."""


def loop_body(graph: Graph, scope: str, trip_count: int) -> Graph:
    """A body with the leading inputs and output of every ONNX loop: it never ends early."""
    body = graph.body(scope, trip_count)
    body.input(f"{scope}/iteration", (), TensorProto.INT64)
    condition = body.input(f"{scope}/condition_in", (), TensorProto.BOOL)
    body.output(body.node("Identity", f"{scope}/condition_out", [condition], (), TensorProto.BOOL))
    return body


def _decide(
    body: Graph, scope: str, joint: Joint, frame_index: Tensor, prediction: Tensor
) -> tuple[Tensor, Tensor]:
    """One decision: the likeliest symbol, and the next frame to look at (one on if blank)."""
    frame = gather_rows(body, f"{scope}/frame", joint.frames, frame_index)
    scores = joint.scores(body, scope, frame, prediction)
    symbol = body.node(
        "ArgMax", f"{scope}/argmax", [scores], (1,), TensorProto.INT64, axis=1, keepdims=0
    )
    is_blank = body.node(
        "Equal", f"{scope}/is_blank", [symbol, joint.blank], (1,), TensorProto.BOOL
    )
    advance = body.node(
        "Cast", f"{scope}/advance", [is_blank], (1,), TensorProto.INT64, to=TensorProto.INT64
    )
    return symbol, add(body, f"{scope}/next_frame", frame_index, advance)


def _decode_symbols(
    graph: Graph, joint: Joint, prediction: Prediction, emitted: int
) -> tuple[Tensor, Tensor]:
    """The decisions that emit a symbol; the prediction network runs before each of them.

    Returns the frame index after the last of them and the last output of the prediction network.
    """
    scope = "decode_symbols"
    first_frame = graph.int64s("decode/first_frame", [0])
    initial = prediction.states(graph)

    body = loop_body(graph, scope, emitted)
    frame_index = body.input(f"{scope}/frame_index", (1,), TensorProto.INT64)
    last_symbol = body.input(f"{scope}/last_symbol", (1,), TensorProto.INT64)
    states = [body.input(f"{scope}/{name}", zeros.shape) for name, zeros in initial]
    predicted, states_after = prediction.step(body, scope, last_symbol, states)
    symbol, next_frame = _decide(body, scope, joint, frame_index, predicted)
    collected = body.node("Identity", f"{scope}/emitted", [symbol], (1,), TensorProto.INT64)
    for tensor in (next_frame, symbol, *states_after, collected):
        body.output(tensor)

    final_frame = Tensor(f"{scope}/final_frame", (1,), TensorProto.INT64)
    final_symbol = Tensor(f"{scope}/final_symbol", (1,), TensorProto.INT64)
    final_states = [Tensor(f"{scope}/final_{name}", zeros.shape) for name, zeros in initial]
    symbols = Tensor("symbols", (emitted, 1), TensorProto.INT64)
    loop(
        graph,
        scope,
        emitted,
        [first_frame, joint.blank, *(zeros for _, zeros in initial)],
        body,
        [final_frame, final_symbol, *final_states, symbols],
    )
    graph.output(symbols)
    return final_frame, prediction.last(graph, "decode_blanks", final_states)


def _decode_blanks(graph: Graph, joint: Joint, frame: Tensor, prediction: Tensor) -> None:
    """The decisions for blank: one for each encoded frame, with an unchanged prediction."""
    scope = "decode_blanks"
    trip_count = joint.frames.shape[0]
    body = loop_body(graph, scope, trip_count)
    frame_index = body.input(f"{scope}/frame_index", (1,), TensorProto.INT64)
    _, next_frame = _decide(body, scope, joint, frame_index, prediction)
    body.output(next_frame)
    final_frame = Tensor("final_frame", (1,), TensorProto.INT64)
    loop(graph, scope, trip_count, [frame], body, [final_frame])
    graph.output(final_frame)


def decode(graph: Graph, joint: Joint, prediction: Prediction, emitted: int) -> None:
    """Frames + `emitted` decisions: one blank for each frame, and the symbols.

    They interleave in an order that depends on the data; a graph with constant trip counts cannot
    say that, so the symbols come first and the blanks after them. The calls of both networks, their
    shared parameters and the dependence of each call on the one before stay what they are.
    """
    frame, predicted = _decode_symbols(graph, joint, prediction, emitted)
    _decode_blanks(graph, joint, frame, predicted)
