#!/usr/bin/python3
"""Variants of the systems: what they name is there, and their figures by hand."""

import unittest
from pathlib import Path

import made_reports
import comparison
import networks
import what_ifs
from made_reports import REPOSITORY, whole_report


class Variants(unittest.TestCase):
    def setUp(self) -> None:
        self.variants = what_ifs.what_ifs()

    def test_have_names_of_their_own(self) -> None:
        names = [variant.name for variant in self.variants]
        self.assertEqual(len(set(names)), len(names))
        self.assertFalse(set(names) & set(networks.SYSTEMS))
        self.assertEqual(len({variant.meaning for variant in self.variants}), len(names))

    def test_vary_a_known_system(self) -> None:
        for variant in self.variants:
            self.assertIn(variant.base, networks.SYSTEMS)
            own = f"--system={variant.base}"
            self.assertTrue(own in variant.arguments or variant.files, variant.name)

    def test_files_are_there_and_among_the_arguments(self) -> None:
        for variant in self.variants:
            for file in variant.files:
                self.assertTrue((REPOSITORY / file).is_file(), file)
                self.assertTrue(any(str(file) in a for a in variant.arguments), variant.name)
            for argument in variant.arguments:
                if str(what_ifs.SYSTEMS) in argument:
                    self.assertTrue(any(str(f) in argument for f in variant.files), variant.name)

    def test_every_file_is_of_a_variant(self) -> None:
        used = {REPOSITORY / file for variant in self.variants for file in variant.files}
        self.assertEqual(set((REPOSITORY / what_ifs.SYSTEMS).iterdir()), used)

    def test_systems_of_a_variant_have_the_figures_of_the_library(self) -> None:
        library = REPOSITORY / "accelerators" / "library" / "systems"

        def lines(path: Path) -> list[str]:
            text = path.read_text(encoding="utf-8")
            body = text[text.index("schema:") :].splitlines()
            return [line for line in body if not line.startswith(("name:", "description:"))]

        mensa_g = lines(library / "mensa_g.yaml")
        folder = REPOSITORY / what_ifs.SYSTEMS
        for name in ("pascal", "pavlov", "jacquard"):
            at = mensa_g.index(f"  {name}:")
            rest = mensa_g[:at] + mensa_g[at + 3 :]
            self.assertEqual(lines(folder / f"mensa_g_without_{name}.yaml"), rest, name)
        known = set(mensa_g) | set(lines(library / "edge_tpu.yaml"))
        self.assertLessEqual(set(lines(folder / "mensa_g_two_memories.yaml")), known)

    def test_assumptions_are_variants_of_what_they_replace(self) -> None:
        bases = {variant.name: variant.base for variant in self.variants}
        for assumption, replaced in what_ifs.ASSUMPTIONS.items():
            for system, variant in replaced.items():
                self.assertEqual(bases[variant], system, assumption)


class Effects(unittest.TestCase):
    def setUp(self) -> None:
        made_reports.small_zoo(self, what_ifs, comparison)
        self.standard = {
            (network, system): whole_report(system)
            for network in made_reports.NETWORKS
            for system in networks.SYSTEMS
        }
        self.varied = {
            (network, variant.name): whole_report(variant.base)
            for network in made_reports.NETWORKS
            for variant in what_ifs.what_ifs()
        }

    def test_are_geometric_means_over_the_system_varied(self) -> None:
        name = "edge_tpu_8x_buffers"
        self.varied["eye", name] = whole_report("edge_tpu", latency=1, joules=32)
        self.varied["ear", name] = whole_report("edge_tpu", latency=0.25, joules=8)
        table = what_ifs.effects(self.standard, self.varied)
        rows = {row["networks"]: row for row in table.rows if row["name"] == name}
        self.assertAlmostEqual(rows["LSTM"]["throughput"], 8)
        self.assertAlmostEqual(rows["all"]["throughput"], 4)
        self.assertAlmostEqual(rows["all"]["energy"], 4)
        self.assertAlmostEqual(rows["all"]["energy_delay_product"], 1)
        self.assertAlmostEqual(rows["all"]["static"], 0.5)

    def test_assumptions_put_variants_in_the_place_of_systems(self) -> None:
        made_reports.KINDS.update(transducer=["ear"])
        self.addCleanup(made_reports.KINDS.pop, "transducer")
        for network in made_reports.NETWORKS:
            self.varied[network, "mensa_g_lop"] = whole_report("mensa_g", latency=0.5)
        rows = what_ifs.other_assumptions(self.standard, self.varied).rows
        found = {
            row["assumption"]: row["geometric mean"]
            for row in rows
            if (row["metric"], row["networks"]) == ("throughput", "all")
            and (row["of"], row["against"]) == ("mensa_g", "edge_tpu")
        }
        self.assertEqual(list(found), list(what_ifs.ASSUMPTIONS))
        self.assertAlmostEqual(found.pop("SRAM of low operating power"), 4)
        self.assertEqual([round(value, 9) for value in found.values()], [1, 1, 1])
        # Without a variant of Base+HB, it is not compared.
        sram = [r for r in rows if r["assumption"].startswith("SRAM")]
        self.assertFalse(any("edge_tpu_hb" in (r["of"], r["against"]) for r in sram))


if __name__ == "__main__":
    unittest.main()
