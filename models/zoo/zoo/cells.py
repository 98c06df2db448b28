"""Recurrent cells that ONNX's LSTM operator cannot say, step by step.

A sequence is a Scan over the steps; in the body of a Loop a step stands by itself. The products
with the inputs stand in the body too, though they do not wait for the step before: whether they are
taken one by one or all at once is for the importer to say, as with the LSTM operator.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from onnx import TensorProto

from zoo.graph import Graph, GraphError, Role, Tensor
from zoo.layers import add


@dataclass(frozen=True)
class ProjectedLstm:
    """Parameters of an LSTM whose output is a linear projection of its cells.

    The projection is what recurs (Sak et al. 2014, arXiv 1402.1128). With `coupled` gates the input
    gate is one minus the forget gate (CIFG; Greff et al. 2015, arXiv 1503.04069), which leaves
    three gates of four. One bias for each gate; no peepholes.
    """

    input_weight: Tensor  # [I, gates x H]
    hidden_weight: Tensor  # [P, gates x H]
    bias: Tensor  # [gates x H]
    projection: Tensor  # [H, P]
    coupled: bool

    @staticmethod
    def make(
        graph: Graph, name: str, inputs: int, cells: int, outputs: int, coupled: bool = False
    ) -> ProjectedLstm:
        columns = (3 if coupled else 4) * cells
        return ProjectedLstm(
            graph.parameter(f"{name}/W", (inputs, columns), Role.WEIGHT),
            graph.parameter(f"{name}/R", (outputs, columns), Role.WEIGHT),
            graph.parameter(f"{name}/B", (columns,), Role.BIAS),
            graph.parameter(f"{name}/projection/weight", (cells, outputs), Role.WEIGHT),
            coupled,
        )

    @property
    def cells(self) -> int:
        return self.projection.shape[0]

    @property
    def outputs(self) -> int:
        return self.projection.shape[1]


def matmul(graph: Graph, name: str, x: Tensor, weight: Tensor) -> Tensor:
    """x [.., inputs] times weight [inputs, outputs]. MACs = rows x inputs x outputs."""
    inputs, outputs = weight.shape
    if x.shape[-1] != inputs:
        raise GraphError(f"{name}: {x.shape[-1]} inputs, the weight has {inputs}")
    graph.count_macs(prod(x.shape) * outputs)
    return graph.node("MatMul", name, [x, weight], (*x.shape[:-1], outputs))


def _elementwise(graph: Graph, op_type: str, name: str, *inputs: Tensor) -> Tensor:
    return graph.node(op_type, name, inputs, inputs[-1].shape)


def projected_step(
    graph: Graph, name: str, x: Tensor, hidden: Tensor, cell: Tensor, lstm: ProjectedLstm
) -> tuple[Tensor, Tensor]:
    """One step on inputs [batch, I], from output [batch, P] and cells [batch, H] of the last one.

    Returns the output and the cells of this one.
    """
    from_input = matmul(graph, f"{name}/input_product", x, lstm.input_weight)
    from_input = add(graph, f"{name}/bias", from_input, lstm.bias)
    from_hidden = matmul(graph, f"{name}/hidden_product", hidden, lstm.hidden_weight)
    gates = add(graph, f"{name}/gates", from_input, from_hidden)
    parts = ["forget", "output", "candidate"]
    if not lstm.coupled:
        parts.insert(0, "input")
    slices = [Tensor(f"{name}/{part}", cell.shape) for part in parts]
    graph.multi_output_node("Split", f"{name}/split", [gates], slices, axis=-1)
    open_by = {
        part: _elementwise(
            graph, "Tanh" if part == "candidate" else "Sigmoid", f"{name}/{part}/open", piece
        )
        for part, piece in zip(parts, slices)
    }
    if lstm.coupled:
        one = graph.constant(f"{name}/one", [1.0], (), TensorProto.FLOAT)
        open_by["input"] = _elementwise(graph, "Sub", f"{name}/input/open", one, open_by["forget"])
    kept = _elementwise(graph, "Mul", f"{name}/kept", open_by["forget"], cell)
    new = _elementwise(graph, "Mul", f"{name}/new", open_by["input"], open_by["candidate"])
    after = _elementwise(graph, "Add", f"{name}/cell", kept, new)
    squashed = _elementwise(graph, "Tanh", f"{name}/cell/tanh", after)
    output = _elementwise(graph, "Mul", f"{name}/cell/output", open_by["output"], squashed)
    return matmul(graph, f"{name}/projection", output, lstm.projection), after


def projected_lstm(graph: Graph, name: str, x: Tensor, lstm: ProjectedLstm) -> Tensor:
    """A whole sequence from a zero state: [time, batch, I] -> [time, batch, P]."""
    time, batch, inputs = x.shape
    states = [
        graph.parameter(f"{name}/zero_{part}", (batch, width), Role.STATE)
        for part, width in (("hidden", lstm.outputs), ("cell", lstm.cells))
    ]
    scope = f"{name}/step"
    body = graph.body(scope, time)
    hidden = body.input(f"{scope}/hidden_before", states[0].shape)
    cell = body.input(f"{scope}/cell_before", states[1].shape)
    step_input = body.input(f"{scope}/x", (batch, inputs))
    hidden_after, cell_after = projected_step(body, scope, step_input, hidden, cell, lstm)
    collected = body.node("Identity", f"{scope}/y", [hidden_after], hidden.shape)
    for tensor in (hidden_after, cell_after, collected):
        body.output(tensor)
    y = Tensor(f"{name}/scan", (time, batch, lstm.outputs))
    final = [
        Tensor(f"{name}/final_hidden", hidden.shape),
        Tensor(f"{name}/final_cell", cell.shape),
    ]
    graph.multi_output_node(
        "Scan", f"{name}/scan", [*states, x], [*final, y], num_scan_inputs=1, body=body.proto()
    )
    return y
