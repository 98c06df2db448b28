#!/usr/bin/python3
"""Figures of the characterisation, by hand on two networks of a few layers."""

import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "scripts" / "reproduce"))

import characterisation  # noqa: E402  found by the line before
from characterisation import FamilyBox  # noqa: E402

KINDS = {"CNN": ["eye"], "LSTM": ["ear"]}
NETWORKS = ["eye", "ear"]


def energy(mac=0, register_file=0, buffer=0, network=0, dram=0, static=0, host=0) -> dict:
    return {
        "mac": mac,
        "register_file": register_file,
        "buffer": buffer,
        "network": network,
        "dram": dram,
        "static": static,
        "host": host,
    }


def layer(name: str, op: str, macs: int, parameters: int, reuse: float, **other) -> dict:
    return {
        "name": name,
        "op": op,
        "macs": macs,
        "steps": 1,
        "parameter_bytes": parameters,
        "parameter_reuse_macs_per_byte": reuse,
        "family": 3,
        "family_inside": False,
        "pe_utilization": 0.5,
        "energy_pj": energy(mac=macs),
        **other,
    }


def report(totals: dict, layers: list[dict]) -> dict:
    """On an accelerator of 1000 FLOP/s at 10 B/s, of 1 W for PEs, 5 W for buffers, 2 W for DRAM."""
    return {
        "system": {
            "name": "edge_tpu",
            "memory_background_w": 2.0,
            "accelerators": [
                {
                    "name": "edge_tpu",
                    "peak_flops": 1000.0,
                    "port": "dram.bus",
                    "leakage_w": {"pe_array": 1.0, "buffers": 5.0},
                    "power_gated": False,
                }
            ],
        },
        "ports": [
            {"memory": "dram", "port": "other", "bandwidth_bytes_per_s": 1.0},
            {"memory": "dram", "port": "bus", "bandwidth_bytes_per_s": 10.0},
        ],
        "totals": totals,
        "layers": layers,
    }


def two_reports() -> dict:
    """eye: 400 MACs in 2 s, 32 J; ear: 50 MACs in 10 s, 100 J."""
    eye = report(
        {
            "macs": 400,
            "latency_s": 2.0,
            "throughput_flops": 400.0,
            "efficiency_flops_per_j": 25.0,
            "energy_j": 32.0,
            "energy_pj": energy(1e12, 2e12, 3e12, 2e12, 8e12, 16e12),
            "dram_bytes": 4,
        },
        [
            # 0.005 J on chip per FLOP: (0.5 + 0.5 + 0.5 + 0.5) J of 200 MACs.
            layer(
                "conv",
                "Conv",
                200,
                2000,
                100.0,
                energy_pj=energy(0.5e12, 0.5e12, 0.5e12, 0.5e12, 99e12, 99e12),
                family=1,
                family_inside=True,
            ),
            layer("depthwise", "Conv", 100, 2000, 25.0, energy_pj=energy(9e12)),
            layer("fc", "Gemm", 100, 2000, 1.0, energy_pj=energy(9e12)),
            layer("relu", "Relu", 0, 0, 0.0, family=None, family_inside=None),
        ],
    )
    ear = report(
        {
            "macs": 50,
            "latency_s": 10.0,
            "throughput_flops": 10.0,
            "efficiency_flops_per_j": 1.0,
            "energy_j": 100.0,
            "energy_pj": energy(1e12, 1e12, 1e12, 1e12, 16e12, 80e12),
            "dram_bytes": 100,
        },
        [
            layer("gate", "LSTM", 40, 900, 1.0, steps=4, energy_pj=energy(9e12)),
            layer("out", "Gemm", 10, 5000, 2.0, steps=2, energy_pj=energy(9e12)),
        ],
    )
    return {("eye", "edge_tpu"): eye, ("ear", "edge_tpu"): ear}


