#!/usr/bin/python3
"""Averages, by hand."""

import unittest

import made_reports  # noqa: F401  where the modules are
from averages import AVERAGES, METRICS, geometric_mean, mean, percentile


class Averages(unittest.TestCase):
    def test_of_ratios_4_and_1(self) -> None:
        ours, theirs = [8.0, 10.0], [2.0, 10.0]
        self.assertAlmostEqual(AVERAGES["mean of ratios"](ours, theirs), 2.5)
        self.assertAlmostEqual(AVERAGES["geometric mean"](ours, theirs), 2)
        self.assertAlmostEqual(AVERAGES["ratio of means"](ours, theirs), 1.5)

    def test_only_the_mean_of_ratios_depends_on_the_divisor(self) -> None:
        ours, theirs = [8.0, 10.0], [2.0, 10.0]
        for name, average in AVERAGES.items():
            product = average(ours, theirs) * average(theirs, ours)
            expected = 2.5 * 0.625 if name == "mean of ratios" else 1
            self.assertAlmostEqual(product, expected, msg=name)

    def test_mean_loses_no_small_values(self) -> None:
        self.assertEqual(mean([1e16, 1.0, -1e16]), 1 / 3)

    def test_geometric_mean(self) -> None:
        self.assertAlmostEqual(geometric_mean([1, 10, 100]), 10)
        self.assertRaises(ValueError, geometric_mean, [1, 0])

    def test_metrics_count_two_flop_a_mac(self) -> None:
        self.assertEqual(METRICS["throughput"](2.0, 4.0, 100), 100)
        self.assertEqual(METRICS["energy efficiency"](2.0, 4.0, 100), 50)


class Percentile(unittest.TestCase):
    def test_between_two_values_by_linear_interpolation(self) -> None:
        values = [40.0, 10.0, 30.0, 20.0]
        self.assertEqual(percentile(values, 0.5), 25)
        self.assertAlmostEqual(percentile(values, 0.05), 11.5)
        self.assertAlmostEqual(percentile(values, 0.95), 38.5)

    def test_ends_and_a_single_value(self) -> None:
        self.assertEqual(percentile([3.0, 1.0, 2.0], 0), 1)
        self.assertEqual(percentile([3.0, 1.0, 2.0], 1), 3)
        self.assertEqual(percentile([7.0], 0.95), 7)

    def test_at_a_value_is_that_value(self) -> None:
        self.assertEqual(percentile([1.0, 9.0, 0.0, 2.0, 5.0], 0.25), 1)


if __name__ == "__main__":
    unittest.main()
