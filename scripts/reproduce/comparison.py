"""Our figures beside the papers': Boroumand et al., arXiv 2103.00768 and 2109.14320. Their figures,
each with its grade (accelerators/library/README.md says what grades mean), are in paper.csv."""

import csv
from collections.abc import Callable
from pathlib import Path

from averages import AVERAGES, geometric_mean, mean
from networks import BASELINE, KINDS, NETWORKS, SYSTEMS, kind_of
from tables import Column, Table, fixed, per_cent, significant, times

Reports = dict[tuple[str, str], dict]  # by network and system

# Values of one run.
VALUES = {
    "throughput": lambda report: report["totals"]["throughput_flops"],
    "energy efficiency": lambda report: report["totals"]["efficiency_flops_per_j"],
    "energy": lambda report: report["totals"]["energy_j"],
    "speed": lambda report: 1 / report["totals"]["latency_s"],
    "PE utilisation": lambda report: report["totals"]["pe_utilization"],
}
COMPONENTS = ["mac", "register_file", "buffer", "network", "dram", "static", "host"]
# The papers' setting of Eyeriss v2 is not known: both of ours stand beside their figures.
VARIANTS = {"eyeriss_v2": ["eyeriss_v2", "eyeriss_v2_scaled"]}


def networks_of(group: str) -> list[str]:
    """Of "all", or of kinds joined by "and"."""
    if group == "all":
        return NETWORKS
    return [network for kind in group.split(" and ") for network in KINDS[kind]]


def averaged(reports: Reports, metric: str, group: str, of: str, against: str) -> dict[str, float]:
    """Each average of a metric's ratio between two systems."""
    value = VALUES[metric]
    ours = [value(reports[network, of]) for network in networks_of(group)]
    theirs = [value(reports[network, against]) for network in networks_of(group)]
    return {name: average(ours, theirs) for name, average in AVERAGES.items()}


def beside_the_papers(reports: Reports) -> Table:
    """Every ratio that the papers give, by three averages."""
    rows = []
    with open(Path(__file__).with_name("paper.csv"), encoding="utf-8", newline="") as file:
        figures = list(csv.DictReader(file))
    for figure in figures:
        places = [
            (of, against)
            for of in VARIANTS.get(figure["of"], [figure["of"]])
            for against in VARIANTS.get(figure["against"], [figure["against"]])
        ]
        for of, against in places:
            ratios = averaged(reports, figure["metric"], figure["networks"], of, against)
            paper = float(figure["paper"])
            rows.append(
                {
                    "metric": figure["metric"],
                    "networks": figure["networks"],
                    "of": of,
                    "against": against,
                    "paper": paper,
                    "grade": figure["grade"],
                    **ratios,
                    "nearest_difference": min((r / paper - 1 for r in ratios.values()), key=abs),
                }
            )
    columns = [
        Column("metric", "metric", is_number=False),
        Column("networks", "networks", is_number=False),
        Column("of", "of", is_number=False),
        Column("against", "against", is_number=False),
        Column("paper", "papers", times),
        Column("grade", "grade", is_number=False),
        *[Column(name, name, times) for name in AVERAGES],
        Column("nearest_difference", "nearest to the papers by", lambda v: f"{100 * v:+.0f} %"),
    ]
    return Table("comparison", columns, rows)


def utilisations(reports: Reports) -> Table:
    """Mean PE utilisation: of the accelerators while they run, and of all PEs of the system over
    the whole run. The papers: Edge TPU 27.3 %, Base+HB 34.0 %, Mensa-G about 68 % (C)."""
    rows = []
    papers = {"edge_tpu": "27.3 % (C)", "edge_tpu_hb": "34.0 % (C)", "mensa_g": "about 68 % (C)"}
    for system in SYSTEMS:
        totals = [reports[network, system]["totals"] for network in NETWORKS]
        rows.append(
            {
                "system": system,
                "paper": papers.get(system, "-"),
                "active": mean([total["pe_utilization"] for total in totals]),
                "all": mean([total["system_pe_utilization"] for total in totals]),
            }
        )
    columns = [
        Column("system", "system", is_number=False),
        Column("paper", "papers", is_number=False),
        Column("active", "ours, PEs of the running accelerator", per_cent()),
        Column("all", "ours, all PEs of the system", per_cent()),
    ]
    return Table("utilisation", columns, rows)


