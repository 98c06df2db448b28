"""How networks behave on the baseline, as the papers characterise theirs (Boroumand et al., arXiv
2103.00768 and 2109.14320): how far from its peaks, where its energy goes, under which roof. Their
figures stand beside ours with their grades, which accelerators/library/README.md explains."""

from typing import Any

from baseline import FLOP_PER_MAC, accelerator_of, bandwidth_of, baseline
from comparison import Reports
from groups import ALL, add_papers, by_group, name_columns, with_means
from networks import NETWORKS, kind_of
from tables import Column, Table, per_cent, significant

ON_CHIP = ["mac", "register_file", "buffer", "network"]  # dynamic energy of an accelerator

PAPERS_SHARE_OF_PEAK = {
    ALL: "about 24 % (B)",
    "LSTM": "< 1 % (B)",
    "transducer": "< 1 % (B)",
}
PAPERS_SHARE_OF_EFFICIENCY = {ALL: "about 37 % (B)"}
PAPERS_BUFFERS_OF_STATIC = {"CNN": "48 % (B)"}
PAPERS_BUFFERS_OF_DYNAMIC = {"CNN": "36 % (B)"}
PAPERS_OFF_CHIP = {ALL: "about 50 % (C)"}

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
        *name_columns(),
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
        *name_columns(),
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


# ------------------------------------------------------------------------------------- roofline


def roof(report: dict, intensity: float | None) -> float:
    """FLOP/s that the baseline reaches at most at so many FLOP per byte of DRAM; None: at any."""
    peak = accelerator_of(report)["peak_flops"]
    return peak if intensity is None else min(peak, intensity * bandwidth_of(report))


def roofline(reports: Reports) -> Table:
    """Arithmetic intensity, throughput and the roof over it, of each network on the baseline. Bytes
    are those that the run moved from and to DRAM, so what buffers keep is not among them; the share
    is of the lower of the two roofs."""
    rows = []
    for network in NETWORKS:
        report = baseline(reports, network)
        totals = report["totals"]
        moved = totals["dram_bytes"]
        intensity = FLOP_PER_MAC * totals["macs"] / moved if moved else None
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
        *name_columns(),
        Column("intensity_flop_per_byte", "FLOP/B", significant(3)),
        Column("throughput_flop_per_s", "GFLOP/s", lambda v: significant(3)(v * 1e-9)),
        Column("roof_flop_per_s", "roof, GFLOP/s", lambda v: significant(3)(v * 1e-9)),
        Column("share_of_roof", "of the roof", per_cent()),
        Column("roof", "roof", is_number=False),
    ]
    return Table("roofline", columns, rows)


def tables(reports: Reports) -> list[Table]:
    energy = energy_breakdown(reports)
    return [peaks(reports), energy, by_group(energy), roofline(reports)]
