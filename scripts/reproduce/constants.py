"""The constants with ranges that systems are built from, over all reports, and how to name them to
readers: the program's names are unique but say little, as "latency 40/100/200 ns"."""

from dataclasses import dataclass

from comparison import Reports
from networks import NETWORKS, SYSTEMS

ALL_ACCELERATORS = "all accelerators"


@dataclass(frozen=True)
class Constant:
    name: str  # of the program; that of a system's own part ends in " LOW/NOMINAL/HIGH UNIT"
    where: str  # whose it is: an accelerator, a memory's port, the host; empty: the technology's
    range: str  # low / nominal / high, with the unit
    grade: str  # of its source; several where systems differ

    @property
    def quantity(self) -> str:
        """The name without its values."""
        return self.name.partition(" ")[0]

    @property
    def label(self) -> str:
        """Unique among all constants, as "latency of lpddr4.bus"."""
        return f"{self.quantity} of {self.where}" if self.where else self.quantity


def owner_of(place: str) -> str:
    """Whose the constant at a place of the system is: the accelerator, the memory or MEMORY.PORT,
    the host; empty for the technology's."""
    parts = place.split(".")
    if parts[0] == "technology":
        return ""
    if parts[0] == "memories" and parts[2] == "ports":
        return f"{parts[1]}.{parts[3]}"
    return parts[0] if parts[0] == "host" else parts[1]


def constants(reports: Reports) -> dict[str, Constant]:
    """All constants of all systems, by name."""
    found: dict[str, dict[str, list[dict]]] = {}  # by name and system
    for system in SYSTEMS:
        for network in NETWORKS:
            for constant in reports[network, system]["uncertainty"]["constants"]:
                found.setdefault(constant["name"], {}).setdefault(system, []).append(constant)
    accelerators = _accelerators(reports)
    named = [_constant(name, found[name], accelerators) for name in sorted(found)]
    return {constant.name: constant for constant in _told_apart(named, found)}


def _accelerators(reports: Reports) -> set[str]:
    return {
        accelerator["name"]
        for report in reports.values()
        for accelerator in report["system"]["accelerators"]
    }


def _constant(name: str, found: dict[str, list[dict]], accelerators: set[str]) -> Constant:
    every = [constant for of_system in found.values() for constant in of_system]
    owners = dict.fromkeys(owner_of(place) for constant in every for place in constant["places"])
    if len(accelerators) > 1 and owners.keys() == accelerators:
        owners = [ALL_ACCELERATORS]
    first = every[0]
    unit = f" {first['unit']}" if first["unit"] else ""
    return Constant(
        name,
        ", ".join(owners),
        f"{first['low']:g} / {first['nominal']:g} / {first['high']:g}{unit}",
        ", ".join(sorted({constant["grade"] for constant in every})),
    )


def _told_apart(named: list[Constant], found: dict[str, dict[str, list[dict]]]) -> list[Constant]:
    """With the systems beside whose it is, where two constants would have the same label."""
    labels = [constant.label for constant in named]
    return [
        Constant(
            constant.name,
            f"{constant.where} ({', '.join(found[constant.name])})",
            constant.range,
            constant.grade,
        )
        if labels.count(constant.label) > 1
        else constant
        for constant in named
    ]
