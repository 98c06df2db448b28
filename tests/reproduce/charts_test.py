#!/usr/bin/python3
"""Charts are written, whole and alike for equal data. Skipped without matplotlib."""

import importlib.util
import tempfile
import unittest
import xml.etree.ElementTree as xml
from pathlib import Path

import made_reports
from made_reports import constant, uncertain, whole_report
from networks import SYSTEMS

CHARTS = [
    "constants",
    "energy_efficiency",
    "energy_of_kinds",
    "energy_of_networks",
    "footprint_and_reuse",
    "roofline",
    "throughput",
    "utilisation",
]


@unittest.skipUnless(importlib.util.find_spec("matplotlib"), "no matplotlib")
class Charts(unittest.TestCase):
    def setUp(self) -> None:
        import bar_charts
        import characterisation
        import constants
        import groups
        import layers
        import scatter_charts
        import uncertainty

        tables = (characterisation, constants, groups, layers, uncertainty)
        made_reports.small_zoo(self, bar_charts, scatter_charts, *tables)
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)
        moved = [constant("lanes 1/2/4", ["accelerators.pascal.lanes"], (1, 2), (1, 1))]
        self.reports = {
            (network, system): whole_report(
                system, uncertainty=uncertain(2, 4, moved if system == "mensa_g" else [])
            )
            for network in made_reports.NETWORKS
            for system in SYSTEMS
        }
        self.tables = {
            table.name: table
            for table in (
                characterisation.roofline(self.reports),
                layers.every_layer(self.reports),
                uncertainty.one_at_a_time(self.reports),
            )
        }

    def write(self, name: str) -> Path:
        import charts

        charts.write_all(self.reports, self.tables, self.folder / name)
        return self.folder / name

    def test_all_are_written_alike(self) -> None:
        one, other = self.write("one"), self.write("other")
        self.assertEqual(sorted(path.stem for path in one.iterdir()), CHARTS)
        for path in one.iterdir():
            self.assertEqual(path.read_bytes(), (other / path.name).read_bytes(), path.name)
            xml.parse(path)  # well-formed
        self.assertIn("lanes of pascal", (one / "constants.svg").read_text())
        self.assertIn("mensa_g", (one / "throughput.svg").read_text())
        self.assertIn("family 3", (one / "footprint_and_reuse.svg").read_text())


if __name__ == "__main__":
    unittest.main()
