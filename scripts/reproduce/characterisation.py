"""How networks behave on the baseline, as the papers characterise theirs (Boroumand et al., arXiv
2103.00768 and 2109.14320). Their figures stand beside ours with their grades, which
accelerators/library/README.md explains.

Means are arithmetic, over networks, so that each network weighs the same."""

import re
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Callable, Iterator

from averages import mean
from comparison import Reports
from networks import BASELINE, KINDS, NETWORKS, kind_of
from tables import Column, Table, per_cent, significant

REPOSITORY = Path(__file__).resolve().parents[2]
FLOP_PER_MAC = 2
ALL = "all"
ON_CHIP = ["mac", "register_file", "buffer", "network"]  # dynamic energy of an accelerator
FAMILY_NUMBERS = [1, 2, 3, 4, 5]

PAPERS_SHARE_OF_PEAK = {
    ALL: "about 24 % (B)",
    "LSTM": "< 1 % (B)",
    "transducer": "< 1 % (B)",
}
PAPERS_SHARE_OF_EFFICIENCY = {ALL: "about 37 % (B)"}
PAPERS_BUFFERS_OF_STATIC = {"CNN": "48 % (B)"}
PAPERS_BUFFERS_OF_DYNAMIC = {"CNN": "36 % (B)"}
PAPERS_OFF_CHIP = {ALL: "about 50 % (C)"}
PAPERS_IN_BOXES = {ALL: "about 97 % (C)"}
PAPERS_REUSE_SPREAD = {"CNN": "up to 244x (A)"}
PAPERS_MACS_SPREAD = {"CNN": "up to 200x (A)"}


def groups() -> Iterator[tuple[str, list[str]]]:
    """Each kind, then all, with its networks."""
    yield from KINDS.items()
    yield ALL, NETWORKS


def baseline(reports: Reports, network: str) -> dict:
    return reports[network, BASELINE]


def accelerator_of(report: dict) -> dict:
    """The one accelerator of the baseline system."""
    (accelerator,) = report["system"]["accelerators"]
    return accelerator


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


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


# ---------------------------------------------------------------------------------------- peaks


def static_watts(report: dict) -> float:
    """What the system draws whatever it does, from the energy that this came to in the run."""
    return report["totals"]["energy_pj"]["static"] * 1e-12 / report["totals"]["latency_s"]


def least_on_chip_joules_per_flop(reports: Reports) -> float:
    """Least dynamic energy that any layer of any network takes inside the baseline, per FLOP."""
    return min(
        sum(layer["energy_pj"][part] for part in ON_CHIP) * 1e-12 / (FLOP_PER_MAC * layer["macs"])
        for network in NETWORKS
        for layer in baseline(reports, network)["layers"]
        if layer["macs"]
    )


def efficiency_ceiling(reports: Reports) -> float:
    """FLOP/J that the baseline could reach at most: every PE busy all the time, so that static
    power is spread over peak throughput; nothing moved off chip; inside the accelerator each FLOP
    at the dynamic energy of the layer that takes least of all layers of all networks. It is the top
    of a roofline of energy, where intensity is no limit."""
    report = baseline(reports, NETWORKS[0])
    per_flop = static_watts(report) / accelerator_of(report)["peak_flops"]
    return 1 / (per_flop + least_on_chip_joules_per_flop(reports))


