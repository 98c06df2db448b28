"""Charts whose marks are networks or layers: the roofline, families of layers, PE utilisation."""

from pathlib import Path

from matplotlib.patches import Rectangle

from averages import mean
from baseline import accelerator_of, bandwidth_of, baseline
from comparison import Reports
from drawing import BLACK, GREY, KIND_MARKS, SYSTEM_MARKS, legend_above, new_figure, plain_log, save
from families import FamilyBox
from networks import BASELINE, NETWORKS, SYSTEMS
from tables import Table


def roofline(reports: Reports, table: Table, path: Path) -> None:
    """Throughput on the baseline against FLOP per byte of DRAM, under its roofs. `table`:
    characterisation.roofline; a network that moves nothing has no place on it."""
    report = baseline(reports, NETWORKS[0])
    peak = accelerator_of(report)["peak_flops"]
    bandwidth = bandwidth_of(report)
    figure, axes = new_figure(8, 5)
    drawn = [row for row in table.rows if row["intensity_flop_per_byte"] is not None]
    intensities = [row["intensity_flop_per_byte"] for row in drawn]
    left, right = min(intensities) / 2, max(intensities) * 2
    corner = peak / bandwidth
    axes.plot([left, corner, right], [left * bandwidth / 1e9, peak / 1e9, peak / 1e9], color=BLACK)
    axes.annotate(
        f"{peak / 1e12:.3g} TFLOP/s, {bandwidth / 1e9:.3g} GB/s",
        (corner, peak / 1e9),
        textcoords="offset points",
        xytext=(-6, 4),
        ha="right",
    )
    for kind, (colour, mark) in KIND_MARKS.items():
        rows = [row for row in drawn if row["kind"] == kind]
        axes.scatter(
            [row["intensity_flop_per_byte"] for row in rows],
            [row["throughput_flop_per_s"] / 1e9 for row in rows],
            color=colour,
            marker=mark,
            edgecolors="white",
            linewidths=0.5,
            s=36,
            label=kind,
            zorder=3,
        )
    axes.set(xscale="log", yscale="log", xlim=(left, right))
    plain_log(axes.xaxis)
    plain_log(axes.yaxis)
    axes.set_xlabel("arithmetic intensity, FLOP per byte of DRAM")
    axes.set_ylabel("throughput, GFLOP/s")
    axes.set_title(f"Roofline of {BASELINE}")
    axes.legend(loc="upper left")
    save(figure, path)


def footprint_and_reuse(table: Table, boxes: list[FamilyBox], path: Path) -> None:
    """Parameter reuse against parameters of every layer, over the papers' families.
    `table`: layers.every_layer."""
    figure, axes = new_figure(8, 5.5)
    for box in boxes:
        (left, right), (low, high) = box.parameter_bytes, box.parameter_reuse
        axes.add_patch(
            Rectangle((left, low), right - left, high - low, fill=False, edgecolor=BLACK, zorder=4)
        )
        axes.annotate(
            f"family {box.number}",
            (right, low),
            textcoords="offset points",
            xytext=(-3, 3),
            ha="right",
            fontsize=8,
            zorder=5,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5, "alpha": 0.8},
        )
    for kind, (colour, mark) in KIND_MARKS.items():
        rows = [row for row in table.rows if row["kind"] == kind]
        axes.scatter(
            [row["parameter_bytes"] for row in rows],
            [row["reuse_mac_per_byte"] for row in rows],
            color=colour,
            marker=mark,
            s=14,
            alpha=0.6,
            linewidths=0,
            label=f"{kind} ({len(rows)} layers)",
        )
    axes.set(xscale="log", yscale="log")
    axes.set_xlabel("parameters of the layer, bytes at 8 bit")
    axes.set_ylabel("parameter reuse, MAC per byte and time step")
    axes.set_title("Layers with parameters, and the boxes of the papers' families")
    axes.legend(loc="upper right")
    save(figure, path)


def utilisation(reports: Reports, path: Path) -> None:
    """PE utilisation of the running accelerators in the time of layers with MACs, by network and
    system, and the arithmetic mean over the networks."""
    figure, axes = new_figure(8, 6.5)
    mean_place = len(NETWORKS) + 0.5
    places = [*range(len(NETWORKS)), mean_place]
    for system in SYSTEMS:
        colour, mark = SYSTEM_MARKS[system]
        shares = [reports[n, system]["totals"]["pe_utilization"] * 100 for n in NETWORKS]
        axes.plot(
            [*shares, mean(shares)],
            places,
            linestyle="none",
            color=colour,
            marker=mark,
            markeredgecolor="white",
            markeredgewidth=0.4,
            markersize=9 if system == BASELINE else 6.5,  # it is often right under another
            label=system,
        )
    axes.axhline(len(NETWORKS) - 0.25, color=GREY, linewidth=0.8)
    axes.set_yticks(places, [*NETWORKS, "mean"])
    axes.set_ylim(mean_place + 0.6, -0.6)
    axes.set_xlim(0, 100)
    axes.set_xlabel("PE utilisation, %")
    legend_above(figure, axes, len(SYSTEMS))
    save(figure, path)
