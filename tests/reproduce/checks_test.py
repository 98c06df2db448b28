#!/usr/bin/python3
"""Each invariant of reports, broken on its own."""

import unittest

import made_reports
from checks import broken_invariants, relative_difference


class Checks(unittest.TestCase):
    def setUp(self) -> None:
        self.report = made_reports.whole_report("edge_tpu")

    def expect(self, *starts: str) -> None:
        broken = broken_invariants(self.report)
        self.assertEqual(len(broken), len(starts), broken)
        for text, start in zip(broken, starts):
            self.assertTrue(text.startswith(start), text)

    def test_whole_reports_break_none(self) -> None:
        self.expect()

    def test_macs(self) -> None:
        self.report["layers"][0]["macs"] += 1
        self.expect("MACs of layers: the parts come to 101, the whole is 100")

    def test_energy_of_layers(self) -> None:
        layer = self.report["layers"][0]
        layer["energy_pj"] = {**layer["energy_pj"], "buffer": 1}
        self.expect("buffer energy of layers")

    def test_energy_of_accelerators(self) -> None:
        found = self.report["accelerators"][0]
        found["energy_pj"] = {**found["energy_pj"], "mac": 0}
        self.expect("mac energy of accelerators")

    def test_energy_by_component(self) -> None:
        self.report["totals"]["energy_j"] *= 1 + 2e-9
        self.expect("energy by component")

    def test_rounding_is_no_break(self) -> None:
        self.report["totals"]["energy_j"] *= 1 + 1e-10
        self.expect()

    def test_bytes_of_layers_and_ports(self) -> None:
        self.report["totals"]["dram_read_bytes"] += 1
        self.expect("DRAM read bytes of layers", "DRAM read bytes of ports")
        self.report["totals"]["dram_read_bytes"] -= 1
        self.report["ports"][0]["write_bytes"] = 0
        self.expect("DRAM write bytes of ports")

    def test_the_end(self) -> None:
        self.report["layers"][0]["end_s"] = 1.9
        self.expect("the last layer's end")

    def test_systemc_and_the_analytic_model(self) -> None:
        self.report["totals"]["ideal_memory_latency_s"] *= 1.0999
        self.expect()
        self.assertAlmostEqual(relative_difference(self.report), 0.0999)
        self.report["totals"]["ideal_memory_latency_s"] *= 0.8
        self.expect("SystemC at ideal memories differs by -12.0% from the analytic model")


if __name__ == "__main__":
    unittest.main()
