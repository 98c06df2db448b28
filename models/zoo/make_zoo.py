#!/usr/bin/python3
"""Writes the model zoo: one weightless ONNX file per network, zoo.csv, and the table of README.md.

    make_zoo.py           write all files
    make_zoo.py --check   compare with the files that are there; exit code 1 if one differs
    make_zoo.py --table   print the table of README.md

Needs onnx 1.12 (Debian: python3-onnx). The files are the same bytes on every run.
"""

from __future__ import annotations

import sys

sys.dont_write_bytecode = True  # the source tree may be read-only, and stays clean

import argparse
import csv
import io
from dataclasses import dataclass
from pathlib import Path

from zoo.catalogue import NETWORKS
from zoo.graph import Graph
from zoo.network import Network
from zoo.verify import verify

FOLDER = Path(__file__).resolve().parent
TABLE_BEGIN = "<!-- table: written by make_zoo.py -->\n"
TABLE_END = "<!-- end of table -->\n"


@dataclass(frozen=True)
class Entry:
    """A network that has been built, checked and serialised."""

    network: Network
    graph: Graph
    data: bytes

    @property
    def name(self) -> str:
        return self.graph.name

    @property
    def input_shape(self) -> str:
        return "x".join(map(str, self.graph.inputs[0].shape))


def make_entry(network: Network) -> Entry:
    graph = network.build()
    for figure in network.figures:
        figure.check(graph)
    model = graph.model(f"{network.title}. Source: {network.source}. Weights are not included.")
    verify(graph, model)
    return Entry(network, graph, model.SerializeToString(deterministic=True))


def csv_text(entries: list[Entry]) -> str:
    """zoo.csv: the counts, for tests that compare an importer's with them."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(
        "name file input macs weights embeddings biases batch_norm parameters "
        "parameters_without_batch_norm parameters_folded".split()
    )
    for entry in entries:
        counts = entry.graph.counts
        writer.writerow(
            [
                entry.name,
                f"{entry.name}.onnx",
                entry.input_shape,
                counts.macs,
                counts.weights,
                counts.embeddings,
                counts.biases,
                counts.batch_norm,
                counts.parameters,
                counts.parameters_without_batch_norm,
                counts.parameters_folded,
            ]
        )
    return stream.getvalue()


def _markdown_table(header: list[str], align: str, rows: list[list[str]]) -> str:
    rule = ["---:" if side == "r" else "---" for side in align]
    return "".join(f"| {' | '.join(row)} |\n" for row in [header, rule, *rows])


def table_text(entries: list[Entry]) -> str:
    """The tables of README.md."""
    networks = [
        [f"`{entry.name}.onnx`", entry.network.title, entry.network.source, entry.input_shape]
        for entry in entries
    ]
    counts = [
        [entry.name]
        + [
            f"{number:,}"
            for number in (
                entry.graph.counts.macs,
                entry.graph.counts.parameters,
                entry.graph.counts.parameters_without_batch_norm,
                entry.graph.counts.weights,
                entry.graph.counts.embeddings,
                entry.graph.counts.biases,
                entry.graph.counts.batch_norm,
            )
        ]
        for entry in entries
    ]
    published = [[entry.name, entry.network.published] for entry in entries]
    return "\n".join(
        [
            _markdown_table(["File", "Network", "Source", "Input"], "llll", networks),
            _markdown_table(
                [
                    "Network",
                    "MACs",
                    "Parameters",
                    "without batch norm",
                    "Weights",
                    "Embeddings",
                    "Biases",
                    "Batch norm",
                ],
                "lrrrrrrr",
                counts,
            ),
            _markdown_table(["Network", "Published, and why it differs"], "ll", published),
        ]
    )


def readme_text(table: str) -> str:
    """README.md with the table between its markers replaced."""
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    before, begin, rest = text.partition(TABLE_BEGIN)
    _, end, after = rest.partition(TABLE_END)
    if not begin or not end:
        raise SystemExit("README.md: the markers of the table are missing")
    return before + TABLE_BEGIN + table + TABLE_END + after


def check(files: dict[str, bytes]) -> list[str]:
    """What differs between `files` and the folder, one line each."""
    problems = []
    for name, data in files.items():
        path = FOLDER / name
        if not path.exists():
            problems.append(f"{name}: missing")
        elif path.read_bytes() != data:
            problems.append(f"{name}: differs from what the script makes")
    for path in sorted(FOLDER.glob("*.onnx")):
        if path.name not in files:
            problems.append(f"{path.name}: no network of the script makes it")
    return problems


def main() -> int:
    parser = argparse.ArgumentParser(description="Makes the ONNX files of the model zoo.")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true", help="compare instead of writing")
    mode.add_argument("--table", action="store_true", help="print the table of README.md")
    arguments = parser.parse_args()

    entries = [make_entry(network) for network in NETWORKS]
    table = table_text(entries)
    if arguments.table:
        print(table, end="")
        return 0
    files = {f"{entry.name}.onnx": entry.data for entry in entries}
    files["zoo.csv"] = csv_text(entries).encode()
    files["README.md"] = readme_text(table).encode()
    if arguments.check:
        problems = check(files)
        for problem in problems:
            print(problem, file=sys.stderr)
        if problems:
            print("run models/zoo/make_zoo.py and commit what it writes", file=sys.stderr)
        return 1 if problems else 0
    for name, data in files.items():
        (FOLDER / name).write_bytes(data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
