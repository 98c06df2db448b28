"""The reproduction's charts as SVG. Equal data give equal bytes: no date, ids from a fixed salt."""

import io
import math
from pathlib import Path

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402  after the choice of what it draws with
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402
from matplotlib.patches import Rectangle  # noqa: E402
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter  # noqa: E402

from averages import geometric_mean, mean  # noqa: E402
from characterisation import (  # noqa: E402
    REPOSITORY,
    FamilyBox,
    accelerator_of,
    bandwidth_of,
    baseline,
    family_boxes,
    groups,
)
from comparison import COMPONENTS, Reports  # noqa: E402
from networks import BASELINE, KINDS, NETWORKS, SYSTEMS  # noqa: E402
from tables import Table, significant, write_whole  # noqa: E402
from uncertainty import AVERAGE, SHOWN_CONSTANTS  # noqa: E402

# Okabe and Ito's palette, told apart by colour-blind readers (Wong, Nature Methods 8, 2011).
BLACK, ORANGE, SKY_BLUE, GREEN = "#000000", "#e69f00", "#56b4e9", "#009e73"
YELLOW, BLUE, VERMILION, PURPLE = "#f0e442", "#0072b2", "#d55e00", "#cc79a7"
GREY = "#999999"

KIND_MARKS = {
    "CNN": (BLUE, "o"),
    "LSTM": (VERMILION, "s"),
    "transducer": (GREEN, "^"),
    "RCNN": (PURPLE, "D"),
}
SYSTEM_MARKS = {
    "edge_tpu": (GREY, "o"),
    "edge_tpu_hb": (SKY_BLUE, "s"),
    "eyeriss_v2": (ORANGE, "v"),
    "eyeriss_v2_scaled": (VERMILION, "^"),
    "mensa_g": (BLUE, "D"),
}
COMPONENT_COLOURS = {
    "mac": VERMILION,
    "register_file": ORANGE,
    "buffer": YELLOW,
    "network": GREEN,
    "dram": BLUE,
    "static": GREY,
    "host": BLACK,
}
COMPONENT_NAMES = {
    "mac": "MACs",
    "register_file": "registers",
    "buffer": "buffers",
    "network": "on-chip network",
    "dram": "DRAM",
    "static": "static",
    "host": "host",
}
LEGEND_INCHES = 0.3
STYLE = {
    "svg.fonttype": "none",  # text stays text: it can be searched, and files stay small
    "svg.hashsalt": "mensa",
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}
plt.rcdefaults()  # not what a matplotlibrc of whoever runs it says
plt.rcParams.update(STYLE)


def save(figure: Figure, path: Path) -> None:
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    plt.close(figure)
    # Without the blanks that the writer leaves at the ends of lines.
    lines = [line.rstrip() for line in text.getvalue().splitlines()]
    write_whole(path, "\n".join(lines) + "\n")


def _axes(width: float, height: float, rows: int = 1, columns: int = 1, **options) -> tuple:
    """A figure of so many inches, and its axes."""
    return plt.subplots(rows, columns, figsize=(width, height), layout="constrained", **options)


def _legend_above(figure: Figure, axes: Axes, columns: int) -> None:
    """The legend of the axes, for the whole figure, in a strip of its own."""
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="upper center", ncol=columns, borderaxespad=0.2)
    strip = LEGEND_INCHES / figure.get_figheight()
    figure.get_layout_engine().set(rect=(0, 0, 1, 1 - strip))


def _plain_log(axis) -> None:
    """1, 10, 100 and what lies between as 2 and 5, in plain digits."""
    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


# ------------------------------------------------------------------------------ characterisation


def roofline(reports: Reports, table: Table, path: Path) -> None:
    """Throughput on the baseline against FLOP per byte of DRAM, under its roofs. `table`:
    characterisation.roofline; a network that moves nothing has no place on it."""
    report = baseline(reports, NETWORKS[0])
    peak = accelerator_of(report)["peak_flops"]
    bandwidth = bandwidth_of(report)
    figure, axes = _axes(8, 5)
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
    _plain_log(axes.xaxis)
    _plain_log(axes.yaxis)
    axes.set_xlabel("arithmetic intensity, FLOP per byte of DRAM")
    axes.set_ylabel("throughput, GFLOP/s")
    axes.set_title(f"Roofline of {BASELINE}")
    axes.legend(loc="upper left")
    save(figure, path)


def footprint_and_reuse(table: Table, boxes: list[FamilyBox], path: Path) -> None:
    """Parameter reuse against parameters of every layer, over the papers' families. `table`:
    characterisation.layers."""
    figure, axes = _axes(8, 5.5)
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