def peaks(reports: Reports) -> Table:
    """Throughput and energy efficiency of the baseline beside the most it could reach.

    The papers' "share of its best TFLOP/J" may be of the best that it could reach or of the best
    network: the former is share_of_ceiling (see efficiency_ceiling), the latter share_of_best."""
    ceiling = efficiency_ceiling(reports)
    best = max(baseline(reports, n)["totals"]["efficiency_flops_per_j"] for n in NETWORKS)
    rows = []
    for network in NETWORKS:
        report = baseline(reports, network)
        throughput = report["totals"]["throughput_flops"]
        efficiency = report["totals"]["efficiency_flops_per_j"]
        rows.append(
            {
                "network": network,
                "kind": kind_of(network),
                "throughput_flop_per_s": throughput,
                "share_of_peak": throughput / accelerator_of(report)["peak_flops"],
                "efficiency_flop_per_j": efficiency,
                "share_of_ceiling": efficiency / ceiling,
                "share_of_best": efficiency / best,
            }
        )
    averaged = list(rows[0])[2:]
    rows = with_means(rows, averaged)
    for row in rows:
        add_papers(row, "papers_share_of_peak", PAPERS_SHARE_OF_PEAK)
        add_papers(row, "papers_share_of_efficiency", PAPERS_SHARE_OF_EFFICIENCY)
    columns = [
        *_names(),
        Column("throughput_flop_per_s", "GFLOP/s", lambda v: significant(3)(v * 1e-9)),
        Column("share_of_peak", "of peak", per_cent()),
        Column("papers_share_of_peak", "papers"),
        Column("efficiency_flop_per_j", "GFLOP/J", lambda v: significant(3)(v * 1e-9)),
        Column("share_of_ceiling", "of what is possible", per_cent()),
        Column("share_of_best", "of the best network", per_cent()),
        Column("papers_share_of_efficiency", "papers"),
    ]
    return Table("peaks", columns, rows)


# --------------------------------------------------------------------------------------- energy


def static_parts(report: dict) -> dict[str, float]:
    """Static energy (pJ) of a run by component: in proportion to the power of each, which is the
    same all the time because nothing in the baseline is power-gated."""
    accelerator = accelerator_of(report)
    if accelerator["power_gated"]:
        raise ValueError(f"{report['system']['name']} is power-gated: its leakage comes and goes")
    watts = {
        "pe_array_static": accelerator["leakage_w"]["pe_array"],
        "buffer_static": accelerator["leakage_w"]["buffers"],
        "memory_static": report["system"]["memory_background_w"],
    }
    static = report["totals"]["energy_pj"]["static"]
    return {part: static * power / sum(watts.values()) for part, power in watts.items()}


def energy_parts(report: dict) -> dict[str, float]:
    """Energy (pJ) of a run by component, static energy by what it is of."""
    parts = dict(report["totals"]["energy_pj"])
    del parts["static"]
    return {**parts, **static_parts(report)}


def _energy_row(network: str, report: dict) -> dict[str, Any]:
    parts = energy_parts(report)
    total = sum(parts.values())
    leaked = parts["buffer_static"] + parts["pe_array_static"]
    on_chip = sum(parts[part] for part in ON_CHIP)
    return {
        "network": network,
        "kind": kind_of(network),
        "energy_j": total * 1e-12,
        **{f"{part}_share": energy / total for part, energy in parts.items()},
        "buffers_of_static": parts["buffer_static"] / (leaked + parts["memory_static"]),
        "buffers_of_leakage": parts["buffer_static"] / leaked,
        "buffers_of_dynamic": parts["buffer"] / (on_chip + parts["dram"] + parts["host"]),
        "buffers_of_on_chip_dynamic": parts["buffer"] / on_chip,
        "off_chip": (parts["dram"] + parts["memory_static"]) / total,
    }


