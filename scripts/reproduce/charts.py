"""The reproduction's charts as SVG. Equal data give equal bytes."""

from pathlib import Path

from bar_charts import energy_of_kinds, energy_of_networks, normalised
from comparison import Reports
from families import REPOSITORY, family_boxes
from scatter_charts import footprint_and_reuse, roofline, utilisation
from tables import Table
from tornado_chart import intervals


def write_all(reports: Reports, tables: dict[str, Table], folder: Path) -> None:
    """Writes all charts. `tables`, by name: roofline, layers and constants are drawn."""
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
