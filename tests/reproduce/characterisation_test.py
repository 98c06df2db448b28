#!/usr/bin/python3
"""Figures of the characterisation, by hand on two networks of a few layers."""

import unittest

import made_reports
import characterisation
import groups


class Characterisation(unittest.TestCase):
    def setUp(self) -> None:
        made_reports.small_zoo(self, characterisation, groups)
        self.reports = made_reports.two_reports()

    def rows(self, table) -> dict[str, dict]:
        return {row["network"]: row for row in table.rows}

    def test_ceiling_is_peak_throughput_at_static_power_and_the_cheapest_layer(self) -> None:
        # 8 W over 1000 FLOP/s are 0.008 J, and 2 J over 400 FLOP 0.005 J.
        self.assertAlmostEqual(characterisation.efficiency_ceiling(self.reports), 1 / 0.013)

    def test_peaks(self) -> None:
        rows = self.rows(characterisation.peaks(self.reports))
        self.assertEqual(rows["eye"]["share_of_peak"], 0.4)
        self.assertAlmostEqual(rows["eye"]["share_of_ceiling"], 25 * 0.013)
        self.assertEqual(rows["ear"]["share_of_best"], 1 / 25)
        self.assertAlmostEqual(rows["*mean, all*"]["share_of_peak"], (0.4 + 0.01) / 2)
        self.assertAlmostEqual(rows["*mean, all*"]["share_of_best"], (1 + 0.04) / 2)
        self.assertAlmostEqual(rows["*mean, LSTM*"]["share_of_peak"], 0.01)

    def test_papers_figures_stand_beside_means_alone(self) -> None:
        rows = self.rows(characterisation.peaks(self.reports))
        self.assertEqual(rows["*mean, LSTM*"]["papers_share_of_peak"], "< 1 % (B)")
        self.assertIsNone(rows["ear"]["papers_share_of_peak"])
        self.assertIsNone(rows["*mean, CNN*"]["papers_share_of_peak"])

    def test_energy_breakdown(self) -> None:
        eye = self.rows(characterisation.energy_breakdown(self.reports))["eye"]
        # Static 16 J as 1 : 5 : 2 W.
        self.assertAlmostEqual(eye["energy_j"], 32)
        self.assertAlmostEqual(eye["pe_array_static_share"], 2 / 32)
        self.assertAlmostEqual(eye["buffer_static_share"], 10 / 32)
        self.assertAlmostEqual(eye["memory_static_share"], 4 / 32)
        self.assertAlmostEqual(eye["buffers_of_static"], 10 / 16)
        self.assertAlmostEqual(eye["buffers_of_leakage"], 10 / 12)
        self.assertAlmostEqual(eye["buffers_of_dynamic"], 3 / 16)
        self.assertAlmostEqual(eye["buffers_of_on_chip_dynamic"], 3 / 8)
        self.assertAlmostEqual(eye["off_chip"], (8 + 4) / 32)
        shares = [value for key, value in eye.items() if key.endswith("_share")]
        self.assertAlmostEqual(sum(shares), 1)

    def test_energy_of_kinds_is_the_mean_of_shares(self) -> None:
        row = self.rows(characterisation.energy_breakdown(self.reports))["*mean, all*"]
        self.assertAlmostEqual(row["off_chip"], (12 / 32 + (16 + 20) / 100) / 2)

    def test_leakage_that_comes_and_goes_is_refused(self) -> None:
        found = self.reports["eye", "edge_tpu"]
        found["system"]["accelerators"][0]["power_gated"] = True
        with self.assertRaisesRegex(ValueError, "edge_tpu is power-gated"):
            characterisation.static_parts(found)

    def test_roofline(self) -> None:
        rows = self.rows(characterisation.roofline(self.reports))
        # 800 FLOP over 4 B, 100 FLOP over 100 B; the corner is at 100 FLOP/B.
        self.assertEqual(rows["eye"]["intensity_flop_per_byte"], 200)
        self.assertEqual((rows["eye"]["roof_flop_per_s"], rows["eye"]["roof"]), (1000, "peak"))
        self.assertEqual(rows["ear"]["intensity_flop_per_byte"], 1)
        self.assertEqual((rows["ear"]["roof_flop_per_s"], rows["ear"]["roof"]), (10, "bandwidth"))
        self.assertEqual(rows["ear"]["share_of_roof"], 1)

    def test_without_dram_the_roof_is_peak(self) -> None:
        self.reports["ear", "edge_tpu"]["totals"]["dram_bytes"] = 0
        rows = self.rows(characterisation.roofline(self.reports))
        self.assertIsNone(rows["ear"]["intensity_flop_per_byte"])
        self.assertEqual(rows["ear"]["roof_flop_per_s"], 1000)

    def test_tables_can_be_written(self) -> None:
        for table in characterisation.tables(self.reports):
            self.assertEqual(table.csv().count("\n"), len(table.rows) + 1, table.name)
            self.assertEqual(table.markdown().count("\n"), len(table.rows) + 2, table.name)

    def test_by_group_leaves_out_networks(self) -> None:
        table = groups.by_group(characterisation.peaks(self.reports))
        self.assertEqual([row["kind"] for row in table.rows], ["CNN", "LSTM", "all"])


if __name__ == "__main__":
    unittest.main()