def runs(reports: Reports) -> Table:
    """All runs, one line each."""
    rows = []
    for network in NETWORKS:
        base = reports[network, BASELINE]["totals"]
        for system in SYSTEMS:
            totals = reports[network, system]["totals"]
            rows.append(
                {
                    "network": network,
                    "kind": kind_of(network),
                    "system": system,
                    "macs": totals["macs"],
                    "latency_s": totals["latency_s"],
                    "energy_j": totals["energy_j"],
                    "throughput_flop_per_s": totals["throughput_flops"],
                    "efficiency_flop_per_j": totals["efficiency_flops_per_j"],
                    "pe_utilization": totals["pe_utilization"],
                    "system_pe_utilization": totals["system_pe_utilization"],
                    "dram_bytes": totals["dram_bytes"],
                    "transfers": totals["transfers"],
                    **{f"{part}_j": totals["energy_pj"][part] * 1e-12 for part in COMPONENTS},
                    "throughput_against_edge_tpu": totals["throughput_flops"]
                    / base["throughput_flops"],
                    "energy_against_edge_tpu": totals["energy_j"] / base["energy_j"],
                    "analytic_latency_s": totals["analytic_latency_s"],
                    "ideal_memory_latency_s": totals["ideal_memory_latency_s"],
                }
            )
    return Table("runs", [Column(key, key) for key in rows[0]], rows)


def _by_system(
    name: str, value: Callable[[str, str], float], shown: Callable[[float], str]
) -> Table:
    """A value of every network and system, then its geometric means."""
    rows = []
    for network in NETWORKS:
        row = {"network": network, "kind": kind_of(network)}
        for system in SYSTEMS:
            row[system] = value(network, system)
        rows.append(row)
    for kind in [*KINDS, "all"]:
        row = {"network": f"*geometric mean, {kind}*", "kind": kind}
        for system in SYSTEMS:
            members = networks_of(kind)
            row[system] = geometric_mean([value(n, system) for n in members])
        rows.append(row)
    columns = [Column("network", "network", is_number=False)]
    columns += [Column(system, system, shown) for system in SYSTEMS]
    return Table(name, columns, rows)


def latencies(reports: Reports) -> Table:
    """Latency of one inference, ms."""
    return _by_system(
        "latency",
        lambda network, system: reports[network, system]["totals"]["latency_s"] * 1e3,
        significant(3),
    )


def energies(reports: Reports) -> Table:
    """Energy of one inference, mJ."""
    return _by_system(
        "energy",
        lambda network, system: reports[network, system]["totals"]["energy_j"] * 1e3,
        significant(3),
    )


def normalised(reports: Reports, metric: str) -> Table:
    """Throughput or energy efficiency over that of edge_tpu."""
    value = VALUES[metric]
    return _by_system(
        metric.replace(" ", "_"),
        lambda network, system: value(reports[network, system]) / value(reports[network, BASELINE]),
        fixed(2),
    )


def by_kind(reports: Reports) -> Table:
    """Averages by kind of network, normalised to edge_tpu, and where the energy goes."""
    rows = []
    for kind in [*KINDS, "all"]:
        for system in SYSTEMS:
            row: dict = {"kind": kind, "system": system}
            for metric in ("throughput", "energy efficiency", "energy", "PE utilisation"):
                ratios = averaged(reports, metric, kind, system, BASELINE)
                row[metric] = ratios["geometric mean"]
            energy = [reports[n, system]["totals"]["energy_pj"] for n in networks_of(kind)]
            for part in COMPONENTS:
                row[part] = mean([e[part] / sum(e.values()) for e in energy])
            transfers = [reports[n, system]["totals"]["transfers"] for n in networks_of(kind)]
            row["transfers"] = mean(transfers)
            rows.append(row)
    columns = [
        Column("kind", "kind", is_number=False),
        Column("system", "system", is_number=False),
        Column("throughput", "throughput", times),
        Column("energy efficiency", "FLOP/J", times),
        Column("PE utilisation", "PE utilisation", times),
        *[Column(part, part.replace("_", " "), per_cent(0)) for part in COMPONENTS[:-1]],
        Column("host", "host", per_cent(0)),
        Column("transfers", "transfers", fixed(1)),
    ]
    return Table("kinds", columns, rows)
