#!/usr/bin/python3
"""Checks the includes of all C++ sources against the folder order and the library limits.

Usage: layering.py ROOT. Prints one line per offence, as "file:line: what is wrong", and exits with
1 where there is one. The rules are the two tables below.
"""

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

# folder -> the folders it may include beside itself. docs/architecture.md says why.
ORDER = {
    "models": [],
    "onnx_import": ["models"],
    "accelerators": ["models"],
    "scheduler": ["models", "accelerators"],
    "sim": ["models", "accelerators", "scheduler"],
    "traces": ["models", "accelerators", "scheduler", "sim"],
    "explore": ["models", "onnx_import", "accelerators", "scheduler", "sim", "traces"],
    "cli": ["models", "onnx_import", "accelerators", "scheduler", "sim", "traces", "explore"],
}
OURS = list(ORDER)
ORDER["tests"] = OURS
ORDER["bench"] = [*OURS, "tests"]
ORDER["examples"] = OURS

# library -> (its headers, the only folders or files that may see them, even through our headers)
LIMITED = {
    "SystemC": (r"systemc(\.h)?$|sysc/|tlm(\.h)?$|tlm_\w+/", ["sim/", "tests/sim/", "examples/"]),
    "ONNX and protobuf": (r"onnx/|google/protobuf/|.*\.pb\.h$", ["onnx_import/", "tests/onnx_import/"]),
    "yaml-cpp": (r"yaml-cpp/", ["models/base/yaml_reader.cpp", "tests/models/"]),
    "Cbc": (r"(coin/)?(Cbc|Cgl|Clp|Coin|Osi)\w+\.hp?p?$", ["scheduler/exact/zero_one_solver.cpp"]),
    "CLI11": (r"CLI/|CLI11\.hpp$", ["cli/"]),
    "SQLite": (r"sqlite3(ext)?\.h$", ["explore/store/sqlite.cpp", "explore/store/sqlite.h"]),
    "pagmo": (r"pagmo/", ["explore/search/", "explore/insight/hypervolume.cpp"]),
    "oneTBB": (r"(oneapi/)?tbb/|tbb\.h$", ["explore/"]),
    "MPI": (r"(open)?mpi(_\w+)?\.h$|boost/(mpi|serialization)[./]", ["explore/mpi/"]),
}

CXX = {".h", ".hh", ".hpp", ".hxx", ".ipp", ".inc", ".inl", ".c", ".cc", ".cpp", ".cxx"}
INCLUDE = re.compile(r"\s*#\s*include(?:_next)?\b\s*(.*)")
TARGET = re.compile(r'(["<])([^">]+)[">]')


@dataclass
class Include:
    line: int
    quoted: bool
    path: str  # empty where it is not written out


def sources(root):
    """Paths of all C++ files from the root, without hidden folders and build trees."""
    for folder, subfolders, files in os.walk(root):
        at_top = Path(folder) == root
        subfolders[:] = sorted(
            s for s in subfolders if not s.startswith(".") and not (at_top and s.startswith("build"))
        )
        for name in sorted(files):
            if Path(name).suffix in CXX:
                yield (Path(folder) / name).relative_to(root).as_posix()


def includes(file):
    # Comments are not told apart: an include that is commented out counts, none goes unseen.
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        if found := INCLUDE.match(line):
            target = TARGET.match(found[1])
            yield Include(number, bool(target and target[1] == '"'), target[2] if target else "")


def limited_library(path):
    return next((name for name, (headers, _) in LIMITED.items() if re.match(headers, path)), None)


def may_see(file, library):
    return any(file == place or place.endswith("/") and file.startswith(place)
               for place in LIMITED[library][1])


def seen_through(header, table, visited):
    """Yields (library, [header, ...]) for each limited library that one of our headers brings in."""
    if header in visited:
        return
    visited.add(header)
    for include in table.get(header, []):
        if library := limited_library(include.path):
            yield library, [header]
        for deeper, way in seen_through(include.path, table, visited):
            yield deeper, [header, *way]


def offences(root):
    """Yields every offence in the tree as one line of text."""
    table = {file: list(includes(root / file)) for file in sources(root)}
    for file, found in table.items():
        folder = file.split("/")[0] if "/" in file else "the top folder"
        if folder not in ORDER:
            yield f"{file}:1: {folder} is no source folder; known: {', '.join(ORDER)}"
            continue
        for include in found:
            here = f"{file}:{include.line}:"
            target = include.path.split("/")[0]
            if not include.path:
                yield f"{here} an include must name its header"
            elif ".." in include.path.split("/"):
                yield f"{here} {include.path}: headers of ours are named from the repository root"
            elif target in ORDER and "/" in include.path:
                if target != folder and target not in ORDER[folder]:
                    yield f"{here} {folder}/ may not include {include.path}"
                for library, way in seen_through(include.path, table, set()):
                    if not may_see(file, library):
                        yield f"{here} {library} may not be seen here, it comes by {' > '.join(way)}"
            elif include.quoted:
                yield f'{here} "{include.path}": headers of ours are named from the repository root'
            elif (library := limited_library(include.path)) and not may_see(file, library):
                allowed = ", ".join(LIMITED[library][1])
                yield f"{here} <{include.path}>: {library} belongs in {allowed} only"


def main():
    root = Path(sys.argv[1]).resolve()
    absent = [folder for folder in OURS if not (root / folder).is_dir()]
    if absent:
        sys.exit(f"{root} is not the repository: it lacks {', '.join(absent)}")
    found = list(offences(root))
    print("\n".join(found))
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
