"""Averages over networks of how systems compare.

The papers do not say which average their figures are, so three stand side by side:

- mean of ratios: the arithmetic mean of the ratio of each network;
- geometric mean of the same ratios, for which it does not matter which system is the divisor;
- ratio of means: of the arithmetic means over networks, so that large values weigh most.
"""

import math
from typing import Callable, Sequence

AVERAGES: dict[str, Callable[[Sequence[float], Sequence[float]], float]] = {
    "mean of ratios": lambda ours, theirs: mean([o / t for o, t in zip(ours, theirs)]),
    "geometric mean": lambda ours, theirs: geometric_mean([o / t for o, t in zip(ours, theirs)]),
    "ratio of means": lambda ours, theirs: mean(ours) / mean(theirs),
}

# What is better when larger, from latency (s), energy (J) and MACs of one inference.
# A MAC is two FLOP.
METRICS: dict[str, Callable[[float, float, float], float]] = {
    "throughput": lambda latency, energy, macs: 2 * macs / latency,  # FLOP/s
    "energy efficiency": lambda latency, energy, macs: 2 * macs / energy,  # FLOP/J
}


def mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def geometric_mean(values: Sequence[float]) -> float:
    return math.exp(mean([math.log(value) for value in values]))


def percentile(values: Sequence[float], share: float) -> float:
    """By linear interpolation between the two nearest of the sorted values."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])
