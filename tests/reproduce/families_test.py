#!/usr/bin/python3
"""The papers' families: whose layers are in them, and what their layers cost, by hand."""

import tempfile
import unittest
from pathlib import Path

import made_reports
import families
import family_runs
import groups
from families import FamilyBox
from made_reports import energy, layer


class Families(unittest.TestCase):
    def setUp(self) -> None:
        made_reports.small_zoo(self, groups)
        self.reports = made_reports.two_reports()

    def test_families(self) -> None:
        boxes = [FamilyBox(1, (1000, 2000), (25, 100)), FamilyBox(3, (900, 1000), (0.5, 1))]
        rows = families.families(self.reports, boxes).rows
        cnn, lstm, whole = rows
        self.assertEqual((cnn["layers"], cnn["inside"]), (3, 1))
        self.assertEqual((cnn["family_1"], cnn["family_3"]), (1, 2))
        # Both ends of a box are in it.
        self.assertAlmostEqual(cnn["inside_but_for_macs_share"], 2 / 3)
        self.assertAlmostEqual(lstm["inside_but_for_macs_share"], 1 / 2)
        self.assertEqual((whole["kind"], whole["layers"]), ("all", 5))
        self.assertAlmostEqual(whole["inside_share"], 1 / 5)
        self.assertEqual(whole["papers_inside_share"], "about 97 % (C)")


