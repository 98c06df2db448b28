"""Tables that are written as CSV, with all digits, and as Markdown, rounded for people."""

import csv
import io
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable


@dataclass(frozen=True)
class Column:
    key: str  # of the rows, and the CSV's heading: with its unit, as latency_s
    heading: str  # Markdown's, with its unit
    shown: Callable[[Any], str] = str  # how Markdown shows a value
    is_number: bool = True


@dataclass(frozen=True)
class Table:
    name: str  # of the CSV file and of the place in the document
    columns: list[Column]
    rows: list[dict[str, Any]]

    @staticmethod
    def _shown(column: Column, value: Any) -> str:
        return "-" if value is None else column.shown(value)

    def markdown(self) -> str:
        def line(cells: list[str]) -> str:
            return "| " + " | ".join(cells) + " |"

        lines = [line([column.heading for column in self.columns])]
        lines.append("|" + "|".join("--:" if c.is_number else "---" for c in self.columns) + "|")
        lines += [line([self._shown(c, row[c.key]) for c in self.columns]) for row in self.rows]
        return "\n".join(lines) + "\n"

    def text(self) -> str:
        """For a terminal: aligned columns."""
        cells = [[column.heading for column in self.columns]]
        cells += [[self._shown(c, row[c.key]) for c in self.columns] for row in self.rows]
        widths = [max(len(line[i]) for line in cells) for i in range(len(self.columns))]

        def aligned(line: list[str]) -> str:
            parts = [
                cell.rjust(width) if column.is_number else cell.ljust(width)
                for cell, width, column in zip(line, widths, self.columns)
            ]
            return "  ".join(parts).rstrip()

        return "\n".join(aligned(line) for line in cells) + "\n"

    def csv(self) -> str:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([column.key for column in self.columns])
        for row in self.rows:
            cells = [row[column.key] for column in self.columns]
            writer.writerow(["" if cell is None else cell for cell in cells])
        return text.getvalue()


def fixed(digits: int) -> Callable[[float], str]:
    return lambda value: f"{value:.{digits}f}"


def significant(digits: int) -> Callable[[float], str]:
    """Plain decimal notation with so many digits, as 0.0123 or 1230."""

    def shown(value: float) -> str:
        if value == 0:
            return "0"
        text = f"{value:.{digits}g}"
        return f"{float(text):.0f}" if "e+" in text else text

    return shown


def times(value: float) -> str:
    """A ratio, as 3.14x."""
    return f"{value:.2f}x"


def per_cent(digits: int = 1) -> Callable[[float], str]:
    return lambda value: f"{100 * value:.{digits}f} %"


def write_whole(path: Path, text: str) -> None:
    """Writes a file so that it is there whole, or as it was before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
