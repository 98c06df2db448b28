"""Blocks that several convolutional networks share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from zoo.graph import Graph, Tensor
from zoo.image_layers import hard_sigmoid, multiply
from zoo.layers import (
    Linear,
    Pads,
    Pair,
    add,
    batch_norm,
    conv,
    flatten,
    gemm,
    global_average_pool,
    relu,
    relu6,
    same_pads,
    softmax,
    symmetric_pads,
)

IMAGENET_CLASSES = 1000

Activation = Callable[[Graph, str, Tensor], Tensor]

# Pads for (size, kernel, stride); a dilated kernel counts with its gaps.
Padding = Callable[[Pair, Pair, Pair], Pads]


def pytorch_pads(size: Pair, kernel: Pair, stride: Pair) -> Pads:
    """Half the kernel on each side, whatever the stride; TensorFlow's are `same_pads`."""
    return symmetric_pads(kernel)


def activate(graph: Graph, name: str, x: Tensor, activation: Activation | None) -> Tensor:
    """The activation behind the layer `name`; None for a linear one."""
    return x if activation is None else activation(graph, f"{name}/{activation.__name__}", x)


def conv_bn(
    graph: Graph,
    name: str,
    x: Tensor,
    channels: int,
    kernel: Pair,
    stride: Pair = (1, 1),
    groups: int = 1,
    pads: Pads | None = None,
    bias: bool = False,
    dilation: int = 1,
) -> Tensor:
    x = conv(graph, f"{name}/conv", x, channels, kernel, stride, pads, groups, bias, dilation)
    return batch_norm(graph, f"{name}/bn", x)


def unit(
    graph: Graph,
    name: str,
    x: Tensor,
    channels: int,
    kernel: int,
    activation: Activation | None = relu6,
    stride: int = 1,
    groups: int = 1,
    dilation: int = 1,
    padding: Padding = same_pads,
) -> Tensor:
    """A square convolution, its batch norm and its activation."""
    extent = (kernel - 1) * dilation + 1
    steps = (stride, stride)
    pads = padding(x.shape[2:], (extent, extent), steps)
    x = conv_bn(graph, name, x, channels, (kernel, kernel), steps, groups, pads, dilation=dilation)
    return activate(graph, name, x, activation)


def depthwise(
    graph: Graph,
    name: str,
    x: Tensor,
    kernel: int,
    activation: Activation | None = relu6,
    stride: int = 1,
    dilation: int = 1,
    padding: Padding = same_pads,
) -> Tensor:
    """A unit with one filter for each channel."""
    channels = x.shape[1]
    return unit(graph, name, x, channels, kernel, activation, stride, channels, dilation, padding)


def biased(
    graph: Graph,
    name: str,
    x: Tensor,
    channels: int,
    kernel: int = 1,
    activation: Activation | None = None,
    stride: int = 1,
    groups: int = 1,
) -> Tensor:
    """A square convolution with SAME padding and a bias instead of a batch norm."""
    size, steps = (kernel, kernel), (stride, stride)
    pads = same_pads(x.shape[2:], size, steps)
    x = conv(graph, name, x, channels, size, steps, pads, groups, bias=True)
    return activate(graph, name, x, activation)


def squeeze_excite(graph: Graph, name: str, x: Tensor, squeezed: int, gate: Activation) -> Tensor:
    """Scales each channel by a gate computed of all channels' means (Hu et al., arXiv 1709.01507).

    The two fully connected layers are 1x1 convolutions with biases, as TensorFlow's models have.
    """
    scale = global_average_pool(graph, f"{name}/pool", x)
    scale = biased(graph, f"{name}/reduce", scale, squeezed, activation=relu)
    scale = biased(graph, f"{name}/expand", scale, x.shape[1], activation=gate)
    return multiply(graph, f"{name}/scale", x, scale)


def divisible_by_8(channels: float) -> int:
    """The nearest multiple of 8, or the next one if that is less than nine tenths of `channels`."""
    rounded = max(8, int(channels + 4) // 8 * 8)
    return rounded if rounded >= 0.9 * channels else rounded + 8


@dataclass(frozen=True)
class Bottleneck:
    """An inverted residual block: expand, filter, project.

    hidden: channels between expansion and projection; if they are those of the input there is no
        expanding convolution.
    squeezed: channels inside squeeze-and-excite, 0 for none; `gate` is its activation.
    fused: one full convolution of the kernel's size expands and filters (no depthwise one).
    residual: whether the input is added where it has the output's shape.
    """

    kernel: int
    hidden: int
    channels: int
    stride: int = 1
    activation: Activation = relu6
    squeezed: int = 0
    gate: Activation = hard_sigmoid
    fused: bool = False
    residual: bool = True
    dilation: int = 1
    padding: Padding = same_pads

    def build(self, graph: Graph, name: str, x: Tensor) -> Tensor:
        shortcut = x
        act, pads = self.activation, self.padding
        if self.hidden != x.shape[1]:
            kernel, stride = (self.kernel, self.stride) if self.fused else (1, 1)
            x = unit(graph, f"{name}/expand", x, self.hidden, kernel, act, stride, padding=pads)
        if not self.fused:
            place = f"{name}/depthwise"
            x = depthwise(graph, place, x, self.kernel, act, self.stride, self.dilation, pads)
        if self.squeezed:
            x = squeeze_excite(graph, f"{name}/squeeze_excite", x, self.squeezed, self.gate)
        x = unit(graph, f"{name}/project", x, self.channels, 1, activation=None)
        if self.residual and x.shape == shortcut.shape:
            x = add(graph, f"{name}/add", shortcut, x)
        return x


def classifier(graph: Graph, x: Tensor, classes: int = IMAGENET_CLASSES) -> None:
    """Flatten, one fully connected layer and Softmax, which is the network's output."""
    x = flatten(graph, "flatten", x)
    x = gemm(graph, "classifier", x, Linear.make(graph, "classifier", x.shape[1], classes))
    graph.output(softmax(graph, "softmax", x))
