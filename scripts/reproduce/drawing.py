"""What all charts share: colours, style, figures. Importing it sets matplotlib up for SVG whose
bytes follow from the data alone: no date, ids from a fixed salt, nobody's matplotlibrc."""

import io
from pathlib import Path

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402  after the choice of what it draws with
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter  # noqa: E402

from tables import write_whole  # noqa: E402

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


def new_figure(width: float, height: float, rows: int = 1, columns: int = 1, **options) -> tuple:
    """A figure of so many inches, and its axes."""
    return plt.subplots(rows, columns, figsize=(width, height), layout="constrained", **options)


def legend_above(figure: Figure, axes: Axes, columns: int) -> None:
    """The legend of the axes, for the whole figure, in a strip of its own."""
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="upper center", ncol=columns, borderaxespad=0.2)
    strip = LEGEND_INCHES / figure.get_figheight()
    figure.get_layout_engine().set(rect=(0, 0, 1, 1 - strip))


def plain_log(axis) -> None:
    """1, 10, 100 and what lies between as 2 and 5, in plain digits."""
    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())