class Boxes(unittest.TestCase):
    def test_are_read_as_the_program_has_them(self) -> None:
        boxes = families.family_boxes(made_reports.REPOSITORY)
        self.assertEqual(boxes[0], FamilyBox(1, (1e3, 1e5), (780, 20000)))
        self.assertEqual(boxes[2], FamilyBox(3, (9e5, 1.8e7), (0.5, 2)))

    def test_a_missing_family_is_an_error(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "scheduler" / "clusters" / "families.yaml"
            path.parent.mkdir(parents=True)
            path.write_text("families:\n", encoding="utf-8")
            with self.assertRaisesRegex(ValueError, "expected families"):
                families.family_boxes(Path(folder))

    def test_a_missing_range_is_an_error(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "scheduler" / "clusters" / "families.yaml"
            path.parent.mkdir(parents=True)
            path.write_text("families:\n  - number: 1\n    macs: [1, 2]\n", encoding="utf-8")
            with self.assertRaisesRegex(ValueError, "no range parameter_bytes"):
                families.family_boxes(Path(folder))


def run_of(layers: list[dict], latency: float, accelerators: list[tuple[str, float]]) -> dict:
    """Layers with ids in their order; accelerators: with peak FLOP/s."""
    return {
        "system": {
            "accelerators": [{"name": name, "peak_flops": peak} for name, peak in accelerators]
        },
        "totals": {"latency_s": latency},
        "layers": [{**found, "id": number} for number, found in enumerate(layers)],
    }


class FamilyRuns(unittest.TestCase):
    """The baseline does 100 MACs a second."""

    def setUp(self) -> None:
        made_reports.small_zoo(self, family_runs)
        self.base = {
            "eye": [
                self.run_layer(1, 300, 4.0, 40, utilisation=0.75),
                self.run_layer(1, 100, 4.0, 10, utilisation=0.25),
                self.run_layer(None, 0, 2.0, 10),
            ],
            "ear": [self.run_layer(3, 100, 5.0, 10), self.run_layer(1, 500, 5.0, 30)],
        }
        self.mensa = {
            "eye": [
                self.run_layer(1, 300, 1.0, 20, place="pascal"),
                self.run_layer(1, 100, 1.0, 5, place="pascal"),
                self.run_layer(None, 0, 0.0, 0, place="host"),
            ],
            "ear": [
                self.run_layer(3, 100, 1.0, 20, place="pavlov"),
                self.run_layer(1, 500, 10.0, 15, place="jacquard"),
            ],
        }

    @staticmethod
    def run_layer(family, macs, time, spent, utilisation=0.5, place="edge_tpu") -> dict:
        half = spent / 2
        return layer(
            "l",
            "Conv",
            macs,
            1,
            1.0,
            family=family,
            time_s=time,
            pe_utilization=utilisation,
            energy_pj=energy(mac=half, static=half),
            accelerator=place,
        )

    def reports(self) -> dict:
        three = [("pascal", 1.0), ("pavlov", 1.0), ("jacquard", 1.0)]
        return {
            ("eye", "edge_tpu"): run_of(self.base["eye"], 10.0, [("edge_tpu", 200.0)]),
            ("ear", "edge_tpu"): run_of(self.base["ear"], 10.0, [("edge_tpu", 200.0)]),
            ("eye", "mensa_g"): run_of(self.mensa["eye"], 2.0, three),
            ("ear", "mensa_g"): run_of(self.mensa["ear"], 11.0, three),
        }

    def row(self, family: str) -> dict:
        rows = family_runs.family_runs(self.reports()).rows
        return next(row for row in rows if row["family"] == family)

    def test_every_layer_is_in_one_row(self) -> None:
        rows = family_runs.family_runs(self.reports()).rows
        self.assertEqual([row["family"] for row in rows], ["1", "2", "3", "4", "5", "none"])
        self.assertEqual([row["layers"] for row in rows], [3, 0, 1, 0, 0, 1])
        for key in ("macs_share", "latency_share_edge_tpu", "latency_share_mensa_g"):
            self.assertAlmostEqual(sum(row[key] for row in rows), 1, msg=key)

    def test_utilisation(self) -> None:
        one = self.row("1")
        # 900 MACs in 13 s, where 100 a second are possible; layers of 0.75, 0.25 and 0.5.
        self.assertAlmostEqual(one["utilisation"], 900 / 1300)
        self.assertAlmostEqual(one["layer_utilisation"], 0.5)
        self.assertEqual(one["papers_utilisation"], "82 % (C)")

    def test_shares_are_means_over_networks(self) -> None:
        one = self.row("1")
        self.assertAlmostEqual(one["macs_share"], 0.9)
        self.assertAlmostEqual(one["latency_share_edge_tpu"], (0.8 + 0.5) / 2)
        self.assertAlmostEqual(one["latency_share_mensa_g"], (1 + 10 / 11) / 2)
        # eye has no layer of it.
        self.assertAlmostEqual(self.row("3")["latency_share_edge_tpu"], 0.25)

    def test_speed_up_and_energy(self) -> None:
        one = self.row("1")
        self.assertAlmostEqual(one["speed_up"], 13 / 12)
        self.assertAlmostEqual(one["speed_up_of_networks"], (4 * 0.5) ** 0.5)
        self.assertAlmostEqual(one["energy"], 40 / 80)
        self.assertAlmostEqual(one["energy_of_networks"], 0.5)
        # Of ear alone.
        self.assertAlmostEqual(self.row("3")["speed_up_of_networks"], 5)
        self.assertAlmostEqual(self.row("3")["energy_of_networks"], 2)

    def test_where_they_run(self) -> None:
        one = self.row("1")
        places = [one[f"on_{name}"] for name in ("pascal", "pavlov", "jacquard")]
        self.assertEqual(places, [2 / 3, 0, 1 / 3])
        none = self.row("none")
        self.assertEqual((none["on_pascal"], none["on_pavlov"], none["on_jacquard"]), (0, 0, 0))

    def test_what_there_is_not_is_left_out(self) -> None:
        none = self.row("none")
        for key in ("utilisation", "layer_utilisation", "speed_up", "energy_of_networks"):
            self.assertIsNone(none[key], key)
        two = self.row("2")
        self.assertEqual((two["layers"], two["latency_share_edge_tpu"]), (0, 0))
        self.assertIsNone(two["on_pascal"])
        markdown = family_runs.family_runs(self.reports()).markdown()
        self.assertIn("| none | 1 | 0.0 % | - |", markdown)

    def test_other_layers_are_an_error(self) -> None:
        self.mensa["ear"].pop()
        with self.assertRaisesRegex(ValueError, "^ear: 2 layers on edge_tpu, 1 on mensa_g"):
            family_runs.family_runs(self.reports())

    def test_a_layer_with_another_name_or_macs_is_an_error(self) -> None:
        for key, value in (("name", "m"), ("macs", 7)):
            changed = {**self.mensa["ear"][1], key: value}
            runs = self.reports()
            runs["ear", "mensa_g"]["layers"][1] = {**changed, "id": 1}
            message = f"^ear: layer 1 has {key} .*{value!r} on mensa_g"
            with self.assertRaisesRegex(ValueError, message):
                family_runs.family_runs(runs)

    def test_other_ids_are_an_error(self) -> None:
        runs = self.reports()
        runs["ear", "mensa_g"]["layers"][1]["id"] = 5
        with self.assertRaisesRegex(ValueError, "^ear: layer 1 has id 1 on edge_tpu, 5 on mensa_g"):
            family_runs.family_runs(runs)


if __name__ == "__main__":
    unittest.main()
