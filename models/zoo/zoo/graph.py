"""An ONNX graph under construction: nodes in topological order, shapes known, work counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from math import prod

import onnx
from onnx import TensorProto, helper

# Opset 13 is the newest in which every operator used here has the form that most exporters write;
# IR version 7 belongs to it.
OPSET = 13
IR_VERSION = 7

Shape = tuple[int, ...]


class GraphError(Exception):
    """A network description that does not fit together; the message names the node."""


@dataclass(frozen=True)
class Tensor:
    """A value of the graph: its name, its static shape, and its ONNX element type."""

    name: str
    shape: Shape
    elem_type: int = TensorProto.FLOAT

    def value_info(self) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(self.name, self.elem_type, self.shape)


class Role(Enum):
    """What a tensor without values stands for; decides under which heading it is counted."""

    WEIGHT = "weights"  # kernels of convolutions and matrix products
    EMBEDDING = "embeddings"  # tables that are read by row, never multiplied
    BIAS = "biases"
    BATCH_NORM = "batch_norm"  # scale, shift, mean and variance: four per channel
    STATE = "state"  # initial recurrent state: zeros, not a parameter


@dataclass
class Counts:
    """Work and parameters of a network, derived from layer shapes.

    macs: multiply-accumulates of convolutions, matrix products and LSTM gate products for one
    inference; products with padding count, biases and batch norms do not. The other fields are
    numbers of elements; a parameter that several nodes share counts once. folded_biases: those that
    convolutions without a bias get when the batch norms behind them are folded into them.
    """

    macs: int = 0
    weights: int = 0
    embeddings: int = 0
    biases: int = 0
    batch_norm: int = 0
    folded_biases: int = 0

    @property
    def parameters(self) -> int:
        return self.parameters_without_batch_norm + self.batch_norm

    @property
    def parameters_without_batch_norm(self) -> int:
        return self.weights + self.embeddings + self.biases

    @property
    def parameters_folded(self) -> int:
        return self.parameters_without_batch_norm + self.folded_biases


@dataclass
class Graph:
    """Collects the nodes of one ONNX graph, in the order in which they are added.

    A graph with a `parent` is the body of a Loop or Scan: it may read every tensor of its parent by
    name, its parameters belong in the parent, and its work counts `repeats` times.
    """

    name: str
    parent: Graph | None = None
    repeats: int = 1
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    initializers: dict[str, onnx.TensorProto] = field(default_factory=dict)
    inputs: list[Tensor] = field(default_factory=list)
    outputs: list[Tensor] = field(default_factory=list)
    tensors: dict[str, Tensor] = field(default_factory=dict)
    bodies: list[Graph] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)

    def body(self, name: str, repeats: int) -> Graph:
        """A subgraph for a Loop or Scan of `repeats` steps; take its `proto` when complete."""
        child = Graph(name, parent=self, repeats=repeats, counts=self.counts)
        self.bodies.append(child)
        return child

    def input(self, name: str, shape: Shape, elem_type: int = TensorProto.FLOAT) -> Tensor:
        tensor = self._define(Tensor(name, shape, elem_type))
        self.inputs.append(tensor)
        return tensor

    def output(self, tensor: Tensor) -> None:
        self.outputs.append(tensor)

    def constant(
        self, name: str, values: Sequence[int | float | bool], shape: Shape, elem_type: int
    ) -> Tensor:
        """A small initializer with real values, such as axes or clip limits; one per name."""
        tensor = Tensor(name, shape, elem_type)
        proto = helper.make_tensor(name, elem_type, shape, values)
        if name not in self.initializers:
            self._define(tensor)
            self.initializers[name] = proto
        elif self.initializers[name] != proto:
            raise GraphError(f"{self.name}: two different constants are named {name}")
        return tensor

    def int64s(self, name: str, values: Sequence[int]) -> Tensor:
        """A one-dimensional int64 initializer."""
        return self.constant(name, values, (len(values),), TensorProto.INT64)

    def parameter(self, name: str, shape: Shape, role: Role) -> Tensor:
        """A tensor of which only the shape is known, as a ConstantOfShape node.

        The node has no value attribute, so its elements read as zero; they stand for unknown
        values, and say nothing about sparsity.
        """
        if self.parent is not None:
            raise GraphError(f"{name}: parameters belong in the outermost graph")
        dims = self.int64s("shape/" + "x".join(map(str, shape)), shape)
        if role is not Role.STATE:
            elements = getattr(self.counts, role.value) + prod(shape)
            setattr(self.counts, role.value, elements)
        return self.node("ConstantOfShape", name, [dims], shape)

    def node(
        self,
        op_type: str,
        name: str,
        inputs: Sequence[Tensor | None],
        shape: Shape,
        elem_type: int = TensorProto.FLOAT,
        **attributes: object,
    ) -> Tensor:
        """Adds a node with one output, which has the node's name. None is an omitted input."""
        output = Tensor(name, shape, elem_type)
        self.multi_output_node(op_type, name, inputs, [output], **attributes)
        return output

    def multi_output_node(
        self,
        op_type: str,
        name: str,
        inputs: Sequence[Tensor | None],
        outputs: Sequence[Tensor | None],
        **attributes: object,
    ) -> None:
        """Adds a node with the given outputs; None, for inputs and outputs, is one left out."""
        for tensor in inputs:
            if tensor is not None and not self._sees(tensor):
                raise GraphError(f"{name}: input {tensor.name} is not defined before its use")
        names = ["" if tensor is None else tensor.name for tensor in inputs]
        results = ["" if tensor is None else tensor.name for tensor in outputs]
        self.nodes.append(helper.make_node(op_type, names, results, name=name, **attributes))
        for tensor in outputs:
            if tensor is not None:
                self._define(tensor)

    def count_macs(self, macs: int) -> None:
        """Adds the multiply-accumulates of one execution of a node of this graph."""
        self.counts.macs += macs * self.repeats

    def proto(self, doc: str = "") -> onnx.GraphProto:
        """The graph as ONNX has it.

        Outputs of Loop and OneHot nodes get value_info because ONNX shape inference drops the
        shapes of loop-carried values and reads no depth; everything else it finds by itself.
        """
        graph_outputs = {tensor.name for tensor in self.outputs}
        not_inferred = [
            name
            for node in self.nodes
            if node.op_type in ("Loop", "OneHot")
            for name in node.output
            if name not in graph_outputs
        ]
        return helper.make_graph(
            self.nodes,
            self.name,
            [tensor.value_info() for tensor in self.inputs],
            [tensor.value_info() for tensor in self.outputs],
            initializer=list(self.initializers.values()),
            doc_string=doc,
            value_info=[self.tensors[name].value_info() for name in not_inferred],
        )

    def model(self, doc: str) -> onnx.ModelProto:
        """The finished model; `doc` names the published source."""
        return helper.make_model(
            self.proto(doc),
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
            producer_name="mensa models/zoo",
            doc_string=doc,
        )

    def all_tensors(self) -> dict[str, Tensor]:
        """The tensors of this graph and of its loop bodies, by name."""
        tensors = dict(self.tensors)
        for body in self.bodies:
            tensors |= body.all_tensors()
        return tensors

    def _sees(self, tensor: Tensor) -> bool:
        if self.tensors.get(tensor.name) == tensor:
            return True
        return self.parent is not None and self.parent._sees(tensor)

    def _define(self, tensor: Tensor) -> Tensor:
        root = self
        while root.parent is not None:
            root = root.parent
        if tensor.name in root.all_tensors():
            raise GraphError(f"{root.name}: two tensors are named {tensor.name}")
        self.tensors[tensor.name] = tensor
        return tensor
