"""Layers: ONNX nodes with their parameters, output shapes and multiply-accumulates.

Every function takes the graph first and the name of its node second; shapes follow the ONNX
operator specification at opset 13, and layouts are ONNX's (images NCHW, sequences [time, batch,
features]).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from onnx import TensorProto

from zoo.graph import Graph, GraphError, Role, Tensor

Pair = tuple[int, int]
Pads = tuple[int, int, int, int]  # top, left, bottom, right, as ONNX orders them


def symmetric_pads(kernel: Pair) -> Pads:
    """Pads that keep the size of an image under an odd kernel at stride 1."""
    return (kernel[0] // 2, kernel[1] // 2, kernel[0] // 2, kernel[1] // 2)


def same_pads(size: Pair, kernel: Pair, stride: Pair) -> Pads:
    """TensorFlow's SAME: ceil(size / stride) outputs, an odd pad goes to the bottom and right."""
    total = [
        max((-(-extent // step) - 1) * step + window - extent, 0)
        for extent, window, step in zip(size, kernel, stride)
    ]
    before = [pad // 2 for pad in total]
    return (before[0], before[1], total[0] - before[0], total[1] - before[1])


def _window_output(size: Sequence[int], kernel: Pair, stride: Pair, pads: Pads) -> Pair:
    height = (size[0] + pads[0] + pads[2] - kernel[0]) // stride[0] + 1
    width = (size[1] + pads[1] + pads[3] - kernel[1]) // stride[1] + 1
    return height, width


# Images


def conv(
    graph: Graph,
    name: str,
    x: Tensor,
    channels: int,
    kernel: Pair,
    stride: Pair = (1, 1),
    pads: Pads | None = None,
    groups: int = 1,
    bias: bool = False,
    dilation: int = 1,
) -> Tensor:
    """Convolution; pads default to the symmetric ones. MACs = outputs x C / groups x kernel."""
    pads = symmetric_pads(kernel) if pads is None else pads
    batch, in_channels, *size = x.shape
    if in_channels % groups or channels % groups:
        raise GraphError(f"{name}: {in_channels} and {channels} channels in {groups} groups")
    weight_shape = (channels, in_channels // groups, *kernel)
    inputs = [x, graph.parameter(f"{name}/weight", weight_shape, Role.WEIGHT)]
    if bias:
        inputs.append(graph.parameter(f"{name}/bias", (channels,), Role.BIAS))
    extent = ((kernel[0] - 1) * dilation + 1, (kernel[1] - 1) * dilation + 1)
    shape = (batch, channels, *_window_output(size, extent, stride, pads))
    graph.count_macs(prod(shape) * prod(weight_shape[1:]))
    attributes = {"kernel_shape": kernel, "strides": stride, "pads": pads}
    if dilation != 1:
        attributes["dilations"] = (dilation, dilation)
    if groups != 1:
        attributes["group"] = groups
    return graph.node("Conv", name, inputs, shape, **attributes)


def batch_norm(graph: Graph, name: str, x: Tensor) -> Tensor:
    """Inference-time batch normalisation over axis 1."""
    channels = (x.shape[1],)
    before = graph.nodes[-1]
    if before.output[0] != x.name or before.op_type != "Conv":
        raise GraphError(f"{name}: a batch norm stands right behind its convolution")
    if len(before.input) == 2:
        graph.counts.folded_biases += x.shape[1]
    parameters = [
        graph.parameter(f"{name}/{part}", channels, Role.BATCH_NORM)
        for part in ("scale", "shift", "mean", "variance")
    ]
    return graph.node("BatchNormalization", name, [x, *parameters], x.shape)


def max_pool(graph: Graph, name: str, x: Tensor, kernel: Pair, stride: Pair, pads: Pads) -> Tensor:
    shape = (*x.shape[:2], *_window_output(x.shape[2:], kernel, stride, pads))
    return graph.node(
        "MaxPool", name, [x], shape, kernel_shape=kernel, strides=stride, pads=pads
    )


def average_pool(graph: Graph, name: str, x: Tensor, kernel: Pair) -> Tensor:
    """Average over windows that neither overlap nor are padded."""
    shape = (*x.shape[:2], *_window_output(x.shape[2:], kernel, kernel, (0, 0, 0, 0)))
    return graph.node("AveragePool", name, [x], shape, kernel_shape=kernel, strides=kernel)


def global_average_pool(graph: Graph, name: str, x: Tensor) -> Tensor:
    return graph.node("GlobalAveragePool", name, [x], (*x.shape[:2], 1, 1))


# Elementwise


def relu(graph: Graph, name: str, x: Tensor) -> Tensor:
    return graph.node("Relu", name, [x], x.shape)


def relu6(graph: Graph, name: str, x: Tensor) -> Tensor:
    low = graph.constant("relu6/min", [0.0], (), TensorProto.FLOAT)
    high = graph.constant("relu6/max", [6.0], (), TensorProto.FLOAT)
    return graph.node("Clip", name, [x, low, high], x.shape)


def add(graph: Graph, name: str, a: Tensor, b: Tensor) -> Tensor:
    """Sum of two tensors of one shape, or of a tensor and a vector over its last axis."""
    if b.shape not in (a.shape, a.shape[-1:]):
        raise GraphError(f"{name}: cannot add {b.shape} to {a.shape}")
    return graph.node("Add", name, [a, b], a.shape, a.elem_type)


def softmax(graph: Graph, name: str, x: Tensor) -> Tensor:
    return graph.node("Softmax", name, [x], x.shape, axis=-1)


# Layout


def flatten(graph: Graph, name: str, x: Tensor) -> Tensor:
    return graph.node("Flatten", name, [x], (x.shape[0], prod(x.shape[1:])), axis=1)


def _axes(graph: Graph, axes: Sequence[int]) -> Tensor:
    """The axes operand, in the node's own graph: shape inference does not look outside a body."""
    scope = "" if graph.parent is None else f"{graph.name}/"
    return graph.int64s(f"{scope}axes/" + "_".join(map(str, axes)), axes)


def squeeze(graph: Graph, name: str, x: Tensor, axes: Sequence[int]) -> Tensor:
    if any(x.shape[axis] != 1 for axis in axes):
        raise GraphError(f"{name}: axes {axes} of {x.shape} are not all 1")
    shape = tuple(extent for axis, extent in enumerate(x.shape) if axis not in axes)
    return graph.node("Squeeze", name, [x, _axes(graph, axes)], shape)


def unsqueeze(graph: Graph, name: str, x: Tensor, axis: int) -> Tensor:
    shape = (*x.shape[:axis], 1, *x.shape[axis:])
    return graph.node("Unsqueeze", name, [x, _axes(graph, [axis])], shape, x.elem_type)


def unsqueeze_front(graph: Graph, name: str, x: Tensor) -> Tensor:
    return unsqueeze(graph, name, x, 0)


def transpose(graph: Graph, name: str, x: Tensor, perm: Sequence[int]) -> Tensor:
    return graph.node("Transpose", name, [x], tuple(x.shape[axis] for axis in perm), perm=perm)


def gather_rows(graph: Graph, name: str, table: Tensor, rows: Tensor) -> Tensor:
    """The rows of `table` (axis 0) that the one-dimensional int64 tensor `rows` names."""
    shape = (*rows.shape, *table.shape[1:])
    return graph.node("Gather", name, [table, rows], shape, table.elem_type, axis=0)


# Matrix products


@dataclass(frozen=True)
class Linear:
    """Parameters of a fully connected layer, apart from its use so that uses can share them."""

    weight: Tensor  # [outputs, inputs], as PyTorch stores it
    bias: Tensor

    @staticmethod
    def make(graph: Graph, name: str, inputs: int, outputs: int) -> Linear:
        return Linear(
            graph.parameter(f"{name}/weight", (outputs, inputs), Role.WEIGHT),
            graph.parameter(f"{name}/bias", (outputs,), Role.BIAS),
        )


def gemm(graph: Graph, name: str, x: Tensor, linear: Linear) -> Tensor:
    """x [rows, inputs] times transposed weight, plus bias. MACs = rows x inputs x outputs."""
    rows, inputs = x.shape
    outputs, expected = linear.weight.shape
    if inputs != expected:
        raise GraphError(f"{name}: {inputs} inputs, the weight has {expected}")
    graph.count_macs(rows * inputs * outputs)
    return graph.node(
        "Gemm", name, [x, linear.weight, linear.bias], (rows, outputs), transB=1
    )


def sequence_linear(graph: Graph, name: str, x: Tensor, outputs: int) -> Tensor:
    """A fully connected layer on [time, batch, features]: MatMul and Add, as exporters write it."""
    time, batch, inputs = x.shape
    weight = graph.parameter(f"{name}/weight", (inputs, outputs), Role.WEIGHT)
    bias = graph.parameter(f"{name}/bias", (outputs,), Role.BIAS)
    graph.count_macs(time * batch * inputs * outputs)
    product = graph.node("MatMul", f"{name}/matmul", [x, weight], (time, batch, outputs))
    return add(graph, f"{name}/add", product, bias)


# Recurrence


@dataclass(frozen=True)
class LstmParameters:
    """Parameters of one LSTM without projection, in ONNX's layout: D directions side by side."""

    input_weight: Tensor  # W [D, 4 H, I]
    hidden_weight: Tensor  # R [D, 4 H, H]
    bias: Tensor  # B [D, 8 H]: one bias for each product
    peepholes: Tensor | None = None  # P [D, 3 H]: from the cell to its gates

    @staticmethod
    def make(
        graph: Graph,
        name: str,
        inputs: int,
        hidden: int,
        directions: int = 1,
        peepholes: bool = False,
    ) -> LstmParameters:
        return LstmParameters(
            graph.parameter(f"{name}/W", (directions, 4 * hidden, inputs), Role.WEIGHT),
            graph.parameter(f"{name}/R", (directions, 4 * hidden, hidden), Role.WEIGHT),
            graph.parameter(f"{name}/B", (directions, 8 * hidden), Role.BIAS),
            graph.parameter(f"{name}/P", (directions, 3 * hidden), Role.WEIGHT)
            if peepholes
            else None,
        )

    @property
    def hidden(self) -> int:
        return self.hidden_weight.shape[2]


@dataclass(frozen=True)
class LstmState:
    """Hidden and cell state between two steps, each [1, batch, H]."""

    hidden: Tensor
    cell: Tensor


def _count_lstm(graph: Graph, name: str, x: Tensor, parameters: LstmParameters) -> None:
    """MACs = directions x time x batch x 4 H x (I + H): an input and a hidden product a gate."""
    time, batch, inputs = x.shape
    directions, _, expected = parameters.input_weight.shape
    if inputs != expected:
        raise GraphError(f"{name}: {inputs} inputs, the weight has {expected}")
    gates = directions * 4 * parameters.hidden
    graph.count_macs(time * batch * gates * (inputs + parameters.hidden))


def lstm(graph: Graph, name: str, x: Tensor, parameters: LstmParameters) -> Tensor:
    """An LSTM over the whole sequence from a zero state: [time, batch, I] -> [time, batch, H].

    Two nodes, as exporters write it: the LSTM, whose output has an axis for the direction, and a
    Squeeze of that axis.
    """
    _count_lstm(graph, name, x, parameters)
    time, batch, _ = x.shape
    y = graph.node(
        "LSTM",
        f"{name}/lstm",
        [x, parameters.input_weight, parameters.hidden_weight, parameters.bias],
        (time, 1, batch, parameters.hidden),
        hidden_size=parameters.hidden,
    )
    return squeeze(graph, f"{name}/squeeze", y, [1])


def bidirectional_lstm(graph: Graph, name: str, x: Tensor, parameters: LstmParameters) -> Tensor:
    """One LSTM forwards and one backwards from zero states: [time, batch, I] -> [.., 2 H].

    The LSTM's output has the direction before the batch, so exporters write a Transpose and a
    Reshape behind it.
    """
    _count_lstm(graph, name, x, parameters)
    time, batch, _ = x.shape
    hidden = parameters.hidden
    inputs = [x, parameters.input_weight, parameters.hidden_weight, parameters.bias]
    if parameters.peepholes is not None:
        inputs += [None, None, None, parameters.peepholes]
    y = graph.node(
        "LSTM",
        f"{name}/lstm",
        inputs,
        (time, 2, batch, hidden),
        hidden_size=hidden,
        direction="bidirectional",
    )
    y = transpose(graph, f"{name}/batch_first", y, [0, 2, 1, 3])
    shape = graph.int64s(f"{name}/shape", [0, 0, 2 * hidden])
    return graph.node("Reshape", f"{name}/reshape", [y, shape], (time, batch, 2 * hidden))


def _lstm_between_states(
    graph: Graph,
    name: str,
    x: Tensor,
    parameters: LstmParameters,
    state: LstmState,
    y: Tensor | None,
) -> LstmState:
    """An LSTM from a given state; its outputs are `y`, if anything reads it, and the last state."""
    _count_lstm(graph, name, x, parameters)
    shape = (1, x.shape[1], parameters.hidden)
    after = LstmState(Tensor(f"{name}/lstm/h", shape), Tensor(f"{name}/lstm/c", shape))
    inputs = [
        x,
        parameters.input_weight,
        parameters.hidden_weight,
        parameters.bias,
        None,  # sequence_lens
        state.hidden,
        state.cell,
    ]
    if parameters.peepholes is not None:
        inputs.append(parameters.peepholes)
    outputs = [y, after.hidden, after.cell]
    graph.multi_output_node(
        "LSTM", f"{name}/lstm", inputs, outputs, hidden_size=parameters.hidden
    )
    return after


def lstm_with_state(
    graph: Graph, name: str, x: Tensor, parameters: LstmParameters, state: LstmState
) -> tuple[Tensor, LstmState]:
    """As `lstm`, from a given state; also returns the state after the last step."""
    time, batch, _ = x.shape
    y = Tensor(f"{name}/lstm", (time, 1, batch, parameters.hidden))
    after = _lstm_between_states(graph, name, x, parameters, state, y)
    return squeeze(graph, f"{name}/squeeze", y, [1]), after


def lstm_last_state(
    graph: Graph, name: str, x: Tensor, parameters: LstmParameters, state: LstmState
) -> LstmState:
    """As `lstm_with_state`, where nothing reads the outputs of the steps."""
    return _lstm_between_states(graph, name, x, parameters, state, None)


def loop(
    graph: Graph,
    name: str,
    trip_count: int,
    carried: Sequence[Tensor],
    body: Graph,
    outputs: Sequence[Tensor],
) -> None:
    """A Loop of a constant number of iterations.

    The body takes (iteration, condition, carried values) and returns (condition, carried values,
    scanned values); `outputs` are the final carried values, then the scanned ones with the
    iterations as their first axis.
    """
    trips = graph.constant(f"{name}/trip_count", [trip_count], (), TensorProto.INT64)
    condition = graph.constant(f"{name}/condition", [True], (), TensorProto.BOOL)
    graph.multi_output_node(
        "Loop", name, [trips, condition, *carried], outputs, body=body.proto()
    )