# ------------------------------------------------------------------------------------- energy


def energy_of_networks(reports: Reports, path: Path) -> None:
    """Energy of an inference by component, over all that the baseline takes: a panel for each
    network, a bar for each system."""
    columns = 4
    rows = math.ceil(len(NETWORKS) / columns)
    parts = _components_there(reports)
    figure, grid = _axes(11, 1.45 * rows + 0.8, rows, columns, sharey=True, squeeze=False)
    for axes, network in zip(grid.flat, NETWORKS):
        whole = reports[network, BASELINE]["totals"]["energy_j"] * 1e12
        for place, system in enumerate(SYSTEMS):
            energy = reports[network, system]["totals"]["energy_pj"]
            _stacked_bar(axes, place, {part: energy[part] / whole for part in parts})
        _finish_bars(axes, network)
    for axes in grid.flat[len(NETWORKS) :]:
        axes.set_axis_off()
    _legend_above(figure, grid.flat[0], len(parts))
    figure.supxlabel(f"energy of an inference over that on {BASELINE}", fontsize=9)
    save(figure, path)


def energy_of_kinds(reports: Reports, path: Path) -> None:
    """The same, as the arithmetic mean over the networks of a kind, each normalised by itself."""
    parts = _components_there(reports)
    figure, grid = _axes(11, 2.6, 1, len(KINDS) + 1, sharey=True)
    for axes, (group, networks) in zip(grid, groups()):
        for place, system in enumerate(SYSTEMS):
            _stacked_bar(axes, place, _mean_energy(reports, networks, system, parts))
        _finish_bars(axes, group)
    _legend_above(figure, grid[0], len(parts))
    figure.supxlabel(
        f"energy of an inference over that on {BASELINE}, mean of the networks", fontsize=9
    )
    save(figure, path)


def _components_there(reports: Reports) -> list[str]:
    """Those that take energy in some run: of most networks, the host has no part."""
    every = [report["totals"]["energy_pj"] for report in reports.values()]
    return [part for part in COMPONENTS if any(energy[part] for energy in every)]


def _mean_energy(
    reports: Reports, networks: list[str], system: str, parts: list[str]
) -> dict[str, float]:
    def over_baseline(network: str, part: str) -> float:
        whole = reports[network, BASELINE]["totals"]["energy_j"] * 1e12
        return reports[network, system]["totals"]["energy_pj"][part] / whole

    return {part: mean([over_baseline(n, part) for n in networks]) for part in parts}


def _stacked_bar(axes: Axes, place: int, parts: dict[str, float]) -> None:
    left = 0.0
    for part, length in parts.items():
        axes.barh(
            place,
            length,
            left=left,
            color=COMPONENT_COLOURS[part],
            label=COMPONENT_NAMES[part] if place == 0 else None,
        )
        left += length
    axes.annotate(
        f"{left:.2f}",
        (left, place),
        textcoords="offset points",
        xytext=(2, 0),
        va="center",
        fontsize=7,
    )


def _finish_bars(axes: Axes, title: str) -> None:
    axes.set_title(title)
    axes.set_yticks(range(len(SYSTEMS)), SYSTEMS)
    axes.set_ylim(len(SYSTEMS) - 0.4, -0.6)
    axes.grid(axis="y", visible=False)
    longest = max(bar.get_x() + bar.get_width() for bar in axes.patches)
    axes.set_xlim(0, 1.18 * longest)  # room for the figures at the ends of bars
    axes.axvline(1, color=BLACK, linewidth=0.6, linestyle=":")


# ---------------------------------------------------------------------------- systems compared


def normalised(reports: Reports, key: str, what: str, path: Path) -> None:
    """A total of each run over the baseline's; at the right the geometric and the arithmetic mean
    over all networks. `key`: of a report's totals, more being better."""
    others = [system for system in SYSTEMS if system != BASELINE]
    averages = {"geometric mean": geometric_mean, "mean of ratios": mean}
    figure, axes = _axes(11, 4.4)
    # Averages take twice the width of a network, which has room for their figures.
    after = len(NETWORKS)
    middles = [*range(after), *(after + 1 + 2 * number for number in range(len(averages)))]
    widths = [0.8 / len(others)] * after + [1.6 / len(others)] * len(averages)
    for place, system in enumerate(others):
        ratios = [
            reports[network, system]["totals"][key] / reports[network, BASELINE]["totals"][key]
            for network in NETWORKS
        ]
        heights = ratios + [average(ratios) for average in averages.values()]
        centres = [
            middle + (place - (len(others) - 1) / 2) * width
            for middle, width in zip(middles, widths)
        ]
        # Bars from 1, up or down: on a logarithmic axis there is no 0.
        axes.bar(
            centres,
            [height - 1 for height in heights],
            widths,
            bottom=1,
            color=SYSTEM_MARKS[system][0],
            label=system,
        )
        for centre, height in list(zip(centres, heights))[after:]:
            _figure_at_bar(axes, centre, height)
    axes.axhline(1, color=BLACK, linewidth=0.8)
    axes.axvline(after - 0.25, color=GREY, linewidth=0.8)
    axes.set_xticks(
        middles, [*NETWORKS, *averages], rotation=40, ha="right", rotation_mode="anchor"
    )
    axes.set_yscale("log")
    _plain_log(axes.yaxis)
    axes.margins(x=0.01, y=0.08)
    axes.grid(axis="x", visible=False)
    axes.set_ylabel(f"{what} over that of {BASELINE}")
    _legend_above(figure, axes, len(others))
    save(figure, path)