def energy_breakdown(reports: Reports) -> Table:
    """Where the baseline's energy goes.

    Shares of the total by component, static energy by what it is of; what buffers are of static
    energy (with the memory's background power, and of the accelerator's leakage alone) and of
    dynamic energy (with the memory's, and on chip alone); and what is spent off chip: accesses with
    their link, and background power. The papers do not say which they mean."""
    rows = [_energy_row(network, baseline(reports, network)) for network in NETWORKS]
    rows = with_means(rows, list(rows[0])[2:])
    for row in rows:
        add_papers(row, "papers_buffers_of_static", PAPERS_BUFFERS_OF_STATIC)
        add_papers(row, "papers_buffers_of_dynamic", PAPERS_BUFFERS_OF_DYNAMIC)
        add_papers(row, "papers_off_chip", PAPERS_OFF_CHIP)
    share = per_cent(0)
    columns = [
        *_names(),
        Column("energy_j", "mJ", lambda v: significant(3)(v * 1e3)),
        Column("mac_share", "MACs", share),
        Column("register_file_share", "registers", share),
        Column("buffer_share", "buffers", share),
        Column("network_share", "network", share),
        Column("dram_share", "DRAM", share),
        Column("host_share", "host", share),
        Column("pe_array_static_share", "PEs, static", share),
        Column("buffer_static_share", "buffers, static", share),
        Column("memory_static_share", "DRAM, static", share),
        Column("buffers_of_static", "buffers of static", share),
        Column("buffers_of_leakage", "buffers of leakage on chip", share),
        Column("papers_buffers_of_static", "papers"),
        Column("buffers_of_dynamic", "buffers of dynamic", share),
        Column("buffers_of_on_chip_dynamic", "buffers of dynamic on chip", share),
        Column("papers_buffers_of_dynamic", "papers"),
        Column("off_chip", "off chip", share),
        Column("papers_off_chip", "papers"),
    ]
    return Table("energy_breakdown", columns, rows)


# ------------------------------------------------------------------------------------- families


@dataclass(frozen=True)
class FamilyBox:
    """A family of the papers as ranges, ends included."""

    number: int
    parameter_bytes: tuple[float, float]
    parameter_reuse: tuple[float, float]  # MACs per byte and time step

    def holds(self, layer: dict) -> bool:
        """By parameters and reuse, MACs left aside."""
        low, high = self.parameter_bytes
        least, most = self.parameter_reuse
        in_size = low <= layer["parameter_bytes"] <= high
        return in_size and least <= parameter_reuse(layer) <= most


def family_boxes(repository: Path) -> list[FamilyBox]:
    """As the program has them, from scheduler/clusters/families.yaml."""
    path = repository / "scheduler" / "clusters" / "families.yaml"
    boxes = []
    for text in re.split(r"^  - number: ", path.read_text(encoding="utf-8"), flags=re.M)[1:]:
        boxes.append(
            FamilyBox(
                int(text.split(maxsplit=1)[0]),
                _range_of("parameter_bytes", text),
                _range_of("parameter_reuse", text),
            )
        )
    if [box.number for box in boxes] != FAMILY_NUMBERS:
        raise ValueError(f"{path}: expected families {FAMILY_NUMBERS}")
    return boxes


def _range_of(key: str, text: str) -> tuple[float, float]:
    found = re.search(rf"^    {key}: \[([^,]+), ([^\]]+)\]$", text, flags=re.M)
    if not found:
        raise ValueError(f"no range {key} in {text!r}")
    return _number(found[1]), _number(found[2])


def _number(text: str) -> float:
    """Of a plain number, or one in kB or MB."""
    number, _, unit = text.partition(" ")
    return float(number) * {"": 1, "kB": 1e3, "MB": 1e6}[unit]


def families(reports: Reports, boxes: list[FamilyBox]) -> Table:
    """How many layers with MACs and parameters lie in the boxes of the papers' five families, and
    of which family they are: the one whose box holds them, else the nearest. Beside it, how many
    lie in a box by parameters and reuse, whatever their MACs."""
    rows = []
    for group, networks in groups():
        layers = [layer for n in networks for layer in mac_layers(baseline(reports, n))]
        inside = sum(layer["family_inside"] for layer in layers)
        inside_but_for_macs = sum(any(box.holds(layer) for box in boxes) for layer in layers)
        row = {
            "kind": group,
            "layers": len(layers),
            "inside": inside,
            "inside_share": _ratio(inside, len(layers)),
            "inside_but_for_macs_share": _ratio(inside_but_for_macs, len(layers)),
            "papers_inside_share": PAPERS_IN_BOXES.get(group),
        }
        for number in FAMILY_NUMBERS:
            row[f"family_{number}"] = sum(layer["family"] == number for layer in layers)
        rows.append(row)
    columns = [
        Column("kind", "kind", is_number=False),
        Column("layers", "layers"),
        Column("inside", "in a box"),
        Column("inside_share", "share", per_cent()),
        Column("papers_inside_share", "papers"),
        Column("inside_but_for_macs_share", "whatever their MACs", per_cent()),
        *[Column(f"family_{number}", f"family {number}") for number in FAMILY_NUMBERS],
    ]
    return Table("families", columns, rows)


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
        *_names(),
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


