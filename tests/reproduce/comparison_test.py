#!/usr/bin/python3
"""Our figures beside the papers'."""

import csv
import unittest

import made_reports
import comparison
from made_reports import REPOSITORY, whole_report
from networks import KINDS, NETWORKS, SYSTEMS, kind_of


class PapersFigures(unittest.TestCase):
    def setUp(self) -> None:
        path = REPOSITORY / "scripts" / "reproduce" / "paper.csv"
        with open(path, encoding="utf-8", newline="") as file:
            self.figures = list(csv.DictReader(file))

    def test_are_of_what_we_know(self) -> None:
        self.assertTrue(self.figures)
        for figure in self.figures:
            self.assertIn(figure["metric"], comparison.VALUES)
            self.assertIn(figure["of"], SYSTEMS)
            self.assertIn(figure["against"], SYSTEMS)
            self.assertNotEqual(figure["of"], figure["against"])
            self.assertTrue(comparison.networks_of(figure["networks"]))
            self.assertGreater(float(figure["paper"]), 0)
            self.assertIn(figure["grade"], ["A", "B", "C", "D"])

    def test_each_stands_once(self) -> None:
        keys = [tuple(f[k] for k in ("metric", "networks", "of", "against")) for f in self.figures]
        self.assertEqual(len(set(keys)), len(keys))

    def test_each_has_a_row_for_either_eyeriss(self) -> None:
        reports = {(n, s): whole_report(s) for n in NETWORKS for s in SYSTEMS}
        rows = comparison.beside_the_papers(reports).rows
        twice = sum("eyeriss_v2" in (f["of"], f["against"]) for f in self.figures)
        self.assertGreater(twice, 0)
        self.assertEqual(len(rows), len(self.figures) + twice)


class Networks(unittest.TestCase):
    def test_are_24_each_of_one_kind(self) -> None:
        self.assertEqual(len(set(NETWORKS)), 24)
        self.assertEqual([len(KINDS[kind_of(n)]) > 0 for n in NETWORKS], [True] * 24)

    def test_of_joined_kinds(self) -> None:
        found = comparison.networks_of("LSTM and transducer")
        self.assertEqual(found, KINDS["LSTM"] + KINDS["transducer"])
        self.assertEqual(comparison.networks_of("all"), NETWORKS)
        self.assertRaises(KeyError, comparison.networks_of, "GAN")


class Averaged(unittest.TestCase):
    """Throughputs of 100 and 40 FLOP/s on edge_tpu, of 200 and 320 on mensa_g."""

    def setUp(self) -> None:
        made_reports.small_zoo(self, comparison)
        self.reports = {
            ("eye", "edge_tpu"): whole_report("edge_tpu", latency=2, joules=4),
            ("eye", "mensa_g"): whole_report("mensa_g", latency=1, joules=1),
            ("ear", "edge_tpu"): whole_report("edge_tpu", latency=5, joules=8),
            ("ear", "mensa_g"): whole_report("mensa_g", latency=0.625, joules=8),
        }

    def averaged(self, metric: str, group: str = "all") -> list[float]:
        values = comparison.averaged(self.reports, metric, group, "mensa_g", "edge_tpu")
        return [round(value, 12) for value in values.values()]

    def test_by_three_averages(self) -> None:
        self.assertEqual(self.averaged("throughput"), [5, 4, round(520 / 140, 12)])
        self.assertEqual(self.averaged("energy"), [0.625, 0.5, 0.75])

    def test_of_a_kind_alone(self) -> None:
        self.assertEqual(self.averaged("throughput", "LSTM"), [8, 8, 8])
        self.assertEqual(self.averaged("throughput", "CNN and LSTM"), self.averaged("throughput"))

    def test_speed_is_that_of_latency(self) -> None:
        self.assertEqual(self.averaged("speed", "CNN"), [2, 2, 2])

    def test_difference_is_that_of_the_nearest_average(self) -> None:
        systems = {s: whole_report(s) for s in SYSTEMS}
        reports = {(n, s): report for n in ("eye", "ear") for s, report in systems.items()}
        reports.update(self.reports)
        made_reports.KINDS.update(transducer=["ear"])
        self.addCleanup(made_reports.KINDS.pop, "transducer")
        row = next(
            row
            for row in comparison.beside_the_papers(reports).rows
            if (row["metric"], row["networks"], row["against"]) == ("throughput", "all", "edge_tpu")
            and row["of"] == "mensa_g"
        )
        self.assertAlmostEqual(row["nearest_difference"], 520 / 140 / row["paper"] - 1)
        self.assertEqual(row["paper"], 3.1)

    def test_by_network_is_over_the_baseline(self) -> None:
        for (network, system), report in list(self.reports.items()):
            for other in SYSTEMS:
                self.reports.setdefault((network, other), report)
        table = comparison.normalised(self.reports, "energy efficiency")
        rows = {row["network"]: row["mensa_g"] for row in table.rows}
        self.assertEqual((rows["eye"], rows["ear"]), (4, 1))
        self.assertAlmostEqual(rows["*geometric mean, all*"], 2)
        self.assertEqual(table.name, "energy_efficiency")


if __name__ == "__main__":
    unittest.main()
