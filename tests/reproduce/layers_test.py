#!/usr/bin/python3
"""How far layers of a network are apart, by hand on two networks of a few layers."""

import unittest

import made_reports
import groups
import layers


class Layers(unittest.TestCase):
    def setUp(self) -> None:
        made_reports.small_zoo(self, groups, layers)
        self.reports = made_reports.two_reports()

    def rows(self, table) -> dict[str, dict]:
        return {row["network"]: row for row in table.rows}

    def test_spread(self) -> None:
        rows = self.rows(layers.spread(self.reports))
        self.assertEqual(rows["eye"]["reuse_spread"], 100)
        self.assertEqual(rows["eye"]["reuse_spread_of_convolutions"], 4)
        self.assertEqual(rows["eye"]["macs_spread"], 2)
        # Per step: 40 / 4 over 10 / 2.
        self.assertEqual(rows["ear"]["macs_spread"], 2)
        self.assertIsNone(rows["ear"]["reuse_spread_of_convolutions"])
        self.assertIsNone(rows["*widest, LSTM*"]["reuse_spread_of_convolutions"])
        self.assertEqual(rows["*widest, CNN*"]["papers_reuse_spread"], "up to 244x (A)")
        self.assertIsNone(rows["*median, CNN*"]["papers_reuse_spread"])

    def test_layers_have_macs_of_a_step(self) -> None:
        rows = layers.every_layer(self.reports).rows
        self.assertEqual([row["layer"] for row in rows], ["conv", "depthwise", "fc", "gate", "out"])
        self.assertEqual([row["macs"] for row in rows], [200, 100, 100, 10, 5])
        self.assertEqual([row["inside"] for row in rows], [1, 0, 0, 0, 0])


if __name__ == "__main__":
    unittest.main()
