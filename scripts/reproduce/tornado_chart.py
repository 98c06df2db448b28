"""How far single constants move the headline ratios."""

import math
from pathlib import Path

from matplotlib.axes import Axes

from drawing import BLACK, SKY_BLUE, VERMILION, legend_above, new_figure, save
from tables import Table
from uncertainty import AVERAGE, SHOWN_CONSTANTS


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
    figure, grid = new_figure(11, height, rows, columns, squeeze=False)
    for axes, (headline, found) in zip(grid.flat, headlines.items()):
        found = sorted(found, key=lambda row: (-row["width"], row["constant"]))
        _tornado(axes, headline, found[:SHOWN_CONSTANTS])
    for axes in grid.flat[len(headlines) :]:
        axes.set_axis_off()
    legend_above(figure, grid.flat[0], 2)
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
    labels = [row["label"].replace(" (", "\n(") for row in rows]  # systems on a line of their own
    axes.set_yticks(range(len(rows)), labels, fontsize=7)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.grid(axis="y", visible=False)
    axes.set_title(f"{metric}, {of} over {against}", fontsize=9)
