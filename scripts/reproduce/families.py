"""The papers' five families of layers, and how many layers are in them. A layer is of the family
that the program's reports give: the one whose box holds it, else the nearest."""

import re
from dataclasses import dataclass
from pathlib import Path

from baseline import baseline
from comparison import Reports
from groups import ALL, groups
from layers import mac_layers, parameter_reuse
from tables import Column, Table, per_cent

REPOSITORY = Path(__file__).resolve().parents[2]
FAMILY_NUMBERS = [1, 2, 3, 4, 5]
PAPERS_IN_BOXES = {ALL: "about 97 % (C)"}


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


def _share(part: int, layers: list[dict]) -> float | None:
    return part / len(layers) if layers else None


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
            "inside_share": _share(inside, layers),
            "inside_but_for_macs_share": _share(inside_but_for_macs, layers),
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
