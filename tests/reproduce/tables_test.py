#!/usr/bin/python3
"""Tables as text, and files that are there whole."""

import csv
import io
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import made_reports  # noqa: F401  where the modules are
import tables
from tables import Column, Table, fixed, per_cent, significant, times, write_whole

TABLE = Table(
    "times",
    [
        Column("name", "name", is_number=False),
        Column("time_s", "time, ms", lambda v: significant(3)(v * 1e3)),
        Column("share", "share", per_cent()),
    ],
    [
        {"name": "a, b", "time_s": 0.1 + 0.2, "share": 1 / 3},
        {"name": "c", "time_s": 1e-300, "share": None},
    ],
)


class Tables(unittest.TestCase):
    def test_csv_has_all_digits(self) -> None:
        rows = list(csv.reader(io.StringIO(TABLE.csv())))
        self.assertEqual(rows[0], ["name", "time_s", "share"])
        self.assertEqual(rows[1], ["a, b", "0.30000000000000004", "0.3333333333333333"])
        self.assertEqual(rows[2], ["c", "1e-300", ""])

    def test_markdown_is_rounded(self) -> None:
        self.assertEqual(
            TABLE.markdown(),
            "| name | time, ms | share |\n"
            "|---|--:|--:|\n"
            "| a, b | 300 | 33.3 % |\n"
            "| c | 1e-297 | - |\n",
        )

    def test_text_is_aligned(self) -> None:
        self.assertEqual(
            TABLE.text(),
            "name  time, ms   share\n"
            "a, b       300  33.3 %\n"
            "c       1e-297       -\n",
        )

    def test_without_rows(self) -> None:
        table = Table("none", TABLE.columns, [])
        self.assertEqual(table.csv(), "name,time_s,share\n")
        self.assertEqual(table.text(), "name  time, ms  share\n")

    def test_numbers(self) -> None:
        self.assertEqual(significant(3)(0), "0")
        self.assertEqual(significant(3)(1234.5), "1230")
        self.assertEqual(significant(3)(0.0123456), "0.0123")
        self.assertEqual(fixed(2)(1.005), "1.00")
        self.assertEqual(times(3.14159), "3.14x")
        self.assertEqual(per_cent(0)(0.126), "13 %")


class WriteWhole(unittest.TestCase):
    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.path = Path(temporary.name) / "new" / "file.csv"

    def test_makes_the_folder(self) -> None:
        write_whole(self.path, "é\n")
        self.assertEqual(self.path.read_bytes(), "é\n".encode())
        self.assertEqual(self.path.stat().st_mode & 0o777, 0o644)

    def test_the_old_file_stays_where_writing_fails(self) -> None:
        write_whole(self.path, "old\n")
        failing = mock.patch.object(tables.os, "replace", side_effect=OSError("disk full"))
        with failing, self.assertRaisesRegex(OSError, "disk full"):
            write_whole(self.path, "new\n")
        with self.assertRaises(UnicodeEncodeError):
            write_whole(self.path, "half\n\udcff")
        self.assertEqual(self.path.read_text(), "old\n")
        self.assertEqual([p.name for p in self.path.parent.iterdir()], ["file.csv"])


if __name__ == "__main__":
    unittest.main()
