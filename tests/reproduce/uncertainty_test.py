#!/usr/bin/python3
"""Ratios under constants that move, by hand on two systems."""

import unittest
from unittest import mock

import made_reports
import constants
import uncertainty
from made_reports import constant, uncertain, whole_report

SYSTEMS = ["edge_tpu", "mensa_g"]
HEADLINE = ("throughput", "mensa_g", "edge_tpu")


class Uncertainty(unittest.TestCase):
    """Two networks alike: 2 s and 4 J on edge_tpu, 1 s and 4 J on mensa_g. Lanes are mensa_g's
    alone; wires are in both, of more weight on edge_tpu."""

    def setUp(self) -> None:
        made_reports.small_zoo(self, constants, uncertainty)
        for module in (constants, uncertainty):
            patch = mock.patch.object(module, "SYSTEMS", SYSTEMS)
            patch.start()
            self.addCleanup(patch.stop)
        patch = mock.patch.object(uncertainty, "HEADLINES", [HEADLINE])
        patch.start()
        self.addCleanup(patch.stop)
        lanes = constant("lanes 1/2/4", ["accelerators.pascal.lanes"], (4, 0.5), (4, 4), unit=None)
        wires = ["technology.wires"]
        both = constant("t.wires", wires, (2, 8), (2, 9))
        base = uncertain(2, 4, [both], [(2, 4), (4, 4), (2, 2), (8, 8)])
        both = constant("t.wires", wires, (1, 2), (3, 3))
        mensa = uncertain(1, 4, [both, lanes], [(1, 2), (1, 8), (4, 1), (2, 2)])
        self.reports = {}
        for network in ("eye", "ear"):
            for system, found in (("edge_tpu", base), ("mensa_g", mensa)):
                self.reports[network, system] = whole_report(system, uncertainty=found)

    def one_at_a_time(self) -> dict[str, dict]:
        rows = uncertainty.one_at_a_time(self.reports).rows
        self.assertEqual([row["constant"] for row in rows], ["lanes 1/2/4", "t.wires"])
        return {row["constant"]: row for row in rows}

    def test_samples_go_together(self) -> None:
        # Throughput over that of edge_tpu: 2, 4, 0.5, 4.
        (row, *_) = uncertainty.intervals(self.reports).rows
        self.assertEqual((row["least"], row["most"], row["nominal"]), (0.5, 4, 2))
        self.assertAlmostEqual(row["p50"], 3)
        self.assertAlmostEqual(row["p5"], 0.5 + 0.15 * 1.5)

    def test_a_constant_that_a_system_lacks_leaves_it_nominal(self) -> None:
        row = self.one_at_a_time()["lanes 1/2/4"]
        self.assertAlmostEqual(row["at_low"], 2 / 4)
        self.assertAlmostEqual(row["at_high"], 2 / 0.5)
        self.assertAlmostEqual(row["width"], 3.5)

    def test_a_constant_of_both_moves_both(self) -> None:
        row = self.one_at_a_time()["t.wires"]
        self.assertAlmostEqual(row["at_low"], 2)
        self.assertAlmostEqual(row["at_high"], 4)

    def test_of_whom_a_constant_is(self) -> None:
        rows = self.one_at_a_time()
        self.assertEqual(rows["lanes 1/2/4"]["where"], "pascal")
        self.assertEqual(rows["t.wires"]["where"], "")
        self.assertEqual(rows["lanes 1/2/4"]["range"], "1 / 2 / 4")
        self.assertEqual(rows["t.wires"]["range"], "1 / 2 / 4 pJ")
        markdown = uncertainty.one_at_a_time(self.reports).markdown()
        self.assertIn("| lanes | pascal | 1 / 2 / 4 | D | 2.00x | 0.50x | 4.00x |", markdown)

    def test_deciding_are_those_that_move_it_most(self) -> None:
        table = uncertainty.one_at_a_time(self.reports)
        with mock.patch.object(uncertainty, "SHOWN_CONSTANTS", 1):
            rows = uncertainty.deciding_constants(table).rows
        self.assertEqual([row["constant"] for row in rows], ["lanes 1/2/4"])
        table.rows[1]["width"] = 0.0099  # of 2, under half a per cent
        self.assertEqual(len(uncertainty.deciding_constants(table).rows), 1)
        table.rows[1]["width"] = 0.0101
        self.assertEqual(len(uncertainty.deciding_constants(table).rows), 2)

    def test_order_and_what_flips_it(self) -> None:
        throughput, efficiency = uncertainty.order_of_systems(self.reports).rows
        self.assertEqual((throughput["ahead"], throughput["behind"]), ("mensa_g", "edge_tpu"))
        self.assertAlmostEqual(throughput["nominal"], 2)
        self.assertAlmostEqual(throughput["agree"], 3 / 4)
        self.assertEqual(throughput["flips"], "lanes of pascal at low")
        # Alike in energy: the first is not ahead, until wires at their low value make it so.
        self.assertEqual(efficiency["ahead"], "mensa_g")
        self.assertEqual(efficiency["flips"], "t.wires at low")

    def test_nothing_flips(self) -> None:
        for report in self.reports.values():
            report["uncertainty"]["constants"] = []
        self.assertEqual(uncertainty.order_of_systems(self.reports).rows[0]["flips"], "none")
        self.assertEqual(uncertainty.one_at_a_time(self.reports).rows, [])


class Owners(unittest.TestCase):
    def setUp(self) -> None:
        made_reports.small_zoo(self, constants)
        patch = mock.patch.object(constants, "SYSTEMS", SYSTEMS)
        patch.start()
        self.addCleanup(patch.stop)

    def constants(self, base: list[dict], mensa: list[dict]) -> dict[str, constants.Constant]:
        reports = {}
        for network in ("eye", "ear"):
            for system, found in (("edge_tpu", base), ("mensa_g", mensa)):
                reports[network, system] = whole_report(system, uncertainty=uncertain(1, 1, found))
        return constants.constants(reports)

    def test_are_parts_of_the_system(self) -> None:
        for place, owner in (
            ("accelerators.edge_tpu.vector_lanes", "edge_tpu"),
            ("memories.lpddr4.ports.bus.latency", "lpddr4.bus"),
            ("memories.lpddr4.background_power", "lpddr4"),
            ("technology.registers.0.energy_per_byte", ""),
            ("host.operations_per_second", "host"),
        ):
            self.assertEqual(constants.owner_of(place), owner)

    def test_all_accelerators(self) -> None:
        mensa = [f"accelerators.{name}.launch" for name in ("pascal", "pavlov", "jacquard")]
        base = ["accelerators.edge_tpu.launch"]
        found = self.constants([constant("launch 0", base)], [constant("launch 0", mensa)])
        self.assertEqual(found["launch 0"].label, "launch of all accelerators")
        found = self.constants([constant("launch 0", base)], [constant("launch 0", mensa[:1])])
        self.assertEqual(found["launch 0"].where, "edge_tpu, pascal")

    def test_equal_labels_are_told_apart_by_systems(self) -> None:
        place = ["memories.dram.power"]
        found = self.constants([constant("power 1", place)], [constant("power 2", place)])
        self.assertEqual(found["power 1"].label, "power of dram (edge_tpu)")
        self.assertEqual(found["power 2"].label, "power of dram (mensa_g)")

    def test_grades_of_all_systems(self) -> None:
        place = ["memories.dram.power"]
        found = self.constants(
            [constant("power 1", place, grade="X")], [constant("power 1", place, grade="A")]
        )
        self.assertEqual(found["power 1"].grade, "A, X")


if __name__ == "__main__":
    unittest.main()
