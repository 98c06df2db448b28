#!/usr/bin/python3
"""What the script does with bad input, and that the repository's document is what it writes."""

import contextlib
import csv
import io
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import made_reports
import main
from made_reports import REPOSITORY, whole_report
from networks import NETWORKS, SYSTEMS
from tables import Column, Table
from what_ifs import what_ifs

SCRIPT = REPOSITORY / "scripts" / "reproduce" / "main.py"
MARK = re.compile(r"^<!-- generated (\S+) -->\n+(.*?)\n*<!-- end \1 -->$", re.M | re.S)


def made_tables() -> list[Table]:
    """Of reports that are all alike."""
    standard = {(n, s): whole_report(s) for n in NETWORKS for s in SYSTEMS}
    varied = {(n, v.name): whole_report(v.base) for n in NETWORKS for v in what_ifs()}
    return main.tables_of(standard, varied)


def read_csv(path: Path, columns: list[Column]) -> list[dict]:
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [{c.key: _value(row[c.key], c.is_number) for c in columns} for row in rows]


def _value(text: str, is_number: bool):
    if not is_number:
        return text
    if not text:
        return None
    for kind in (int, float):
        with contextlib.suppress(ValueError):
            return kind(text)
    return text


class Document(unittest.TestCase):
    """docs/reproduction.md and docs/reproduction, as they are in the repository."""

    def setUp(self) -> None:
        self.tables = made_tables()
        self.text = (REPOSITORY / "docs" / "reproduction.md").read_text(encoding="utf-8")

    def test_has_exactly_the_marks_that_are_filled(self) -> None:
        filled = main.generated(self.tables, "sentence")
        self.assertEqual(sorted(name for name, _ in MARK.findall(self.text)), sorted(filled))

    def test_every_table_is_there_as_csv(self) -> None:
        for table in self.tables:
            path = REPOSITORY / "docs" / "reproduction" / f"{table.name}.csv"
            with open(path, encoding="utf-8", newline="") as file:
                keys = next(csv.reader(file))
            self.assertEqual(keys, [column.key for column in table.columns], path.name)

    def test_nothing_else_is_there_as_csv(self) -> None:
        names = {path.stem for path in (REPOSITORY / "docs" / "reproduction").glob("*.csv")}
        self.assertEqual(names, {table.name for table in self.tables})

    def test_says_what_the_csv_files_say(self) -> None:
        places = dict(MARK.findall(self.text))
        for table in self.tables:
            if table.name in main.CSV_ONLY:
                continue
            path = REPOSITORY / "docs" / "reproduction" / f"{table.name}.csv"
            rows = read_csv(path, table.columns)
            shown = Table(table.name, table.columns, rows).markdown().strip()
            self.assertEqual(places[table.name], shown, f"{table.name}: run scripts/reproduce.sh")

    def test_shows_every_chart(self) -> None:
        shown = set(re.findall(r"\]\(reproduction/(\w+\.svg)\)", self.text))
        there = {path.name for path in (REPOSITORY / "docs" / "reproduction").glob("*.svg")}
        self.assertEqual(shown, there)


class Writing(unittest.TestCase):
    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)
        self.document = self.folder / "reproduction.md"
        self.tables = [Table("peaks", [Column("a", "a")], [{"a": 1}])]

    def write(self) -> None:
        with mock.patch.dict(sys.modules, charts=mock.Mock()):
            main.write(self.tables, "All agree.", {}, self.folder)

    def test_document_and_csv(self) -> None:
        self.document.write_text(
            "text\n<!-- generated peaks -->\n<!-- end peaks -->\n"
            "<!-- generated agreement -->\n<!-- end agreement -->\n"
        )
        self.write()
        self.assertIn("\n| 1 |\n", self.document.read_text())
        self.assertIn("\nAll agree.\n", self.document.read_text())
        self.assertEqual((self.folder / "reproduction" / "peaks.csv").read_text(), "a\n1\n")

    def test_nothing_where_marks_are_wrong(self) -> None:
        self.document.write_text("<!-- generated peaks -->\n<!-- end peaks -->\n")
        with self.assertRaisesRegex(main.Failed, "reproduction.md: has 0 lines .*agreement"):
            self.write()
        self.assertEqual([path.name for path in self.folder.iterdir()], ["reproduction.md"])


