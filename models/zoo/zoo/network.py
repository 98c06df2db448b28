"""What the catalogue says of a network: its builder, its source, and the counts that prints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from zoo.graph import Counts, Graph, GraphError


@dataclass(frozen=True)
class Figure:
    """A count that the source prints, against which the derived one is checked.

    count: the number that the source means, from the counts of the file (all its parameters, or
    without those that the source does not have).
    tolerance: largest relative difference; the rounding of the printed figure, mostly.
    """

    what: str
    value: float
    count: Callable[[Counts], float]
    tolerance: float

    def check(self, graph: Graph) -> None:
        """Throws if the count derived from the layer shapes is not the published one."""
        derived = self.count(graph.counts)
        if abs(derived - self.value) > self.tolerance * self.value:
            raise GraphError(
                f"{graph.name}: {self.what} are {derived:,}, the source has {self.value:,} "
                f"(tolerance {self.tolerance:.1%})"
            )


@dataclass(frozen=True)
class Network:
    """One network: `build` makes its graph, whose name is the stem of the file.

    published: the figures of the source, and why the counts here differ from them.
    figures: those of them that must come out.
    """

    build: Callable[[], Graph]
    title: str
    source: str
    published: str
    figures: tuple[Figure, ...] = ()
