"""Layers with MACs and parameters on the baseline: what their families follow from, and how far the
layers of one network are apart."""

from statistics import median
from typing import Any, Callable

from baseline import baseline
from comparison import Reports
from groups import add_papers, name_columns
from networks import KINDS, NETWORKS, kind_of
from tables import Column, Table, significant

PAPERS_REUSE_SPREAD = {"CNN": "up to 244x (A)"}
PAPERS_MACS_SPREAD = {"CNN": "up to 200x (A)"}


def mac_layers(report: dict) -> list[dict]:
    """Layers with MACs and parameters: those that can be in a family. A product of two activations
    has none."""
    return [layer for layer in report["layers"] if layer["family"] is not None]


def macs_of_a_step(layer: dict) -> float:
    """MACs of one time step: families are boxes of that, reports give those of all steps."""
    return layer["macs"] / layer["steps"]


def parameter_reuse(layer: dict) -> float:
    """MACs per byte of parameters and time step."""
    return layer["parameter_reuse_macs_per_byte"]


def every_layer(reports: Reports) -> Table:
    """Every layer with MACs and parameters: what its family follows from, per time step."""
    rows = [
        {
            "network": network,
            "kind": kind_of(network),
            "layer": layer["name"],
            "op": layer["op"],
            "steps": layer["steps"],
            "parameter_bytes": layer["parameter_bytes"],
            "reuse_mac_per_byte": parameter_reuse(layer),
            "macs": macs_of_a_step(layer),
            "family": layer["family"],
            "inside": int(layer["family_inside"]),
            "pe_utilization": layer["pe_utilization"],
        }
        for network in NETWORKS
        for layer in mac_layers(baseline(reports, network))
    ]
    keys = list(rows[0]) if rows else ["network"]
    return Table("layers", [Column(key, key) for key in keys], rows)


def spread(reports: Reports) -> Table:
    """How far layers of one network are apart: the largest over the smallest parameter reuse
    (the same in FLOP/B as in MAC/B) and MACs of a step, of layers with MACs and parameters; and the
    same ratios of its convolutions alone, because a single fully connected layer, whose reuse is 1,
    makes the former of a CNN. Below, the widest and the median network of each kind."""
    rows = []
    for network in NETWORKS:
        layers = mac_layers(baseline(reports, network))
        convolutions = [layer for layer in layers if layer["op"] == "Conv"]
        reuse = [parameter_reuse(layer) for layer in layers]
        macs = [macs_of_a_step(layer) for layer in layers]
        rows.append(
            {
                "network": network,
                "kind": kind_of(network),
                "layers": len(layers),
                "least_reuse_mac_per_byte": min(reuse),
                "most_reuse_mac_per_byte": max(reuse),
                "reuse_spread": most_over_least(parameter_reuse, layers),
                "reuse_spread_of_convolutions": most_over_least(parameter_reuse, convolutions),
                "least_macs": min(macs),
                "most_macs": max(macs),
                "macs_spread": most_over_least(macs_of_a_step, layers),
                "macs_spread_of_convolutions": most_over_least(macs_of_a_step, convolutions),
            }
        )
    by_network = list(rows)
    for kind in KINDS:
        rows.append(_over_kind("widest", max, by_network, kind))
        rows.append(_over_kind("median", median, by_network, kind))
    for row in rows:
        widest = row["network"].startswith("*widest")
        add_papers(row, "papers_reuse_spread", PAPERS_REUSE_SPREAD if widest else {})
        add_papers(row, "papers_macs_spread", PAPERS_MACS_SPREAD if widest else {})
    three = significant(3)
    columns = [
        *name_columns(),
        Column("layers", "layers"),
        Column("least_reuse_mac_per_byte", "least reuse, MAC/B", three),
        Column("most_reuse_mac_per_byte", "most", three),
        Column("reuse_spread", "ratio", three),
        Column("reuse_spread_of_convolutions", "of convolutions", three),
        Column("papers_reuse_spread", "papers"),
        Column("least_macs", "fewest MACs of a step", three),
        Column("most_macs", "most", three),
        Column("macs_spread", "ratio", three),
        Column("macs_spread_of_convolutions", "of convolutions", three),
        Column("papers_macs_spread", "papers"),
    ]
    return Table("spread", columns, rows)


def most_over_least(trait: Callable[[dict], float], layers: list[dict]) -> float | None:
    """None without layers."""
    values = [trait(layer) for layer in layers]
    return max(values) / min(values) if values else None


def _over_kind(
    name: str, taken: Callable[[list[float]], float], rows: list[dict], kind: str
) -> dict[str, Any]:
    """The row of a kind: what is taken of each ratio of its networks that have one."""
    row: dict[str, Any] = dict.fromkeys(rows[0])
    row.update(network=f"*{name}, {kind}*", kind=kind)
    for key in row:
        if "_spread" in key:
            ratios = [r[key] for r in rows if r["kind"] == kind and r[key] is not None]
            row[key] = taken(ratios) if ratios else None
    return row


def tables(reports: Reports) -> list[Table]:
    return [spread(reports), every_layer(reports)]