class Characterisation(unittest.TestCase):
    def setUp(self) -> None:
        patch = mock.patch.multiple(
            characterisation,
            KINDS=KINDS,
            NETWORKS=NETWORKS,
            kind_of=lambda network: "CNN" if network == "eye" else "LSTM",
        )
        patch.start()
        self.addCleanup(patch.stop)
        self.reports = two_reports()

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

    def test_families(self) -> None:
        boxes = [FamilyBox(1, (1000, 2000), (25, 100)), FamilyBox(3, (900, 1000), (0.5, 1))]
        rows = characterisation.families(self.reports, boxes).rows
        cnn, lstm, whole = rows
        self.assertEqual((cnn["layers"], cnn["inside"]), (3, 1))
        self.assertEqual((cnn["family_1"], cnn["family_3"]), (1, 2))
        # Both ends of a box are in it.
        self.assertAlmostEqual(cnn["inside_but_for_macs_share"], 2 / 3)
        self.assertAlmostEqual(lstm["inside_but_for_macs_share"], 1 / 2)
        self.assertEqual((whole["kind"], whole["layers"]), ("all", 5))
        self.assertAlmostEqual(whole["inside_share"], 1 / 5)
        self.assertEqual(whole["papers_inside_share"], "about 97 % (C)")

    def test_spread(self) -> None:
        rows = self.rows(characterisation.spread(self.reports))
        self.assertEqual(rows["eye"]["reuse_spread"], 100)
        self.assertEqual(rows["eye"]["reuse_spread_of_convolutions"], 4)
        self.assertEqual(rows["eye"]["macs_spread"], 2)
        # Per step: 40 / 4 over 10 / 2.
        self.assertEqual(rows["ear"]["macs_spread"], 2)
        self.assertIsNone(rows["ear"]["reuse_spread_of_convolutions"])
        self.assertIsNone(rows["*widest, LSTM*"]["reuse_spread_of_convolutions"])
        self.assertEqual(rows["*widest, CNN*"]["papers_reuse_spread"], "up to 244x (A)")
        self.assertIsNone(rows["*median, CNN*"]["papers_reuse_spread"])

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

    def test_layers_have_macs_of_a_step(self) -> None:
        rows = characterisation.layers(self.reports).rows
        self.assertEqual([row["layer"] for row in rows], ["conv", "depthwise", "fc", "gate", "out"])
        self.assertEqual([row["macs"] for row in rows], [200, 100, 100, 10, 5])
        self.assertEqual([row["inside"] for row in rows], [1, 0, 0, 0, 0])

    def test_tables_can_be_written(self) -> None:
        for table in characterisation.tables(self.reports):
            self.assertEqual(table.csv().count("\n"), len(table.rows) + 1, table.name)
            self.assertEqual(table.markdown().count("\n"), len(table.rows) + 2, table.name)

    def test_by_group_leaves_out_networks(self) -> None:
        table = characterisation.by_group(characterisation.peaks(self.reports))
        self.assertEqual([row["kind"] for row in table.rows], ["CNN", "LSTM", "all"])


class Boxes(unittest.TestCase):
    def test_are_read_as_the_program_has_them(self) -> None:
        boxes = characterisation.family_boxes(REPOSITORY)
        self.assertEqual(boxes[0], FamilyBox(1, (1e3, 1e5), (780, 20000)))
        self.assertEqual(boxes[2], FamilyBox(3, (9e5, 1.8e7), (0.5, 2)))

    def test_a_missing_family_is_an_error(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "scheduler" / "clusters" / "families.yaml"
            path.parent.mkdir(parents=True)
            path.write_text("families:\n", encoding="utf-8")
            with self.assertRaisesRegex(ValueError, "expected families"):
                characterisation.family_boxes(Path(folder))

    def test_a_missing_range_is_an_error(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "scheduler" / "clusters" / "families.yaml"
            path.parent.mkdir(parents=True)
            path.write_text("families:\n  - number: 1\n    macs: [1, 2]\n", encoding="utf-8")
            with self.assertRaisesRegex(ValueError, "no range parameter_bytes"):
                characterisation.family_boxes(Path(folder))


if __name__ == "__main__":
    unittest.main()