class BadInput(unittest.TestCase):
    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)

    def called(self, *arguments: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, str(SCRIPT), *arguments], capture_output=True, text=True
        )
        return done.returncode, done.stderr

    def test_no_program(self) -> None:
        code, errors = self.called(f"--program={self.folder}/mensa")
        self.assertEqual(code, 1)
        self.assertIn(f"{self.folder.resolve()}/mensa: no such program; build it first", errors)

    def test_a_program_that_cannot_be_run(self) -> None:
        program = self.folder / "mensa"
        program.write_text("")
        code, errors = self.called(f"--program={program}")
        self.assertEqual(code, 1)
        self.assertIn("mensa: cannot be run", errors)

    def test_an_output_folder_without_document(self) -> None:
        code, errors = self.called("--program=/bin/sh", f"--output={self.folder}")
        self.assertEqual(code, 1)
        self.assertIn(f"{self.folder}/reproduction.md: no such file; ", errors)
        self.assertIn("a copy of docs/reproduction.md", errors)

    def test_numbers_of_jobs(self) -> None:
        for jobs in ("0", "-1", "2.5", "two", ""):
            code, errors = self.called(f"--jobs={jobs}")
            self.assertEqual(code, 2)
            self.assertIn(f"expected a number from 1, not {jobs!r}", errors)

    def interrupted(self, error: BaseException) -> tuple[int, str]:
        errors = io.StringIO()
        with (
            mock.patch.object(main, "run", side_effect=error),
            mock.patch.object(sys, "argv", ["main.py"]),
            contextlib.redirect_stderr(errors),
        ):
            return main.main(), errors.getvalue()

    def test_interrupt(self) -> None:
        self.assertEqual(self.interrupted(KeyboardInterrupt()), (130, "reproduce: interrupted\n"))
        error = main.Interrupted("interrupted: 3 of 4 runs are kept")
        expected = (130, "reproduce: interrupted: 3 of 4 runs are kept\n")
        self.assertEqual(self.interrupted(error), expected)

    def test_broken_invariants_name_the_run(self) -> None:
        report = whole_report("edge_tpu")
        report["totals"]["macs"] += 1
        job = main.Job("crnn", "edge_tpu", ())
        with self.assertRaisesRegex(main.Failed, "^crnn, edge_tpu: MACs of layers: "):
            main.check_runs({job: report})


class Zoo(unittest.TestCase):
    """A copy of the zoo's folder."""

    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.repository = Path(temporary.name)
        self.zoo = self.repository / "models" / "zoo"
        shutil.copytree(REPOSITORY / "models" / "zoo", self.zoo)
        for path in [self.zoo, *self.zoo.rglob("*")]:
            path.chmod(0o755)  # the source tree may be read-only

    def failure(self) -> str:
        with self.assertRaises(main.Failed) as caught:
            main.check_zoo(self.repository)
        self.assertTrue(
            str(caught.exception).endswith(
                "\nWrite the zoo again: /usr/bin/python3 models/zoo/make_zoo.py"
            )
        )
        return str(caught.exception)

    def test_a_missing_file(self) -> None:
        (self.zoo / "rnnt.onnx").unlink()
        (self.zoo / "crnn.onnx").unlink()
        found = self.failure().splitlines()[0]
        self.assertEqual(found, "missing: models/zoo/rnnt.onnx, models/zoo/crnn.onnx")

    def test_an_altered_file(self) -> None:
        path = self.zoo / "crnn.onnx"
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
        self.assertIn("models/zoo: crnn.onnx: ", self.failure())

    def test_all_jobs_name_networks_of_the_zoo(self) -> None:
        jobs = main.all_jobs()
        self.assertEqual(len(jobs), len(NETWORKS) * (len(SYSTEMS) + len(what_ifs())))
        self.assertEqual(len(set(jobs)), len(jobs))
        for job in jobs:
            self.assertTrue((self.zoo / f"{job.network}.onnx").is_file(), job.network)


if __name__ == "__main__":
    unittest.main()
