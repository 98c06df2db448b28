"""Charts of bars over the baseline: energy by component, and what is better when larger."""

import math
from pathlib import Path

from matplotlib.axes import Axes

from averages import geometric_mean, mean
from comparison import COMPONENTS, Reports
from drawing import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    SYSTEM_MARKS,
    VERMILION,
    YELLOW,
    legend_above,
    new_figure,
    plain_log,
    save,
)
from groups import groups
from networks import BASELINE, KINDS, NETWORKS, SYSTEMS
from tables import significant

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

# ------------------------------------------------------------------------------------- energy


def energy_of_networks(reports: Reports, path: Path) -> None:
    """Energy of an inference by component, over all that the baseline takes: a panel for each
    network, a bar for each system."""
    columns = 4
    rows = math.ceil(len(NETWORKS) / columns)
    parts = _components_there(reports)
    figure, grid = new_figure(11, 1.45 * rows + 0.8, rows, columns, sharey=True, squeeze=False)
    for axes, network in zip(grid.flat, NETWORKS):
        whole = reports[network, BASELINE]["totals"]["energy_j"] * 1e12
        for place, system in enumerate(SYSTEMS):
            energy = reports[network, system]["totals"]["energy_pj"]
            _stacked_bar(axes, place, {part: energy[part] / whole for part in parts})
        _finish_bars(axes, network)
    for axes in grid.flat[len(NETWORKS) :]:
        axes.set_axis_off()
    legend_above(figure, grid.flat[0], len(parts))
    figure.supxlabel(f"energy of an inference over that on {BASELINE}", fontsize=9)
    save(figure, path)


def energy_of_kinds(reports: Reports, path: Path) -> None:
    """The same, as the arithmetic mean over the networks of a kind, each normalised by itself."""
    parts = _components_there(reports)
    figure, grid = new_figure(11, 2.6, 1, len(KINDS) + 1, sharey=True)
    for axes, (group, networks) in zip(grid, groups()):
        for place, system in enumerate(SYSTEMS):
            _stacked_bar(axes, place, _mean_energy(reports, networks, system, parts))
        _finish_bars(axes, group)
    legend_above(figure, grid[0], len(parts))
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


# ------------------------------------------------------------------- throughput and efficiency


def normalised(reports: Reports, key: str, what: str, path: Path) -> None:
    """A total of each run over the baseline's; at the right the geometric and the arithmetic mean
    over all networks. `key`: of a report's totals, more being better."""
    others = [system for system in SYSTEMS if system != BASELINE]
    averages = {"geometric mean": geometric_mean, "mean of ratios": mean}
    figure, axes = new_figure(11, 4.4)
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
    plain_log(axes.yaxis)
    axes.margins(x=0.01, y=0.08)
    axes.grid(axis="x", visible=False)
    axes.set_ylabel(f"{what} over that of {BASELINE}")
    legend_above(figure, axes, len(others))
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