# ------------------------------------------------------------------------------ roofline, layers


def roof(report: dict, intensity: float | None) -> float:
    """FLOP/s that the baseline reaches at most at so many FLOP per byte of DRAM; None: at any."""
    peak = accelerator_of(report)["peak_flops"]
    return peak if intensity is None else min(peak, intensity * bandwidth_of(report))


def bandwidth_of(report: dict) -> float:
    """Bytes/s of the port at which the baseline's accelerator sits."""
    path = accelerator_of(report)["port"]
    return next(
        port["bandwidth_bytes_per_s"]
        for port in report["ports"]
        if f"{port['memory']}.{port['port']}" == path
    )


def roofline(reports: Reports) -> Table:
    """Arithmetic intensity, throughput and the roof over it, of each network on the baseline. Bytes
    are those that the run moved from and to DRAM, so what buffers keep is not among them; the share
    is of the lower of the two roofs."""
    rows = []
    for network in NETWORKS:
        report = baseline(reports, network)
        totals = report["totals"]
        intensity = _ratio(FLOP_PER_MAC * totals["macs"], totals["dram_bytes"])
        limit = roof(report, intensity)
        memory_bound = limit < accelerator_of(report)["peak_flops"]
        rows.append(
            {
                "network": network,
                "kind": kind_of(network),
                "intensity_flop_per_byte": intensity,
                "throughput_flop_per_s": totals["throughput_flops"],
                "roof_flop_per_s": limit,
                "share_of_roof": totals["throughput_flops"] / limit,
                "roof": "bandwidth" if memory_bound else "peak",
            }
        )
    columns = [
        *_names(),
        Column("intensity_flop_per_byte", "FLOP/B", significant(3)),
        Column("throughput_flop_per_s", "GFLOP/s", lambda v: significant(3)(v * 1e-9)),
        Column("roof_flop_per_s", "roof, GFLOP/s", lambda v: significant(3)(v * 1e-9)),
        Column("share_of_roof", "of the roof", per_cent()),
        Column("roof", "roof", is_number=False),
    ]
    return Table("roofline", columns, rows)


def layers(reports: Reports) -> Table:
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


# --------------------------------------------------------------------------------- shared parts


def with_means(rows: list[dict], keys: list[str]) -> list[dict]:
    """Rows by network, then the means of each kind and of all, of whose rows kind is the group."""
    means = []
    for group, networks in groups():
        members = [row for row in rows if row["network"] in networks]
        row = {"network": f"*mean, {group}*", "kind": group}
        row.update({key: mean([member[key] for member in members]) for key in keys})
        means.append(row)
    return rows + means


def add_papers(row: dict, key: str, figures: dict[str, str]) -> None:
    """The papers' figure, beside that of a group."""
    row[key] = figures.get(row["kind"]) if row["network"] not in NETWORKS else None


def _names() -> list[Column]:
    return [
        Column("network", "network", is_number=False),
        Column("kind", "kind", is_number=False),
    ]


def by_group(table: Table) -> Table:
    """The rows of kinds and of all alone."""
    rows = [row for row in table.rows if row["network"] not in NETWORKS]
    return Table(f"{table.name}_by_kind", table.columns, rows)


def tables(reports: Reports) -> list[Table]:
    energy = energy_breakdown(reports)
    return [
        peaks(reports),
        energy,
        by_group(energy),
        families(reports, family_boxes(REPOSITORY)),
        spread(reports),
        roofline(reports),
        layers(reports),
    ]