def _figure_at_bar(axes: Axes, centre: float, height: float) -> None:
    up = height >= 1
    axes.annotate(
        significant(3)(height),
        (centre, height),
        textcoords="offset points",
        xytext=(0, 2 if up else -2),
        ha="center",
        va="bottom" if up else "top",
        rotation=90,
        fontsize=7,
    )


def utilisation(reports: Reports, path: Path) -> None:
    """PE utilisation of the running accelerators in the time of layers with MACs, by network and
    system, and the arithmetic mean over the networks."""
    figure, axes = _axes(8, 6.5)
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
    _legend_above(figure, axes, len(SYSTEMS))
    save(figure, path)


# ---------------------------------------------------------------------------------- uncertainty


def intervals(table: Table, path: Path) -> None:
    """How far each constant alone moves the headline ratios between its low and its high value; the
    widest of each. `table`: uncertainty.one_at_a_time."""
    headlines: dict[tuple[str, str, str], list[dict]] = {}
    for row in table.rows:
        rows_of = headlines.setdefault((row["metric"], row["of"], row["against"]), [])
        if row["width"] > 0:
            rows_of.append(row)
    columns = 2
    rows = math.ceil(len(headlines) / columns)
    height = (0.2 * SHOWN_CONSTANTS + 0.8) * rows + 0.4
    figure, grid = _axes(11, height, rows, columns, squeeze=False)
    for axes, (headline, found) in zip(grid.flat, headlines.items()):
        found = sorted(found, key=lambda row: (-row["width"], row["constant"]))
        _tornado(axes, headline, found[:SHOWN_CONSTANTS])
    for axes in grid.flat[len(headlines) :]:
        axes.set_axis_off()
    _legend_above(figure, grid.flat[0], 2)
    figure.supxlabel(f"ratio of the systems, {AVERAGE} over the networks", fontsize=9)
    save(figure, path)


def _tornado(axes: Axes, headline: tuple[str, str, str], rows: list[dict]) -> None:
    metric, of, against = headline
    for key, colour, label in (
        ("at_low", SKY_BLUE, "constant at its low value"),
        ("at_high", VERMILION, "constant at its high value"),
    ):
        axes.barh(
            range(len(rows)),
            [row[key] - row["nominal"] for row in rows],
            left=[row["nominal"] for row in rows],
            height=0.7,
            color=colour,
            alpha=0.85,
            label=label,
        )
    if rows:
        axes.axvline(rows[0]["nominal"], color=BLACK, linewidth=0.8)
    axes.set_yticks(range(len(rows)), [row["constant"] for row in rows], fontsize=7)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.grid(axis="y", visible=False)
    axes.set_title(f"{metric}, {of} over {against}", fontsize=9)


# ----------------------------------------------------------------------------------- all of them


def write_all(reports: Reports, tables: dict[str, Table], folder: Path) -> None:
    """Writes all charts. `tables`, by name: characterisation.tables, uncertainty.one_at_a_time."""
    boxes = family_boxes(REPOSITORY)
    roofline(reports, tables["roofline"], folder / "roofline.svg")
    footprint_and_reuse(tables["layers"], boxes, folder / "footprint_and_reuse.svg")
    energy_of_networks(reports, folder / "energy_of_networks.svg")
    energy_of_kinds(reports, folder / "energy_of_kinds.svg")
    normalised(reports, "throughput_flops", "throughput", folder / "throughput.svg")
    normalised(
        reports, "efficiency_flops_per_j", "energy efficiency", folder / "energy_efficiency.svg"
    )
    utilisation(reports, folder / "utilisation.svg")
    intervals(tables["constants"], folder / "constants.svg")
